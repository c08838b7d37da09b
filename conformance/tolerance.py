"""The tolerance policy: an expected number, a dtype and a device turned into the error that is allowed.

Everything that decides how near is near enough stands here, each constant with its derivation. An adapter cannot change
it; a case can only widen it, with a reason (``case.Tolerance``). Nothing here knows a framework.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from conformance.formats import FORMATS, LOW_PRECISION, Format, format_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from conformance.case import Tolerance

Kind = Literal["elementwise", "program"]
"""What the number came from: one elementwise operation, or a program, which may contain anything."""


PYTHON_FLOAT: Final = "float32"
"""The format by which a Python float is judged.

A Python float has no dtype, and almost always comes from ``float(loss)``, a float32 result that was widened: its
last 29 bits say nothing. Float64's bound would fail every one of them; float32's is what the computation behind it
can promise.
"""

ULPS: Final[Mapping[Kind, float]] = {"elementwise": 8.0, "program": 64.0}
"""Units in the last place for float32 and float64.

Elementwise: vendors state 1 to 4 ULP for their elementary functions (glibc manual, "Errors in Math Functions"; CUDA
C++ Programming Guide, "Mathematical Functions": ``powf`` and ``tanf`` 4), and a derivative multiplies two of them:
8. A program: a sum of n terms of one sign is off by up to n - 1 rounding errors of half a ULP in the worst order,
so 64 covers 100 terms in any order, or some ten elementwise steps at their stated worst; a program that cancels
needs a case's own tolerance, with its reason.
"""

LOW_PRECISION_ULPS: Final = 4.0
"""Units in the last place for float16 and bfloat16.

Frameworks compute these in float32 and round the result, half a ULP; a program of a few steps rounds at each. Four
ULP of bfloat16 are already 1.6 to 3.1 per cent: more would accept a wrong first digit.
"""

DEVICE_FACTOR: Final[Mapping[str, float]] = {"cpu": 1.0, "gpu": 1.0}
"""What the bound is multiplied by on a device.

The workers keep TF32 and reduced-precision reductions off, so that float32 on a GPU has 24 bits as everywhere; its
elementary functions stay inside the figures above, and another order of summation is what the 64 ULP are for. With
TF32 on (11 bits) 8192 would be needed.
"""

LEADING: Final = 1e-2
"""The relative error below which the sign and the leading digits are right: two significant decimal digits.

A value outside its bound but nearer than this is ``inaccurate``; any other is ``contradicts``. Every plain fault
that a gradient can have (a sign, a factor, a transposition, a lost term) moves it by far more than one part in a
hundred, and lost precision moves it by less until nothing is left. The bound of bfloat16 is wider than this, so
that there is no ``inaccurate`` in bfloat16.
"""

WRITTEN_DIGITS: Final = 6
"""From this many significant digits on, a literal that no binary number equals is read as rounded by hand.

