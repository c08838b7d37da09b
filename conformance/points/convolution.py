"""Points of convolutions, poolings and enlargements: several channels, one window, ties within and between windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.points.point import Point, Signature, points


def _conv1d() -> tuple[Point, ...]:
    """Return points x[batch, channel, place], weight[out, channel, place] with kernels of two places."""
    x, weight = [[[0.625, -1.25, 2.125, 0.375, -0.5]]], [[[-0.75, 1.5]]]
    return points(
        ("generic", x, weight, "one channel, one filter; a last place that a stride may leave out"),
        ("generic-channels", [[[0.625, -1.25, 2.125], [-0.75, 0.375, 1.375]]], [[[-0.75, 1.5], [0.875, 1.125]]],
         "two channels, one filter"),
        ("batch-and-filters", [[[0.625, -1.25, 2.125]], [[-0.75, 0.375, 1.375]]], [[[-0.75, 1.5]], [[0.875, 1.125]]],
         "two inputs, two filters"),
        ("one-window", [[[0.625, -1.25]]], weight, "an input as long as the kernel"),
        ("zero-input", [[[0.0, 0.0, 0.0, 0.0, 0.0]]], weight, "zero inputs: no derivative by the weight"),
        ("zero-weight", x, [[[0.0, 0.0]]], "zero weights: no derivative by the input"),
        ("cancelling", [[[1.5, 1.5, 1.5, 1.5, 1.5]]], [[[1.0, -1.0]]], "products that cancel"),
        ("wide-range", [[[2.0**40, 2.0**-40, 1.0, -(2.0**20), 0.5]]], [[[2.0**-40, 2.0**20]]], "a wide dynamic range"),
    )  # fmt: skip


def _conv2d() -> tuple[Point, ...]:
    """Return points x[batch, channel, y, x], weight[out, channel, y, x] with kernels of two by two places."""
    x, weight = [[[[0.625, -1.25, 2.125], [-0.75, 0.375, 1.375], [1.5, -0.5, 0.25]]]], [[[[-0.75, 1.5], [0.875, 0.5]]]]
    zeros, threes = [[[[0.0] * 3] * 3]], [[[[1.5] * 3] * 3]]
    return points(
        ("generic", x, weight, "one channel, one filter"),
        ("generic-channels", [[[[0.625, -1.25, 0.5], [-0.75, 0.375, 1.125]],
                               [[2.125, 0.375, -1.5], [0.5, -0.875, 0.75]]]],
         [[[[-0.75, 1.5], [0.875, 0.5]], [[1.125, -0.5], [0.25, 2.0]]]], "two channels, one filter; a wide image"),
        ("batch-and-filters", [[[[0.625, -1.25], [-0.75, 0.375]]], [[[2.125, 0.375], [0.5, -0.875]]]],
         [[[[-0.75, 1.5], [0.875, 0.5]]], [[[1.125, -0.5], [0.25, 2.0]]]], "two inputs of one window, two filters"),
        ("zero-input", zeros, weight, "zero inputs: no derivative by the weight"),
        ("zero-weight", x, [[[[0.0, 0.0], [0.0, 0.0]]]], "zero weights: no derivative by the input"),
        ("cancelling", threes, [[[[1.0, -1.0], [-1.0, 1.0]]]], "products that cancel"),
        ("wide-range", [[[[2.0**40, 2.0**-40, 1.0], [1.0, 2.0**20, -1.0], [0.5, 2.0**-20, 2.0**-40]]]],
         [[[[2.0**-40, 2.0**20], [1.0, -0.5]]]], "a wide dynamic range"),
    )  # fmt: skip


def _conv3d() -> tuple[Point, ...]:
    """Return points x[batch, channel, z, y, x], weight[out, channel, z, y, x]."""
    cube = [[[0.625, -1.25], [-0.75, 0.375]], [[2.125, 0.375], [0.5, -0.875]]]
    other = [[[1.5, -0.25], [0.125, 1.125]], [[-0.625, 0.75], [0.25, -2.0]]]
    uneven = [[[2.0**40, 2.0**-40], [1.0, -1.0]], [[0.5, 2.0**20], [2.0**-20, 1.5]]]
    return points(
        ("generic", [[[*cube, [[1.5, -0.5], [0.25, 1.125]]]]], [[other]], "one channel, one filter, two windows"),
        ("generic-channels", [[cube, other]], [[other, cube]], "two channels, one window"),
        ("filters", [[cube]], [[other], [cube]], "one channel, two filters"),
        ("zero-input", [[[[[0.0] * 2] * 2] * 2]], [[other], [cube]], "zero inputs: no derivative by the weight"),
        ("wide-range", [[uneven]], [[other], [cube]], "a wide dynamic range"),
    )


def _depthwise() -> tuple[Point, ...]:
    """Return points x[batch, channel, y, x], weight[channel, 1, y, x]."""
    one, two = [[0.625, -1.25, 0.5], [-0.75, 0.375, 1.125]], [[2.125, 0.375, -1.5], [0.5, -0.875, 0.75]]
    first, second = [[[-0.75, 1.5], [0.875, 0.5]]], [[[1.125, -0.5], [0.25, 2.0]]]
    return points(
        ("generic", [[one, two]], [first, second], "two channels, each with its own filter"),
        ("generic-batch", [[one], [two]], [first], "two inputs of one channel"),
        ("one-channel-zero", [[one, [[0.0] * 3] * 2]], [first, second], "a channel of zeros"),
        ("zero-weight", [[one, two]], [first, [[[0.0] * 2] * 2]], "a filter of zeros"),
        ("wide-range", [[[[2.0**40, 1.0, 0.5], [1.0, 2.0**20, -1.0]], [[2.0**-40, 1.0, -1.5], [0.5, 2.0**-20, 1.0]]]],
         [first, second], "channels of very different size"),
    )  # fmt: skip


def _transposed1d() -> tuple[Point, ...]:
    """Return points x[batch, channel, place], weight[channel, out, place] with kernels of two places."""
    weight = [[[-0.75, 1.5]], [[0.875, 1.125]]]
    return points(
        ("generic", [[[0.625, -1.25], [-0.75, 0.375]]], weight, "two channels, one output"),
        ("generic-outputs", [[[0.625, -1.25]], [[2.125, 0.375]]], [[[-0.75, 1.5], [0.875, 1.125]]],
         "two inputs of one channel, two outputs"),
        ("one-place", [[[0.625]]], [[[-0.75, 1.5]]], "one place"),
        ("zero-input", [[[0.0, 0.0], [0.0, 0.0]]], weight, "zero inputs: no derivative by the weight"),
        ("wide-range", [[[2.0**40, 2.0**-40], [1.0, -(2.0**20)]]], [[[2.0**-40, 2.0**20]], [[1.0, 0.5]]],
         "a wide dynamic range"),
    )  # fmt: skip


def _transposed2d() -> tuple[Point, ...]:
    """Return points x[batch, channel, y, x], weight[channel, out, y, x] with kernels of two by two places."""
    one, two = [[-0.75, 1.5], [0.875, 0.5]], [[1.125, -0.5], [0.25, 2.0]]
    return points(
        ("generic", [[[[0.625, -1.25], [-0.75, 0.375]]]], [[one]], "one channel, one output"),
        ("generic-channels", [[[[0.625, -1.25]], [[-0.75, 0.375]]]], [[one], [two]], "two channels, one output"),
        ("outputs", [[[[0.625]]], [[[2.125]]]], [[one, two]], "two inputs of one place, two outputs"),
        ("zero-input", [[[[0.0, 0.0], [0.0, 0.0]]]], [[one]], "zero inputs: no derivative by the weight"),
        ("wide-range", [[[[2.0**40, 2.0**-40], [1.0, 0.5]]]], [[[[2.0**-40, 2.0**20], [1.0, -1.0]]]],
         "a wide dynamic range"),
    )  # fmt: skip


def _pool1d() -> tuple[Point, ...]:
    """Return points x[batch, channel, place] for windows of two places."""
    return points(
        ("generic", [[[0.625, -1.25, 2.125, 0.375, -0.5]]], "one channel, and a last place that is in no window"),
        (
            "generic-batch",
            [[[0.625, -1.25], [1.5, 2.0]], [[2.125, 0.375], [-0.75, -0.5]]],
            "two inputs of two channels, of one window each",
        ),
        ("tie", [[[1.5, 1.5, 2.125, 0.375, -0.5]]], "a window of equal elements beside an ordinary one"),
        ("all-equal", [[[0.5, 0.5, 0.5, 0.5, 0.5]]], "equal elements everywhere"),
        ("zeros", [[[0.0, -0.0, -0.0, 0.0, 0.0]]], "zeros of both signs, which are equal"),
        ("negatives", [[[-0.625, -1.25, -2.125, -0.375, -0.5]]], "negative elements: a window must not see a zero"),
        ("wide-range", [[[2.0**40, 2.0**-40, -(2.0**20), 2.0**-20, 1.0]]], "a wide dynamic range"),
    )


def _pool2d() -> tuple[Point, ...]:
    """Return points x[batch, channel, y, x] for windows of two by two places."""
    return points(
        ("generic", [[[[0.625, -1.25, 2.125], [-0.75, 0.375, 1.375], [1.5, -0.5, 0.25]]]], "one channel"),
        ("generic-batch", [[[[0.625, -1.25], [-0.75, 0.375]], [[2.125, 0.375], [0.5, -0.875]]],
                           [[[1.5, -0.5], [0.25, 2.0]], [[-1.0, 0.75], [1.125, -2.0]]]],
         "two inputs of two channels, of one window each"),
        ("shared-largest", [[[[0.625, -1.25, 0.5], [-0.75, 3.5, 1.375], [1.5, -0.5, 0.25]]]],
         "one element that is the largest of all overlapping windows"),
        ("tie-two", [[[[1.5, 1.5, -0.5], [0.25, -0.75, 0.375], [-1.0, 2.0, 0.5]]]], "two equal largest elements"),
        ("tie-across", [[[[0.25, -1.0, 0.5], [-0.5, 1.5, 1.5], [-0.25, 0.75, 0.375]]]],
         "equal elements that several windows share"),
        ("all-equal", [[[[0.5, 0.5, 0.5], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]]], "equal elements everywhere"),
        ("zeros", [[[[0.0, -0.0, 0.0], [-0.0, 0.0, -0.0], [0.0, -0.0, 0.0]]]], "zeros of both signs, which are equal"),
        ("negatives", [[[[-0.625, -1.25, -2.125], [-0.75, -0.375, -1.375], [-1.5, -0.5, -0.25]]]],
         "negative elements: a window must not see a zero"),
        ("not-square", [[[[0.625, -1.25, 2.125, 0.25, -1.0], [-0.75, 0.375, 1.375, -0.5, 0.5]]]],
         "more columns than rows"),
        ("wide-range", [[[[2.0**40, 2.0**-40, 1.0], [-(2.0**20), 2.0**-20, 0.5], [1.5, -0.25, 2.0**20]]]],
         "a wide dynamic range"),
    )  # fmt: skip


def _resized() -> tuple[Point, ...]:
    """Return points x[batch, channel, y, x] for functions that enlarge it."""
    return points(
        ("generic", [[[[0.625, -1.25], [-0.75, 0.375]]]], "one channel"),
        ("generic-channels", [[[[0.625, -1.25, 0.5]], [[-0.75, 0.375, 2.125]]]], "two channels, one row of three"),
        ("one-element", [[[[1.5]]]], "one element, which becomes all of them"),
        ("all-equal", [[[[0.5, 0.5], [0.5, 0.5]]]], "equal elements"),
        ("wide-range", [[[[2.0**40, 2.0**-40], [-(2.0**20), 2.0**-20]]]], "a wide dynamic range"),
    )


SIGNATURES: Final[Mapping[str, Signature]] = {
    "conv1d": Signature(points=_conv1d()),
    "conv2d": Signature(points=_conv2d()),
    "conv3d": Signature(points=_conv3d()),
    "depthwise": Signature(points=_depthwise()),
    "transposed1d": Signature(points=_transposed1d()),
    "transposed2d": Signature(points=_transposed2d()),
    "pool1d": Signature(points=_pool1d()),
    "pool2d": Signature(points=_pool2d()),
    "resized": Signature(points=_resized()),
}
