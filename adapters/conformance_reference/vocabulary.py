"""Computes every neutral operation on arrays of mpmath numbers: one function a row of ``conformance.operations``.

Dots of a name become underscores (``linalg.det`` is ``linalg_det``). What is not finite follows IEEE 754: the logarithm
of zero is minus infinity, that of a negative real number is not a number.
"""

from __future__ import annotations

import builtins
import functools
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
    binary,
    compare,
    context,
    convert,
    each,
    floor_quotient,
    kind_of,
    modulus,
    objects,
    operands,
    plain,
    power,
    product,
    quotient,
)
from conformance_reference.differentiate import stop_gradient
from conformance_reference.matrices import determinant, identity, lower_factor, solution

__all__ = [
    "abs",
    "acos",
    "acosh",
    "add",
    "all",
    "any",
    "arange",
    "argmax",
    "argmin",
    "argsort",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "batch_diagonal",
    "broadcast_to",
    "ceil",
    "clip",
    "concat",
    "cos",
    "cosh",
    "cumulative_prod",
    "cumulative_sum",
    "digamma",
    "divide",
    "e",
    "elu",
    "equal",
    "erf",
    "erfc",
    "exp",
    "expand_dims",
    "expm1",
    "eye",
    "flip",
    "floor",
    "floor_divide",
    "full",
    "gelu",
    "greater",
    "hypot",
    "inf",
    "isfinite",
    "isnan",
    "leaky_relu",
    "less",
    "lgamma",
    "linalg_cholesky",
    "linalg_det",
    "linalg_diagonal",
    "linalg_inv",
    "linalg_solve",
    "linalg_trace",
    "linalg_vector_norm",
    "linspace",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_softmax",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logsumexp",
    "matmul",
    "matrix_transpose",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "multiply",
    "nan",
    "negative",
    "one_hot",
    "ones",
    "ones_like",
    "outer",
    "permute_dims",
    "pi",
    "pow",
    "prod",
    "reciprocal",
    "relu",
    "relu6",
    "remainder",
    "reshape",
    "roll",
    "round",
    "rsqrt",
    "shape",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sort",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "subtract",
    "sum",
    "take",
    "tan",
    "tanh",
    "tensordot",
    "tile",
    "to_float",
    "to_numpy",
    "tril",
    "triu",
    "trunc",
    "var",
    "vecdot",
    "where",
    "zeros",
    "zeros_like",
]  # fmt: skip

pi: Final = math.pi
e: Final = math.e
inf: Final = math.inf
nan: Final = math.nan

Axis = int | Sequence[int] | None
_REAL_OF: Final = {"complex64": "float32", "complex128": "float64"}


def _floating(x: Any) -> Array:
    """Return the array, integers made float32."""
    x = asarray(x)
    return x if kind_of(x.dtype) >= 2 else astype(x, "float32")


def _real(value: Element) -> bool:
    return not isinstance(value, context.mpc)


def _elementwise(function: Callable[[Element], Element], x: Any) -> Array:
    """Return a function of every element, in a floating-point dtype; a real element stays real or is not a number."""
    x = _floating(x)
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


# creation


def _size(shape: Any) -> tuple[int, ...]:
    return tuple(int(n) for n in shape) if isinstance(shape, list | tuple) else (int(shape),)


def full(shape: Any, fill_value: Any, dtype: str | None = None) -> Array:
    """Return an array filled with one value."""
    value = asarray(fill_value, dtype)
    return Array(as_objects(np.broadcast_to(value.data, _size(shape))).copy(), value.dtype)


def zeros(shape: Any, dtype: str | None = None) -> Array:
    """Return an array of zeros."""
    return full(shape, 0, dtype or "float32")


def ones(shape: Any, dtype: str | None = None) -> Array:
    """Return an array of ones."""
    return full(shape, 1, dtype or "float32")


def zeros_like(x: Any) -> Array:
    """Return zeros of the shape and dtype of x."""
    x = asarray(x)
    return zeros(x.shape, x.dtype)


def ones_like(x: Any) -> Array:
    """Return ones of the shape and dtype of x."""
    x = asarray(x)
    return ones(x.shape, x.dtype)


def eye(n_rows: Any, dtype: str | None = None) -> Array:
    """Return the identity matrix."""
    return astype(Array(identity(int(n_rows)), "float32"), dtype or "float32")


