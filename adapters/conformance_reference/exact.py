"""Turns a function and catalogued points into the exact derivatives that frameworks are held against, as text.

An answer is the digits of a number; ``inf`` and ``-inf``; a pair of them at a kink, between which every subgradient
lies; or a word with a reason: ``pole``, ``jump`` (as ``curves`` says), ``outside`` (not in the domain).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from conformance_reference.arrays import Array, Element, Interval, asarray, context, kind_of
from conformance_reference.curves import DIGITS, PERTURBATIONS, PERTURBED, Column, Curve, Derivative

__all__ = ["exact_derivatives"]

WRITTEN: Final = 20
"""Digits of an answer: three more than tell one double from the next."""

TURNS: Final = 24
"""The most places around a kink at which derivatives are taken; with fewer elements, two for each."""

Rows = list[list[Derivative]]
"""The Jacobian: a row for each output element, in it a derivative by each input element."""


def exact_derivatives(
    f: Callable[..., Any],
    points: Mapping[str, Sequence[Any]],
    orders: Sequence[int],
    conditioned: bool = False,
    elementwise: bool = False,
    complex: bool = False,
) -> dict[str, Any]:
    """Return by point the exact derivatives, and the size of the terms that each of them is a sum of.

    Order 1: the slope along the curve and the Jacobian, a row for each output element over the elements of all inputs.
    Order 2: the curvature along the curve.
    ``elementwise``: every element is treated alone, so that a kink is one of one element.
    ``conditioned``: sizes have a term for what a change of the inputs by their rounding does.
    ``complex``: the inputs are; order 1 is the slope and the gradient of the weighted sum of the real and imaginary
    parts of the output by those of the inputs, not the Jacobian.
    """
    dtype = "complex128" if complex else "float64"
    with context.workdps(context.dps + DIGITS):
        return {name: _point(f, [asarray(v, dtype) for v in values], orders, conditioned, elementwise)
                for name, values in points.items()}  # fmt: skip


def _point(
    f: Callable[..., Any], inputs: list[Array], orders: Sequence[int], conditioned: bool, elementwise: bool
) -> dict[str, Any]:
    try:
        curve = Curve(f, inputs)
    except (ArithmeticError, ValueError) as error:
        return {"outside": f"there is no value here: {error}"}
    if any(isinstance(y, Interval) or y != y for y in curve.base):
        return {"outside": "the value is not a number here"}
    if not _some_finite(curve.base) and not _some_finite([*curve.at(curve.step), *curve.at(-curve.step)]):
        return {"outside": "the value is infinite here and all around"}
    if len(curve.base) > 1 and not all(bool(context.isfinite(y)) for y in curve.base):
        return {"outside": "a part of the value is infinite here; a pole is asked for by itself"}
    columns = curve.columns()
    rows = _rows(columns, len(curve.base))
    gradient = _weighted(curve.weights, rows, len(columns))
    sizes = [column.size for column in columns]
    answer: dict[str, Any] = {"shape": list(curve.shape)}
    moved = [[curve.perturbed(sign, start) for sign in (1, -1)] for start in PERTURBATIONS] if conditioned else []
    if conditioned:
        there = [[_rows(other.columns(), len(curve.base)) for other in pair] for pair in moved]
        answer["conditioning"] = [_size(term) for term in _conditioning(rows, there)]
        of_total = [[[_weighted(curve.weights, other, len(columns))] for other in pair] for pair in there]
        sizes = [size + term for size, term in zip(sizes, _conditioning([gradient], of_total), strict=True)]
    of_complex = any(kind_of(x.dtype) == 3 for x in inputs)
    if not elementwise and not of_complex:
        rows = _with_all_subgradients(curve, rows, polyhedral=not conditioned)
        gradient = _weighted(curve.weights, rows, len(columns))
    slope = _slope_of_elements(curve, rows, gradient) if elementwise else _slope(curve, gradient)
    answer["slope"] = _text(slope)
    answer["slope_size"] = _size(sum((abs(u) * s for u, s in zip(curve.directions, sizes, strict=True)), context.zero))
    if of_complex:
        answer["gradient"], answer["gradient_sizes"] = [_text(g) for g in gradient], [_size(s) for s in sizes]
    else:
        answer["jacobian"] = [[_text(partial) for partial in row] for row in rows]
    if 2 in orders:
        curvature = curve.curvature()
        size = _curvature_size(curve, gradient, sizes, [column.bend for column in columns])
        around = ((_distance(curvature, other.curvature()) for other in pair) for pair in moved)
        size += max((sum(pair, context.zero) for pair in around), default=context.zero) / PERTURBED
        answer["curvature"], answer["curvature_size"] = (
            _text(_curvature(curve, gradient, slope, curvature)),
            _size(size),
        )
    return answer


def _some_finite(values: Sequence[Element]) -> bool:
    return any(bool(context.isfinite(y)) for y in values)


def _conditioning(rows: Rows, around: Sequence[Sequence[Rows]]) -> list[Element]:
    """Return for each input element what a relative change of the inputs makes of all derivatives by it.

    ``around``: the derivatives on both sides, along several directions, of which the worst counts.
    """

    def changed(pair: Sequence[Rows], place: int) -> Element:
        changes = (
            _distance(row[place], there[place]) for other in pair for row, there in zip(rows, other, strict=True)
        )
        return sum(changes, context.zero) / PERTURBED

    return [max(changed(pair, i) for pair in around) for i in range(len(rows[0]) if rows else 0)]


def _slope(curve: Curve, gradient: Sequence[Derivative]) -> Derivative:
    """Return the slope along the curve; at a kink, that of every choice of subgradients."""
    words = [g for g in gradient if isinstance(g, str)]
    if words:
        return words[0]
    if not all(map(_is_finite, gradient)):
        return "pole: a partial derivative is infinite"
    if not any(isinstance(g, Interval) for g in gradient):
        return curve.slope()
    return sum((u * _box(g) for u, g in zip(curve.directions, gradient, strict=True)), _box(context.zero))


def _slope_of_elements(curve: Curve, rows: Rows, gradient: Sequence[Derivative]) -> Derivative:
    """Return the slope along the curve; at kinks, for every output element all slopes that gradients around have.

    Choices for two arguments are not free of each other: at a tie of ``maximum`` their partial derivatives sum to one.
    """
    if not any(isinstance(g, Interval) for g in gradient) or not all(map(_is_finite, gradient)):
        return _slope(curve, gradient)
    slopes = curve.slopes()
    if not all(map(_is_finite, slopes)):
        return _slope(curve, gradient)
    around = [_rows(there.columns(), len(there.base)) for there in curve.around()]
    total = _box(context.zero)
    for o, (weight, row, slope) in enumerate(zip(curve.weights, rows, slopes, strict=True)):
        ends = [*_ends(slope)]
        if any(isinstance(g, Interval) for g in row):
            smooth = [sample[o] for sample in around if not any(isinstance(g, str | Interval) for g in sample[o])]
            ends += [sum((u * g for u, g in zip(curve.directions, at, strict=True)), context.zero) for at in smooth]
        total = total + weight * Interval(min(ends), max(ends))
    return total


def _curvature(curve: Curve, gradient: Sequence[Derivative], slope: Derivative, curvature: Derivative) -> Derivative:
    """Return the curvature along the curve; at a kink, with what another choice of subgradients would bend.

    Where there is no slope it has none, though the curve may leave the edge of the domain smoothly on one side.
    """
    kinks = [(w, g) for w, g in zip(curve.turns, gradient, strict=True) if isinstance(g, Interval)]
    if isinstance(curvature, str) or isinstance(slope, str):
        return curvature if isinstance(curvature, str) else slope
    if kinks:
        spread = sum((2 * abs(w) * (g.hi - g.lo) for w, g in kinks), context.zero)
        return _box(curvature) + Interval(-spread, spread)
    return curvature if _is_finite(curvature) else "pole: the second derivative is infinite"


def _curvature_size(
    curve: Curve, gradient: Sequence[Derivative], sizes: Sequence[Element], bends: Sequence[Element]
) -> Element:
    """Return the size of the terms of the curvature: those of the bent path, and those of the second derivatives."""
    kinks = any(isinstance(g, Interval) for g in gradient)
    turning = 2 * sum((abs(w) * s for w, s in zip(curve.turns, sizes, strict=True)), context.zero)
    bending = sum((u * u * b for u, b in zip(curve.directions, bends, strict=True)), context.zero)
    return turning + max(bending, context.zero if kinks else curve.straight_size())


def _rows(columns: Sequence[Column], outputs: int) -> Rows:
    return [[column.partials[o] for column in columns] for o in range(outputs)]


def _weighted(weights: Sequence[Element], rows: Rows, width: int) -> list[Derivative]:
    """Return the derivative of the weighted sum by each input element; a word where an output element has one."""
    gradient: list[Derivative] = []
    for column in zip(*rows, strict=True) if rows else [()] * width:
        words = sorted((partial for partial in column if isinstance(partial, str)), reverse=True)  # a pole first
        gradient.append(words[0] if words else sum((w * g for w, g in zip(weights, column, strict=True)), context.zero))
    return gradient


def _with_all_subgradients(curve: Curve, rows: Rows, *, polyhedral: bool) -> Rows:
    """Return the rows of the Jacobian as they are, or as all subgradients, where an output element has no derivative.

    Along one element alone a tie of several may look smooth (a median of equal elements, a repeated eigenvalue), or
    have only some of its slopes (a sort). An output element is differentiable where its slope along the curve is the
    sum of its partial derivatives. Elsewhere those of its partial derivatives that are others at places around are
    between all of them (of a ``polyhedral`` function, and of one with convex kinks, that is all), or no longer than
    the longest gradient, or nowhere where the value jumps.
    """
    slopes = curve.slopes()
    rough = [o for o, (row, slope) in enumerate(zip(rows, slopes, strict=True)) if _is_rough(row, slope, curve)]
    if not rough or not all(map(_is_finite, curve.base)):
        return rows
    around: list[Rows] = []
    for turn in range(min(TURNS, 2 * len(curve.places))):
        there = curve.beside(turn)
        if len(there.base) == len(curve.base):
            around.append(_rows(there.columns(), len(there.base)))
    return [
        _all_subgradients(row, slopes[o], [sample[o] for sample in around], polyhedral) if o in rough else row
        for o, row in enumerate(rows)
    ]


def _is_rough(row: Sequence[Derivative], slope: Derivative, curve: Curve) -> bool:
    """Return whether what an output element has on its sides does not belong to one linear function."""
    if not all(map(_is_finite, [*row, slope])) or any(isinstance(g, Interval) for g in [*row, slope]):
        return True
    parts = [u * g for u, g in zip(curve.directions, row, strict=True)]
    size = max([abs(slope), *map(abs, parts)])
    return bool(abs(sum(parts, context.zero) - slope) > size * context.mpf("1e-12"))


def _all_subgradients(
    row: Sequence[Derivative], slope: Derivative, around: Sequence[Sequence[Derivative]], polyhedral: bool
) -> list[Derivative]:
    """Return a row, with an interval or a word for every element whose derivative is another one around."""
    smooth = [sample for sample in around if not any(isinstance(g, str | Interval) for g in sample)]
    reach = max(map(_norm, [row, *smooth]))
    same = _reach(row) * context.mpf("1e-8")
    word = next((g for g in [slope, *row] if isinstance(g, str)), None)
    answer: list[Derivative] = []
    for i, partial in enumerate(row):
        if not _is_finite(partial):
            answer.append(partial)
            continue
        ends = [*_ends(partial), *(sample[i] for sample in smooth)]
        low, high = min(ends), max(ends)
        if high - low <= same and not isinstance(partial, Interval):
            answer.append(partial)
        elif word is not None:
            answer.append(word)
        else:
            answer.append(Interval(low, high) if polyhedral else Interval(-reach, reach))
    return answer


def _reach(row: Sequence[Derivative]) -> Element:
    """Return the largest size of the finite derivatives of a row."""
    return max((abs(end) for g in row if _is_finite(g) for end in _ends(g)), default=context.zero)


def _norm(row: Sequence[Derivative]) -> Element:
    """Return the length of a gradient, the finite derivatives of a row."""
    sizes = [max(map(abs, _ends(g))) for g in row if _is_finite(g)]
    return context.sqrt(sum((size * size for size in sizes), context.zero))


def _box(value: Element) -> Interval:
    return Interval(*_ends(value))


def _ends(value: Any) -> tuple[Element, Element]:
    return (value.lo, value.hi) if isinstance(value, Interval) else (value, value)


def _is_finite(value: Derivative) -> bool:
    return not isinstance(value, str) and all(bool(context.isfinite(end)) for end in _ends(value))


def _distance(one: Derivative, two: Derivative) -> Element:
    if isinstance(one, str | Interval) or isinstance(two, str | Interval):
        return context.zero
    distance = abs(one - two)
    return distance if context.isfinite(distance) else context.zero


def _text(value: Derivative) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, Interval):
        return [_text(value.lo), _text(value.hi)]
    if value != value:
        return "pole: not a number"
    if not context.isfinite(value):
        return "inf" if value > 0 else "-inf"
    return "0" if abs(value) < context.mpf("1e-400") else str(context.nstr(value, WRITTEN)).removesuffix(".0")


def _size(value: Element) -> str:
    return "0" if value != value or not context.isfinite(value) else str(context.nstr(value, 4)).removesuffix(".0")
