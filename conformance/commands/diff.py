"""``gradconf diff``: what changed from one results file to another."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="diff")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--markdown", is_flag=True, help="As Markdown, for a comment on a pull request.")
def command(before: Path, after: Path, markdown: bool) -> None:
    """Show what changed from BEFORE to AFTER (results files, or folders that hold a results.jsonl).

    \b
      gradconf diff main/results.jsonl gradconf-out --markdown
    """
    from conformance.results import read_results
    from conformance.session import RESULTS_FILE
    from conformance_reports.diff import compare, render_markdown, render_text

    first, second = (read_results(path / RESULTS_FILE if path.is_dir() else path) for path in (before, after))
    found = compare(first, second)
    click.echo((render_markdown if markdown else render_text)(found).rstrip("\n"))
