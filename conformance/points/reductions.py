"""Points of functions that reduce an array, or relate its elements to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conformance.points.point import Point, Signature, points


def _reduction() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, str]] = [
        ("generic", [[0.625, -1.25, 2.125], [-0.75, 0.375, 1.375]], "ordinary inputs of both signs"),
        ("generic-positive", [[0.625, 1.25, 2.125], [0.75, 0.375, 1.5]], "ordinary positive inputs"),
        ("zeros", [0.0, 0.0, 0.0, 0.0], "all zero: the origin of norms, and a product with several zeros"),
        ("one-zero", [1.5, 0.0, -2.0, 0.75], "one exact zero: a product's rule must not divide by it"),
        ("two-zeros", [1.5, 0.0, -2.0, 0.0], "two exact zeros: a product's gradient vanishes, its second does not"),
        ("three-zeros", [0.0, 0.0, -2.0, 0.0], "three exact zeros"),
        ("all-equal", [1.25, 1.25, 1.25, 1.25], "equal elements: ties, and a variance of zero"),
        ("two-equal", [2.5, -0.5, 2.5, 1.0], "two equal largest elements"),
        ("two-smallest", [-0.5, 2.5, -0.5, 1.0], "two equal smallest elements"),
        ("one-element", [1.5], "one element"),
        ("one-negative", [-1.5], "one negative element"),
        ("apart", [40.0, -40.0, 0.5, 2.0], "elements far apart, of which exp makes some vanish"),
        ("all-large", [90.0, 91.0, 89.5, 88.25], "where exp overflows float32, and a shift by the largest saves it"),
        ("all-very-negative", [-200.0, -201.0, -199.5, -198.25], "where exp underflows float32 for all of them"),
        ("wide-range", [2.0**-20, 1.0, 2.0**12, -3.0], "a wide dynamic range"),
        ("squares-overflow", [2.0**70, 2.0**69, -(2.0**70), 2.0**68], "where the sum of squares overflows float32"),
        ("squares-underflow", [2.0**-80, 2.0**-79, -(2.0**-80), 2.0**-81],
         "where the sum of squares underflows float32"),
        ("nearly-constant", [1024.0, 1024.25, 1023.75, 1024.5], "a small variance beside a large mean"),
    ]  # fmt: skip
    return points(*rows)


SIGNATURES: Final[Mapping[str, Signature]] = {
    "reduction": Signature(points=_reduction()),
    "moments": Signature(points=_reduction(), conditioned=True),
}
"""Of ``moments`` the derivatives are differences from a mean, which is itself rounded: as near as the inputs' rounding
lets them be."""
