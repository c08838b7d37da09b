"""Computes the neutral convolutions, poolings and enlargements on exact arrays, by their sums."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from conformance_reference.arrays import Array, asarray, context
from conformance_reference.elementwise import zeros
from conformance_reference.loops import floating
from conformance_reference.manipulation import pad, repeat, stack, unstack
from conformance_reference.reductions import max, mean

__all__ = [
    "avg_pool1d", "avg_pool2d", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
    "depthwise_conv2d", "max_pool1d", "max_pool2d", "resize_bilinear", "resize_nearest",
]  # fmt: skip


# convolution and pooling


def _correlation(
    x: Any, weight: Any, *, stride: int = 1, padding: int = 0, dilation: int = 1, groups: int = 1
) -> Array:
    """Return the correlation of x[batch, channel, ...] with weight[out, in, ...] over any number of places' axes."""
    x, weight = floating(x), floating(weight)
    space = x.ndim - 2
    padded = pad(x, [(0, 0)] * 2 + [(padding, padding)] * space).data
    kernel = weight.shape[2:]
    length = [(n - (k - 1) * dilation - 1) // stride + 1 for n, k in zip(padded.shape[2:], kernel, strict=True)]
    outputs, inputs = weight.shape[:2]
    result = zeros((x.shape[0], outputs, *length), x.dtype)
    for place in np.ndindex(*kernel):
        starts = [k * dilation for k in place]
        seen = tuple(slice(s, s + (n - 1) * stride + 1, stride) for s, n in zip(starts, length, strict=True))
        window = padded[(slice(None), slice(None), *seen)]
        for out in range(outputs):
            first = out // (outputs // groups) * inputs
            for channel in range(inputs):
                result.data[:, out] += weight.data[(out, channel, *place)] * window[:, first + channel]
    return result


def conv1d(x: Any, weight: Any, stride: int = 1, padding: int = 0) -> Array:
    """Return the correlation of x[batch, channel, place] with weight[out, in, place]."""
    return _correlation(x, weight, stride=stride, padding=padding)


def conv2d(x: Any, weight: Any, stride: int = 1, padding: int = 0, dilation: int = 1) -> Array:
    """Return the correlation of x[batch, channel, y, x] with weight[out, in, y, x]."""
    return _correlation(x, weight, stride=stride, padding=padding, dilation=dilation)


def conv3d(x: Any, weight: Any) -> Array:
    """Return the correlation of x[batch, channel, z, y, x] with weight[out, in, z, y, x]."""
    return _correlation(x, weight)


def depthwise_conv2d(x: Any, weight: Any) -> Array:
    """Return conv2d with a filter of its own for each channel."""
    return _correlation(x, weight, groups=asarray(x).shape[1])


def _transposed(x: Any, weight: Any, stride: int) -> Array:
    """Return the adjoint of a correlation: every place of x spreads over a window of the result."""
    x, weight = floating(x), floating(weight)
    kernel = weight.shape[2:]
    length = [(n - 1) * stride + k for n, k in zip(x.shape[2:], kernel, strict=True)]
    result = zeros((x.shape[0], weight.shape[1], *length), x.dtype)
    for place in np.ndindex(*kernel):
        spread = tuple(slice(k, k + (n - 1) * stride + 1, stride) for k, n in zip(place, x.shape[2:], strict=True))
        for out in range(weight.shape[1]):
            for channel in range(x.shape[1]):
                target = result.data[:, out]
                target[(slice(None), *spread)] += weight.data[(channel, out, *place)] * x.data[:, channel]
    return result


def conv_transpose1d(x: Any, weight: Any, stride: int = 1) -> Array:
    """Return the adjoint of conv1d."""
    return _transposed(x, weight, stride)


def conv_transpose2d(x: Any, weight: Any, stride: int = 1) -> Array:
    """Return the adjoint of conv2d."""
    return _transposed(x, weight, stride)


def _windows(x: Array, window: int, stride: int) -> Array:
    """Return the elements of every window along a new last axis."""
    space = x.ndim - 2
    length = [(n - window) // stride + 1 for n in x.shape[2:]]
    parts = []
    for place in np.ndindex(*[window] * space):
        seen = tuple(slice(k, k + (n - 1) * stride + 1, stride) for k, n in zip(place, length, strict=True))
        parts.append(Array(x.data[(slice(None), slice(None), *seen)], x.dtype))
    return stack(parts, axis=-1)


def max_pool1d(x: Any, window: int) -> Array:
    """Return the largest of each window."""
    return max(_windows(floating(x), window, window), axis=-1)


def max_pool2d(x: Any, window: int, stride: int) -> Array:
    """Return the largest of each square window."""
    return max(_windows(floating(x), window, stride), axis=-1)


def avg_pool1d(x: Any, window: int) -> Array:
    """Return the mean of each window."""
    return mean(_windows(floating(x), window, window), axis=-1)


def avg_pool2d(x: Any, window: int, stride: int) -> Array:
    """Return the mean of each square window."""
    return mean(_windows(floating(x), window, stride), axis=-1)


def resize_nearest(x: Any, factor: int) -> Array:
    """Return images enlarged by repeating elements."""
    return repeat(repeat(x, factor, 2), factor, 3)


def _interpolated(x: Array, factor: int, axis: int) -> Array:
    """Return an axis enlarged by linear interpolation between the centres, the ends extended."""
    parts = []
    last = x.shape[axis] - 1
    for place in range(x.shape[axis] * factor):
        centre = (context.mpf(2 * place + 1) / factor - 1) / 2
        centre = builtins.min(builtins.max(centre, context.zero), context.mpf(last))
        below = builtins.min(int(centre), builtins.max(last - 1, 0))
        above = builtins.min(below + 1, last)
        share = centre - below
        parts.append(unstack(x, below, axis) * (1 - share) + unstack(x, above, axis) * share)
    return stack(parts, axis=axis)


def resize_bilinear(x: Any, factor: int) -> Array:
    """Return images enlarged by linear interpolation between the centres."""
    return _interpolated(_interpolated(floating(x), factor, 2), factor, 3)
