"""``gradconf report``: results files, the parts of a run, into one set of reports."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from conformance.results import Results


@click.command(name="report")
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", default="gradconf-out", show_default=True, metavar="DIR",
              type=click.Path(path_type=Path, file_okay=False), help="Where the reports go.")  # fmt: skip
@click.option("--badges", is_flag=True, help="Also write badges/all.svg and an SVG badge for every framework.")
@click.option("--since", metavar="RESULTS", type=click.Path(path_type=Path),
              help="Earlier results: what changed since then is marked, and can be asked for alone.")  # fmt: skip
@click.option("--trust", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Put the proof that `gradconf check --trust FILE` wrote into the report.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="No table.")
@click.pass_context
def command(
    ctx: click.Context,
    results: tuple[Path, ...],
    output: Path,
    badges: bool,
    since: Path | None,
    trust: Path | None,
    quiet: bool,
) -> None:
    """Join RESULTS (files, or folders that hold a results.jsonl) and write report.html, junit.xml and summary.md.

    \b
      gradconf report gradconf-out
      gradconf report part-*/results.jsonl --output site --badges
      gradconf report gradconf-out --since last-week/results.jsonl

    Two different cases under one id, two results of one cell, and a file that contradicts itself are refused, and
    nothing is written then. Ends as the run would have ended.
    """
    import dataclasses

    from conformance.commands.outcome import print_outcome
    from conformance.results import combine, exit_code, read_trust
    from conformance.session import RESULTS_FILE

    files = [results_file(path) for path in results]
    parts = [(str(file), whole_results(file)) for file in dict.fromkeys(files)]
    joined = parts[0][1] if len(parts) == 1 else combine(parts)
    if trust is not None:
        joined = dataclasses.replace(joined, trust=read_trust(trust))
    earlier = None if since is None else whole_results(results_file(since))
    target = output / RESULTS_FILE
    there = any(target.resolve() == file.resolve() for file in files)
    _write_all(joined, output, since=earlier, badges=badges, results=not there)
    print_outcome(joined, output, quiet=quiet)
    ctx.exit(exit_code(joined))


def results_file(path: Path) -> Path:
    """Return the results file of a folder, or the file itself."""
    from conformance.session import RESULTS_FILE

    return path / RESULTS_FILE if path.is_dir() else path


def whole_results(file: Path) -> Results:
    """Return the results of a file; raise ``ResultsError`` where it cannot be read or contradicts itself."""
    from conformance.results import read_results
    from conformance_reports.integrity import refuse_tampered

    return refuse_tampered(read_results(file), str(file))


def _write_all(joined: Results, output: Path, *, since: Results | None, badges: bool, results: bool) -> None:
    """Write every file of the reports beside its place, then move them there: all of them, or none."""
    from conformance.commands.outcome import write_reports
    from conformance.session import RESULTS_FILE, write_results

    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output, prefix=".report-") as name:
        folder = Path(name)
        if results:
            write_results(joined, folder / RESULTS_FILE)
        write_reports(joined, folder)
        if since is not None:
            from conformance_reports import to_html

            (folder / "report.html").write_text(to_html.render(joined, since), encoding="utf-8")
        if badges:
            from conformance_reports import badges as svg

            (folder / "badges").mkdir()
            for file, text in svg.render(joined).items():
                (folder / "badges" / file).write_text(text, encoding="utf-8")
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            place = output / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
