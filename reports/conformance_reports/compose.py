"""Results turned into the records of the HTML page, section by section."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from conformance.results import VERDICTS, CellRecord, Results
from conformance_reports import summary
from conformance_reports.cases import areas_of, chips_of
from conformance_reports.conventions import conventions_of
from conformance_reports.derivatives import findings_of
from conformance_reports.diff import compare
from conformance_reports.index import Index, bar_of, modes_text, token, verdict_of
from conformance_reports.page import (
    Area,
    Count,
    Environment,
    Erratum,
    Group,
    Line,
    MatrixHead,
    MatrixRow,
    Page,
    Time,
)
from conformance_reports.requirements import documents_of, statuses_of
from conformance_reports.trust import trust_of
from conformance_reports.values import seconds_text, title_text
from conformance_reports.visible import MESSAGE, one_line

PLAIN_SOURCES: Final = 250_000
"""Up to so many characters of them, native sources (and charts) also stand in what is read without JavaScript."""

CLOSEST: Final = 10
"""Cells that are shown as those that came nearest to their tolerance."""


def page_of(results: Results, since: Results | None = None) -> Page:
    """Return all that the page shows of some results; ``since``: earlier ones, whose differences are marked."""
    header = results.header
    index = Index(results)
    how = summary.state(results)
    counts = results.verdicts()
    areas = areas_of(index, _changes(since, results))
    heads, rows = _matrix(index)
    documents = documents_of(index)
    return Page(
        sentence=summary.verdict_sentence(results),
        state=how,
        tone=_tone(results, how),
        suite_version=one_line(header.suite_version),
        cases_sha256=one_line(header.cases_sha256)[:12],
        started=one_line(header.started),
        since="" if since is None else one_line(since.header.started),
        duration=seconds_text(results.footer.seconds) if results.footer else "not known: the run was cut short",
        selection=summary.selection_texts(header.selection),
        verdicts=tuple(verdict_of(word, count) for word, count in counts.items()),
        legend=tuple(verdict_of(word, counts.get(word, 0)) for word in VERDICTS),
        environments=_environments(index),
        heads=heads,
        rows=rows,
        attention=tuple(index.line(cell) for cell in summary.failing_first(results)),
        areas=areas,
        frameworks=tuple((token(f), index.titles.get(f, one_line(f))) for f in index.styles),
        tags=tuple(sorted({tag for area in areas for case in area.cases for tag in case.tags})),
        conventions=conventions_of(index),
        documents=documents,
        statuses=statuses_of(documents),
        errata=_errata(index),
        known=index.lines(lambda cell: cell.stale or (cell.verdict == "known" and not index.derivative(cell))),
        findings=findings_of(index),
        trust=trust_of(index),
        not_run=_groups(index, lambda cell: cell.verdict == "not-run"),
        unsupported=_groups(index, lambda cell: cell.verdict == "unsupported"),
        slowest=tuple(index.line(cell) for cell in summary.slowest(results)),
        closest=_closest(index),
        times=_times(results),
        plain_sources=_source_characters(areas) <= PLAIN_SOURCES,
        several_devices=index.several_devices,
    )


def _source_characters(areas: Sequence[Area]) -> int:
    """Return how long the sources are that are shown without JavaScript: the first of each framework."""
    panels = (panel for area in areas for case in area.cases for v in case.variants for panel in v.panels)
    return sum(len(panel.sources[0].text) for panel in panels if panel.sources)


def _tone(results: Results, how: summary.State) -> str:
    if summary.failing_first(results):
        return "contradicts"
    return "not-run" if how.word in ("nothing", "incomplete") or results.verdicts().get("not-run") else "conforms"


def _changes(since: Results | None, results: Results) -> dict[str, str]:
    """Return what became of each cell that changed since earlier results."""
    if since is None:
        return {}
    found = {}
    for change in compare(since, results).changes:
        if change.after is not None:
            before = f", was {change.before.verdict}" if change.before is not None else ""
            found[change.after.cell] = f"{change.kind} on {one_line(change.after.cell.rpartition('@')[2])}{before}"
    return found


def _environments(index: Index) -> tuple[Environment, ...]:
    found: dict[Environment, list[str]] = {}
    for t in index.results.header.targets:
        device = one_line(t.device) + (f" ({one_line(t.device_name)})" if t.device_name else "")
        row = Environment(
            title=index.titles[t.framework],
            version=one_line(t.version) or "–",
            device=device,
            modes="",
            python=one_line(t.python) or "–",
            os=one_line(t.os) or "–",
            imported=seconds_text(t.import_seconds),
            available=t.available,
            reason=one_line(t.reason, MESSAGE),
        )
        found.setdefault(row, []).append(t.mode)
    return tuple(replace(row, modes=modes_text(modes)) for row, modes in found.items())


def _matrix(index: Index) -> tuple[tuple[MatrixHead, ...], tuple[MatrixRow, ...]]:
    """Return the overview's heads and rows. The columns stand in the order of ``index.columns``."""
    heads: dict[tuple[str, str], list[str]] = {}
    for column in index.columns:
        device = column.device if index.several_devices else ""
        where = " ".join(part for part in (column.mode, device) if part) or "all"
        heads.setdefault((column.framework, column.version), []).append(where)
    cases: dict[str, int] = {}
    for record in index.case_records.values():
        cases[record.area] = cases.get(record.area, 0) + 1
    grid = summary.by_area(index.results)
    rows = [
        MatrixRow(
            name=one_line(area),
            link=token(area),
            cases=cases.get(area, 0),
            counts=tuple(_count(grid[area][column], column, token(area)) for column in index.columns),
        )
        for area in index.areas
        if area in grid
    ]
    whole = summary.by_column(index.results)
    rows.append(
        MatrixRow(
            name="All areas",
            link="",
            cases=len(index.case_records),
            counts=tuple(_count(whole[column], column, "") for column in index.columns),
        )
    )
    return (
        tuple(
            MatrixHead(
                title=index.framework_title(framework, version), targets=tuple(targets), framework=token(framework)
            )
            for (framework, version), targets in heads.items()
        ),
        tuple(rows),
    )