``0.7310586`` stands for a number within half a unit of its last digit, and the bound grows by that half unit.
``0.1`` and ``2.5`` mean what they say. YAML hands over a float, so the digits are those of its shortest decimal:
trailing zeros are gone, which only makes the bound narrower, never wider, than what the author wrote.
"""


def coarser(one: str, other: str) -> str:
    """Return that of two dtypes whose format has fewer bits; an exact one gives way to the other."""
    first, second = format_of(one), format_of(other)
    if first is None or second is None:
        return other if first is None else one
    return one if first.precision <= second.precision else other


def written_slack(value: float) -> float:
    """Return half a unit in the last written digit of a literal that was rounded by hand, 0.0 for any other."""
    if isinstance(value, int) or not math.isfinite(value):
        return 0.0
    written = Decimal(repr(value))
    _, digits, exponent = written.as_tuple()
    if len(digits) < WRITTEN_DIGITS or written == Decimal(value) or not isinstance(exponent, int):
        return 0.0
    return 0.5 * 10.0**exponent


def ulp(values: NDArray[np.float64], form: Format) -> NDArray[np.float64]:
    """Return a format's unit in the last place at each value; below the smallest normal number, that one's."""
    finite = np.where(np.isfinite(values), np.abs(values), 0.0)
    _, exponents = np.frexp(finite)
    above = np.where(finite == 0.0, form.lowest, np.maximum(exponents - 1, form.lowest))
    units: NDArray[np.float64] = np.ldexp(1.0, above - (form.precision - 1))
    return units


def bounds(
    expected: NDArray[Any],
    *,
    dtype: str,
    device: str,
    kind: Kind = "program",
    slack: NDArray[np.float64] | float = 0.0,
    case: Tolerance | None = None,
) -> NDArray[np.float64]:
    """Return the absolute error allowed at each expected value; ``slack`` is what the literals were rounded by.

    A complex number is held to its modulus: a complex product is accurate relative to that, not to each of its
    parts. The bound never falls below the smallest normal number (subnormal results may be flushed to zero), and no
    element's bound depends on another element. A case's tolerance widens it.
    """
    form = format_of(dtype)
    size = np.abs(expected).astype(np.float64)
    size = np.where(np.isfinite(size), size, 0.0)
    if form is None:
        return np.zeros_like(size)
    units = (ULPS[kind] if form.precision > 11 else LOW_PRECISION_ULPS) * DEVICE_FACTOR.get(device, 1.0)
    allowed = np.maximum(units * ulp(size, form), form.smallest_normal)
    if case is not None:
        allowed = np.maximum(allowed, case.atol + case.rtol * size)
    total: NDArray[np.float64] = allowed + slack
    return total


DERIVATIVE_ULPS: Final[Mapping[str | None, float]] = {"unary": 8.0, "binary": 8.0}
"""Units in the last place for each order of a derivative, by signature; 64 for every other one, which is a program.

The first derivative is a product of two elementary functions (``ULPS``), or a program; the second is a sum of products
of such products, or the program of such a program: as much again is allowed.
"""


LOW_PRECISION_STEPS: Final[Mapping[str | None, int]] = {"unary": 8, "binary": 8}
"""Rounded steps of an elementwise function's first derivative in float16 and bfloat16; 16 for other signatures.

Frameworks compute a step in float32 and round its result, half a unit. Eight steps are the function's value, the two
elementary functions that its rule multiplies, their product, that with the cotangent, and the three of the curve
(``t * u``, ``t * t * w`` and their sum); a function that is a program of such steps has as many again. A sum of n terms
rounds n - 1 times more, where it is not taken in float32.
"""


def derivative_bound(
    expected: float, size: float, *, dtype: str, device: str, order: int, signature: str | None, terms: int = 1
) -> float:
    """Return the absolute error allowed for a derivative along a curve, or for a partial one.

    ``size`` is that of the terms that it is a sum of (weights times partial derivatives, and for linear algebra what
    the rounding of the inputs does): a sum that cancels cannot be nearer than its terms. Both are exact, from the
    reference. ``terms`` is their number, which counts where every step is rounded to few digits.
    """
    form = FORMATS[dtype]
    if dtype in LOW_PRECISION:
        units = (LOW_PRECISION_STEPS.get(signature, 16) + terms - 1) / 2
    else:
        units = DERIVATIVE_ULPS.get(signature, ULPS["program"]) * order
    largest = max(abs(expected), size)
    if not math.isfinite(largest) or largest == 0.0:
        return form.smallest_normal
    unit = math.ldexp(1.0, max(math.frexp(largest)[1] - 1, form.lowest) - (form.precision - 1))
    return max(units * DEVICE_FACTOR.get(device, 1.0) * unit, form.smallest_normal)


def leading(dtype: str) -> float:
    """Return the relative error below which a derivative has its leading digits: ``LEADING``, or half of its bits.

    Half of bfloat16's 8 bits are 6 per cent, of float16's 11 bits 2 per cent.
    """
    return max(LEADING, math.sqrt(math.ldexp(1.0, -FORMATS[dtype].precision)))


def lost_beside_one(dtype: str) -> float:
    """Return the error below which a small derivative is lost, not wrong: 8 units in the last place of one.

    Far out, ``1 - tanh(x) ** 2`` is a difference of two numbers near one; what is left is their rounding, or zero. It
    is outside the bound all the same: the verdict is ``inaccurate``.
    """
    return math.ldexp(8.0, 1 - FORMATS[dtype].precision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """The error of each element, flat: absolute, relative, in ULP of the observed dtype, and as a part of its bound.

    Infinite where a NaN or an infinity stands on one side only; zero where both sides have the same.
    """

    absolute: NDArray[np.float64]
    relative: NDArray[np.float64]
    ulp: NDArray[np.float64]
    used: NDArray[np.float64]

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Return where the bound is exceeded."""
        return self.used > 1.0

    @property
    def leading(self) -> NDArray[np.bool_]:
        """Return where the sign and the leading digits are right."""
        return self.relative < LEADING


