"""The binary floating-point formats behind the data types."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A binary floating-point format: ``precision`` in bits with the hidden one, lowest and highest exponents."""

    precision: int
    lowest: int
    highest: int

    @property
    def smallest_normal(self) -> float:
        """Return the smallest positive normal number."""
        return math.ldexp(1.0, self.lowest)

    @property
    def overflow(self) -> float:
        """Return the smallest number that rounds to infinity (half a unit above the largest finite one)."""
        if self.precision == 53:
            return math.inf
        return math.ldexp(2.0 - math.ldexp(1.0, -self.precision), self.highest)


FORMATS: Final[Mapping[str, Format]] = {
    "float16": Format(precision=11, lowest=-14, highest=15),
    "bfloat16": Format(precision=8, lowest=-126, highest=127),
    "float32": Format(precision=24, lowest=-126, highest=127),
    "float64": Format(precision=53, lowest=-1022, highest=1023),
}
"""IEEE 754-2019, table 3.5; bfloat16 is float32 with 16 bits cut off. Complex dtypes are pairs of these."""

PARTS: Final[Mapping[str, str]] = {"complex64": "float32", "complex128": "float64"}

LOW_PRECISION: Final = ("float16", "bfloat16")
NARROW: Final = ("float32", "complex64")
WIDE: Final = ("float64", "complex128")
"""Those for which a framework's 64-bit switch is turned on, where it has one (JAX's x64 mode)."""


def format_of(dtype: str) -> Format | None:
    """Return the format of a dtype's parts, or None where numbers are exact (integers, bools, unknown dtypes)."""
    return FORMATS.get(PARTS.get(dtype, dtype))
