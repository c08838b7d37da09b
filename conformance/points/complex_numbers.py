"""Points of functions of complex arguments: on and beside branch cuts, on the axes, at zero, large and small."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conformance.points.point import COMPLEX, Point, Signature

BESIDE: Final = 2.0**-10
"""How far beside a cut a point is: near, and exact beside 1.5 in complex64."""


def _points(rows: list[tuple[str, tuple[Any, ...], str]]) -> tuple[Point, ...]:
    return tuple(Point(name=name, values=values, because=why, dtypes=COMPLEX) for name, values, why in rows)


def _one() -> tuple[Point, ...]:
    rows: list[tuple[str, tuple[Any, ...], str]] = [
        ("generic", ([0.625 + 1.25j, -1.25 + 0.375j, 2.125 - 0.75j],), "ordinary inputs in three quadrants"),
        ("generic-unit", ([0.25 + 0.125j, -0.5 + 0.375j],), "ordinary inputs inside the unit circle"),
        ("zero", (0j,), "where the modulus has a kink and the angle no value"),
        ("one", (1 + 0j,), "the zero of logarithms"),
        ("positive-real", (1.5 + 0j,), "no imaginary part: the result is that of a real number"),
        ("negative-real", (-1.5 + 0j,), "on the branch cut of logarithms and powers"),
        ("above-the-cut", (complex(-1.5, BESIDE),), "just above the branch cut"),
        ("below-the-cut", (complex(-1.5, -BESIDE),), "just below the branch cut"),
        ("imaginary", (1.5j,), "no real part"),
        ("imaginary-negative", (-1.5j,), "no real part, below"),
        ("imaginary-unit", (1j,), "a branch point of the inverse tangent"),
        ("large", (30 + 40j,), "a large modulus: tanh is saturated"),
        ("large-real", (100 + 1j,), "where exp overflows complex64"),
        ("large-imaginary", (1 + 100j,), "many turns of the circle"),
        ("huge", (complex(2.0**70, 2.0**70),), "where the square of the modulus overflows complex64"),
        ("tiny", (complex(2.0**-40, 2.0**-41),), "where series are taken instead of formulas"),
        ("small", (complex(2.0**-70, -(2.0**-70)),), "where the square of the modulus underflows complex64"),
    ]
    return _points(rows)


def _two() -> tuple[Point, ...]:
    rows: list[tuple[str, tuple[Any, ...], str]] = [
        ("generic", ([0.625 + 1.25j, -1.25 + 0.375j], [1.375 - 0.5j, 0.375 + 0.75j]), "ordinary inputs"),
        ("first-zero", (0j, 2.5 + 0.5j), "a zero first operand"),
        ("second-zero", (1.5 + 0.5j, 0j), "a zero second operand"),
        ("reals", (1.5 + 0j, -2.5 + 0j), "no imaginary parts"),
        ("imaginaries", (1.5j, -0.5j), "no real parts"),
        ("above-the-cut", (complex(-1.5, BESIDE), 0.5 + 0.25j), "a first operand just above the branch cut"),
        ("below-the-cut", (complex(-1.5, -BESIDE), 0.5 + 0.25j), "a first operand just below the branch cut"),
        ("whole", (-1.5 + 0.5j, 2 + 0j), "a second operand that is a whole number"),
        ("large", (complex(2.0**70, 2.0**69), complex(2.0**-10, 2.0**-9)), "operands of very different size"),
        ("broadcast", ([0.625 + 1.25j, -1.25 + 0.375j], 1.5 - 0.25j), "a number beside an array"),
    ]
    return _points(rows)


def _vector() -> tuple[Point, ...]:
    rows: list[tuple[str, tuple[Any, ...], str]] = [
        ("generic", ([0.625 + 1.25j, -1.25 + 0.375j, 2.125 - 0.75j, 0.5 - 1.5j],), "an ordinary vector of even length"),
        ("generic-odd", ([0.625 + 1.25j, -1.25 + 0.375j, 2.125 - 0.75j],), "an ordinary vector of odd length"),
        ("one-element", ([1.5 - 0.5j],), "one element"),
    ]
    return _points(rows)


def _matrix() -> tuple[Point, ...]:
    rows: list[tuple[str, tuple[Any, ...], str]] = [
        ("generic", ([[1.5 + 0.5j, -0.25 + 1j], [0.5 - 0.75j, 2.0 + 0.25j]],), "an ordinary regular matrix"),
        ("identity", ([[1 + 0j, 0j], [0j, 1 + 0j]],), "repeated eigenvalues"),
        ("hermitian", ([[2 + 0j, 0.5 + 0.25j], [0.5 - 0.25j, 1 + 0j]],), "equal to its conjugate transpose"),
        ("singular", ([[1 + 1j, 2 + 2j], [2 + 0j, 4 + 0j]],), "the cofactor is finite where the inverse is not"),
        ("zero", ([[0j, 0j], [0j, 0j]],), "all zero"),
        ("one-by-one", ([[1.5 - 0.5j]],), "one row and one column"),
    ]
    return _points(rows)


def _matrices() -> tuple[Point, ...]:
    rows: list[tuple[str, tuple[Any, ...], str]] = [
        (
            "generic",
            ([[1.5 + 0.5j, -0.25 + 1j], [0.5 - 0.75j, 2.0 + 0.25j]], [[0.5 - 1j, 1.25 + 0j], [-0.75 + 0.5j, 1j]]),
            "two ordinary matrices",
        ),
        ("first-zero", ([[0j, 0j], [0j, 0j]], [[0.5 - 1j, 1.25 + 0j], [-0.75 + 0.5j, 1j]]), "a zero first matrix"),
        ("flat", ([[1.5 + 0.5j, 0.25 - 1j, 0.5j]], [[0.5 - 1j], [1.25 + 0j], [1j]]), "a row times a column"),
    ]
    return _points(rows)


SIGNATURES: Final[Mapping[str, Signature]] = {
    "complex": Signature(points=_one(), elementwise=True, complex=True),
    "complex-pair": Signature(points=_two(), elementwise=True, complex=True),
    "complex-vector": Signature(points=_vector(), complex=True),
    "complex-matrix": Signature(points=_matrix(), conditioned=True, complex=True),
    "complex-matrices": Signature(points=_matrices(), complex=True),
}
