"""Computes the neutral operations that move, pick, replace and cast elements of exact arrays."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from conformance_reference.arrays import (
    Array,
    Element,
    Elements,
    as_objects,
    asarray,
    astype,
    context,
    each,
    objects,
    operands,
)
from conformance_reference.elementwise import full, ones, ones_like, where, zeros
from conformance_reference.held import stop_gradient
from conformance_reference.loops import floating, larger, plain_ints, size_of, smaller, zero_of

__all__ = [
    "at_add", "at_max", "at_min", "at_multiply", "at_set", "boolean_mask", "broadcast_to", "concat", "diag",
    "dynamic_slice", "expand_dims", "flatten", "flip", "gather_nd", "masked_fill", "matrix_transpose", "meshgrid",
    "moveaxis", "one_hot", "pad", "pad_edge", "pad_reflect", "permute_dims", "repeat", "reshape", "roll",
    "scatter_nd", "segment_max", "segment_mean", "segment_min", "segment_prod", "segment_sum", "shape",
    "slice_axis", "split", "squeeze", "stack", "swapaxes", "take", "take_along_axis", "tile", "to_float",
    "to_numpy", "tril", "triu", "unstack",
]  # fmt: skip


# manipulation and indexing


def reshape(x: Any, shape: Any) -> Array:
    """Return the same elements in another shape."""
    x = asarray(x)
    return Array(x.data.reshape(plain_ints(shape)), x.dtype)


def permute_dims(x: Any, axes: Any) -> Array:
    """Return the axes in another order."""
    x = asarray(x)
    return Array(x.data.transpose(plain_ints(axes)), x.dtype)


def matrix_transpose(x: Any) -> Array:
    """Return the last two axes exchanged."""
    x = asarray(x)
    return Array(np.swapaxes(x.data, -1, -2), x.dtype)


def expand_dims(x: Any, axis: int) -> Array:
    """Return the array with a new axis of length one."""
    x = asarray(x)
    return Array(np.expand_dims(x.data, axis), x.dtype)


def squeeze(x: Any, axis: Any) -> Array:
    """Return the array without an axis of length one."""
    x = asarray(x)
    return Array(as_objects(np.squeeze(x.data, axis=plain_ints(axis))), x.dtype)


def broadcast_to(x: Any, shape: Any) -> Array:
    """Return the array repeated to a larger shape."""
    x = asarray(x)
    return Array(np.broadcast_to(x.data, size_of(shape)), x.dtype)


def _together(arrays: Any) -> tuple[list[Elements], str]:
    parts = [asarray(part) for part in arrays]
    dtype = functools.reduce(lambda a, b: operands(Array(objects([], (0,)), a), b)[2], parts, parts[0].dtype)
    return [astype(part, dtype).data for part in parts], dtype


def concat(arrays: Any, axis: int = 0) -> Array:
    """Return the arrays joined along an axis."""
    parts, dtype = _together(arrays)
    return Array(np.concatenate(parts, axis=axis), dtype)


def stack(arrays: Any, axis: int = 0) -> Array:
    """Return the arrays joined along a new axis."""
    parts, dtype = _together(arrays)
    return Array(np.stack(parts, axis=axis), dtype)


def flip(x: Any, axis: Any) -> Array:
    """Return the array reversed along an axis."""
    x = asarray(x)
    return Array(np.flip(x.data, axis=plain_ints(axis)), x.dtype)


def roll(x: Any, shift: Any, axis: Any) -> Array:
    """Return the array rotated along an axis."""
    x = asarray(x)
    return Array(np.roll(x.data, plain_ints(shift), axis=plain_ints(axis)), x.dtype)


def tile(x: Any, repetitions: Any) -> Array:
    """Return the whole repeated."""
    x = asarray(x)
    return Array(np.tile(x.data, size_of(repetitions)), x.dtype)


def take(x: Any, indices: Any, axis: int = 0) -> Array:
    """Return the elements picked by index along an axis."""
    x = asarray(x)
    return Array(as_objects(np.take(x.data, asarray(indices, "int32").data.astype(np.int64), axis=axis)), x.dtype)


def _triangle(x: Any, keep: Callable[[Any], Any]) -> Array:
    x = asarray(x)
    zero = zero_of(x)
    mask = keep(np.ones(x.shape, dtype=bool))
    return Array(each(lambda a, kept: a if kept else zero, x.data, mask.astype(object)), x.dtype)


def tril(x: Any) -> Array:
    """Return the lower triangle."""
    return _triangle(x, np.tril)


def triu(x: Any) -> Array:
    """Return the upper triangle."""
    return _triangle(x, np.triu)


def one_hot(x: Any, num_classes: int) -> Array:
    """Return indicator rows of integer labels."""
    labels = asarray(x, "int32")
    rows = [context.mpf(label == column) for label in labels.elements() for column in range(num_classes)]
    return Array(objects(rows, (*labels.shape, num_classes)), "float32")


# types and hosts


def shape(x: Any) -> tuple[int, ...]:
    """Return the shape."""
    return asarray(x).shape


def to_numpy(x: Any) -> Array:
    """Return the same numbers, cut from differentiation as numbers on the host are."""
    cut: Array = stop_gradient(asarray(x))
    return cut


def to_float(x: Any) -> Array:
    """Return one element, cut from differentiation as a Python float is."""
    cut: Array = stop_gradient(reshape(asarray(x), ()))
    return cut


def flatten(x: Any) -> Array:
    """Return all elements in one axis."""
    return reshape(x, (-1,))


def repeat(x: Any, repetitions: int, axis: int) -> Array:
    """Return the array with each element repeated along an axis."""
    x = asarray(x)
    return Array(np.repeat(x.data, repetitions, axis=axis), x.dtype)


def moveaxis(x: Any, source: int, destination: int) -> Array:
    """Return the array with one axis moved to another place."""
    x = asarray(x)
    return Array(np.moveaxis(x.data, source, destination), x.dtype)


def swapaxes(x: Any, axis1: int, axis2: int) -> Array:
    """Return the array with two axes exchanged."""
    x = asarray(x)
    return Array(np.swapaxes(x.data, axis1, axis2), x.dtype)


def meshgrid(x1: Any, x2: Any, index: int) -> Array:
    """Return one of the two coordinate matrices of a grid, rows following x1."""
    one, two = asarray(x1), asarray(x2)
    chosen = one[:, None] if index == 0 else two[None, :]
    return broadcast_to(chosen, (len(one), len(two)))


def unstack(x: Any, index: int, axis: int = 0) -> Array:
    """Return one of the arrays that lie along an axis."""
    return moveaxis(x, axis, 0)[index]


def split(x: Any, sections: int, index: int, axis: int = 0) -> Array:
    """Return one of equally long parts along an axis."""
    x = asarray(x)
    return Array(np.split(x.data, sections, axis=axis)[index], x.dtype)


def pad(x: Any, pad_width: Any) -> Array:
    """Return the array with zeros put around."""
    x = asarray(x)
    ends = [(int(before), int(after)) for before, after in pad_width]
    size = [before + n + after for n, (before, after) in zip(x.shape, ends, strict=True)]
    result = zeros(size, x.dtype)
    result.data[tuple(slice(before, before + n) for n, (before, _) in zip(x.shape, ends, strict=True))] = x.data
    return result


def pad_reflect(x: Any, before: int, after: int) -> Array:
    """Return each row extended by its mirror image, the edge not repeated."""
    x = asarray(x)
    return Array(x.data[..., np.pad(np.arange(x.shape[-1]), (before, after), mode="reflect")], x.dtype)


def pad_edge(x: Any, before: int, after: int) -> Array:
    """Return each row extended by its edge elements."""
    x = asarray(x)
    return Array(x.data[..., np.pad(np.arange(x.shape[-1]), (before, after), mode="edge")], x.dtype)


def diag(x: Any) -> Array:
    """Return the matrix with the vector as its diagonal."""
    x = asarray(x)
    result = zeros((len(x), len(x)), x.dtype)
    result.data[np.arange(len(x)), np.arange(len(x))] = x.data
    return result


def slice_axis(x: Any, start: int, length: int, axis: int = 0) -> Array:
    """Return a stretch along an axis."""
    x = asarray(x)
    return Array(np.take(x.data, np.arange(start, start + length), axis=axis), x.dtype)


def dynamic_slice(x: Any, begin: Any, size: Any) -> Array:
    """Return a block, by its first index and its size along each axis."""
    return asarray(x)[tuple(slice(int(first), int(first) + int(n)) for first, n in zip(begin, size, strict=True))]


def _places(indices: Any) -> Any:
    return asarray(indices, "int32").data.astype(np.int64)


def take_along_axis(x: Any, indices: Any, axis: int = -1) -> Array:
    """Return one element for each index, matched along the other axes."""
    x = asarray(x)
    return Array(np.take_along_axis(x.data, _places(indices), axis), x.dtype)


def gather_nd(x: Any, indices: Any) -> Array:
    """Return the elements or slices picked by the rows of the indices."""
    x = asarray(x)
    return Array(as_objects(x.data[tuple(np.moveaxis(_places(indices), -1, 0))]), x.dtype)


def masked_fill(x: Any, mask: Any, value: Any) -> Array:
    """Return the value where the mask holds, else x."""
    return where(mask, value, asarray(x))


def boolean_mask(x: Any, mask: Any) -> Array:
    """Return the elements where the mask holds, in one axis."""
    x = asarray(x)
    return Array(x.data[asarray(mask).data.astype(bool)], x.dtype)


def _updated(function: Callable[[Element, Element], Element], x: Any, indices: Any, values: Any) -> Array:
    """Return x with each row at an index replaced by the function of it and the value, one after the other."""
    x = asarray(x)
    places = _places(indices)
    rows = np.broadcast_to(asarray(values).data, (*places.shape, *x.shape[1:]))
    result = x.data.copy()
    for place in np.ndindex(*places.shape):
        row = result[places[place], ...]
        row[...] = each(function, row, as_objects(rows[place]))
    return Array(result, x.dtype)


def at_set(x: Any, indices: Any, values: Any) -> Array:
    """Return x with the rows at distinct indices replaced."""
    return _updated(lambda old, new: new, x, indices, values)


def at_add(x: Any, indices: Any, values: Any) -> Array:
    """Return x with values added to the rows at indices."""
    return _updated(lambda old, new: old + new, x, indices, values)


def at_multiply(x: Any, indices: Any, values: Any) -> Array:
    """Return x with the rows at indices multiplied."""
    return _updated(lambda old, new: old * new, x, indices, values)


def at_min(x: Any, indices: Any, values: Any) -> Array:
    """Return x with the rows at indices lowered to values."""
    return _updated(smaller, x, indices, values)


def at_max(x: Any, indices: Any, values: Any) -> Array:
    """Return x with the rows at indices raised to values."""
    return _updated(larger, x, indices, values)


def scatter_nd(indices: Any, updates: Any, shape: Any) -> Array:
    """Return zeros with updates added at the rows of indices."""
    updates = asarray(updates)
    result = zeros(shape, updates.dtype)
    places = _places(indices)
    for row in np.ndindex(*places.shape[:-1]):
        result.data[tuple(places[row])] = as_objects(result.data[tuple(places[row])]) + as_objects(updates.data[row])
    return result


# segments


def segment_sum(x: Any, segments: Any, num_segments: int) -> Array:
    """Return the sums of the rows with the same segment number."""
    x = asarray(x)
    return at_add(zeros((num_segments, *x.shape[1:]), x.dtype), segments, x)


def segment_prod(x: Any, segments: Any, num_segments: int) -> Array:
    """Return the products of the rows with the same segment number."""
    x = asarray(x)
    return at_multiply(ones((num_segments, *x.shape[1:]), x.dtype), segments, x)


def segment_max(x: Any, segments: Any, num_segments: int) -> Array:
    """Return the largest of the rows with the same segment number."""
    x = floating(x)
    return at_max(full((num_segments, *x.shape[1:]), -math.inf, x.dtype), segments, x)


def segment_min(x: Any, segments: Any, num_segments: int) -> Array:
    """Return the smallest of the rows with the same segment number."""
    x = floating(x)
    return at_min(full((num_segments, *x.shape[1:]), math.inf, x.dtype), segments, x)


def segment_mean(x: Any, segments: Any, num_segments: int) -> Array:
    """Return the mean of the rows with the same segment number."""
    x = floating(x)
    return segment_sum(x, segments, num_segments) / segment_sum(ones_like(x), segments, num_segments)
