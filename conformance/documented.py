"""What documents say of points at which a derivative is a choice: statements beside the points of a derivative case.

``documented`` of a case names statements of the catalogue, each with the values of the case's axes and the points that
it speaks of. The answers are judged by mathematics; a reader sees beside them which of them was promised.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from conformance.axes import axis_labels
from conformance.derivatives import frozen_name, points_of
from conformance.refusal import choices

if TYPE_CHECKING:
    from conformance.case import Case


def documented_axes(case: Case) -> Mapping[str, Sequence[str]]:
    """Return what a statement may be said to speak of: each axis of a case with its values, and its points."""
    return {**axis_labels(case), "point": tuple(point.name for point in points_of(case))}


def documented_points(case: Case) -> Mapping[str, tuple[str, ...]]:
    """Return the statements by operation and point, as in ``op=relu at zero``; without axes, ``at zero``."""
    found: dict[str, tuple[str, ...]] = {}
    if not case.documented:
        return found
    axes = documented_axes(case)
    for values in itertools.product(*axes.values()):
        labels = dict(zip(axes, values, strict=True))
        point = labels["point"]
        said = tuple(
            statement
            for statement, where in case.documented.items()
            if all(labels.get(axis) in wanted for axis, wanted in where.items())
        )
        if said:
            operation = frozen_name({axis: label for axis, label in labels.items() if axis != "point"})
            found[f"{operation} at {point}".strip()] = said
    return found


def misplaced(
    where: Mapping[str, Sequence[str]], axes: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Yield what names no axis or value, with the steps to it: an axis alone, or an axis and the place in its list."""
    for axis, values in where.items():
        if axis not in axes:
            yield f"where: no axis {axis!r}{choices(axis, axes)}", (axis,)
            continue
        if not values:
            yield f"where: {axis} names no value; take it out for all", (axis,)
        for k, value in enumerate(values):
            if value not in axes[axis]:
                yield f"where: {axis} has no {value!r}{choices(value, axes[axis])}", (axis, k)
            elif value in values[:k]:
                yield f"where: {axis} has {value!r} twice; name it once", (axis, k)
