"""Axes, ids, merged expectations, selection and native cells; lowering itself has its own tests."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.axes import substitute
from conformance.case import Case
from conformance.errors import CaseError, Unsupported, UsageError
from conformance.expectation import Equals, Expected, IsWord, Raises, Within
from conformance.load import LoadedCase
from conformance.lowering.native import NativeSource
from conformance.plan import Selection, Target, cell_of, expand, expected_of, in_shard, matches_text, parse_shard, plan

TORCH = Target(framework="torch")
JAX = Target(framework="jax", mode="compiled")
PROGRAM = "x = variable(3.0)\nwith tape() as t:\n    y = x ** 2\ndy_dx = t.gradient(y, x)\n"


def loaded(area: str = "basics", **fields: Any) -> LoadedCase:
    plain = {"id": "square", "title": "A square", "covers": ["tf-square"], "program": PROGRAM, "expect": {"dy_dx": 6.0}}
    if "native" in fields:
        del plain["program"]
    case = Case.model_validate({**plain, **fields})
    return LoadedCase(case=case, area=area, about=None, file="cases/basics/square.yaml", line=4)


@pytest.fixture
def lowered(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """An adapter that records how it was called; what it is asked for comes back in a list."""
    calls: list[dict[str, Any]] = []

    def lower(program: Any, **words: Any) -> NativeSource:
        calls.append({"text": program.text, **words})
        return NativeSource(text="native\n", line_map=(1,), observe={"dy_dx": "dy_dx"})

    adapter = SimpleNamespace(lower=lower)
    import conformance.registry as registry

    monkeypatch.setattr(registry, "adapter", lambda name: adapter)
    return calls


def ids(case: LoadedCase) -> list[str]:
    return [variant.id for variant in expand(case)]


def test_a_case_without_axes_is_one_variant() -> None:
    assert ids(loaded()) == ["basics/square"]


def test_axes_are_multiplied_in_the_order_in_which_they_stand_with_dtype_last() -> None:
    case = loaded(for_each={"op": ["sin", "cos"], "n": [1, 2]}, dtypes=["float32"])
    assert ids(case) == [
        "basics/square[op=sin,n=1,dtype=float32]",
        "basics/square[op=sin,n=2,dtype=float32]",
        "basics/square[op=cos,n=1,dtype=float32]",
        "basics/square[op=cos,n=2,dtype=float32]",
    ]


def test_a_labelled_row_gives_its_names_to_the_program_and_its_label_to_the_id() -> None:
    (first, second) = expand(loaded(for_each={"point": {"zero": {"v": 0.0, "g": 1}, "far": {"v": 9.5, "g": 2}}}))
    assert (first.id, dict(first.axes)) == ("basics/square[point=zero]", {"v": 0.0, "g": 1})
    assert (second.id, dict(second.axes)) == ("basics/square[point=far]", {"v": 9.5, "g": 2})


def test_long_axis_values_are_shortened_and_stay_different() -> None:
    first, second = ids(loaded(for_each={"v": [[1.5] * 40, [1.5] * 41]}))
    assert first != second
    assert max(len(first), len(second)) < 60


def test_infinities_in_axes_can_be_written_to_a_results_file() -> None:
    (variant,) = expand(loaded(for_each={"v": [[1.0, math.inf]]}))
    assert variant.plain_axes == {"v": [1.0, "inf"]}


def test_a_whole_dollar_name_becomes_the_value_and_a_part_becomes_its_text() -> None:
    axes: dict[str, Any] = {"v": [1.0, 2.0], "n": 3}
    yaml = {"a": "$v", "b": {"within": ["$n", 5]}, "c": "uniform(0.0, 1.0, ($n, 1))", "d": "$other"}
    assert substitute(yaml, axes) == {
        "a": [1.0, 2.0],
        "b": {"within": [3, 5]},
        "c": "uniform(0.0, 1.0, (3, 1))",
        "d": "$other",
    }


def test_expectations_and_known_failures_take_their_axes() -> None:
    known = {"framework": "jax", "kind": "bug", "because": "it was seen", "observed": {"dy_dx": "$wrong"}}
    (variant,) = expand(
        loaded(for_each={"row": {"a": {"g": 6.0, "wrong": 7.0}}}, expect={"dy_dx": "$g"}, known=[known])
    )
    assert expected_of(variant, "torch", "eager") == (Expected(names={"dy_dx": Equals(value=6.0)}), None)
    assert variant.known[0].observed == {"dy_dx": 7.0}


def expected(differs: Mapping[str, Any], framework: str, mode: str, **fields: Any) -> Expected:
    (variant,) = expand(loaded(differs=differs, **fields))
    return expected_of(variant, framework, mode)[0]


def because(**expect: Any) -> dict[str, Any]:
    return {"expect": expect, "because": "its documents say so"}


def test_a_difference_replaces_what_it_names_and_leaves_the_rest() -> None:
    seen = expected({"jax": because(dy_dx=0.0)}, "jax", "eager", expect={"dy_dx": 6.0, "y": 9.0})
    assert seen.names == {"dy_dx": Equals(value=0.0), "y": Equals(value=9.0)}


def test_a_difference_of_one_framework_leaves_the_others_alone() -> None:
    assert expected({"jax": because(dy_dx=0.0)}, "torch", "eager").names == {"dy_dx": Equals(value=6.0)}


def test_a_difference_of_a_mode_goes_before_that_of_the_framework() -> None:
    differs = {"jax": because(dy_dx=0.0), "jax-compiled": because(dy_dx=1.0)}
    assert expected(differs, "jax", "compiled").names == {"dy_dx": Equals(value=1.0)}
    assert expected(differs, "jax", "eager").names == {"dy_dx": Equals(value=0.0)}


def test_a_difference_that_raises_expects_nothing_else() -> None:
    seen = expected({"jax": because(raises={"type": "TypeError"})}, "jax", "eager")
    assert seen == Expected(names={}, raises=Raises(type="TypeError"))


def test_a_difference_that_does_not_raise_drops_the_error_of_the_case() -> None:
    seen = expected({"jax": because(dy_dx=0.0)}, "jax", "eager", expect={"raises": {"type": "RuntimeError"}})
    assert seen == Expected(names={"dy_dx": Equals(value=0.0)})


def test_an_axis_value_that_makes_no_expectation_is_a_case_error_with_its_place() -> None:
    (variant,) = expand(loaded(for_each={"at": ["nowhere"]}, expect={"raises": {"type": "E", "at": "$at"}}))
    with pytest.raises(CaseError, match=r"^cases/basics/square\.yaml:4:1: basics/square\[at=nowhere\]: expect"):
        expected_of(variant, "torch", "eager")


def test_a_cell_is_lowered_with_the_axes_and_knows_where_names_are_bound(lowered: list[dict[str, Any]]) -> None:
    (variant,) = expand(loaded())
    cell = cell_of(variant, Target(framework="torch", mode="compiled"))
    assert cell.id == "basics/square@torch-cpu-compiled"
    assert cell.native is not None and cell.native.text == "native\n"
    assert cell.lines == {"dy_dx": 4}
    (call,) = lowered
    assert (call["mode"], call["device"], call["wide"], call["observe"]) == ("compiled", "cpu", False, ("dy_dx",))


@pytest.mark.parametrize(("dtype", "wide"), [("float32", False), ("float64", True), ("complex128", True)])
def test_a_double_precision_axis_asks_for_64_bits(lowered: list[dict[str, Any]], dtype: str, wide: bool) -> None:
    (variant,) = expand(loaded(dtypes=[dtype]))
    cell_of(variant, TORCH)
    assert [call["wide"] for call in lowered] == [wide]


def test_data_reach_the_adapter_as_numpy(lowered: list[dict[str, Any]]) -> None:
    program = "x = constant(xs)\nwith tape() as t:\n    t.watch(x)\n    y = sum(x)\ndy_dx = t.gradient(y, x)\n"
    data = {"seed": "$seed", "xs": "uniform(-1.0, 1.0, ($n, 1))"}
    (variant,) = expand(loaded(program=program, data=data, for_each={"seed": [7], "n": [5]}))
    cell_of(variant, TORCH)
    assert lowered[0]["data"]["rng"] == "np.random.default_rng(7)"
    assert "(5, 1)" in lowered[0]["data"]["xs"]


def test_what_a_framework_lacks_is_its_reason_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import conformance.registry as registry

    def lower(*_: Any, **__: Any) -> NativeSource:
        raise Unsupported("it has no tape")

    monkeypatch.setattr(registry, "adapter", lambda name: SimpleNamespace(lower=lower))
    cell = cell_of(expand(loaded())[0], TORCH)
    assert (cell.native, cell.unsupported, cell.broken) == (None, "it has no tape", None)


def test_what_the_case_calls_unsupported_is_not_lowered(lowered: list[dict[str, Any]]) -> None:
    (variant,) = expand(loaded(unsupported={"jax-compiled": "its tracer has no such thing", "torch": "not there"}))
    assert cell_of(variant, JAX).unsupported == "its tracer has no such thing"
    assert cell_of(variant, TORCH).unsupported == "not there"
    assert cell_of(variant, Target(framework="jax")).unsupported is None
    assert len(lowered) == 1


def _no_such_key(*_: Any, **__: Any) -> NativeSource:
    raise KeyError("missing")


def test_an_adapter_that_breaks_costs_its_own_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    import conformance.registry as registry

    monkeypatch.setattr(registry, "adapter", lambda name: SimpleNamespace(lower=_no_such_key))
    cell = cell_of(expand(loaded())[0], TORCH)
    assert cell.native is None and cell.unsupported is None
    assert cell.broken is not None and "KeyError" in cell.broken


NATIVE = {"torch": "import torch\n\ng = torch.tensor(2.0)\n"}


def test_native_source_is_used_as_it_is() -> None:
    (variant,) = expand(loaded(native=NATIVE, expect={"torch": {"g": 2.0}}))
    cell = cell_of(variant, TORCH)
    assert cell.native == NativeSource(text=NATIVE["torch"], line_map=(1, 2, 3), observe={"g": "g"})
    assert cell.lines == {"g": 3}


def test_native_source_has_cells_only_where_it_exists_and_eager_unless_it_says_more() -> None:
    both = [Target(framework=f, mode=m) for f in ("torch", "jax") for m in ("eager", "compiled")]
    native = loaded(native=NATIVE, expect={"torch": {"g": 2.0}})
    assert [cell.id for cell in plan([native], both)] == ["basics/square@torch-cpu-eager"]
    outspoken = loaded(native=NATIVE, expect={"torch": {"g": 2.0}}, modes=["eager", "compiled"])
    assert len(plan([outspoken], both)) == 2


def test_refused_native_source_is_a_cell_that_may_not_run() -> None:
    native = loaded(native=NATIVE, expect={"torch": {"g": 2.0}})
    (cell,) = plan([native], [TORCH], selection=Selection(native=False))
    assert cell.native is None
    assert cell.refused is not None and "--no-native" in cell.refused


def test_modes_and_devices_of_a_case_limit_its_cells(lowered: list[dict[str, Any]]) -> None:
    targets = [Target(framework="torch", device=d, mode=m) for d in ("cpu", "gpu") for m in ("eager", "compiled")]
    cells = plan([loaded(modes=["eager"], devices=["gpu"])], targets)
    assert [cell.target.id for cell in cells] == ["torch-gpu-eager"]


@pytest.mark.parametrize(
    ("text", "found"),
    [("", True), ("SQUARE", True), ("cube", False), ("square and basics", True), ("square and not basics", False),
     ("cube or basics", True), ("not cube", True)],
)  # fmt: skip
def test_text_is_sought_whatever_its_capitals(text: str, found: bool) -> None:
    assert matches_text(text, "basics/square A Square") is found


def test_a_selection_takes_areas_tags_and_titles() -> None:
    case = loaded(tags=["slow"])
    (variant,) = expand(case)
    assert Selection(areas=("basics",), tags=("slow",), text="a SQUARE").picks(variant)
    assert not Selection(areas=("casting",)).picks(variant)
    assert not Selection(tags=("fast",)).picks(variant)


def test_shards_are_disjoint_and_together_whole() -> None:
    names = [f"basics/case-{n}" for n in range(200)]
    parts = [{name for name in names if in_shard(name, part, 3)} for part in (1, 2, 3)]
    assert set.union(*parts) == set(names)
    assert sum(map(len, parts)) == 200
    assert min(map(len, parts)) > 40


@pytest.mark.parametrize("text", ["", "3", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--shard"):
        parse_shard(text)


def test_words_and_ranges_come_through() -> None:
    (variant,) = expand(loaded(expect={"dy_dx": "unconnected", "y": {"within": [0, 1]}}))
    assert expected_of(variant, "torch", "eager")[0].names == {
        "dy_dx": IsWord(word="unconnected"),
        "y": Within(lo=0, hi=1),
    }
