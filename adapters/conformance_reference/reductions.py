"""Computes the neutral operations that reduce, accumulate or sort exact arrays along their axes."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from conformance_reference.arrays import (
    Array,
    Element,
    as_objects,
    asarray,
    astype,
    context,
    convert,
    each,
    product,
    quotient,
)
from conformance_reference.elementwise import add, divide, multiply, sqrt, subtract
from conformance_reference.loops import REAL_OF, Axis, floating, larger, log_of_sum, reduced, smaller, zero_of

__all__ = [
    "all", "amax", "amin", "any", "argmax", "argmin", "argsort", "associative_scan_prod", "associative_scan_sum",
    "corrcoef", "count_nonzero", "cov", "cumulative_logsumexp", "cumulative_max", "cumulative_min",
    "cumulative_prod", "cumulative_sum", "diff", "logsumexp", "lower_median", "max", "max_values", "mean", "median",
    "min", "min_values", "nanmean", "nansum", "prod", "quantile", "sample_std", "sample_var", "scan_prod",
    "scan_sum", "searchsorted", "sort", "sort_descending", "std", "sum", "top_k", "trapezoid", "var",
]  # fmt: skip


# reductions and statistics


def _total(values: list[Element], start: Element) -> Element:
    return builtins.sum(values, start)


def _summable(x: Any) -> Array:
    x = asarray(x)
    return astype(x, "int32") if x.dtype == "bool" else x


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the sum."""
    x = _summable(x)
    return Array(reduced(x, axis, keepdims, lambda row: _total(row, zero_of(x))), x.dtype)


def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the product."""
    x = _summable(x)
    one = convert(1, x.dtype)
    return Array(reduced(x, axis, keepdims, lambda row: functools.reduce(lambda a, b: a * b, row, one)), x.dtype)


def _mean(row: list[Element]) -> Element:
    return quotient(_total(row, context.zero), len(row))


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the arithmetic mean."""
    x = floating(x)
    return Array(reduced(x, axis, keepdims, _mean), x.dtype)


def _variance(row: list[Element]) -> Element:
    centre = _mean(row)
    return _mean([builtins.abs(a - centre) ** 2 for a in row])


