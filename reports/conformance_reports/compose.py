"""Results turned into the records of the HTML page, section by section."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from conformance.results import VERDICTS, CaseRecord, CellRecord, CheckRecord, Results, StatementRecord
from conformance_reports import charts, summary
from conformance_reports.colour import python_html
from conformance_reports.page import (
    Answer,
    Area,
    Bar,
    Case,
    Check,
    Chip,
    Count,
    Environment,
    Erratum,
    Group,
    Line,
    MatrixHead,
    MatrixRow,
    Page,
    Panel,
    Source,
    Statement,
    Time,
    Variant,
    Verdict,
)
from conformance_reports.values import (
    axis_text,
    describe,
    is_series,
    numbers_of,
    same_answer,
    seconds_text,
    title_text,
)
from conformance_reports.visible import MESSAGE, one_line, visible, web_address

FIT_NAMES: Final = ("fit", "fitted", "guess", "prediction", "predictions", "predicted")
"""Observed names that are drawn as a fit: one value an input."""

FIT_POINTS: Final = 8
"""Fewer values are an answer to be read, not a curve to be looked at."""

INPUT_NAMES: Final = ("inputs", "xs", "x", "grid")
"""Observed names that a fit is drawn over."""

TARGET_NAMES: Final = ("targets", "ys", "labels", "y")
"""Observed names that are drawn as the data of a fit."""

_NOT_IN_AN_ID: Final = re.compile(r"[^A-Za-z0-9_./-]+")


def page_of(results: Results) -> Page:
    """Return all that the page shows of some results."""
    return _Builder(results).page()


def _verdict(word: str, count: int = 1, where: str = "") -> Verdict:
    return Verdict(
        word=word,
        symbol=summary.SYMBOLS.get(word, "?"),
        meaning=summary.MEANINGS.get(word, ""),
        count=count,
        where=where,
    )


def _bar(counts: Mapping[str, float]) -> Bar:
    whole = sum(counts.values())
    parts, at = [], 0.0
    for word, count in counts.items():
        if count > 0:
            width = 100 * count / whole
            parts.append((word, round(at, 2), round(width, 2)))
            at += width
    return Bar(parts=tuple(parts))


def _modes_text(modes: Sequence[str]) -> str:
    return " and ".join(dict.fromkeys(one_line(mode) for mode in modes if mode))


def _token(text: str) -> str:
    """Return a word that can stand in a class or a list of tokens."""
    return _NOT_IN_AN_ID.sub("-", text) or "-"


class _Builder:
    """Builds the page of one ``Results``; what many sections need is looked up once."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self.titles = summary.titles(results)
        self.columns = summary.columns(results)
        self.statements = {statement.id: statement for statement in results.statements}
        self.slugs: dict[str, str] = {}
        self.used_slugs: set[str] = set()
        frameworks = dict.fromkeys(column.framework for column in self.columns)
        self.styles = {framework: number for number, framework in enumerate(frameworks)}
        versions: dict[str, set[str]] = {}
        for column in self.columns:
            versions.setdefault(column.framework, set()).add(column.version)
        self.several_versions = {framework for framework, found in versions.items() if len(found) > 1}
        self.chips: dict[str, tuple[Chip, ...]] = {}

    def page(self) -> Page:
        results, header = self.results, self.results.header
        how = summary.state(results)
        counts = results.verdicts()
        areas = self.areas()
        heads, rows = self.matrix()
        return Page(
            sentence=summary.verdict_sentence(results),
            state=how,
            tone=self.tone(how),
            suite_version=one_line(header.suite_version),
            cases_sha256=one_line(header.cases_sha256)[:12],
            started=one_line(header.started),
            duration=seconds_text(results.footer.seconds) if results.footer else "not known: the run was cut short",
            selection=summary.selection_texts(header.selection),
            verdicts=tuple(_verdict(word, count) for word, count in counts.items()),
            legend=tuple(_verdict(word, counts.get(word, 0)) for word in VERDICTS),
            environments=self.environments(),
            heads=heads,
            rows=rows,
            attention=tuple(self.line(cell) for cell in summary.failing_first(results)),
            areas=areas,
            frameworks=tuple((_token(f), self.titles.get(f, one_line(f))) for f in self.styles),
            errata=self.errata(),
            known=tuple(self.line(cell) for cell in results.cells if cell.verdict == "known" or cell.stale),
            not_run=self.groups(lambda cell: cell.verdict == "not-run"),
            unsupported=self.groups(lambda cell: cell.verdict == "unsupported"),
            slowest=tuple(self.line(cell) for cell in summary.slowest(results)),
            times=self.times(),
        )

    def tone(self, how: summary.State) -> str:
        counts = self.results.verdicts()
        if summary.failing_first(self.results):
            return "contradicts"
        return "not-run" if how.word in ("nothing", "incomplete") or counts.get("not-run") else "conforms"

    # -- head ------------------------------------------------------------------------------------------------------

    def environments(self) -> tuple[Environment, ...]:
        found: dict[Environment, list[str]] = {}
        for t in self.results.header.targets:
            device = one_line(t.device) + (f" ({one_line(t.device_name)})" if t.device_name else "")
            row = Environment(
                title=self.titles[t.framework],
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
        return tuple(replace(row, modes=_modes_text(modes)) for row, modes in found.items())

    # -- matrix ----------------------------------------------------------------------------------------------------

    def matrix(self) -> tuple[tuple[MatrixHead, ...], tuple[MatrixRow, ...]]:
        heads: dict[str, list[str]] = {}
        for column in self.columns:
            heads.setdefault(self.framework_title(column.framework, column.version), []).append(
                " ".join(part for part in (column.mode, column.device) if part) or "all"
            )
        grid = summary.by_area(self.results)
        order = [
            column
            for title in heads
            for column in self.columns
            if self.framework_title(column.framework, column.version) == title
        ]
        cases: dict[str, int] = {}
        for case in self.results.cases:
            cases[case.area] = cases.get(case.area, 0) + 1
        rows = [
            MatrixRow(
                name=one_line(area),
                link=_token(area),
                cases=cases.get(area, 0),
                counts=tuple(self.count(row[column], column, _token(area)) for column in order),
            )
            for area, row in grid.items()
        ]
        whole = summary.by_column(self.results)
        rows.append(
            MatrixRow(
                name="All areas",
                link="",
                cases=len(self.results.cases),
                counts=tuple(self.count(whole[column], column, "") for column in order),
            )
        )
        return tuple(MatrixHead(title=t, targets=tuple(targets)) for t, targets in heads.items()), tuple(rows)

    def count(self, tally: summary.Tally, column: summary.Column, area: str) -> Count | None:
        if not tally.counts:
            return None
        plain = ("conforms",)
        return Count(
            fraction=f"{tally.as_documented} of {tally.planned}" if tally.planned else "not supported",
            verdicts=tuple(_verdict(word, n) for word, n in tally.counts.items() if word not in plain),
            bar=_bar({word: float(n) for word, n in tally.counts.items()}),
            link="&".join(
                part for part in (f"area={area}" if area else "", f"framework={_token(column.framework)}") if part
            ),
        )

    def framework_title(self, framework: str, version: str) -> str:
        title = self.titles.get(framework, one_line(framework))
        return f"{title} {one_line(version)}".strip() if version and framework not in summary.NOT_FRAMEWORKS else title

    # -- cases -----------------------------------------------------------------------------------------------------

    def areas(self) -> tuple[Area, ...]:
        records = {case.case: case for case in self.results.cases}
        cells: dict[str, list[CellRecord]] = {case: [] for case in records}
        for cell in self.results.cells:
            cells.setdefault(cell.case, []).append(cell)
            if cell.case not in records:
                area, _, _ = cell.case.partition("/")
                records[cell.case] = CaseRecord(
                    case=cell.case, area=area, title=cell.case, program=None, covers=(), refutes=()
                )
        areas = []
        for name in summary.areas(self.results):
            inside = [record for record in records.values() if record.area == name]
            about = dict.fromkeys(visible(record.about) for record in inside if record.about)
            areas.append(
                Area(
                    name=one_line(name),
                    slug=_token(name),
                    about=tuple(about),
                    cases=tuple(self.case(record, cells.get(record.case, [])) for record in inside),
                )
            )
        return tuple(areas)

    def slug(self, name: str) -> str:
        """Return the page's anchor of a case or a variant: its id with what does not fit replaced, and made unique."""
        if name not in self.slugs:
            base = _NOT_IN_AN_ID.sub("-", name[:200]).strip("-") or "case"
            slug, count = base, 1
            while slug in self.used_slugs:
                count += 1
                slug = f"{base}-{count}"
            self.used_slugs.add(slug)
            self.slugs[name] = slug
        return self.slugs[name]

    def statement(self, name: str) -> Statement:
        record = self.statements.get(
            name, StatementRecord(id=name, source="", title="", url="", section="", says="not in this results file")
        )
        return Statement(
            id=one_line(record.id),
            title=one_line(record.title or record.source),
            section=one_line(record.section),
            says=visible(record.says),
            url=web_address(record.url),
        )

    def case(self, record: CaseRecord, cells: Sequence[CellRecord]) -> Case:
        variants: dict[str, list[CellRecord]] = {}
        for cell in cells:
            variants.setdefault(summary.variant_id(cell), []).append(cell)
        chips = self.case_chips(cells)
        self.chips[record.case] = chips
        shown = tuple(self.variant(name, group, several=len(variants) > 1) for name, group in variants.items())
        flags = {
            "frameworks": any(_frameworks_differ(group) for group in variants.values()),
            "modes": any(panel.modes_differ for variant in shown for panel in variant.panels),
            "refutes": bool(record.refutes),
            "stale": any(cell.stale for cell in cells),
        }
        tokens = dict.fromkeys(f"{_token(cell.framework)}:{_token(cell.verdict)}" for cell in cells)
        return Case(
            slug=self.slug(record.case),
            id=one_line(record.case),
            title=title_text(record.title),
            note=visible(record.note or ""),
            place=one_line(f"{record.file}:{record.line}" if record.file and record.line else record.file),
            tags=tuple(one_line(tag) for tag in record.tags),
            program=python_html(record.program) if record.program else None,
            covers=tuple(self.statement(name) for name in record.covers),
            refutes=tuple(self.statement(name) for name in record.refutes),
            chips=chips,
            variants=shown,
            tokens=" ".join(tokens),
            flags=" ".join(flag for flag, holds in flags.items() if holds),
        )

    def case_chips(self, cells: Sequence[CellRecord]) -> tuple[Chip, ...]:
        chips = []
        for framework in self.styles:
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
                verdicts.append(_verdict(verdict, count, one_line(next(iter(modes))) if alone else ""))
            chips.append(Chip(title=self.titles.get(framework, one_line(framework)), verdicts=tuple(verdicts)))
        return tuple(chips)

    def variant(self, name: str, cells: Sequence[CellRecord], *, several: bool) -> Variant:
        groups: dict[tuple[str, str, str], list[CellRecord]] = {}
        for framework in self.styles:
            for cell in cells:
                if cell.framework == framework:
                    groups.setdefault((framework, cell.version, cell.device), []).append(cell)
        tally = summary.tally(cells).counts
        worst = [word for word in summary.FAILING_FIRST if word in tally]
        return Variant(
            axes=axis_text(cells[0].axes) or one_line(name),
            slug=self.slug(name),
            verdicts=tuple(_verdict(word, tally[word]) for word in worst),
            charts=self.variant_charts(cells),
            panels=tuple(self.panel(group) for group in groups.values()),
            open=not several,
        )

    def panel(self, cells: Sequence[CellRecord]) -> Panel:
        first = cells[0]
        groups: list[tuple[list[str], Answer]] = []
        for cell in cells:
            answer = self.answer(cell)
            for modes, other in groups:
                if other == answer:
                    modes.append(cell.mode)
                    break
            else:
                groups.append(([cell.mode], answer))
        return Panel(
            title=self.framework_title(first.framework, first.version),
            device=one_line(first.device),
            answers=tuple(replace(answer, modes=_modes_text(modes)) for modes, answer in groups),
            modes_differ=any(cell.verdict != first.verdict or not same_answer(first, cell) for cell in cells[1:]),
            wide=first.framework in summary.NOT_FRAMEWORKS,
            sources=_sources(cells),
            repro=tuple(command for command in map(summary.repro_command, cells) if command),
            times=tuple(_time_text(cell) for cell in cells if cell.seconds),
        )

    def answer(self, cell: CellRecord) -> Answer:
        raised = cell.raised or {}
        says = " ".join(
            part
            for part in (
                f"program line {raised['program_line']}" if raised.get("program_line") else "",
                f"(native line {raised['native_line']})" if raised.get("native_line") else "",
            )
            if part
        )
        checks = tuple(_check(check) for check in cell.checks) or _unchecked(cell)
        message = visible(cell.message)
        checks = tuple(replace(check, message="") if check.message in message else check for check in checks)
        said = " ".join([message, *(check.observed for check in checks)])
        return Answer(
            modes="",
            verdict=_verdict(cell.verdict),
            stale=cell.stale,
            message=message,
            because=visible(cell.because or ""),
            issue=web_address(cell.issue),
            issue_text=one_line(cell.issue or ""),
            documents=tuple(self.statement(name) for name in cell.documents),
            checks=checks,
            raised=bool(raised),
            raised_at=one_line(says),
            raised_text=_raised_text(raised, said) if raised else "",
            traceback=visible(str(raised.get("traceback") or "")) if cell.verdict not in _EXPECTED_ERRORS else "",
            warnings=tuple(
                visible(f"{w.get('category', 'warning')}: {w.get('message', '')}") for w in cell.warnings[:20]
            ),
            output=visible(cell.output) if cell.verdict not in _EXPECTED_ERRORS else "",
        )

    def variant_charts(self, cells: Sequence[CellRecord]) -> tuple[charts.Chart, ...]:
        names = dict.fromkeys(name for cell in cells for name, value in cell.expected.items() if is_series(value))
        found = [self.series(name, cells) for name in names]
        found += [self.fit(name, cells) for name in FIT_NAMES if any(name in cell.observations for cell in cells)]
        return tuple(chart for chart in found if chart is not None)

    def curves(self, name: str, cells: Sequence[CellRecord], *, least: int = 1) -> tuple[charts.Curve, ...]:
        merged: dict[tuple[str, str, tuple[float, ...]], tuple[CellRecord, list[str]]] = {}
        for cell in cells:
            values = numbers_of(cell.observations.get(name))
            if values and len(values) >= least:
                title = self.framework_title(
                    cell.framework, cell.version if cell.framework in self.several_versions else ""
                )
                merged.setdefault((title, cell.device, values), (cell, []))[1].append(cell.mode)
        devices = {device for _, device, _ in merged}
        return tuple(
            charts.Curve(
                label=" ".join(
                    part for part in (title, device if len(devices) > 1 else "", _modes_text(modes)) if part
                ),
                values=values,
                style=min(self.styles[cell.framework], 5),
                dashed="eager" not in modes,
            )
            for (title, device, values), (cell, modes) in merged.items()
        )

    def series(self, name: str, cells: Sequence[CellRecord]) -> charts.Chart | None:
        curves = self.curves(name, cells)
        if not curves:
            return None
        expected = next(cell.expected[name] for cell in cells if is_series(cell.expected.get(name)))
        final = expected.get("final") if isinstance(expected.get("final"), Mapping) else {}
        return charts.series_chart(
            f"{one_line(name)} by step",
            curves,
            below=_real(expected.get("below")),
            near=_real(final.get("near")),
            atol=_real(final.get("atol")),
        )

    def fit(self, name: str, cells: Sequence[CellRecord]) -> charts.Chart | None:
        def given(names: Sequence[str]) -> tuple[float, ...] | None:
            found = (numbers_of(cell.observations.get(n)) for n in names for cell in cells)
            return next((values for values in found if values), None)

        curves = self.curves(name, cells, least=FIT_POINTS)
        inputs, targets = given(INPUT_NAMES), given(TARGET_NAMES)
        return charts.fit_chart(f"{one_line(name)} over the inputs", curves, inputs=inputs, targets=targets)

    # -- lists -----------------------------------------------------------------------------------------------------

    def line(self, cell: CellRecord) -> Line:
        failed = next((check for check in cell.checks if check.kind not in ("ok", "not-reached", "undocumented")), None)
        failed = failed or next(iter(cell.checks), None)
        return Line(
            slug=self.slug(summary.variant_id(cell)),
            label=one_line(summary.variant_id(cell)),
            target=summary.column_of(cell, self.titles).label,
            verdict=_verdict(cell.verdict, where="stale" if cell.stale else ""),
            expected=f"{one_line(failed.name)}: {one_line(failed.expected)}" if failed else "",
            observed=one_line(failed.observed) if failed else _ended(cell),
            text=one_line(cell.because or cell.message, MESSAGE),
            issue=web_address(cell.issue),
            repro=summary.repro_command(cell) or "",
            time=seconds_text(sum(cell.seconds.values())) if cell.seconds else "–",
        )

    def groups(self, belongs: Callable[[CellRecord], bool]) -> tuple[Group, ...]:
        found: dict[tuple[str, str], list[CellRecord]] = {}
        for cell in self.results.cells:
            if belongs(cell):
                reason = one_line(cell.because or cell.message, MESSAGE) or "no reason was given"
                found.setdefault((self.framework_title(cell.framework, cell.version), reason), []).append(cell)
        return tuple(
            Group(title=title, reason=reason, lines=tuple(self.line(cell) for cell in cells))
            for (title, reason), cells in found.items()
        )

    def errata(self) -> tuple[Erratum, ...]:
        return tuple(
            Erratum(
                statement=self.statement(name),
                case=title_text(case.title),
                slug=self.slug(case.case),
                chips=self.chips.get(case.case, ()),
            )
            for case in self.results.cases
            for name in case.refutes
        )

    def times(self) -> tuple[Time, ...]:
        return tuple(
            Time(
                title=split.title,
                device=split.device,
                cells=split.cells,
                imported=seconds_text(split.imported),
                compiled=seconds_text(split.compiled),
                ran=seconds_text(split.ran),
                bar=_bar({"import": split.imported or 0.0, "compile": split.compiled, "run": split.ran}),
            )
            for split in summary.time_split(self.results)
        )


_EXPECTED_ERRORS: Final = frozenset({"conforms", "differs", "undocumented", "known"})
"""Verdicts whose traceback and captured output nobody needs: the error, if any, is the documented answer."""


def _frameworks_differ(cells: Sequence[CellRecord]) -> bool:
    judged = [
        c for c in cells if c.framework not in summary.NOT_FRAMEWORKS and c.verdict not in ("unsupported", "not-run")
    ]
    if any(cell.verdict == "differs" for cell in judged):
        return True
    frameworks: dict[str, CellRecord] = {}
    for cell in judged:
        frameworks.setdefault(cell.framework, cell)
    return len({cell.verdict for cell in frameworks.values()}) > 1


def _sources(cells: Sequence[CellRecord]) -> tuple[Source, ...]:
    found: dict[tuple[str, int | None], list[CellRecord]] = {}
    for cell in cells:
        if cell.native:
            marked = (cell.raised or {}).get("native_line")
            found.setdefault((cell.native, marked if isinstance(marked, int) else None), []).append(cell)
    return tuple(
        Source(modes=_modes_text([cell.mode for cell in group]), html=python_html(native, marked))
        for (native, marked), group in found.items()
    )


def _check(check: CheckRecord) -> Check:
    return Check(
        name=one_line(check.name),
        ok=check.kind == "ok",
        kind=one_line(check.kind),
        expected=visible(check.expected),
        observed=visible(check.observed),
        message="" if check.kind == "ok" else visible(check.message),
        error=error_text(check),
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


def _ended(cell: CellRecord) -> str:
    if cell.raised:
        return one_line(f"{cell.raised.get('type', 'exception')}: {cell.raised.get('message', '')}")
    return one_line(cell.message)


def _time_text(cell: CellRecord) -> str:
    phases = ", ".join(f"{one_line(phase)} {seconds_text(s)}" for phase, s in cell.seconds.items() if s)
    memory = f", peak {cell.peak_memory / 2**20:,.0f} MiB" if cell.peak_memory else ""
    return f"{one_line(cell.mode)}: {phases}{memory}".removeprefix(": ")


def _real(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
