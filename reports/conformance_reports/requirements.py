"""The documented statements turned into requirements: each with its cases, and whether it was seen to hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from conformance.results import FAILED, INCOMPLETE, CellRecord, StatementRecord
from conformance_reports.index import Index, bar_of
from conformance_reports.page import Document, Requirement
from conformance_reports.visible import one_line, visible, web_address

STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    "holds": ("✓", "a case of it ran on its framework, and gave what is documented"),
    "refuted": ("✎", "a case shows that the document is wrong"),
    "contradicted": ("✗", "a case of it ran on its framework, and gave something else"),
    "known": ("⚑", "it does not hold, as a known failure says"),
    "not-run": ("○", "a case covers it, and no cell of its framework has an answer"),
    "uncovered": ("◌", "no case of these results covers it"),
    "excluded": ("–", "no case can cover it, for the reason that stands beside it"),
}
"""What can have come of a statement: sign and meaning."""

_STYLES: Final[Mapping[str, str]] = {
    "holds": "conforms", "refuted": "inaccurate", "contradicted": "contradicts", "known": "known",
    "not-run": "not-run", "uncovered": "undocumented", "excluded": "unsupported",
}  # fmt: skip
"""The colour of a status: that of the verdict it is most like."""


def style_of(status: str) -> str:
    """Return the verdict whose colours a status wears."""
    return _STYLES[status]


def documents_of(index: Index) -> tuple[Document, ...]:
    """Return every document with its statements, in the order of the frameworks and of the catalogue."""
    covering = _covering(index)
    groups: dict[tuple[str, str, str], list[StatementRecord]] = defaultdict(list)
    for statement in sorted(index.results.statements, key=index.document_place):
        groups[statement.framework, statement.source, statement.url].append(statement)
    documents = []
    for (framework, source, url), statements in groups.items():
        found = tuple(_requirement(index, statement, covering) for statement in statements)
        counts = Counter(requirement.status for requirement in found)
        documents.append(
            Document(
                slug=_slug(index, f"{framework}/{source}".strip("/"), url),
                framework=index.titles.get(framework, one_line(framework)),
                title=one_line(statements[0].title or source),
                url=web_address(url),
                counts=tuple((status, counts[status]) for status in STATUSES if counts[status]),
                bar=bar_of({_STYLES[status]: float(counts[status]) for status in STATUSES if counts[status]}),
                requirements=found,
            )
        )
    return tuple(documents)


def _slug(index: Index, name: str, url: str) -> str:
    return index.slug(f"document/{name} {url}", short=f"document/{name}").removeprefix("document/")


def statuses_of(documents: Sequence[Document]) -> tuple[tuple[str, int], ...]:
    """Return how many statements of all documents have which status."""
    counts = Counter(requirement.status for document in documents for requirement in document.requirements)
    return tuple((status, counts[status]) for status in STATUSES if counts[status])


def _covering(index: Index) -> Mapping[str, dict[str, bool]]:
    """Return, by statement, the cases that name it, and whether they show it to be false."""
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for record in index.case_records.values():
        for name in record.covers:
            found[name].setdefault(record.case, False)
        for name in record.refutes:
            found[name][record.case] = True
    return found


def _requirement(index: Index, record: StatementRecord, covering: Mapping[str, dict[str, bool]]) -> Requirement:
    cases = covering.get(record.id, {})
    cells = [
        cell
        for case in cases
        for cell in index.by_case.get(case, ())
        if cell.framework == record.framework or (not record.framework and cell.framework in index.frameworks)
    ]
    return Requirement(
        statement=index.statement(record.id),
        status=_status(record, cases, cells),
        reason=visible(record.excluded or ""),
        cases=tuple((index.slug(case), one_line(case)) for case in cases),
    )


def _status(record: StatementRecord, cases: Mapping[str, bool], cells: Sequence[CellRecord]) -> str:
    if not cases:
        return "uncovered" if record.excluded is None else "excluded"
    verdicts = {cell.verdict for cell in cells} - {"unsupported"}
    if verdicts & FAILED:
        return "contradicted"
    if any(cases.values()):
        return "refuted"
    if not verdicts or verdicts <= INCOMPLETE | {"harness-error"}:
        return "not-run"
    return "known" if "known" in verdicts and not verdicts & {"conforms", "differs"} else "holds"


def symbol_of(status: str) -> str:
    """Return the sign of a status."""
    return STATUSES[status][0]
