"""Computes the neutral operations that make arrays, and those that take them element by element."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from conformance_reference.arrays import (
    Array,
    Element,
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
    quotient,
)
from conformance_reference.loops import (
    REAL_OF,
    _real,
    elementwise,
    floating,
    larger,
    log_of_sum,
    logarithm,
    same_dtype,
    size_of,
    smaller,
)
from conformance_reference.matrices import identity

__all__ = [
    "abs", "acos", "acosh", "add", "angle", "arange", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil",
    "clip", "clip_max", "clip_min", "complex", "conj", "copysign", "cos", "cosh", "deg2rad", "divide",
    "divide_no_nan", "e", "equal", "exp", "exp2", "expm1", "eye", "floor", "floor_divide", "fmod", "full",
    "full_like", "greater", "greater_equal", "hypot", "imag", "inf", "isfinite", "isinf", "isnan", "lerp", "less",
    "less_equal", "linspace", "log", "log1p", "log2", "log10", "logaddexp", "logaddexp2", "logical_and",
    "logical_not", "logical_or", "logical_xor", "maximum", "minimum", "multiply", "multiply_no_nan", "nan",
    "negative", "not_equal", "ones", "ones_like", "pi", "polar", "positive", "pow", "rad2deg", "real", "reciprocal",
    "remainder", "round", "rsqrt", "sign", "signbit", "sin", "sinh", "sqrt", "square", "squared_difference",
    "subtract", "tan", "tanh", "trunc", "where", "zeros", "zeros_like",
]  # fmt: skip


pi: Final = math.pi


e: Final = math.e


inf: Final = math.inf


nan: Final = math.nan


# creation


def full(shape: Any, fill_value: Any, dtype: str | None = None) -> Array:
    """Return an array filled with one value."""
    value = asarray(fill_value, dtype)
    return Array(as_objects(np.broadcast_to(value.data, size_of(shape))).copy(), value.dtype)


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
    first, last, count = floating(start).item(), floating(stop).item(), int(num)
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
    return elementwise(lambda a: quotient(context.one, a), x)


def square(x: Any) -> Array:
    """Return x * x."""
    return multiply(x, x)


def sqrt(x: Any) -> Array:
    """Return the square root."""
    return elementwise(context.sqrt, x)


def rsqrt(x: Any) -> Array:
    """Return 1 / sqrt(x)."""
    return elementwise(lambda a: quotient(context.one, context.sqrt(a)), x)


def exp(x: Any) -> Array:
    """Return the exponential."""
    return elementwise(context.exp, x)


def expm1(x: Any) -> Array:
    """Return exp(x) - 1."""
    return elementwise(context.expm1, x)


def log(x: Any) -> Array:
    """Return the natural logarithm."""
    return elementwise(logarithm, x)


def log1p(x: Any) -> Array:
    """Return log(1 + x)."""
    return elementwise(lambda a: -context.inf if a == -1 else context.log1p(a), x)


def log2(x: Any) -> Array:
    """Return the logarithm to base two."""
    return elementwise(lambda a: logarithm(a) / context.ln2, x)


def log10(x: Any) -> Array:
    """Return the logarithm to base ten."""
    return elementwise(lambda a: logarithm(a) / context.ln10, x)


def sin(x: Any) -> Array:
    """Return the sine."""
    return elementwise(context.sin, x)


def cos(x: Any) -> Array:
    """Return the cosine."""
    return elementwise(context.cos, x)


def tan(x: Any) -> Array:
    """Return the tangent."""
    return elementwise(context.tan, x)


def asin(x: Any) -> Array:
    """Return the inverse sine."""
    return elementwise(context.asin, x)


def acos(x: Any) -> Array:
    """Return the inverse cosine."""
    return elementwise(context.acos, x)


def atan(x: Any) -> Array:
    """Return the inverse tangent."""
    return elementwise(context.atan, x)


def atan2(x1: Any, x2: Any) -> Array:
    """Return the inverse tangent of x1 / x2 in the right quadrant."""
    return binary(context.atan2, x1, x2, at_least="float32")


def sinh(x: Any) -> Array:
    """Return the hyperbolic sine."""
    return elementwise(context.sinh, x)


def cosh(x: Any) -> Array:
    """Return the hyperbolic cosine."""
    return elementwise(context.cosh, x)


def tanh(x: Any) -> Array:
    """Return the hyperbolic tangent."""
    return elementwise(context.tanh, x)


def asinh(x: Any) -> Array:
    """Return the inverse hyperbolic sine."""
    return elementwise(context.asinh, x)


def acosh(x: Any) -> Array:
    """Return the inverse hyperbolic cosine."""
    return elementwise(context.acosh, x)


def atanh(x: Any) -> Array:
    """Return the inverse hyperbolic tangent."""
    return elementwise(lambda a: a * context.inf if _real(a) and builtins.abs(a) == 1 else context.atanh(a), x)


def hypot(x1: Any, x2: Any) -> Array:
    """Return sqrt(x1 ** 2 + x2 ** 2)."""
    return binary(lambda a, b: context.sqrt(a * a + b * b), x1, x2, at_least="float32")


def logaddexp(x1: Any, x2: Any) -> Array:
    """Return log(exp(x1) + exp(x2))."""
    return binary(log_of_sum, x1, x2, at_least="float32")


def sign(x: Any) -> Array:
    """Return -1, 0 or 1."""
    return same_dtype(lambda a: a if a != a else (a > 0) - (a < 0), x)


def _whole(function: Callable[[Element], Element]) -> Callable[[Element], Element]:
    return lambda a: function(a) if isinstance(a, context.mpf) and context.isfinite(a) else a


def floor(x: Any) -> Array:
    """Return x rounded down."""
    return same_dtype(_whole(context.floor), x)


def ceil(x: Any) -> Array:
    """Return x rounded up."""
    return same_dtype(_whole(context.ceil), x)


def round(x: Any) -> Array:
    """Return x rounded to the nearest integer, ties to even."""
    return same_dtype(_whole(context.nint), x)


def trunc(x: Any) -> Array:
    """Return x rounded towards zero."""
    return same_dtype(_whole(lambda a: context.mpf(int(a))), x)


def maximum(x1: Any, x2: Any) -> Array:
    """Return the larger, element by element."""
    return binary(larger, x1, x2)


def minimum(x1: Any, x2: Any) -> Array:
    """Return the smaller, element by element."""
    return binary(smaller, x1, x2)


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


def full_like(x: Any, fill_value: Any) -> Array:
    """Return one value, in the shape and dtype of x."""
    x = asarray(x)
    return full(x.shape, fill_value, x.dtype)


def positive(x: Any) -> Array:
    """Return x itself."""
    return asarray(x)


def exp2(x: Any) -> Array:
    """Return 2 to the power x."""
    return elementwise(lambda a: context.mpf(2) ** a, x)


def cbrt(x: Any) -> Array:
    """Return the real cube root."""
    return elementwise(lambda a: context.cbrt(a) if a >= 0 else -context.cbrt(-a), x)


def logaddexp2(x1: Any, x2: Any) -> Array:
    """Return log2(2 ** x1 + 2 ** x2)."""
    unit = context.log(2)
    return binary(lambda a, b: log_of_sum(a * unit, b * unit) / unit, x1, x2, at_least="float32")


def deg2rad(x: Any) -> Array:
    """Return degrees as radians."""
    return elementwise(lambda a: a * context.pi / 180, x)


def rad2deg(x: Any) -> Array:
    """Return radians as degrees."""
    return elementwise(lambda a: a * 180 / context.pi, x)


def squared_difference(x1: Any, x2: Any) -> Array:
    """Return (x1 - x2) ** 2."""
    return square(subtract(x1, x2))


def lerp(x1: Any, x2: Any, weight: Any) -> Array:
    """Return x1 + weight * (x2 - x1)."""
    return add(x1, multiply(weight, subtract(x2, x1)))


def divide_no_nan(x1: Any, x2: Any) -> Array:
    """Return x1 / x2, and 0 where x2 is 0."""
    return binary(lambda a, b: context.zero if b == 0 else quotient(a, b), x1, x2, at_least="float32")


def multiply_no_nan(x1: Any, x2: Any) -> Array:
    """Return x1 * x2, and 0 where x2 is 0."""
    return binary(lambda a, b: context.zero if b == 0 else a * b, x1, x2)


def _truncated_remainder(a: Element, b: Element) -> Element:
    ratio = quotient(a, b)
    return a - b * int(ratio) if context.isfinite(ratio) else context.nan


def fmod(x1: Any, x2: Any) -> Array:
    """Return the remainder, with the sign of the dividend."""
    return binary(_truncated_remainder, x1, x2)


def copysign(x1: Any, x2: Any) -> Array:
    """Return the magnitude of x1 with the sign of x2; mpmath has no minus zero."""
    return binary(lambda a, b: -builtins.abs(a) if b < 0 else builtins.abs(a), x1, x2)


def clip_min(x: Any, min: Any) -> Array:
    """Return x limited from below."""
    return maximum(asarray(x), min)


def clip_max(x: Any, max: Any) -> Array:
    """Return x limited from above."""
    return minimum(asarray(x), max)


def not_equal(x1: Any, x2: Any) -> Array:
    """Return whether x1 != x2."""
    return compare(lambda a, b: a != b, x1, x2)


def less_equal(x1: Any, x2: Any) -> Array:
    """Return whether x1 <= x2."""
    return compare(lambda a, b: a <= b, x1, x2)


def greater_equal(x1: Any, x2: Any) -> Array:
    """Return whether x1 >= x2."""
    return compare(lambda a, b: a >= b, x1, x2)


def logical_or(x1: Any, x2: Any) -> Array:
    """Return whether one or both hold."""
    return compare(lambda a, b: a != 0 or b != 0, x1, x2)


def logical_xor(x1: Any, x2: Any) -> Array:
    """Return whether one but not both hold."""
    return compare(lambda a, b: (a != 0) != (b != 0), x1, x2)


def isinf(x: Any) -> Array:
    """Return whether infinite."""
    return Array(each(lambda a: bool(context.isinf(a)), asarray(x).data), "bool")


def signbit(x: Any) -> Array:
    """Return whether the sign is minus; mpmath has no minus zero."""
    return Array(each(lambda a: bool(a < 0), asarray(x).data), "bool")


# complex numbers


_COMPLEX_OF: Final = {"float32": "complex64", "float64": "complex128"}


def complex(real: Any, imag: Any) -> Array:
    """Return the complex number of a real and an imaginary part."""
    one, two, dtype = operands(floating(real), floating(imag))
    return Array(each(context.mpc, one, two), _COMPLEX_OF[dtype])


def polar(abs: Any, angle: Any) -> Array:
    """Return the complex number of an absolute value and an angle; not-a-number for a negative absolute value."""
    size = elementwise(lambda a: context.nan if a < 0 else a, abs)
    return complex(multiply(size, cos(angle)), multiply(size, sin(angle)))


def _part(function: Callable[[Element], Element], x: Any) -> Array:
    x = floating(x)
    return Array(each(function, x.data), REAL_OF.get(x.dtype, x.dtype))


def real(x: Any) -> Array:
    """Return the real part."""
    return _part(lambda a: a.real, x)


def imag(x: Any) -> Array:
    """Return the imaginary part."""
    return _part(lambda a: a.imag, x)


def angle(x: Any) -> Array:
    """Return the angle in the complex plane, from -pi to pi."""
    return _part(context.arg, x)


def conj(x: Any) -> Array:
    """Return the complex conjugate."""
    x = asarray(x)
    return Array(each(context.conj, x.data), x.dtype) if kind_of(x.dtype) == 3 else x
