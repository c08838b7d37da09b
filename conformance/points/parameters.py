"""Points of elementwise functions of several arguments that are not alike: parameters, bounds, parts of a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conformance.points import elementwise
from conformance.points.point import Point, Signature, points


def _oscillating() -> tuple[Point, ...]:
    """Return the points of special functions but the huge one, whose phase no data type resolves."""
    return tuple(point for point in elementwise.SIGNATURES["special"].points if point.name != "huge")


def _parameters() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, Any, str]] = [
        ("generic", [0.625, 1.25, 2.125], [1.375, 0.25, 0.875], "ordinary positive inputs"),
        ("generic-above-one", [1.625, 2.25, 4.5], [1.375, 0.25, 0.875], "ordinary inputs, the first above 1"),
        ("ones", 1.0, 1.0, "both one: an exponential distribution, and the pole of the zeta function"),
        ("halves", 0.5, 0.5, "both a half: the error function and the arcsine law"),
        ("integers", 3.0, 2.0, "whole numbers: closed forms, and values where series end"),
        ("half-integers", 2.5, 1.5, "halves of odd numbers: closed forms with erf"),
        ("near-one", 1.0 + 2.0**-7, 1.5, "just beside the pole of the zeta function"),
        ("small-first", 2.0**-10, 1.5, "a small first argument, near the pole of the gamma function"),
        ("small-second", 1.5, 2.0**-10, "a small second argument, near the pole of the gamma function"),
        ("zero-second", 2.5, 0.0, "the edge of the domain, where the slope is zero"),
        ("zero-second-one", 1.0, 0.0, "the edge of the domain, where the slope is one"),
        ("zero-second-half", 0.5, 0.0, "the edge of the domain, where the slope is infinite"),
        ("ten", 10.0, 10.0, "where the series and the continued fraction meet"),
        ("large", 40.0, 40.0, "where an expansion for large arguments takes over"),
        ("large-first", 90.0, 2.0, "far out in the lower tail"),
        ("large-second", 2.0, 90.0, "far out in the upper tail"),
        ("thousand", 1024.0, 1024.0, "where logarithms of the gamma function of a thousand cancel"),
    ]
    return points(*rows)


def _beta_parameters() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, Any, Any, str]] = [
        ("generic", [0.625, 1.25, 2.125], [1.375, 0.25, 0.875], [0.375, 0.25, 0.75], "ordinary inputs"),
        ("ones", 1.0, 1.0, 0.375, "the uniform distribution"),
        ("halves", 0.5, 0.5, 0.5, "the arcsine law at its middle"),
        ("integers", 3.0, 2.0, 0.25, "whole parameters: a polynomial"),
        ("half-integers", 2.5, 1.5, 0.625, "parameters that are halves of odd numbers"),
        ("zero", 2.5, 1.5, 0.0, "the lower end, where the slope is zero"),
        ("zero-half", 0.5, 1.5, 0.0, "the lower end, where the slope is infinite"),
        ("one", 1.5, 2.5, 1.0, "the upper end, where the slope is zero"),
        ("near-zero", 1.5, 2.5, 2.0**-12, "near the lower end"),
        ("near-one", 1.5, 2.5, 1.0 - 2.0**-12, "near the upper end"),
        ("large", 40.0, 40.0, 0.5, "a narrow distribution at its middle"),
        ("uneven", 0.5, 20.0, 0.125, "a small parameter beside a large one"),
    ]
    return points(*rows)


def _bounded() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, Any, Any, str]] = [
        ("generic", [0.625, -1.25, 2.125], [-0.375, -0.5, 0.5], [1.25, 0.75, 1.5], "inside, below and above"),
        ("first-second", 0.5, 0.5, 1.5, "the first two equal: a tie at the lower bound"),
        ("first-third", 1.5, 0.5, 1.5, "the first and the last equal: a tie at the upper bound"),
        ("all-equal", 0.5, 0.5, 0.5, "all three equal"),
        ("equal-bounds", 1.5, 0.5, 0.5, "bounds that leave one value"),
        ("zero-third", 1.5, -0.5, 0.0, "a weight of zero"),
        ("one-third", 1.5, -0.5, 1.0, "a weight of one"),
        ("half-third", 1.5, -0.5, 0.5, "the weight where a formula may change over"),
        ("outside-third", 1.5, -0.5, 2.5, "a weight above one"),
        ("zeros", 0.0, 0.0, 0.0, "all zero"),
        ("broadcast", [[0.625, -1.25], [0.25, 2.125]], [-0.375, -0.5], 1.25,
         "a matrix, a row and a number: gradients are sums"),
    ]  # fmt: skip
    return points(*rows)


def _plane() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, Any, str]] = [
        ("generic", [0.625, -1.25, 2.125, -0.75], [1.375, 0.375, -0.875, -2.0], "a number of each quadrant"),
        ("generic-right", [0.625, 1.25, 2.125, 0.75], [1.375, 3.5, -0.875, -2.0],
         "positive first parts, which are absolute values as well, with angles of each quadrant"),
        ("origin", 0.0, 0.0, "the origin: no angle, and a kink of the absolute value"),
        ("positive-real", 1.5, 0.0, "the positive real axis"),
        ("negative-real", -1.5, 0.0, "the negative real axis, where the angle jumps"),
        ("imaginary", 0.0, 1.5, "the imaginary axis: a division by the real part fails"),
        ("negative-imaginary", 0.0, -1.5, "the other half of the imaginary axis"),
        ("minus-zero-real", -0.0, 1.5, "the other zero"),
        ("unit-circle", 0.6015625, -0.80078125, "near the unit circle"),
        ("small", 2.0**-80, 2.0**-79, "where the sum of squares underflows float32"),
        ("huge", 2.0**70, -(2.0**69), "where the sum of squares overflows float32"),
        ("uneven", 2.0**40, 2.0**-40, "a wide dynamic range"),
        ("many-turns", 1.5, 100.5, "an angle of many turns"),
    ]  # fmt: skip
    return points(*rows)


SIGNATURES: Final[Mapping[str, Signature]] = {
    "parameters": Signature(points=_parameters(), elementwise=True),
    "beta-parameters": Signature(points=_beta_parameters(), elementwise=True),
    "bounded": Signature(points=_bounded()),
    "special-binary": Signature(points=elementwise.SIGNATURES["binary"].points, elementwise=True),
    "oscillating": Signature(points=_oscillating(), elementwise=True),
    "plane": Signature(points=_plane(), elementwise=True),
}
"""``special-binary`` functions have the points of elementary ones, and a wider tolerance. Not every function of
``bounded`` arguments is treated as elementwise: where all three are equal, a partial derivative alone may look smooth.
``plane`` is a complex number by two real ones: its parts, or its absolute value and angle."""
