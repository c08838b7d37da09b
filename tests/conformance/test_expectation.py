"""Every form of expectation is read into its record, and what is none of the forms is refused with its path."""

from __future__ import annotations

import math
from typing import Any

import pytest

from conformance.expectation import (
    DictOf,
    Equals,
    ExpectationError,
    HasForm,
    IsWord,
    ListOf,
    Raises,
    SameAs,
    SameStructure,
    Series,
    Warns,
    Within,
    parse_expectation,
    parse_expected,
)


@pytest.mark.parametrize(
    ("written", "record"),
    [
        (6.0, Equals(value=6.0)),
        (True, Equals(value=True)),
        ([[1, 2], [3, 4]], Equals(value=[[1, 2], [3, 4]])),
        ("float32", Equals(value="float32")),
        ("unconnected", IsWord(word="unconnected")),
        (None, IsWord(word="none")),
        (math.nan, IsWord(word="nan")),
        (-math.inf, IsWord(word="-inf")),
        ([1.0, math.inf], Equals(value=[1.0, math.inf])),
        ([None, 6.0], ListOf(items=(IsWord(word="none"), Equals(value=6.0)))),
        ([[1, 2], [3]], ListOf(items=(Equals(value=[1, 2]), Equals(value=[3])))),
        ({"w": 1.0, "b": "none"}, DictOf(items={"w": Equals(value=1.0), "b": IsWord(word="none")})),
        ({"value": 1.0, "dtype": "float16"}, Equals(value=1.0, dtype="float16")),
        ({"dtype": "float16", "value": 1.0}, Equals(value=1.0, dtype="float16")),
        ({"value": "numeric"}, Equals(value="numeric")),
        ({"shape": [2, 3]}, HasForm(shape=(2, 3))),
        ({"shape": [], "dtype": "float32"}, HasForm(shape=(), dtype="float32")),
        ({"within": [0, 1]}, Within(lo=0, hi=1)),
        ({"raises": {"type": "E", "match": "m", "at": 3}}, Raises(type="E", match="m", at=3)),
        ({"equals": "other"}, SameAs(name="other")),
        ({"same_structure": "other"}, SameStructure(name="other")),
        (
            {"decreases": True, "below": 0.02, "final": {"near": 3.0, "atol": 0.05}, "length": 100},
            Series(decreases=True, below=0.02, near=3.0, atol=0.05, length=100),
        ),
    ],
)
def test_forms(written: Any, record: Any) -> None:
    assert parse_expectation(written) == record


def test_raises_and_warns_are_of_the_whole_program() -> None:
    expected = parse_expected({"raises": {"type": "RuntimeError"}, "warns": {"match": "slow"}, "y": 1})
    assert expected.raises == Raises(type="RuntimeError")
    assert expected.warns == Warns(match="slow")
    assert expected.names == {"y": Equals(value=1)}


@pytest.mark.parametrize(
    ("written", "path", "fragment"),
    [
        ("unconected", (), "did you mean 'unconnected'?"),
        ("Zeros", (), "did you mean 'zeros'?"),
        ([1.0, "nune"], (1,), "did you mean 'none'?"),
        ({"rasies": {"type": "E"}}, ("rasies",), "did you mean 'raises'?"),
        ({"value": 1.0, "shape": [2]}, ("shape",), "'shape' cannot stand beside 'value'"),
        ({"dtype": "float32", "shape": [], "value": 1.0}, ("shape",), "'shape' cannot stand beside 'value'"),
        ({"within": [0, 1], "dtype": "x"}, ("dtype",), "allowed beside it: nothing"),
        ({"within": [0]}, ("within",), "two bounds"),
        ({"within": [0, {"a": 1}]}, ("within",), "two bounds"),
        ({"value": [[1], [2, 3]]}, ("value",), "rectangular"),
        ({"value": None}, ("value",), "rectangular"),
        ({"shape": [2, -1]}, ("shape",), "integers from 0"),
        ({"shape": [True]}, ("shape",), "integers from 0"),
        ({"dtype": 32}, ("dtype",), "a name is expected here"),
        ({"equals": 1}, ("equals",), "a name is expected here"),
        ({"raises": "RuntimeError"}, ("raises",), "raises takes {type: name"),
        ({"raises": {"type": "E", "at": 0}}, ("raises", "at"), "from 1"),
        ({"raises": {"type": "E", "match": 1}}, ("raises", "match"), "a name is expected here"),
        ({"decreases": "yes"}, ("decreases",), "true or false"),
        ({"below": "low"}, ("below",), "takes a number"),
        ({"final": {"near": 1.0}}, ("final",), "near: value, atol"),
        ({"final": {"near": {}, "atol": 1.0}}, ("final", "near"), "a number or a rectangular"),
        ({"length": 1.5}, ("length",), "an integer"),
        ({"a": {"b": [1.0, {"equals": 2}]}}, ("a", "b", 1, "equals"), "a name is expected here"),
    ],
)
def test_refusals_lead_to_the_place(written: Any, path: tuple[str | int, ...], fragment: str) -> None:
    with pytest.raises(ExpectationError) as caught:
        parse_expectation(written)
    assert caught.value.path == path
    assert fragment in str(caught.value)


@pytest.mark.parametrize(
    "written", ["$zero", {"shape": "$shape"}, {"within": ["$lo", "$hi"]}, {"raises": {"type": "E", "at": "$n"}}]
)
def test_an_axis_may_stand_for_a_part(written: Any) -> None:
    parse_expectation(written)
