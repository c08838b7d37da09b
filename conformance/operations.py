"""The neutral operations: name, signature and meaning, one row each.

Names and signatures are those of the Array API standard (https://data-apis.org/array-api/latest/), then the common
names of special functions and neural networks. A row says what exists in the language; how a framework spells it stands
in that adapter's table, and what the language does with tapes and transformations stands in ``conformance.program``.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.errors import ProgramError
from conformance.operations_table import TABLE

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8",
    "float16", "bfloat16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
"""The data types a program may name, as in the Array API standard, and bfloat16."""

CONSTANTS = ("pi", "e", "inf", "nan")
"""The constants a program may name, as in the Array API standard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One neutral operation: dotted name, parameters with their defaults (``None`` for a required one), and meaning."""

    name: str
    parameters: tuple[str, ...]
    defaults: Mapping[str, str]
    summary: str
    section: str

    @property
    def signature(self) -> str:
        """The operation as a reader would call it, ``mean(x, axis=None, keepdims=False)``."""
        shown = [f"{p}={self.defaults[p]}" if p in self.defaults else p for p in self.parameters]
        return f"{self.name}({', '.join(shown)})"

    def bind(self, args: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> dict[str, ast.expr]:
        """Return the given arguments by parameter name; raise ``ProgramError`` where they do not fit the signature."""
        bound: dict[str, ast.expr] = {}
        if len(args) > len(self.parameters):
            raise ProgramError(f"{self.name} was given {len(args)} arguments; allowed: {self.signature}")
        for name, value in zip(self.parameters, args, strict=False):
            bound[name] = value
        for keyword in keywords:
            if keyword.arg is None or keyword.arg not in self.parameters:
                raise ProgramError(f"{self.name} has no parameter {keyword.arg!r}; allowed: {self.signature}")
            if keyword.arg in bound:
                raise ProgramError(f"{self.name} was given {keyword.arg!r} twice; allowed: {self.signature}")
            bound[keyword.arg] = keyword.value
        missing = [p for p in self.parameters if p not in bound and p not in self.defaults]
        if missing:
            raise ProgramError(f"{self.name} was not given {missing[0]!r}; allowed: {self.signature}")
        return bound


def parse_signature(text: str) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """Split ``linalg.norm(x, axis=None)`` into its dotted name, its parameters, and the source of the defaults."""
    call = ast.parse(text.strip(), mode="eval").body
    if not isinstance(call, ast.Call):
        raise ValueError(f"not a signature: {text!r}")
    parameters = [ast.unparse(arg) for arg in call.args]
    defaults = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise ValueError(f"not a signature: {text!r}")
        parameters.append(keyword.arg)
        defaults[keyword.arg] = ast.unparse(keyword.value)
    return ast.unparse(call.func), tuple(parameters), defaults


@functools.cache
def operations() -> Mapping[str, Operation]:
    """Return every operation by its dotted name, in the order of the table."""
    rows: dict[str, Operation] = {}
    section = ""
    for line in TABLE.strip().splitlines():
        if line.startswith("#"):
            section = line[1:].strip()
        elif line.strip():
            signature, _, summary = line.partition("|")
            name, parameters, defaults = parse_signature(signature)
            rows[name] = Operation(
                name=name, parameters=parameters, defaults=defaults, summary=summary.strip(), section=section
            )
    return rows
