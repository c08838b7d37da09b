"""Points of functions that treat every element alone: of one argument, and of two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conformance.points.point import Point, Signature, points


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
        *points(*rows),
        *points(*wide, dtypes=("float64",)),
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
        *points(*rows),
        Point(name="broadcast-rows", values=([[0.625, -1.25, 2.125], [0.75, 0.375, 1.5]], [1.375, 0.25, -0.875]),
              because="a row beside a matrix: its gradient is a sum over the rows"),
        Point(name="broadcast-number", values=([0.625, 1.25, 2.125], 1.5),
              because="a number beside an array: its gradient is a sum over all"),
    )  # fmt: skip


SIGNATURES: Final[Mapping[str, Signature]] = {
    "unary": Signature(points=_unary(), elementwise=True),
    "activation": Signature(points=_unary(), elementwise=True),
    "special": Signature(points=_unary(), elementwise=True),
    "binary": Signature(points=_binary(), elementwise=True),
}
"""``activation`` and ``special`` functions have the points of elementary ones, and a wider tolerance: they are programs
of several elementary steps."""
