"""``gradconf run``: plans, runs with progress, writes the results as they come, then the reports and a table."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.commands import options
from conformance.derivatives import TIERS
from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.results import TrustRecord
    from conformance.session import Options


@click.command(name="run")
@options.paths
@click.option("-f", "--framework", metavar="FW[,FW]", help="Only these frameworks; else all that are installed.")
@click.option("--device", default="auto", show_default=True, type=click.Choice(["auto", "cpu", "gpu"]),
              help="auto: every device that is there.")  # fmt: skip
@click.option("--mode", default="eager,compiled", show_default=True, metavar="MODE[,MODE]")
@click.option("--tier", default="quick", show_default=True, type=click.Choice(TIERS),
              help="How much of the derivative cases; every other case is in all tiers.")  # fmt: skip
@options.selecting
@click.option("-j", "--jobs", default=None, type=click.IntRange(1, 256), help="Workers at a time; else one a core.")
@click.option("--shard", metavar="I/N", help="Only part I of N; a case's frameworks stay in one part.")
@click.option("--timeout", default=120.0, show_default=True, type=click.FloatRange(0.1, 3600), metavar="SECONDS",
              help="For a cell, where its case does not say.")  # fmt: skip
@click.option("--output", default="gradconf-out", show_default=True, metavar="DIR",
              type=click.Path(path_type=Path, file_okay=False), help="Where the results and reports go.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Keep the results in DIR of cells in which nothing changed.")
@click.option("--fail-fast", is_flag=True, help="End at the first cell that is not as documented.")
@click.option("--fresh", is_flag=True, help="Every cell in a new process.")
@click.option("--order", metavar="random:SEED", help="Run in another order; the verdicts must be the same.")
@click.option("--no-native", is_flag=True, help="Refuse native source, for case folders that are not trusted.")
@click.option("--trust", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Put the proof that `gradconf check --trust FILE` wrote into the results.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Only what is not as documented, and the last line.")
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    framework: str | None,
    device: str,
    mode: str,
    tier: str,
    text: str,
    areas: tuple[str, ...],
    tags: tuple[str, ...],
    jobs: int | None,
    shard: str | None,
    timeout: float,
    output: Path,
    resume: bool,
    fail_fast: bool,
    fresh: bool,
    order: str | None,
    no_native: bool,
    trust: Path | None,
    quiet: bool,
) -> None:
    """Run the cases of PATH (or the bundled ones) and write the results and reports to a folder.

    \b
      gradconf run                                # everything, on every framework that is installed
      gradconf run -f torch -k watch --mode eager # a part
      gradconf run --shard 1/4 --output part-1    # a part of a CI matrix; `gradconf report` joins the parts

    \b
    Ends with 0 where all is as documented, 1 contradicted, 2 usage or invalid cases, 3 incomplete,
    4 a stale known failure, 5 the harness failed.
    """
    from conformance.session import Options

    loaded = options.loaded_cases(paths)
    asked = Options(
        frameworks=options.frameworks_of(framework),
        device=device,
        modes=options.modes_of(mode),
        selection=options.checked_selection(
            loaded, text=text, areas=areas, tags=tags, shard=shard, native=not no_native, tier=tier
        ),
        paths=tuple(str(path) for path in paths),
        jobs=jobs or os.cpu_count() or 1,
        timeout=timeout,
        fresh=fresh,
        fail_fast=fail_fast,
        order=_order(order),
    )
    from conformance.results import read_trust

    proof = None if trust is None else read_trust(trust)
    ctx.exit(_run(loaded, asked, output, resume=resume, trust=proof, quiet=quiet))


def _order(text: str | None) -> int | None:
    if text is None:
        return None
    kind, _, seed = text.partition(":")
    if kind != "random" or not seed.isdigit():
        raise UsageError(f"--order: {text!r} is no order; it takes random:SEED, such as random:7")
    return int(seed)


def _run(
    loaded: tuple[object, ...],
    asked: Options,
    output: Path,
    *,
    resume: bool,
    trust: TrustRecord | None,
    quiet: bool,
) -> int:
    from conformance.commands.outcome import print_outcome, write_reports
    from conformance.commands.progress import progress
    from conformance.pool import Pool
    from conformance.results import exit_code, read_results
    from conformance.session import RESULTS_FILE, discover, perform, prepare, previous_results

    previous = previous_results(output) if resume else None
    interrupted = begun = False
    with Pool(forks=asked.fresh and sys.platform == "linux") as pool, progress(quiet=quiet) as shown:
        try:
            shown.say("asking the frameworks …")
            planned = prepare(loaded, discover(asked, pool), asked, previous=previous, trust=trust)  # type: ignore[arg-type]
            shown.begin(planned)
            begun = True
            results = perform(planned, asked, pool, output=output, watch=shown.record)
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        if not begun or not (output / RESULTS_FILE).exists():
            raise KeyboardInterrupt
        results = read_results(output / RESULTS_FILE)
    write_reports(results, output)
    print_outcome(results, output, quiet=quiet)
    if interrupted:
        click.echo("interrupted: the results are those until then", err=True)
        return 130
    if not any(target.available for target in results.header.targets):
        return 3
    return exit_code(results)
