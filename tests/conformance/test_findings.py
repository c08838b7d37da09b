"""FINDINGS.md is what ``gradconf findings`` prints, and every row says where, what is exact and what is seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small_derivatives import asking, write_frozen

from conformance.commands.options import find_variants
from conformance.confirmation import LEVELS, confirmation_text, confirmed
from conformance.findings import Finding, exact_parts, findings, shown
from conformance.findings_text import findings_text
from conformance.known_failures import known_path
from conformance.load import load_cases
from conformance.results import CellRecord, CheckRecord

ROOT = Path(__file__).resolve().parents[2]

CASE = asking("orders: [2], dtypes: [float32]")


def reason(**fields: Any) -> dict[str, Any]:
    return {"framework": "torch", "versions": ">=2.13,<2.14", "kind": "bug", "because": "what is seen", **fields}


def found(tmp_path: Path, *reasons: dict[str, Any]) -> list[Finding]:
    path = tmp_path / "small.yaml"
    path.write_text(CASE, encoding="utf-8")
    known_path(path).write_text(json.dumps({"known": reasons}), encoding="utf-8")
    (loaded,) = load_cases([path])
    write_frozen(tmp_path, loaded, curvature="-1.5")
    return list(findings([loaded]))


def failure(observed: Any, **where: list[str]) -> dict[str, Any]:
    fields = {"case": "small", "where": where, "observed": observed}
    return (
        fields
        if isinstance(observed, dict)
        else {**fields, "seen": f"curvature is {observed if observed == 'nan' else 0.5}"}
    )


def test_the_committed_document_is_what_the_command_prints() -> None:
    printed = findings_text(list(findings(load_cases([ROOT / "cases" / "derivatives"]))))
    assert (ROOT / "FINDINGS.md").read_text(encoding="utf-8") == printed, "run `make findings`"


def test_every_finding_names_a_part_that_the_answer_has() -> None:
    loaded = load_cases([ROOT / "cases" / "derivatives"])
    for one in findings(loaded):
        part, says, _ = one.example.seen.rpartition(" is ")
        (variant,) = find_variants(loaded, one.example.variant)
        assert not says or part in exact_parts(variant, one.example.point), f"{one.example.variant}: {one.example.seen}"


def test_a_finding_has_its_operation_where_it_is_seen_and_the_exact_value(tmp_path: Path) -> None:
    way = ["reverse-over-reverse"]
    (one,) = found(tmp_path, reason(failures=[failure("wrong", op=["sin"], way=way, point=["zero"])]))
    assert (one.framework, one.operation, one.kind, one.ways, one.points) == (
        "torch", "sin", "contradicts", tuple(way), ("zero",),
    )  # fmt: skip
    assert one.example.variant == "derivatives/small[op=sin,way=reverse-over-reverse,dtype=float32]"
    assert (one.example.point, one.example.seen, one.example.exact) == ("zero", "curvature is 0.5", "-1.5")


def test_a_wrong_number_is_shown_before_nan_and_an_ordinary_point_before_another(tmp_path: Path) -> None:
    both = [failure("nan", op=["sin"], point=["generic"]), failure("wrong", op=["sin"], point=["zero"])]
    (one,) = found(tmp_path, reason(failures=both))
    assert (one.example.point, one.example.observed) == ("zero", "wrong")
    (one,) = found(tmp_path, reason(failures=[failure("wrong", op=["sin"])]))
    assert one.example.point == "generic"


def test_the_modes_of_a_finding_are_those_of_all_its_entries(tmp_path: Path) -> None:
    compiled = failure("nan", op=["sin"], point=["zero"], mode=["compiled"])
    (one,) = found(tmp_path, reason(failures=[compiled]))
    assert (one.modes, one.example.mode) == (("compiled",), "compiled")
    (one,) = found(tmp_path, reason(failures=[compiled, failure("wrong", op=["sin"], point=["generic"])]))
    assert (one.modes, one.example.mode) == (("eager", "compiled"), "eager")


def test_what_a_formula_loses_too_does_not_tell_the_class_and_a_bug_is_the_example(tmp_path: Path) -> None:
    formula = reason(kind="formula", failures=[failure("wrong", op=["sin"], point=["zero"])])
    (one,) = found(tmp_path, formula, reason(failures=[failure("inaccurate", op=["sin"], point=["generic"])]))
    assert (one.kind, one.example.point) == ("inaccurate", "generic")
    intended = reason(kind="wont-fix", failures=[failure("wrong", op=["sin"], point=["generic"])])
    (one,) = found(tmp_path, intended, reason(failures=[failure("wrong", op=["sin"], point=["zero"])]))
    assert (one.kind, one.example.point) == ("contradicts", "zero")


@pytest.mark.parametrize(
    ("kind", "observed", "wanted"),
    [("bug", "inaccurate", "inaccurate"), ("bug", "zeros", "contradicts"), ("formula", "zeros", "formula")],
)
def test_the_class_of_a_finding(tmp_path: Path, kind: str, observed: str, wanted: str) -> None:
    rows = found(tmp_path, reason(kind=kind, failures=[failure(observed)]))
    assert [(row.operation, row.kind) for row in rows] == [("exp", wanted), ("sin", wanted)]
    assert rows[0].points == ("generic", "zero")


def test_the_document_says_what_was_searched_and_escapes_what_tables_would_not_show(tmp_path: Path) -> None:
    text = findings_text(
        found(
            tmp_path,
            reason(failures=[failure({"raises": {"type": "ValueError"}}, op=["exp"])], because="a < b | c"),
            reason(failures=[failure("nan", op=["sin"])], searched=True),
            reason(failures=[failure("nan", op=["sin"])], framework="jax", issue="https://github.com/a/b/issues/7"),
            reason(failures=[failure("nan", op=["exp"])], framework="jax", issue="https://example.org/docs/page.html"),
        )
    )
    assert "upstream not searched): a &lt; b \\| c" in text
    assert "none found upstream" in text
    assert "[b#7](https://github.com/a/b/issues/7)" in text
    assert "[page.html](https://example.org/docs/page.html)" in text
    assert "raises ValueError" in text
    assert "| PyTorch | >=2.13,<2.14 | 2 | 0 | 0 |" in text
    assert "`gradconf repro 'derivatives/small[op=sin,way=reverse-over-reverse,dtype=float32]' -f jax`" in text


@pytest.mark.parametrize(
    ("exact", "text"),
    [("-1.6328125", "-1.6328125"), (["-1", "1.0"], "[-1, 1]"), ("pole: it is not finite", "pole"), ("inf", "inf")],
)  # fmt: skip
def test_an_exact_value_is_shown_in_the_digits_of_a_float64(exact: Any, text: str) -> None:
    assert shown(exact) == text


def cell(framework: str, way: str, dtype: str, **points: str) -> CellRecord:
    checks = tuple(
        CheckRecord(name=name, kind=kind, expected="1", observed="", message=f"{name}: it is wrong")
        for name, kind in points.items()
    )
    return CellRecord(
        cell=f"derivatives/small[op=sin,way={way},dtype={dtype}]@{framework}-cpu-eager", case="derivatives/small",
        axes={}, framework=framework, version="1", device="cpu", mode="eager", verdict="known", message="",
        checks=checks,
    )  # fmt: skip


def test_who_confirms_a_contradiction() -> None:
    wrong = cell("torch", "forward-over-reverse", "float32", zero="contradicts")
    right = {"zero": "ok"}
    for level, others in enumerate(
        [
            [cell("jax", "forward-over-reverse", "float32", **right)],
            [cell("torch", "reverse-over-reverse", "float32", **right)],
            [cell("jax", "reverse-over-reverse", "float64", **right)],
            [cell("jax", "reverse", "float32", **right), cell("jax", "forward-over-reverse", "float32", one="ok")],
        ]
    ):
        by_level = confirmed([wrong, *others])
        assert {name: len(lines) for name, lines in by_level.items() if lines} == {LEVELS[level]: 1}
    told = (
        "look at 1 places:\n  derivatives/small[op=sin] order 2, 2 answers of torch; forward-over-reverse: zero: it is"
    )
    assert told in confirmation_text([wrong, cell("torch", "reverse-over-forward", "float32", zero="contradicts")])
    assert "a person has to look" not in confirmation_text([cell("torch", "forward", "float32", zero="inaccurate")])
