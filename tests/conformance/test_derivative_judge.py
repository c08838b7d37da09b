"""A framework's answers at catalogued points against exact values: what is right, wrong, lost, and a convention."""

from __future__ import annotations

import math
from typing import Any

import pytest

from conformance.case import Known
from conformance.derivative_judge import (
    PointCheck,
    check_point,
    elements,
    judge_points,
    known_points,
    missing_rule,
    reasons_of,
    with_known,
)
from conformance.observation import Array, Entries, Items, Observed, Scalar

SMOOTH = {
    "slope": "1.5", "slope_size": "2.0", "shape": [2], "jacobian": [["0.5", "0"], ["0", "1.0"]],
    "curvature": "-0.75", "curvature_size": "1.0",
}  # fmt: skip


def scalar(value: float, dtype: str = "float32") -> Array:
    return Array(dtype=dtype, shape=(), data=(value,))


def first(slope: float, jacobian: list[float]) -> Observed:
    return Items(items=(scalar(slope), Array(dtype="float32", shape=(len(jacobian),), data=tuple(jacobian))))


def kind_of(point: dict[str, Any], answer: Observed | None, *, order: int = 1, dtype: str = "float32") -> str:
    return checked("p", point, answer, order=order, dtype=dtype).record.kind


def checked(
    name: str,
    point: dict[str, Any],
    answer: Observed | None,
    *,
    order: int = 1,
    dtype: str = "float32",
    signature: str | None = "unary",
) -> PointCheck:
    shape = (len(point["jacobian"][0]),) if point["shape"] else ()
    return check_point(
        name, point, answer, order=order, dtype=dtype, device="cpu", signature=signature, arguments={"x": shape}
    )


def with_slope(exact: Any) -> dict[str, Any]:
    size = exact if isinstance(exact, str) and exact[:1].isdigit() else "1.0"
    return {**SMOOTH, "shape": [], "slope": exact, "jacobian": [[exact]], "slope_size": size}


def test_the_exact_numbers_conform() -> None:
    assert kind_of(SMOOTH, first(1.5, [0.5, 0, 0, 1.0])) == "ok"
    assert kind_of(SMOOTH, scalar(-0.75), order=2) == "ok"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (first(1.5, [0.5025, 0, 0, 1.0]), "inaccurate"),
        (first(1.5, [0.505, 0, 0, 1.0]), "contradicts"),  # one element wrong by 1 %
        (first(1.5, [0.5, 0, 1e-6, 1.0]), "contradicts"),
        (first(1.5, [0.5, 0, 0, -1.0]), "contradicts"),
        (first(1.5, [math.nan, 0, 0, 1.0]), "contradicts"),
        (first(math.inf, [0.5, 0, 0, 1.0]), "contradicts"),
        (first(1.5, [0.5]), "contradicts"),
        (None, "contradicts"),
        (Scalar(value="raised ValueError: no"), "contradicts"),
    ],
)
def test_a_wrong_element_is_told(answer: Observed | None, kind: str) -> None:
    assert kind_of(SMOOTH, answer) == kind


def test_a_dropped_second_order_term_is_told() -> None:
    assert kind_of(SMOOTH, scalar(0.25), order=2) == "contradicts"


def test_a_sum_that_cancels_is_held_to_the_size_of_its_terms() -> None:
    cancelling = {**SMOOTH, "slope": "1e-9", "slope_size": "1000.0"}
    assert kind_of(cancelling, first(1e-5, [0.5, 0, 0, 1.0])) == "ok"
    assert kind_of({**cancelling, "slope_size": "1e-9"}, first(1e-5, [0.5, 0, 0, 1.0])) == "contradicts"


def test_a_zero_in_a_tail_is_lost_beside_one_and_no_more() -> None:
    assert kind_of(with_slope("1e-17"), first(0.0, [0.0])) == "inaccurate"
    assert kind_of(with_slope("1e-4"), first(0.0, [0.0])) == "contradicts"
    assert kind_of(with_slope("1e-17"), first(0.0, [0.0]), dtype="float64") == "inaccurate"
    assert kind_of(with_slope("1e-14"), first(0.0, [0.0]), dtype="float64") == "contradicts"


def test_an_underflow_is_no_error() -> None:
    assert kind_of(with_slope("1e-40"), first(0.0, [0.0])) == "ok"


def test_at_a_kink_every_member_of_the_interval_is_right() -> None:
    kink = with_slope(["0.0", "1.0"])
    for member in (0.0, 0.5, 1.0):
        assert kind_of(kink, first(member, [member])) == "ok"
    assert kind_of(kink, first(-1.0, [-1.0])) == "contradicts"
    assert kind_of(kink, first(math.nan, [math.nan])) == "contradicts"


def test_only_at_a_pole_may_an_answer_be_not_finite() -> None:
    assert kind_of(with_slope("pole: the value is not finite here"), first(math.nan, [math.inf])) == "ok"
    assert kind_of(with_slope("pole: the value is not finite here"), first(0.0, [0.0])) == "contradicts"
    assert kind_of(with_slope("inf"), first(math.inf, [math.inf])) == "ok"
    assert kind_of(with_slope("inf"), first(-math.inf, [math.inf])) == "contradicts"
    assert kind_of(with_slope("inf"), first(1e30, [math.inf])) == "contradicts"
    assert kind_of(with_slope("jump: no derivative"), first(0.0, [7.0])) == "ok"


def test_what_overflows_the_dtype_may_be_infinite_in_it_alone() -> None:
    large = with_slope("1e39")
    assert kind_of(large, first(math.inf, [math.inf])) == "ok"
    assert kind_of(large, first(math.inf, [math.inf]), dtype="float64") == "contradicts"


