"""Differentiates functions of arrays by one-sided and central difference quotients at high precision.

No derivative rule is used anywhere, so that an agreement with a framework is an agreement of two independent answers.

How a derivative is taken. The function is evaluated at ``x``, ``x + h`` and ``x - h`` with so many digits that
rounding is far below what ``h`` takes away. Where the two sides disagree, or the quotient is suspiciously large or
small, a second and a third, smaller step tell why: sides that settle on two values are a kink (the answer is the
interval between them), a quotient that grows while the function is continuous is an infinite slope, one that grows by a
jump or a pole raises ``NotDifferentiable``. Where a quotient has few significant digits (a saturated ``tanh``), it is
taken again with more.

Derivatives nest: an inner one works with a smaller step than the one around it, so that it never steps over a kink from
which the outer one has just moved away, and with more digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from conformance_reference.arrays import (
    Array,
    Element,
    Interval,
    NotDifferentiable,
    as_objects,
    asarray,
    context,
    convert,
    kind_of,
    objects,
    step,
)

__all__ = [
    "checkpoint", "custom_gradient", "grad", "hessian", "hvp", "jacobian", "jvp", "snapshot", "stop_gradient",
    "value_and_grad", "vjp", "vmap",
]  # fmt: skip

Function = Callable[..., Any]
Tree = Any
"""Arrays and numbers in any nesting of lists, tuples and dictionaries."""

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


# structures


def flatten(tree: Tree) -> tuple[list[Array], Callable[[Sequence[Any]], Tree]]:
    """Return the leaves of a structure as arrays, and a function that puts as many values back in their places."""
    leaves: list[Array] = []

    def walk(part: Tree) -> Callable[[Sequence[Any]], Tree]:
        if part is None:
            return lambda _: None
        if isinstance(part, dict):
            inner = {key: walk(value) for key, value in part.items()}
            return lambda values: {key: build(values) for key, build in inner.items()}
        if isinstance(part, list | tuple):
            parts = [walk(value) for value in part]
            kind = type(part)
            return lambda values: kind(build(values) for build in parts)
        place = len(leaves)
        leaves.append(asarray(part))
        return lambda values: values[place]

    return leaves, walk(tree)


# values that stay what they were


@dataclass(slots=True, eq=False)
class _Recording:
    """What must stay constant while one function is evaluated at shifted points, in the order of its occurrence."""

    entries: list[Any] = field(default_factory=list)
    replaying: bool = False
    position: int = 0

    def next(self) -> Any:
        """Return the entry of the call that is now repeated."""
        if self.position >= len(self.entries):
            raise NotDifferentiable("the program takes another path beside this point: a branch depends on the value")
        self.position += 1
        return self.entries[self.position - 1]


_recordings: list[_Recording] = []
_suspended: list[bool] = []


@contextmanager
def _constants(recording: _Recording, *, replaying: bool) -> Iterator[None]:
    """Record, or replay from the start, what one evaluation cuts from differentiation."""
    recording.replaying, recording.position = replaying, 0
    _recordings.append(recording)
    try:
        yield
    finally:
        _recordings.pop()


@contextmanager
def _outside() -> Iterator[None]:
    """Evaluate as if nothing were being differentiated: the body of a function that brings its own derivative."""
    saved = _recordings[:]
    _suspended.append(any(recording.replaying for recording in saved) or any(_suspended))
    _recordings.clear()
    try:
        yield
    finally:
        _recordings[:] = saved
        _suspended.pop()


def reset() -> None:
    """Forget what an evaluation that was cut short may have left behind."""
    _recordings.clear()
    _suspended.clear()


def stop_gradient(x: Tree) -> Tree:
    """Return the value, which stays the same while anything around it is differentiated."""
    if _suspended and _suspended[-1] and not _recordings:
        raise NotDifferentiable("stop_gradient inside a custom_gradient that is differentiated more than once")
    return _stopped(len(_recordings), x)


def _stopped(depth: int, x: Tree) -> Tree:
    if depth == 0:
        return x
    recording = _recordings[depth - 1]
    if recording.replaying:
        return recording.next()
    value = _stopped(depth - 1, x)
    recording.entries.append(value)
    return value


def snapshot(x: Tree) -> Tree:
    """Return the value as it is now; arrays never change, so it is the value itself."""
    return x


def checkpoint(f: Function) -> Function:
    """Return the function: recomputation changes no number."""
    return f


# functions that bring their own derivative


@dataclass(slots=True, eq=False)
class _Linear:
    """One call of such a function: its value and arguments, and its Jacobian by the rule, made when first needed."""

    arguments: list[Array]
    outputs: list[Array]
    rebuild: Callable[[Sequence[Any]], Tree]
    backward: Function
    rows: list[list[Array]] | None = None

    def at(self, arguments: list[Array]) -> Tree:
        """Return the value at shifted arguments, along the straight line that the rule gives."""
        if self.rows is None:
            with _outside():
                self.rows = [self._row(leaf, place) for leaf in range(len(self.outputs))
                             for place in range(self.outputs[leaf].size)]  # fmt: skip
        shifts = [
            new - old
            for one, other in zip(arguments, self.arguments, strict=True)
            for new, old in zip(one.elements(), other.elements(), strict=True)
        ]
        rows = iter(self.rows)
        results = []
        for output in self.outputs:
            values = []
            for value in output.elements():
                slopes = [slope for part in next(rows) for slope in part.elements()]
                moved = sum((s * d for s, d in zip(slopes, shifts, strict=True) if d != 0), context.zero)
                values.append(convert(value + moved, output.dtype))
            results.append(Array(objects(values, output.shape), output.dtype))
        return self.rebuild(results)

    def _row(self, leaf: int, place: int) -> list[Array]:
        cotangents = [
            Array(objects([context.mpf(i == leaf and p == place) for p in range(out.size)], out.shape), out.dtype)
            for i, out in enumerate(self.outputs)
        ]
        answer = self.backward(self.rebuild(cotangents))
        gradients = list(answer) if isinstance(answer, list | tuple) else [answer]
        if len(gradients) != len(self.arguments):
            raise TypeError(
                f"the backward function gave {len(gradients)} gradients for {len(self.arguments)} arguments; "
                "give one for each"
            )
        return [
            _broadcast(asarray(0.0 if gradient is None else gradient), argument.shape)
            for gradient, argument in zip(gradients, self.arguments, strict=True)
        ]


def _broadcast(x: Array, shape: tuple[int, ...]) -> Array:
    if x.shape == shape:
        return x
    if x.size != 1:
        raise TypeError(f"the backward function gave a gradient of shape {x.shape} for an argument of shape {shape}")
    return Array(objects([x.item()] * _length(shape), shape), x.dtype)


def _length(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def custom_gradient(f: Function) -> Function:
    """Return the function with the derivative of its own backward rule; ``f`` gives its value and that rule.

    A second derivative differentiates the rule, through everything that it was made of.
    """

    def call(*args: Any) -> Tree:
        return _custom(len(_recordings), f, [asarray(a) for a in args])

    return call


def _custom(depth: int, f: Function, arguments: list[Array]) -> Tree:
    if depth == 0:
        with _outside():
            value, _ = f(*arguments)
        return value
    recording = _recordings[depth - 1]
    if recording.replaying:
        linear: _Linear = recording.next()
        return linear.at(arguments)
    value = _custom(depth - 1, f, arguments)
    with _outside():
        _, backward = f(*arguments)
    outputs, rebuild = flatten(value)
    recording.entries.append(_Linear(arguments=arguments, outputs=outputs, rebuild=rebuild, backward=backward))
    return value


# difference quotients

_nesting: list[int] = [0]

Weights = list[tuple[int, Element]]
"""A linear functional of the output elements: positions with their weights."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A function along a straight line: output elements by the distance from the base point, and the base itself."""

    at: Callable[[Element], list[Element]]
    base: list[Element]


