"""Points of normalisations: rows without variance or beside a large mean, and norms at, inside and outside a limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conformance.points.point import Point, Signature, points

Rows = list[list[float]]

SPREADS: Final[tuple[tuple[str, Rows, str], ...]] = (
    ("generic", [[0.625, -1.25, 2.125], [-0.75, 0.375, 1.375]], "ordinary inputs of both signs"),
    ("constant", [[1.25, 1.25, 1.25], [0.625, -1.25, 2.125]], "a variance of zero, beside an ordinary row"),
    ("zeros", [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], "all zero: nothing but eps keeps the result finite"),
    ("zero-mean", [[1.5, -1.5, 0.0], [-0.25, 0.75, -0.5]], "means of zero"),
    ("nearly-constant", [[1024.0, 1024.25, 1023.75], [0.625, -1.25, 2.125]],
     "a small variance beside a large mean, which is exact: a difference of squares has no digits left"),
    ("small-variance", [[2.0**-9, -(2.0**-9), 0.0], [2.0**-12, 0.0, -(2.0**-12)]], "variances as small as eps"),
    ("tiny-variance", [[2.0**-40, -(2.0**-40), 0.0], [0.5, 0.5 + 2.0**-20, 0.5 - 2.0**-20]],
     "variances far below eps"),
    ("large", [[2.0**40, -(2.0**41), 2.0**40], [2.0**20, 0.0, -(2.0**20)]], "variances beside which eps is lost"),
    ("squares-overflow", [[2.0**70, -(2.0**70), 0.0], [1.5, 0.5, -0.25]], "where the squares overflow float32"),
    ("squares-underflow", [[2.0**-80, -(2.0**-80), 0.0], [2.0**-79, 2.0**-80, 0.0]],
     "where the squares underflow float32"),
    ("wide-range", [[2.0**-20, 1.0, 2.0**12], [-(2.0**12), 2.0**-20, -1.0]], "a wide dynamic range"),
    ("two-elements", [[1.5, -0.5], [0.625, 2.125]], "two elements, which come out as plus and minus one"),
)  # fmt: skip
"""Rows to be standardized, by name, with the reason."""

WEIGHT: Final = (0.75, -1.5, 1.125, 0.5, -0.25, 1.375)
BIAS: Final = (0.25, -1.375, 0.875, -0.5, 1.125, 0.75)


def _columns(rows: Rows) -> Rows:
    return [list(column) for column in zip(*rows, strict=True)]


def _rows() -> tuple[Point, ...]:
    """Return points x[row, place]."""
    return points(*SPREADS)


def _planes() -> tuple[Point, ...]:
    """Return points x[batch, channel, place], the rows as channels."""
    return points(
        *((name, [rows], why) for name, rows, why in SPREADS),
        ("generic-batch", [[[0.625, -1.25, 2.125]], [[-0.75, 0.375, 1.375]]], "two inputs of one channel"),
    )


def _scaled_rows() -> tuple[Point, ...]:
    """Return points x[row, place], weight[place]."""
    return points(
        *((name, rows, list(WEIGHT[: len(rows[0])]), why) for name, rows, why in SPREADS),
        ("zero-weight", SPREADS[0][1], [0.0, 0.0, 0.0], "zero weights: no derivative by the inputs"),
    )


def _affine_rows() -> tuple[Point, ...]:
    """Return points x[row, place], weight[place], bias[place]."""
    return points(
        *((name, rows, list(WEIGHT[: len(rows[0])]), list(BIAS[: len(rows[0])]), why) for name, rows, why in SPREADS),
        ("zero-weight", SPREADS[0][1], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], "zero weights: no derivative by the inputs"),
        ("one-element", [[1.5], [-0.75]], [0.75], [0.25], "one element, whose variance is zero"),
    )


def _affine_columns() -> tuple[Point, ...]:
    """Return points x[batch, channel], weight[channel], bias[channel]: the batch is what is normalised."""
    return points(
        *((name, _columns(rows), list(WEIGHT[: len(rows)]), list(BIAS[: len(rows)]), why)
          for name, rows, why in SPREADS),
        ("zero-weight", _columns(SPREADS[0][1]), [0.0, 0.0], [0.0, 0.0], "zero weights: no derivative by the inputs"),
    )  # fmt: skip


def _affine_groups() -> tuple[Point, ...]:
    """Return points x[1, channel], weight[channel], bias[channel] for two groups: the rows side by side."""

    def side_by_side(rows: Rows) -> list[Any]:
        flat = [value for row in rows for value in row]
        return [[flat], list(WEIGHT[: len(flat)]), list(BIAS[: len(flat)])]

    return points(
        *((name, *side_by_side(rows), why) for name, rows, why in SPREADS),
    )  # fmt: skip


def _limited() -> tuple[Point, ...]:
    """Return points x for functions that limit the Euclidean norm of all elements to 2.5."""
    return points(
        ("generic", [1.625, -2.25], "outside the limit"),
        ("generic-inside", [0.625, -1.25], "inside the limit"),
        ("zeros", [0.0, 0.0], "no norm to divide by; the function is the identity here"),
        ("at-limit", [1.5, 2.0], "a norm of just 2.5: the kink"),
        ("just-outside", [1.5, 2.0 + 2.0**-20], "just outside the limit"),
        ("just-inside", [1.5, 2.0 - 2.0**-20], "just inside the limit"),
        ("large", [2.0**40, -(2.0**39)], "far outside"),
        ("tiny", [2.0**-40, -(2.0**-41)], "far inside"),
        ("squares-overflow", [2.0**70, 2.0**69], "where the sum of squares overflows float32"),
        ("squares-underflow", [2.0**-80, 2.0**-79], "where the sum of squares underflows float32"),
        ("wide-range", [2.0**-20, 2.0**12], "a wide dynamic range"),
        ("matrix", [[1.625, -2.25], [2.125, 0.375]], "a matrix, outside the limit"),
    )


def _two_arrays() -> tuple[Point, ...]:
    """Return points of two arrays whose elements have one norm together."""
    return points(
        ("generic", [0.625, -1.25], [[1.5, -0.875], [2.125, 0.375]], "ordinary inputs of both signs"),
        ("first-zero", [0.0, 0.0], [1.5, -2.0], "an array of zeros: only the norm of both has a derivative"),
        ("second-zero", [1.5, -2.0], [0.0, 0.0], "the same, the other way round"),
        ("zeros", [0.0, 0.0], [0.0, 0.0], "all zero: the origin, where the norm has a kink"),
        ("apart", [2.0**20, -1.0], [2.0**-20, 1.5], "norms far apart"),
        ("squares-overflow", [2.0**70, 2.0**69], [2.0**69, 0.0], "where the sum of squares overflows float32"),
        ("squares-underflow", [2.0**-80, 2.0**-79], [2.0**-79, 0.0], "where the sum of squares underflows float32"),
    )  # fmt: skip


SIGNATURES: Final[Mapping[str, Signature]] = {
    "feature-rows": Signature(points=_rows(), conditioned=True),
    "planes": Signature(points=_planes(), conditioned=True),
    "scaled-rows": Signature(points=_scaled_rows(), conditioned=True),
    "affine-rows": Signature(points=_affine_rows(), conditioned=True),
    "affine-columns": Signature(points=_affine_columns(), conditioned=True),
    "affine-groups": Signature(points=_affine_groups(), conditioned=True),
    "limited": Signature(points=_limited()),
    "two-arrays": Signature(points=_two_arrays()),
}
