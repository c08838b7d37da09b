"""The points of functions that move, pick and accumulate elements have the shapes that cases write indices for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from conformance.points.manipulation import ORDINARY, SIGNATURES

SHAPES: dict[str, tuple[tuple[int, ...], ...]] = {
    "grid": ((2, 3),),
    "two-grids": ((2, 3), (2, 3)),
    "rows": ((2, 3),),
    "related-rows": ((2, 3),),
    "table": ((3, 2),),
    "table-and-updates": ((3, 2), (2, 2)),
    "four": ((4,),),
}


@pytest.mark.parametrize("signature", SHAPES)
def test_every_point_of_a_signature_has_its_shapes(signature: str) -> None:
    for point in SIGNATURES[signature].points:
        assert tuple(np.shape(value) for value in point.values) == SHAPES[signature], point.name


def zeros_of(signature: str) -> set[int]:
    """Return how many zeros the first inputs of a signature's points have."""
    return {int(np.sum(np.asarray(point.values[0]) == 0)) for point in SIGNATURES[signature].points}


@pytest.mark.parametrize("signature", ["rows", "four", "sequence", "table"])
def test_products_meet_no_zero_one_and_two(signature: str) -> None:
    assert {0, 1, 2} <= zeros_of(signature)


def test_a_special_row_stands_beside_an_ordinary_one() -> None:
    rows: dict[str, Any] = {point.name: point.values[0] for point in SIGNATURES["rows"].points}
    assert all(rows[name][1] == ORDINARY[1] for name in ("one-zero", "all-zero", "two-largest", "apart"))


def test_sequences_have_more_lengths_than_one() -> None:
    lengths = {len(point.values[0]) for point in SIGNATURES["sequence"].points}
    assert {1, 4, 5} == lengths
