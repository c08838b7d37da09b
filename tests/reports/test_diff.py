"""What changed between two results, and why."""

from dataclasses import replace
from typing import Any

import pytest
import sample

from conformance.results import CellRecord, Results
from conformance_reports import diff

CELL = sample.cell("a/b", "torch", "eager", checks=())
WRONG = replace(CELL, verdict="contradicts", observations={"dy_dx": sample.array([12.0], [])})


def one(cell: CellRecord | None, **changes: Any) -> Results:
    results = sample.results_of([] if cell is None else [cell], cases=())
    targets = tuple(replace(target, **changes) for target in results.header.targets)
    return replace(results, header=replace(results.header, targets=targets))


def only(a: Results, b: Results) -> diff.Change:
    changes = diff.compare(a, b).changes
    assert len(changes) == 1
    return changes[0]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (CELL, WRONG, "broken"),
        (CELL, replace(CELL, verdict="crashed"), "broken"),
        (CELL, replace(CELL, stale=True), "broken"),
        (WRONG, CELL, "fixed"),
        (replace(CELL, verdict="timed-out"), CELL, "fixed"),
        (CELL, replace(CELL, observations={"dy_dx": {"kind": "none"}}), "changed answer"),
        (CELL, replace(CELL, verdict="differs"), "changed answer"),
        (WRONG, replace(WRONG, observations={"dy_dx": sample.array([13.0], [])}), "changed answer"),
        (CELL, replace(CELL, verdict="not-run"), "no longer run"),
        (replace(CELL, verdict="not-run"), CELL, "run again"),
        (None, CELL, "added"),
        (CELL, None, "removed"),
    ],
)
def test_what_happened_has_a_name(before: CellRecord | None, after: CellRecord | None, kind: str) -> None:
    assert only(one(before), one(after)).kind == kind


def test_the_same_results_have_no_change() -> None:
    found = diff.compare(sample.sample(), sample.sample())
    assert found.changes == ()
    assert found.unchanged == 37
    assert diff.render_text(found).startswith("No cell changed; 37 are the same.")


def test_rounding_and_time_are_no_change() -> None:
    later = replace(CELL, observations={"dy_dx": sample.array([6.0000005], [])}, seconds={"run": 9.0}, key="other")
    assert diff.compare(one(CELL), one(later)).changes == ()


@pytest.mark.parametrize(
    ("after", "surroundings", "causes"),
    [
        ({"version": "2.14.0"}, {}, ("framework",)),
        ({"expected": {"dy_dx": 12.0}, "key": "x"}, {}, ("case",)),
        ({"native": "import torch\n", "key": "x"}, {}, ("native source",)),
        ({"key": "x"}, {"python": "3.12.1"}, ("environment",)),
        ({"version": "2.14.0", "expected": {"dy_dx": 12.0}}, {}, ("framework", "case")),
        ({"key": "x"}, {}, ("suite",)),
        ({}, {}, ("none",)),
    ],
)
def test_the_cause_is_set_apart(after: dict[str, Any], surroundings: dict[str, Any], causes: tuple[str, ...]) -> None:
    new = replace(WRONG, **after)
    b = one(new, **surroundings)
    if "version" in after:
        targets = tuple(replace(t, version="2.14.0") if t.framework == "torch" else t for t in b.header.targets)
        b = replace(b, header=replace(b.header, targets=targets))
    assert only(one(CELL), b).causes == causes


def test_a_changed_program_is_a_changed_case() -> None:
    case = replace(sample.CASES[0], case="a/b")
    a = replace(one(CELL), cases=(case,))
    b = replace(one(replace(WRONG, native="other", key="x")), cases=(replace(case, program="y = 1\n"),))
    assert only(a, b).causes == ("case",)


def test_two_versions_in_one_file_are_told_apart() -> None:
    old = replace(CELL, version="2.12.0")
    a = sample.results_of([CELL, old], cases=())
    b = sample.results_of([CELL, replace(old, verdict="contradicts")], cases=())
    change = only(a, b)
    assert change.kind == "broken"
    assert change.before is not None and change.before.version == "2.12.0"


def test_the_text_shows_both_answers_and_the_cause() -> None:
    text = diff.render_text(diff.compare(one(CELL), one(replace(WRONG, version="2.14.0"))))
    assert "✗ broken (1): the framework's version changed" in text
    assert "before conforms: dy_dx 6 (float32, shape ())" in text
    assert "after  contradicts: dy_dx 12 (float32, shape ())" in text


def test_an_incomplete_file_is_pointed_out() -> None:
    found = diff.compare(one(CELL), replace(one(None), footer=None))
    assert "The second file is incomplete" in diff.render_text(found)
    assert "The second file is incomplete" in diff.render_markdown(found)


def test_hostile_text_stays_text() -> None:
    found = diff.compare(sample.results_of([]), sample.hostile())
    text = diff.render_text(found)
    assert "\x1b" not in text and "\u202e" not in text
    rows = [line for line in diff.render_markdown(found).split("\n") if line.startswith("| ")]
    assert {row.count(" | ") for row in rows} == {2}
