"""``gradconf diff``: what changed from one results file to another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

_COLOURS: Final = {"✗": "bold red", "✓": "green", "≠": "cyan", "○": "magenta", "→": "blue", "+": "bold", "−": "dim"}
"""A colour for the heading of a kind; its sign and its word stand there as well."""


@click.command(name="diff")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--markdown", is_flag=True, help="As Markdown, for a comment on a pull request (60,000 characters).")
@click.option("--html", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Write all of it as one offline page as well.")  # fmt: skip
@click.pass_context
def command(ctx: click.Context, before: Path, after: Path, markdown: bool, html: Path | None) -> None:
    """Show what changed from BEFORE to AFTER (results files, or folders that hold a results.jsonl).

    \b
      gradconf diff main/results.jsonl gradconf-out
      gradconf diff main pull-request --markdown --html diff.html

    Fixed, broken, changed answers, cells that no longer run or run again, renamed, added and removed, each set apart by
    cause: another version of the framework, a changed case, another environment, or the suite itself. Ends with 0 where
    nothing is broken, 1 where something is, 2 where a file cannot be read.
    """
    from conformance.commands.report import results_file, whole_results
    from conformance_reports.diff import compare, render_markdown, render_text

    first, second = (whole_results(results_file(path)) for path in (before, after))
    found = compare(first, second)
    if html is not None:
        from conformance_reports import to_diff_html

        write_whole(html, to_diff_html.render(first, second))
    if markdown:
        click.echo(render_markdown(found).rstrip("\n"))
    else:
        _print(render_text(found).rstrip("\n"))
    ctx.exit(1 if found.broken else 0)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _print(text: str) -> None:
    from conformance.commands.terminal import console

    out = console()
    for number, line in enumerate(text.split("\n")):
        style = ("bold" if not number else _COLOURS.get(line[:1])) or None
        out.print(line, style=style, soft_wrap=True)
