"""Points of the functions that networks are made of: gates, softmax over an axis and a mask, layers, attention.

Arrays are tiny, because the reference differentiates every element of the result by every element of the inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.points.point import Point, Signature, points


def _gated() -> tuple[Point, ...]:
    """Return points x[row, place] with an even number of places: values first, then their gates."""
    return points(
        ("generic", [[0.625, -1.25, 2.125, 0.375], [-0.5, 1.5, -0.875, 1.125]], "ordinary inputs of both signs"),
        ("zeros", [[0.0, 0.0, 0.0, 0.0]], "the kink of rectified halves, and a gate that is half open"),
        ("minus-zeros", [[-0.0, -0.0, -0.0, -0.0]], "the other zero"),
        ("gate-twenty", [[1.5, -2.0, 20.0, -20.0]], "gates that float32 takes for fully open and shut"),
        ("gate-forty", [[1.5, -2.0, 40.0, -40.0]], "gates that float64 takes for fully open"),
        ("gate-ninety", [[1.5, -2.0, 90.0, -90.0]], "gates whose exponential over- or underflows float32"),
        ("value-twenty", [[20.0, -20.0, 1.5, -2.0]], "the same for functions that gate by the first half"),
        ("value-forty", [[40.0, -40.0, 1.5, -2.0]], "the same, saturated in float64"),
        ("value-ninety", [[90.0, -90.0, 1.5, -2.0]], "the same, where the exponential over- or underflows float32"),
        ("small", [[2.0**-12, -(2.0**-40), 2.0**-40, -(2.0**-12)]], "small values and gates"),
        ("wide-range", [[2.0**-20, 2.0**12, 1.0, -3.0]], "a wide dynamic range"),
    )


def _prelu() -> tuple[Point, ...]:
    """Return points x[batch, channel], weight[channel]."""
    x = [[0.625, -1.25], [-2.125, 0.375]]
    return points(
        ("generic", x, [0.25, 0.75], "ordinary inputs of both signs"),
        ("generic-negative-slope", x, [-0.5, 1.5], "a slope below zero, and one above one"),
        ("zeros", [[0.0, 0.0], [1.5, -1.5]], [0.25, 0.75], "the kink, beside ordinary inputs"),
        ("minus-zeros", [[-0.0, -0.0], [1.5, -1.5]], [0.25, 0.75], "the other zero"),
        ("zeros-slope-one", [[0.0, -0.0], [1.5, -1.5]], [1.0, 1.0], "no kink: a slope of one on both sides"),
        ("slope-zero", x, [0.0, 0.0], "flat on the left, where the derivative by the slope is not"),
        ("all-zero", [[0.0, 0.0], [0.0, 0.0]], [0.0, 0.0], "zero inputs and slopes"),
        ("one-element", [[-1.5]], [0.25], "one element"),
        ("wide-range", [[-(2.0**-20), 2.0**40], [-(2.0**40), 2.0**-20]], [0.25, 2.0**-20], "a wide dynamic range"),
    )


def _logits() -> tuple[Point, ...]:
    """Return points x[..., place, column] for functions along the axis before the last one."""
    return points(
        ("generic", [[0.625, -1.25], [2.125, 0.375]], "ordinary inputs of both signs"),
        ("generic-stack", [[[0.625, -1.25], [2.125, 0.375]], [[-0.75, 1.5], [-0.875, 1.125]]], "a stack of matrices"),
        ("one-place", [[0.625, -1.25]], "one place: the probability is one, whatever the input"),
        ("equal", [[0.5, 2.0], [0.5, 2.0]], "equal elements along the axis"),
        ("zeros", [[0.0, 0.0], [0.0, 0.0]], "all zero"),
        ("twenty", [[20.0, -20.0], [0.0, 0.0]], "saturated in float32, not yet in float64"),
        ("forty", [[40.0, -40.0], [0.0, 0.0]], "saturated in float64"),
        ("ninety", [[90.0, -90.0], [0.0, 0.0]], "where the exponential over- or underflows float32"),
        ("far-out", [[800.0, -800.0], [0.0, 0.0]], "where the exponential over- or underflows float64"),
        ("all-large", [[90.0, 200.0], [91.0, 199.5]], "where a shift by the largest saves exp from overflow"),
        ("all-very-negative", [[-200.0, -90.0], [-201.0, -91.0]], "where exp underflows float32 for all of them"),
        ("columns-apart", [[90.0, -90.0], [91.0, -89.5]], "columns far apart, which must not share a shift"),
        ("wide-range", [[2.0**-20, 1.0], [2.0**12, -(2.0**-20)]], "a wide dynamic range"),
    )


def _masked() -> tuple[Point, ...]:
    """Return points x[2, 4] for masks of that shape, which the case gives."""
    return points(
        ("generic", [[0.625, -1.25, 2.125, 0.375], [-0.75, 1.5, -0.875, 1.125]], "ordinary inputs of both signs"),
        ("equal", [[0.5, 0.5, 0.5, 0.5], [2.0, 2.0, 2.0, 2.0]], "equal elements, masked and not"),
        ("zeros", [[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]], "all zero"),
        ("far-out-inside", [[20.0, -20.0, 0.5, 40.0], [-40.0, 0.25, 90.0, -90.0]], "saturated scores"),
        ("very-large", [[200.0, 1.5, 0.5, 0.25], [200.0, 0.75, 0.25, -0.5]], "a largest element that masks may hide"),
        ("very-negative", [[-200.0, -201.0, -199.5, -200.5], [-90.0, -91.0, -89.5, -90.5]],
         "where exp underflows float32 for all of them"),
        ("wide-range", [[2.0**-20, 1.0, 2.0**12, 0.5], [2.0**12, 2.0**-20, -1.0, 0.5]], "a wide dynamic range"),
    )  # fmt: skip


def _linear() -> tuple[Point, ...]:
    """Return points x[batch, in], weight[out, in], bias[out]."""
    x, weight, bias = [[0.625, -1.25], [2.125, 0.375]], [[-0.75, 1.5], [-0.875, 1.125]], [0.25, -1.375]
    return points(
        ("generic", x, weight, bias, "ordinary inputs of both signs"),
        ("one-element", [[1.5]], [[-0.5]], [0.25], "one input and one output"),
        ("zero-input", [[0.0, 0.0], [0.0, 0.0]], weight, bias, "zero inputs: no derivative by the weight"),
        ("zero-weight", x, [[0.0, 0.0], [0.0, 0.0]], bias, "zero weights: no derivative by the inputs"),
        ("equal-rows", [[0.5, -1.5], [0.5, -1.5]], weight, bias, "equal rows, whose derivatives add up"),
        ("wide-range", [[2.0**40, 2.0**-40], [1.0, -1.0]], [[2.0**-40, 2.0**40], [1.0, 2.0**-20]], bias,
         "a wide dynamic range"),
        ("cancelling", [[2.0**20, 2.0**20], [1.5, -0.5]], [[1.0, -1.0], [0.5, 1.5]], bias, "products that cancel"),
    )  # fmt: skip


def _rows_picked() -> tuple[Point, ...]:
    """Return points weight[3, 2] for indices of its rows, which the case gives."""
    return points(
        ("generic", [[0.625, -1.25], [2.125, 0.375], [-0.75, 1.5]], "ordinary inputs of both signs"),
        ("zeros", [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], "all zero"),
        ("equal-rows", [[0.5, -1.5], [0.5, -1.5], [0.5, -1.5]], "equal rows"),
        ("wide-range", [[2.0**40, 2.0**-40], [1.0, -1.0], [2.0**-20, 2.0**20]], "a wide dynamic range"),
    )


def _attention() -> tuple[Point, ...]:
    """Return points q, k, v, each [batch, head, place, feature]."""
    q, k, v = [[0.625, -1.25], [2.125, 0.375]], [[-0.75, 1.5], [0.875, 1.125]], [[1.375, -0.5], [0.25, -2.0]]
    zeros = [[0.0, 0.0], [0.0, 0.0]]

    def scores(size: float) -> list[list[list[list[float]]]]:
        return [[[[size, 0.0], [0.0, size]]]]

    return points(
        ("generic", [[q]], [[k]], [[v]], "ordinary inputs of both signs"),
        ("generic-heads", [[[[0.625], [-1.25]], [[2.125], [0.375]]]], [[[[-0.75], [1.5]], [[0.875], [1.125]]]],
         [[[[1.375], [-0.5]], [[0.25], [-2.0]]]], "two heads, which do not see each other"),
        ("three-places", [[[[0.625], [-1.25], [0.5]]]], [[[[-0.75], [1.5], [1.125]]]], [[[[1.375], [-0.5], [0.25]]]],
         "three places of one feature"),
        ("one-place", [[[[0.625, -1.25]]]], [[[[-0.75, 1.5]]]], [[[[1.375, -0.5]]]], "one place, all of the weight"),
        ("zero-queries", [[zeros]], [[k]], [[v]], "equal scores: the mean of the values"),
        ("zeros", [[zeros]], [[zeros]], [[zeros]], "all zero"),
        ("equal-keys", [[q]], [[[[0.5, -1.5], [0.5, -1.5]]]], [[v]], "equal keys: equal scores"),
        ("equal-values", [[q]], [[k]], [[[[0.5, -1.5], [0.5, -1.5]]]], "equal values: the scores do not matter"),
        ("saturated-twenty", scores(5.0), scores(5.0), [[v]], "scores about 18 apart"),
        ("saturated-forty", scores(7.5), scores(7.5), [[v]], "scores about 40 apart"),
        ("saturated-ninety", scores(11.5), scores(11.5), [[v]], "scores about 93 apart, where exp overflows float32"),
        ("saturated-far-out", scores(36.0), scores(36.0), [[v]], "scores over 900 apart, where exp overflows float64"),
        ("all-large", [[[[16.0, 16.0], [16.0, 15.5]]]], [[[[15.5, 16.25], [16.0, 15.75]]]], [[v]],
         "scores that are large and near each other"),
        ("wide-range", [[[[2.0**-20, 1.0], [4.0, -0.5]]]], [[[[1.0, 2.0**-20], [0.5, 8.0]]]],
         [[[[2.0**20, -1.0], [2.0**-20, 3.0]]]], "a wide dynamic range"),
    )  # fmt: skip


SIGNATURES: Final[Mapping[str, Signature]] = {
    "gated": Signature(points=_gated()),
    "prelu": Signature(points=_prelu()),
    "logits": Signature(points=_logits()),
    "masked": Signature(points=_masked()),
    "linear": Signature(points=_linear()),
    "rows-picked": Signature(points=_rows_picked()),
    "attention": Signature(points=_attention(), conditioned=True),
}
