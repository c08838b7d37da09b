"""The records of the page turned into the data that its script reads: lean JSON, deflated, in base64.

Everything in it went through ``visible``; the script only ever sets it as text.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import zlib
from typing import TYPE_CHECKING, Any, Final

from conformance_reports import summary
from conformance_reports.requirements import STATUSES, style_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance_reports.page import Answer, Case, Page, Panel, Statement, Variant

APART: Final = "\n\n"
"""What stands between two blocks of a text."""

LONG: Final = 32
"""Characters from which on a text that many cells may have stands among the texts."""

RAW: Final = -15
"""The window bits of a deflate stream without header, the ``deflate-raw`` of a browser's ``DecompressionStream``."""


def embedded(page: Page) -> str:
    """Return the data of the page as one line of base64."""
    text = json.dumps(data_of(page), ensure_ascii=False, separators=(",", ":"))
    packer = zlib.compressobj(9, zlib.DEFLATED, RAW)
    return base64.b64encode(packer.compress(text.encode()) + packer.flush()).decode()


def data_of(page: Page) -> dict[str, Any]:
    """Return what the script needs, as JSON: every text once, statements and sources by their number."""
    return _Embedding(page).data()


class _Embedding:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.texts: dict[str, int] = {}
        self.blocks: dict[str, int] = {}
        self.statements: dict[str, int] = {}
        self.rows: list[dict[str, Any]] = []

    def data(self) -> dict[str, Any]:
        page = self.page
        for number, document in enumerate(page.documents):
            for requirement in document.requirements:
                at = self.statement(requirement.statement)
                self.rows[at] |= _lean({"doc": number, "status": requirement.status, "why": requirement.reason})
        areas = [
            {"name": a.name, "slug": a.slug, "about": list(a.about), "cases": [self.case(c) for c in a.cases]}
            for a in page.areas
        ]
        return {
            "signs": summary.SYMBOLS,
            "order": summary.FAILING_FIRST,
            "statuses": {word: [sign, meaning, style_of(word)] for word, (sign, meaning) in STATUSES.items()},
            "heads": [_lean({"title": h.title, "targets": h.targets, "framework": h.framework}) for h in page.heads],
            "documents": [
                _lean({"slug": d.slug, "framework": d.framework, "title": d.title, "url": d.url,
                       "counts": d.counts, "bar": d.bar.parts})
                for d in page.documents
            ],
            "statements": self.rows,
            "areas": areas,
            "texts": [self.text_blocks(text) for text in self.texts],
            "blocks": list(self.blocks),
        }  # fmt: skip

    def text_blocks(self, text: str) -> list[int]:
        """Return a text as the numbers of its blocks, which an empty line sets apart: sources share most of them."""
        return [self.blocks.setdefault(block, len(self.blocks)) for block in text.split(APART)]

    def text(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))

    def said(self, text: str) -> str | int:
        """Return a text as it is, or the number of a long one, which many cells may have."""
        return text if len(text) < LONG else self.text(text)

    def statement(self, statement: Statement) -> int:
        if statement.id not in self.statements:
            self.statements[statement.id] = len(self.rows)
            self.rows.append(_lean({"id": statement.id, "says": statement.says, "section": statement.section,
                                    "title": statement.title, "url": statement.url}))  # fmt: skip
        return self.statements[statement.id]

    def case(self, case: Case) -> dict[str, Any]:
        known = {*self.numbers(case.covers), *self.numbers(case.refutes)}
        return _lean(
            {
                "slug": case.slug,
                "id": case.id,
                "title": case.title,
                "note": case.note,
                "place": case.place,
                "tags": case.tags,
                "program": self.text(case.program) + 1 if case.program else 0,
                "covers": self.numbers(case.covers),
                "refutes": self.numbers(case.refutes),
                "cells": case.cells,
                "flags": case.flags,
                "points": dict(case.points),
                "variants": [self.variant(variant, known) for variant in case.variants],
            }
        )

    def numbers(self, statements: Iterable[Statement]) -> list[int]:
        return [self.statement(statement) for statement in statements]

    def variant(self, variant: Variant, known: set[int]) -> dict[str, Any]:
        return _lean(
            {
                "axes": variant.axes,
                "slug": variant.slug,
                "verdicts": [(verdict.word, verdict.count) for verdict in variant.verdicts],
                "changes": variant.changes,
                "charts": [_plain(chart) for chart in variant.charts],
                "panels": [self.panel(panel, known) for panel in variant.panels],
            }
        )

    def panel(self, panel: Panel, known: set[int]) -> dict[str, Any]:
        return _lean(
            {
                "framework": panel.framework,
                "title": panel.title,
                "device": panel.device,
                "differ": panel.modes_differ,
                "wide": panel.wide,
                "answers": [self.answer(answer, known) for answer in panel.answers],
                "sources": [
                    _lean({"modes": s.modes, "text": self.text(s.text), "marked": s.marked}) for s in panel.sources
                ],
                "repro": panel.repro,
                "times": panel.times,
            }
        )

    def answer(self, answer: Answer, known: set[int]) -> dict[str, Any]:
        fields = _plain(dataclasses.replace(answer, documents=(), checks=()))
        return _lean(
            {
                **fields,
                "verdict": answer.verdict.word,
                "documents": [n for n in self.numbers(answer.documents) if n not in known],
                "because": self.said(answer.because),
                "checks": [
                    _lean({"name": c.name, "kind": "" if c.ok else c.kind, "expected": self.said(c.expected),
                           "observed": c.observed, "message": c.message, "measures": _rounded(c.measures),
                           "exact": c.error == "exact"})
                    for c in answer.checks
                ],
            }
        )  # fmt: skip


def _rounded(measures: Sequence[float | None]) -> list[float | str | None]:
    """Return measures with the three digits that are shown; what JSON has no number for is a word."""
    return [None if x is None else float(f"{x:.3g}") if math.isfinite(x) else f"{x}" for x in measures]


def _lean(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that say something."""
    return {name: value for name, value in fields.items() if value or (value == 0 and value is not False)}


def _plain(value: Any) -> Any:
    """Return a record of the page as JSON, without the fields that say nothing."""
    if dataclasses.is_dataclass(value):
        return _lean({field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)})
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
