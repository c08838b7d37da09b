"""Turns numbers into arrays of mpmath numbers with a dtype tag, and computes on them without rounding to that dtype.

The reference is the exact mathematics of the inputs that a framework gets: a literal is rounded to its dtype once, when
it becomes an array, because every framework is handed the rounded number; after that nothing is rounded but to the
working precision. Integers are Python's, booleans too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import mpmath
import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Interval", "NotDifferentiable", "asarray", "astype", "precision"]

Element = Any
"""An mpf, an mpc, a Python int or bool, or an Interval."""

Elements = npt.NDArray[np.object_]

DIGITS: Final = 80
"""Decimal digits of a plain evaluation; differentiation adds what its step takes away."""

STEP: Final = "1e-20"
"""The step of a first derivative at 1: central differences are then right to 40 digits."""

context: Final = mpmath.mp.clone()
"""Our own mpmath context, so that nothing else in the process changes its precision."""
context.dps = DIGITS

_step = [context.mpf(STEP)]


class NotDifferentiable(ArithmeticError):  # noqa: N818 - the mathematician's word
    """There is no derivative here: a pole, a jump, a cusp, or a value that is not finite; names the element."""


def precision(dps: int = DIGITS, step: str = STEP) -> None:
    """Set the decimal digits and the step of every evaluation that follows."""
    context.dps = dps
    _step[0] = context.mpf(step)


def step() -> Element:
    """Return the step of a first derivative, for an argument of size one."""
    return _step[0]


@dataclass(frozen=True, slots=True)
class Interval:
    """The subgradients at a kink, from ``lo`` to ``hi``; may be shifted and scaled, and nothing else."""

    lo: Element
    hi: Element

    def __neg__(self) -> Interval:
        return Interval(-self.hi, -self.lo)

    def __add__(self, other: Element) -> Interval:
        if isinstance(other, Interval):
            return Interval(self.lo + other.lo, self.hi + other.hi)
        return Interval(self.lo + other, self.hi + other)

    __radd__ = __add__

    def __sub__(self, other: Element) -> Interval:
        return self.__add__(-other)

    def __rsub__(self, other: Element) -> Interval:
        return self.__neg__().__add__(other)

    def __mul__(self, other: Element) -> Interval:
        ends = [a * b for a in (self.lo, self.hi) for b in _ends(other)]
        return Interval(min(ends), max(ends))

    __rmul__ = __mul__


def _ends(value: Element) -> tuple[Element, Element]:
    return (value.lo, value.hi) if isinstance(value, Interval) else (value, value)


_KINDS: Final = {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}
_WIDTH: Final = {
    "bool": 1, "int8": 8, "uint8": 8, "int16": 16, "int32": 32, "int64": 64,
    "float16": 16, "bfloat16": 16, "float32": 32, "float64": 64, "complex64": 64, "complex128": 128,
}  # fmt: skip


def kind_of(dtype: str) -> int:
    """Return 0 for bool, 1 for integers, 2 for real and 3 for complex floating-point types."""
    return 2 if dtype == "bfloat16" else _KINDS[dtype[0]]


def promote(first: str, second: str) -> str:
    """Return the dtype that holds both: the higher kind, then the wider one."""
    if first == second:
        return first
    kinds = kind_of(first), kind_of(second)
    if kinds[0] != kinds[1]:
        low, high = sorted((first, second), key=kind_of)
        return "complex128" if (low, high) == ("float64", "complex64") else high
    if {first, second} == {"float16", "bfloat16"}:
        return "float32"
    if {first, second} == {"int8", "uint8"}:
        return "int16"
    return first if _WIDTH[first] > _WIDTH[second] else second


def _round_to(value: float, dtype: str) -> float:
    """Return the number of ``dtype`` that is nearest to a double."""
    if dtype == "float64" or value != value or value in (float("inf"), float("-inf")):
        return value
    with np.errstate(over="ignore", under="ignore"):
        if dtype == "bfloat16":
            bits = int(np.float32(value).view(np.uint32))
            bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
            return float(np.uint32(bits).view(np.float32))
        return float(np.float16(value) if dtype == "float16" else np.float32(value))


def convert(value: Element, dtype: str) -> Element:
    """Return one element as ``dtype`` holds it; a cast between floating-point types keeps the exact value."""
    kind = kind_of(dtype)
    if isinstance(value, Interval):
        if kind == 2:
            return value
        raise NotDifferentiable(f"the subgradients [{float(value.lo)}, {float(value.hi)}] cannot be cast to {dtype}")
    if kind == 0:
        return bool(value != 0)
    if kind == 1:
        if isinstance(value, int):
            return int(value)
        real = value.real if isinstance(value, context.mpc) else value
        if not context.isfinite(real):
            raise ValueError(f"{real} cannot be cast to {dtype}")
        return int(real)
    if kind == 2:
        if isinstance(value, context.mpf):
            return value
        return value.real if isinstance(value, context.mpc) else context.mpf(int(value))
    if isinstance(value, context.mpc):
        return value
    return context.mpc(value)


def literal(value: Any, dtype: str) -> Element:
    """Return a Python or NumPy number as the element that a framework is handed: rounded to ``dtype`` once."""
    kind = kind_of(dtype)
    if isinstance(value, context.mpf | context.mpc | Interval):
        return convert(value, dtype)
    if isinstance(value, np.generic):
        value = value.item()
    if kind == 0:
        return bool(value)
    if kind == 1:
        return int(value)
    part = {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)
    if kind == 2:
        return context.mpf(_round_to(float(value), part))
    whole = complex(value)
    return context.mpc(_round_to(whole.real, part), _round_to(whole.imag, part))


def plain(value: Any) -> Element:
    """Return a Python or NumPy number as an element with its exact value."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | context.mpf | context.mpc | Interval):
        return value
    if isinstance(value, float):
        return context.mpf(value)
    if isinstance(value, complex):
        return context.mpc(value)
    return context.convert(value)


