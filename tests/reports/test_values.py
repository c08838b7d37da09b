"""Encoded observations as text and as series; equality of answers that a diff and the page share."""

from dataclasses import replace

import pytest
import sample

from conformance_reports import values


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        ({"kind": "none"}, "None"),
        ({"kind": "scalar", "value": True, "type": "bool"}, "True"),
        ({"kind": "scalar", "value": "nan", "type": "float"}, "nan"),
        ({"kind": "array", "dtype": "float32", "shape": [], "data": [6.0]}, "6 (float32, shape ())"),
        (
            {"kind": "array", "dtype": "complex64", "shape": [1], "data": [[1.0, -2.0]]},
            "[1 + -2i] (complex64, shape (1,))",
        ),
        (
            {"kind": "array", "dtype": "float32", "shape": [2], "data": [1.0, "inf"], "form": "IndexedSlices"},
            "[1, inf] (float32, shape (2,), IndexedSlices)",
        ),
        ({"kind": "list", "items": [{"kind": "none"}, {"kind": "none"}]}, "[None, None]"),
        ({"kind": "dict", "items": {"w": {"kind": "none"}}}, "{w: None}"),
        ({"kind": "other", "type": "Module", "repr": "<\x1bModule>"}, "<⟨U+001B⟩Module>"),
    ],
)
def test_an_observation_reads_well(encoded: dict[str, object], text: str) -> None:
    assert values.describe(encoded) == text


def test_a_long_array_says_how_much_is_not_shown() -> None:
    text = values.describe(sample.array([0.0] * 100))
    assert text == "[" + "0, " * 12 + "… 88 more] (float32, shape (100,))"


@pytest.mark.parametrize(
    ("expectation", "answer"),
    [
        ({"decreases": True}, True),
        ({"below": 0.1}, True),
        ({"final": {"near": 3, "atol": 1}}, True),
        ({"length": 5}, True),
        ({"shape": [5]}, False),
        (6.0, False),
        ("numeric", False),
    ],
)
def test_series_are_recognised_by_their_expectation(expectation: object, answer: bool) -> None:
    assert values.is_series(expectation) is answer


def test_numbers_of_arrays_and_of_lists_of_scalars() -> None:
    assert values.numbers_of(sample.array([1.0, 2.0], [2, 1])) == (1.0, 2.0)
    assert values.numbers_of({"kind": "list", "items": [sample.array([1.0], []), {"kind": "scalar", "value": 2}]}) == (
        1,
        2,
    )
    assert values.numbers_of(sample.array([1.0, 2.0, 3.0, 4.0], [2, 2])) is None
    assert values.numbers_of({"kind": "list", "items": [{"kind": "none"}]}) is None
    assert values.numbers_of(None) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.5e-5, "25 µs"), (0.00231, "2.31 ms"), (1.2, "1.2 s"), (185.0, "3 min 05 s"), (None, "–"), (float("nan"), "–")],
)
def test_a_duration_has_its_unit(seconds: float | None, text: str) -> None:
    assert values.seconds_text(seconds) == text


def test_rounding_is_the_same_answer_and_another_number_is_not() -> None:
    one = sample.cell("a/b", "torch", "eager", checks=())
    near = replace(one, observations={"dy_dx": sample.array([6.00001], [])})
    far = replace(one, observations={"dy_dx": sample.array([6.1], [])})
    none = replace(one, observations={"dy_dx": {"kind": "none"}})
    assert values.same_answer(one, near)
    assert not values.same_answer(one, far)
    assert not values.same_answer(one, none)


def test_an_error_is_compared_by_type_and_words_but_not_by_addresses() -> None:
    error = {"type": "RuntimeError", "message": "bad tensor at 0x7f01 of size 3"}
    one = sample.cell("a/b", "torch", "eager", observations={}, checks=(), raised=error)
    moved = replace(one, raised={**error, "message": "bad tensor at 0x8a22 of size 4"})
    other = replace(one, raised={**error, "type": "TypeError"})
    silent = replace(one, raised=None)
    assert values.same_answer(one, moved)
    assert not values.same_answer(one, other)
    assert not values.same_answer(one, silent)
