"""Applies functions to the elements, the rows and the matrices of exact arrays: what the operations are built of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from conformance_reference.arrays import (
    Array,
    Element,
    Elements,
    as_objects,
    asarray,
    astype,
    context,
    convert,
    each,
    kind_of,
    objects,
)

Axis = int | Sequence[int] | None


REAL_OF: Final = {"complex64": "float32", "complex128": "float64"}


def floating(x: Any) -> Array:
    """Return the array, integers made float32."""
    x = asarray(x)
    return x if kind_of(x.dtype) >= 2 else astype(x, "float32")


def _real(value: Element) -> bool:
    return not isinstance(value, context.mpc)


def elementwise(function: Callable[[Element], Element], x: Any) -> Array:
    """Return a function of every element, in a floating-point dtype; a real element stays real or is not a number."""
    x = floating(x)
    real = kind_of(x.dtype) == 2

    def element(a: Element) -> Element:
        if isinstance(a, context.mpf) and a != a:
            return a
        try:
            value = function(a)
        except (ZeroDivisionError, ValueError):
            return context.nan
        if real and isinstance(value, context.mpc):
            return value.real if value.imag == 0 else context.nan
        return convert(value, x.dtype)

    return Array(each(element, x.data), x.dtype)


def size_of(shape: Any) -> tuple[int, ...]:
    """Return a shape as a tuple of integers."""
    return tuple(int(n) for n in shape) if isinstance(shape, list | tuple) else (int(shape),)


def logarithm(a: Element) -> Element:
    """Return the logarithm, minus infinity at zero."""
    return -context.inf if a == 0 else context.log(a)


def log_of_sum(a: Element, b: Element) -> Element:
    """Return log(exp(a) + exp(b))."""
    high = a if a > b else b
    if not context.isfinite(high):
        return a + b if a != a or b != b else high
    return high + context.log(context.exp(a - high) + context.exp(b - high))


def same_dtype(function: Callable[[Element], Element], x: Any) -> Array:
    """Return a function of every element, in the dtype of the array."""
    x = asarray(x)
    return Array(each(lambda a: convert(function(a), x.dtype), x.data), x.dtype)


def larger(a: Element, b: Element) -> Element:
    """Return the larger one; not-a-number if one is."""
    return a if a != a or a > b else b


def smaller(a: Element, b: Element) -> Element:
    """Return the smaller one; not-a-number if one is."""
    return a if a != a or a < b else b


def axes_of(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Return the chosen axes as numbers from zero; all of them for None."""
    if axis is None:
        return tuple(range(ndim))
    chosen = tuple(axis) if isinstance(axis, list | tuple) else (axis,)
    for a in chosen:
        if not -ndim <= int(a) < ndim:
            raise ValueError(f"axis {a} of an array with {ndim} axes")
    return tuple(int(a) % ndim for a in chosen)


def reduced(x: Array, axis: Axis, keepdims: bool, function: Callable[[list[Element]], Element]) -> Elements:
    """Return the function of the elements along the axes."""
    axes = axes_of(axis, x.ndim)
    kept = [a for a in range(x.ndim) if a not in axes]
    rows = x.data.transpose([*kept, *axes]).reshape(
        [x.shape[a] for a in kept] + [-1 if x.size else count_along(x, axes)]
    )
    flat = (
        rows.reshape((-1, rows.shape[-1])) if x.size else np.empty((count_along(x, kept), rows.shape[-1]), dtype=object)
    )
    values = [function(list(row)) for row in flat]
    shape = tuple(1 if a in axes else x.shape[a] for a in range(x.ndim) if keepdims or a not in axes)
    return objects(values, shape)


def count_along(x: Array, axes: Sequence[int]) -> int:
    """Return the number of elements along some axes."""
    return math.prod(x.shape[a] for a in axes)


def zero_of(x: Array) -> Element:
    """Return zero in the dtype of an array."""
    return convert(0, x.dtype)


def plain_ints(value: Any) -> Any:
    """Return an integer, or a tuple of them, from what a program wrote."""
    return tuple(int(n) for n in value) if isinstance(value, list | tuple) else int(value)


def matrices(x: Any, function: Callable[[Elements], Any]) -> Array:
    """Return the function of every matrix of a stack."""
    x = floating(x)
    if x.ndim < 2:
        raise ValueError(f"an array of shape {x.shape} holds no matrix")
    results = [as_objects(function(x.data[place])) for place in np.ndindex(*x.shape[:-2])]
    inner = results[0].shape if results else ()
    return Array(objects([value for result in results for value in result.flat], (*x.shape[:-2], *inner)), x.dtype)