def _change(after: Element, before: Element) -> Element:
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


def _weighted(functional: Weights, after: list[Element], before: list[Element]) -> Element:
    total = context.zero
    for place, weight in functional:
        change = _change(after[place], before[place])
        if change != 0:
            total = total + weight * change
    return total


def _real_weighted(functional: Weights, after: list[Element], before: list[Element]) -> Element:
    total = context.zero
    for place, weight in functional:
        change = _change(after[place], before[place])
        if change != 0:
            total = total + (context.conj(weight) * change).real
    return total


Combine = Callable[[Weights, list[Element], list[Element]], Element]


@dataclass(frozen=True, slots=True)
class _Sides:
    """The two difference quotients at one step."""

    right: Element
    left: Element

    @property
    def size(self) -> Element:
        """The larger magnitude; not a number where a side is."""
        return max(abs(self.right), abs(self.left))


def _measure(line: _Line, h: Element, functionals: list[Weights], combine: Combine) -> list[_Sides]:
    after, before = line.at(h), line.at(-h)
    if len(after) != len(line.base) or len(before) != len(line.base):
        raise NotDifferentiable("the shape of the result depends on the value")
    return [
        _Sides(combine(functional, after, line.base) / h, combine(functional, line.base, before) / h)
        for functional in functionals
    ]


def _slopes(line: _Line, h: Element, functionals: list[Weights], combine: Combine) -> list[Element]:
    """Return the derivative of every functional along the line; an Interval at a kink."""
    first = _measure(line, h, functionals, combine)
    weak = [i for i, sides in enumerate(first) if _has_few_digits(sides, functionals[i], line, h)]
    if weak:
        with context.workdps(context.dps + MORE):
            sharper = _Line(line.at, line.at(context.zero))
            again = _measure(sharper, h, [functionals[i] for i in weak], combine)
            for i, sides in zip(weak, again, strict=True):
                first[i] = _without_noise(sides, functionals[i], sharper, h)
            return _settled(sharper, h, functionals, combine, first)
    return _settled(line, h, functionals, combine, first)


