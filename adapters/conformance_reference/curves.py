"""Differentiates a function of arrays along curves through catalogued points, exactly, as the frameworks are asked to.

The inputs run along ``x(t) = x0 + t u + t² w`` and the output is summed with weights; ``u``, ``w`` and the weights are
those of ``uneven``, which every framework's program has word for word. Nothing but values of the function is used:
quotients of first and second differences on both sides, at three steps, with so many digits that rounding is far below
the smallest double.

An answer is text, because it is frozen in a file: the digits of a number; ``inf`` and ``-inf``; a pair of them at a
kink; or a word with a reason: ``pole`` (the value is not finite, or the derivative is infinite), ``jump`` (the value is
finite and there is no derivative: any convention is as good as another), ``outside`` (not in the domain).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from conformance_reference.arrays import (
    Array,
    Element,
    Interval,
    NotDifferentiable,
    as_objects,
    asarray,
    context,
)
from conformance_reference.differentiate import SMALLER, _change, _is_doubtful, _limit, _scale, _Sides, flatten

__all__ = ["exact_derivatives"]

DIGITS: Final = 420
"""Decimal digits beyond those of the base precision: quotients are then right far below the smallest double, 5e-324."""

QUIET: Final = "1e-330"
"""A quotient below this is zero to every data type, and may be rounding."""

WRITTEN: Final = 25
"""Digits of an answer; a double has 17."""

PERTURBED: Final = 2.0**-60
"""The relative change of the inputs that the condition is measured with."""


def uneven(shape: tuple[int, ...], step: int, start: int) -> Array:
    """Return fixed uneven numbers of both signs, odd multiples of 1/16 below 2, exact in every data type."""
    places = np.arange(int(np.prod(shape)))
    return asarray(((2 * ((step * places + start) % 32) - 31) / 16).reshape(shape), "float64")


def exact_derivatives(
    f: Callable[..., Any],
    points: Mapping[str, Sequence[Any]],
    orders: Sequence[int],
    conditioned: bool = False,
    elementwise: bool = False,
) -> dict[str, Any]:
    """Return by point the exact derivatives, and the size of the terms that each of them is a sum of.

    Order 1: the slope along the curve and the gradient of every argument, flat. Order 2: the curvature along the curve.
    ``elementwise``: every element is treated alone, so that a kink is one of one element.
    ``conditioned``: sizes have a term for what a change of the inputs by their rounding does.
    """
    with context.workdps(context.dps + DIGITS):
        return {name: _point(f, [asarray(v, "float64") for v in values], orders, conditioned, elementwise)
                for name, values in points.items()}  # fmt: skip


def _point(
    f: Callable[..., Any], inputs: list[Array], orders: Sequence[int], conditioned: bool, elementwise: bool
) -> dict[str, Any]:
    try:
        curve = _Curve(f, inputs)
    except (ArithmeticError, ValueError) as error:
        return {"outside": f"there is no value here: {error}"}
    if any(isinstance(y, Interval) or y != y for y in curve.base):
        return {"outside": "the value is not a number here"}
    if len(curve.base) > 1 and not all(bool(context.isfinite(y)) for y in curve.base):
        return {"outside": "a part of the value is infinite here; a pole is asked for by itself"}
    answer: dict[str, Any] = {}
    gradient, sizes, bends = curve.gradient()
    slope = curve.slope()
    curvature = curve.curvature() if 2 in orders else None
    if conditioned:
        moved = [_Curve(f, curve.perturbed(sign)) for sign in (1, -1)]
        for other in moved:
            for place, (one, two) in enumerate(zip(gradient, other.gradient()[0], strict=True)):
                sizes[place] += _distance(one, two) / PERTURBED
    directions = [u for part in curve.directions for u in part.elements()]
    turns = [w for part in curve.bends for w in part.elements()]
    if not elementwise:
        gradient = _with_all_subgradients(gradient, slope, directions)
    along = sum((abs(u) * s for u, s in zip(directions, sizes, strict=True)), context.zero)
    kinks = [isinstance(g, Interval) for g in gradient]
    if any(kinks) and all(isinstance(g, Interval) or not isinstance(g, str) for g in gradient):
        boxes = [u * g if isinstance(g, Interval) else Interval(u * g, u * g)
                 for u, g in zip(directions, gradient, strict=True)]  # fmt: skip
        slope = sum(boxes, Interval(context.zero, context.zero))
    elif any(isinstance(g, str) or not context.isfinite(g) for g in gradient if not isinstance(g, Interval)):
        worst = next((g for g in gradient if isinstance(g, str)), "pole: a partial derivative is infinite")
        slope = worst
    answer["slope"], answer["slope_size"] = _text(slope), _size(along)
    answer["gradient"], answer["gradient_sizes"] = [_text(g) for g in gradient], [_size(s) for s in sizes]
    if curvature is not None:
        size = 2 * sum((abs(w) * s for w, s in zip(turns, sizes, strict=True)), context.zero) + max(
            sum((u * u * b for u, b in zip(directions, bends, strict=True)), context.zero),
            context.zero if any(kinks) else curve.straight_size(),
        )
        if conditioned:
            for other in moved:
                size += _distance(curvature, other.curvature()) / PERTURBED
        if any(kinks) and not isinstance(curvature, str):
            spread = sum((2 * abs(w) * (g.hi - g.lo) for w, g in zip(turns, gradient, strict=True)
                          if isinstance(g, Interval)), context.zero)  # fmt: skip
            ends = (curvature.lo, curvature.hi) if isinstance(curvature, Interval) else (curvature, curvature)
            curvature = Interval(ends[0] - spread, ends[1] + spread)
        if not isinstance(curvature, str | Interval) and not context.isfinite(curvature):
            curvature = "pole: the second derivative is infinite"
        answer["curvature"], answer["curvature_size"] = _text(curvature), _size(size)
    return answer


def _with_all_subgradients(gradient: list[Any], slope: Any, directions: list[Element]) -> list[Any]:
    """Return the partial derivatives as intervals that hold every subgradient, where the function has no derivative.

    Along one element alone a tie of several may look smooth (a median of equal elements) or have only some of its
    slopes (a sort). The function is differentiable only where the slope is the sum of the partial ones; elsewhere the
    largest one-sided slope that was seen bounds them all.
    """
    if any(isinstance(g, str) or not _finite_ends(g) for g in [*gradient, slope]):
        return gradient
    ends = [end for g in gradient for end in _ends(g)]
    if not any(isinstance(g, Interval) for g in [*gradient, slope]):
        straight = sum((u * g for u, g in zip(directions, gradient, strict=True)), context.zero)
        size = max([abs(slope), *(abs(u * g) for u, g in zip(directions, gradient, strict=True))])
        if abs(straight - slope) <= size * context.mpf("1e-12"):
            return gradient
    largest = max([*(abs(end) for end in ends), *(abs(end) / min(map(abs, directions)) for end in _ends(slope))])
    return [Interval(-largest, largest) for _ in gradient]


def _ends(value: Any) -> tuple[Element, Element]:
    return (value.lo, value.hi) if isinstance(value, Interval) else (value, value)


def _finite_ends(value: Any) -> bool:
    return all(bool(context.isfinite(end)) for end in _ends(value))


def _distance(one: Any, two: Any) -> Element:
    if isinstance(one, str | Interval) or isinstance(two, str | Interval):
        return context.zero
    distance = abs(one - two)
    return distance if context.isfinite(distance) else context.zero


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, Interval):
        return [_text(value.lo), _text(value.hi)]
    if value != value:
        return "pole: not a number"
    if not context.isfinite(value):
        return "inf" if value > 0 else "-inf"
    return "0" if abs(value) < context.mpf("1e-400") else context.nstr(value, WRITTEN)


def _size(value: Element) -> str:
    return "0" if value != value or not context.isfinite(value) else str(context.nstr(value, 4))


class _Curve:
    """A function at a point: its weighted output elements at places beside it."""

    def __init__(self, f: Callable[..., Any], inputs: list[Array]) -> None:
        self._f = f
        self.inputs = inputs
        self.directions = [uneven(x.shape, 29, 27 + 11 * i) for i, x in enumerate(inputs)]
        self.bends = [uneven(x.shape, 19, 6 + 7 * i) for i, x in enumerate(inputs)]
        pairs = [(v, 2) for x in inputs for v in x.elements()]
        self.step = _scale(pairs)
        lost = max(0, -int(context.floor(context.log10(self.step))))
        self._digits = context.dps + 4 * lost
        output = flatten(self._value(inputs))[0][0]
        self.weights = uneven(output.shape, 13, 21).elements()
        self.base = output.elements()

    def _value(self, inputs: Sequence[Array]) -> Any:
        with context.workdps(self._digits):
            return self._f(*inputs)

    def perturbed(self, sign: int) -> list[Array]:
        """Return the inputs, each element changed by a little of itself, in uneven directions."""
        return [
            Array(as_objects(x.data * (1 + sign * PERTURBED * uneven(x.shape, 29, 3 + 5 * i).data)), x.dtype)
            for i, x in enumerate(self.inputs)
        ]

    def at(self, t: Element, *, bent: bool = True) -> list[Element]:
        """Return the output elements at a distance along the curve, or along its tangent."""
        with context.workdps(self._digits):
            moved = [
                Array(as_objects(x.data + t * u.data + (t * t * w.data if bent else 0)), x.dtype)
                for x, u, w in zip(self.inputs, self.directions, self.bends, strict=True)
            ]
        return flatten(self._value(moved))[0][0].elements()

    def beside(self, argument: int, place: int, t: Element) -> list[Element]:
        """Return the output elements with one element of one argument moved."""
        moved = list(self.inputs)
        data = moved[argument].data.copy()
        with context.workdps(self._digits):
            data.flat[place] = data.flat[place] + t
        moved[argument] = Array(data, moved[argument].dtype)
        return flatten(self._value(moved))[0][0].elements()

    def _changes(self, after: list[Element], before: list[Element]) -> list[Element]:
        if len(after) != len(before):
            raise NotDifferentiable("a jump: the shape of the result depends on the value")
        return [c * _change(a, b) for c, a, b in zip(self.weights, after, before, strict=True)]

    def _limit(self, at: Callable[[Element], list[Element]], order: int) -> Any:
        """Return the derivative of the weighted sum along a line; an interval at a kink, a word where there is none."""

        def sides(h: Element) -> _Sides:
            with context.workdps(self._digits):
                after, before = at(h), at(-h)
                right, left = self._changes(after, self.base), self._changes(self.base, before)
                if order == 2:
                    right = [b - a for a, b in zip(right, self._changes(at(2 * h), after), strict=True)]
                    left = [a - b for a, b in zip(left, self._changes(before, at(-2 * h)), strict=True)]
                pair = [sum(side, context.zero) / h**order for side in (right, left)]
                quiet = [context.zero if abs(q) < context.mpf(QUIET) else q for q in pair]
                return _Sides(quiet[0], quiet[1])

        if not all(bool(context.isfinite(y)) for y in self.base):
            return "pole: the value is not finite here"
        try:
            first = sides(self.step)
            if not _is_doubtful(first):
                return (first.right + first.left) / 2
            return _limit((first, sides(self.step / SMALLER), sides(self.step / SMALLER**2)))
        except NotDifferentiable as error:
            return f"jump: {error}"

    def slope(self) -> Any:
        """Return the first derivative along the curve."""
        return self._limit(self.at, 1)

    def curvature(self) -> Any:
        """Return the second derivative along the curve."""
        return self._limit(self.at, 2)

    def gradient(self) -> tuple[list[Any], list[Element], list[Element]]:
        """Return the derivative by every element, the size of its terms, and that of the second derivative's."""
        answers: list[Any] = []
        sizes: list[Element] = []
        bends: list[Element] = []
        for argument, x in enumerate(self.inputs):
            for place in range(x.size):
                answers.append(self._limit(functools.partial(self.beside, argument, place), 1))
                after, before = self.beside(argument, place, self.step), self.beside(argument, place, -self.step)
                sizes.append(self._total(after, before) / (2 * self.step))
                smooth = not isinstance(answers[-1], str | Interval)
                bends.append(self._bend(after, before) if smooth else context.zero)
        return answers, sizes, bends

    def straight_size(self) -> Element:
        """Return the size of the terms of the second derivative along the tangent."""
        return self._bend(self.at(self.step, bent=False), self.at(-self.step, bent=False))

    def _total(self, after: list[Element], before: list[Element]) -> Element:
        try:
            changes = self._changes(after, before)
        except NotDifferentiable:
            return context.zero
        return sum((abs(c) for c in changes if context.isfinite(c)), context.zero)

    def _bend(self, after: list[Element], before: list[Element]) -> Element:
        try:
            right, left = self._changes(after, self.base), self._changes(self.base, before)
        except NotDifferentiable:
            return context.zero
        with context.workdps(self._digits):
            parts = [abs(a - b) / self.step**2 for a, b in zip(right, left, strict=True)]
        return sum((part for part in parts if context.isfinite(part)), context.zero)
