"""A sample of repro scripts shows what the report shows; ``make repro`` runs those of all cells."""

from __future__ import annotations

import dataclasses
import random
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.commands.repro_script import repro_script
from conformance.load import load_cases
from conformance.plan import Cell, Target, plan
from conformance.registry import adapter, adapter_names
from conformance.runner import run_cells
from conformance.session import TIMEOUT
from conformance.standalone import bare_answers, compared, difference

if TYPE_CHECKING:
    from conformance.results import CellRecord

SEED = 4
EACH = 2
"""Cells of each framework: of behaviours, eager and compiled, and of derivatives."""


@cache
def sample(framework: str) -> tuple[Cell, ...]:
    if not find_spec(adapter(framework).profile.module):
        pytest.skip(f"{framework} is not installed")
    targets = [Target(framework=framework, mode=mode) for mode in ("eager", "compiled")]
    kinds: dict[tuple[bool, str], list[Cell]] = {}
    for cell in plan(load_cases(), targets):
        if cell.native is not None:
            kinds.setdefault((cell.variant.loaded.case.function is None, cell.target.mode), []).append(cell)
    assert set(kinds) == {(True, "eager"), (True, "compiled"), (False, "eager")}
    choose = random.Random(SEED)
    return tuple(cell for cells in kinds.values() for cell in choose.sample(cells, EACH))


@cache
def records(framework: str) -> dict[str, CellRecord]:
    return {record.cell: record for record in run_cells(sample(framework), jobs=1, timeout=TIMEOUT)}


@pytest.mark.parametrize("framework", adapter_names())
def test_a_few_repros_show_what_the_report_shows(framework: str) -> None:
    found = list(compared(framework, sample(framework), records(framework)))
    assert [one.text for one in found if one.text] == []
    assert {one.kind for one in found} == {"behaviours, eager", "behaviours, compiled", "derivatives, eager"}
    assert not any(one.alone for one in found)


@pytest.fixture
def framework() -> str:
    """One that is there, JAX before the others, because its import is the shortest."""
    there = [name for name in ("jax", *adapter_names()) if find_spec(adapter(name).profile.module)]
    return there[0] if there else pytest.skip("no framework is installed")


def derivative_cell(framework: str) -> Cell:
    return next(cell for cell in sample(framework) if cell.variant.loaded.case.function is not None)


def test_a_repro_as_a_user_runs_it(framework: str, tmp_path: Path) -> None:
    script = tmp_path / "repro.py"
    script.write_text(repro_script(derivative_cell(framework)), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", str(script)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("answers = {")


def changed(value: Any) -> Any:
    """Return an observation whose every number is another one."""
    if isinstance(value, dict):
        return {key: changed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [changed(item) for item in value]
    return value * 1.01 + 0.01 if type(value) is float else value


def test_what_differs_is_told(framework: str) -> None:
    cell = derivative_cell(framework)
    record = records(framework)[cell.id]
    answer = bare_answers(framework, [cell], forks=False)[cell.id]
    assert difference(record, answer, cell) is None
    other = dataclasses.replace(record, observations=changed(record.observations))
    assert "its repro" in (difference(other, answer, cell) or "")
    assert "does not print" in (difference(record, {**answer, "printed": ""}, cell) or "")
    assert "TypeError" in (difference(record, {**answer, "raised": "TypeError"}, cell) or "")
    assert "ended with -11" in (difference(record, {"cell": cell.id, "ended": -11}, cell) or "")
    crashed = dataclasses.replace(record, verdict="crashed", observations={}, raised=None, message="signal 11")
    assert "came to its end" in (difference(crashed, answer, cell) or "")
    assert difference(crashed, {"cell": cell.id, "ended": -11}, cell) is None


def test_a_script_that_takes_its_process_with_it_costs_only_itself(framework: str) -> None:
    first, second, *_ = sample(framework)
    assert first.native is not None
    fatal = dataclasses.replace(first.native, text="import os\nos.abort()\n", observe={})
    answers = bare_answers(framework, [dataclasses.replace(first, native=fatal), second])
    assert answers[first.id]["ended"] != 0
    assert difference(records(framework)[second.id], answers[second.id], second) is None
