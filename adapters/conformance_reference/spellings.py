"""The neutral operations in the reference's own spelling: each is a function of ``ref`` with the same parameters."""

from __future__ import annotations

from typing import Final

from conformance.operations import Operation, operations


def _spelled(operation: Operation) -> str:
    """Return ``mean(x, axis=None): ref.mean(x, axis=axis)``; a dot in a name becomes an underscore."""
    arguments = [f"{p}={p}" if p in operation.defaults else p for p in operation.parameters]
    return f"{operation.signature}: ref.{operation.name.replace('.', '_')}({', '.join(arguments)})"


SPELLINGS: Final = "\n".join(map(_spelled, operations().values()))
