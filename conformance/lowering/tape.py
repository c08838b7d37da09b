"""The tape-style family: a program's statements stay what they are, and each word becomes the framework's own.

TensorFlow and PyTorch are of this family. What is shared is small: which tapes are open, and how structures of sources
are taken apart and put together again.
"""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.errors import Unsupported
from conformance.lowering.statements import Lowering, name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTape:
    """A tape: its name in the program, and its options."""

    name: str
    persistent: bool
    watch_accessed_variables: bool


def constant_of(node: ast.expr | None, default: bool) -> bool:
    """Return the value of an option that is written out as True or False."""
    if node is None:
        return default
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return node.value
    raise Unsupported(f"an option of a tape is written out as True or False, not as {ast.unparse(node)}")


class TapeStyle(Lowering):
    """Lowers for a framework that records what is executed."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.tapes: dict[str, OpenTape] = {}
        self.recording: list[OpenTape] = []

    def tape_block(self, node: ast.With, tape: str, rest: Sequence[ast.stmt], keep: frozenset[str]) -> int:
        """Lower the block, knowing that the tape is open inside it."""
        call = node.items[0].context_expr
        assert isinstance(call, ast.Call)
        options = {word.arg: word.value for word in call.keywords}
        for name, value in zip(("persistent", "watch_accessed_variables"), call.args, strict=False):
            options[name] = value
        opened = OpenTape(
            name=tape,
            persistent=constant_of(options.get("persistent"), False),
            watch_accessed_variables=constant_of(options.get("watch_accessed_variables"), True),
        )
        self.tapes[tape] = opened
        self.recording.append(opened)
        self.with_tape(node, opened, keep)
        self.recording.pop()
        return 0

    @abstractmethod
    def with_tape(self, node: ast.With, tape: OpenTape, keep: frozenset[str]) -> None:
        """Write the block of an open tape."""

    def hoisted(self, text: str) -> None:
        """Write statements that the expression being lowered needs before it."""
        self.out.add(text, self.line)

    def parameters_of(self, f: ast.expr) -> tuple[str, ...]:
        """Return the parameters of the function that a native expression stands for."""
        name = name_of(f)
        if name is None or name not in self.parameters:
            raise Unsupported(f"the parameters of {ast.unparse(f)} are not known where it is transformed")
        return self.parameters[name]

    def function_named(self, wish: str, parameters: tuple[str, ...]) -> str:
        """Return a fresh name for a function with these parameters."""
        name = self.fresh(wish)
        self.parameters[name] = parameters
        return name

    def _flat(self, node: ast.expr) -> list[ast.expr]:
        if isinstance(node, ast.List | ast.Tuple):
            return [leaf for item in node.elts for leaf in self._flat(item)]
        if isinstance(node, ast.Dict):
            return [leaf for item in node.values for leaf in self._flat(item)]
        return [node]

    def nested(self, node: ast.expr) -> bool:
        """Return whether an expression is a display that is more than a flat list."""
        if isinstance(node, ast.Dict):
            return True
        return isinstance(node, ast.List | ast.Tuple) and any(
            isinstance(item, ast.List | ast.Tuple | ast.Dict) for item in node.elts
        )

    def rebuilt(self, node: ast.expr, leaves: Sequence[str]) -> ast.expr:
        """Return the display with its leaves replaced by names, in order."""
        rest = iter(leaves)

        def build(part: ast.expr) -> ast.expr:
            if isinstance(part, ast.List | ast.Tuple):
                return type(part)([build(item) for item in part.elts], ast.Load())
            if isinstance(part, ast.Dict):
                return ast.Dict(keys=part.keys, values=[build(item) for item in part.values])
            return ast.Name(next(rest), ast.Load())

        return build(node)


def argnums_of(given: Mapping[str, ast.expr]) -> tuple[tuple[int, ...], bool]:
    """Return the positions that a transformation differentiates, and whether they were given as a tuple."""
    node = given.get("argnums")
    if node is None:
        return (0,), False
    value = ast.literal_eval(node)
    if isinstance(value, int):
        return (value,), False
    return tuple(int(i) for i in value), True
