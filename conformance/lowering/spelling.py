"""Tables of native spellings: one line an operation, ``mean(x, axis=None, …): tf.reduce_mean(x, axis=axis, …)``.

A keyword argument whose value is just a parameter is left out when the caller did not give that parameter, so that the
native source reads as a user would write it. Several lines may stand for one operation: the first one whose parameters
take in all the given arguments is used. An indented line continues the one before it. ``name(…): unsupported: reason``
says that the framework has no such thing.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from conformance.errors import AdapterError, Unsupported
from conformance.operations import operations, parse_signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """One line: which parameters it takes in, and the native expression (or why there is none)."""

    parameters: tuple[str, ...]
    required: frozenset[str]
    expression: ast.expr | None
    reason: str = ""


class SpellingTable:
    """All the spellings of one framework."""

    def __init__(self, framework: str, rows: Mapping[str, tuple[Spelling, ...]]) -> None:
        self._framework = framework
        self._rows = rows

    @classmethod
    def parse(cls, framework: str, text: str, *, roots: Collection[str]) -> SpellingTable:
        """Return the table of a text; ``roots`` are the names that native expressions may use freely.

        Raises:
            AdapterError: a line that is not a spelling, an operation that does not exist, or a stray name.
        """
        rows: dict[str, tuple[Spelling, ...]] = {}
        for number, line in _lines(text):
            signature, colon, native = line.partition("): ")
            place = f"spellings of {framework}, line {number}"
            if not colon:
                raise AdapterError(f"{place}: {line!r} is not `name(parameters): native expression`")
            name, spelling = _row(place, signature + ")", native.strip(), frozenset(roots))
            rows[name] = (*rows.get(name, ()), spelling)
        return cls(framework, rows)

    def support(self, name: str) -> str | None:
        """Return why the framework does not have an operation, or None where it does."""
        if name not in self._rows:
            return f"{self._framework} has no spelling for {name}"
        reasons = [row.reason for row in self._rows[name] if row.expression is None]
        return reasons[0] if len(reasons) == len(self._rows[name]) else None

    def repeated(self, name: str, given: Mapping[str, ast.expr]) -> list[str]:
        """Return the parameters that the native expression names more than once: their arguments need a name."""
        row = self._row(name, given)
        if row is None or row.expression is None:
            return []
        used = Counter(node.id for node in ast.walk(row.expression) if isinstance(node, ast.Name))
        return [parameter for parameter in given if used[parameter] > 1]

    def _row(self, name: str, given: Mapping[str, ast.expr]) -> Spelling | None:
        for row in self._rows.get(name, ()):
            if set(given) <= set(row.parameters) and row.required <= set(given):
                return row
        return None

    def spell(self, name: str, given: Mapping[str, ast.expr]) -> ast.expr:
        """Return the native expression of an operation for native arguments by parameter.

        Raises:
            Unsupported: the framework has no such operation, or not with these arguments.
        """
        row = self._row(name, given)
        if row is not None:
            if row.expression is None:
                raise Unsupported(row.reason)
            defaults = operations()[name].defaults
            filled: ast.expr = _Fill(given, defaults).visit(copy.deepcopy(row.expression))
            return filled
        if name in self._rows:
            raise Unsupported(f"{self._framework} has no {name} with the arguments {', '.join(given)}")
        raise Unsupported(f"{self._framework} has no spelling for {name}")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers; an indented one continues the one before it."""
    number, line = 0, ""
    for count, raw in enumerate(text.strip().splitlines(), start=1):
        if line and raw[:1].isspace() and raw.strip():
            line = f"{line} {raw.strip()}"
            continue
        if line:
            yield number, line
        number, line = count, "" if raw.startswith("#") else raw.strip()
    if line:
        yield number, line


def _row(place: str, signature: str, native: str, roots: frozenset[str]) -> tuple[str, Spelling]:
    try:
        name, parameters, defaults = parse_signature(signature)
    except (SyntaxError, ValueError) as error:
        raise AdapterError(f"{place}: {signature!r} is not a signature: {error}") from None
    operation = operations().get(name)
    if operation is None:
        raise AdapterError(f"{place}: {name!r} is not an operation; conformance.operations lists all")
    stray = set(parameters) - set(operation.parameters)
    if stray:
        raise AdapterError(f"{place}: {min(stray)!r} is no parameter of {operation.signature}")
    required = frozenset(parameters) - set(defaults)
    if native.startswith("unsupported:"):
        reason = native.partition(":")[2].strip()
        return name, Spelling(parameters=parameters, required=required, expression=None, reason=reason)
    try:
        expression = ast.parse(native, mode="eval").body
    except SyntaxError as error:
        raise AdapterError(f"{place}: {native!r} is not an expression: {error.msg}") from None
    local = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    local |= {node.arg for node in ast.walk(expression) if isinstance(node, ast.arg)}
    used = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
    free = used - local - set(parameters) - roots
    if free:
        raise AdapterError(f"{place}: {min(free)!r} is neither a parameter of the operation nor one of {sorted(roots)}")
    return name, Spelling(parameters=parameters, required=required, expression=expression)


class _Fill(ast.NodeTransformer):
    """Puts native arguments in for parameters, and drops keywords of parameters that were not given."""

    def __init__(self, given: Mapping[str, ast.expr], defaults: Mapping[str, str]) -> None:
        self._given = given
        self._defaults = defaults

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node.keywords = [
            word
            for word in node.keywords
            if not (
                isinstance(word.value, ast.Name)
                and word.value.id in self._defaults
                and word.value.id not in self._given
            )
        ]
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._given:
            return self._given[node.id]
        if node.id in self._defaults:
            return ast.parse(self._defaults[node.id], mode="eval").body
        return node
