"""Follows a function of arrays along curves and along single elements, and differentiates it there by quotients.

The inputs run along ``x(t) = x0 + t u + t² w`` and the output is summed with weights; ``u``, ``w`` and the weights are
those of ``uneven``, which every framework's program has word for word. Nothing but values of the function is used:
quotients of first and second differences on both sides, at three steps, with so many digits that rounding is far below
the smallest double.

A derivative is a number, an ``Interval`` at a kink, or a word with a reason where there is none: ``pole`` (the value is
not finite, or the derivative is infinite) or ``jump`` (any convention is as good as another).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
    kind_of,
)
from conformance_reference.quotients import SMALLER, Sides, change_of, is_doubtful, limit_of, step_along
from conformance_reference.trees import flatten

DIGITS: Final = 420
"""Decimal digits beyond those of the base precision: quotients are then right far below the smallest double, 5e-324."""

QUIET: Final = "1e-330"
"""A quotient below this is zero to every data type, and may be rounding."""

NOISE: Final = "1e-100"
"""A quotient that is below this and grows as the step shrinks is rounding: an infinite slope is far above it."""

PERTURBED: Final = 2.0**-60
"""The change of the inputs that the condition is measured with, beside the largest element of each of them."""

STEPS: Final = (29, 19, 13, 7)
"""Those of ``uneven`` for the arguments in turn: with one for all, rows of two arguments would be moved in parallel."""

PERTURBATIONS: Final = (3, 12)
"""Where the uneven numbers of the changes start: along one direction alone, what matters may happen to stay."""

BESIDE: Final = 2.0**-80
"""How far from a kink the derivatives around it are taken: many steps away, nearer than any digit that is judged."""

ROUND_ALL: Final = 3
"""The most arguments around whose kinks every side is gone to: 48 of them; with more, each argument by itself."""

Derivative = Any
"""A number, an ``Interval``, or a word with its reason."""


def uneven(shape: tuple[int, ...], step: int, start: int) -> Array:
    """Return fixed uneven numbers, odd multiples of 1/16 below 2, exact in every data type; no arithmetic progression.

    Those of one step agree in sign: where arguments tie, giving each of them the whole slope must not cancel.
    """
    places = np.arange(int(np.prod(shape)))
    signs = 1 - 2 * ((places + step) ** 2 % 5 % 2)
    sizes = 2 * ((step * places * (places + 1) // 2 + start) % 16) + 1
    return asarray((signs * sizes / 16).reshape(shape), "float64")


def _moves(x: Array, step: int, start: int) -> Array:
    """Return uneven numbers for the elements of an input, for both parts of complex ones."""
    if kind_of(x.dtype) < 3:
        return uneven(x.shape, step, start)
    real, imaginary = uneven(x.shape, step, start), uneven(x.shape, step + 2, start + 13)
    return Array(as_objects(real.data + context.mpc(0, 1) * imaginary.data), x.dtype)


def _parts(x: Array) -> list[Element]:
    """Return the elements of an array; of complex ones the real part and the imaginary part in turn."""
    if kind_of(x.dtype) < 3:
        return x.elements()
    return [part for z in map(context.mpc, x.elements()) for part in (z.real, z.imag)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The derivatives of every output element by one input element.

    ``size`` is that of the terms of the weighted sum's derivative, ``bend`` that of its second derivative.
    """

    partials: list[Derivative]
    size: Element
    bend: Element


