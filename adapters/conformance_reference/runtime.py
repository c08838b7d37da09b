"""What a worker calls in the reference: its version, its precision put back, its arrays as NumPy arrays."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

if importlib.util.find_spec("conformance_reference") is None:  # a checkout that is not installed
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import mpmath

from conformance_reference import held
from conformance_reference.arrays import Array, Element, Interval, context, kind_of, precision

INTERVAL = "interval"
"""The form of an array with a last axis of two: the ends of the subgradients at a kink."""

_KINDS = (np.bool_, np.int64, np.float64, np.complex128)


def describe(device: str) -> dict[str, Any]:
    """Return mpmath's version, which does the arithmetic, and the only device."""
    del device
    return {"version": mpmath.__version__, "devices": [{"kind": "cpu", "name": "CPU (mpmath)"}]}


@contextlib.contextmanager
def isolate(device: str, seed: int) -> Iterator[None]:
    """Put precision and step back, before and after; nothing here is random."""
    del device, seed
    _restore()
    try:
        yield
    finally:
        _restore()


def _restore() -> None:
    precision()
    held.reset()


def to_host(value: object) -> tuple[np.ndarray[Any, Any], str, str | None] | None:
    """Return the nearest doubles and the dtype that a framework would hold them in; subgradients as intervals."""
    if isinstance(value, Interval):
        return np.array([_number(value.lo), _number(value.hi)]), "float32", INTERVAL
    if isinstance(value, context.mpf | context.mpc):
        return np.array(_number(value)), "complex64" if isinstance(value, context.mpc) else "float32", None
    if not isinstance(value, Array):
        return None
    elements = value.elements()
    kind = _KINDS[kind_of(value.dtype)]
    if any(isinstance(element, Interval) for element in elements):
        ends = [[_number(end) for end in _ends(element)] for element in elements]
        return np.array(ends, dtype=kind).reshape((*value.shape, 2)), value.dtype, INTERVAL
    return np.array([_number(element) for element in elements], dtype=kind).reshape(value.shape), value.dtype, None


def _ends(element: Element) -> tuple[Element, Element]:
    return (element.lo, element.hi) if isinstance(element, Interval) else (element, element)


def _number(element: Element) -> Any:
    if isinstance(element, bool | int):
        return element
    if isinstance(element, context.mpc):
        return complex(element)
    return float(element)


def compile_seconds() -> float:
    """Return nothing spent: the reference compiles nothing."""
    return 0.0


def peak_memory(device: str) -> int | None:
    """Return None: the worker takes the process's own."""
    del device
    return None
