"""What the engine costs and the derivative cases are worth: ratios, each beside its aim, and a comparison.

(a) The suite running some of a framework's eager cells with one job, spread evenly over all of them, against a bare
script that executes the same native sources in one process. Both are warmed by a pass that is not counted, neither
counts the import, and their passes take turns, so that whatever else the machine does disturbs both alike; the best
pass of each counts.
(b) A whole warm ``gradconf run``, its own start included, against the time in which three fresh interpreters import the
three frameworks one after another.
(c) A warm ``gradconf run`` of the quick tier of the derivative cases, which is for every commit, against a minute.
(d) The derivative cases beside the frameworks' own derivative checks (``conformance.bench_derivatives``).

Run by ``make bench``, or ``python -m conformance.bench --help``.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import click

from conformance.bench_derivatives import measured_rows, table
from conformance.errors import ConformanceError, WorkerError
from conformance.load import load_cases
from conformance.plan import Cell, Target, plan
from conformance.pool import Pool, worker_environment
from conformance.registry import adapter, adapter_names
from conformance.remembered import default_cache
from conformance.runner import run_cells

ENGINE_AIM: Final = 1.10
RUN_AIM: Final = 3.0

BARE_SCRIPT: Final = """\
import contextlib, importlib, io, os, pathlib, sys, time, warnings

answers = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
importlib.import_module(sys.argv[2])
warnings.simplefilter("ignore")
files = sorted(pathlib.Path(sys.argv[1]).glob("*.py"))
texts = [(str(file), file.read_text(encoding="utf-8")) for file in files]
for _ in sys.stdin:
    began = time.perf_counter()
    for name, text in texts:
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, name, "exec"), {"__name__": "__main__", "__file__": name})
    print(time.perf_counter() - began, file=answers, flush=True)
"""
"""Executes every native source of a folder for each line that it reads, and answers with the seconds that it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One comparison: what was timed, what it is held against (both in seconds), and the highest ratio aimed at."""

    what: str
    cells: int
    suite: float
    against: float
    aim: float

    @property
    def ratio(self) -> float:
        """How many times longer the suite took."""
        return self.suite / self.against

    @property
    def met(self) -> bool:
        """Whether the ratio is within the aim."""
        return self.ratio <= self.aim


def eager_cells(framework: str) -> tuple[Cell, ...]:
    """Return the eager cells of a framework on the CPU with native source, but none known to end its process."""
    cells = plan(load_cases(), [Target(framework=framework)])
    return tuple(
        cell for cell in cells
        if cell.native is not None and not any(known.ends for known in cell.variant.loaded.case.known)
    )  # fmt: skip


def spread(cells: Sequence[Cell], number: int) -> tuple[Cell, ...]:
    """Return at most ``number`` of the cells, at even distances."""
    return tuple(cells[len(cells) * k // number] for k in range(number)) if number < len(cells) else tuple(cells)


class BareScript:
    """A process that executes the native sources of some cells, one pass whenever it is asked."""

    def __init__(self, cells: Sequence[Cell], *, module: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="gradconf-bench-")
        for number, cell in enumerate(cells):
            if cell.native is not None:
                file = Path(self._folder.name) / f"cell_{number:05}.py"
                file.write_text(cell.native.text, encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-c", BARE_SCRIPT, self._folder.name, module],
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()

    def seconds(self) -> float:
        """Return the seconds of one more pass; raise ``WorkerError`` where the script did not come to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise WorkerError(f"bench: the bare script ended {self._process.wait()} before the end of a pass")
        return float(answer)


def _suite_seconds(cells: Sequence[Cell], *, pool: Pool, timeout: float) -> float:
    began = time.perf_counter()
    for _ in run_cells(cells, jobs=1, timeout=timeout, pool=pool):
        pass
    return time.perf_counter() - began


def engine_measure(framework: str, *, number: int, passes: int, budget: float, timeout: float) -> Measure:
    """Return comparison (a) for ``number`` cells of a framework; after ``budget`` seconds no further pass begins."""
    cells = spread(eager_cells(framework), number)
    suite: list[float] = []
    bare: list[float] = []
    with Pool() as pool, BareScript(cells, module=adapter(framework).profile.module) as script:
        _suite_seconds(cells, pool=pool, timeout=timeout)
        script.seconds()
        began = time.perf_counter()
        while not suite or (len(suite) < passes and time.perf_counter() - began < budget):
            suite.append(_suite_seconds(cells, pool=pool, timeout=timeout))
            bare.append(script.seconds())
    return Measure(
        what=f"{framework}: eager cells against a bare script",
        cells=len(cells),
        suite=min(suite),
        against=min(bare),
        aim=ENGINE_AIM,
    )


def run_measure(frameworks: Sequence[str]) -> Measure:
    """Return comparison (b): a whole run against the imports of the frameworks."""
    took, cells = _warm_run(frameworks)
    return Measure(
        what=f"whole warm run against importing {', '.join(frameworks)}",
        cells=cells,
        suite=took,
        against=sum(_import_seconds(adapter(framework).profile.module) for framework in frameworks),
        aim=RUN_AIM,
    )


def quick_measure(frameworks: Sequence[str]) -> Measure:
    """Return comparison (c): the quick tier of the derivative cases against a minute."""
    took, cells = _warm_run(frameworks, "--tier", "quick", "--area", "derivatives")
    return Measure(what="quick derivative tier, warm, against a minute", cells=cells, suite=took, against=60.0, aim=1.0)


