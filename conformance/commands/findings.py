"""``gradconf findings``: what the derivative cases have found, as the document ``FINDINGS.md``."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.commands import options


@click.command(name="findings")
@click.option("--path", "paths", multiple=True, type=click.Path(path_type=Path), help="Case files or folders.")
@click.option("--check", "results", multiple=True, type=click.Path(path_type=Path), metavar="RESULTS.jsonl",
              help="Say instead for every known contradiction in RESULTS who confirms the exact value.")  # fmt: skip
def command(paths: tuple[Path, ...], results: tuple[Path, ...]) -> None:
    """Print every known failure of the derivative cases as Markdown, one row an operation.

    \b
      gradconf findings > FINDINGS.md
      gradconf findings --check out/results.jsonl

    With --check: every point that is known to contradict, by who agrees with the reference there. Where no framework
    does in any way, a person has to look whether it is the reference that is wrong. (That the reference has the same at
    a second precision and step is what `gradconf check --oracle` shows.)
    """
    loaded = options.loaded_cases(paths)
    if results:
        from conformance.confirmation import confirmation_text
        from conformance.results import combine, read_results

        together = combine((str(path), read_results(path)) for path in results)
        click.echo(confirmation_text(together.cells), nl=False)
        return
    from conformance.findings import findings
    from conformance.findings_text import findings_text

    click.echo(findings_text(list(findings(loaded))), nl=False)