def _count(tally: summary.Tally, column: summary.Column, area: str) -> Count | None:
    if not tally.counts:
        return None
    return Count(
        fraction=f"{tally.as_documented} of {tally.planned}" if tally.planned else "not supported",
        verdicts=tuple(verdict_of(word, n) for word, n in tally.counts.items() if word != "conforms"),
        bar=bar_of({word: float(n) for word, n in tally.counts.items()}),
        link="&".join(part for part in (f"area={area}" if area else "", f"verdict.{token(column.framework)}=") if part),
    )


def _groups(index: Index, belongs: Callable[[CellRecord], bool]) -> tuple[Group, ...]:
    found: dict[tuple[str, str], list[CellRecord]] = {}
    for cell in index.results.cells:
        if belongs(cell):
            reason = one_line(cell.because or cell.message, MESSAGE) or "no reason was given"
            found.setdefault((index.framework_title(cell.framework, cell.version), reason), []).append(cell)
    return tuple(
        Group(title=title, reason=reason, lines=tuple(index.line(cell) for cell in cells))
        for (title, reason), cells in found.items()
    )


def _errata(index: Index) -> tuple[Erratum, ...]:
    return tuple(
        Erratum(
            statement=index.statement(name),
            case=title_text(record.title),
            slug=index.slug(record.case),
            chips=chips_of(index, index.by_case.get(record.case, [])),
        )
        for record in index.case_records.values()
        for name in record.refutes
    )


def _closest(index: Index) -> tuple[Line, ...]:
    """Return the passing cells that used most of their tolerance; the time of a line holds the part that was used."""
    passed = [cell for cell in index.results.cells if cell.margin and cell.margin <= 1.0]
    nearest = sorted(passed, key=lambda cell: -(cell.margin or 0.0))[:CLOSEST]
    return tuple(replace(index.line(cell), time=f"{cell.margin:.3f}") for cell in nearest)


def _times(results: Results) -> tuple[Time, ...]:
    return tuple(
        Time(
            title=split.title,
            device=split.device,
            cells=split.cells,
            imported=seconds_text(split.imported),
            compiled=seconds_text(split.compiled),
            ran=seconds_text(split.ran),
            bar=bar_of({"import": split.imported or 0.0, "compile": split.compiled, "run": split.ran}),
        )
        for split in summary.time_split(results)
    )