def arange(start: Any, stop: Any = None, step: Any = 1) -> Array:
    """Return evenly spaced numbers, the stop left out."""
    first, last = (0, start) if stop is None else (start, stop)
    numbers = [x.item() if isinstance(x, Array) else plain(x) for x in (first, last, step)]
    count = builtins.max(0, int(context.ceil((numbers[1] - numbers[0]) / context.mpf(numbers[2]))))
    return asarray([numbers[0] + i * numbers[2] for i in range(count)] or [], None if count else "int32")


def linspace(start: Any, stop: Any, num: Any) -> Array:
    """Return evenly spaced floating-point numbers, ends included."""
    first, last, count = _floating(start).item(), _floating(stop).item(), int(num)
    return Array(objects([first + (last - first) * i / (count - 1) if i else first for i in range(count)], (count,)),
                 "float32")  # fmt: skip


# elementwise


def abs(x: Any) -> Array:
    """Return the absolute value."""
    return builtins.abs(asarray(x))


def negative(x: Any) -> Array:
    """Return -x."""
    return -asarray(x)


def add(x1: Any, x2: Any) -> Array:
    """Return x1 + x2."""
    return binary(np.add, x1, x2)


def subtract(x1: Any, x2: Any) -> Array:
    """Return x1 - x2."""
    return binary(np.subtract, x1, x2)


def multiply(x1: Any, x2: Any) -> Array:
    """Return x1 * x2."""
    return binary(np.multiply, x1, x2)


def divide(x1: Any, x2: Any) -> Array:
    """Return x1 / x2."""
    return binary(quotient, x1, x2, at_least="float32")


def pow(x1: Any, x2: Any) -> Array:
    """Return x1 to the power x2."""
    return binary(power, x1, x2)


def remainder(x1: Any, x2: Any) -> Array:
    """Return the remainder, with the sign of the divisor."""
    return binary(modulus, x1, x2)


def floor_divide(x1: Any, x2: Any) -> Array:
    """Return the quotient rounded down."""
    return binary(floor_quotient, x1, x2)


def reciprocal(x: Any) -> Array:
    """Return 1 / x."""
    return _elementwise(lambda a: quotient(context.one, a), x)


def square(x: Any) -> Array:
    """Return x * x."""
    return multiply(x, x)


def sqrt(x: Any) -> Array:
    """Return the square root."""
    return _elementwise(context.sqrt, x)


def rsqrt(x: Any) -> Array:
    """Return 1 / sqrt(x)."""
    return _elementwise(lambda a: quotient(context.one, context.sqrt(a)), x)


def exp(x: Any) -> Array:
    """Return the exponential."""
    return _elementwise(context.exp, x)


def expm1(x: Any) -> Array:
    """Return exp(x) - 1."""
    return _elementwise(context.expm1, x)


def _log(a: Element) -> Element:
    return -context.inf if a == 0 else context.log(a)


def log(x: Any) -> Array:
    """Return the natural logarithm."""
    return _elementwise(_log, x)


def log1p(x: Any) -> Array:
    """Return log(1 + x)."""
    return _elementwise(lambda a: -context.inf if a == -1 else context.log1p(a), x)


def log2(x: Any) -> Array:
    """Return the logarithm to base two."""
    return _elementwise(lambda a: _log(a) / context.ln2, x)


def log10(x: Any) -> Array:
    """Return the logarithm to base ten."""
    return _elementwise(lambda a: _log(a) / context.ln10, x)


def sin(x: Any) -> Array:
    """Return the sine."""
    return _elementwise(context.sin, x)


def cos(x: Any) -> Array:
    """Return the cosine."""
    return _elementwise(context.cos, x)


def tan(x: Any) -> Array:
    """Return the tangent."""
    return _elementwise(context.tan, x)


def asin(x: Any) -> Array:
    """Return the inverse sine."""
    return _elementwise(context.asin, x)


def acos(x: Any) -> Array:
    """Return the inverse cosine."""
    return _elementwise(context.acos, x)


def atan(x: Any) -> Array:
    """Return the inverse tangent."""
    return _elementwise(context.atan, x)


def atan2(x1: Any, x2: Any) -> Array:
    """Return the inverse tangent of x1 / x2 in the right quadrant."""
    return binary(context.atan2, x1, x2, at_least="float32")


def sinh(x: Any) -> Array:
    """Return the hyperbolic sine."""
    return _elementwise(context.sinh, x)