class Curve:
    """A function at a point: its output elements there and at places beside it.

    ``base`` are the output elements, ``shape`` is the output's; ``places`` are the input elements (argument, place and
    unit). A complex element is two real ones, its real and its imaginary part: they are differentiated by themselves.
    """

    def __init__(self, f: Callable[..., Any], inputs: list[Array], *, near: float = 1.0) -> None:
        self._f = f
        self.inputs = inputs
        self._directions = [_moves(x, 29, 27 + 11 * i) for i, x in enumerate(inputs)]
        self._bends = [_moves(x, 19, 6 + 7 * i) for i, x in enumerate(inputs)]
        self.directions = [u for part in self._directions for u in _parts(part)]
        self.turns = [w for part in self._bends for w in _parts(part)]
        self.places = [
            (argument, place, unit)
            for argument, x in enumerate(inputs)
            for place in range(x.size)
            for unit in ((1, context.mpc(0, 1)) if kind_of(x.dtype) == 3 else (1,))
        ]
        self.step = step_along([(v, 2) for x in inputs for v in x.elements()]) * near
        lost = max(0, -int(context.floor(context.log10(self.step))))
        self._digits = context.dps + 4 * lost
        output = self._value(inputs)
        self.shape = output.shape
        self.base = _parts(output)
        self.weights = uneven(output.shape, 13, 21).elements()
        if kind_of(output.dtype) == 3:
            imaginary = uneven(output.shape, 13, 28).elements()
            self.weights = [w for pair in zip(self.weights, imaginary, strict=True) for w in pair]

    def _value(self, inputs: Sequence[Array]) -> Array:
        with context.workdps(self._digits):
            return flatten(self._f(*inputs))[0][0]

    def perturbed(self, sign: int, start: int) -> Curve:
        """Return the curve from inputs that are changed in uneven directions, by a little of their largest element.

        The algorithms of linear algebra are backward stable by norm: what they give is right for an input so near.
        """
        moved = []
        for i, x in enumerate(self.inputs):
            move = sign * PERTURBED * max(map(abs, x.elements()), default=context.zero)
            moves = _moves(x, STEPS[i % len(STEPS)], start + 5 * i)
            moved.append(Array(as_objects(x.data + move * moves.data), x.dtype))
        return Curve(self._f, moved, near=PERTURBED)

    def beside(self, turn: int) -> Curve:
        """Return the curve from a place so near that only a kink is left behind; each turn goes another way."""
        moves = np.roll(uneven((len(self.places),), 29, 27).data, turn // 2) * ((-1) ** turn * BESIDE)
        return self._moved_by(np.split(moves, np.cumsum([x.size for x in self.inputs])[:-1]))

    def around(self) -> Iterator[Curve]:
        """Yield the curve from places beside, on every side of where an argument is zero or two are of one size."""
        count = len(self.inputs)
        orders = itertools.permutations(range(1, count + 1)) if count <= ROUND_ALL else [tuple(range(1, count + 1))]
        for sizes in orders:
            for signs in itertools.product((1, -1), repeat=count):
                moves = (sign * size * BESIDE for sign, size in zip(signs, sizes, strict=True))
                yield self._moved_by([np.full(x.size, move) for x, move in zip(self.inputs, moves, strict=True)])

    def _moved_by(self, moves: Sequence[Any]) -> Curve:
        """Return the curve from a place so near to a kink that its steps must be as much smaller."""
        with context.workdps(self._digits):
            moved = [
                Array(as_objects(x.data + move.reshape(x.shape)), x.dtype)
                for x, move in zip(self.inputs, moves, strict=True)
            ]
        return Curve(self._f, moved, near=BESIDE)

    def at(self, t: Element, *, bent: bool = True) -> list[Element]:
        """Return the output elements at a distance along the curve, or along its tangent."""
        with context.workdps(self._digits):
            moved = [
                Array(as_objects(x.data + t * u.data + (t * t * w.data if bent else 0)), x.dtype)
                for x, u, w in zip(self.inputs, self._directions, self._bends, strict=True)
            ]
        return _parts(self._value(moved))

    def _moved(self, argument: int, place: int, unit: Element, t: Element) -> list[Element]:
        """Return the output elements with one element of one argument moved."""
        moved = list(self.inputs)
        data = moved[argument].data.copy()
        with context.workdps(self._digits):
            data.flat[place] = data.flat[place] + t * unit
        moved[argument] = Array(data, moved[argument].dtype)
        return _parts(self._value(moved))

    def slope(self) -> Derivative:
        """Return the first derivative of the weighted sum along the curve."""
        return self._derivatives(functools.cache(self.at), 1, self._weighted)[0]

    def slopes(self) -> list[Derivative]:
        """Return the first derivative of every output element along the curve."""
        return self._derivatives(functools.cache(self.at), 1, list)

    def curvature(self) -> Derivative:
        """Return the second derivative of the weighted sum along the curve."""
        return self._derivatives(functools.cache(self.at), 2, self._weighted)[0]

    def straight_size(self) -> Element:
        """Return the size of the terms of the second derivative along the tangent."""
        return self._bend(self.at(self.step, bent=False), self.at(-self.step, bent=False))

    def columns(self) -> list[Column]:
        """Return the Jacobian, a column for each input element."""
        return [self._column(*place) for place in self.places]

    def _column(self, argument: int, place: int, unit: Element) -> Column:
        at = functools.cache(functools.partial(self._moved, argument, place, unit))
        partials = self._derivatives(at, 1, list)
        after, before = at(self.step), at(-self.step)
        smooth = not any(isinstance(partial, str | Interval) for partial in partials)
        return Column(
            partials=partials,
            size=self._total(after, before) / (2 * self.step),
            bend=self._bend(after, before) if smooth else context.zero,
        )

    def _weighted(self, changes: list[Element]) -> list[Element]:
        return [sum((w * c for w, c in zip(self.weights, changes, strict=True)), context.zero)]

    def _changes(self, after: list[Element], before: list[Element]) -> list[Element]:
        if len(after) != len(before):
            raise NotDifferentiable("the shape of the result depends on the value")
        return [change_of(a, b) for a, b in zip(after, before, strict=True)]

    def _derivatives(
        self,
        at: Callable[[Element], list[Element]],
        order: int,
        combine: Callable[[list[Element]], list[Element]],
    ) -> list[Derivative]:
        """Return the derivatives along a line of what ``combine`` makes of the output elements."""

        def sides(h: Element) -> list[Sides]:
            with context.workdps(self._digits):
                after, before = at(h), at(-h)
                right, left = self._changes(after, self.base), self._changes(self.base, before)
                if order == 2:
                    right = [b - a for a, b in zip(right, self._changes(at(2 * h), after), strict=True)]
                    left = [a - b for a, b in zip(left, self._changes(before, at(-2 * h)), strict=True)]
                pairs = zip(combine(right), combine(left), strict=True)
                return [Sides(_quiet(r / h**order), _quiet(q / h**order)) for r, q in pairs]

        if not all(bool(context.isfinite(y)) for y in self.base):
            return ["pole: the value is not finite here" for _ in combine(self.base)]
        try:
            first = sides(self.step)
            if not any(map(is_doubtful, first)):
                return [(one.right + one.left) / 2 for one in first]
            finer = zip(first, sides(self.step / SMALLER), sides(self.step / SMALLER**2), strict=True)
            return [_settled(*three) for three in finer]
        except NotDifferentiable as error:
            return [f"jump: {error}" for _ in combine(self.base)]

    def _total(self, after: list[Element], before: list[Element]) -> Element:
        """Return the sum of the sizes of the weighted changes."""
        try:
            changes = self._changes(after, before)
        except NotDifferentiable:
            return context.zero
        parts = [abs(w * c) for w, c in zip(self.weights, changes, strict=True)]
        return sum((part for part in parts if context.isfinite(part)), context.zero)

    def _bend(self, after: list[Element], before: list[Element]) -> Element:
        """Return the sum of the sizes of the weighted second differences, over the step squared."""
        try:
            right, left = self._changes(after, self.base), self._changes(self.base, before)
        except NotDifferentiable:
            return context.zero
        with context.workdps(self._digits):
            parts = [abs(w * (a - b)) / self.step**2 for w, a, b in zip(self.weights, right, left, strict=True)]
        return sum((part for part in parts if context.isfinite(part)), context.zero)


def _quiet(quotient: Element) -> Element:
    return context.zero if abs(quotient) < context.mpf(QUIET) else quotient


def _settled(first: Sides, second: Sides, third: Sides) -> Derivative:
    """Return the derivative from the quotients at three steps, a word where there is none."""
    if not is_doubtful(first):
        return (first.right + first.left) / 2
    if 2 * first.size < third.size < context.mpf(NOISE):
        return context.zero
    try:
        return limit_of((first, second, third))
    except NotDifferentiable as error:
        return f"jump: {error}"
