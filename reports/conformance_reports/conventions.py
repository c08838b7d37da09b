"""Cases whose derivative is a choice (a kink, a tie) turned into what is allowed and what each framework answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from conformance_reports import summary
from conformance_reports.derivatives import derivative_conventions
from conformance_reports.index import Index, verdict_of
from conformance_reports.page import Convention, Verdict
from conformance_reports.visible import one_line

if TYPE_CHECKING:
    from conformance.results import CellRecord

NO_CHOICE: Final = frozenset({"training", "bound"})
"""Tags of cases in which an interval is a bound on a result, not a set of subgradients."""


def conventions_of(index: Index) -> tuple[Convention, ...]:
    """Return a row for every variant in which some cell may answer anything within an interval."""
    variants: dict[str, list[CellRecord]] = {}
    for record in index.case_records.values():
        if NO_CHOICE & set(record.tags):
            continue
        for cell in index.by_case.get(record.case, ()):
            variants.setdefault(summary.variant_id(cell), []).append(cell)
    rows = []
    for name, cells in variants.items():
        names = list(dict.fromkeys(n for cell in cells for n, value in cell.expected.items() if _has_within(value)))
        if not names:
            continue
        rows.append(
            Convention(
                slug=index.slug(name),
                title=one_line(index.case_records[cells[0].case].title),
                label=one_line(name),
                allowed=_allowed(cells, names),
                answers=tuple(_answer(cells, framework, names) for framework in index.frameworks),
                documented=index.by_framework(index.case_records[cells[0].case].covers),
            )
        )
    return (*rows, *derivative_conventions(index))


def _has_within(value: object) -> bool:
    if isinstance(value, Mapping):
        return "within" in value or any(_has_within(item) for item in value.values())
    return isinstance(value, list | tuple) and any(_has_within(item) for item in value)


def _allowed(cells: Sequence[CellRecord], names: Sequence[str]) -> str:
    found = {
        f"{one_line(check.name)}: {one_line(check.expected)}": None
        for cell in cells
        if cell.framework not in summary.NOT_FRAMEWORKS
        for check in cell.checks
        if _root(check.name) in names and "within" in check.expected
    }
    return "; ".join(found)


def _answer(cells: Sequence[CellRecord], framework: str, names: Sequence[str]) -> tuple[Verdict, str] | None:
    """Return what a framework answers in its first mode that has an answer, and where another mode says otherwise."""
    mine = [cell for cell in cells if cell.framework == framework]
    if not mine:
        return None
    texts: dict[str, list[str]] = {}
    for cell in mine:
        texts.setdefault(_observed(cell, names), []).append(cell.mode)
    if len(texts) == 1:
        return verdict_of(mine[0].verdict), next(iter(texts))
    return verdict_of(mine[0].verdict), "; ".join(f"{', '.join(modes)}: {text}" for text, modes in texts.items())


def _observed(cell: CellRecord, names: Sequence[str]) -> str:
    shown = [check for check in cell.checks if _root(check.name) in names]
    several = len(shown) > 1
    parts = [f"{one_line(c.name)} {one_line(c.observed)}" if several else one_line(c.observed) for c in shown]
    return "; ".join(parts) or one_line(cell.message or cell.because or "no answer")


def _root(name: str) -> str:
    return name.partition("[")[0].partition(".")[0]
