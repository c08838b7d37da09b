"""Points of functions that move, pick, replace and accumulate elements, or reduce them along one axis.

The shapes are small and fixed, so that a case may write indices and masks for them: ``grid`` is 2×3, ``rows`` is 2×3,
``table`` is 3×2, ``four`` has the length 4, and ``sequence`` is a vector of any length.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conformance.points.point import Point, Signature, points

ORDINARY: Final = [[0.625, -1.25, 2.125], [-0.75, 0.375, 1.375]]


def _grid() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, str]] = [
        ("generic", ORDINARY, "six different elements: one that comes back to the wrong place is seen"),
        ("zeros", [[0.0, -1.25, -0.0], [1.5, 0.0, 1.375]], "exact zeros of both signs among the elements"),
        ("all-equal", [[1.25, 1.25, 1.25], [1.25, 1.25, 1.25]], "equal elements, which a rule must not tell apart"),
        ("wide-range", [[2.0**-12, 1.0, 2.0**12], [-(2.0**12), -1.0, 2.0**-20]], "a wide dynamic range"),
    ]
    return points(*rows)


def _two_grids() -> tuple[Point, ...]:
    other = [[1.375, 0.25, -0.875], [0.5, -1.625, 0.75]]
    return (
        Point(name="generic", values=(ORDINARY, other), because="twelve different elements"),
        Point(name="twice-the-same", values=(ORDINARY, ORDINARY), because="equal inputs, each with its own derivative"),
        Point(name="zeros", values=([[0.0, -1.25, -0.0], [1.5, 0.0, 1.375]], [[-0.0, 0.0, 0.5], [0.0, 1.0, 0.25]]),
              because="exact zeros of both signs among the elements"),
        Point(name="apart", values=([[2.0**12, 1.0, -(2.0**12)], [0.5, 2.0**10, 1.5]],
                                    [[2.0**-12, -1.0, 2.0**-10], [0.25, 2.0**-20, 0.5]]),
              because="one input large, the other small"),
    )  # fmt: skip


def _rows() -> tuple[Point, ...]:
    special: list[tuple[str, list[float], str]] = [
        ("one-zero", [1.5, 0.0, -2.0], "one exact zero in one row: a product's rule must not divide by it"),
        ("two-zeros", [0.0, 1.5, 0.0], "two exact zeros in one row: a product's gradient vanishes, not its second"),
        ("all-zero", [0.0, 0.0, 0.0], "a row of zeros: the origin of norms, and a product with several zeros"),
        ("minus-zero", [-0.0, 1.5, 0.75], "the other zero, which a test of the sign may take for another side"),
        ("row-equal", [1.25, 1.25, 1.25], "a row of equal elements: all of them tie, and nothing varies"),
        ("two-largest", [2.5, -0.5, 2.5], "two equal largest elements in one row"),
        ("two-smallest", [-0.5, 2.5, -0.5], "two equal smallest elements in one row"),
        ("apart", [40.0, -40.0, 0.5], "elements far apart, of which exp makes some vanish"),
        ("all-large", [90.0, 91.0, 89.5], "where exp overflows float32, and a shift by the largest saves it"),
        ("all-very-negative", [-200.0, -201.0, -199.5], "where exp underflows float32 for a whole row"),
        ("wide-range", [2.0**-20, 1.0, 2.0**12], "a wide dynamic range"),
        ("nearly-constant", [1024.0, 1024.25, 1023.75], "a small variance beside a large mean"),
    ]  # fmt: skip
    return (
        Point(name="generic", values=(ORDINARY,), because="ordinary inputs of both signs"),
        Point(name="generic-positive", values=([[0.625, 1.25, 2.125], [0.75, 0.375, 1.5]],),
              because="ordinary positive inputs"),
        *(Point(name=name, values=([row, ORDINARY[1]],), because=f"{why}, beside an ordinary row")
          for name, row, why in special),
        Point(name="all-equal", values=([[1.25] * 3, [1.25] * 3],), because="ties along every axis"),
        Point(name="equal-rows", values=([ORDINARY[0], ORDINARY[0]],),
              because="ties along the first axis alone, and rows that correlate fully"),
        Point(name="opposite-rows", values=([ORDINARY[0], [-0.625, 1.25, -2.125]],),
              because="sums along the first axis that cancel, and rows that correlate fully but for the sign"),
    )  # fmt: skip


def _table() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, str]] = [
        ("generic", [[0.625, -1.25], [2.125, -0.75], [0.375, 1.375]], "six different elements of both signs"),
        (
            "one-zero",
            [[1.5, -1.25], [0.0, -0.75], [2.0, 0.5]],
            "one exact zero: a product's rule must not divide by it",
        ),
        ("two-zeros", [[0.0, 1.5], [2.5, 0.5], [-0.0, -2.0]], "two exact zeros of both signs in one column"),
        ("all-zero", [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], "only zeros"),
        ("all-equal", [[1.25, 1.25], [1.25, 1.25], [1.25, 1.25]], "equal elements, which a rule must not tell apart"),
        ("wide-range", [[2.0**-12, 1.0], [-(2.0**12), -1.0], [2.0**12, 2.0**-20]], "a wide dynamic range"),
    ]
    return points(*rows)


def _table_and_updates() -> tuple[Point, ...]:
    table = [[0.625, -1.25], [2.125, -0.75], [0.375, 1.375]]
    updates = [[1.5, 0.25], [-0.5, 1.125]]
    return (
        Point(name="generic", values=(table, updates), because="different elements of both signs"),
        Point(name="zero-in-table", values=([[0.0, -1.25], [0.0, -0.75], [0.0, 1.375]], updates),
              because="an updated element is zero: a product's rule must not divide by it"),
        Point(name="zero-in-updates", values=(table, [[0.0, 0.25], [-0.5, 1.125]]),
              because="one update is zero: a product's gradient is taken without it"),
        Point(name="two-zeros-in-updates", values=(table, [[0.0, 0.25], [-0.0, 1.125]]),
              because="two updates are zero: the gradient of a product of both vanishes, its second does not"),
        Point(name="zeros-in-both", values=([[0.0, -1.25], [0.0, -0.75], [0.0, 1.375]], [[0.0, 0.25], [0.0, 1.125]]),
              because="table and updates are zero at the same places"),
        Point(name="updates-tie-table", values=(table, [[0.375, 1.375], [0.625, -1.25]]),
              because="updates equal to what they replace at distinct indices"),
        Point(name="updates-tie-each-other", values=(table, [[3.5, -2.25], [3.5, -2.25]]),
              because="equal updates, beyond the table on one side and below it on the other"),
        Point(name="all-equal", values=([[1.25, 1.25]] * 3, [[1.25, 1.25]] * 2), because="everything ties"),
        Point(name="wide-range", values=([[2.0**-12, 1.0], [-(2.0**12), 2.0**10], [2.0**12, 2.0**-10]],
                                         [[2.0**12, 2.0**-12], [2.0**-10, -(2.0**11)]]),
              because="a wide dynamic range in both"),
    )  # fmt: skip


def _four() -> tuple[Point, ...]:
    rows: list[tuple[str, list[float], str]] = [
        ("generic", [0.625, -1.25, 2.125, -0.75], "ordinary inputs of both signs"),
        ("generic-positive", [0.625, 1.25, 2.125, 0.375], "ordinary positive inputs"),
        ("one-zero", [1.5, -0.75, 0.0, 2.0], "one exact zero: a product's rule must not divide by it"),
        ("zero-first", [0.0, 1.5, -2.0, 0.75], "a zero at the start, which every running product contains"),
        ("zero-last", [1.5, -2.0, 0.75, 0.0], "a zero at the end, which only the last running product contains"),
        ("two-zeros", [1.5, 0.0, 0.75, 0.0], "two exact zeros: a product's gradient vanishes, its second does not"),
        ("two-zeros-apart", [0.0, 0.0, 1.5, -2.0], "two exact zeros in segments of their own"),
        ("three-zeros", [0.0, 0.0, -2.0, 0.0], "three exact zeros"),
        ("all-zero", [0.0, 0.0, 0.0, 0.0], "only zeros"),
        ("minus-zero", [1.5, -0.0, 0.75, 2.0], "the other zero"),
        ("all-equal", [1.25, 1.25, 1.25, 1.25], "all of them tie"),
        ("two-largest", [2.5, -0.5, 2.5, 1.0], "two equal largest elements"),
        ("two-smallest", [-0.5, 2.5, 1.0, -0.5], "two equal smallest elements"),
        ("wide-range", [2.0**-12, 1.0, 2.0**12, -(2.0**6)], "a wide dynamic range"),
    ]
    return points(*rows)


def _sequence() -> tuple[Point, ...]:
    rows: list[tuple[str, list[float], str]] = [
        ("one-element", [1.5], "a scan of one step"),
        ("five", [0.625, -1.25, 2.125, -0.75, 1.5], "a length that is no power of two, which a parallel scan pads"),
        ("zeros-in-five", [0.625, 0.0, 2.125, 0.0, 1.5], "zeros that a parallel scan combines in another order"),
        ("apart", [40.0, -40.0, 0.5, 1.5], "elements far apart, of which exp makes some vanish"),
        ("rising", [-200.0, -100.0, 0.0, 0.5], "a running shift by the largest that changes at every step"),
        ("all-large", [90.0, 91.0, 89.5, 90.5], "where exp overflows float32, and a shift by the largest saves it"),
        ("all-very-negative", [-200.0, -201.0, -199.5, -200.5], "where exp underflows float32 for all of them"),
        ("small", [2.0**-70, 2.0**-69, 2.0**3, 1.5], "where a product of two underflows float32"),
    ]
    return (*_four(), *points(*rows))


SIGNATURES: Final[Mapping[str, Signature]] = {
    "grid": Signature(points=_grid()),
    "two-grids": Signature(points=_two_grids()),
    "rows": Signature(points=_rows()),
    "related-rows": Signature(points=_rows(), conditioned=True),
    "table": Signature(points=_table()),
    "table-and-updates": Signature(points=_table_and_updates()),
    "four": Signature(points=_four()),
    "sequence": Signature(points=_sequence()),
}
