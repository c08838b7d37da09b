"""The exact derivatives against what can be said by hand: smooth functions, kinks, edges; and the curve's numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import conformance_reference as ref
from conformance.lowering.derivative import UNEVEN
from conformance_reference.curves import uneven
from conformance_reference.exact import exact_derivatives


def exact(f: Callable[..., Any], *inputs: Any, **flags: bool) -> dict[str, Any]:
    """Return the exact derivatives of both orders at one point."""
    answer: dict[str, Any] = exact_derivatives(f, {"here": inputs}, (1, 2), **flags)["here"]
    return answer


def numbers(count: int, step: int, start: int) -> list[float]:
    return [float(v) for v in uneven((count,), step, start).elements()]


WEIGHT = numbers(1, 13, 21)[0]
FIRST, SECOND = numbers(1, 29, 27)[0], numbers(1, 29, 38)[0]
BEND = numbers(1, 19, 6)[0]


@pytest.mark.parametrize(("step", "start"), [(29, 27), (29, 38), (19, 6), (13, 21)])
def test_the_numbers_of_a_native_program_are_those_of_the_reference(step: int, start: int) -> None:
    native: dict[str, Any] = {"np": np}
    exec(UNEVEN, native)
    theirs = native["uneven"]((3, 7), step, start)
    assert theirs.ravel().tolist() == numbers(21, step, start)
    assert set(theirs.ravel() * 16 % 2) == {1.0}
    assert np.abs(theirs).max() < 2


def test_directions_of_arguments_agree_in_sign_and_in_nothing_else() -> None:
    first, second = np.array(numbers(12, 29, 27)), np.array(numbers(12, 29, 38))
    assert (np.sign(first) == np.sign(second)).all()
    assert len(set(second / first)) > 2
    assert {-1.0, 1.0} == set(np.sign(first))
    assert len(set(np.diff(first))) > 5


def test_a_smooth_function_has_the_numbers_of_its_formulas() -> None:
    answer = exact(lambda x: x**3, 0.5)
    assert float(answer["slope"]) == WEIGHT * 0.75 * FIRST
    assert float(answer["curvature"]) == WEIGHT * (3.0 * FIRST**2 + 0.75 * 2 * BEND)
    assert answer["jacobian"] == [["0.75"]]


def test_the_slope_at_a_tie_is_one_of_the_arguments_not_both() -> None:
    answer = exact(ref.maximum, 1.5, 1.5, elementwise=True)
    assert answer["jacobian"] == [[["0", "1"], ["0", "1"]]]
    low, high = (float(end) for end in answer["slope"])
    assert [low, high] == sorted([WEIGHT * FIRST, WEIGHT * SECOND])
    assert not low <= WEIGHT * (FIRST + SECOND) <= high


def test_a_kink_of_two_arguments_has_all_slopes_around_it() -> None:
    answer = exact(lambda x, y: ref.abs(x) - ref.abs(y), 0.0, 0.0, elementwise=True)
    reach = abs(WEIGHT) * (abs(FIRST) + abs(SECOND))
    assert [float(end) for end in answer["slope"]] == [-reach, reach]


def test_what_is_infinite_all_around_is_outside_and_a_pole_is_not() -> None:
    assert "outside" in exact(ref.entr, -1.5)
    assert exact(lambda x: 1 / x, 0.0)["slope"].startswith("pole")


def test_where_there_is_no_slope_there_is_no_curvature() -> None:
    answer = exact(ref.rel_entr, 0.0, 0.0, elementwise=True)
    assert answer["slope"].startswith("jump")
    assert answer["curvature"].startswith("jump")


def test_derivatives_beside_a_kink_are_right_to_the_last_digit() -> None:
    answer = exact(lambda x: ref.linalg_vector_norm(x), [0.0, 0.0])
    assert {end for pair in answer["jacobian"][0] for end in pair} <= {"-1", "1"}


def test_the_condition_does_not_depend_on_one_direction() -> None:
    rows = [[0.625, -1.25], [2.125, 0.375]]
    answer = exact(ref.cosine_similarity, rows, rows, conditioned=True)
    assert min(map(float, answer["conditioning"])) > 0.1
