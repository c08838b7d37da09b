"""Results turned into what every section of the page looks up: names, columns, anchors, statements, short lines."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from conformance.results import CaseRecord, CellRecord, Results, StatementRecord
from conformance_reports import summary
from conformance_reports.page import Bar, Line, Statement, Verdict
from conformance_reports.values import seconds_text
from conformance_reports.visible import MESSAGE, one_line, visible, web_address

_NOT_IN_AN_ID: Final = re.compile(r"[^A-Za-z0-9_./-]+")

UNPLACED: Final = (99, 0)
"""Where a case stands that covers no statement of a known place: after all that do."""


def token(text: str) -> str:
    """Return a word that can stand in an id, a class or an address."""
    return _NOT_IN_AN_ID.sub("-", text) or "-"


def verdict_of(word: str, count: int = 1, where: str = "") -> Verdict:
    """Return a verdict with its sign and meaning."""
    return Verdict(
        word=word,
        symbol=summary.SYMBOLS.get(word, "?"),
        meaning=summary.MEANINGS.get(word, ""),
        count=count,
        where=where,
    )


def bar_of(counts: Mapping[str, float]) -> Bar:
    """Return a stacked bar of some counts, by their names."""
    whole = sum(counts.values())
    parts, at = [], 0.0
    for word, count in counts.items():
        if count > 0:
            width = 100 * count / whole
            parts.append((word, round(at, 2), round(width, 2)))
            at += width
    return Bar(parts=tuple(parts))


def modes_text(modes: Sequence[str]) -> str:
    """Return modes in prose, each once."""
    return " and ".join(dict.fromkeys(one_line(mode) for mode in modes if mode))


class Index:
    """What many sections need of one ``Results``, looked up once.

    ``case_records`` holds a record for every case that has one or has a cell, in the order of their documents.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        self.titles = summary.titles(results)
        columns = summary.columns(results)
        together = list(dict.fromkeys((column.framework, column.version) for column in columns))
        self.columns = tuple(sorted(columns, key=lambda c: together.index((c.framework, c.version))))
        self.statements = {statement.id: statement for statement in results.statements}
        self.styles = {name: n for n, name in enumerate(dict.fromkeys(c.framework for c in self.columns))}
        self.frameworks = tuple(name for name in self.styles if name not in summary.NOT_FRAMEWORKS)
        versions: dict[str, set[str]] = {}
        for column in self.columns:
            versions.setdefault(column.framework, set()).add(column.version)
        self.several_versions = {framework for framework, found in versions.items() if len(found) > 1}
        self.several_devices = len({column.device for column in self.columns if column.device}) > 1
        self.with_path = summary.has_paths(results.header.selection)
        self.by_case: dict[str, list[CellRecord]] = defaultdict(list)
        for cell in results.cells:
            self.by_case[cell.case].append(cell)
        self._statements: dict[str, Statement] = {}
        self._slugs: dict[str, str] = {}
        self._used_slugs: Counter[str] = Counter()

    @cached_property
    def case_records(self) -> Mapping[str, CaseRecord]:
        """Every case by id, in the order of the documents: areas by their first statement, cases by theirs."""
        records = {case.case: case for case in self.results.cases}
        for name in self.by_case:
            if name not in records:
                area, _, _ = name.partition("/")
                records[name] = CaseRecord(case=name, area=area, title=name, program=None, covers=(), refutes=())
        places = {name: self._place(record) for name, record in records.items()}
        areas: dict[str, tuple[int, int]] = {}
        for name, record in records.items():
            areas[record.area] = min(areas.get(record.area, UNPLACED), places[name])
        order = {area: (place, n) for n, (area, place) in enumerate(areas.items())}
        return dict(sorted(records.items(), key=lambda item: (order[item[1].area], places[item[0]])))

    def _place(self, record: CaseRecord) -> tuple[int, int]:
        """Return where the first statement of a case stands: the framework, then the order of its documents."""
        known = (self.statements[name] for name in (*record.covers, *record.refutes) if name in self.statements)
        return min((self.document_place(s) for s in known if s.order), default=UNPLACED)

    def document_place(self, statement: StatementRecord) -> tuple[int, int]:
        """Return where a statement stands among all the documents."""
        return self.styles.get(statement.framework, UNPLACED[0] - 1), statement.order

    @cached_property
    def areas(self) -> tuple[str, ...]:
        """Every area, in the order of the documents."""
        return tuple(dict.fromkeys(record.area for record in self.case_records.values()))

    def slug(self, name: str, *, short: str = "") -> str:
        """Return the page's anchor of a case, a variant or the like: its id with what does not fit replaced, unique.

        ``short``: what the anchor is made of, where the id itself is long.
        """
        if name not in self._slugs:
            base = _NOT_IN_AN_ID.sub("-", (short or name)[:200]).strip("-") or "case"
            slug = base
            while self._used_slugs[slug]:
                self._used_slugs[base] += 1
                slug = f"{base}-{self._used_slugs[base]}"
            self._used_slugs[slug] += 1
            self._slugs[name] = slug
        return self._slugs[name]

    def statement(self, name: str) -> Statement:
        """Return a documented statement; one that the file does not have says so."""
        if name not in self._statements:
            self._statements[name] = self._statement(name)
        return self._statements[name]

    def _statement(self, name: str) -> Statement:
        record = self.statements.get(
            name, StatementRecord(id=name, source="", title="", url="", section="", says="not in this results file")
        )
        return Statement(
            id=one_line(record.id),
            slug=self.slug(f"says/{record.id}") if name in self.statements else "",
            title=one_line(record.title or record.source),
            section=one_line(record.section),
            says=visible(record.says),
            url=web_address(record.url),
        )

    def by_framework(self, names: Iterable[str]) -> tuple[tuple[Statement, ...], ...]:
        """Return for each framework those of the statements that are in its documents."""
        there = [name for name in names if name in self.statements]
        return tuple(
            tuple(self.statement(name) for name in there if self.statements[name].framework == framework)
            for framework in self.frameworks
        )

    def framework_title(self, framework: str, version: str) -> str:
        """Return a framework's name in prose with its version."""
        title = self.titles.get(framework, one_line(framework))
        return f"{title} {one_line(version)}".strip() if version and framework not in summary.NOT_FRAMEWORKS else title

    def repro(self, cell: CellRecord) -> str:
        """Return the command that prints a cell's native source, with ``--path`` where its case is not bundled."""
        record = self.case_records.get(cell.case)
        path = record.file if record is not None and self.with_path else ""
        return summary.repro_command(cell, path) or ""

    def derivative(self, cell: CellRecord) -> bool:
        """Return whether a cell is one of a derivative case."""
        return bool(self.case_records[cell.case].points)

    def line(self, cell: CellRecord) -> Line:
        """Return a cell as one line of a list."""
        failed = next((c for c in cell.checks if c.kind not in ("ok", "not-reached", "undocumented")), None)
        failed = failed or next(iter(cell.checks), None)
        return Line(
            slug=self.slug(summary.variant_id(cell)),
            label=one_line(summary.variant_id(cell)),
            target=summary.column_of(cell, self.titles).label,
            verdict=verdict_of(cell.verdict, where="stale" if cell.stale else ""),
            expected=f"{one_line(failed.name)}: {one_line(failed.expected)}" if failed else "",
            observed=one_line(failed.observed) if failed else _ended(cell),
            text=one_line(cell.because or cell.message, MESSAGE),
            kind=one_line(cell.known or ""),
            issue=web_address(cell.issue),
            repro=self.repro(cell),
            time=seconds_text(sum(cell.seconds.values())) if cell.seconds else "–",
        )

    def lines(self, belongs: Callable[[CellRecord], bool]) -> tuple[Line, ...]:
        """Return the cells that belong to a list, each as a line."""
        return tuple(self.line(cell) for cell in self.results.cells if belongs(cell))


def _ended(cell: CellRecord) -> str:
    if cell.raised:
        return one_line(f"{cell.raised.get('type', 'exception')}: {cell.raised.get('message', '')}")
    return one_line(cell.message)
