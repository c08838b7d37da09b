"""Every case on every framework that is there: as documented, and each repro script stands alone."""

import math
import random
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from bare_scripts import answers_of

from conformance.commands.repro_script import expects_error, repro_script
from conformance.load import load_cases
from conformance.plan import Cell, Target, plan
from conformance.registry import adapter, adapter_names
from conformance.results import CellRecord, Results, exit_code, read_results

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FRAMEWORKS = [name for name in adapter_names() if find_spec(adapter(name).profile.module)]


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    if not FRAMEWORKS:
        pytest.skip("no framework is installed")
    out = tmp_path_factory.mktemp("run")
    command = [sys.executable, "-m", "conformance", "run", "--output", str(out), "--quiet"]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=1500, check=False)
    return read_results(out / "results.jsonl")


@pytest.fixture(scope="session")
def cells() -> dict[str, Cell]:
    targets = [Target(framework=name, mode=mode) for name in FRAMEWORKS for mode in ("eager", "compiled")]
    return {cell.id: cell for cell in plan(load_cases(), targets)}


def test_every_cell_is_as_documented(results: Results) -> None:
    wrong = [f"{cell.verdict} {cell.cell}: {cell.message}" for cell in results.cells if not _fine(cell)]
    assert wrong == []
    assert exit_code(results) == 0
    assert {cell.framework for cell in results.cells} >= set(FRAMEWORKS)


def _fine(cell: CellRecord) -> bool:
    return cell.verdict in ("conforms", "differs", "undocumented", "known", "unsupported") and not cell.stale


def _scripts(framework: str, results: Results, cells: dict[str, Cell], folder: Path) -> list[dict[str, Any]]:
    jobs = []
    for number, record in enumerate(results.cells):
        if record.framework != framework or not record.native:
            continue
        cell = cells[record.cell]
        assert cell.native is not None
        script = folder / f"repro_{number}.py"
        script.write_text(repro_script(cell), encoding="utf-8")
        jobs.append({"cell": record.cell, "script": str(script), "observe": dict(cell.native.observe)})
    return jobs


def _settled(value: Any) -> Any:
    """Return an observation without what another process need not share: the text of an object that is no number."""
    if isinstance(value, dict) and value.get("kind") == "other":
        return {"kind": "other", "type": value["type"]}
    if isinstance(value, dict):
        return {key: _settled(item) for key, item in value.items()}
    return [_settled(item) for item in value] if isinstance(value, list) else value


def _disagreement(record: CellRecord, answer: dict[str, Any], cell: Cell) -> str | None:
    """Return in what a repro differs from the report, or None where it shows the same."""
    shown = {name: _settled(value) for name, value in record.observations.items()}
    seen = {name: _settled(value) for name, value in answer["observations"].items()}
    raised = None if record.raised is None else record.raised["type"]
    if not _same(seen, shown) or answer["raised"] != raised:
        return f"{record.cell}: the report shows {shown} {raised}, its repro {seen} {answer['raised']}"
    silent = [name for name in shown if f"{name} =" not in answer["printed"]]
    if silent and (record.raised is None or expects_error(cell)):
        return f"{record.cell}: its repro does not print {silent}"
    return None


def _same(one: Any, other: Any) -> bool:
    """Compare observations; floats to rounding, because an interpreter of its own adds up with more threads."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if type(one) is float and type(other) is float:
        return math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-7)
    return bool(one == other)


@pytest.mark.every_cell
@pytest.mark.parametrize("framework", adapter_names())
def test_every_repro_stands_alone(framework: str, results: Results, cells: dict[str, Cell], tmp_path: Path) -> None:
    if framework not in FRAMEWORKS:
        pytest.skip(f"{framework} is not installed")
    records = {record.cell: record for record in results.cells}
    jobs = _scripts(framework, results, cells, tmp_path)
    assert jobs
    fatal = [job for job in jobs if any(known.ends for known in cells[job["cell"]].variant.known)]
    status, answers, complaint = answers_of(framework, [job for job in jobs if job not in fatal], tmp_path)
    assert status == 0, complaint
    wrong = []
    for job in jobs:
        if job in fatal or _disagreement(records[job["cell"]], answers[job["cell"]], cells[job["cell"]]) is None:
            continue
        status, alone, complaint = answers_of(framework, [job], tmp_path)  # a repro has an interpreter to itself
        assert status == 0, complaint
        wrong.append(_disagreement(records[job["cell"]], alone[job["cell"]], cells[job["cell"]]))
    assert [message for message in wrong if message is not None] == []
    assert len(wrong) <= len(jobs) // 20  # what only holds in an interpreter of its own is the exception
    for job in fatal:
        if records[job["cell"]].verdict == "known" and not records[job["cell"]].observations:
            assert answers_of(framework, [job], tmp_path)[0] < 0


@pytest.mark.parametrize("framework", adapter_names())
def test_a_few_repros_alone_in_a_fresh_interpreter(
    framework: str, results: Results, cells: dict[str, Cell], tmp_path: Path
) -> None:
    if framework not in FRAMEWORKS:
        pytest.skip(f"{framework} is not installed")
    jobs = _scripts(framework, results, cells, tmp_path)
    records = {record.cell: record for record in results.cells}
    for job in random.Random(len(jobs)).sample(jobs, 3):
        record = records[job["cell"]]
        command = [sys.executable, "-I", job["script"]]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
        assert (done.returncode == 0) == (record.raised is None), f"{job['cell']}: {done.stderr[-2000:]}"
        if record.raised is not None:
            assert record.raised["type"] in done.stderr
