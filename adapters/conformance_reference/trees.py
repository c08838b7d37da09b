"""Structures of arrays: lists, tuples and dictionaries in any nesting, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from conformance_reference.arrays import Array, asarray

Function = Callable[..., Any]
Tree = Any
"""Arrays and numbers in any nesting of lists, tuples and dictionaries."""


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
