"""Points of functions of one square matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conformance.points.point import Point, Signature, points


def _matrix() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, str]] = [
        ("generic", [[1.5, -0.25, 0.75], [0.5, 2.25, -1.125], [-0.625, 0.375, 1.75]], "an ordinary regular matrix"),
        ("generic-two", [[1.5, -0.25], [0.5, 2.0]], "an ordinary matrix of two rows"),
        ("identity", [[1.0, 0.0], [0.0, 1.0]], "repeated eigenvalues and singular values"),
        ("singular", [[1.0, 2.0], [2.0, 4.0]], "the cofactor is finite where the inverse is not"),
        ("rank-one", [[1.0, 2.0, -1.0], [2.0, 4.0, -2.0], [0.5, 1.0, -0.5]], "two singular values are zero"),
        ("zero", [[0.0, 0.0], [0.0, 0.0]], "all singular values are zero"),
        ("defective", [[2.0, 1.0], [0.0, 2.0]], "one eigenvector for a double eigenvalue"),
        ("nilpotent", [[0.0, 1.0], [0.0, 0.0]], "singular and defective"),
        ("symmetric", [[2.0, 0.5], [0.5, 1.0]], "a symmetric positive definite matrix"),
        ("diagonal", [[2.0, 0.0], [0.0, -0.5]], "a diagonal matrix: exact zeros off the diagonal"),
        ("rotation", [[0.0, -1.0], [1.0, 0.0]], "orthogonal, with imaginary eigenvalues and equal singular values"),
        ("one-by-one", [[1.5]], "one row and one column"),
        ("negative-determinant", [[0.0, 1.5], [2.0, 0.25]], "needs a row exchange"),
        ("badly-scaled", [[1024.0, 0.5], [0.25, 0.0009765625]], "a condition number of a million"),
    ]  # fmt: skip
    return points(*rows)


SIGNATURES: Final[Mapping[str, Signature]] = {"matrix": Signature(points=_matrix(), conditioned=True)}
