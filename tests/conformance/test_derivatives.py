"""Derivative cases: what loads, what a tier asks, and that exact values are frozen for what is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_derivatives import CASE, write_frozen

from conformance.derivatives import CONSISTENCY, WAYS, ways_of
from conformance.errors import CaseError, CaseErrors
from conformance.freezing import vacuous
from conformance.frozen import frozen_points, points_asked
from conformance.load import LoadedCase, load_cases
from conformance.plan import Selection, Target, applies, expand, plan
from conformance.points import FAMILIES, SIGNATURES, exact_in


def load(tmp_path: Path, text: str) -> LoadedCase:
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return load_cases([path])[0]


def test_a_tier_asks_for_its_ways_and_dtypes(tmp_path: Path) -> None:
    loaded = load(tmp_path, CASE)
    assert ways_of(loaded.case, "quick") == ("reverse", "forward")
    assert (*ways_of(loaded.case, "standard"), CONSISTENCY) == ways_of(loaded.case, "exhaustive") == WAYS
    assert [variant.id for variant in expand(loaded, "quick")] == [
        f"derivatives/small[op={op},way={way},dtype=float32]" for op in ("exp", "sin") for way in ("reverse", "forward")
    ]
    assert len(expand(loaded, "standard")) == 2 * (6 + 3)


def test_the_last_tier_asks_for_low_precision_at_order_one_and_eager_alone(tmp_path: Path) -> None:
    loaded = load(tmp_path, CASE)
    low = [v for v in expand(loaded, "exhaustive") if v.axes["dtype"] in ("float16", "bfloat16")]
    assert {v.axes["way"] for v in low} == {"reverse", "forward"}
    compiled = Target(framework="jax", mode="compiled")
    assert not any(applies(variant, compiled) for variant in low)
    assert len([v for v in expand(loaded, "exhaustive") if applies(v, compiled)]) == 2 * 6 * 2
    narrow = {v.axes["way"] for v in expand(loaded, "standard") if v.axes["dtype"] == "float32"}
    assert narrow == {"reverse", "forward", "reverse-over-reverse"}
    assert not any(applies(variant, compiled) for variant in expand(loaded, "standard"))


def test_a_point_that_is_not_exact_in_a_format_is_not_asked_in_it(tmp_path: Path) -> None:
    loaded = load(tmp_path, CASE.replace("[0.5, -1.25]", "[0.500244140625, -1.25]"))  # 12 bits
    write_frozen(tmp_path, loaded)
    asked = {str(v.axes["dtype"]): [point.name for point in points_asked(v)] for v in expand(loaded, "exhaustive")}
    assert asked == {"float16": ["zero"], "bfloat16": ["zero"], "float32": ["generic", "zero"],
                     "float64": ["generic", "zero"]}  # fmt: skip


def test_a_tier_asks_for_its_points_and_modes(tmp_path: Path) -> None:
    loaded = load(tmp_path, CASE)
    write_frozen(tmp_path, loaded)
    targets = [Target(framework="torch"), Target(framework="torch", mode="compiled")]
    quick = plan([loaded], targets, selection=Selection())
    assert {cell.target.mode for cell in quick} == {"eager"}
    assert [[point.name for point in points_asked(cell.variant)] for cell in quick] == [["generic"]] * 4
    standard = plan([loaded], targets, selection=Selection(tier="standard"))
    assert {cell.target.mode for cell in standard} == {"eager"}
    assert [point.name for point in points_asked(standard[0].variant)] == ["generic", "zero"]
    assert {cell.target.mode for cell in plan([loaded], targets, selection=Selection(tier="exhaustive"))} == {
        "eager", "compiled",
    }  # fmt: skip


def test_exact_values_must_be_frozen_for_this_very_function(tmp_path: Path) -> None:
    loaded = load(tmp_path, CASE)
    variant = expand(loaded)[0]
    with pytest.raises(CaseError, match="not frozen; run `gradconf freeze"):
        frozen_points(variant)
    write_frozen(tmp_path, loaded, key="another")
    with pytest.raises(CaseError, match="changed since its exact values were frozen"):
        frozen_points(variant)


@pytest.mark.parametrize("framework", ["jax", "torch", "tensorflow"])
@pytest.mark.parametrize("way", WAYS)
def test_every_framework_has_every_way(tmp_path: Path, framework: str, way: str) -> None:
    loaded = load(tmp_path, CASE)
    write_frozen(tmp_path, loaded)
    cells = plan([loaded], [Target(framework=framework)], selection=Selection(tier="exhaustive", text=f"way={way},"))
    native = cells[0].native
    assert native is not None, cells[0].broken
    compile(native.text, "cell", "exec")
    assert "'zero': [0.0]" in native.text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("return $op(x)", "return nothing(x)", "nothing"),
        ("zero: {x: 0.0, because: the origin}", "zero: {x: 0.1}", "not exact in float32"),
        ("zero: {x: 0.0, because: the origin}", "zero: {x: 0.0, y: 1.0}", "f takes 1: x"),
        ("derivatives: {orders: [1, 2]}", "expect: {y: 1.0}", "points: and derivatives"),
        ("derivatives: {orders: [1, 2]}", "derivatives: {orders: [1, 2]}\n    expect: {y: 1.0}", "exact value"),
        ("derivatives: {orders: [1, 2]}", "derivatives: {ways: [sideways]}", "sideways"),
    ],
)
def test_a_wrong_case_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(CaseErrors) as refused:
        load(tmp_path, CASE.replace(old, new))
    assert message.replace("points: and", "`points:` and").replace("and derivatives", "and `derivatives:`") in str(
        refused.value
    )


def test_a_derivative_that_is_zero_everywhere_says_nothing() -> None:
    zero = {"slope": "0", "jacobian": [["0", "0"]], "curvature": "0"}
    steep = {"slope": "1", "jacobian": [["1", "0"]], "curvature": "0"}
    assert vacuous({"a": zero}, [1]) == "the first derivative is zero at every point"
    assert vacuous({"a": zero, "b": steep}, [1]) is None
    assert "claim order 1 alone" in (vacuous({"a": zero, "b": steep}, [1, 2]) or "")
    assert vacuous({"a": {"outside": "no"}}, [1]) == "no point lies in the domain of the function"


def test_the_points_of_the_catalogue_are_exact_have_reasons_and_names_of_their_own() -> None:
    for signature, kind in SIGNATURES.items():
        names = [point.name for point in kind.points]
        assert len(set(names)) == len(names), signature
        assert any(name.startswith("generic") for name in names)
        for point in kind.points:
            assert len(point.because) > 5
            assert any(exact_in(point.values, dtype) for dtype in point.dtypes), (signature, point.name)


def test_no_two_families_have_a_signature_of_the_same_name() -> None:
    names = [name for family in FAMILIES for name in family.SIGNATURES]
    assert sorted(names) == sorted(set(names))