def cosh(x: Any) -> Array:
    """Return the hyperbolic cosine."""
    return _elementwise(context.cosh, x)


def tanh(x: Any) -> Array:
    """Return the hyperbolic tangent."""
    return _elementwise(context.tanh, x)


def asinh(x: Any) -> Array:
    """Return the inverse hyperbolic sine."""
    return _elementwise(context.asinh, x)


def acosh(x: Any) -> Array:
    """Return the inverse hyperbolic cosine."""
    return _elementwise(context.acosh, x)


def atanh(x: Any) -> Array:
    """Return the inverse hyperbolic tangent."""
    return _elementwise(lambda a: a * context.inf if _real(a) and builtins.abs(a) == 1 else context.atanh(a), x)


def hypot(x1: Any, x2: Any) -> Array:
    """Return sqrt(x1 ** 2 + x2 ** 2)."""
    return binary(lambda a, b: context.sqrt(a * a + b * b), x1, x2, at_least="float32")


def _logaddexp(a: Element, b: Element) -> Element:
    high = a if a > b else b
    if not context.isfinite(high):
        return a + b if a != a or b != b else high
    return high + context.log(context.exp(a - high) + context.exp(b - high))


def logaddexp(x1: Any, x2: Any) -> Array:
    """Return log(exp(x1) + exp(x2))."""
    return binary(_logaddexp, x1, x2, at_least="float32")


def _same_dtype(function: Callable[[Element], Element], x: Any) -> Array:
    x = asarray(x)
    return Array(each(lambda a: convert(function(a), x.dtype), x.data), x.dtype)


def sign(x: Any) -> Array:
    """Return -1, 0 or 1."""
    return _same_dtype(lambda a: a if a != a else (a > 0) - (a < 0), x)


def _whole(function: Callable[[Element], Element]) -> Callable[[Element], Element]:
    return lambda a: function(a) if isinstance(a, context.mpf) and context.isfinite(a) else a


def floor(x: Any) -> Array:
    """Return x rounded down."""
    return _same_dtype(_whole(context.floor), x)


def ceil(x: Any) -> Array:
    """Return x rounded up."""
    return _same_dtype(_whole(context.ceil), x)


def round(x: Any) -> Array:
    """Return x rounded to the nearest integer, ties to even."""
    return _same_dtype(_whole(context.nint), x)


def trunc(x: Any) -> Array:
    """Return x rounded towards zero."""
    return _same_dtype(_whole(lambda a: context.mpf(int(a))), x)


def _larger(a: Element, b: Element) -> Element:
    return a if a != a or a > b else b


def _smaller(a: Element, b: Element) -> Element:
    return a if a != a or a < b else b


def maximum(x1: Any, x2: Any) -> Array:
    """Return the larger, element by element."""
    return binary(_larger, x1, x2)


def minimum(x1: Any, x2: Any) -> Array:
    """Return the smaller, element by element."""
    return binary(_smaller, x1, x2)


def clip(x: Any, min: Any, max: Any) -> Array:
    """Return x limited to the interval [min, max]."""
    return minimum(maximum(asarray(x), min), max)


def where(condition: Any, x1: Any, x2: Any) -> Array:
    """Return x1 where the condition holds, else x2."""
    one, two, dtype = operands(x1, x2)
    held = asarray(condition).data
    return Array(each(lambda c, a, b: convert(a if c else b, dtype), held, one, two), dtype)


def equal(x1: Any, x2: Any) -> Array:
    """Return whether x1 == x2."""
    return compare(lambda a, b: a == b, x1, x2)


def less(x1: Any, x2: Any) -> Array:
    """Return whether x1 < x2."""
    return compare(lambda a, b: a < b, x1, x2)


def greater(x1: Any, x2: Any) -> Array:
    """Return whether x1 > x2."""
    return compare(lambda a, b: a > b, x1, x2)


def logical_and(x1: Any, x2: Any) -> Array:
    """Return whether both hold."""
    return compare(lambda a, b: a != 0 and b != 0, x1, x2)


def logical_not(x: Any) -> Array:
    """Return whether it does not hold."""
    return Array(each(lambda a: bool(a == 0), asarray(x).data), "bool")


def isfinite(x: Any) -> Array:
    """Return whether neither infinite nor NaN."""
    return Array(each(lambda a: bool(context.isfinite(a)), asarray(x).data), "bool")


def isnan(x: Any) -> Array:
    """Return whether NaN."""
    return Array(each(lambda a: bool(a != a), asarray(x).data), "bool")