def var(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the population variance."""
    x = floating(x)
    return Array(reduced(x, axis, keepdims, _variance), REAL_OF.get(x.dtype, x.dtype))


def std(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the population standard deviation."""
    return sqrt(var(x, axis, keepdims))


def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the largest element."""
    x = asarray(x)
    return Array(reduced(x, axis, keepdims, lambda row: functools.reduce(larger, row)), x.dtype)


def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the smallest element."""
    x = asarray(x)
    return Array(reduced(x, axis, keepdims, lambda row: functools.reduce(smaller, row)), x.dtype)


def all(x: Any, axis: Axis = None) -> Array:
    """Return whether all elements are true."""
    return Array(reduced(asarray(x), axis, False, lambda row: builtins.all(a != 0 for a in row)), "bool")


def any(x: Any, axis: Axis = None) -> Array:
    """Return whether any element is true."""
    return Array(reduced(asarray(x), axis, False, lambda row: builtins.any(a != 0 for a in row)), "bool")


def argmax(x: Any, axis: Axis = None) -> Array:
    """Return the index of the largest element, the first of several."""
    return Array(reduced(asarray(x), axis, False, lambda row: row.index(builtins.max(row))), "int32")


def argmin(x: Any, axis: Axis = None) -> Array:
    """Return the index of the smallest element, the first of several."""
    return Array(reduced(asarray(x), axis, False, lambda row: row.index(builtins.min(row))), "int32")


def cumulative_sum(x: Any, axis: int = 0) -> Array:
    """Return the running sums."""
    x = _summable(x)
    return Array(as_objects(np.add.accumulate(x.data, axis=axis)), x.dtype)


def cumulative_prod(x: Any, axis: int = 0) -> Array:
    """Return the running products."""
    x = _summable(x)
    return Array(as_objects(np.multiply.accumulate(x.data, axis=axis)), x.dtype)


def _logsumexp(row: list[Element]) -> Element:
    if not row:
        return -context.inf
    high = functools.reduce(larger, row)
    if not context.isfinite(high):
        return high
    return high + context.log(_total([context.exp(a - high) for a in row], context.zero))


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the logarithm of the sum of exponentials."""
    x = floating(x)
    return Array(reduced(x, axis, keepdims, _logsumexp), x.dtype)


# sorting


def argsort(x: Any, axis: int = -1) -> Array:
    """Return the indices of the ascending order, ties in the order in which they stand."""
    order = np.argsort(asarray(x).data, axis=axis, kind="stable")
    return Array(each(int, as_objects(order)), "int32")


def sort(x: Any, axis: int = -1) -> Array:
    """Return the elements in ascending order."""
    x = asarray(x)
    return Array(np.sort(x.data, axis=axis, kind="stable"), x.dtype)


def amax(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the largest element."""
    return max(x, axis, keepdims)


def amin(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the smallest element."""
    return min(x, axis, keepdims)


def max_values(x: Any, axis: Axis) -> Array:
    """Return the largest element along an axis."""
    return max(x, axis)


def min_values(x: Any, axis: Axis) -> Array:
    """Return the smallest element along an axis."""
    return min(x, axis)


def count_nonzero(x: Any, axis: Axis = None) -> Array:
    """Return the number of elements that are not zero."""
    return Array(reduced(asarray(x), axis, False, lambda row: builtins.sum(bool(a != 0) for a in row)), "int32")


def nansum(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the sum, NaN left out."""
    x = asarray(x)
    return Array(reduced(x, axis, keepdims, lambda row: _total([a for a in row if a == a], zero_of(x))), x.dtype)


def nanmean(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the arithmetic mean, NaN left out."""
    x = floating(x)
    return Array(reduced(x, axis, keepdims, lambda row: _mean([a for a in row if a == a])), x.dtype)


def sample_var(x: Any) -> Array:
    """Return the variance of all elements, with n - 1 in the denominator."""
    x = floating(x)
    return divide(multiply(var(x), x.size), x.size - 1)


def sample_std(x: Any) -> Array:
    """Return the root of the sample variance."""
    return sqrt(sample_var(x))


def cov(x: Any) -> Array:
    """Return the covariance matrix of the rows, with n - 1 in the denominator."""
    x = floating(x)
    centred = subtract(x, mean(x, -1, True))
    return divide(product(centred, centred.T), x.shape[-1] - 1)


def corrcoef(x: Any) -> Array:
    """Return the correlation matrix of the rows."""
    covariance = cov(x)
    spread = sqrt(Array(as_objects(np.diagonal(covariance.data)), covariance.dtype))
    return divide(covariance, multiply(spread[:, None], spread[None, :]))


def _quantile(row: list[Element], q: Any) -> Element:
    ordered = sorted(row)
    place = (q.item() if isinstance(q, Array) else context.mpf(q)) * (len(row) - 1)
    below = int(place)
    if place == below:
        return ordered[below]
    return ordered[below] + (ordered[below + 1] - ordered[below]) * (place - below)


def quantile(x: Any, q: Any, axis: Axis = None) -> Array:
    """Return the q-quantile, interpolated linearly between the two nearest elements."""
    x = floating(x)
    return Array(reduced(x, axis, False, lambda row: _quantile(row, q)), x.dtype)


def median(x: Any, axis: Axis = None) -> Array:
    """Return the middle element; of an even number, the mean of the two middle ones."""
    return quantile(x, 0.5, axis)


def lower_median(x: Any) -> Array:
    """Return the middle element of all; of an even number, the lower of the two middle ones."""
    x = floating(x)
    return Array(reduced(x, None, False, lambda row: sorted(row)[(len(row) - 1) // 2]), x.dtype)


def _accumulated(function: Callable[[Element, Element], Element], x: Array, axis: int) -> Array:
    return Array(as_objects(np.frompyfunc(function, 2, 1).accumulate(x.data, axis=axis)), x.dtype)


def cumulative_max(x: Any, axis: int = 0) -> Array:
    """Return the running maxima."""
    return _accumulated(larger, asarray(x), axis)


def cumulative_min(x: Any, axis: int = 0) -> Array:
    """Return the running minima."""
    return _accumulated(smaller, asarray(x), axis)


def cumulative_logsumexp(x: Any, axis: int = 0) -> Array:
    """Return the running logarithms of sums of exponentials."""
    return _accumulated(log_of_sum, floating(x), axis)


def diff(x: Any, n: int = 1, axis: int = -1) -> Array:
    """Return the n-th differences of neighbours along an axis."""
    x = asarray(x)
    return Array(np.diff(x.data, n=n, axis=axis), x.dtype)


def trapezoid(y: Any, dx: Any) -> Array:
    """Return the integral along the last axis by the trapezoidal rule."""
    y = floating(y)
    return sum(divide(multiply(add(y[..., 1:], y[..., :-1]), dx), 2), axis=-1)


def sort_descending(x: Any, axis: int = -1) -> Array:
    """Return the elements in descending order."""
    x = sort(x, axis)
    return Array(np.flip(x.data, axis=axis), x.dtype)


def top_k(x: Any, k: int) -> Array:
    """Return the k largest elements along the last axis, in descending order."""
    return sort_descending(x)[..., :k]


def searchsorted(x1: Any, x2: Any) -> Array:
    """Return how many elements of x1 are less than each element of x2."""
    line = asarray(x1).elements()
    return Array(each(lambda a: builtins.sum(bool(b < a) for b in line), asarray(x2).data), "int32")


# scans


def scan_sum(x: Any) -> Array:
    """Return the running sums along the first axis."""
    return cumulative_sum(x, 0)


def scan_prod(x: Any) -> Array:
    """Return the running products along the first axis."""
    return cumulative_prod(x, 0)


def associative_scan_sum(x: Any) -> Array:
    """Return the running sums along the first axis."""
    return cumulative_sum(x, 0)


def associative_scan_prod(x: Any) -> Array:
    """Return the running products along the first axis."""
    return cumulative_prod(x, 0)