def measure(observed: NDArray[Any], expected: NDArray[Any], allowed: NDArray[np.float64], *, dtype: str) -> Errors:
    """Return the errors of flat observed values (real or complex) against expected ones, both of one length.

    An expected value that the dtype can only hold as infinity is expected to be infinity.
    """
    form = format_of(dtype) or FORMATS["float64"]
    wanted = _parts(expected)
    with np.errstate(all="ignore"):
        wanted = np.where(np.abs(wanted) >= form.overflow, np.copysign(np.inf, wanted), wanted)
        return _errors(_parts(observed), wanted, allowed, form)


def measure_interval(
    observed: NDArray[np.float64],
    lo: NDArray[np.float64],
    hi: NDArray[np.float64],
    below: NDArray[np.float64],
    above: NDArray[np.float64],
    *,
    dtype: str,
) -> Errors:
    """Return how far flat values lie outside [lo, hi]; ``below`` and ``above`` are the bounds at the two ends."""
    under = observed < lo
    nearest = np.where(under, lo, np.where(observed > hi, hi, observed))
    nearest = np.where(np.isnan(observed), lo, nearest)
    return measure(observed, nearest, np.where(under, below, above), dtype=dtype)


def _parts(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return the values with a last axis of their real and, where complex, imaginary parts."""
    if np.iscomplexobj(values):
        return np.stack([values.real, values.imag], axis=-1).astype(np.float64)
    return values.astype(np.float64)[..., np.newaxis]


def _errors(
    observed: NDArray[np.float64], expected: NDArray[np.float64], allowed: NDArray[np.float64], form: Format
) -> Errors:
    width = max(observed.shape[-1], expected.shape[-1])
    observed, expected = _widen(observed, width), _widen(expected, width)
    same = (observed == expected) | (np.isnan(observed) & np.isnan(expected))
    usable = np.isfinite(observed) & np.isfinite(expected)
    distance = np.where(same, 0.0, np.where(usable, np.abs(observed - expected), np.inf))
    absolute = distance.max(axis=-1)
    size = _modulus(expected)
    relative = np.where(absolute == 0.0, 0.0, absolute / size)
    used = np.where(absolute == 0.0, 0.0, absolute / allowed)
    return Errors(absolute=absolute, relative=relative, ulp=absolute / ulp(size, form), used=used)


def _modulus(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = np.abs(np.where(np.isfinite(parts), parts, 0.0))
    size: NDArray[np.float64] = np.hypot(finite[..., 0], finite[..., -1]) if parts.shape[-1] == 2 else finite[..., 0]
    return size


def _widen(parts: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    if parts.shape[-1] == width:
        return parts
    return np.concatenate([parts, np.zeros_like(parts)], axis=-1)