def _weak_dtype(value: Any, dtype: str) -> str:
    """Return the dtype of an array of ``dtype`` combined with a Python number, which only ever raises the kind."""
    if isinstance(value, complex | context.mpc):
        return dtype if kind_of(dtype) == 3 else ("complex128" if dtype == "float64" else "complex64")
    if isinstance(value, float | context.mpf | Interval):
        return dtype if kind_of(dtype) >= 2 else "float32"
    if isinstance(value, bool):
        return dtype
    return dtype if kind_of(dtype) >= 1 else "int32"


def objects(values: Sequence[Element], shape: tuple[int, ...]) -> Elements:
    """Return an object array of the shape from its elements in row-major order."""
    flat = np.empty(len(values), dtype=object)
    for position, value in enumerate(values):
        flat[position] = value
    return flat.reshape(shape)


def as_objects(data: Any) -> Elements:
    """Return what NumPy made of object arrays as one: it gives a bare element for a result without axes."""
    if isinstance(data, np.ndarray):
        return data if data.dtype == object else data.astype(object)
    return objects([data], ())


def each(function: Callable[..., Element], *arrays: Elements) -> Elements:
    """Return the function of every element, with broadcasting."""
    loop = function if isinstance(function, np.ufunc) else np.frompyfunc(function, len(arrays), 1)
    return as_objects(loop(*arrays))