def _warm_run(frameworks: Sequence[str], *selection: str) -> tuple[float, int]:
    """Return the seconds that the second of two runs takes, its start and its reports included, and its cells."""
    with tempfile.TemporaryDirectory(prefix="gradconf-bench-") as name:
        command = [sys.executable, "-m", "conformance", "run", "-f", ",".join(frameworks), "--device", "cpu"]
        command += [*selection, "--quiet", "--output", name]
        for _ in range(2):
            began = time.perf_counter()
            _ended_well(command, allowed=(0, 1, 3, 4))  # a verdict is not what is measured here
            took = time.perf_counter() - began
        lines = (Path(name) / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return took, sum('"record": "cell"' in line for line in lines)


def _import_seconds(module: str) -> float:
    """Return the median time of three fresh interpreters that import a module and nothing else."""
    seconds: list[float] = []
    for _ in range(3):
        began = time.perf_counter()
        _ended_well([sys.executable, "-c", f"import {module}"])
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def _environment() -> dict[str, str]:
    """Return the environment of the other side: that of a worker, so that threads, device and caches are the same."""
    cache = default_cache()
    jax_cache = {
        "JAX_COMPILATION_CACHE_DIR": str(cache / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    return worker_environment(os.environ, device="cpu", cache=cache, threads=1) | jax_cache


def _ended_well(command: Sequence[str], *, allowed: Sequence[int] = (0,)) -> None:
    ended = subprocess.run(
        command,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode not in allowed:
        raise WorkerError(f"bench: {' '.join(command[:4])} … ended {ended.returncode}: {ended.stdout[-2000:]}")


def rows(measures: Sequence[Measure]) -> list[str]:
    """Return the table of the measures as lines: seconds on both sides, ratio and aim."""
    width = max(len(measure.what) for measure in measures)
    head = f"{'comparison':<{width}}  {'cells':>6}  {'suite s':>8}  {'other s':>8}  {'ratio':>6}  {'aim':>7}"
    return [head, "-" * len(head)] + [
        f"{m.what:<{width}}  {m.cells:>6}  {m.suite:>8.3f}  {m.against:>8.3f}  {m.ratio:>6.2f}  {f'<= {m.aim:.2f}':>7}"
        f"  {'met' if m.met else 'missed'}"
        for m in measures
    ]


PARTS: Final = ("engine", "run", "quick", "derivatives")
"""The comparisons, in order."""


@click.command()
@click.option("-f", "--framework", "frameworks", multiple=True, help="Only this framework; may be repeated.")
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS), help="Only this comparison; may be repeated.")
@click.option(
    "--cells", "number", default=400, show_default=True, type=click.IntRange(1), help="Cells of (a), at most."
)
@click.option(
    "--passes", default=5, show_default=True, type=click.IntRange(1), help="Timed passes on each side, at most."
)
@click.option("--budget", default=60.0, show_default=True, help="Seconds a framework, after which no pass begins.")
@click.option("--timeout", default=120.0, show_default=True, help="Seconds that one cell may take.")
@click.option("--operations", type=click.IntRange(1), help="Only the first of the fifty operations of (d).")
@click.option("--strict", is_flag=True, help="End 1 where an aim is missed.")
def main(
    frameworks: tuple[str, ...],
    parts: tuple[str, ...],
    number: int,
    passes: int,
    budget: float,
    timeout: float,
    operations: int | None,
    strict: bool,
) -> None:
    """Print what the engine costs, ratios beside their aims, and what the derivative cases are worth."""
    asked = parts or PARTS
    measures: list[Measure] = []
    try:
        there = _installed(frameworks or adapter_names())
        for framework in there if "engine" in asked else ():
            click.echo(f"measuring eager cells of {framework} …", err=True)
            measures.append(engine_measure(framework, number=number, passes=passes, budget=budget, timeout=timeout))
            click.echo(rows(measures)[-1], err=True)  # so that what was measured survives an interrupt
        if "run" in asked and there:
            click.echo("measuring a whole warm run and the imports …", err=True)
            measures.append(run_measure(there))
        if "quick" in asked and there:
            click.echo("measuring the quick tier of the derivative cases …", err=True)
            measures.append(quick_measure(there))
        if measures:
            click.echo("\n".join(rows(measures)))
        for framework in there if "derivatives" in asked else ():
            click.echo(f"measuring the derivative cases beside the checks of {framework} …", err=True)
            with Pool() as pool:
                measured = measured_rows(framework, pool=pool, timeout=timeout, operations=operations)
            click.echo("\n".join(["", *table(measured)]))
    except ConformanceError as error:
        raise click.ClickException(str(error)) from error
    if strict and not all(measure.met for measure in measures):
        raise click.exceptions.Exit(1)


def _installed(frameworks: Sequence[str]) -> tuple[str, ...]:
    """Return the frameworks that are installed; say which are left out."""
    there = []
    for framework in frameworks:
        module = adapter(framework).profile.module
        if importlib.util.find_spec(module) is None:
            click.echo(f"{framework} is left out: {module} is not installed", err=True)
        else:
            there.append(framework)
    return tuple(there)


if __name__ == "__main__":
    main()
