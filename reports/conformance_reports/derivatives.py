"""Cells of derivative cases joined: what an operation shows over all ways, data types and points, in one row.

A case of this kind has ``points``; a variant of it is one operation, way and data type, of which there are dozens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from conformance_reports import summary
from conformance_reports.index import Index, verdict_of
from conformance_reports.page import Convention, Finding, Operation, Verdict
from conformance_reports.visible import MESSAGE, one_line, web_address

if TYPE_CHECKING:
    from conformance.results import CellRecord, CheckRecord

_ASKED: Final = re.compile(r",?way=([^,\]]*),dtype=([^,\]]*)\]$")
_CHOICE: Final = re.compile(r"(.+) (\[[^\[\]]*, [^\[\]]*\]|jump)")

FEW: Final = 8
"""Points that a row names; the drawer has all that fail."""

WORST: Final = ("inaccurate", "not-reached", "contradicts")


def operation_of(cell: CellRecord) -> str:
    """Return the operation of a cell: its variant without way and data type."""
    name = _ASKED.sub("]", summary.variant_id(cell))
    return name.removesuffix("[]")


def _way(cell: CellRecord) -> str:
    return one_line(str(cell.axes.get("way", "")))


def _name(operation: str) -> str:
    """Return an operation without its area, which they all share."""
    return one_line(operation.partition("/")[2] or operation)


ORDERS: Final = {
    "every way": frozenset(
        {
            "reverse", "forward",
            "reverse-over-reverse", "forward-over-reverse", "reverse-over-forward", "forward-over-forward",
        }
    ),
    "every way of order 1": frozenset({"reverse", "forward"}),
    "every way of order 2": frozenset(
        {"reverse-over-reverse", "forward-over-reverse", "reverse-over-forward", "forward-over-forward"}
    ),
}  # fmt: skip


def _ways_text(ways: Sequence[str]) -> str:
    """Return ways in words, all of an order together."""
    return next((text for text, found in ORDERS.items() if set(ways) == found), ", ".join(dict.fromkeys(ways)))


def _by_operation(index: Index) -> Mapping[str, list[CellRecord]]:
    found: dict[str, list[CellRecord]] = {}
    for record in index.case_records.values():
        if record.points:
            for cell in index.by_case.get(record.case, ()):
                found.setdefault(operation_of(cell), []).append(cell)
    return found


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in dict.fromkeys(texts) if text)


def _failing(cell: CellRecord) -> list[CheckRecord]:
    return [check for check in cell.checks if check.kind in WORST]


def _reasons(cells: Iterable[CellRecord]) -> tuple[str, ...]:
    """Return why cells fail, each reason once; behind its points, where there are several.

    A cell whose points have several reasons gives each on a line of its own, behind its points.
    """
    found: dict[str, list[str]] = {}
    for cell in cells:
        lines = (cell.because or "").splitlines() if cell.verdict == "known" else [cell.because or ""]
        for line in lines:
            points, _, reason = line.partition(": ") if len(lines) > 1 else ("", "", line)
            names = points.split(", ") if points else [check.name for check in _failing(cell)]
            if reason:
                found.setdefault(one_line(reason, MESSAGE), []).extend(names)
    if len(found) == 1:
        return tuple(found)
    return tuple(f"{few(_distinct(points))}: {reason}" if points else reason for reason, points in found.items())


def few(names: Sequence[str]) -> str:
    """Return names in a row's width: the first ones, and how many there are besides."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def operations_of(index: Index, cells: Sequence[CellRecord]) -> tuple[Operation, ...]:
    """Return a row for every operation and framework of a derivative case: verdicts, and the points that fail."""
    groups: dict[tuple[str, str, str], list[CellRecord]] = {}
    for cell in cells:
        groups.setdefault((operation_of(cell), cell.framework, cell.version), []).append(cell)
    rows = []
    for (operation, framework, version), mine in groups.items():
        counts = summary.tally(mine).counts
        said = _reasons([cell for cell in mine if cell.verdict != "conforms"])
        rows.append(
            Operation(
                slug=index.slug(summary.variant_id(mine[0])),
                label=_name(operation),
                framework=index.framework_title(framework, version),
                verdicts=tuple(verdict_of(word, n) for word, n in counts.items()),
                points=few(_distinct(one_line(check.name) for cell in mine for check in _failing(cell))),
                notes=said[:2],
            )
        )
    return tuple(rows)


def findings_of(index: Index) -> tuple[Finding, ...]:
    """Return a row for every operation of a framework that is known to fail somewhere."""
    rows = []
    for operation, cells in _by_operation(index).items():
        for framework in index.frameworks:
            known = [cell for cell in cells if cell.framework == framework and cell.verdict == "known"]
            if known:
                rows.append(_finding(index, operation, known))
    return tuple(rows)