def _settled(
    line: _Line, h: Element, functionals: list[Weights], combine: Combine, first: list[_Sides]
) -> list[Element]:
    doubtful = [i for i, sides in enumerate(first) if _is_doubtful(sides)]
    finer: dict[int, tuple[_Sides, _Sides]] = {}
    if doubtful:
        chosen = [functionals[i] for i in doubtful]
        second = _measure(line, h / SMALLER, chosen, combine)
        third = _measure(line, h / SMALLER**2, chosen, combine)
        finer = dict(zip(doubtful, zip(second, third, strict=True), strict=True))
    return [
        _limit((sides, *finer[i])) if i in finer else (sides.right + sides.left) / 2 for i, sides in enumerate(first)
    ]


def _noise(functional: Weights, line: _Line, h: Element) -> Element:
    """Return what rounding alone can make of a quotient: a few digits of the largest term."""
    sizes = [abs(weight * line.base[place]) for place, weight in functional if _is_finite(line.base[place])]
    return sum(sizes, context.zero) * context.mpf(10) ** (GUARD // 4 - context.dps) / abs(h)


def _is_finite(value: Element) -> bool:
    return not isinstance(value, Interval) and bool(context.isfinite(value))


def _has_few_digits(sides: _Sides, functional: Weights, line: _Line, h: Element) -> bool:
    if not functional:
        return False
    return bool(sides.size <= _noise(functional, line, h) * context.mpf(10) ** SIGNIFICANT)


def _without_noise(sides: _Sides, functional: Weights, line: _Line, h: Element) -> _Sides:
    noise = _noise(functional, line, h)
    quiet = [context.zero if abs(side) <= noise else side for side in (sides.right, sides.left)]
    return _Sides(quiet[0], quiet[1])


def _is_doubtful(sides: _Sides) -> bool:
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


def _limit(sides: tuple[_Sides, _Sides, _Sides]) -> Element:
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


def _of_two_slopes(right: Element, left: Element, sides: tuple[_Sides, _Sides, _Sides]) -> Element:
    gap = abs(right - left)
    if gap <= max(abs(right), abs(left)) * context.mpf("1e-12"):
        first, second, third = ((pair.right + pair.left) / 2 for pair in sides)
        return _extrapolated((first, second, third))
    if isinstance(right, context.mpc) or isinstance(left, context.mpc):
        raise NotDifferentiable("a kink of a complex value")
    return Interval(min(right, left), max(right, left))


def _scale(pairs: Sequence[tuple[Element, Element]]) -> Element:
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
def _digits(smallest: Element) -> Iterator[None]:
    """Work with the digits that quotients of this step need, one level further in."""
    lost = max(0, -int(context.floor(context.log10(smallest))))
    _nesting[0] += 1
    try:
        with context.workdps(context.dps + lost + GUARD):
            yield
    finally:
        _nesting[0] -= 1


class _Evaluation:
    """A function with its base point: what it gives there, and its output elements at points beside it."""

    def __init__(self, f: Function, arguments: Sequence[Tree], *, has_aux: bool = False) -> None:
        self.leaves, self.rebuild_arguments = flatten(list(arguments))
        self._f, self._has_aux = f, has_aux
        self._recording = _Recording()
        self.smallest = min((_scale([(v, 1)]) for leaf in self.leaves for v in self._values(leaf)), default=step())
        with _digits(self.smallest), _constants(self._recording, replaying=False):
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
        with _constants(self._recording, replaying=True):
            value = self._f(*self.rebuild_arguments(list(leaves)))
        if self._has_aux:
            value, _ = value
        return [x for leaf in flatten(value)[0] for x in leaf.elements()]

    def along(self, leaf: int, place: int, direction: Element) -> _Line:
        """Return the function along one element of one argument."""

        def at(t: Element) -> list[Element]:
            moved = list(self.leaves)
            data = moved[leaf].data.copy()
            data.flat[place] = data.flat[place] + t * direction
            moved[leaf] = Array(data, moved[leaf].dtype)
            return self.at(moved)

        return _Line(at, self.base)

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
        combine = _real_weighted if any(kind_of(o.dtype) == 3 for o in self.outputs) else _weighted
        h = _scale([(value, 1)])
        try:
            with _digits(h):
                if kind_of(self.leaves[leaf].dtype) == 2:
                    return _slopes(self.along(leaf, place, context.one), h, functionals, combine)
                real = _slopes(self.along(leaf, place, context.one), h, functionals, combine)
                imaginary = _slopes(self.along(leaf, place, context.mpc(0, 1)), h, functionals, combine)
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

    h = _scale(pairs)
    try:
        with _digits(h):
            functionals = [[(place, context.one)] for place in range(len(evaluation.base))]
            slopes = _slopes(_Line(at, evaluation.base), h, functionals, _weighted)
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
