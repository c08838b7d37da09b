"""Difference quotients along a line, and what they tell as the step shrinks: a slope, a kink, or none.

Where the two sides disagree, or the quotient is suspiciously large or small, a second and a third, smaller step tell
why: sides that settle on two values are a kink (the answer is the interval between them), a quotient that grows while
the function is continuous is an infinite slope, one that grows by a jump or a pole raises ``NotDifferentiable``. Where
a quotient has few significant digits (a saturated ``tanh``), it is taken again with more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from conformance_reference.arrays import Element, Interval, NotDifferentiable, context, step

GUARD: Final = 20
"""Digits on top of those that the step takes away: for the cancellation inside ordinary programs."""

MORE: Final = 300
"""Digits added where a quotient shows too few; reaches the smallest float64, 1e-308, beside a value of one."""

SIGNIFICANT: Final = 20
"""Digits that every quotient must have; a double has 17."""

SMALLER: Final = 1024
"""The second step is this much smaller, and the third again; a power of two, so that no step rounds."""

NESTING: Final = 10
"""Decimal digits by which the step of an inner derivative is smaller than that of the one around it."""

_nesting: list[int] = [0]

Weights = list[tuple[int, Element]]
"""A linear functional of the output elements: positions with their weights."""


@dataclass(frozen=True, slots=True)
class Line:
    """A function along a straight line: output elements by the distance from the base point, and the base itself."""

    at: Callable[[Element], list[Element]]
    base: list[Element]


def change_of(after: Element, before: Element) -> Element:
    """Return the difference of two output elements; the same infinity twice is no change."""
    if isinstance(after, Interval) or isinstance(before, Interval):
        if after == before:
            return context.zero
        raise NotDifferentiable("the derivative that is differentiated again has a kink here")
    if isinstance(after, bool) or isinstance(before, bool):
        return context.zero if after == before else context.inf
    if after == before:
        return context.zero
    return after - before


def weighted(functional: Weights, after: list[Element], before: list[Element]) -> Element:
    """Return the change of a functional of the output."""
    total = context.zero
    for place, weight in functional:
        change = change_of(after[place], before[place])
        if change != 0:
            total = total + weight * change
    return total


def real_weighted(functional: Weights, after: list[Element], before: list[Element]) -> Element:
    """Return the change of the real functional that a cotangent makes of a complex output."""
    total = context.zero
    for place, weight in functional:
        change = change_of(after[place], before[place])
        if change != 0:
            total = total + (context.conj(weight) * change).real
    return total


Combine = Callable[[Weights, list[Element], list[Element]], Element]


@dataclass(frozen=True, slots=True)
class Sides:
    """The two difference quotients at one step."""

    right: Element
    left: Element

    @property
    def size(self) -> Element:
        """The larger magnitude; not a number where a side is."""
        return max(abs(self.right), abs(self.left))


def _measure(line: Line, h: Element, functionals: list[Weights], combine: Combine) -> list[Sides]:
    after, before = line.at(h), line.at(-h)
    if len(after) != len(line.base) or len(before) != len(line.base):
        raise NotDifferentiable("the shape of the result depends on the value")
    return [
        Sides(combine(functional, after, line.base) / h, combine(functional, line.base, before) / h)
        for functional in functionals
    ]


def slopes_along(line: Line, h: Element, functionals: list[Weights], combine: Combine) -> list[Element]:
    """Return the derivative of every functional along the line; an Interval at a kink."""
    first = _measure(line, h, functionals, combine)
    weak = [i for i, sides in enumerate(first) if _has_few_digits(sides, functionals[i], line, h)]
    if weak:
        with context.workdps(context.dps + MORE):
            sharper = Line(line.at, line.at(context.zero))
            again = _measure(sharper, h, [functionals[i] for i in weak], combine)
            for i, sides in zip(weak, again, strict=True):
                first[i] = _without_noise(sides, functionals[i], sharper, h)
            return _settled(sharper, h, functionals, combine, first)
    return _settled(line, h, functionals, combine, first)


def _settled(line: Line, h: Element, functionals: list[Weights], combine: Combine, first: list[Sides]) -> list[Element]:
    doubtful = [i for i, sides in enumerate(first) if is_doubtful(sides)]
    finer: dict[int, tuple[Sides, Sides]] = {}
    if doubtful:
        chosen = [functionals[i] for i in doubtful]
        second = _measure(line, h / SMALLER, chosen, combine)
        third = _measure(line, h / SMALLER**2, chosen, combine)
        finer = dict(zip(doubtful, zip(second, third, strict=True), strict=True))
    return [
        limit_of((sides, *finer[i])) if i in finer else (sides.right + sides.left) / 2 for i, sides in enumerate(first)
    ]


def _noise(functional: Weights, line: Line, h: Element) -> Element:
    """Return what rounding alone can make of a quotient: a few digits of the largest term."""
    sizes = [abs(weight * line.base[place]) for place, weight in functional if _is_finite(line.base[place])]
    return sum(sizes, context.zero) * context.mpf(10) ** (GUARD // 4 - context.dps) / abs(h)


def _is_finite(value: Element) -> bool:
    return not isinstance(value, Interval) and bool(context.isfinite(value))


def _has_few_digits(sides: Sides, functional: Weights, line: Line, h: Element) -> bool:
    if not functional:
        return False
    return bool(sides.size <= _noise(functional, line, h) * context.mpf(10) ** SIGNIFICANT)


def _without_noise(sides: Sides, functional: Weights, line: Line, h: Element) -> Sides:
    noise = _noise(functional, line, h)
    quiet = [context.zero if abs(side) <= noise else side for side in (sides.right, sides.left)]
    return Sides(quiet[0], quiet[1])


def is_doubtful(sides: Sides) -> bool:
    """Tell whether the sides disagree, or are so large or small that smaller steps must tell why."""
    if not (_is_finite(sides.right) and _is_finite(sides.left)):
        return True
    if sides.right == 0 and sides.left == 0:
        return False
    gap = abs(sides.right - sides.left)
    return bool(gap > sides.size * context.mpf("1e-8") or sides.size > 1e6 or sides.size < context.mpf("1e-15"))


@dataclass(frozen=True, slots=True)
class _Side:
    """What one side does as the step shrinks: settles on a slope, grows without bound, or is outside the domain."""

    kind: str
    slope: Element = None


Three = tuple[Element, Element, Element]
"""A quotient at three steps, each smaller than the last."""


def _side(quotients: Three) -> _Side:
    if any(q != q for q in quotients):
        return _Side("outside")
    if not all(_is_finite(q) for q in quotients):
        return _Side("pole")
    _, coarse, fine = quotients
    if abs(fine) <= abs(coarse) / 5 or abs(fine - coarse) <= abs(fine) * context.mpf("1e-6"):
        return _Side("settles", _extrapolated(quotients))
    if abs(fine / SMALLER) <= abs(coarse) / 5:
        return _Side("steep", context.inf if fine.real > 0 else -context.inf)
    return _Side("jump")


def _extrapolated(quotients: Three) -> Element:
    """Return the limit for a step of zero, by Aitken's rule: right for an error of any power of the step.

    A quotient that shrinks with the step has the limit zero.
    """
    first, second, third = quotients
    if abs(third) <= abs(second) / 5:
        return context.zero
    bend = (third - second) - (second - first)
    if bend == 0:
        return third
    moved = (third - second) ** 2 / bend
    return third - moved if abs(moved) <= abs(third - second) else third


def limit_of(sides: tuple[Sides, Sides, Sides]) -> Element:
    """Return the derivative from the quotients at three steps, or raise ``NotDifferentiable``."""
    one, two, three = sides
    right, left = _side((one.right, two.right, three.right)), _side((one.left, two.left, three.left))
    kinds = {right.kind, left.kind}
    if kinds == {"settles"}:
        return _of_two_slopes(right.slope, left.slope, sides)
    if kinds == {"settles", "outside"} or kinds == {"steep", "outside"}:
        return left.slope if right.kind == "outside" else right.slope
    if kinds == {"steep"} and right.slope == left.slope:
        return right.slope
    if kinds == {"steep"}:
        raise NotDifferentiable("a cusp: the slope is infinite, with another sign on each side")
    if "pole" in kinds:
        raise NotDifferentiable("a pole: the value is not finite here")
    if "jump" in kinds:
        raise NotDifferentiable("a jump: the difference quotient grows as the step shrinks")
    if kinds == {"outside"}:
        raise NotDifferentiable("the value is not a number here or on both sides")
    raise NotDifferentiable("the slope is infinite on one side only")


def _of_two_slopes(right: Element, left: Element, sides: tuple[Sides, Sides, Sides]) -> Element:
    gap = abs(right - left)
    if gap <= max(abs(right), abs(left)) * context.mpf("1e-12"):
        first, second, third = ((pair.right + pair.left) / 2 for pair in sides)
        return _extrapolated((first, second, third))
    if isinstance(right, context.mpc) or isinstance(left, context.mpc):
        raise NotDifferentiable("a kink of a complex value")
    return Interval(min(right, left), max(right, left))


def step_along(pairs: Sequence[tuple[Element, Element]]) -> Element:
    """Return the step along a direction, from (value, direction) pairs: small beside every value that it changes.

    A power of two, so that the quotients of a linear function of binary numbers are exact.
    """
    sizes = [context.one]
    for value, direction in pairs:
        size = abs(direction)
        if size == 0 or not context.isfinite(size):
            continue
        if size > 1:
            sizes.append(1 / size)
        if value != 0 and context.isfinite(value):
            sizes.append(abs(value) / size)
    wanted = step() * context.mpf(10) ** (-NESTING * _nesting[0]) * min(sizes)
    return context.ldexp(context.one, int(context.floor(context.log(wanted, 2))))


@contextmanager
def digits(smallest: Element) -> Iterator[None]:
    """Work with the digits that quotients of this step need, one level further in."""
    lost = max(0, -int(context.floor(context.log10(smallest))))
    _nesting[0] += 1
    try:
        with context.workdps(context.dps + lost + GUARD):
            yield
    finally:
        _nesting[0] -= 1
