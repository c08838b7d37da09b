"""What a derivative case asks: its ways, tiers and points, for one variant; and the key under which it is frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from conformance.axes import substitute
from conformance.formats import LOW_PRECISION, NARROW, WIDE
from conformance.points import COMPLEX, GENERIC, REAL, SIGNATURES, Point

if TYPE_CHECKING:
    from conformance.case import AxisValue, Case

WAYS: Final = (
    "reverse", "forward",
    "reverse-over-reverse", "forward-over-reverse", "reverse-over-forward", "forward-over-forward",
    "consistency",
)  # fmt: skip
"""Every way to differentiate, the outer derivative first; the first two are of order one. The last one compares ways
with each other, and with themselves under a compiler, in a batch and with recomputation (``lowering.consistency``)."""

CONSISTENCY: Final = "consistency"

TIERS: Final = ("quick", "standard", "exhaustive")
"""``quick``: reverse and forward at generic points, float32, eager. ``standard``: all ways and points, eager; both data
types of at least 24 bits, but ways of order two in the narrow one only where ``NARROW_WAYS`` has them. ``exhaustive``:
those as well, compiled too, first derivatives in float16 and bfloat16, and consistency."""

QUICK_WAYS: Final = ("reverse", "forward")
NARROW_WAYS: Final = (*QUICK_WAYS, "reverse-over-reverse")
"""The ways that the standard tier asks for in ``NARROW`` too. Of 1,761 operations and points at which some way was
wrong or inaccurate in one of the three frameworks, 2 showed it in the other ways in float32 alone, and 32 would have
been missed without the third (PyTorch 2.13.0, TensorFlow 2.21.0, JAX 0.10.2); they take a third of the time."""

LONG_INPUTS: Final = 120
"""Characters of a point's inputs that readers see; a source has all of them."""


def order_of(way: str) -> int:
    """Return the order of the derivative that a way takes."""
    return 2 if "-over-" in way else 1


def asked_of(case: Case, tier: str) -> tuple[tuple[str, str], ...]:
    """Return what a derivative case is asked for in a tier: ways, each with its data types."""
    asked = case.derivatives
    assert asked is not None
    named = WAYS if asked.ways == "all" else tuple(asked.ways)
    return tuple(
        (way, dtype)
        for way in WAYS
        if way in named and order_of(way) in asked.orders
        for dtype in named_dtypes(case)
        if _in_tier(way, dtype, tier)
    )


def _in_tier(way: str, dtype: str, tier: str) -> bool:
    if tier == "quick":
        return way in QUICK_WAYS and dtype in NARROW
    if tier == "standard":
        return way != CONSISTENCY and (dtype in WIDE or (dtype in NARROW and way in NARROW_WAYS))
    if way == CONSISTENCY:
        return dtype not in COMPLEX and dtype not in LOW_PRECISION
    return dtype not in LOW_PRECISION or way in QUICK_WAYS


def named_dtypes(case: Case) -> tuple[str, ...]:
    """Return the data types that a derivative case may be asked in: those it names, or its signature's."""
    assert case.derivatives is not None
    signature = SIGNATURES.get(case.signature or "")
    return tuple(case.derivatives.dtypes) or (COMPLEX if signature is not None and signature.complex else REAL)


def ways_of(case: Case, tier: str) -> tuple[str, ...]:
    """Return the ways of a derivative case in a tier."""
    return tuple(dict.fromkeys(way for way, _ in asked_of(case, tier)))


def dtypes_of(case: Case, tier: str) -> tuple[str, ...]:
    """Return the data types of a derivative case in a tier."""
    return tuple(dict.fromkeys(dtype for _, dtype in asked_of(case, tier)))


def in_mode(way: str, dtype: str, mode: str, tier: str) -> bool:
    """Return whether a way and a data type are asked for in a mode: compiled only in the last tier, and not rounded."""
    return mode == "eager" or (tier == "exhaustive" and dtype not in LOW_PRECISION and way != CONSISTENCY)


def points_of(case: Case) -> tuple[Point, ...]:
    """Return the points of a derivative case: those it gives itself, or its signature's."""
    if case.points == "catalogue":
        return SIGNATURES[case.signature or ""].points
    assert isinstance(case.points, Mapping)
    return tuple(
        Point(
            name=name,
            values=tuple(value for key, value in row.items() if key not in ("because", "dtypes")),
            because=str(row.get("because", "an ordinary input")),
            dtypes=tuple(row.get("dtypes", REAL)),
        )
        for name, row in case.points.items()
    )


def point_texts(case: Case) -> Mapping[str, str]:
    """Return for each point of a derivative case its inputs and why it is there, as readers see it."""
    return {point.name: f"{_inputs(point.values)}: {point.because}" for point in points_of(case)}


def _inputs(values: Sequence[Any]) -> str:
    text = ", ".join(map(str, values))
    return text if len(text) <= LONG_INPUTS else f"{text[:LONG_INPUTS]}…"


def in_tier(point: Point, tier: str) -> bool:
    """Return whether a point belongs to a tier."""
    return tier != "quick" or point.name.startswith(GENERIC)


def function_text(case: Case, axes: Mapping[str, AxisValue]) -> str:
    """Return the text of the function with ``$name`` of the axes put in."""
    assert case.function is not None
    text = substitute(case.function, axes)
    assert isinstance(text, str)
    return text


def frozen_name(labels: Mapping[str, str]) -> str:
    """Return the part of a variant's labels that exact values depend on: all but way and dtype."""
    return ",".join(f"{name}={label}" for name, label in labels.items() if name not in ("way", "dtype"))


def frozen_key(case: Case, axes: Mapping[str, Any]) -> str:
    """Return the hash of what decides the exact values: function, points and orders, and how the signature is taken."""
    assert case.derivatives is not None
    signature = SIGNATURES.get(case.signature or "")
    said = [
        function_text(case, {name: value for name, value in axes.items() if name not in ("way", "dtype")}),
        [[point.name, repr(point.values)] for point in points_of(case)],
        list(case.derivatives.orders),
        signature and [signature.elementwise, signature.conditioned, signature.complex],
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]