def test_an_element_of_the_jacobian_is_named_by_its_places() -> None:
    check = checked("p", SMOOTH, first(1.5, [0.5, 0, 0.75, 1.0]))
    assert "d f[1] / d x[0] is 0.75; expected 0 within" in check.record.message
    assert "d f / d x is 3; expected 1" in checked("p", with_slope("1"), first(1.0, [3.0])).record.message
    assert elements("x", (2, 1)) == ["x[0,0]", "x[1,0]"]


def test_an_element_that_sums_terms_is_held_to_those_of_its_column() -> None:
    mixed = {**SMOOTH, "jacobian": [["0.5", "1e-9"], ["-0.5", "1.0"]]}
    answer = first(1.5, [0.5, 1e-7, -0.5, 1.0])
    assert checked("p", mixed, answer, signature="reduction").record.kind == "ok"
    assert checked("p", mixed, answer, signature="unary").record.kind != "ok"  # every element is treated alone
    conditioned = {**mixed, "conditioning": ["1e6", "0"]}
    assert checked("p", conditioned, first(1.5, [0.7, 1e-9, -0.5, 1.0]), signature="matrix").record.kind == "ok"


def test_a_result_without_elements_has_a_slope_of_zero_and_no_jacobian() -> None:
    empty = {**SMOOTH, "shape": [0], "slope": "0", "slope_size": "0", "jacobian": []}
    record = check_point("p", empty, Items(items=(scalar(0.0),)), order=1, dtype="float32", device="cpu",
                         signature=None, arguments={"x": (3,)}).record  # fmt: skip
    assert record.kind == "ok"


def test_a_complex_gradient_is_the_derivatives_by_two_parts_in_the_convention_of_a_framework() -> None:
    point = {"shape": [], "slope": "1.5", "slope_size": "2.0", "gradient": ["0.5", "-1.0"],
             "gradient_sizes": ["1", "1"]}  # fmt: skip
    for imaginary, sign, kind in ((-1.0, 1, "ok"), (1.0, -1, "ok"), (1.0, 1, "contradicts"), (-1.0, -1, "contradicts")):
        answer = Items(items=(scalar(1.5), Array(dtype="complex64", shape=(), data=(complex(0.5, imaginary),))))
        record = check_point("p", point, answer, order=1, dtype="complex64", device="cpu", signature="complex",
                             arguments={"x": ()}, imaginary_sign=sign).record  # fmt: skip
        assert record.kind == kind, (imaginary, sign)
    assert "d total / d Im x is 1; expected -1" in check_point(
        "p", point, answer, order=1, dtype="complex64", device="cpu", signature="complex", arguments={"x": ()},
        imaginary_sign=-1,
    ).record.message  # fmt: skip


def known(**fields: Any) -> Known:
    return Known(framework="torch", kind="bug", because="it is a test", **fields)


def judged(values: dict[str, float], item: Known | None) -> tuple[str, bool]:
    points = {name: {**SMOOTH, "curvature": "1.0"} for name in values}
    answers = Entries(items={name: scalar(value) for name, value in values.items()})
    judgement, checks = judge_points(
        points, answers, order=2, dtype="float32", device="cpu", signature="unary", arguments=("x",),
        shapes={name: [(2,)] for name in values},
    )  # fmt: skip
    verdict, stale, _ = with_known(judgement, checks, {} if item is None else known_points([item]))
    return verdict, stale


def test_a_known_failure_explains_its_own_points_and_no_other() -> None:
    item = known(observed={"zero": "nan"})
    assert judged({"generic": 1.0, "zero": math.nan}, None) == ("contradicts", False)
    assert judged({"generic": 1.0, "zero": math.nan}, item) == ("known", False)
    assert judged({"generic": 3.0, "zero": math.nan}, item) == ("contradicts", False)
    assert judged({"generic": 1.0, "zero": 5.0}, item) == ("contradicts", False)
    assert judged({"generic": 1.0, "zero": 1.0}, item) == ("conforms", True)


def test_a_known_failure_may_be_recognised_by_its_number() -> None:
    item = known(observed={"zero": {"value": 5.0}})
    assert judged({"generic": 1.0, "zero": 5.0}, item) == ("known", False)
    assert judged({"generic": 1.0, "zero": 6.0}, item) == ("contradicts", False)


def test_each_point_that_fails_has_the_reason_that_it_is_known_for() -> None:
    points = {name: {**SMOOTH, "curvature": "1.0"} for name in ("generic", "one", "zero")}
    answers = Entries(items={name: scalar(math.nan if name != "generic" else 1.0) for name in points})
    _, checks = judge_points(
        points, answers, order=2, dtype="float32", device="cpu", signature="unary", arguments=("x",),
        shapes={name: [(2,)] for name in points},
    )  # fmt: skip
    first = known(observed={"zero": "nan", "generic": "nan"})
    second = Known(
        framework="torch", kind="formula", because="it is another", observed={"one": "nan"}, issue="https://x"
    )
    assert reasons_of(checks, known_points([first])) == ("it is a test", None, "bug")
    assert reasons_of(checks, known_points([first, second])) == (
        "one: it is another\nzero: it is a test", "https://x", "formula",
    )  # fmt: skip
    assert reasons_of(checks, {}) == (None, None, None)


def test_a_rule_that_is_missing_is_unsupported_only_where_every_point_says_so() -> None:
    lacking = checked("p", SMOOTH, Scalar(value="raised LookupError: gradient registry has no entry for: Foo"))
    right = checked("q", SMOOTH, first(1.5, [0.5, 0, 0, 1.0]))
    assert missing_rule([lacking], ["no entry for"]) == "LookupError: gradient registry has no entry for: Foo"
    assert missing_rule([lacking, right], ["no entry for"]) is None
    assert missing_rule([lacking], ["another"]) is None
