"""Differentiates functions of arrays by one-sided and central difference quotients at high precision.

No derivative rule is used anywhere, so that an agreement with a framework is an agreement of two independent answers.

How a derivative is taken. The function is evaluated at ``x``, ``x + h`` and ``x - h`` with so many digits that
rounding is far below what ``h`` takes away (``quotients``), while what is cut from differentiation stays as it was at
``x`` (``held``).

Derivatives nest: an inner one works with a smaller step than the one around it, so that it never steps over a kink from
which the outer one has just moved away, and with more digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance_reference.arrays import (
    Array,
    Element,
    Interval,
    NotDifferentiable,
    as_objects,
    context,
    convert,
    kind_of,
    objects,
    step,
)
from conformance_reference.held import Recording, checkpoint, constants, custom_gradient, snapshot, stop_gradient
from conformance_reference.quotients import Line, Weights, digits, real_weighted, slopes_along, step_along, weighted
from conformance_reference.trees import Function, Tree, flatten

__all__ = [
    "checkpoint", "custom_gradient", "grad", "hessian", "hvp", "jacobian", "jvp", "snapshot", "stop_gradient",
    "value_and_grad", "vjp", "vmap",
]  # fmt: skip


class _Evaluation:
    """A function with its base point: what it gives there, and its output elements at points beside it."""

    def __init__(self, f: Function, arguments: Sequence[Tree], *, has_aux: bool = False) -> None:
        self.leaves, self.rebuild_arguments = flatten(list(arguments))
        self._f, self._has_aux = f, has_aux
        self._recording = Recording()
        self.smallest = min((step_along([(v, 1)]) for leaf in self.leaves for v in self._values(leaf)), default=step())
        with digits(self.smallest), constants(self._recording, replaying=False):
            value = f(*self.rebuild_arguments(self.leaves))
        self.aux = None
        if has_aux:
            value, self.aux = value
        self.value = value
        self.outputs, self.rebuild = flatten(value)
        self.base = [x for leaf in self.outputs for x in leaf.elements()]

    @staticmethod
    def _values(leaf: Array) -> list[Element]:
        return leaf.elements() if kind_of(leaf.dtype) >= 2 else []

    def at(self, leaves: Sequence[Array]) -> list[Element]:
        """Return the output elements at other arguments, with what is cut from differentiation as it was."""
        with constants(self._recording, replaying=True):
            value = self._f(*self.rebuild_arguments(list(leaves)))
        if self._has_aux:
            value, _ = value
        return [x for leaf in flatten(value)[0] for x in leaf.elements()]

    def along(self, leaf: int, place: int, direction: Element) -> Line:
        """Return the function along one element of one argument."""

        def at(t: Element) -> list[Element]:
            moved = list(self.leaves)
            data = moved[leaf].data.copy()
            data.flat[place] = data.flat[place] + t * direction
            moved[leaf] = Array(data, moved[leaf].dtype)
            return self.at(moved)

        return Line(at, self.base)

    def name(self, leaf: int, place: int) -> str:
        """Say which element of the arguments this is."""
        shape = self.leaves[leaf].shape
        if not shape:
            return f"argument {leaf}"
        index = []
        for n in reversed(shape):
            index.append(place % n)
            place //= n
        return f"element {list(reversed(index))} of argument {leaf}"

    def slopes(self, leaf: int, place: int, functionals: list[Weights]) -> list[Element]:
        """Return the derivative of every functional by one element of one argument."""
        value = self.leaves[leaf].data.flat[place]
        if kind_of(self.leaves[leaf].dtype) < 2:
            return [context.zero for _ in functionals]
        if isinstance(value, Interval):
            raise NotDifferentiable(f"{self.name(leaf, place)} is the subgradient interval of a kink")
        combine = real_weighted if any(kind_of(o.dtype) == 3 for o in self.outputs) else weighted
        h = step_along([(value, 1)])
        try:
            with digits(h):
                if kind_of(self.leaves[leaf].dtype) == 2:
                    return slopes_along(self.along(leaf, place, context.one), h, functionals, combine)
                real = slopes_along(self.along(leaf, place, context.one), h, functionals, combine)
                imaginary = slopes_along(self.along(leaf, place, context.mpc(0, 1)), h, functionals, combine)
                return [_joined(a, b) for a, b in zip(real, imaginary, strict=True)]
        except NotDifferentiable as error:
            place_said = self.name(leaf, place)
            said = str(error)
            raise NotDifferentiable(said if place_said in said else f"{place_said}: {said}") from error

    def gradient(self, leaf: int, functional: Weights) -> Array:
        """Return the derivative of one functional by every element of one argument."""
        source = self.leaves[leaf]
        values = [self.slopes(leaf, place, [functional])[0] for place in range(source.size)]
        return Array(objects(values, source.shape), _derivative_dtype(source))


def _joined(real: Element, imaginary: Element) -> Element:
    """Return the direction of steepest ascent in the complex plane: by the real part, plus i by the imaginary part."""
    if isinstance(real, Interval) or isinstance(imaginary, Interval):
        raise NotDifferentiable("a kink in the complex plane")
    return context.mpc(real, imaginary)


def _derivative_dtype(source: Array) -> str:
    return source.dtype if kind_of(source.dtype) >= 2 else "float32"


def _total(evaluation: _Evaluation) -> Weights:
    """Return the functional that sums every output element."""
    return [(place, context.one) for place in range(len(evaluation.base))]


def _chosen(args: Sequence[Tree], argnums: int | Sequence[int]) -> tuple[int, ...]:
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for number in numbers:
        if not -len(args) <= number < len(args):
            raise ValueError(f"argnums {number} of a function that was given {len(args)} arguments")
    return tuple(number % len(args) for number in numbers)


def _restricted(f: Function, args: Sequence[Tree], numbers: Sequence[int]) -> Function:
    """Return the function of the chosen arguments only."""

    def restricted(*chosen: Tree) -> Tree:
        full = list(args)
        for number, value in zip(numbers, chosen, strict=True):
            full[number] = value
        return f(*full)

    return restricted


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """Return a function that gives the value of ``f`` (with ``has_aux`` a pair) and the gradient of its sum."""

    def differentiated(*args: Tree) -> tuple[Tree, Tree]:
        numbers = _chosen(args, argnums)
        evaluation = _Evaluation(_restricted(f, args, numbers), [args[n] for n in numbers], has_aux=has_aux)
        total = _total(evaluation)
        gradients = [evaluation.gradient(leaf, total) for leaf in range(len(evaluation.leaves))]
        structure = evaluation.rebuild_arguments(gradients)
        answer = structure[0] if isinstance(argnums, int) else tuple(structure)
        return ((evaluation.value, evaluation.aux) if has_aux else evaluation.value), answer

    return differentiated


def grad(f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """Return a function that gives the gradient of the sum of ``f`` (with ``has_aux`` and the auxiliary value)."""

    def differentiated(*args: Tree) -> Tree:
        value, gradient = value_and_grad(f, argnums, has_aux)(*args)
        return (gradient, value[1]) if has_aux else gradient

    return differentiated


def vjp(f: Function, *primals: Tree) -> tuple[Tree, Function]:
    """Return the value of ``f`` and the function from a cotangent to the gradients, one an argument, as a tuple."""
    evaluation = _Evaluation(f, primals)

    def pullback(cotangent: Tree) -> tuple[Tree, ...]:
        weights = [x for leaf in flatten(cotangent)[0] for x in leaf.elements()]
        if len(weights) != len(evaluation.base):
            raise ValueError(f"a cotangent of {len(weights)} elements for an output of {len(evaluation.base)}")
        if any(isinstance(weight, Interval) for weight in weights):
            raise NotDifferentiable("the cotangent is the subgradient interval of a kink")
        functional = [(place, convert(weight, "float32") if isinstance(weight, int) else weight)
                      for place, weight in enumerate(weights) if weight != 0]  # fmt: skip
        gradients = [evaluation.gradient(leaf, functional) for leaf in range(len(evaluation.leaves))]
        return tuple(evaluation.rebuild_arguments(gradients))

    return evaluation.value, pullback


def jvp(f: Function, primals: Sequence[Tree], tangents: Sequence[Tree]) -> tuple[Tree, Tree]:
    """Return the value of ``f`` and its derivative along the tangents."""
    evaluation = _Evaluation(f, list(primals))
    directions = flatten(list(tangents))[0]
    if [d.shape for d in directions] != [leaf.shape for leaf in evaluation.leaves]:
        raise ValueError(
            f"tangents of the shapes {[d.shape for d in directions]} for arguments of the shapes "
            f"{[leaf.shape for leaf in evaluation.leaves]}; give one of the same shape for each"
        )
    pairs = [
        (value, direction)
        for leaf, tangent in zip(evaluation.leaves, directions, strict=True)
        if kind_of(leaf.dtype) >= 2
        for value, direction in zip(leaf.elements(), tangent.elements(), strict=True)
    ]

    def at(t: Element) -> list[Element]:
        moved = [
            Array(as_objects(leaf.data + tangent.data * t), leaf.dtype) if kind_of(leaf.dtype) >= 2 else leaf
            for leaf, tangent in zip(evaluation.leaves, directions, strict=True)
        ]
        return evaluation.at(moved)

    h = step_along(pairs)
    try:
        with digits(h):
            functionals = [[(place, context.one)] for place in range(len(evaluation.base))]
            slopes = slopes_along(Line(at, evaluation.base), h, functionals, weighted)
    except NotDifferentiable as error:
        raise NotDifferentiable(f"along the tangent: {error}") from error
    return evaluation.value, evaluation.rebuild(_split(slopes, evaluation.outputs))


def _split(values: Sequence[Element], outputs: Sequence[Array]) -> list[Array]:
    """Return the values as arrays of the shapes of the outputs."""
    parts, start = [], 0
    for output in outputs:
        part = list(values[start : start + output.size])
        parts.append(Array(objects(part, output.shape), _derivative_dtype(output)))
        start += output.size
    return parts


def jacobian(f: Function, argnums: int | Sequence[int] = 0, mode: str = "reverse") -> Function:
    """Return a function that gives every derivative: the structure of the output, and inside it that of the arguments.

    Shapes: an output of shape ``m`` and an argument of shape ``n`` give ``m + n``. ``mode`` changes no number.
    """

    def differentiated(*args: Tree) -> Tree:
        numbers = _chosen(args, argnums)
        evaluation = _Evaluation(_restricted(f, args, numbers), [args[n] for n in numbers])
        if any(kind_of(part.dtype) == 3 for part in (*evaluation.leaves, *evaluation.outputs)):
            raise NotDifferentiable("the Jacobian of a complex function depends on a convention")
        functionals = [[(place, context.one)] for place in range(len(evaluation.base))]
        columns = [
            [evaluation.slopes(leaf, place, functionals) for place in range(source.size)]
            for leaf, source in enumerate(evaluation.leaves)
        ]
        rows = []
        start = 0
        for output in evaluation.outputs:
            blocks = []
            for source, column in zip(evaluation.leaves, columns, strict=True):
                values = [slopes[start + place] for place in range(output.size) for slopes in column]
                blocks.append(Array(objects(values, (*output.shape, *source.shape)), _derivative_dtype(output)))
            structure = evaluation.rebuild_arguments(blocks)
            rows.append(structure[0] if isinstance(argnums, int) else tuple(structure))
            start += output.size
        return evaluation.rebuild(rows)

    return differentiated


def hessian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """Return a function that gives the Jacobian of the Jacobian."""
    return jacobian(jacobian(f, argnums), argnums)


def hvp(f: Function, x: Tree, v: Tree) -> Tree:
    """Return the Hessian of ``f`` at ``x`` times ``v``: the derivative of the gradient along ``v``."""
    return jvp(grad(f), (x,), (v,))[1]


def vmap(f: Function, in_axes: Any = 0) -> Function:
    """Return the function of every slice along an axis, the answers stacked along a new first axis."""

    def mapped(*args: Tree) -> Tree:
        axes = list(in_axes) if isinstance(in_axes, list | tuple) else [in_axes] * len(args)
        if len(axes) != len(args):
            raise ValueError(f"in_axes names {len(axes)} arguments, {len(args)} were given")
        lengths = {
            leaf.shape[axis]
            for arg, axis in zip(args, axes, strict=True)
            if axis is not None
            for leaf in flatten(arg)[0]
        }
        if len(lengths) != 1:
            raise ValueError(
                f"vmap over axes of the lengths {sorted(lengths)}; give at least one axis, all of one length"
            )
        results = [
            f(*(_slice(arg, axis, position) for arg, axis in zip(args, axes, strict=True)))
            for position in range(lengths.pop())
        ]
        return _stacked(results)

    return mapped


def _slice(arg: Tree, axis: int | None, position: int) -> Tree:
    if axis is None:
        return arg
    leaves, rebuild = flatten(arg)
    return rebuild([leaf[(*([slice(None)] * (axis % leaf.ndim)), position)] for leaf in leaves])


def _stacked(results: Sequence[Tree]) -> Tree:
    flat = [flatten(result) for result in results]
    rebuild = flat[0][1]
    stacked = [
        Array(objects([x for part in parts for x in part.elements()], (len(parts), *parts[0].shape)), parts[0].dtype)
        for parts in zip(*(leaves for leaves, _ in flat), strict=True)
    ]
    return rebuild(stacked)
