"""The points catalogue: for each signature of an operation, the inputs at which derivatives go wrong, and why.

A derivative case that says ``points: catalogue`` gets all points of its ``signature``. A point that lies outside the
domain of an operation (the reference has no number there) does not fit it, and is left out when the case is frozen.
Every value is exact in float32 unless the point is for float64 alone, so that all data types get the same input.

A family of signatures is a module with a ``SIGNATURES`` of its own, named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from conformance.points import (
    algebra,
    complex_numbers,
    convolution,
    elementwise,
    losses,
    manipulation,
    matrices,
    networks,
    normalisation,
    parameters,
    reductions,
    signals,
)
from conformance.points.point import COMPLEX, GENERIC, REAL, Point, Signature, exact_in

__all__ = ["COMPLEX", "GENERIC", "REAL", "SIGNATURES", "Point", "Signature", "exact_in"]

FAMILIES: Final = (
    elementwise,
    reductions,
    matrices,
    manipulation,
    networks,
    normalisation,
    convolution,
    losses,
    algebra,
    parameters,
    signals,
    complex_numbers,
)

SIGNATURES: Final[Mapping[str, Signature]] = MappingProxyType(
    {name: signature for family in FAMILIES for name, signature in family.SIGNATURES.items()}
)
"""The signatures by name; an operation's says which points it gets, and how its derivatives are judged."""
