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
        ({"native": "import torch\n", "key": "x"}, {}, ("engine",)),
        ({"native": "import torch\n", "because": "as documented", "key": "x"}, {}, ("case",)),
        ({"key": "x"}, {"python": "3.12.1"}, ("environment",)),
        ({"version": "2.14.0", "expected": {"dy_dx": 12.0}}, {}, ("framework", "case")),
        ({"key": "x"}, {"os": "Linux 6.5"}, ("environment",)),
        ({"key": "x"}, {}, ("engine",)),
        ({}, {}, ("none",)),
    ],
)
def test_the_cause_is_set_apart(after: dict[str, Any], surroundings: dict[str, Any], causes: tuple[str, ...]) -> None:
    new = replace(WRONG, **after)
    b = one(new, **surroundings)
    if "version" in after:
        targets = tuple(replace(t, version="2.14.0") if t.framework == "torch" else t for t in b.header.targets)
        b = replace(b, header=replace(b.header, targets=targets))
    assert tuple(cause.kind for cause in only(one(CELL), b).causes) == causes


def test_a_changed_program_is_a_changed_case() -> None:
    case = replace(sample.CASES[0], case="a/b")
    a = replace(one(CELL), cases=(case,))
    b = replace(one(replace(WRONG, native="other", key="x")), cases=(replace(case, program="y = 1\n"),))
    assert only(a, b).causes == (diff.Cause(kind="case", text="the case changed: its program"),)


def test_two_versions_in_one_file_are_told_apart() -> None:
    old = replace(CELL, version="2.12.0")
    a = sample.results_of([CELL, old], cases=())
    b = sample.results_of([CELL, replace(old, verdict="contradicts")], cases=())
    change = only(a, b)
    assert change.kind == "broken"
    assert change.before is not None and change.before.version == "2.12.0"


def test_the_text_shows_both_answers_and_the_cause() -> None:
    text = diff.render_text(diff.compare(one(CELL), one(replace(WRONG, version="2.14.0"))))
    assert "✗ broken (1): PyTorch 2.13.0 → 2.14.0" in text
    assert "verdict  conforms → contradicts" in text
    assert "dy_dx    6 (float32, shape ()) → 12 (float32, shape ())" in text


def test_the_environment_is_named_with_what_it_was_and_is() -> None:
    causes = only(one(CELL), one(WRONG, python="3.12.1", os="Linux 6.5")).causes
    assert [cause.text for cause in causes] == ["Python 3.11.2 → 3.12.1, system Linux 6.1 (Debian 12) → Linux 6.5"]


def test_another_suite_is_named_where_nothing_else_changed() -> None:
    b = one(replace(WRONG, key="x"))
    causes = only(one(CELL), replace(b, header=replace(b.header, suite_version="0.2.0"))).causes
    assert causes == (diff.Cause(kind="engine", text="gradient-conformance 0.1.0 → 0.2.0"),)


def test_a_run_on_another_device_is_held_against_the_first() -> None:
    gpu = replace(WRONG, cell="a/b@torch-gpu-eager", device="gpu")
    change = only(one(CELL), one(gpu, device="gpu", device_name="H200"))
    assert change.kind == "broken"
    assert [(cause.kind, cause.text) for cause in change.causes] == [
        ("environment", "device cpu → gpu, device name 8-core x86-64 → H200")
    ]


def test_two_devices_in_one_file_are_two_cells() -> None:
    gpu = replace(CELL, cell="a/b@torch-gpu-eager", device="gpu")
    both = sample.results_of([CELL, gpu], cases=())
    assert only(one(CELL), both).kind == "added"


CASE = replace(sample.CASES[0], case="a/b", area="a")


def named(name: str, *cells: CellRecord, program: str = CASE.program or "") -> Results:
    """The cells under another case's name, all of one case."""
    moved = [replace(c, case=name, cell=c.cell.replace(c.case, name)) for c in cells]
    return replace(sample.results_of(moved), cases=(replace(CASE, case=name, program=program),))


