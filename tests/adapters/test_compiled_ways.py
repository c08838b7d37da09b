"""A derivative program is asked whole when it is compiled: shapes that only a run knows, and nested tangents."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from conformance.bundled import cases_root
from conformance.cell_record import record_of
from conformance.load import load_cases
from conformance.plan import Selection, Target, plan
from conformance.pool import Lost, Pool


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool() as found:
        yield found


@pytest.mark.parametrize(
    ("framework", "file", "variant"),
    [
        ("tensorflow", "indexing", "gathering[op=boolean-mask,way=reverse,dtype=float32]"),
        ("tensorflow", "indexing", "gathering[op=boolean-mask,way=forward-over-forward,dtype=float32]"),
        ("torch", "binary", "binary[op=multiply,way=forward-over-forward,dtype=float32]"),
    ],
)
def test_a_compiled_way_is_exact_at_every_point(pool: Pool, framework: str, file: str, variant: str) -> None:
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    loaded = load_cases([cases_root() / "derivatives" / f"{file}.yaml"])
    selection = Selection(tier="exhaustive", text=variant)
    (cell,) = plan(loaded, [Target(framework=framework, mode="compiled")], selection=selection)
    assert cell.native is not None
    outcome = pool.run(cell.target, cell.native, cell_id=cell.id, timeout=120.0)
    assert not isinstance(outcome, Lost), outcome
    record = record_of(cell, outcome, version="0")
    assert record.verdict == "conforms", record.message
