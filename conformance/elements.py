"""Observed values and literals of a case turned into flat arrays of numbers, row by row or as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from conformance.observation import Array, Items, Number, Observed, Scalar

if TYPE_CHECKING:
    from numpy.typing import NDArray

LITERAL: Final = "literal"
"""The dtype of an array that stands for a literal of the case: it has none of its own."""


def literal(value: Any) -> Array:
    """Return a number or a rectangular nested list of a case as an array of dtype ``LITERAL``."""
    return Array(dtype=LITERAL, shape=shape_of(value), data=tuple(flatten(value)))


def as_array(value: Observed) -> Array | None:
    """Return a tensor, a Python number as an array of dtype bool, int or float, or None for anything else."""
    if isinstance(value, Array):
        return value
    if isinstance(value, Scalar) and not isinstance(value.value, str):
        return Array(dtype=type(value.value).__name__, shape=(), data=(value.value,))
    return None


def rows_of(value: Observed) -> tuple[Observed, ...] | None:
    """Return the items of a list, or the rows of an array along its first axis; None for anything else."""
    if isinstance(value, Items):
        return value.items
    if not isinstance(value, Array) or len(value.shape) <= (value.form == "interval"):
        return None
    inner = value.shape[1:]
    size = math.prod(inner)
    return tuple(replace(value, shape=inner, data=value.data[i * size : (i + 1) * size]) for i in range(value.shape[0]))


def is_bool(numbers: Array) -> bool:
    """Return whether an array holds truth values (a literal: nothing but truth values)."""
    if numbers.dtype == LITERAL:
        return bool(numbers.data) and all(isinstance(x, bool) for x in numbers.data)
    return numbers.dtype == "bool" and bool(numbers.data)


def as_numbers(numbers: Array) -> NDArray[Any]:
    """Return the flat data, complex where any number is."""
    return np.array(
        numbers.data, dtype=np.complex128 if any(isinstance(x, complex) for x in numbers.data) else np.float64
    )


def as_floats(numbers: Array) -> NDArray[Any]:
    """Return the flat data as float64, or complex128 for a complex dtype."""
    return np.array(numbers.data, dtype=np.complex128 if numbers.dtype.startswith("complex") else np.float64)


def shape_of(value: Any) -> tuple[int, ...]:
    """Return the shape of a rectangular nested list."""
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        if not value:
            break
        value = value[0]
    return tuple(shape)


def flatten(value: Any) -> Iterator[Number]:
    """Yield the numbers of a nested list, row-major."""
    if isinstance(value, list):
        for item in value:
            yield from flatten(item)
    else:
        yield value
