"""Repro scripts → what they show in a bare interpreter, beside what the report shows.

A bare interpreter has the framework and nothing of the suite (``bare_interpreter``). Run by ``make repro``, or
``python -m conformance.standalone --help``.
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from conformance.cli import gradconf
from conformance.commands.options import checked_selection
from conformance.commands.repro_script import expects_error, repro_script
from conformance.load import load_cases
from conformance.plan import Cell, Selection, Target, plan
from conformance.pool import worker_environment
from conformance.registry import adapter
from conformance.remembered import default_cache
from conformance.results import CellRecord, read_results

SECONDS: Final = 120
"""For a script, as for a cell of ``gradconf run``."""

BATCH: Final = 50
"""Scripts of one bare interpreter: its import is a small part of their time, and there is something to tell."""

RELATIVE: Final = 1e-5
ABSOLUTE: Final = 1e-7
"""How near numbers of the report and of a script must be: libraries add up in another order with other threads."""


def bare_answers(framework: str, cells: Sequence[Cell], *, forks: bool = True) -> dict[str, dict[str, Any]]:
    """Return what the repro scripts of cells of a framework show, by cell.

    An answer has ``raised`` (the type of the error, or None), ``observations`` and ``printed``; or only ``ended``, the
    exit status of a script that did not come to its end, negative for a signal.

    ``forks``: one interpreter imports the framework and forks a child for every script, where the system can do so;
    otherwise each script has an interpreter to itself, which imports the framework because the script does.
    """
    can_fork = forks and sys.platform == "linux"
    found: dict[str, dict[str, Any]] = {}
    for batch in [list(cells)] if can_fork else [[cell] for cell in cells]:
        with tempfile.TemporaryDirectory(prefix="gradconf-bare-") as folder:
            found |= _ask(framework, batch, Path(folder), fork=can_fork)
    return found


def _ask(framework: str, cells: Sequence[Cell], folder: Path, *, fork: bool) -> dict[str, dict[str, Any]]:
    asked = adapter(framework)
    jobs = []
    for number, cell in enumerate(cells):
        assert cell.native is not None, cell.id
        script = folder / f"repro_{number}.py"
        script.write_text(repro_script(cell), encoding="utf-8")
        jobs.append({"cell": cell.id, "script": str(script), "observe": dict(cell.native.observe)})
    order = {
        "fork": fork,
        "imports": ["numpy", asked.profile.module, *asked.profile.late_imports],
        "runtime": str(asked.runtime),
        "worker": str(Path(__file__).with_name("worker.py")),
        "seconds": max([SECONDS, *(int(cell.variant.loaded.case.timeout or 0) for cell in cells)]),
        "jobs": jobs,
    }
    (folder / "jobs.json").write_text(json.dumps(order), encoding="utf-8")
    command = [sys.executable, "-I", str(Path(__file__).with_name("bare_interpreter.py")), str(folder / "jobs.json")]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    answers = {answer["cell"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    if done.returncode and not fork:
        return {cells[0].id: {"cell": cells[0].id, "ended": done.returncode}}
    if done.returncode or len(answers) != len(cells):
        raise RuntimeError(f"the bare interpreter of {framework} ended with {done.returncode}: {done.stderr[-2000:]}")
    return answers


def _environment() -> dict[str, str]:
    """Return the environment of the workers, with JAX's cache of what it compiled, which their runtime turns on."""
    cache = default_cache()
    environment = worker_environment(os.environ, device="cpu", cache=cache, threads=1)
    return environment | {
        "JAX_COMPILATION_CACHE_DIR": str(cache / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        "JAX_PERSISTENT_CACHE_ENABLE_XLA_CACHES": "none",
    }


def difference(record: CellRecord, answer: Mapping[str, Any], cell: Cell) -> str | None:
    """Return in what the script of a cell differs from the report, or None where it shows the same."""
    if "ended" in answer:
        return None if _ends(record) else f"{record.cell}: its repro ended with {answer['ended']}"
    if _ends(record):
        return f"{record.cell}: the report shows {record.message!r}, its repro came to its end"
    shown = {name: _settled(value) for name, value in record.observations.items()}
    seen = {name: _settled(value) for name, value in answer["observations"].items()}
    raised = None if record.raised is None else record.raised["type"]
    if not _same(seen, shown) or answer["raised"] != raised:
        return f"{record.cell}: the report shows {shown} {raised}, its repro {seen} {answer['raised']}"
    silent = [name for name in shown if f"{name} =" not in answer["printed"]]
    if silent and (record.raised is None or expects_error(cell)):
        return f"{record.cell}: its repro does not print {silent}"
    return None


def _ends(record: CellRecord) -> bool:
    """Whether the program of a cell takes its process with it, or does not come to its end."""
    return record.verdict in ("crashed", "timed-out", "known") and not record.observations and record.raised is None


def _settled(value: Any) -> Any:
    """Return an observation without what another process need not share: the text of an object that is no number."""
    if isinstance(value, dict) and value.get("kind") == "other":
        return {"kind": "other", "type": value["type"]}
    if isinstance(value, dict):
        return {key: _settled(item) for key, item in value.items()}
    return [_settled(item) for item in value] if isinstance(value, list) else value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if type(one) is float and type(other) is float:
        return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return bool(one == other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A cell whose script ran: ``text`` says what it shows otherwise, ``alone`` that it needed an unforked process."""

    cell: Cell
    text: str | None
    alone: bool

    @property
    def kind(self) -> str:
        """What the cell is about."""
        what = "behaviours" if self.cell.variant.loaded.case.function is None else "derivatives"
        return f"{what}, {self.cell.target.mode}"


def compared(framework: str, cells: Sequence[Cell], records: Mapping[str, CellRecord]) -> Iterator[Compared]:
    """Yield a batch of cells of a framework, each with what its script shows otherwise than its record.

    What differs in a child is asked again in an interpreter that was not forked: that is where a user runs it.
    """
    answers = bare_answers(framework, cells)
    for cell in cells:
        text = difference(records[cell.id], answers[cell.id], cell)
        alone = text is not None
        if alone:
            answer = bare_answers(framework, [cell], forks=False)[cell.id]
            text = difference(records[cell.id], answer, cell)
        yield Compared(cell=cell, text=text, alone=alone)


def scripts(records: Sequence[CellRecord], selection: Selection) -> tuple[dict[str, list[Cell]], dict[str, CellRecord]]:
    """Return the cells of records that have a source, by framework, and the records by cell."""
    by_cell = {record.cell: record for record in records if record.native and record.verdict != "not-run"}
    targets = dict.fromkeys(
        Target(framework=record.framework, mode=record.mode)
        for record in by_cell.values()
        if record.framework != "reference" and record.device == "cpu"
    )
    found: dict[str, list[Cell]] = defaultdict(list)
    for cell in plan(load_cases(), list(targets), selection=selection):
        if cell.id in by_cell and cell.native is not None:
            if cell.native.text != by_cell[cell.id].native:
                raise click.UsageError(f"{cell.id} had another source when the results were made; run it again")
            found[cell.target.framework].append(cell)
    return found, by_cell


def _table(counts: Mapping[tuple[str, str], Counter[str]], seconds: Mapping[str, float]) -> None:
    click.echo(f"\n{'framework':<12}{'cells':<24}{'scripts':>8}{'same':>8}{'only alone':>12}{'differ':>8}")
    for (framework, kind), count in sorted(counts.items()):
        row = f"{framework:<12}{kind:<24}{count.total():>8}{count['same']:>8}{count['alone']:>12}{count['differ']:>8}"
        click.echo(row)
    for framework, spent in seconds.items():
        total = sum(count.total() for (name, _), count in counts.items() if name == framework)
        click.echo(f"{framework:<12}{spent:.0f} s of its interpreters, {spent / total:.2f} s a script")


@click.command()
@click.option("-f", "--framework", default="tensorflow,torch,jax", show_default=True)
@click.option("--tier", default="quick", show_default=True, help="How much of the derivative cases.")
@click.option("-k", "text", default="", help="Only cases with TEXT in their id or title.")
@click.option("--shard", metavar="I/N", help="Only part I of N.")
@click.option("-j", "--jobs", default=os.cpu_count() or 1, show_default=True, help="Bare interpreters at a time.")
@click.option("--results", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
              help="The results that the scripts must show; else the cells are run first.")  # fmt: skip
def main(framework: str, tier: str, text: str, shard: str | None, jobs: int, results: Path | None) -> None:
    """Run the repro script of every cell in a bare interpreter. Ends with 1 where one shows something else."""
    asked = ["--tier", tier, *(["-k", text] if text else []), *(["--shard", shard] if shard else [])]
    with tempfile.TemporaryDirectory(prefix="gradconf-standalone-") as folder:
        if results is None:
            command = ["run", "--quiet", "--device", "cpu", "-f", _installed(framework), "--output", folder, *asked]
            gradconf.main(args=command, prog_name="gradconf", standalone_mode=False)
        records = read_results(results or Path(folder) / "results.jsonl").cells
    wanted = framework.split(",")
    selection = checked_selection(load_cases(), text=text, shard=shard, tier=tier)
    by_framework, by_cell = scripts([record for record in records if record.framework in wanted], selection)
    batches = [
        (name, cells[start : start + BATCH])
        for name, cells in by_framework.items()
        for start in range(0, len(cells), BATCH)
    ]
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    seconds: dict[str, float] = defaultdict(float)
    total, done = sum(map(len, by_framework.values())), 0

    def look(batch: tuple[str, list[Cell]]) -> tuple[list[Compared], float]:
        began = time.perf_counter()
        return list(compared(*batch, by_cell)), time.perf_counter() - began

    with ThreadPoolExecutor(max_workers=jobs) as threads:
        for (name, cells), (found, spent) in zip(batches, threads.map(look, batches), strict=True):
            for one in found:
                counts[name, one.kind]["differ" if one.text else "alone" if one.alone else "same"] += 1
                if one.text:
                    click.echo(one.text)
            seconds[name] += spent
            done += len(cells)
            click.echo(f"{done} of {total} scripts; {name}: {len(cells)} in {spent:.0f} s", err=True)
    _table(counts, seconds)
    if any(count["differ"] for count in counts.values()):
        raise SystemExit(1)


def _installed(frameworks: str) -> str:
    found = [name for name in frameworks.split(",") if importlib.util.find_spec(adapter(name).profile.module)]
    if not found:
        raise click.UsageError(f"none of {frameworks} is installed")
    return ",".join(found)


if __name__ == "__main__":
    main()
