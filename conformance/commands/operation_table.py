"""The operations of the language into rows that say, for each framework, whether it has them and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    """An operation; ``reasons`` leads from a framework to why it lacks the operation, or None where it has it."""

    signature: str
    section: str
    meaning: str
    reasons: Mapping[str, str | None]


def operation_rows() -> tuple[OperationRow, ...]:
    """Return a row for every operation, in the order of the vocabulary."""
    from conformance.operations import operations
    from conformance.registry import adapter, adapter_names

    tables = {name: adapter(name).spellings for name in adapter_names()}
    return tuple(
        OperationRow(
            signature=operation.signature,
            section=operation.section,
            meaning=operation.summary,
            reasons={name: table.support(operation.name) for name, table in tables.items()},
        )
        for operation in operations().values()
    )