def test_a_case_under_a_new_name_is_renamed() -> None:
    cells = [CELL, sample.cell("a/b", "jax", "eager", checks=())]
    found = diff.compare(named("a/b", *cells), named("a/squares", *cells))
    assert [(c.kind, c.renamed_from, c.cell) for c in found.changes] == [
        ("renamed", "a/b@torch-cpu-eager", "a/squares@torch-cpu-eager"),
        ("renamed", "a/b@jax-cpu-eager", "a/squares@jax-cpu-eager"),
    ]
    assert "was a/b@torch-cpu-eager" in diff.render_text(found)
    assert "(was `a/b@torch-cpu-eager`)" in diff.render_markdown(found)
    assert not found.broken


def test_a_renamed_case_that_broke_is_broken_and_keeps_its_former_name() -> None:
    change = only(named("a/b", CELL), named("a/squares", WRONG))
    assert (change.kind, change.renamed_from) == ("broken", "a/b@torch-cpu-eager")
    assert "was a/b@torch-cpu-eager" in diff.render_text(diff.compare(named("a/b", CELL), named("a/squares", WRONG)))


@pytest.mark.parametrize(
    "other",
    [
        named("a/squares", replace(CELL, expected={"dy_dx": 12.0})),
        named("a/squares", replace(CELL, native="import torch\n")),
        named("a/squares", CELL, program="y = 1\n"),
    ],
)
def test_another_expectation_source_or_program_is_another_case(other: Results) -> None:
    assert diff.compare(named("a/b", CELL), other).counts() == {"added": 1, "removed": 1}


def test_a_variant_that_is_named_otherwise_is_renamed() -> None:
    before = sample.cell("a/b", "torch", "eager", axes={"x": 1})
    after = sample.cell("a/b", "torch", "eager", axes={"at": 1})
    change = only(one(before), one(after))
    assert (change.kind, change.renamed_from) == ("renamed", "a/b[x=1]@torch-cpu-eager")


def test_a_case_that_is_still_there_is_not_renamed() -> None:
    a = named("a/b", CELL)
    b = named("a/squares", CELL)
    both = replace(b, cells=(*a.cells, *b.cells), cases=(*a.cases, *b.cases))
    assert diff.compare(a, both).counts() == {"added": 1}


def test_equal_cases_are_paired_one_to_one_by_the_nearest_name() -> None:
    def two(first: str, second: str) -> Results:
        one_side, other = named(first, CELL), named(second, CELL)
        return replace(one_side, cells=(*one_side.cells, *other.cells), cases=(*one_side.cases, *other.cases))

    found = diff.compare(two("a/one", "a/two"), two("b/two", "b/one"))
    assert {(c.renamed_from, c.cell) for c in found.changes} == {
        ("a/one@torch-cpu-eager", "b/one@torch-cpu-eager"),
        ("a/two@torch-cpu-eager", "b/two@torch-cpu-eager"),
    }


def test_a_thousand_equal_cells_are_compared_in_no_time() -> None:
    def side(name: str) -> Results:
        cells = [replace(CELL, case=f"{name}/{n}", cell=f"{name}/{n}@torch-cpu-eager") for n in range(1000)]
        return sample.results_of(cells, cases=[replace(CASE, case=c.case) for c in cells])

    assert sum(diff.compare(side("a"), side("b")).counts().values()) == 2000


def test_a_new_case_that_fails_is_said_to_fail_and_breaks_nothing() -> None:
    found = diff.compare(one(None), one(WRONG))
    assert diff.render_text(found).startswith("1 added (1 not as documented); 0 the same.")
    assert not found.broken


def test_the_markdown_fits_into_a_comment_and_says_what_is_left_out() -> None:
    cells = [sample.cell(f"a/{n}", "torch", "eager", checks=()) for n in range(2000)]
    broken = [replace(c, verdict="contradicts", observations={}, message="no") for c in cells]
    text = diff.render_markdown(diff.compare(sample.results_of(cells), sample.results_of(broken)))
    assert len(text) < 65_000
    assert "more changes are in the HTML" in text
    listed = sum(line.startswith("| `a/") for line in text.split("\n"))
    assert f"{2000 - listed:,} more changes" in text


def test_a_change_beyond_what_is_shown_is_said_to_be_there() -> None:
    long, other = [1.0] * 40, [1.0] * 39 + [2.0]
    before = replace(CELL, observations={"dy_dx": sample.array(long)})
    after = replace(CELL, observations={"dy_dx": sample.array(other)})
    change = only(one(before), one(after))
    assert change.kind == "changed answer"
    assert ("answer", "beyond what is shown", "beyond what is shown") in diff.answers(change)


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