class Array:
    """An array of mpmath numbers: ``data`` holds the elements, ``dtype`` says what a framework would hold them in."""

    __slots__ = ("data", "dtype")
    __array_ufunc__ = None  # NumPy arrays leave the operators to us
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, data: Elements, dtype: str) -> None:
        self.data = data
        self.dtype = dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of every axis."""
        return self.data.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.data.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.data.size

    @property
    def T(self) -> Array:  # noqa: N802 - the Array API's name
        """The axes in reverse order."""
        return Array(self.data.T, self.dtype)

    def elements(self) -> list[Element]:
        """Return the elements in row-major order."""
        return list(self.data.flat)

    def item(self) -> Element:
        """Return the only element; raise where there are more."""
        if self.data.size != 1:
            raise TypeError(f"an array of shape {self.shape} is not one number")
        return self.data.flat[0]

    def __repr__(self) -> str:
        shown = np.array([_shown(value) for value in self.data.flat], dtype=object).reshape(self.shape).tolist()
        return f"Array({shown}, dtype={self.dtype})"

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("an array without axes has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Array]:
        return (self[position] for position in range(len(self)))

    def __getitem__(self, key: Any) -> Array:
        keys = tuple(_index(part) for part in key) if isinstance(key, tuple) else _index(key)
        return Array(as_objects(self.data[keys]), self.dtype)

    def __bool__(self) -> bool:
        return bool(self.item() != 0)

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if kind_of(self.dtype) != 1:
            raise TypeError(f"an array of dtype {self.dtype} is not an index")
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __neg__(self) -> Array:
        return Array(each(lambda a: -a, self.data), self.dtype)

    def __pos__(self) -> Array:
        return self

    def __abs__(self) -> Array:
        dtype = {"complex64": "float32", "complex128": "float64"}.get(self.dtype, self.dtype)
        return Array(each(abs, self.data), dtype)

    def __add__(self, other: Any) -> Array:
        return binary(np.add, self, other)

    def __radd__(self, other: Any) -> Array:
        return binary(np.add, other, self)

    def __sub__(self, other: Any) -> Array:
        return binary(np.subtract, self, other)

    def __rsub__(self, other: Any) -> Array:
        return binary(np.subtract, other, self)

    def __mul__(self, other: Any) -> Array:
        return binary(np.multiply, self, other)

    def __rmul__(self, other: Any) -> Array:
        return binary(np.multiply, other, self)

    def __truediv__(self, other: Any) -> Array:
        return binary(quotient, self, other, at_least="float32")

    def __rtruediv__(self, other: Any) -> Array:
        return binary(quotient, other, self, at_least="float32")

    def __floordiv__(self, other: Any) -> Array:
        return binary(floor_quotient, self, other)

    def __rfloordiv__(self, other: Any) -> Array:
        return binary(floor_quotient, other, self)

    def __mod__(self, other: Any) -> Array:
        return binary(modulus, self, other)

    def __rmod__(self, other: Any) -> Array:
        return binary(modulus, other, self)

    def __pow__(self, other: Any) -> Array:
        return binary(power, self, other)

    def __rpow__(self, other: Any) -> Array:
        return binary(power, other, self)

    def __matmul__(self, other: Any) -> Array:
        return product(self, asarray(other))

    def __rmatmul__(self, other: Any) -> Array:
        return product(asarray(other), self)

    def __eq__(self, other: object) -> Array:  # type: ignore[override]
        return compare(lambda a, b: a == b, self, other)

    def __ne__(self, other: object) -> Array:  # type: ignore[override]
        return compare(lambda a, b: a != b, self, other)

    def __lt__(self, other: Any) -> Array:
        return compare(lambda a, b: a < b, self, other)

    def __le__(self, other: Any) -> Array:
        return compare(lambda a, b: a <= b, self, other)

    def __gt__(self, other: Any) -> Array:
        return compare(lambda a, b: a > b, self, other)

    def __ge__(self, other: Any) -> Array:
        return compare(lambda a, b: a >= b, self, other)

    def __and__(self, other: Any) -> Array:
        return binary(lambda a, b: a & b, self, other)

    def __or__(self, other: Any) -> Array:
        return binary(lambda a, b: a | b, self, other)

    def __invert__(self) -> Array:
        return Array(each(lambda a: (not a) if isinstance(a, bool) else ~a, self.data), self.dtype)


def _shown(value: Element) -> Any:
    if isinstance(value, Interval):
        return f"[{float(value.lo)}, {float(value.hi)}]"
    if isinstance(value, context.mpf):
        return float(value)
    return complex(value) if isinstance(value, context.mpc) else value


def _index(key: Any) -> Any:
    if isinstance(key, slice):
        return slice(*(None if part is None else int(part) for part in (key.start, key.stop, key.step)))
    if isinstance(key, list):
        key = asarray(key)
    if isinstance(key, Array):
        if not key.shape:
            return key.data[()] if kind_of(key.dtype) == 0 else int(key.item())
        return key.data.astype(bool if kind_of(key.dtype) == 0 else np.int64)
    return key


def operands(first: Any, second: Any) -> tuple[Elements, Elements, str]:
    """Return the elements of both operands and the dtype of their combination; Python numbers are weak."""
    if isinstance(first, Array) and isinstance(second, Array):
        return first.data, second.data, promote(first.dtype, second.dtype)
    if isinstance(first, Array) and _is_number(second):
        second = plain(second)
        return first.data, objects([second], ()), _weak_dtype(second, first.dtype)
    if isinstance(second, Array) and _is_number(first):
        first = plain(first)
        return objects([first], ()), second.data, _weak_dtype(first, second.dtype)
    one, two = asarray(first), asarray(second)
    return one.data, two.data, promote(one.dtype, two.dtype)


def _is_number(value: Any) -> bool:
    return isinstance(value, bool | int | float | complex | context.mpf | context.mpc | Interval)


def binary(
    function: Callable[[Element, Element], Element],
    first: Any,
    second: Any,
    *,
    at_least: str | None = None,
) -> Array:
    """Return the function of both operands, element by element; ``at_least`` raises the kind of their common dtype."""
    one, two, dtype = operands(first, second)
    if at_least is not None and kind_of(dtype) < kind_of(at_least):
        dtype = at_least
    if kind_of(dtype) == 2 and any(isinstance(x, Array) and kind_of(x.dtype) == 2 for x in (first, second)):
        return Array(each(function, one, two), dtype)  # an mpf with an mpf or an integer is an mpf: nothing to convert
    return Array(each(lambda a, b: convert(function(a, b), dtype), one, two), dtype)


def compare(function: Callable[[Element, Element], Any], first: Any, second: Any) -> Array:
    """Return what the comparison says, element by element."""
    one, two, _ = operands(first, second)
    return Array(each(lambda a, b: bool(function(a, b)), one, two), "bool")


def product(first: Array, second: Array) -> Array:
    """Return the matrix product."""
    dtype = promote(first.dtype, second.dtype)
    result = as_objects(np.matmul(first.data, second.data))
    if first.dtype == second.dtype and result.size and first.shape[-1]:
        return Array(result, dtype)
    return Array(each(lambda a: convert(a, dtype), result) if result.size else result, dtype)


def quotient(a: Element, b: Element) -> Element:
    """Return a / b; a division by zero is infinite, and 0 / 0 is not a number."""
    if isinstance(a, Interval):
        return a * (1 / context.mpf(b))
    if isinstance(b, Interval):
        raise NotDifferentiable(f"a division by the subgradient interval [{float(b.lo)}, {float(b.hi)}]")
    if b == 0:
        if isinstance(a, context.mpc) or isinstance(b, context.mpc) or a == 0 or a != a:
            return context.nan
        return context.inf if a > 0 else -context.inf
    return (context.mpf(a) if isinstance(a, int) else a) / b


def floor_quotient(a: Element, b: Element) -> Element:
    """Return the quotient rounded down."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    exact = quotient(a, b)
    return context.floor(exact) if context.isfinite(exact) else context.nan


