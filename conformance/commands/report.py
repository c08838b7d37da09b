"""``gradconf report``: results files, the parts of a run, into one set of reports."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="report")
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", default="gradconf-out", show_default=True, metavar="DIR",
              type=click.Path(path_type=Path, file_okay=False), help="Where the reports go.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="No table.")
@click.pass_context
def command(ctx: click.Context, results: tuple[Path, ...], output: Path, quiet: bool) -> None:
    """Join RESULTS (files, or folders that hold a results.jsonl) and write report.html, junit.xml and summary.md.

    \b
      gradconf report gradconf-out
      gradconf report part-*/results.jsonl --output site

    Two different cases under one id, or two results of one cell, are refused. Ends as the run would have ended.
    """
    from conformance.commands.outcome import print_outcome, write_reports
    from conformance.results import combine, exit_code, read_results
    from conformance.session import RESULTS_FILE, write_results

    files = [path / RESULTS_FILE if path.is_dir() else path for path in results]
    parts = [(str(file), read_results(file)) for file in dict.fromkeys(files)]
    joined = parts[0][1] if len(parts) == 1 else combine(parts)
    target = output / RESULTS_FILE
    if not any(target.resolve() == file.resolve() for file in files):
        write_results(joined, target)
    write_reports(joined, output)
    print_outcome(joined, output, quiet=quiet)
    ctx.exit(exit_code(joined))
