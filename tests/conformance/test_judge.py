"""The judge: every form of expectation against every kind of observation, exceptions, verdicts and their messages."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Mapping
from typing import Any

import pytest

from conformance.adapter import Unconnected
from conformance.case import Difference, Known, Tolerance
from conformance.errors import UsageError
from conformance.expectation import parse_expected
from conformance.judge import Judgement, judge, known_applies, verdict_of
from conformance.observation import (
    Array,
    Entries,
    Items,
    Nothing,
    Number,
    Observed,
    Other,
    Outcome,
    Raised,
    Scalar,
    Warned,
)

NONE = Unconnected(as_="none", statement="s")
ZEROS = Unconnected(as_="zeros", statement="s")
RAISES = Unconnected(
    as_="raises", statement="s", type="RuntimeError", matches=("not have been used", "does not require")
)


def array(
    *data: Number, shape: tuple[int, ...] | None = None, dtype: str = "float32", form: str | None = None
) -> Array:
    return Array(dtype=dtype, shape=(len(data),) if shape is None else shape, data=data, form=form)


def scalar(x: Number, dtype: str = "float32") -> Array:
    return Array(dtype=dtype, shape=(), data=(x,))


def raised(
    type_: str = "RuntimeError", message: str = "boom", line: int | None = 3, bases: tuple[str, ...] = ("Exception",)
) -> Raised:
    return Raised(type=type_, bases=bases, message=message, native_line=9, program_line=line)


def judged(
    expect: Mapping[str, Any],
    seen: Mapping[str, Observed] | None = None,
    *,
    error: Raised | None = None,
    warnings: tuple[Warned, ...] = (),
    unconnected: Unconnected = NONE,
    lines: Mapping[str, int] | None = None,
    compiled: bool = False,
    tolerance: Tolerance | None = None,
    reference: Mapping[str, Observed] | None = None,
) -> Judgement:
    return judge(
        parse_expected(expect),
        Outcome(observations=seen or {}, raised=error, warnings=warnings),
        unconnected=unconnected,
        lines=lines or {},
        compiled=compiled,
        device="cpu",
        tolerance=tolerance,
        reference=reference,
    )


def kinds(judgement: Judgement) -> dict[str, str]:
    return {check.name: check.kind for check in judgement.checks}


# numbers

GOOD: list[tuple[Any, Observed]] = [
    (6.0, scalar(6.0)),
    (6, scalar(6.0)),
    (6.0, scalar(6, "int32")),
    (6.0, Scalar(value=6.0)),
    (6, Scalar(value=6)),
    (0.1, Scalar(value=0.10000000149011612)),  # float(float32)
    (0.7310586, scalar(0.7310585786300049, "float64")),  # the literal says no more than seven digits
    (True, Scalar(value=True)),
    (True, scalar(True, "bool")),
    ([True, False], array(True, False, dtype="bool")),
    ("relu", Scalar(value="relu")),
    ([1.0, 2.0], array(1.0, 2.0)),
    ([1.0, 2.0], Items(items=(scalar(1.0), scalar(2.0)))),
    ([1.0, 2.0], Items(items=(Scalar(value=1.0), scalar(2.0)))),
    ([[1, 2], [3, 4]], array(1.0, 2.0, 3.0, 4.0, shape=(2, 2))),
    ([[1, 2], [3, 4]], Items(items=(array(1.0, 2.0), array(3.0, 4.0)))),
    ([], array(shape=(0,))),
    ([[], []], array(shape=(2, 0))),
    ([], Items(items=())),
    (float("nan"), scalar(math.nan)),
    ([float("inf"), float("-inf"), float("nan")], array(math.inf, -math.inf, math.nan)),
    (0.0, scalar(-0.0)),
    (100000.0, scalar(math.inf, "float16")),
    ([3.0, -4.0], scalar(complex(3.0, -4.0), "complex64")),
    (3.0, scalar(complex(3.0, 0.0), "complex64")),
    (2**63 - 1, scalar(2**63 - 1, "int64")),
    ({"value": 6.0, "dtype": "float32"}, scalar(6.0)),
    ({"value": [1.0, 2.0], "dtype": "float64"}, array(1.0, 2.0, dtype="float64")),
    ({"shape": [2], "dtype": "float16"}, array(1.0, 2.0, dtype="float16")),
    ({"shape": []}, Scalar(value=1.0)),
    ({"dtype": "int32"}, scalar(3, "int32")),
    ({"within": [0.0, 1.0]}, scalar(0.5)),
    ({"within": [0.0, 1.0]}, array(0.0, 1.0, 0.25)),
    ({"within": [[0.0, -1.0], [1.0, 0.0]]}, array(0.5, -0.5)),
    ({"within": [[0.0, -1.0], [1.0, 0.0]]}, Items(items=(scalar(0.5), scalar(-0.5)))),
    ("zeros", scalar(0.0)),
    ("zeros", array(0.0, -0.0, shape=(1, 2))),
    ("zeros", array(shape=(0,))),
    ("zeros", Items(items=(scalar(0.0), Scalar(value=0.0)))),
    ("zeros", Entries(items={"w": array(0.0, 0.0)})),
    ("finite", array(1.0, -1e38)),
    ("nan", array(math.nan, math.nan)),
    ("inf", scalar(math.inf)),
    ("-inf", scalar(-math.inf)),
    ("none", Nothing()),
    (None, Nothing()),
    ([None, 1.0], Items(items=(Nothing(), scalar(1.0)))),
    (["finite", 1.0], array(7.0, 1.0)),
    ({"w": 1.0, "b": "zeros"}, Entries(items={"b": scalar(0.0), "w": scalar(1.0)})),
    ({"w": [1.0, None]}, Entries(items={"w": Items(items=(scalar(1.0), Nothing()))})),
    ({"decreases": True, "below": 0.5, "final": {"near": 0.25, "atol": 0.01}, "length": 3}, array(2.0, 1.0, 0.251)),
    ({"decreases": True}, Items(items=(Scalar(value=2.0), Scalar(value=2.0), Scalar(value=1.0)))),
    ({"final": {"near": [3.0, 2.0], "atol": 0.1}}, Items(items=(array(0.0, 0.0), array(3.05, 1.95)))),
]


@pytest.mark.parametrize(("expect", "seen"), GOOD)
def test_conforms(expect: Any, seen: Observed) -> None:
    judgement = judged({"y": expect}, {"y": seen})
    assert judgement.verdict == "conforms", judgement.message
    assert judgement.message == ""


BAD: list[tuple[Any, Observed, str]] = [
    (6.0, scalar(12.0), "y is 12 (float32, shape ()); expected 6 within"),
    (6.0, scalar(-6.0), "y is -6"),
    (6.0, scalar(math.nan), "y is nan"),
    (6.0, scalar(math.inf), "y is inf"),
    (float("nan"), scalar(6.0), "expected nan"),
    (float("inf"), scalar(-math.inf), "y is -inf"),
    (6.0, array(6.0), "shape (1,)); expected shape (): 6"),
    (6.0, array(6.0, shape=(1, 1)), "expected shape ()"),
    (6.0, Nothing(), "y is None; expected 6"),
    (6.0, Scalar(value="6"), "y is '6'; expected 6"),
    (6.0, Other(type="Foo", repr="<Foo>"), "y is Foo: <Foo>; expected 6"),
    (6.0, Items(items=(scalar(6.0),)), "y is a list of 1: [6 (float32, shape ())]; expected 6"),
    (7, scalar(6, "int32"), "y is 6 (int32, shape ()); expected exactly 7"),
    (6.5, scalar(6, "int32"), "expected exactly 6.5"),
    (2**63 - 1, scalar(2**63 - 2, "int64"), "expected exactly 9223372036854775807"),
    (True, scalar(1, "int32"), "a bool is not a number"),
    (1, Scalar(value=True), "a bool is not a number"),
    (True, Scalar(value=False), "expected exactly True"),
    ("relu", Scalar(value="gelu"), "y is 'gelu'; expected 'relu'"),
    (0.0, scalar(1e-6), "expected 0 within 1.2e-38"),
    (0.1, scalar(0.2, "float64"), "expected 0.1"),
    ([1.0, 2.0], array(1.0, 2.0, shape=(2, 1)), "expected shape (2,)"),
    ([1.0, 2.0], array(2.0, 1.0), "y[0] is 2 (float32, shape (2,)); expected 1"),
    ([[1, 2], [3, 4]], array(1.0, 3.0, 2.0, 4.0, shape=(2, 2)), "y[0, 1] is 3 (float32, shape (2, 2)); expected 2"),
    ([[1, 2], [3, 4]], array(1.0, 3.0, 2.0, 4.0, shape=(2, 2)), "(2 of 4 elements are outside)"),
    ([1.0, 2.0], Items(items=(scalar(1.0),)), "expected [1, 2]"),
    ([1.0, 2.0], Items(items=(scalar(1.0), Nothing())), "y[1] is None; expected 2"),
    ([1.0, 2.0], Items(items=(scalar(1.0), array(2.0))), "y[1] is [2] (float32, shape (1,))"),
    ([3.0, -4.0], scalar(complex(3.0, 4.0), "complex64"), "y is 3+4j (complex64, shape ()); expected 3-4j"),
    ({"value": 6.0, "dtype": "float64"}, scalar(6.0), "expected dtype float64"),
    (
        {"value": [1.0], "dtype": "float64"},
        Items(items=(scalar(1.0),)),
        "y[0] is 1 (float32, shape ()); expected dtype",
    ),
    ({"shape": [2]}, array(1.0, 2.0, 3.0), "expected shape (2,)"),
    ({"shape": [2], "dtype": "float16"}, array(1.0, 2.0), "expected shape (2,), dtype float16"),
    ({"shape": []}, Nothing(), "y is None; expected shape ()"),
    ({"within": [0.0, 1.0]}, scalar(1.5), "y is 1.5 (float32, shape ()); expected a value within [0, 1]; off by 0.5"),
    ({"within": [0.0, 1.0]}, array(0.5, -2.0), "y[1] is -2"),
    ({"within": [0.0, 1.0]}, scalar(math.nan), "y is nan"),
    ({"within": [0.0, 1.0]}, Nothing(), "expected a number within [0.0, 1.0]"),
    ({"within": [[0.0, -1.0], [1.0, 0.0]]}, array(0.5, 0.5), "y[1] is 0.5"),
    ({"within": [[0.0, -1.0], [1.0, 0.0]]}, scalar(0.5), "expected shape (2,)"),
    ("zeros", array(0.0, 1e-30), "y[1] is 1e-30 (float32, shape (2,)); expected zeros"),
    ("zeros", Nothing(), "y is None; expected zeros"),
    ("zeros", scalar(math.nan), "y is nan"),
    ("zeros", Entries(items={"w": array(0.0, 1.0)}), "y[w][1] is 1"),
    ("finite", array(1.0, math.nan), "y[1] is nan"),
    ("nan", array(math.nan, 1.0), "y[1] is 1"),
    ("nan", array(shape=(0,)), "y has no elements"),
    ("inf", scalar(-math.inf), "expected inf"),
    ("none", scalar(0.0), "y is 0 (float32, shape ()); expected None"),
    ("unconnected", scalar(0.0), "expected unconnected, which is None here"),
    ([None, 1.0], Items(items=(scalar(0.0), scalar(1.0))), "y[0] is 0"),
    ([None, 1.0], Items(items=(Nothing(),)), "y has 1 items; expected 2, y[1] is missing"),
    ([None, 1.0], Nothing(), "y is None; expected a list of 2"),
    ({"w": 1.0, "b": 2.0}, Entries(items={"w": scalar(1.0)}), "y is without b; expected exactly the keys w, b"),
    ({"w": 1.0}, Entries(items={"w": scalar(1.0), "v": scalar(1.0)}), "y has v as well; expected exactly the keys w"),
    ({"w": 1.0}, Items(items=(scalar(1.0),)), "expected a dictionary with w"),
    ({"w": {"k": 1.0}}, Entries(items={"w": Entries(items={"k": scalar(2.0)})}), "y[w][k] is 2"),
    ({"decreases": True}, array(2.0, 1.0, 1.5), "y rises from 1 to 1.5 at value 2; expected it never to rise"),
    ({"decreases": True}, array(1.0, 1.0), "y starts and ends at 1; expected it to fall"),
    ({"decreases": True}, array(1.0), "y starts and ends at 1"),
    ({"decreases": True}, array(2.0, math.nan, 1.0), "y[1] is nan; expected a finite number"),
    ({"decreases": True}, array(1.0, 0.5, shape=(1, 2)), "only single numbers can fall"),
    ({"decreases": True}, array(shape=(0,)), "empty series"),
    ({"below": 0.5}, array(0.1, 0.5), "y ends at 0.5; expected below 0.5"),
    ({"length": 3}, array(1.0, 0.5), "y has 2 values; expected 3"),
    ({"length": 3}, scalar(1.0), "expected a series"),
    (
        {"final": {"near": 3.0, "atol": 0.05}},
        array(0.0, 2.9),
        "y[1] is 2.9 (float32, shape ()); expected 3 within 0.05",
    ),
    ({"final": {"near": 3.0, "atol": 0.001}}, array(0.0, 3.002), "y[1] is 3.002"),
]


@pytest.mark.parametrize(("expect", "seen", "message"), BAD)
def test_contradicts(expect: Any, seen: Observed, message: str) -> None:
    judgement = judged({"y": expect}, {"y": seen})
    assert judgement.verdict == "contradicts"
    assert message in judgement.message


def test_a_check_carries_its_figures() -> None:
    seen = judged({"y": [1.0, 6.0]}, {"y": array(1.0, 6.5)})
    (check,) = seen.checks
    assert (check.absolute, check.relative) == (0.5, 0.5 / 6)
    assert check.ulp == 0.5 / 2.0**-21
    assert check.used == check.ulp / 64 == seen.margin
    assert (check.expected, check.observed) == ("[1, 6]", "[1, 6.5] (float32, shape (2,))")


def test_a_passing_number_says_how_much_of_its_tolerance_it_used() -> None:
    seen = judged({"y": 1.0, "z": 2.0}, {"y": scalar(1.0 + 2.0**-23), "z": scalar(2.0)})
    assert seen.margin == 1 / 64
    assert [check.ulp for check in seen.checks] == [1.0, 0.0]


def test_a_multiple_of_a_bound_at_zero_is_not_told() -> None:
    message = judged({"y": 0.0}, {"y": scalar(1.0)}).message
    assert message == "y is 1 (float32, shape ()); expected 0 within 1.2e-38; off by 1"


def test_infinite_errors_are_left_out_because_json_has_no_infinity() -> None:
    judgement = judged({"y": 1.0}, {"y": scalar(math.nan)})
    assert judgement.checks[0].used is None
    json.dumps(dataclasses.asdict(judgement), allow_nan=False)


def test_the_message_of_style_5() -> None:
    judgement = judged({"dy_dx": 6.0}, {"dy_dx": scalar(6.000100135803223)})
    assert judgement.message == (
        "dy_dx is 6.0001 (float32, shape ()); expected 6 within 3.1e-05; off by 0.0001, 3.28 times the bound"
    )
    assert judgement.verdict == "inaccurate"


def test_inaccurate_only_where_every_wrong_element_has_its_leading_digits() -> None:
    assert judged({"y": [1.0, 2.0]}, {"y": array(1.001, 2.002)}).verdict == "inaccurate"
    assert judged({"y": [1.0, 2.0]}, {"y": array(1.001, -2.0)}).verdict == "contradicts"
    assert judged({"y": [1.0, 2.0]}, {"y": Items(items=(scalar(1.001), scalar(4.0)))}).verdict == "contradicts"
    assert judged({"y": 1.0, "z": 1.0}, {"y": scalar(1.001), "z": scalar(1.0)}).verdict == "inaccurate"
    assert judged({"y": 1.0}, {"y": scalar(1.02, "bfloat16")}).verdict == "conforms"


def test_a_case_widens_its_tolerance() -> None:
    wide = Tolerance(atol=0.01, because="the sum cancels")
    assert judged({"y": 6.0}, {"y": scalar(6.005)}, tolerance=wide).verdict == "conforms"
    assert judged({"y": "zeros"}, {"y": scalar(0.005)}, tolerance=wide).verdict == "conforms"
    assert judged({"y": "zeros"}, {"y": scalar(0.02)}, tolerance=wide).verdict == "contradicts"


def test_rounding_is_no_rise() -> None:
    seen = array(2.0, 1.0, 1.0 + 2.0**-23)
    assert judged({"loss": {"decreases": True}}, {"loss": seen}).verdict == "conforms"


def test_a_missing_name() -> None:
    judgement = judged({"y": 6.0}, {"x": scalar(6.0)})
    assert judgement.verdict == "contradicts"
    assert judgement.message == "y was never bound; expected 6"


def test_a_case_that_checks_nothing_does_not_conform() -> None:
    assert judged({}, {"y": scalar(1.0)}).verdict == "contradicts"


def test_large_arrays_are_judged_in_time() -> None:
    size = 200_000
    seen = Array(dtype="float32", shape=(size,), data=tuple(float(i) for i in range(size)))
    start = time.perf_counter()
    assert judged({"y": [float(i) for i in range(size)]}, {"y": seen}).verdict == "conforms"
    assert judged({"y": {"equals": "z"}}, {"y": seen, "z": seen}).verdict == "conforms"
    assert judged({"y": {"within": [0.0, 1e6]}}, {"y": seen}).verdict == "conforms"
    assert judged({"y": "zeros"}, {"y": seen}).verdict == "contradicts"
    assert time.perf_counter() - start < 10.0


# unconnected, by profile


def test_unconnected_is_what_the_profile_says() -> None:
    good: list[tuple[Unconnected, Observed]] = [(NONE, Nothing()), (ZEROS, scalar(0.0)), (ZEROS, array(0.0, 0.0))]
    for profile, seen in good:
        assert judged({"g": "unconnected"}, {"g": seen}, unconnected=profile).verdict == "conforms"
    bad: list[tuple[Unconnected, Observed]] = [
        (NONE, scalar(0.0)), (ZEROS, Nothing()), (ZEROS, scalar(1.0)), (RAISES, Nothing()),
    ]  # fmt: skip
    for profile, seen in bad:
        assert judged({"g": "unconnected"}, {"g": seen}, unconnected=profile).verdict == "contradicts"


def test_unconnected_inside_structures() -> None:
    expect = {"g": [6.0, "unconnected"], "h": {"w": "unconnected"}}
    nothing: dict[str, Observed] = {"g": Items(items=(scalar(6.0), Nothing())), "h": Entries(items={"w": Nothing()})}
    zeros: dict[str, Observed] = {"g": Items(items=(scalar(6.0), scalar(0.0))), "h": Entries(items={"w": array(0.0)})}
    assert judged(expect, nothing).verdict == "conforms"
    assert judged(expect, zeros, unconnected=ZEROS).verdict == "conforms"
    assert judged(expect, zeros).verdict == "contradicts"
    assert "g[1]" in judged(expect, zeros).message


def unconnected_error(line: int | None = 4) -> Raised:
    return raised(message="One of the tensors appears to not have been used in the graph", line=line)


def test_one_unconnected_leaf_makes_the_whole_statement_raise() -> None:
    expect = {"y": 9.0, "g": [6.0, "unconnected"], "later": 1.0}
    lines = {"y": 3, "g": 4, "later": 5}
    judgement = judged(expect, {"y": scalar(9.0)}, error=unconnected_error(), unconnected=RAISES, lines=lines)
    assert judgement.verdict == "conforms", judgement.message
    assert kinds(judgement) == {"y": "ok", "g": "ok", "later": "not-reached"}
    assert [check.name for check in judgement.checks] == ["y", "g", "later"]


def test_unconnected_that_does_not_raise_where_it_should() -> None:
    judgement = judged({"g": "unconnected"}, {"g": scalar(6.0)}, unconnected=RAISES, lines={"g": 4})
    assert judgement.verdict == "contradicts"
    assert "g is 6 (float32, shape ()); expected RuntimeError" in judgement.message
    assert "which is how this framework says unconnected, but nothing was raised" in judgement.message


@pytest.mark.parametrize(
    "error",
    [
        unconnected_error(line=3),
        unconnected_error(line=None),
        raised(message="some other error", line=4),
        raised(type_="ValueError", message="does not require", line=4),
    ],
)
def test_unconnected_is_pinned_by_line_type_and_message(error: Raised) -> None:
    judgement = judged({"g": "unconnected"}, error=error, unconnected=RAISES, lines={"g": 4})
    assert judgement.verdict == "contradicts"
    assert error.message in judgement.message


def test_names_on_earlier_lines_must_be_there_and_right() -> None:
    expect, lines = {"y": 9.0, "g": "unconnected"}, {"y": 3, "g": 4}
    error = unconnected_error()
    absent = judged(expect, error=error, unconnected=RAISES, lines=lines)
    assert (absent.verdict, absent.message) == ("contradicts", "y was never bound; expected 9")
    wrong = judged(expect, {"y": scalar(1.0)}, error=error, unconnected=RAISES, lines=lines)
    assert wrong.verdict == "contradicts"


def test_the_first_of_two_unconnected_names_raises() -> None:
    expect, lines = {"g": "unconnected", "h": "unconnected"}, {"g": 4, "h": 5}
    first = judged(expect, error=unconnected_error(4), unconnected=RAISES, lines=lines)
    assert (first.verdict, kinds(first)) == ("conforms", {"g": "ok", "h": "not-reached"})
    second = judged(expect, {"g": scalar(1.0)}, error=unconnected_error(5), unconnected=RAISES, lines=lines)
    assert (second.verdict, kinds(second)) == ("contradicts", {"g": "contradicts", "h": "ok"})
    same = judged(expect, error=unconnected_error(4), unconnected=RAISES, lines={"g": 4, "h": 4})
    assert kinds(same) == {"g": "ok", "h": "ok"}


def test_compiled_is_one_statement() -> None:
    expect, lines = {"x": 3.0, "y": 9.0, "g": "unconnected"}, {"x": 1, "y": 3, "g": 4}
    judgement = judged(
        expect, {"x": scalar(3.0)}, error=unconnected_error(2), unconnected=RAISES, lines=lines, compiled=True
    )
    assert (judgement.verdict, kinds(judgement)) == ("conforms", {"x": "ok", "y": "not-reached", "g": "ok"})
    other = judged(expect, error=raised("ValueError"), unconnected=RAISES, lines=lines, compiled=True)
    assert other.verdict == "contradicts"


# exceptions


@pytest.mark.parametrize("type_", ["RuntimeError", "torch.OutOfMemoryError", "OutOfMemoryError", "Exception"])
def test_raises_by_type_or_base(type_: str) -> None:
    error = raised("torch.OutOfMemoryError", bases=("builtins.RuntimeError", "builtins.Exception"))
    assert judged({"raises": {"type": type_}}, error=error).verdict == "conforms"


@pytest.mark.parametrize("type_", ["ValueError", "MemoryError", "Error", "tensorflow.OutOfMemoryError"])
def test_another_type_is_no_pass(type_: str) -> None:
    error = raised("torch.OutOfMemoryError", bases=("RuntimeError",))
    judgement = judged({"raises": {"type": type_}}, error=error)
    assert judgement.verdict == "contradicts"
    assert f"raised torch.OutOfMemoryError (program line 3): boom; raises: expected {type_}" in judgement.message


def test_raises_by_message_and_line() -> None:
    error = raised(message="GradientTape.gradient can only be called once", line=5)
    fits = {"type": "RuntimeError", "match": "only be called once", "at": 5}
    assert judged({"raises": fits}, error=error).verdict == "conforms"
    assert judged({"raises": {**fits, "match": "never"}}, error=error).verdict == "contradicts"
    assert judged({"raises": {**fits, "at": 6}}, error=error).verdict == "contradicts"
    assert judged({"raises": {**fits, "at": 6}}, error=error, compiled=True).verdict == "conforms"


def test_raises_under_a_name_is_pinned_to_its_line() -> None:
    expect = {"first": 6.0, "second": {"raises": {"type": "RuntimeError"}}}
    lines, seen = {"first": 4, "second": 5}, {"first": scalar(6.0)}
    assert judged(expect, seen, error=raised(line=5), lines=lines).verdict == "conforms"
    early = judged(expect, error=raised(line=4), lines=lines)
    assert early.verdict == "contradicts"
    assert kinds(early) == {"first": "not-reached", "second": "contradicts"}


def test_an_exception_inside_a_function_belongs_to_the_statement_that_called_it() -> None:
    expect = {"first": 6.0, "second": {"raises": {"type": "RuntimeError"}}}
    error = dataclasses.replace(raised(line=2), statement_line=5)
    assert judged(expect, {"first": scalar(6.0)}, error=error, lines={"first": 4, "second": 5}).verdict == "conforms"
    elsewhere = dataclasses.replace(raised(line=2), statement_line=4)
    assert judged(expect, error=elsewhere, lines={"first": 4, "second": 5}).verdict == "contradicts"


def test_names_before_a_raise_of_the_whole_program_are_judged() -> None:
    expect = {"y": 9.0, "z": 1.0, "raises": {"type": "RuntimeError"}}
    judgement = judged(expect, {"y": scalar(9.0)}, error=raised(line=3), lines={"y": 2, "z": 4})
    assert kinds(judgement) == {"y": "ok", "z": "not-reached", "raises": "ok"}
    wrong = judged(expect, {"y": scalar(8.0)}, error=raised(line=3), lines={"y": 2, "z": 4})
    assert wrong.verdict == "contradicts"


def test_nothing_raised_where_something_should() -> None:
    judgement = judged({"raises": {"type": "RuntimeError", "match": "once"}}, {"y": scalar(1.0)})
    assert judgement.verdict == "contradicts"
    assert judgement.message == (
        "the program ended; expected RuntimeError with 'once' in its message, but nothing was raised"
    )


def test_an_unexpected_exception_never_passes() -> None:
    for compiled in (False, True):
        judgement = judged({"y": 9.0}, {"y": scalar(9.0)}, error=raised(), lines={"y": 2}, compiled=compiled)
        assert judgement.verdict == "contradicts"
        assert "raised RuntimeError (program line 3): boom; no exception is expected" in judgement.message
        assert kinds(judgement) == {"y": "ok", "raises": "contradicts"}


def test_warnings() -> None:
    seen = (Warned(category="torch.FooWarning", bases=("UserWarning",), message="lr_scheduler before optimizer"),)
    for good in ({"match": "before"}, {"match": "before", "category": "UserWarning"}):
        assert judged({"warns": good}, warnings=seen).verdict == "conforms"
    for bad in ({"match": "after"}, {"match": "before", "category": "DeprecationWarning"}):
        judgement = judged({"warns": bad}, warnings=seen)
        assert judgement.verdict == "contradicts"
        assert "torch.FooWarning: lr_scheduler before optimizer" in judgement.message
    assert "no warning" in judged({"warns": {"match": "x"}}).message


# undocumented


def test_undocumented_is_recorded_and_not_judged() -> None:
    judgement = judged({"y": 9.0, "g": "undocumented"}, {"y": scalar(9.0), "g": scalar(6.0)})
    assert judgement.verdict == "undocumented"
    assert "g is 6 (float32, shape ()), of which the documents say nothing" in judgement.message
    assert judged({"y": 9.0, "g": "undocumented"}, {"y": scalar(8.0), "g": scalar(6.0)}).verdict == "contradicts"


def test_an_exception_from_an_undocumented_line_is_recorded() -> None:
    expect, lines = {"y": 9.0, "g": "undocumented"}, {"y": 2, "g": 3}
    assert judged(expect, {"y": scalar(9.0)}, error=raised(line=3), lines=lines).verdict == "undocumented"
    assert judged(expect, error=raised(line=2), lines=lines).verdict == "contradicts"
    assert judged(expect, error=raised(line=None), lines=lines, compiled=True).verdict == "contradicts"
    assert judged({"g": "undocumented"}, error=raised(line=None), lines=lines, compiled=True).verdict == "undocumented"


# names against names, and against the reference


def test_equals_another_name() -> None:
    one, same, other = scalar(0.1), scalar(0.10000000149011612), scalar(0.2)
    assert judged({"y": {"equals": "z"}}, {"y": one, "z": same}).verdict == "conforms"
    assert judged({"y": {"equals": "z"}}, {"y": one, "z": other}).verdict == "contradicts"
    assert judged({"y": {"equals": "z"}}, {"y": one}).verdict == "contradicts"
    assert judged({"y": {"equals": "z"}}, {"y": one, "z": array(0.1)}).verdict == "contradicts"
    pair = Items(items=(scalar(1.0), Entries(items={"w": Nothing()})))
    assert judged({"y": {"equals": "z"}}, {"y": pair, "z": pair}).verdict == "conforms"
    changed = Items(items=(scalar(1.0), Entries(items={"w": scalar(0.0)})))
    assert judged({"y": {"equals": "z"}}, {"y": changed, "z": pair}).verdict == "contradicts"


def test_names_of_two_dtypes_are_compared_by_the_coarser() -> None:
    double = scalar(0.1, "float64")
    for one, other in ((double, scalar(0.10000000149011612)), (scalar(0.10000000149011612), double)):
        assert judged({"y": {"equals": "z"}}, {"y": one, "z": other}).verdict == "conforms"


def test_same_structure() -> None:
    a = Items(items=(scalar(1.0), Entries(items={"w": scalar(2.0)})))
    b = Items(items=(Nothing(), Entries(items={"w": array(5.0, 6.0)})))
    assert judged({"y": {"same_structure": "z"}}, {"y": a, "z": b}).verdict == "conforms"
    for other in (
        Items(items=(scalar(1.0),)),
        scalar(1.0),
        Items(items=(scalar(1.0), Entries(items={"v": Nothing()}))),
    ):
        assert judged({"y": {"same_structure": "z"}}, {"y": a, "z": other}).verdict == "contradicts"
        assert judged({"y": {"same_structure": "z"}}, {"y": other, "z": a}).verdict == "contradicts"


def test_numeric_is_the_reference() -> None:
    reference = {"y": Array(dtype="float64", shape=(2,), data=(1.0, 0.1))}
    seen = {"y": array(1.0, 0.10000000149011612)}
    assert judged({"y": "numeric"}, seen, reference=reference).verdict == "conforms"
    assert judged({"y": "numeric"}, {"y": array(1.0, 0.2)}, reference=reference).verdict == "contradicts"
    assert judged({"y": "numeric"}, {"y": scalar(1.0)}, reference=reference).verdict == "contradicts"
    assert judged({"y": "numeric"}, seen, reference={}).verdict == "contradicts"
    assert "the reference has no value" in judged({"y": "numeric"}, seen).message


def test_a_coarse_reference_does_not_widen_the_bound() -> None:
    reference = {"y": Array(dtype="float32", shape=(), data=(0.1,))}
    assert judged({"y": "numeric"}, {"y": scalar(0.1 + 1e-9, "float64")}, reference=reference).verdict == "inaccurate"


def test_numeric_inside_a_structure() -> None:
    expect = {"g": ["numeric", None, {"w": "numeric"}]}
    reference = {"g": Items(items=(scalar(1.0), Nothing(), Entries(items={"w": scalar(2.0)})))}
    good = Items(items=(scalar(1.0), Nothing(), Entries(items={"w": scalar(2.0)})))
    bad = Items(items=(scalar(2.0), Nothing(), Entries(items={"w": scalar(1.0)})))
    assert judged(expect, {"g": good}, reference=reference).verdict == "conforms"
    assert judged(expect, {"g": bad}, reference=reference).verdict == "contradicts"


def test_an_interval_of_the_reference_is_a_subgradient_set() -> None:
    reference = {"g": Array(dtype="float64", shape=(3, 2), data=(0.0, 1.0, 2.0, 2.0, -1.0, 1.0), form="interval")}
    assert judged({"g": "numeric"}, {"g": array(0.5, 2.0, -1.0)}, reference=reference).verdict == "conforms"
    outside = judged({"g": "numeric"}, {"g": array(0.5, 2.5, -1.0)}, reference=reference)
    assert outside.verdict == "contradicts"
    assert "g[1] is 2.5 (float32, shape (3,)); expected a value within [2, 2]" in outside.message
    assert judged({"g": "numeric"}, {"g": array(0.5, 2.0)}, reference=reference).verdict == "contradicts"
    rows = Items(items=(scalar(0.5), scalar(2.0), scalar(-1.0)))
    assert judged({"g": "numeric"}, {"g": rows}, reference=reference).verdict == "conforms"
    point = {"g": Array(dtype="float64", shape=(2,), data=(0.0, 1.0), form="interval")}
    assert judged({"g": "numeric"}, {"g": scalar(1.0)}, reference=point).verdict == "conforms"


# verdicts

DIFFERENCE = Difference(expect={"y": 6.0}, because="there is no watch list")
KNOWN = Known(
    framework="torch", versions=">=2.10,<2.14", kind="bug", because="the sign is lost", observed={"y": -6.0},
    issue="https://example.org/1",
)  # fmt: skip
PASSED = judged({"y": 6.0}, {"y": scalar(6.0)})
FAILED = judged({"y": 6.0}, {"y": scalar(-6.0)})
KNOWN_SEEN = judged(KNOWN.observed, {"y": scalar(-6.0)})
KNOWN_OTHER = judged(KNOWN.observed, {"y": scalar(12.0)})


def test_a_documented_difference_is_differs() -> None:
    assert verdict_of(PASSED, difference=None, known=None, known_judgement=None) == ("conforms", False, "")
    assert verdict_of(PASSED, difference=DIFFERENCE, known=None, known_judgement=None) == ("differs", False, "")


def test_a_difference_excuses_nothing() -> None:
    verdict, _, message = verdict_of(FAILED, difference=DIFFERENCE, known=None, known_judgement=None)
    assert (verdict, message) == ("contradicts", FAILED.message)
    silent = judged({"y": "undocumented"}, {"y": scalar(6.0)})
    assert verdict_of(silent, difference=DIFFERENCE, known=None, known_judgement=None)[0] == "undocumented"


def test_a_known_failure_is_known_when_it_fails_as_stated() -> None:
    verdict, stale, message = verdict_of(FAILED, difference=None, known=KNOWN, known_judgement=KNOWN_SEEN)
    assert (verdict, stale) == ("known", False)
    assert message.startswith("bug: the sign is lost, https://example.org/1; y is -6")


def test_a_known_failure_that_fails_in_another_way_stays_a_failure() -> None:
    judgement = judged({"y": 6.0}, {"y": scalar(12.0)})
    verdict, stale, message = verdict_of(judgement, difference=None, known=KNOWN, known_judgement=KNOWN_OTHER)
    assert (verdict, stale) == ("contradicts", False)
    assert "this is not the known failure" in message
    assert "expected -6" in message
    assert verdict_of(judgement, difference=None, known=KNOWN, known_judgement=None)[0] == "contradicts"


def test_a_known_failure_that_passes_is_stale() -> None:
    verdict, stale, message = verdict_of(PASSED, difference=None, known=KNOWN, known_judgement=None)
    assert (verdict, stale) == ("conforms", True)
    assert "the known failure is gone" in message
    assert verdict_of(PASSED, difference=DIFFERENCE, known=KNOWN, known_judgement=None)[:2] == ("differs", True)


@pytest.mark.parametrize(
    ("framework", "version", "applies"),
    [
        ("torch", "2.13.0", True),
        ("torch", "2.13.0+cu126", True),
        ("torch", "2.14.0.dev20261101", False),
        ("torch", "2.13.0rc1", True),
        ("torch", "2.9.1", False),
        ("torch", "2.14.0", False),
        ("torch", "unknown", False),
        ("jax", "2.13.0", False),
    ],
)
def test_known_applies_to_a_version_range(framework: str, version: str, applies: bool) -> None:
    assert known_applies(KNOWN, framework, version, "cpu", "eager") is applies


def test_known_applies_by_device_and_mode() -> None:
    known = KNOWN.model_copy(update={"device": "gpu", "mode": "compiled", "versions": ""})
    assert known_applies(known, "torch", "anything", "gpu", "compiled")
    assert not known_applies(known, "torch", "2.13.0", "cpu", "compiled")
    assert not known_applies(known, "torch", "2.13.0", "gpu", "eager")


def test_a_version_range_that_cannot_be_read() -> None:
    known = KNOWN.model_copy(update={"versions": "2.20 and up"})
    with pytest.raises(UsageError, match=r"known\.versions: '2\.20 and up' is no version range"):
        known_applies(known, "torch", "2.13.0", "cpu", "eager")
