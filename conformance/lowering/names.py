"""Which names statements of a program bind and read: the little data-flow analysis that lowering needs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence

from conformance.words import VARIABLE_METHODS


def assigned(statements: Iterable[ast.AST], *, methods: bool = False) -> list[str]:
    """Return the names that statements bind, without the insides of functions; ``methods``: so does ``x.assign(v)``."""
    names: list[str] = []

    def visit(node: ast.AST) -> None:
        match node:
            case ast.FunctionDef():
                names.append(node.name)
                return
            case ast.Name(ctx=ast.Store()):
                names.append(node.id)
            case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if methods and attr in VARIABLE_METHODS:
                root = owner.value if isinstance(owner, ast.Attribute) else owner
                if isinstance(root, ast.Name):
                    names.append(root.id)
            case _:
                pass
        for child in ast.iter_child_nodes(node):
            visit(child)

    for statement in statements:
        visit(statement)
    return list(dict.fromkeys(names))


def reads(nodes: Iterable[ast.AST]) -> list[str]:
    """Return every name that is read anywhere in the nodes, what they bind themselves included."""
    names: list[str] = []
    for node in nodes:
        for child in ast.walk(node):
            match child:
                case ast.Name(ctx=ast.Load()):
                    names.append(child.id)
                case ast.AugAssign(target=ast.Name() as target):
                    names.append(target.id)
                case _:
                    pass
    return list(dict.fromkeys(names))


def free_names(node: ast.FunctionDef) -> list[str]:
    """Return the names that a function reads and does not bind."""
    own = {arg.arg for arg in node.args.args} | set(assigned(node.body))
    return [name for name in reads(node.body) if name not in own]


def read_before_bound(
    statements: Sequence[ast.stmt], reading: Callable[[Iterable[ast.AST]], Iterable[str]] = reads
) -> set[str]:
    """Return the names that statements need from before: read somewhere before they are surely bound.

    ``reading`` says what nodes read; a family that looks at some reads differently passes its own.
    """
    needed: set[str] = set()
    bound: set[str] = set()

    def read(nodes: Iterable[ast.AST]) -> None:
        needed.update(name for name in reading(nodes) if name not in bound)

    def walk(body: Sequence[ast.stmt]) -> None:
        for node in body:
            match node:
                case ast.Assign():
                    read([node.value])
                    bound.update(assigned(node.targets))
                case ast.With():
                    read([node.items[0].context_expr])
                    bound.update(assigned(node.items))
                    walk(node.body)
                case ast.For():
                    read([node.iter])
                    before = set(bound)
                    bound.update(assigned([node.target]))
                    walk(node.body)
                    bound.intersection_update(before)
                case ast.While():
                    read([node.test])
                    before = set(bound)
                    walk(node.body)
                    bound.intersection_update(before)
                case ast.If():
                    read([node.test])
                    before = set(bound)
                    walk(node.body)
                    first = set(bound)
                    bound.intersection_update(before)
                    walk(node.orelse)
                    bound.intersection_update(first)
                case ast.FunctionDef():
                    needed.update(name for name in free_names(node) if name not in bound)
                    bound.add(node.name)
                case _:
                    read([node])

    walk(statements)
    return needed
