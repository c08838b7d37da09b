"""Two sides of one answer: what counts as equal, what is told where they are not, and what is left out."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from conformance.case import Known
from conformance.consistency_checks import CHECKS, faults_in, faults_text
from conformance.consistency_judge import judge_consistency
from conformance.derivative_judge import known_points, missing_rule, with_known
from conformance.known_update import Fault, fault_of
from conformance.lowering.consistency import CHECKS as CHECKS_SOURCE
from conformance.observation import Array, Entries, Items, Observed, Scalar

SMOOTH = {
    "shape": [2], "slope": "1.5", "slope_size": "2.0", "jacobian": [["0.5", "0"], ["0", "1.0"]],
    "curvature": "-0.75", "curvature_size": "1.0",
}  # fmt: skip
KINK = {**SMOOTH, "jacobian": [[["0", "1"], "0"], ["0", "1.0"]]}
LACKS = ("no entry for",)


def sides(left: list[float], right: list[float]) -> Observed:
    return Items(
        items=tuple(
            Items(items=(Array(dtype="float64", shape=(len(part),), data=tuple(part)),)) for part in (left, right)
        )
    )


def judged(check: str, both: Observed, point: dict[str, Any] | None = None) -> tuple[str, str]:
    judgement, _ = judge_consistency(
        {"p": point or SMOOTH}, Entries(items={"p": Entries(items={check: both})}), dtype="float32", device="cpu",
        signature="unary", lacks=LACKS,
    )  # fmt: skip
    return judgement.verdict, judgement.message


@pytest.mark.parametrize(
    ("check", "left", "right", "verdict"),
    [
        ("forward against reverse", [1.5], [1.5000001], "conforms"),
        ("forward against reverse", [1.5], [1.6], "contradicts"),
        ("Hessian symmetry", [-0.75], [-0.7500001], "conforms"),
        ("Hessian symmetry", [-0.75], [0.75], "contradicts"),
        ("vmap against one alone", [0.5, 1.0], [0.5, 1.0], "conforms"),
        ("vmap against one alone", [0.5, 1.0], [1.0, 0.5], "contradicts"),
        ("compiled against eager", [0.5, math.nan], [0.5, math.nan], "conforms"),
        ("compiled against eager", [0.5, math.nan], [0.5, 1.0], "contradicts"),
        ("compiled against eager", [0.5, math.inf], [0.5, -math.inf], "contradicts"),
        ("compiled after another shape", [0.5], [0.5, 1.0], "contradicts"),
        ("checkpoint against plain", [0.5, 1.0], [0.5000001, 1.0], "conforms"),
        ("checkpoint against plain", [0.5, 1.0], [0.501, 1.0], "inaccurate"),
        ("checkpoint against plain", [0.5, 1.0], [0.501, 2.0], "contradicts"),
        ("forward against reverse", [0.0], [5e-7], "conforms"),
        ("vmap against one alone", [0.0, 0.0], [0.5, 0.0], "contradicts"),
        ("called again", [0.5], [0.50000006], "contradicts"),
        ("inputs unchanged", [0.5], [0.5], "conforms"),
    ],
)
def test_two_sides_agree_within_what_both_may_be_off(
    check: str, left: list[float], right: list[float], verdict: str
) -> None:
    seen, message = judged(check, sides(left, right))
    assert seen == verdict, message
    assert verdict == "conforms" or check in message


def test_at_a_kink_modes_may_choose_but_one_gradient_is_itself() -> None:
    assert judged("forward against reverse", sides([0.0], [1.0]), KINK)[0] == "conforms"
    assert judged("compiled against eager", sides([0.0, 1.0], [1.0, 1.0]), KINK)[0] == "contradicts"


def test_a_check_that_raises_is_told_unless_the_framework_has_no_such_rule() -> None:
    assert judged("vmap against one alone", Scalar(value="raised LookupError: no entry for X"))[0] == "conforms"
    verdict, message = judged("vmap against one alone", Scalar(value="raised ValueError: inconsistent sizes"))
    assert (verdict, "ValueError" in message) == ("contradicts", True)


def test_what_may_overflow_says_nothing() -> None:
    steep = {**SMOOTH, "slope_size": "1e38"}
    assert judged("forward against reverse", sides([math.inf], [1e38]), steep)[0] == "conforms"


def verdict_with(known: Any, **sides_by_check: Observed) -> str:
    answers = {check.replace("_", " "): both for check, both in sides_by_check.items()}
    judgement, checks = judge_consistency(
        {"p": SMOOTH}, Entries(items={"p": Entries(items=answers)}), dtype="float32",
        device="cpu", signature="unary", lacks=LACKS,
    )  # fmt: skip
    item = Known(framework="torch", kind="bug", because="it is a test", observed={"p": known})
    return with_known(judgement, checks, known_points([item]))[0]


def test_a_known_failure_of_a_check_is_recognised_by_how_its_two_sides_differ() -> None:
    wrong, nan = sides([1.5], [1.6]), sides([1.5], [math.nan])
    assert verdict_with("forward against reverse: wrong", forward_against_reverse=wrong) == "known"
    assert verdict_with("forward against reverse: wrong", forward_against_reverse=nan) == "contradicts"
    assert verdict_with("forward against reverse: nan", forward_against_reverse=nan) == "known"
    raised = Scalar(value="raised ValueError: inconsistent sizes")
    assert verdict_with("called again: raises ValueError", called_again=raised) == "known"
    assert verdict_with("called again: raises TypeError", called_again=raised) == "contradicts"
    assert verdict_with("called again: raises ValueError", called_again=wrong) == "contradicts"


def test_what_is_known_of_one_check_does_not_hide_another() -> None:
    wrong = sides([1.5], [1.6])
    both = {"forward_against_reverse": wrong, "called_again": wrong}
    assert verdict_with("forward against reverse: wrong", **both) == "contradicts"
    assert verdict_with("called again: wrong", **both) == "contradicts"
    assert verdict_with("forward against reverse: wrong; called again: wrong", **both) == "known"


def test_the_checks_that_are_named_are_those_that_are_made() -> None:
    assert tuple(re.findall(r'^        "([^"]+)": lambda', CHECKS_SOURCE, flags=re.MULTILINE)) == CHECKS


def test_a_text_of_faults_gives_them_back() -> None:
    faults = (("Hessian symmetry", "wrong"), ("called again", "raises ValueError"))
    assert faults_in(faults_text(faults)) == faults
    assert faults_in("wrong") == faults_in("a check: wrong") == ()


def test_what_a_check_shows_is_its_two_sides() -> None:
    answers = Entries(items={"p": Entries(items={"forward against reverse": sides([1.5], [-1.0])})})
    judgement, _ = judge_consistency(
        {"p": SMOOTH}, answers, dtype="float32", device="cpu", signature="unary", lacks=LACKS
    )
    shown = fault_of(judgement.checks[0])
    assert (shown, shown.seen) == (
        Fault(observed="forward against reverse: wrong"),
        "forward against reverse: 1.5 and -1",
    )


def test_at_a_pole_an_error_is_an_answer() -> None:
    raised = Entries(items={"p": Scalar(value="raised LinAlgError: singular")})
    for point, verdict in (
        ({**SMOOTH, "slope": "pole", "jacobian": [["pole", "pole: 2"]]}, "conforms"),
        ({**SMOOTH, "slope": "pole", "jacobian": [["pole", "1.0"]]}, "contradicts"),
        (SMOOTH, "contradicts"),
    ):
        judgement, _ = judge_consistency(
            {"p": point}, raised, dtype="float32", device="cpu", signature="unary", lacks=LACKS
        )
        assert judgement.verdict == verdict, point


def test_a_rule_that_is_missing_everywhere_is_missing_where_there_is_no_derivative_too() -> None:
    raised = Scalar(value="raised LookupError: no entry for X")
    pole = {**SMOOTH, "slope": "pole", "jacobian": [["pole", "pole: 2"]]}
    _, checks = judge_consistency(
        {"p": SMOOTH, "q": pole}, Entries(items={"p": raised, "q": raised}), dtype="float32", device="cpu",
        signature="unary", lacks=LACKS,
    )  # fmt: skip
    assert missing_rule(checks, LACKS) == "LookupError: no entry for X"
