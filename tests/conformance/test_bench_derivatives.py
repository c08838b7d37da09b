"""The comparison of derivative cases with the frameworks' own checks: its table, and what each side notices."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from conformance.bench_derivatives import MEASURED, Row, measured_rows, table
from conformance.bundled import cases_root
from conformance.load import load_cases
from conformance.plan import expand
from conformance.planted import FAULTS
from conformance.pool import Pool
from conformance.registry import adapter, adapter_names

if TYPE_CHECKING:
    from conformance.lowering.table_adapter import TableAdapter
    from conformance.planted import Fault

FRAMEWORKS = ("tensorflow", "torch", "jax")
QUICK = "derivative cases, quick"
STANDARD = "derivative cases, standard"
FAR_OUT = {"zero-tail", "at-zero", "lost-digits"}
"""Faults that are at catalogued points alone, where no random number comes."""


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool() as found:
        yield found


def faults(*names: str) -> list[Fault]:
    return [fault for fault in FAULTS if fault.name in names]


def rows_of(framework: str, pool: Pool, asked: list[Fault]) -> dict[str, Row]:
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    return {row.checker: row for row in measured_rows(framework, pool=pool, timeout=200, operations=1, faults=asked)}


def row(checker: str, *noticed: str, alarms: tuple[tuple[str, str], ...] = ()) -> Row:
    return Row(checker=checker, operations=50, cells=100, answers=400, seconds=2.0, wrong=("tanh",), noticed=noticed,
               alarms=alarms)  # fmt: skip


def test_the_table_has_a_line_a_checker_and_one_a_fault() -> None:
    one, two = row("theirs", "one-element"), row("ours", "one-element", "at-tie", alarms=(("at-zero", "forward"),))
    lines = table([one, two])
    assert lines[2].split() == ["theirs", "50", "100", "400", "2.000", "50.0", "200.0", "1", "1", "of", "10", "0"]
    assert lines[3].split()[-4:] == ["2", "of", "10", "1"]
    marks = {line.split()[0]: line.split()[-2:] for line in lines if line.split() and line.split()[0] in names()}
    assert set(marks) == names()
    assert marks["one-element"] == ["yes", "yes"]
    assert marks["at-tie"] == ["-", "yes"]
    assert marks["zero-tail"] == ["-", "-"]
    assert lines[-1] == "(2) ours; says that a right rule is wrong: forward of at-zero"


def names() -> set[str]:
    return {fault.name for fault in FAULTS}


def test_the_measured_operations_are_fifty_and_each_is_of_a_derivative_case() -> None:
    asked = {(case, operation) for case, operations in MEASURED.items() for operation in operations}
    loaded = load_cases([cases_root() / "derivatives"])
    there = {(one.full_id, variant.labels.get("op")) for one in loaded for variant in expand(one, "quick")}
    assert len(asked) == 50
    assert asked <= there
    assert {(fault.case, fault.operation) for fault in FAULTS} <= there


@pytest.mark.parametrize("framework", adapter_names())
def test_every_adapter_has_a_right_and_a_wrong_rule_of_every_fault(framework: str) -> None:
    found: TableAdapter = adapter(framework)  # type: ignore[assignment]
    assert found.checks is not None
    assert set(found.checks.rules) == names()
    for right, wrong in found.checks.rules.values():
        compile(right, "right", "exec")
        compile(wrong, "wrong", "exec")
        assert right != wrong


def test_a_fault_that_no_random_number_meets_is_noticed_at_the_points_of_the_catalogue_alone(pool: Pool) -> None:
    rows = rows_of("torch", pool, faults(*FAR_OUT))
    ours = rows.pop(STANDARD)
    assert set(ours.noticed) == FAR_OUT
    assert all(not other.noticed for other in rows.values())
    assert ours.cells > 0
    assert ours.answers > ours.cells
    assert ours.seconds > 0


def test_both_sides_notice_a_wrong_element_and_neither_says_that_the_right_rule_is_wrong(pool: Pool) -> None:
    rows = rows_of("torch", pool, faults("one-element"))
    assert all(found.noticed == ("one-element",) for found in rows.values())
    # PyTorch's forward-over-forward of a custom rule is zero: https://github.com/pytorch/pytorch/issues/197867
    assert {way for found in rows.values() for _, way in found.alarms} <= {"forward-over-forward"}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_rule_that_is_wrong_forward_alone_is_noticed_by_the_quick_tier(framework: str, pool: Pool) -> None:
    rows = rows_of(framework, pool, faults("forward-rule"))
    assert rows[QUICK].noticed == rows[STANDARD].noticed == ("forward-rule",)
    assert not rows[QUICK].alarms


def test_the_frameworks_own_checks_are_called_and_find_a_right_operation_right(pool: Pool) -> None:
    rows = rows_of("torch", pool, [])
    theirs = [found for found in rows.values() if found.checker not in (QUICK, STANDARD)]
    assert [found.cells for found in theirs] == [1, 1]
    assert not any(found.wrong for found in theirs)