def _finding(index: Index, operation: str, cells: Sequence[CellRecord]) -> Finding:
    failing = [(cell, check) for cell in cells for check in _failing(cell)]
    shown = max(failing, key=lambda pair: _tells(pair[1])) if failing else None
    cell = shown[0] if shown else cells[0]
    wrong = any(check.kind != "inaccurate" for _, check in failing) or not failing
    return Finding(
        slug=index.slug(summary.variant_id(cell)),
        label=_name(operation),
        framework=index.framework_title(cell.framework, cell.version),
        verdict=verdict_of("contradicts" if wrong else "inaccurate"),
        kinds=_distinct(one_line(cell.known or "") for cell in cells),
        ways=_ways_text([_way(cell) for cell in cells]),
        dtypes=_distinct(one_line(str(cell.axes.get("dtype", ""))) for cell in cells),
        points=_distinct(one_line(check.name) for _, check in failing),
        seen=one_line(shown[1].message, MESSAGE) if shown else one_line(cell.message, MESSAGE),
        reasons=_reasons(cells),
        issues=_distinct(web_address(cell.issue) or "" for cell in cells),
        repro=index.repro(cell),
    )


def _tells(check: CheckRecord) -> tuple[bool, bool, bool, float]:
    """How well a failing check shows a finding: a wrong number at an ordinary point before what nobody overlooks."""
    return (
        check.kind == "contradicts",
        check.fault in ("wrong", "zeros"),
        check.name.startswith("generic"),
        check.relative or 0.0,
    )


def derivative_conventions(index: Index) -> Iterator[Convention]:
    """Yield a row for every operation and point at which the derivative is a choice: a kink or a jump."""
    for operation, cells in _by_operation(index).items():
        choices: dict[str, dict[str, str]] = {}
        for cell in cells:
            for check in cell.checks:
                for name, allowed in _choices(check):
                    choices.setdefault(check.name, {})[name] = allowed
        record = index.case_records[cells[0].case]
        labels = operation.partition("[")[2].removesuffix("]")
        for point, parts in choices.items():
            yield Convention(
                slug=index.slug(summary.variant_id(cells[0])),
                title=f"{_name(operation)} at {one_line(point)}",
                label=one_line(record.points.get(point, "")),
                allowed=_few_parts(f"{one_line(name)}: {one_line(allowed)}" for name, allowed in parts.items()),
                answers=tuple(
                    _answer([cell for cell in cells if cell.framework == framework], point, parts)
                    for framework in index.frameworks
                ),
                documented=index.by_framework(record.documented.get(f"{labels} at {point}".strip(), ())),
            )


def _choices(check: CheckRecord) -> Iterator[tuple[str, str]]:
    """Yield the parts of a point that are a choice; the slope is one wherever a part of the Jacobian is."""
    found = [match for part in check.expected.split("; ") if (match := _CHOICE.fullmatch(part))]
    alone = all(match[1] == "slope" for match in found)
    yield from ((match[1], match[2]) for match in found if alone or match[1] != "slope")


def _few_parts(parts: Iterator[str]) -> str:
    found = list(parts)
    return "; ".join(found[:FEW]) + (f" and {len(found) - FEW} more" if len(found) > FEW else "")


def _answer(cells: Sequence[CellRecord], point: str, parts: Mapping[str, str]) -> tuple[Verdict, str] | None:
    """Return what a framework answers at a point, ways that answer alike together, in the first of its data types."""
    by_text: dict[str, list[str]] = {}
    kinds: list[str] = []
    for cell in cells:
        for check in cell.checks:
            if check.name == point and (observed := _observed(check, parts)):
                by_text.setdefault(observed, []).append(_way(cell))
                kinds.append(cell.verdict if check.kind != "ok" else "conforms")
    if not by_text:
        return None
    worst = next((kind for kind in summary.FAILING_FIRST if kind in kinds), "conforms")
    texts = (f"{_ways_text(ways)}: {text}" for text, ways in by_text.items())
    return verdict_of(worst), "; ".join(texts)


def _observed(check: CheckRecord, parts: Mapping[str, str]) -> str:
    """Return what was seen of the parts that are a choice, or what was raised; nothing of another order's answer."""
    seen = {name: value for name, _, value in (part.rpartition(" ") for part in check.observed.split("; "))}
    mine = [f"{one_line(name)} = {_number(seen[name])}" for name in parts if name in seen]
    return ", ".join(mine[:FEW]) or (one_line(check.observed, 80) if check.fault.startswith("raises") else "")


def _number(text: str) -> str:
    """Return a number with the digits in which two data types agree."""
    try:
        return f"{float(text):.6g}"
    except ValueError:
        return one_line(text)
