"""The ``data:`` of a case → NumPy expressions that make the inputs, the same for every framework."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from conformance.errors import ProgramError, nearest
from conformance.operations import Operation, parse_signature
from conformance.program import literal, measure

_TABLE: Final = {
    "uniform(low, high, shape)": "rng.uniform(low, high, shape)",
    "normal(mean, deviation, shape)": "rng.normal(mean, deviation, shape)",
    "integers(low, high, shape)": "rng.integers(low, high, shape)",
    "linspace(start, stop, num)": "np.linspace(start, stop, num)",
    "arange(stop)": "np.arange(stop)",
    "zeros(shape)": "np.zeros(shape)",
    "ones(shape)": "np.ones(shape)",
    "reshape(x, shape)": "np.reshape(x, shape)",
    "sin(x)": "np.sin(x)",
    "exp(x)": "np.exp(x)",
}
"""What a data expression may call, with its NumPy spelling; ``rng`` is ``numpy.random.default_rng(seed)``."""

_NODES: Final = (
    ast.BinOp, ast.UnaryOp, ast.Constant, ast.Name, ast.Load, ast.Tuple, ast.List, ast.Call,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult, ast.USub,
)  # fmt: skip


def data_lines(data: Mapping[str, Any], axes: Mapping[str, Any] = MappingProxyType({})) -> Mapping[str, str]:
    """Return a NumPy expression by name, in order; ``rng`` comes first where a seed is given.

    Every array is float32, except ``integers`` and what ends in one, which is int64.

    Raises:
        ProgramError: an expression that is not in the small language of data.
    """
    lines: dict[str, str] = {}
    integral: set[str] = set()
    for name, text in data.items():
        if name == "seed":
            seed = axes.get(text[1:]) if isinstance(text, str) and text.startswith("$") else text
            if type(seed) is not int or seed < 0:
                raise ProgramError(f"data: seed is {text!r}; allowed: a natural number, or $axis")
            lines["rng"] = f"np.random.default_rng({seed})"
            continue
        if not isinstance(text, str):
            lines[name] = f"np.float32({ast.unparse(literal(text))})"
            continue
        expression = _expression(name, text, {*lines, *axes} - {"rng"}, axes)
        if "rng." in expression and "rng" not in lines:
            raise ProgramError(f"data: {name} is random and no seed stands before it")
        if "rng.integers" in expression:
            integral.add(name)
            lines[name] = expression
        else:
            lines[name] = (
                f"({expression}).astype(np.float32)" if _compound(expression) else f"{expression}.astype(np.float32)"
            )
    return MappingProxyType(lines)


def _compound(expression: str) -> bool:
    return not isinstance(ast.parse(expression, mode="eval").body, ast.Call | ast.Name)


def _expression(name: str, text: str, known: set[str], axes: Mapping[str, Any]) -> str:
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ProgramError(f"data: {name} is {text[:60]!r}, which is not an expression: {error}") from None
    measure(tree)
    for node in ast.walk(tree):
        if not isinstance(node, (*_NODES, ast.Expression)):
            raise ProgramError(f"data: {name} holds {type(node).__name__}, which is not allowed there")
    rows = {parse_signature(signature)[0]: (signature, spelled) for signature, spelled in _TABLE.items()}

    class Spell(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.expr:
            called = ast.unparse(node.func)
            if called not in rows:
                raise ProgramError(
                    f"data: {name} calls {called!r}{nearest(called, rows) or '; allowed: ' + ', '.join(rows)}"
                )
            signature, spelled = rows[called]
            _, parameters, defaults = parse_signature(signature)
            row = Operation(name=called, parameters=parameters, defaults=defaults, summary="", section="data")
            bound: dict[str, ast.expr] = {
                key: self.visit(value) for key, value in row.bind(node.args, node.keywords).items()
            }

            class Put(ast.NodeTransformer):
                def visit_Name(self, inner: ast.Name) -> ast.expr:
                    return bound.get(inner.id, inner)

            result: ast.expr = Put().visit(ast.parse(spelled, mode="eval").body)
            return result

        def visit_Name(self, node: ast.Name) -> ast.expr:
            if node.id in axes:
                return literal(axes[node.id])
            if node.id not in known:
                raise ProgramError(
                    f"data: {name} uses {node.id!r}, which is not bound before it{nearest(node.id, known)}"
                )
            return node

    return ast.unparse(ast.fix_missing_locations(Spell().visit(tree)))
