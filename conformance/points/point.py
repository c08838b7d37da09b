"""What the points catalogue is made of: a point, and the signature whose operations it fits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from conformance.formats import format_of

GENERIC: Final = "generic"
"""The points whose name begins so are those of the quick tier."""

REAL: Final = ("float16", "bfloat16", "float32", "float64")
"""The real data types, the narrowest first."""


COMPLEX: Final = ("complex64", "complex128")
"""The complex data types: pairs of float32 and of float64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point: its name, an input for each argument in order, why it is there, and the dtypes that it is for.

    A point is asked in those of its dtypes in which its inputs are exact (``exact_in``).
    """

    name: str
    values: tuple[Any, ...]
    because: str
    dtypes: tuple[str, ...] = REAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A kind of function and its points.

    ``elementwise``: every element is treated alone, so that a kink is one of one element.
    ``conditioned``: the tolerance has a term for the condition of the input, as linear algebra needs it.
    ``complex``: the arguments are complex, and the derivatives of the total by their real and imaginary parts.
    """

    points: tuple[Point, ...]
    elementwise: bool = False
    conditioned: bool = False
    complex: bool = False


def exact_in(value: Any, dtype: str) -> bool:
    """Return whether every number of a nested list, and each part of a complex one, is a normal number of the dtype."""
    if isinstance(value, list | tuple):
        return all(exact_in(item, dtype) for item in value)
    if isinstance(value, complex):
        return exact_in(value.real, dtype) and exact_in(value.imag, dtype)
    form = format_of(dtype)
    if form is None or form.precision == 53 or not math.isfinite(value) or value == 0:
        return True
    mantissa, exponent = math.frexp(float(value))
    return (mantissa * 2**form.precision).is_integer() and form.lowest < exponent <= form.highest + 1


def points(*rows: tuple[Any, ...], dtypes: tuple[str, ...] = REAL) -> tuple[Point, ...]:
    """Return points from rows of a name, an input for each argument in order, and the reason."""
    return tuple(Point(name=name, values=tuple(values), because=why, dtypes=dtypes) for name, *values, why in rows)