# reductions and statistics


def _axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    chosen = tuple(axis) if isinstance(axis, list | tuple) else (axis,)
    for a in chosen:
        if not -ndim <= int(a) < ndim:
            raise ValueError(f"axis {a} of an array with {ndim} axes")
    return tuple(int(a) % ndim for a in chosen)


def _reduce(x: Array, axis: Axis, keepdims: bool, function: Callable[[list[Element]], Element]) -> Elements:
    """Return the function of the elements along the axes."""
    axes = _axes(axis, x.ndim)
    kept = [a for a in range(x.ndim) if a not in axes]
    rows = x.data.transpose([*kept, *axes]).reshape([x.shape[a] for a in kept] + [-1 if x.size else _count(x, axes)])
    flat = rows.reshape((-1, rows.shape[-1])) if x.size else np.empty((_count(x, kept), rows.shape[-1]), dtype=object)
    values = [function(list(row)) for row in flat]
    shape = tuple(1 if a in axes else x.shape[a] for a in range(x.ndim) if keepdims or a not in axes)
    return objects(values, shape)


def _count(x: Array, axes: Sequence[int]) -> int:
    return math.prod(x.shape[a] for a in axes)


def _total(values: list[Element], start: Element) -> Element:
    return builtins.sum(values, start)


def _zero(x: Array) -> Element:
    return convert(0, x.dtype)


def _summable(x: Any) -> Array:
    x = asarray(x)
    return astype(x, "int32") if x.dtype == "bool" else x


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the sum."""
    x = _summable(x)
    return Array(_reduce(x, axis, keepdims, lambda row: _total(row, _zero(x))), x.dtype)


def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the product."""
    x = _summable(x)
    one = convert(1, x.dtype)
    return Array(_reduce(x, axis, keepdims, lambda row: functools.reduce(lambda a, b: a * b, row, one)), x.dtype)


def _mean(row: list[Element]) -> Element:
    return quotient(_total(row, context.zero), len(row))


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the arithmetic mean."""
    x = _floating(x)
    return Array(_reduce(x, axis, keepdims, _mean), x.dtype)


def _variance(row: list[Element]) -> Element:
    centre = _mean(row)
    return _mean([builtins.abs(a - centre) ** 2 for a in row])


def var(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the population variance."""
    x = _floating(x)
    return Array(_reduce(x, axis, keepdims, _variance), _REAL_OF.get(x.dtype, x.dtype))


