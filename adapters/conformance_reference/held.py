"""What stays as it was while a function is differentiated: cut values, and rules that functions bring themselves.

A derivative evaluates its function at shifted points. What ``stop_gradient`` and ``custom_gradient`` gave at the base
point is recorded there, level by level, and given again at every shifted one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from conformance_reference.arrays import Array, NotDifferentiable, asarray, context, convert, objects
from conformance_reference.trees import Function, Tree, flatten


@dataclass(slots=True, eq=False)
class Recording:
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


_recordings: list[Recording] = []
_suspended: list[bool] = []


@contextmanager
def constants(recording: Recording, *, replaying: bool) -> Iterator[None]:
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
