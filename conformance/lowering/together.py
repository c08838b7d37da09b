"""The points of an elementwise function into one array: each framework and compiler pays once, not once for a point.

Every element has a curve of its own, so that a derivative by all parameters at once is every element's own derivative.
Each point's answer is cut out of the result, and is what asking for the point alone gives: its slope or curvature is
the weighted sum of those of its elements, and element k of all points together gives row or column k of all Jacobians.
A rule that lets one point into the answer of another is seen as wrong numbers there. Where the array raises, the points
are asked one by one, so that one that raises does not take the others with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from conformance.lowering.composition import second_order
from conformance.points.point import REAL

_REVERSE: Final = """\
    slopes = pull(curve, (zero,), one)[0]
    rows = [pull(f, inputs, unit) for unit in units]
    return [slopes, *([row[i] for row in rows] for i in range(len(inputs)))]
"""

_FORWARD: Final = """\
    slopes = push(curve, (zero,), (one,))
    columns = []
    for i, x in enumerate(inputs):
        by_x = lambda x, i=i: f(*inputs[:i], x, *inputs[i + 1:])
        columns.append([push(by_x, (x,), (unit,)) for unit in units])
    return [slopes, *columns]
"""

_DERIVATIVE: Final = {"reverse": "pull({g}, ({t},), one)[0]", "forward": "push({g}, ({t},), (one,))"}
"""The derivative of every element of ``g`` by its own parameter ``t``."""

BODIES: Final[Mapping[str, str]] = {
    "reverse": _REVERSE,
    "forward": _FORWARD,
    **{way: f"    return [{curvatures}]\n" for way, curvatures in second_order(_DERIVATIVE, of="curve").items()},
}
"""How each way differentiates, said with a framework's ``pull`` (a vector-Jacobian product) and ``push`` (a
Jacobian-vector product): every element's derivative along its curve, and for each argument rows or columns of the
Jacobians."""

_EACH: Final = """\
def differentiate_each(inputs, directions, bends, units, zero, one):
    def curve(t):
        return f(*(x + t * u + t * t * w for x, u, w in zip(inputs, directions, bends)))

"""

_TOGETHER: Final = '''\
def flat(parts):
    """All numbers in one array, filled up to a multiple of 16, so that few shapes are compiled."""
    numbers = np.concatenate([np.ravel(part) for part in parts])
    return array(np.append(numbers, np.full(-numbers.size % 16, numbers[0])))


def ask_together(points):
    """The answers of points whose arguments have one shape each, of a function that treats every element alone."""
    shapes = [np.shape(values[0]) for values in points.values()]
    sizes = [int(np.prod(shape)) for shape in shapes]
    arguments = range(len(next(iter(points.values()))))
    inputs = tuple(flat([values[i] for values in points.values()]) for i in arguments)
    directions = tuple(flat([uneven(shape, 29, 27 + 11 * i) for shape in shapes]) for i in arguments)
    bends = tuple(flat([uneven(shape, 19, 6 + 7 * i) for shape in shapes]) for i in arguments)
    units = tuple(flat([np.arange(size) == k for size in sizes]) for k in range(max(sizes)))
    zeros, ones = (flat([np.full(size, number) for size in sizes]) for number in (0.0, 1.0))
    along_curve, *parts = differentiate_each(inputs, directions, bends, units, zeros, ones)
    along_curve, parts = host(along_curve), [[host(line) for line in part] for part in parts]
    found, start = {}, 0
    for name, size in zip(points, sizes):
        here = slice(start, start + size)
        with np.errstate(all="ignore"):
            total_along = np.sum(uneven((size,), 13, 21) * along_curve[here])
        found[name] = [total_along, *(np.stack([line[here] for line in part[:size]], axis=AXIS) for part in parts)]
        start += size
    return found
'''

LOOP: Final = """\
alone = {name: values for name, values in points.items() if name not in together}
try:
    answers = ask_together({name: points[name] for name in together})
except Exception:  # one of them raises: which one, and what do the others give?
    answers, alone = {}, points
answers.update(ask_one_by_one(alone))
"""


def fitting(points: Mapping[str, Sequence[Any]], dtype: str) -> tuple[str, ...]:
    """Return the points that can be one array: real ones whose arguments have one shape, and elements."""
    shapes = {name: {np.shape(value) for value in values} for name, values in points.items()}
    there = tuple(name for name, of in shapes.items() if len(of) == 1 and 0 not in next(iter(of)))
    return there if dtype in REAL and len(there) > 1 else ()


def definitions(way: str, compiled: str | None) -> str:
    """Return the native functions that ask for points together; ``compiled`` is the decorator of the compiled mode."""
    decorator = "" if compiled is None else f"{compiled}\n"
    axis = "1" if way == "forward" else "0"
    return f"{decorator}{_EACH}{BODIES[way]}\n\n{_TOGETHER.replace('AXIS', axis)}"
