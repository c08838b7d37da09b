"""Points of functions of several vectors and matrices, and of matrices that are not square."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conformance.points.point import Point, Signature, points

Row = tuple[str, Any, Any, str]
"""A name, two inputs and the reason."""

WIDE_MATRIX: Final = [[1.5, -0.25, 0.75], [0.5, 2.25, -1.125]]
TALL_MATRIX: Final = [[1.25, -0.5], [0.375, 1.5], [-0.75, 0.625]]


def _pairs(rows: list[Row]) -> tuple[Point, ...]:
    return points(*rows)


def _vectors() -> tuple[Point, ...]:
    return _pairs([
        ("generic", [1.5, -0.25, 0.75], [0.5, 2.25, -1.125], "ordinary vectors"),
        ("zeros", [0.0, 0.0], [0.0, 0.0], "both zero: only the second derivative is left"),
        ("first-zero", [0.0, 0.0], [1.5, -0.5], "a zero vector beside an ordinary one"),
        ("orthogonal", [1.5, -0.5], [0.5, 1.5], "an inner product of zero"),
        ("equal", [1.5, -0.5], [1.5, -0.5], "the same vector twice"),
        ("one-element", [1.5], [-0.5], "one element"),
        ("uneven", [2.0**40, 1.0], [2.0**-40, -1.0], "large beside small: terms of equal size that cancel"),
    ])  # fmt: skip


def _rows() -> tuple[Point, ...]:
    return _pairs([
        ("generic", WIDE_MATRIX, [[0.5, 1.25, -0.375], [-1.5, 0.75, 2.0]], "ordinary rows"),
        ("zeros", [[0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0]], "both zero: only the second derivative is left"),
        ("zero-row", [[0.0, 0.0, 0.0], [1.5, -0.25, 0.75]], [[0.5, 1.25, -0.375], [0.0, 0.0, 0.0]],
         "a zero row beside an ordinary one"),
        ("parallel", [[1.0, 2.0, -0.5]], [[-2.0, -4.0, 1.0]], "rows on one line: a cross product of zero"),
        ("equal", [[1.0, 2.0, -0.5]], [[1.0, 2.0, -0.5]], "the same row twice"),
        ("units", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], "orthogonal unit vectors"),
        ("uneven", [[2.0**40, 1.0, 2.0**-40]], [[2.0**-40, 1.0, 2.0**40]], "large beside small elements"),
    ])  # fmt: skip


def _products() -> tuple[Point, ...]:
    return _pairs([
        ("generic", WIDE_MATRIX, TALL_MATRIX, "ordinary matrices, one wide and one tall"),
        ("generic-square", [[1.5, -0.25], [0.5, 2.0]], [[0.75, 1.25], [-0.5, 0.375]], "ordinary square matrices"),
        ("zeros", [[0.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]], "both zero: only the second derivative is left"),
        ("first-zero", [[0.0, 0.0], [0.0, 0.0]], [[0.75, 1.25], [-0.5, 0.375]], "a zero matrix first"),
        ("row-column", [[1.5, -0.25]], [[0.75], [-0.5]], "a row times a column: one number"),
        ("column-row", [[1.5], [-0.25]], [[0.75, -0.5]], "a column times a row: a matrix of rank one"),
        ("inverses", [[2.0, 1.0], [0.0, 0.5]], [[0.5, -1.0], [0.0, 2.0]], "a matrix beside its inverse"),
        ("rank-one", [[1.0, 2.0], [2.0, 4.0]], [[2.0, -4.0], [-1.0, 2.0]], "singular matrices whose product is zero"),
        ("one-by-one", [[1.5]], [[-0.5]], "one row and one column"),
        ("uneven", [[2.0**40, 1.0], [1.0, 2.0**-40]], [[2.0**-40, 1.0], [1.0, 2.0**40]], "large beside small elements"),
    ])  # fmt: skip


def _batches() -> tuple[Point, ...]:
    matrix = [[0.75, 1.25], [-0.5, 0.375]]
    return _pairs([
        ("generic", [[[1.5, -0.25]], [[0.5, 2.25]]], [matrix, [[-1.5, 0.5], [0.25, 1.0]]],
         "ordinary stacks of two matrices"),
        ("one-member", [[[1.5, -0.25], [0.5, 2.25]]], [matrix], "a stack of one"),
        ("zero-member", [[[0.0, 0.0]], [[0.5, 2.25]]], [matrix, [[0.0, 0.0], [0.0, 0.0]]],
         "a zero matrix beside an ordinary one in each stack"),
        ("equal-members", [[[1.5, -0.25]], [[1.5, -0.25]]], [matrix, matrix],
         "the same matrices twice: their gradients must not be mixed up or added"),
        ("one-by-one", [[[1.5]], [[-0.5]]], [[[0.75]], [[2.0]]], "matrices of one element"),
    ])  # fmt: skip


def _matrix_vectors() -> tuple[Point, ...]:
    return _pairs([
        ("generic", WIDE_MATRIX, [0.5, 1.25, -0.375], "an ordinary wide matrix and vector"),
        ("generic-tall", TALL_MATRIX, [0.5, 1.25], "an ordinary tall matrix and vector"),
        ("zero-vector", [[1.5, -0.25], [0.5, 2.0]], [0.0, 0.0], "a zero vector"),
        ("zero-matrix", [[0.0, 0.0], [0.0, 0.0]], [0.5, 1.25], "a zero matrix"),
        ("null-space", [[1.0, 2.0], [2.0, 4.0]], [2.0, -1.0], "a vector that a singular matrix takes to zero"),
        ("one-by-one", [[1.5]], [-0.5], "one row and one column"),
    ])  # fmt: skip


def _bilinear() -> tuple[Point, ...]:
    weight = [[[1.5, -0.25], [0.5, 2.0]], [[0.75, 1.25], [-0.5, 0.375]]]
    zero = [[[0.0, 0.0], [0.0, 0.0]]]
    rows: list[tuple[str, Any, Any, Any, str]] = [
        ("generic", [[0.5, 1.25], [-1.5, 0.75]], [[1.0, -0.375], [0.25, 2.0]], weight, "ordinary rows and weights"),
        ("zero-rows", [[0.0, 0.0]], [[0.0, 0.0]], weight, "both rows zero: only the second derivative is left"),
        ("zero-weight", [[0.5, 1.25]], [[1.0, -0.375]], zero, "zero weights"),
        ("one-of-each", [[1.5]], [[-0.5]], [[[0.75]]], "one row, one input of each kind and one output"),
    ]
    return points(*rows)


def _systems() -> tuple[Point, ...]:
    side = [[1.0], [-0.5]]
    return _pairs([
        ("generic", [[1.5, -0.25, 0.75], [0.5, 2.25, -1.125], [-0.625, 0.375, 1.75]], TALL_MATRIX,
         "an ordinary system with two right sides"),
        ("generic-two", [[1.5, -0.25], [0.5, 2.0]], side, "an ordinary system of two equations"),
        ("identity", [[1.0, 0.0], [0.0, 1.0]], side, "the identity: repeated eigenvalues"),
        ("symmetric", [[2.0, 0.5], [0.5, 1.0]], side, "a symmetric positive definite matrix"),
        ("diagonal", [[2.0, 0.0], [0.0, -0.5]], side, "exact zeros off the diagonal"),
        ("defective", [[2.0, 1.0], [0.0, 2.0]], side, "one eigenvector for a double eigenvalue"),
        ("row-exchange", [[0.0, 1.5], [2.0, 0.25]], side, "a zero pivot: needs a row exchange"),
        ("rotation", [[0.0, -1.0], [1.0, 0.0]], side, "orthogonal, with zeros on the diagonal"),
        ("zero-side", [[1.5, -0.25], [0.5, 2.0]], [[0.0], [0.0]], "a right side of zero"),
        ("nearly-singular", [[1.0, 2.0], [2.0, 4.0 + 2.0**-6]], side, "a small pivot after the first step"),
        ("badly-scaled", [[1024.0, 0.5], [0.25, 2.0**-10]], side, "a condition number of a million"),
        ("one-by-one", [[1.5]], [[-0.5]], "one equation"),
    ])  # fmt: skip


def _triangular_systems() -> tuple[Point, ...]:
    side = [[1.0], [-0.5]]
    return _pairs([
        ("generic", [[1.5, 0.0, 0.0], [0.5, 2.25, 0.0], [-0.625, 0.375, 1.75]], TALL_MATRIX,
         "an ordinary triangular system with two right sides"),
        ("generic-two", [[1.5, 0.0], [0.5, 2.0]], side, "an ordinary triangular system of two equations"),
        ("above-diagonal", [[1.5, 8.0], [0.5, 2.0]], side,
         "a number above the diagonal, which is not read and has no gradient"),
        ("identity", [[1.0, 0.0], [0.0, 1.0]], side, "the identity"),
        ("negative-diagonal", [[-1.5, 0.0], [0.5, -2.0]], side, "a diagonal that no Cholesky factor has"),
        ("zero-side", [[1.5, 0.0], [0.5, 2.0]], [[0.0], [0.0]], "a right side of zero"),
        ("small-diagonal", [[1.5, 0.0], [0.5, 2.0**-10]], side, "nearly a zero on the diagonal"),
        ("badly-scaled", [[1024.0, 0.0], [0.25, 2.0**-10]], side, "a condition number of a million"),
        ("one-by-one", [[1.5]], [[-0.5]], "one equation"),
    ])  # fmt: skip


def _tall_systems() -> tuple[Point, ...]:
    side = [[1.0], [-0.5], [0.75]]
    return _pairs([
        ("generic", TALL_MATRIX, side, "an ordinary tall system"),
        ("generic-square", [[1.5, -0.25], [0.5, 2.0]], [[1.0], [-0.5]], "a square system, which is solved exactly"),
        ("orthonormal", [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], side, "orthonormal columns: equal singular values"),
        ("exact", TALL_MATRIX, [[0.75], [1.875], [-0.125]], "a right side in the column space: no residual"),
        ("orthogonal-side", [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], [[0.0], [0.0], [1.5]],
         "a right side at a right angle to the columns: a solution of zero"),
        ("zero-side", TALL_MATRIX, [[0.0], [0.0], [0.0]], "a right side of zero"),
        ("nearly-parallel", [[1.0, 1.0], [1.0, 1.0], [0.0, 2.0**-5]], side, "columns that are nearly parallel"),
        ("uneven-columns", [[1024.0, 0.25], [512.0, -0.5], [0.0, 0.125]], side, "a large column beside a small one"),
        ("column", [[1.5], [-0.5], [0.25]], side, "one unknown"),
    ])  # fmt: skip


def _positive_definite() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, str]] = [
        ("generic", [[2.0, -0.5, 0.25], [-0.5, 1.5, 0.75], [0.25, 0.75, 1.25]], "an ordinary positive definite matrix"),
        ("generic-two", [[2.0, 0.5], [0.5, 1.0]], "an ordinary positive definite matrix of two rows"),
        ("identity", [[1.0, 0.0], [0.0, 1.0]], "repeated eigenvalues"),
        ("diagonal", [[2.0, 0.0], [0.0, 0.5]], "exact zeros off the diagonal"),
        ("nearly-singular", [[1.0, 2.0], [2.0, 4.0 + 2.0**-6]], "a small last pivot"),
        ("badly-scaled", [[1024.0, 0.5], [0.5, 2.0**-10]], "a condition number of more than a million"),
        ("one-by-one", [[1.5]], "one row and one column"),
    ]
    return points(*rows)


def _tall() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, str]] = [
        ("generic", TALL_MATRIX, "an ordinary tall matrix"),
        ("orthonormal", [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], "orthonormal columns: equal singular values"),
        ("equal-lengths", [[1.0, -1.0], [1.0, 1.0], [0.0, 0.0]], "orthogonal columns of one length: equal ones again"),
        ("rank-one", [[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0]], "parallel columns: a singular value of zero"),
        ("zero-column", [[1.5, 0.0], [-0.5, 0.0], [0.25, 0.0]], "a column of zeros"),
        ("zero-row", [[1.5, -0.25], [0.5, 2.0], [0.0, 0.0]], "a row of zeros below an ordinary matrix"),
        ("zero", [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], "all singular values are zero"),
        ("upper", [[1.5, -0.25], [0.0, -2.0], [0.0, 0.0]], "triangular already, with a negative diagonal"),
        ("nearly-parallel", [[1.0, 1.0], [1.0, 1.0 + 2.0**-5], [0.5, 0.5]], "columns that are nearly parallel"),
        ("uneven-columns", [[1024.0, 0.25], [512.0, -0.5], [0.0, 0.125]], "a large column beside a small one"),
        ("column", [[1.5], [-0.5], [0.25]], "one column"),
    ]
    return points(*rows)


def _wide() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, str]] = [
        ("generic", WIDE_MATRIX, "an ordinary wide matrix"),
        ("orthonormal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], "orthonormal rows: equal singular values"),
        ("rank-one", [[1.0, 2.0, -1.0], [2.0, 4.0, -2.0]], "parallel rows: a singular value of zero"),
        ("zero-row", [[1.5, -0.5, 0.25], [0.0, 0.0, 0.0]], "a row of zeros"),
        ("zero-column", [[1.5, 0.5, 0.0], [-0.25, 2.0, 0.0]], "a column of zeros beside an ordinary matrix"),
        ("zero", [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], "all singular values are zero"),
        ("nearly-parallel", [[1.0, 1.0, 0.5], [1.0, 1.0 + 2.0**-5, 0.5]], "rows that are nearly parallel"),
        ("uneven-rows", [[1024.0, 512.0, 0.0], [0.25, -0.5, 0.125]], "a large row above a small one"),
        ("row", [[1.5, -0.5, 0.25]], "one row"),
    ]
    return points(*rows)


SIGNATURES: Final[Mapping[str, Signature]] = {
    "vectors": Signature(points=_vectors()),
    "rows-of-vectors": Signature(points=_rows()),
    "products": Signature(points=_products()),
    "batches": Signature(points=_batches()),
    "matrix-vector": Signature(points=_matrix_vectors()),
    "bilinear": Signature(points=_bilinear()),
    "system": Signature(points=_systems(), conditioned=True),
    "triangular-system": Signature(points=_triangular_systems(), conditioned=True),
    "tall-system": Signature(points=_tall_systems(), conditioned=True),
    "positive-definite": Signature(points=_positive_definite(), conditioned=True),
    "tall": Signature(points=_tall(), conditioned=True),
    "wide": Signature(points=_wide(), conditioned=True),
}
"""``vectors``, ``rows``, ``products``, ``batches`` and ``matrix-vector`` are pairs whose shapes fit a product."""
