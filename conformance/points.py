"""The points catalogue: for each signature of an operation, the inputs at which derivatives go wrong, and why.

A derivative case that says ``points: catalogue`` gets all points of its ``signature``. A point that lies outside the
domain of an operation (the reference has no number there) does not fit it, and is left out when the case is frozen.
Every value is exact in float32 unless the point is for float64 alone, so that all data types get the same input.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

GENERIC: Final = "generic"
"""The points whose name begins so are those of the quick tier."""

BOTH: Final = ("float32", "float64")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point: its name, an input for each argument in order, why it is there, and the dtypes that it is for."""

    name: str
    values: tuple[Any, ...]
    because: str
    dtypes: tuple[str, ...] = BOTH


def _unary() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, str]] = [
        ("generic", [0.625, -1.25, 2.125], "ordinary inputs of both signs, in one array"),
        ("generic-positive", [0.625, 1.25, 2.125], "ordinary positive inputs, in one array"),
        ("generic-unit", [0.625, 0.125, 0.25], "ordinary inputs between 0 and 1, in one array"),
        ("generic-above-one", [1.625, 2.25, 4.5], "ordinary inputs above 1, in one array"),
        ("zero", 0.0, "where rules divide by the input, and where many functions have a kink or an edge"),
        ("minus-zero", -0.0, "the other zero, which sign tests and branches may take for another side"),
        ("one", 1.0, "an edge of the domain of inverse functions, and the zero of logarithms"),
        ("minus-one", -1.0, "the other edge"),
        ("half", 0.5, "a kink of shrinkage, and a branch point of special functions"),
        ("three", 3.0, "the kink of hard sigmoid and hard swish"),
        ("minus-three", -3.0, "the other kink of hard sigmoid and hard swish"),
        ("six", 6.0, "the kink of relu6"),
        ("small", 2.0**-12, "where a difference from one loses half of the digits of float32"),
        ("tiny", 2.0**-40, "where x * x is lost beside one, and series are taken instead of formulas"),
        ("near-one", 1.0 - 2.0**-20, "just inside the domain, where the slope of inverse functions is steep"),
        ("five", 5.0, "where approximations by polynomials change over"),
        ("ten", 10.0, "where a saturated function has lost all digits of float32"),
        ("minus-ten", -10.0, "the same on the other side"),
        ("twenty", 20.0, "saturated in float32, not yet in float64; softplus' usual threshold"),
        ("minus-twenty", -20.0, "the same on the other side"),
        ("forty", 40.0, "saturated in float64, and exp(x) is far from overflow"),
        ("minus-forty", -40.0, "the same on the other side"),
        ("ninety", 90.0, "where exp(x) overflows float32"),
        ("minus-ninety", -90.0, "where exp(x) underflows float32"),
        ("huge", 2.0**70, "where x * x overflows float32"),
    ]
    wide = [
        ("far-out", 800.0, "where exp(x) overflows float64"),
        ("minus-far-out", -800.0, "where exp(x) underflows float64"),
    ]
    return (
        *(Point(name=name, values=(value,), because=why) for name, value, why in rows),
        *(Point(name=name, values=(value,), because=why, dtypes=("float64",)) for name, value, why in wide),
    )


def _binary() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, Any, str]] = [
        ("generic", [0.625, -1.25, 2.125], [1.375, 0.375, -0.875], "ordinary inputs of both signs"),
        ("generic-positive", [0.625, 1.25, 2.125], [1.375, 0.25, 0.875], "ordinary positive inputs"),
        ("zeros", 0.0, 0.0, "both zero: the origin of norms and angles, and 0 to the power 0"),
        ("first-zero", 0.0, 1.5, "a zero first operand: rules that divide by it, or take its logarithm"),
        ("second-zero", 1.5, 0.0, "a zero second operand: a power of zero, a division by zero"),
        ("first-minus-zero", -0.0, 1.5, "the other zero first"),
        ("first-zero-second-negative", 0.0, -1.5, "a zero and a negative operand"),
        ("first-zero-second-two", 0.0, 2.0, "zero to an exponent that is a whole number"),
        ("first-zero-second-one", 0.0, 1.0, "zero to the exponent one, whose slope is one"),
        ("tie", 1.5, 1.5, "equal operands, of which maximum and minimum take one"),
        ("tie-in-array", [0.5, 1.5, -2.0], [0.5, -0.25, -2.0], "ties beside an ordinary pair"),
        ("ones", 1.0, 1.0, "both one"),
        ("negatives", -1.5, -2.0, "both negative: a negative base with a whole exponent"),
        ("opposite", 1.5, -1.5, "operands that cancel"),
        ("apart", 40.0, -40.0, "operands far apart, one of which exp makes vanish"),
        ("apart-too", -90.0, 90.0, "operands so far apart that exp overflows"),
        ("small", 2.0**-80, 2.0**-79, "where the sum of squares underflows float32"),
        ("uneven", 2.0**40, 2.0**-40, "a wide dynamic range"),
    ]
    return (
        *(Point(name=name, values=(one, two), because=why) for name, one, two, why in rows),
        Point(name="broadcast-rows", values=([[0.625, -1.25, 2.125], [0.75, 0.375, 1.5]], [1.375, 0.25, -0.875]),
              because="a row beside a matrix: its gradient is a sum over the rows"),
        Point(name="broadcast-number", values=([0.625, 1.25, 2.125], 1.5),
              because="a number beside an array: its gradient is a sum over all"),
    )  # fmt: skip


