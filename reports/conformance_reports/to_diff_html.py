"""A diff turned into one HTML file that works offline, without any script, under a policy that forbids every load."""

from __future__ import annotations

import base64
import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from conformance_reports import diff as changes_of
from conformance_reports import summary
from conformance_reports.visible import SOURCE, one_line, visible

if TYPE_CHECKING:
    from conformance.results import CellRecord, Results

_POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '{style}'"
"""Nothing is loaded and nothing runs; only the style of this very page, by its hash, applies."""

OPEN: Final = 20
"""Broken cells that stand open when the page is opened."""

SHOWN: Final = 20_000
"""Changes of one kind and cause that the page holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text as it was and is: lines, each with ``gone``, ``come``, ``same`` or ``place``."""

    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One change: the answers in rows of name, before and after, and the texts that differ."""

    slug: str
    cell: str
    was: str
    title: str
    step: str
    rows: tuple[tuple[str, str, str], ...]
    message: str
    texts: tuple[Text, ...]
    repro: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of change with the number of its cells."""

    slug: str
    word: str
    symbol: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The changes of one kind and cause; ``first``: the first group of its kind, where links lead."""

    kind: str
    slug: str
    symbol: str
    count: int
    first: bool
    causes: tuple[tuple[str, str], ...]
    changes: tuple[Shown, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything on the page; every text in it went through ``visible``.

    ``facts`` are name, before, after, and whether the difference is one that can be behind a change.
    """

    headline: str
    broken: bool
    warnings: tuple[str, ...]
    facts: tuple[tuple[str, str, str, bool], ...]
    kinds: tuple[Kind, ...]
    groups: tuple[Group, ...]


def render(before: Results, after: Results) -> str:
    """Return what changed from ``before`` to ``after`` as one HTML document."""
    style = _style()
    return _environment().get_template("diff.html").render(
        page=page_of(before, after), policy=_POLICY.format(style=_hash(style)), style=Markup(style)
    )  # fmt: skip


def page_of(before: Results, after: Results) -> Page:
    """Return the page's records."""
    found = changes_of.compare(before, after)
    titles = {case.case: one_line(case.title) for results in (before, after) for case in results.cases}
    seen: set[str] = set()
    groups, number = [], 0
    for (kind, causes), changes in found.groups().items():
        shown = []
        for change in changes[:SHOWN]:
            number += 1
            shown.append(_shown(change, number, titles))
        groups.append(
            Group(
                kind=kind,
                slug=kind.replace(" ", "-"),
                symbol=changes_of.SYMBOLS[kind],
                count=len(changes),
                first=kind not in seen,
                causes=tuple((cause.kind, cause.text) for cause in causes),
                changes=tuple(shown),
                more=max(0, len(changes) - SHOWN),
            )
        )
        seen.add(kind)
    return Page(
        headline=changes_of.headline(found),
        broken=found.broken,
        warnings=tuple(changes_of.WARNING[side] for side in found.incomplete),
        facts=_facts(found, before, after),
        kinds=tuple(
            Kind(slug=kind.replace(" ", "-"), word=kind, symbol=changes_of.SYMBOLS[kind], count=count)
            for kind, count in found.counts().items()
        ),
        groups=tuple(groups),
    )


def _facts(found: changes_of.Diff, before: Results, after: Results) -> tuple[tuple[str, str, str, bool], ...]:
    """Return what stands beside each other at the head: versions, machines, selections and times of both runs."""
    rows = [*found.versions]
    for name, field in (("Python", "python"), ("System", "os"), ("Device", "device_name")):
        rows.append((name, _each(before, field), _each(after, field)))
    rows.append(("Selection", _selection(before), _selection(after)))
    told = [
        ("Started", one_line(before.header.started), one_line(after.header.started)),
        ("Cells", f"{len(before.cells):,}", f"{len(after.cells):,}"),
    ]
    return (*((*row, row[1] != row[2]) for row in rows), *((*row, False) for row in told))


def _each(results: Results, field: str) -> str:
    return ", ".join(dict.fromkeys(one_line(str(getattr(target, field))) for target in results.header.targets)) or "–"


def _selection(results: Results) -> str:
    selection = results.header.selection
    texts = [f"{name} {text}" for name, text in summary.narrowing(selection).items()] or ["everything"]
    return "; ".join([*texts, *(f"tier {tier}" for tier in summary.tiers(selection))])


def _shown(change: changes_of.Change, number: int, titles: dict[str, str]) -> Shown:
    cell = change.after or change.before
    assert cell is not None
    rows = changes_of.answers(change)
    return Shown(
        slug=f"change-{number}",
        cell=one_line(change.cell),
        was=one_line(change.renamed_from),
        title=titles.get(cell.case, ""),
        step=_step(rows[0]),
        rows=rows,
        message=visible(cell.message) if change.after is not None and change.kind == "broken" else "",
        texts=tuple(_texts(change)),
        repro=summary.repro_command(cell) or "" if change.after is not None else "",
        open=change.kind == "broken" and number <= OPEN,
    )


def _step(verdict: tuple[str, str, str]) -> str:
    _, before, after = verdict
    return before if before == after else f"{before} → {after}"


def _texts(change: changes_of.Change) -> list[Text]:
    """Return the programs and sources that differ, or the source alone where something broke with none changed.

    Those of a removed cell are there, because no report has them any more; those of an added one are in its report.
    """
    if change.before is None:
        return []
    found = []
    sources = (_source(change.before), _source(change.after))
    for title, before, after in (("Program", *change.programs), ("Native source", *sources)):
        if change.after is None:
            lines = [("same", line) for line in visible(before or "", SOURCE).splitlines()]
        elif before != after:
            lines = _difference(visible(before or "", SOURCE), visible(after or "", SOURCE))
        elif title == "Native source" and change.kind == "broken":
            lines = [("same", line) for line in visible(after or "", SOURCE).splitlines()]
        else:
            continue
        if lines:
            found.append(Text(title=title, lines=tuple(lines)))
    return found


def _source(cell: CellRecord | None) -> str:
    return "" if cell is None else cell.native


def _difference(before: str, after: str) -> list[tuple[str, str]]:
    """Return two texts as one: each line with its sign, so that colour is not all that tells them apart."""
    one, two = before.splitlines(), after.splitlines()
    if max(len(one), len(two)) > 2_000:  # difflib is quadratic
        return _marked([f"- {line}" for line in one] + [f"+ {line}" for line in two])
    return _marked(list(difflib.unified_diff(one, two, n=100, lineterm=""))[3:])


def _marked(lines: Sequence[str]) -> list[tuple[str, str]]:
    words = {"-": "gone", "+": "come", "@": "place"}
    return [(words.get(line[:1], "same"), line) for line in lines]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("conformance_reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _style() -> str:
    text = (resources.files("conformance_reports") / "assets" / "diff.css").read_text(encoding="utf-8")
    if "</" in text:
        raise ValueError("assets/diff.css: holds '</'; it would end its element early; write it in another way")
    return text


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
