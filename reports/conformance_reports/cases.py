"""The cells of each case turned into what the drawer shows: variants, and in each the frameworks side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from conformance_reports import curves, summary
from conformance_reports.derivatives import operations_of
from conformance_reports.index import Index, modes_text, token, verdict_of
from conformance_reports.page import Answer, Area, Case, Check, Chip, Panel, Source, Statement, Variant
from conformance_reports.values import axis_text, describe, same_answer, seconds_text, title_text
from conformance_reports.visible import MESSAGE, SOURCE, one_line, visible, web_address

if TYPE_CHECKING:
    from conformance.results import CaseRecord, CellRecord, CheckRecord

_EXPECTED_ERRORS: Final = frozenset({"conforms", "differs", "undocumented", "known"})
"""Verdicts whose traceback and captured output nobody needs: the error, if any, is the documented answer."""

TRACEBACK_LINES: Final = 24
"""Lines of a traceback that are kept: the last ones, where the error is."""

MANY: Final = 12
"""Up to so many checks of a cell are all shown; a derivative has a check at each of dozens of points."""

EXACT: Final = "the exact value"
WITHIN: Final = "within the tolerance"
"""What is shown of a point of a derivative that is right: the file holds its numbers in the observations alone."""

WORST: Final = 2
"""Of many checks that hold, those are shown that used most of their tolerance."""

FAILING: Final = 20
"""Of many checks that do not hold, the first ones are shown."""

Changes = Mapping[str, str]
"""What became of a cell since earlier results, by its id."""


def areas_of(index: Index, changes: Changes) -> tuple[Area, ...]:
    """Return every area with its cases, in the order of the documents."""
    areas = []
    for name in index.areas:
        inside = [record for record in index.case_records.values() if record.area == name]
        about = dict.fromkeys(visible(record.about) for record in inside if record.about)
        areas.append(
            Area(
                name=one_line(name),
                slug=token(name),
                about=tuple(about),
                cases=tuple(_case(index, record, changes) for record in inside),
            )
        )
    return tuple(areas)


def _case(index: Index, record: CaseRecord, changes: Changes) -> Case:
    cells = index.by_case.get(record.case, [])
    slug = index.slug(record.case)
    variants: dict[str, list[CellRecord]] = {}
    for cell in cells:
        variants.setdefault(summary.variant_id(cell), []).append(cell)
    several = len(variants) > 1
    shown = tuple(_variant(index, name, group, changes, several=several) for name, group in variants.items())
    flags = {
        "frameworks": any(_frameworks_differ(group) for group in variants.values()),
        "modes": any(panel.modes_differ for variant in shown for panel in variant.panels),
        "devices": any(_devices_differ(group) for group in variants.values()),
        "refutes": bool(record.refutes),
        "stale": any(cell.stale for cell in cells),
        "since": any(variant.changes for variant in shown),
    }
    at = {column: n for n, column in enumerate(index.columns)}
    counts = Counter((at[summary.column_of(cell, index.titles)], cell.verdict) for cell in cells)
    return Case(
        slug=slug,
        id=one_line(record.case),
        title=title_text(record.title),
        note=visible(record.note or ""),
        place=one_line(f"{record.file}:{record.line}" if record.file and record.line else record.file),
        tags=tuple(one_line(tag) for tag in record.tags),
        program=visible(record.program, SOURCE).rstrip("\n") if record.program else "",
        covers=tuple(index.statement(name) for name in record.covers),
        refutes=tuple(index.statement(name) for name in record.refutes),
        chips=chips_of(index, cells),
        variants=shown,
        cells=tuple((column, verdict, n) for (column, verdict), n in counts.items()),
        flags=tuple(flag for flag, holds in flags.items() if holds),
        points=tuple((one_line(name), visible(text)) for name, text in record.points.items()),
        operations=operations_of(index, cells) if record.points else (),
    )


def chips_of(index: Index, cells: Sequence[CellRecord]) -> tuple[Chip, ...]:
    """Return the verdicts of each framework over all variants and modes of a case."""
    chips = []
    for framework in index.styles:
        mine = [cell for cell in cells if cell.framework == framework]
        if not mine:
            continue
        by_verdict: dict[str, list[CellRecord]] = {}
        for verdict in summary.FAILING_FIRST:
            group = [cell for cell in mine if cell.verdict == verdict]
            if group:
                by_verdict[verdict] = group
        verdicts = []
        for verdict, group in by_verdict.items():
            modes = {cell.mode for cell in group}
            elsewhere = {cell.mode for cell in mine if cell.verdict != verdict}
            alone = len(by_verdict) > 1 and len(modes) == 1 and not modes & elsewhere
            count = len(group) if len(by_verdict) > 1 and len(group) > 1 else 1
            verdicts.append(verdict_of(verdict, count, one_line(next(iter(modes))) if alone else ""))
        chips.append(Chip(title=index.titles.get(framework, one_line(framework)), verdicts=tuple(verdicts)))
    return tuple(chips)


def _variant(index: Index, name: str, cells: Sequence[CellRecord], changes: Changes, *, several: bool) -> Variant:
    groups: dict[tuple[str, str, str], list[CellRecord]] = {}
    for framework in index.styles:
        for cell in cells:
            if cell.framework == framework:
                groups.setdefault((framework, cell.version, cell.device), []).append(cell)
    tally = summary.tally(cells).counts
    worst = [word for word in summary.FAILING_FIRST if word in tally]
    return Variant(
        axes=axis_text(cells[0].axes) or one_line(name),
        slug=index.slug(name),
        verdicts=tuple(verdict_of(word, tally[word]) for word in worst),
        charts=curves.charts_of(index, cells),
        panels=tuple(_panel(index, group) for group in groups.values()),
        open=not several,
        changes=tuple(changes[cell.cell] for cell in cells if cell.cell in changes),
    )


def _panel(index: Index, cells: Sequence[CellRecord]) -> Panel:
    first = cells[0]
    groups: list[tuple[list[str], Answer]] = []
    for cell in cells:
        answer = _answer(index, cell)
        for modes, other in groups:
            if other == answer:
                modes.append(cell.mode)
                break
        else:
            groups.append(([cell.mode], answer))
    return Panel(
        framework=token(first.framework),
        title=index.framework_title(first.framework, first.version),
        device=one_line(first.device),
        answers=tuple(replace(answer, modes=modes_text(modes)) for modes, answer in groups),
        modes_differ=any(cell.verdict != first.verdict or not same_answer(first, cell) for cell in cells[1:]),
        wide=first.framework in summary.NOT_FRAMEWORKS,
        sources=_sources(cells),
        repro=tuple(command for command in map(index.repro, cells) if command),
        times=tuple(_time_text(cell) for cell in cells if cell.seconds),
    )


def _answer(index: Index, cell: CellRecord) -> Answer:
    raised = cell.raised or {}
    says = " ".join(
        part
        for part in (
            f"program line {raised['program_line']}" if raised.get("program_line") else "",
            f"(native line {raised['native_line']})" if raised.get("native_line") else "",
        )
        if part
    )
    chosen = _chosen(cell.checks)
    checks = tuple(_check(check) for check in chosen) or _unchecked(cell)
    told = index.derivative(cell) and any(not check.ok for check in checks)
    message = "" if told else visible(cell.message)  # the points of a derivative say it themselves
    checks = tuple(replace(check, message="") if told or check.message in message else check for check in checks)
    said = " ".join([message, *(check.observed for check in checks)])
    expected_error = cell.verdict in _EXPECTED_ERRORS
    documents: tuple[Statement, ...] = tuple(index.statement(name) for name in cell.documents)
    return Answer(
        modes="",
        verdict=verdict_of(cell.verdict),
        stale=cell.stale,
        message=message,
        because=visible(cell.because or ""),
        issue=web_address(cell.issue),
        issue_text=one_line(cell.issue or ""),
        documents=documents,
        checks=checks,
        held=0 if len(chosen) == len(cell.checks) else sum(check.kind == "ok" for check in cell.checks),
        checked=0 if len(chosen) == len(cell.checks) else len(cell.checks),
        raised=bool(raised),
        raised_at=one_line(says),
        raised_text=_raised_text(raised, said) if raised else "",
        traceback="" if expected_error else visible(_short(str(raised.get("traceback") or ""))),
        warnings=tuple(visible(f"{w.get('category', 'warning')}: {w.get('message', '')}") for w in cell.warnings[:20]),
        output="" if expected_error else visible(cell.output),
    )


def _chosen(checks: Sequence[CheckRecord]) -> Sequence[CheckRecord]:
    """Return the checks to show, in their order: all, or of very many those that fail and the nearest to it."""
    if len(checks) <= MANY:
        return checks
    failing = [n for n, check in enumerate(checks) if check.kind != "ok"]
    passing = [n for n, check in enumerate(checks) if check.kind == "ok"]
    worst = sorted(passing, key=lambda n: -(checks[n].used or 0.0))[:WORST]
    return [checks[n] for n in sorted([*failing[:FAILING], *worst])]


def _short(traceback: str) -> str:
    lines = traceback.rstrip("\n").split("\n")
    cut = len(lines) - TRACEBACK_LINES
    return "\n".join([f"… {cut} lines before", *lines[cut:]] if cut > 1 else lines)


def _frameworks_differ(cells: Sequence[CellRecord]) -> bool:
    """Return whether one is documented to differ, or verdicts differ between frameworks on one device in one mode."""
    verdicts: dict[tuple[str, str], set[str]] = {}
    for cell in cells:
        if cell.framework not in summary.NOT_FRAMEWORKS and cell.verdict not in ("unsupported", "not-run"):
            verdicts.setdefault((cell.device, cell.mode), set()).add(cell.verdict)
    return any(len(words) > 1 or "differs" in words for words in verdicts.values())


def _devices_differ(cells: Sequence[CellRecord]) -> bool:
    """Return whether a framework answers otherwise on another device, in the same mode and version."""
    first: dict[tuple[str, str, str], CellRecord] = {}
    for cell in cells:
        other = first.setdefault((cell.framework, cell.version, cell.mode), cell)
        if other.device != cell.device and (other.verdict != cell.verdict or not same_answer(other, cell)):
            return True
    return False


def _sources(cells: Sequence[CellRecord]) -> tuple[Source, ...]:
    found: dict[tuple[str, int | None], list[CellRecord]] = {}
    for cell in cells:
        if cell.native:
            marked = (cell.raised or {}).get("native_line")
            found.setdefault((cell.native, marked if isinstance(marked, int) else None), []).append(cell)
    return tuple(
        Source(
            modes=modes_text([cell.mode for cell in group]),
            text=visible(native.rstrip("\n"), SOURCE),
            marked=marked,
        )
        for (native, marked), group in found.items()
    )


def _check(check: CheckRecord) -> Check:
    measures = (check.absolute, check.relative, check.ulp, check.used)
    return Check(
        name=one_line(check.name),
        ok=check.kind == "ok",
        kind=one_line(check.kind),
        expected=visible(check.expected or EXACT),
        observed=visible(check.observed or (WITHIN if check.kind == "ok" else "")),
        message="" if check.kind == "ok" else visible(check.message),
        error=error_text(check),
        measures=measures if any(measures) else (),
    )


def error_text(check: CheckRecord) -> str:
    """Return how far off a number was, in all the measures, or nothing where the check is not numeric."""
    parts = []
    if check.absolute is not None:
        parts.append(f"{check.absolute:.3g} absolute")
    if check.relative is not None:
        parts.append(f"{check.relative:.3g} relative")
    if check.ulp is not None:
        parts.append(f"{check.ulp:.3g} ULP")
    if check.used is not None:
        parts.append(f"{check.used:.3g} of the tolerance")
    if not any((check.absolute, check.relative, check.ulp, check.used)) and parts:
        return "exact"
    return ", ".join(parts)


def _raised_text(raised: Mapping[str, Any], said: str) -> str:
    """Return type and message of an exception, or nothing where what is said already has all of its words."""
    message = one_line(str(raised.get("message", "")), MESSAGE)
    if message and message in " ".join(said.split()):
        return ""
    return visible(f"{raised.get('type', 'exception')}: {raised.get('message', '')}")


def _unchecked(cell: CellRecord) -> tuple[Check, ...]:
    return tuple(
        Check(name=one_line(name), ok=True, kind="", expected="–", observed=describe(value), message="", error="")
        for name, value in cell.observations.items()
    )


def _time_text(cell: CellRecord) -> str:
    phases = ", ".join(f"{one_line(phase)} {seconds_text(s)}" for phase, s in cell.seconds.items() if s)
    memory = f", peak {cell.peak_memory / 2**20:,.0f} MiB" if cell.peak_memory else ""
    return f"{one_line(cell.mode)}: {phases}{memory}".removeprefix(": ")