def _reduction() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, str]] = [
        ("generic", [[0.625, -1.25, 2.125], [-0.75, 0.375, 1.375]], "ordinary inputs of both signs"),
        ("generic-positive", [[0.625, 1.25, 2.125], [0.75, 0.375, 1.5]], "ordinary positive inputs"),
        ("zeros", [0.0, 0.0, 0.0], "all zero: the origin of norms, and a product with several zeros"),
        ("one-zero", [1.5, 0.0, -2.0, 0.75], "one exact zero: a product's rule must not divide by it"),
        ("two-zeros", [1.5, 0.0, -2.0, 0.0], "two exact zeros: a product's gradient vanishes, its second does not"),
        ("three-zeros", [0.0, 0.0, -2.0, 0.0], "three exact zeros"),
        ("all-equal", [1.25, 1.25, 1.25], "equal elements: ties, and a variance of zero"),
        ("two-equal", [2.5, -0.5, 2.5, 1.0], "two equal largest elements"),
        ("two-smallest", [-0.5, 2.5, -0.5, 1.0], "two equal smallest elements"),
        ("one-element", [1.5], "one element"),
        ("one-negative", [-1.5], "one negative element"),
        ("apart", [40.0, -40.0, 0.5], "elements far apart, of which exp makes some vanish"),
        ("all-large", [90.0, 91.0, 89.5], "where exp overflows float32, and a shift by the largest saves it"),
        ("all-very-negative", [-200.0, -201.0, -199.5], "where exp underflows float32 for all of them"),
        ("wide-range", [2.0**-20, 1.0, 2.0**12], "a wide dynamic range"),
        ("squares-overflow", [2.0**70, 2.0**69], "where the sum of squares overflows float32"),
        ("squares-underflow", [2.0**-80, 2.0**-79], "where the sum of squares underflows float32"),
        ("nearly-constant", [1024.0, 1024.25, 1023.75], "a small variance beside a large mean"),
    ]  # fmt: skip
    return tuple(Point(name=name, values=(value,), because=why) for name, value, why in rows)


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
    return tuple(Point(name=name, values=(value,), because=why) for name, value, why in rows)


SIGNATURES: Final[Mapping[str, tuple[Point, ...]]] = MappingProxyType(
    {
        "unary": _unary(),
        "activation": _unary(),
        "special": _unary(),
        "binary": _binary(),
        "reduction": _reduction(),
        "matrix": _matrix(),
    }
)
"""The points of every signature; ``activation`` and ``special`` functions have those of elementary ones, and a wider
tolerance: they are programs of several elementary steps."""

CONDITIONED: Final = frozenset({"matrix"})
"""The signatures whose tolerance has a term for the condition of the input, as linear algebra needs it."""

ELEMENTWISE: Final = frozenset({"unary", "activation", "special", "binary"})
"""The signatures of operations that treat every element alone."""


def exact_in(value: Any, dtype: str) -> bool:
    """Return whether every number of a nested list is a number of the dtype."""
    if isinstance(value, list | tuple):
        return all(exact_in(item, dtype) for item in value)
    if dtype == "float64" or not math.isfinite(value) or value == 0:
        return True
    mantissa, exponent = math.frexp(float(value))
    return (mantissa * 2**24).is_integer() and -125 <= exponent <= 128
