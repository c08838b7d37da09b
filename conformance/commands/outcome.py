"""Results into what a terminal shows at the end of a run, and into the report files of a folder."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance.commands.terminal import STYLES, console

if TYPE_CHECKING:
    from conformance.results import CellRecord, Results

MOST_SHOWN: Final = 20
"""Failing cells that a terminal shows in full; the rest is in the report."""


def write_reports(results: Results, folder: Path) -> tuple[Path, ...]:
    """Write report.html, junit.xml and summary.md into a folder; return their paths."""
    from conformance_reports import to_html, to_junit, to_markdown

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, form in (("report.html", to_html), ("junit.xml", to_junit), ("summary.md", to_markdown)):
        path = folder / name
        path.write_text(form.render(results), encoding="utf-8")
        written.append(path)
    return tuple(written)


def print_outcome(results: Results, folder: Path, *, quiet: bool = False) -> None:
    """Print the table, the failing cells with their repro commands, the sentence, and where the files are."""
    from conformance_reports.summary import failing_first, verdict_sentence

    out = console()
    if not quiet and results.cells:
        _print_table(results)
    failing = failing_first(results)
    files = {case.case: Path(case.file) for case in results.cases}
    for cell in failing[:MOST_SHOWN]:
        _print_failing(cell, files.get(cell.case))
    if len(failing) > MOST_SHOWN:
        out.print(f"… and {len(failing) - MOST_SHOWN} more; the report has all", style="dim")
    not_run = {cell.message for cell in results.cells if cell.verdict == "not-run"}
    for message in sorted(not_run)[:MOST_SHOWN]:
        count = sum(cell.verdict == "not-run" and cell.message == message for cell in results.cells)
        out.print(f"not-run ({count} cells): {message}", style=STYLES["not-run"], soft_wrap=True)
    missing = {t.title or t.framework: t.reason for t in results.header.targets if not t.available}
    for name, reason in missing.items():
        out.print(f"{name} was not run: {reason}", style=STYLES["not-run"], soft_wrap=True)
    out.print(verdict_sentence(results), style="bold", soft_wrap=True)
    out.print(f"report: {folder / 'report.html'}   results: {folder / 'results.jsonl'}", soft_wrap=True)


def _print_table(results: Results) -> None:
    from rich import box
    from rich.table import Table

    from conformance_reports.summary import table as table_rows

    heads, *rows = table_rows(results)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left", overflow="fold", no_wrap=not number)
    for row in rows[:-1]:
        table.add_row(*row)
    table.add_section()
    table.add_row(*rows[-1], style="bold")
    console().print(table)


def repro_line(cell: CellRecord, file: Path | None) -> str:
    """Return the command that prints a script for a cell, with its file where that is none of the bundled ones."""
    from conformance.bundled import cases_root
    from conformance_reports.summary import repro_command

    command = repro_command(cell)
    if command is None or file is None or not file.exists() or file.resolve().is_relative_to(cases_root()):
        return command or ""
    return f"{command} --path {shlex.quote(str(file))}"


def _print_failing(cell: CellRecord, file: Path | None) -> None:
    out = console()
    stale = " (a stale known failure)" if cell.stale else ""
    out.print(f"{cell.verdict}{stale} {cell.cell}", style=STYLES.get(cell.verdict, "bold"), soft_wrap=True)
    for line in cell.message.splitlines():
        bar = "| " if line.lstrip().startswith("::") else ""  # a CI runner obeys a line that begins with two colons
        out.print(f"  {bar}{line}", soft_wrap=True)
    command = repro_line(cell, file)
    if command:
        out.print(f"  {command}", style="dim", soft_wrap=True)