def modulus(a: Element, b: Element) -> Element:
    """Return the remainder, with the sign of the divisor."""
    if isinstance(a, int) and isinstance(b, int):
        return a % b
    floor = floor_quotient(a, b)
    return a - floor * b if context.isfinite(floor) else context.nan


def power(a: Element, b: Element) -> Element:
    """Return a to the power b, as IEEE 754 ``pow`` has it for real numbers."""
    if isinstance(b, int) and b > 0 and isinstance(a, context.mpf):
        return a**b
    if isinstance(a, context.mpc) or isinstance(b, context.mpc):
        if a == 0:
            return context.mpc(1 if b == 0 else 0)
        return a**b
    if b == 0 or a == 1:
        return 1 if isinstance(a, int) and isinstance(b, int) else context.one
    if isinstance(a, int) and isinstance(b, int):
        return a**b if b > 0 else int(quotient(1, a**-b))
    if a == 0 and b < 0:
        return context.inf
    if a < 0 and context.isfinite(b) and b != context.floor(b):
        return context.nan
    return context.mpf(a) ** b


_NUMPY_DTYPES: Final = frozenset(_WIDTH)


def _default_dtype(values: Sequence[Any]) -> str:
    """Return the dtype of a nested list: that of its arrays, raised by its Python numbers."""
    dtype: str | None = None
    for value in values:
        if isinstance(value, Array):
            dtype = value.dtype if dtype is None else promote(dtype, value.dtype)
    for value in values:
        if isinstance(value, Array):
            continue
        if dtype is not None:
            dtype = _weak_dtype(value, dtype)
    if dtype is not None:
        return dtype
    if any(isinstance(value, complex | context.mpc) for value in values):
        return "complex64"
    if not values or any(isinstance(value, float | context.mpf | Interval) for value in values):
        return "float32"
    return "bool" if all(isinstance(value, bool) for value in values) else "int32"


def _nested(value: Any) -> tuple[tuple[int, ...], list[Any]]:
    """Return the shape of a nested list and its leaves; arrays without axes count as leaves."""
    if isinstance(value, Array) and value.shape:
        return value.shape, [Array(objects([leaf], ()), value.dtype) for leaf in value.elements()]
    if isinstance(value, np.ndarray):
        return value.shape, list(value.flat)
    if not isinstance(value, list | tuple):
        return (), [value]
    parts = [_nested(part) for part in value]
    shapes = {shape for shape, _ in parts}
    if len(shapes) > 1:
        raise ValueError(f"a ragged list is not an array: its parts have the shapes {sorted(shapes)}")
    inner = shapes.pop() if shapes else ()
    return (len(parts), *inner), [leaf for _, leaves in parts for leaf in leaves]


def asarray(obj: Any, dtype: str | None = None) -> Array:
    """Return an array; floating-point literals are float32 where nothing is said, and rounded to their dtype."""
    if isinstance(obj, Array):
        return obj if dtype is None else astype(obj, dtype)
    if dtype is None and isinstance(obj, np.ndarray | np.generic) and obj.dtype.name in _NUMPY_DTYPES:
        dtype = obj.dtype.name
    shape, leaves = _nested(obj)
    if dtype is None:
        dtype = _default_dtype(leaves)
    target = dtype
    return Array(
        objects(
            [convert(x.item(), target) if isinstance(x, Array) else literal(x, target) for x in leaves],
            shape,
        ),
        target,
    )


def astype(x: Any, dtype: str) -> Array:
    """Return the array cast: exact between floating-point types, truncated to integers, zero or not for bool."""
    x = asarray(x)
    return Array(each(lambda a: convert(a, dtype), x.data), dtype)