def std(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the population standard deviation."""
    return sqrt(var(x, axis, keepdims))


def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the largest element."""
    x = asarray(x)
    return Array(_reduce(x, axis, keepdims, lambda row: functools.reduce(_larger, row)), x.dtype)


def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the smallest element."""
    x = asarray(x)
    return Array(_reduce(x, axis, keepdims, lambda row: functools.reduce(_smaller, row)), x.dtype)


def all(x: Any, axis: Axis = None) -> Array:
    """Return whether all elements are true."""
    return Array(_reduce(asarray(x), axis, False, lambda row: builtins.all(a != 0 for a in row)), "bool")


def any(x: Any, axis: Axis = None) -> Array:
    """Return whether any element is true."""
    return Array(_reduce(asarray(x), axis, False, lambda row: builtins.any(a != 0 for a in row)), "bool")


def argmax(x: Any, axis: Axis = None) -> Array:
    """Return the index of the largest element, the first of several."""
    return Array(_reduce(asarray(x), axis, False, lambda row: row.index(builtins.max(row))), "int32")


def argmin(x: Any, axis: Axis = None) -> Array:
    """Return the index of the smallest element, the first of several."""
    return Array(_reduce(asarray(x), axis, False, lambda row: row.index(builtins.min(row))), "int32")


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
    high = functools.reduce(_larger, row)
    if not context.isfinite(high):
        return high
    return high + context.log(_total([context.exp(a - high) for a in row], context.zero))


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Array:
    """Return the logarithm of the sum of exponentials."""
    x = _floating(x)
    return Array(_reduce(x, axis, keepdims, _logsumexp), x.dtype)


# sorting


def argsort(x: Any, axis: int = -1) -> Array:
    """Return the indices of the ascending order, ties in the order in which they stand."""
    order = np.argsort(asarray(x).data, axis=axis, kind="stable")
    return Array(each(int, as_objects(order)), "int32")


def sort(x: Any, axis: int = -1) -> Array:
    """Return the elements in ascending order."""
    x = asarray(x)
    return Array(np.sort(x.data, axis=axis, kind="stable"), x.dtype)


# manipulation and indexing


def _plain_ints(value: Any) -> Any:
    return tuple(int(n) for n in value) if isinstance(value, list | tuple) else int(value)


def reshape(x: Any, shape: Any) -> Array:
    """Return the same elements in another shape."""
    x = asarray(x)
    return Array(x.data.reshape(_plain_ints(shape)), x.dtype)


def permute_dims(x: Any, axes: Any) -> Array:
    """Return the axes in another order."""
    x = asarray(x)
    return Array(x.data.transpose(_plain_ints(axes)), x.dtype)


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
    return Array(as_objects(np.squeeze(x.data, axis=_plain_ints(axis))), x.dtype)


def broadcast_to(x: Any, shape: Any) -> Array:
    """Return the array repeated to a larger shape."""
    x = asarray(x)
    return Array(np.broadcast_to(x.data, _size(shape)), x.dtype)


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
    return Array(np.flip(x.data, axis=_plain_ints(axis)), x.dtype)


def roll(x: Any, shift: Any, axis: Any) -> Array:
    """Return the array rotated along an axis."""
    x = asarray(x)
    return Array(np.roll(x.data, _plain_ints(shift), axis=_plain_ints(axis)), x.dtype)


def tile(x: Any, repetitions: Any) -> Array:
    """Return the whole repeated."""
    x = asarray(x)
    return Array(np.tile(x.data, _size(repetitions)), x.dtype)


def take(x: Any, indices: Any, axis: int = 0) -> Array:
    """Return the elements picked by index along an axis."""
    x = asarray(x)
    return Array(as_objects(np.take(x.data, asarray(indices, "int32").data.astype(np.int64), axis=axis)), x.dtype)


def _triangle(x: Any, keep: Callable[[Any], Any]) -> Array:
    x = asarray(x)
    zero = _zero(x)
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


# linear algebra


def matmul(x1: Any, x2: Any) -> Array:
    """Return the matrix product."""
    return product(asarray(x1), asarray(x2))


def outer(x1: Any, x2: Any) -> Array:
    """Return the outer product of two vectors."""
    return reshape(x1, (-1, 1)) * reshape(x2, (1, -1))


def vecdot(x1: Any, x2: Any) -> Array:
    """Return the inner product of two vectors, the first conjugated."""
    first = asarray(x1)
    if kind_of(first.dtype) == 3:
        first = Array(each(context.conj, first.data), first.dtype)
    return sum(first * asarray(x2), axis=-1)


def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Array:
    """Return the sum of products over several axes."""
    one, two = asarray(x1), asarray(x2)
    if isinstance(axes, list | tuple):
        left, right = (_axes(part, x.ndim) for part, x in zip(axes, (one, two), strict=True))
    else:
        left, right = tuple(range(one.ndim - int(axes), one.ndim)), tuple(range(int(axes)))
    kept_left = [a for a in range(one.ndim) if a not in left]
    kept_right = [a for a in range(two.ndim) if a not in right]
    rows = permute_dims(one, [*kept_left, *left]).data.reshape((_count(one, kept_left), _count(one, left)))
    columns = permute_dims(two, [*right, *kept_right]).data.reshape((_count(two, right), _count(two, kept_right)))
    shape = tuple(one.shape[a] for a in kept_left) + tuple(two.shape[a] for a in kept_right)
    return reshape(product(Array(rows, one.dtype), Array(columns, two.dtype)), shape)


def _matrices(x: Any, function: Callable[[Elements], Any]) -> Array:
    """Return the function of every matrix of a stack."""
    x = _floating(x)
    if x.ndim < 2:
        raise ValueError(f"an array of shape {x.shape} holds no matrix")
    results = [as_objects(function(x.data[place])) for place in np.ndindex(*x.shape[:-2])]
    inner = results[0].shape if results else ()
    return Array(objects([value for result in results for value in result.flat], (*x.shape[:-2], *inner)), x.dtype)


def linalg_det(x: Any) -> Array:
    """Return the determinant."""
    return _matrices(x, determinant)


def linalg_inv(x: Any) -> Array:
    """Return the inverse."""
    return _matrices(x, lambda matrix: solution(matrix, identity(len(matrix))))


def linalg_solve(x1: Any, x2: Any) -> Array:
    """Return the solution of a linear system; a right side with one axis is one vector."""
    left, right = _floating(x1), _floating(x2)
    dtype = operands(left, right)[2]
    vector = right.ndim == 1
    sides = right.data.reshape((-1, 1)) if vector else right.data
    stacks = np.broadcast_shapes(left.shape[:-2], sides.shape[:-2])
    lefts = np.broadcast_to(left.data, (*stacks, *left.shape[-2:]))
    rights = np.broadcast_to(sides, (*stacks, *sides.shape[-2:]))
    values = [value for place in np.ndindex(*stacks) for value in solution(lefts[place], rights[place]).flat]
    shape = (*stacks, *sides.shape[-2:])
    return Array(objects(values, shape[:-1] if vector else shape), dtype)


def linalg_cholesky(x: Any) -> Array:
    """Return the lower Cholesky factor."""
    return _matrices(x, lower_factor)


def linalg_diagonal(x: Any) -> Array:
    """Return the diagonal of the last two axes."""
    x = asarray(x)
    return Array(as_objects(np.diagonal(x.data, axis1=-2, axis2=-1)), x.dtype)


def linalg_trace(x: Any) -> Array:
    """Return the sum of the diagonal."""
    return sum(linalg_diagonal(x), axis=-1)


def linalg_vector_norm(x: Any) -> Array:
    """Return the Euclidean norm of all elements."""
    return sqrt(sum(square(abs(_floating(x)))))


def batch_diagonal(rows: Any) -> Array:
    """Return, of the Jacobian of a batch by a batch, the blocks of each member by itself: ``bmbn`` to ``bmn``."""
    rows = asarray(rows)
    return stack([rows[member, :, member] for member in range(len(rows))])


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


# special functions


def erf(x: Any) -> Array:
    """Return the error function."""
    return _elementwise(context.erf, x)


def erfc(x: Any) -> Array:
    """Return the complementary error function."""
    return _elementwise(context.erfc, x)


def _is_pole(a: Element) -> bool:
    return bool(a <= 0 and a == context.floor(a))


def _lgamma(a: Element) -> Element:
    if not context.isfinite(a) or _is_pole(a):
        return context.inf
    if a > 0:
        return context.loggamma(a)
    return context.log(builtins.abs(context.pi / context.sinpi(a))) - context.loggamma(1 - a)


def lgamma(x: Any) -> Array:
    """Return the logarithm of the absolute value of the gamma function."""
    return _elementwise(_lgamma, x)


def digamma(x: Any) -> Array:
    """Return the derivative of lgamma."""
    return _elementwise(lambda a: context.nan if _is_pole(a) else context.digamma(a), x)


# neural networks


def relu(x: Any) -> Array:
    """Return max(x, 0)."""
    return maximum(asarray(x), 0)


def relu6(x: Any) -> Array:
    """Return min(max(x, 0), 6)."""
    return clip(x, 0, 6)


def leaky_relu(x: Any, negative_slope: Any) -> Array:
    """Return x where positive, else negative_slope * x."""
    x = _floating(x)
    return where(x > 0, x, x * negative_slope)


def elu(x: Any) -> Array:
    """Return x where positive, else exp(x) - 1."""
    return _elementwise(lambda a: a if a > 0 else context.expm1(a), x)


def gelu(x: Any) -> Array:
    """Return x times the normal distribution function of x."""
    return _elementwise(lambda a: a * context.erfc(-a / context.sqrt(2)) / 2, x)


def _sigmoid(a: Element) -> Element:
    return 1 / (1 + context.exp(-a))


def sigmoid(x: Any) -> Array:
    """Return 1 / (1 + exp(-x))."""
    return _elementwise(_sigmoid, x)


def silu(x: Any) -> Array:
    """Return x * sigmoid(x)."""
    return _elementwise(lambda a: a * _sigmoid(a), x)


def softplus(x: Any) -> Array:
    """Return log(1 + exp(x))."""
    return _elementwise(lambda a: a + context.log1p(context.exp(-a)) if a > 0 else context.log1p(context.exp(a)), x)


def log_softmax(x: Any, axis: int = -1) -> Array:
    """Return the logarithm of softmax."""
    x = _floating(x)
    return subtract(x, logsumexp(x, axis=axis, keepdims=True))


def softmax(x: Any, axis: int = -1) -> Array:
    """Return the exponentials divided by their sum."""
    return exp(log_softmax(x, axis))
