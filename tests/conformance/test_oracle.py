"""Claims of cases against hand-made answers of the reference, and against the reference itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from conformance.case import Case
from conformance.expectation import parse_expectation
from conformance.load import LoadedCase
from conformance.lowering.native import NativeSource
from conformance.observation import Array, Entries, Items, Nothing, Number, Observed, Outcome, Raised, Scalar
from conformance.oracle import Finding, Proof, allowed, check_oracle, prove, sharper

if TYPE_CHECKING:
    from conformance.plan import Variant


def array(
    *data: Number, shape: tuple[int, ...] | None = None, dtype: str = "float32", form: str | None = None
) -> Array:
    return Array(dtype=dtype, shape=(len(data),) if shape is None else shape, data=data, form=form)


def number(x: Number, dtype: str = "float32") -> Array:
    return array(x, shape=(), dtype=dtype)


def kink(lo: float, hi: float) -> Array:
    return array(lo, hi, form="interval")


def findings(claim: Any, value: Observed, **others: Observed) -> list[Finding]:
    return prove("g", parse_expectation(claim), Outcome(observations={"g": value, **others}))


def kind(claim: Any, value: Observed, **others: Observed) -> str:
    (finding,) = findings(claim, value, **others)
    return finding.kind


@pytest.mark.parametrize(
    ("claim", "value", "kind_of_proof"),
    [
        (6.0, number(6.0), "proved"),
        (6, number(6.0), "proved"),
        (6.0001, number(6.0), "refuted"),
        (-6.0, number(6.0), "refuted"),
        (0.7310586, number(0.7310585786300049), "proved"),
        (0.731059, number(0.7310585786300049), "proved"),
        (0.73106, number(0.7310585786300049), "refuted"),
        (0.5, number(0.53), "refuted"),
        (0.2, number(0.20000000298023224), "proved"),
        (0.0, number(1e-40), "proved"),
        (0.0, number(7e-35), "refuted"),
        (0.1, number(0.10001, "float16"), "proved"),
        (0.1, number(0.1004, "float16"), "refuted"),
        (0.73105857, number(0.7310585786300049, "float64"), "refuted"),
        (3, number(3, "int32"), "proved"),
        (4, number(3, "int32"), "refuted"),
        (True, number(True, "bool"), "proved"),
        (False, number(True, "bool"), "refuted"),
        (1.0, number(True, "bool"), "refuted"),
        (math.inf, number(math.inf), "proved"),
        (math.inf, number(1e38), "refuted"),
        (math.nan, number(math.nan), "proved"),
        ([math.nan], array(1.0), "refuted"),
        ([1.0, 2.0], array(1.0, 2.0), "proved"),
        ([1.0, 2.5], array(1.0, 2.0), "refuted"),
        ([[1.0, 2.0]], array(1.0, 2.0), "refuted"),
        (1.0, array(1.0), "refuted"),
        ([1.0, 2.0], Items(items=(number(1.0), number(2.0))), "proved"),
        (5, Scalar(value=5), "proved"),
        (5, Scalar(value=6), "refuted"),
        (6.0, Nothing(), "refuted"),
        ("text", Scalar(value="other"), "not-numeric"),
        (True, Scalar(value=False), "not-numeric"),
        ({"shape": [2]}, array(1.0), "not-numeric"),
        ({"raises": {"type": "ValueError"}}, number(1.0), "not-numeric"),
        ({"same_structure": "h"}, number(1.0), "not-numeric"),
        ("unconnected", number(0.0), "not-numeric"),
        (None, number(0.0), "not-numeric"),
        ("undocumented", number(0.0), "not-numeric"),
        ("zeros", array(0.0, 0.0), "proved"),
        ("zeros", array(0.0, 1e-20), "refuted"),
        ("finite", array(0.0, 1.0), "proved"),
        ("finite", array(0.0, math.inf), "refuted"),
        ("inf", number(math.inf), "proved"),
        ("-inf", number(math.inf), "refuted"),
        ("nan", number(math.nan), "proved"),
        ("nan", number(1.0), "unproved"),
        ("numeric", number(1.0), "proved"),
        ("numeric", Nothing(), "unproved"),
        ({"value": [1.0], "dtype": "float16"}, array(1.0, dtype="float16"), "proved"),
    ],
)
def test_one_claim(claim: Any, value: Observed, kind_of_proof: str) -> None:
    assert kind(claim, value) == kind_of_proof


@pytest.mark.parametrize(
    ("claim", "kind_of_proof"),
    [
        (0.0, "member"),
        (0.5, "member"),
        (1.0, "member"),
        (1.5, "refuted"),
        (-0.1, "refuted"),
        ({"within": [0.0, 1.0]}, "member"),
        ({"within": [0.25, 0.5]}, "member"),
        ({"within": [-1.0, 2.0]}, "member"),
        ({"within": [0.5, 2.0]}, "refuted"),
        ("numeric", "member"),
        ("zeros", "member"),
        ("nan", "unproved"),
    ],
)
def test_a_claim_at_a_kink(claim: Any, kind_of_proof: str) -> None:
    assert kind(claim, kink(0.0, 1.0)) == kind_of_proof


def test_elements_beside_a_kink_must_still_be_right() -> None:
    values = array(0.0, 1.0, 2.0, 2.0, shape=(2, 2), form="interval")
    assert kind([0.5, 2.0], values) == "member"
    assert kind([0.5, 2.5], values) == "refuted"


def test_within_a_number() -> None:
    assert kind({"within": [0.0, 1.0]}, number(0.7)) == "member"
    assert kind({"within": [0.0, 0.5]}, number(0.7)) == "refuted"
    assert kind({"within": [[0.0, 1.0], [1.0, 2.0]]}, array(0.7, 1.5)) == "member"
    assert kind({"within": [[0.0, 1.0], [1.0, 2.0]]}, array(0.7, 2.5)) == "refuted"


def test_a_complex_gradient_may_follow_either_convention() -> None:
    assert kind({"equals": "h"}, number(3 + 4j, "complex64"), h=number(3 + 4j, "complex64")) == "proved"
    form = parse_expectation(3.0)
    outcome = Outcome(observations={"g": number(3.0 - 0j, "complex64")})
    assert prove("g", form, outcome)[0].kind == "proved"


def test_a_refutation_shows_both_numbers() -> None:
    (finding,) = findings([1.0, 6.0001], array(1.0, 6.0))
    assert finding.message.startswith("element 1: the case says 6.0001; the reference has 6.0; off by 0.0001")


def test_leaves_of_structures_are_proved_one_by_one() -> None:
    value = Items(items=(number(1.0), Entries(items={"w": array(2.0, 3.0), "b": number(4.0)}), number(0.0)))
    found = findings([1.0, {"w": [2.0, 3.5], "b": {"value": 4.0}}, "unconnected"], value)
    assert [(f.name, f.kind) for f in found] == [
        ("g[0]", "proved"), ("g[1][w]", "refuted"), ("g[1][b]", "proved"), ("g[2]", "not-numeric"),
    ]  # fmt: skip


def test_structures_of_another_form_are_refuted() -> None:
    assert kind([1.0, None], Items(items=(number(1.0),))) == "refuted"
    assert kind({"w": 1.0}, number(1.0)) == "refuted"
    assert kind({"w": 1.0}, Entries(items={"v": number(1.0)})) == "refuted"


def test_variables_of_a_module_may_be_a_list_or_a_dictionary() -> None:
    value = Entries(items={"b": number(14.0), "w": number(42.0)})
    assert kind([14.0, 42.0], value) == "proved"
    assert kind([42.0, 14.0], value) == "refuted"
    uneven = Entries(items={"b": number(14.0), "w": array(1.0, 2.0)})
    assert [finding.kind for finding in findings([14.0, [1.0, 2.5]], uneven)] == ["proved", "refuted"]


def test_series() -> None:
    falling = Items(items=(number(4.0), number(2.0), number(1.0)))
    assert kind({"decreases": True, "below": 1.5, "length": 3}, falling) == "proved"
    assert kind({"decreases": True}, Items(items=(number(1.0), number(1.5)))) == "refuted"
    assert kind({"below": 1.0}, falling) == "refuted"
    assert kind({"final": {"near": 1.04, "atol": 0.05}}, falling) == "proved"
    assert kind({"final": {"near": 1.06, "atol": 0.05}}, falling) == "refuted"
    assert kind({"decreases": True, "length": 4}, falling) == "refuted"
    assert kind({"length": 3}, falling) == "not-numeric"
    assert kind({"decreases": True}, Items(items=())) == "refuted"


def test_equal_names() -> None:
    assert kind({"equals": "h"}, number(1.0), h=number(1.0)) == "proved"
    assert kind({"equals": "h"}, number(1.0), h=number(1.1)) == "refuted"
    assert kind({"equals": "h"}, number(1.0)) == "unproved"


def test_why_nothing_can_be_proved() -> None:
    form = parse_expectation(1.0)
    assert prove("g", form, "no such operation")[0].message == "the reference could not run: no such operation"
    raised = Raised(type="NotDifferentiable", bases=(), message="a pole", native_line=3, program_line=2)
    message = prove("g", form, Outcome(observations={}, raised=raised))[0].message
    assert message == "the reference raised NotDifferentiable at program line 2: a pole"
    assert prove("g", form, Outcome(observations={}))[0].kind == "unproved"


def test_a_value_that_changes_with_the_precision_proves_nothing() -> None:
    form, outcome = parse_expectation(1.0), Outcome(observations={"g": number(1.0)})
    other = Outcome(observations={"g": number(1.0 + 1e-12)})
    assert prove("g", form, outcome, confirmed=outcome)[0].kind == "proved"
    (finding,) = prove("g", form, outcome, confirmed=other)
    assert finding.kind == "unproved"
    assert "120 digits" in finding.message
    assert prove("g", form, outcome, confirmed=Outcome(observations={}))[0].kind == "unproved"


def test_the_bound_is_the_looser_of_eight_units_and_the_digits_written() -> None:
    assert allowed(1.0, "float32", 1.0) == 8 * 2.0**-23
    assert allowed(1.0, "float64", 1.0) == 8 * 2.0**-52
    assert allowed(1.0, "float64", 1.00001) == 0.5e-5
    assert allowed(1.0, "bfloat16", 1.0) == 2 * 2.0**-7
    assert allowed(3, "int32", 3) == 0.0


def test_more_digits_are_asked_for_after_the_import() -> None:
    native = NativeSource(
        text="import numpy as np\nimport conformance_reference as ref\n\nx = ref.asarray(1.0)\n",
        line_map=(None, None, None, 1),
        observe={"x": "x"},
    )
    more = sharper(native)
    assert more.text.splitlines()[2] == "ref.precision(120, '1e-30')"
    assert more.program_line(5) == 1
    assert len(more.line_map) == len(more.text.splitlines())
    with pytest.raises(ValueError, match="imports no conformance_reference"):
        sharper(NativeSource(text="import torch\n", line_map=(None,), observe={}))


# whole cases


def loaded(**fields: Any) -> LoadedCase:
    case = Case.model_validate({"id": "a-case", "title": "A case", "covers": ["a-statement"], **fields})
    return LoadedCase(case=case, area="area", about=None, file="cases/area/a.yaml", line=7)


def proofs(case: LoadedCase, outcome: Outcome | str) -> list[tuple[str, str, str, bool]]:
    return [(p.claimed_by, p.name, p.kind, p.ok) for p in check_oracle([case], lambda variant: outcome)]


def test_differences_are_claims_too() -> None:
    case = loaded(
        program="x = variable(1.0)",
        expect={"g": 2.0, "h": "unconnected"},
        differs={"jax": {"expect": {"g": 3.0}, "because": "it differs"}},
    )
    assert proofs(case, Outcome(observations={"g": number(2.0)})) == [
        ("expect", "g", "proved", True), ("expect", "h", "not-numeric", True), ("differs.jax", "g", "refuted", False),
    ]  # fmt: skip


def test_a_case_may_say_why_it_cannot_be_proved() -> None:
    case = loaded(
        program="x = variable(1.0)",
        expect={"g": 2.0, "h": 1.0},
        oracle={"skip": ["g"], "because": "a convention of floating point"},
    )
    found = list(check_oracle([case], lambda variant: Outcome(observations={"h": number(1.0)})))
    assert [(p.name, p.kind, p.excused, p.ok) for p in found] == [
        ("g", "unproved", True, True), ("h", "proved", False, True),
    ]  # fmt: skip
    assert found[0].message == "a convention of floating point"


def test_axes_reach_the_claims_and_the_text_names_the_place() -> None:
    case = loaded(program="x = variable(1.0)", expect={"g": "$twice"}, for_each={"rows": {
        "one": {"x": 1.0, "twice": 2.0}, "two": {"x": 2.0, "twice": 5.0},
    }})  # fmt: skip

    def run(variant: Variant) -> Outcome:
        x = variant.axes["x"]
        assert isinstance(x, float)
        return Outcome(observations={"g": number(2 * x)})

    first, second = check_oracle([case], run)
    assert (first.kind, second.kind) == ("proved", "refuted")
    assert str(second).startswith("cases/area/a.yaml:7: area/a-case[rows=two]: expect: g: refuted: the case says 5.0")


def test_of_seeds_the_first_is_confirmed() -> None:
    case = loaded(program="x = variable(1.0)", expect={"g": 1.0}, for_each={"seed": [0, 1, 2], "x": [1.0, 2.0]})
    asked: list[str] = []

    def confirm(variant: Variant) -> Outcome:
        asked.append(variant.id)
        return Outcome(observations={"g": number(1.0 if variant.axes["x"] == 1.0 else 1.5)})

    found = list(check_oracle([case], lambda variant: Outcome(observations={"g": number(1.0)}), confirm=confirm))
    assert asked == ["area/a-case[seed=0,x=1.0]", "area/a-case[seed=0,x=2.0]"]
    assert [proof.kind for proof in found] == ["proved", "unproved", "proved", "proved", "proved", "proved"]


def test_native_cases_have_no_program_to_compute() -> None:
    case = loaded(native={"torch": "g = 1"}, expect={"torch": {"g": 1.0, "h": "none"}})
    assert proofs(case, "not asked") == [
        ("expect.torch", "g", "unproved", True), ("expect.torch", "h", "not-numeric", True),
    ]  # fmt: skip


def test_a_reference_that_cannot_run_fails_the_case() -> None:
    case = loaded(program="x = variable(1.0)", expect={"g": 2.0})
    assert proofs(case, "unsupported: no such thing") == [("expect", "g", "unproved", False)]


def test_the_reference_is_not_asked_where_nothing_is_numeric() -> None:
    def never(variant: Variant) -> Outcome:
        raise AssertionError(variant)

    case = loaded(program="x = variable(1.0)", expect={"g": "unconnected"})
    assert [proof.kind for proof in check_oracle([case], never)] == ["not-numeric"]


def test_a_case_s_own_tolerance_counts() -> None:
    case = loaded(
        program="x = variable(1.0)", expect={"g": 3.0}, tolerance={"atol": 0.05, "because": "a rounded literal"}
    )
    assert proofs(case, Outcome(observations={"g": number(3.02)}))[0][2] == "proved"
    assert proofs(case, Outcome(observations={"g": number(3.06)}))[0][2] == "refuted"


def test_a_proof_that_fails_is_not_ok() -> None:
    fields: dict[str, Any] = {
        "variant": "a/b", "file": "f", "line": 1, "name": "g", "claimed_by": "expect", "message": "",
    }  # fmt: skip
    assert not Proof(kind="refuted", **fields).ok
    assert not Proof(kind="unproved", **fields).ok
    assert Proof(kind="unproved", excused=True, **fields).ok
