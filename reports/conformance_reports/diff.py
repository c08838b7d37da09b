"""Two results turned into what changed between them, set apart by cause, as records, terminal text and Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from conformance.results import AS_DOCUMENTED, INCOMPLETE, CellRecord, Results
from conformance_reports import summary
from conformance_reports.markdown import code, plain, table
from conformance_reports.values import describe, same_answer
from conformance_reports.visible import one_line

KINDS: Final = ("broken", "fixed", "changed answer", "no longer run", "run again", "added", "removed")
"""What can have happened to a cell, in the order in which it is shown."""

CAUSES: Final[Mapping[str, str]] = {
    "framework": "the framework's version changed",
    "case": "the case changed",
    "native source": "the same case is lowered to another source",
    "environment": "Python, the system or the device changed",
    "suite": "the suite changed",
    "none": "nothing that decides the cell changed: it is not deterministic",
}

_SYMBOLS: Final[Mapping[str, str]] = {
    "broken": "✗", "fixed": "✓", "changed answer": "≠", "no longer run": "○", "run again": "●", "added": "+",
    "removed": "−",
}  # fmt: skip

_NO_ANSWER: Final = INCOMPLETE - {"timed-out", "crashed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to one cell; ``before`` or ``after`` is None where the cell is added or removed.

    ``causes`` are keys of ``CAUSES``, several where several things changed; empty for an added or removed cell.
    """

    cell: str
    kind: str
    causes: tuple[str, ...]
    before: CellRecord | None
    after: CellRecord | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """All changes, those of one kind together, and how many cells stayed the same."""

    changes: tuple[Change, ...]
    unchanged: int
    versions: tuple[tuple[str, str, str], ...]
    incomplete: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return the number of changes of every kind that occurs, in the order of ``KINDS``."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in KINDS if found[kind]}


def compare(a: Results, b: Results) -> Diff:
    """Return what changed from ``a`` to ``b``."""
    before, after = _by_key(a, b)
    changes, unchanged = [], 0
    programs_a = {case.case: case.program for case in a.cases}
    programs_b = {case.case: case.program for case in b.cases}
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        kind = _kind(old, new)
        if kind is None:
            unchanged += 1
            continue
        causes: tuple[str, ...] = ()
        if old is not None and new is not None:
            same_program = programs_a.get(old.case) == programs_b.get(new.case)
            causes = _causes(old, new, same_program=same_program, a=a, b=b)
        cell = new or old
        assert cell is not None
        changes.append(Change(cell=cell.cell, kind=kind, causes=causes, before=old, after=new))
    changes.sort(key=lambda change: (KINDS.index(change.kind), change.causes))
    names = {**summary.titles(a), **summary.titles(b)}
    return Diff(
        changes=tuple(changes),
        unchanged=unchanged,
        versions=tuple(
            (names.get(framework, framework), _versions(a, framework), _versions(b, framework))
            for framework in dict.fromkeys(t.framework for r in (a, b) for t in r.header.targets)
        ),
        incomplete=tuple(name for name, results in (("before", a), ("after", b)) if not results.complete),
    )


def _by_key(a: Results, b: Results) -> tuple[dict[str, CellRecord], dict[str, CellRecord]]:
    """Return the cells by id, and by id and version where a file holds one cell at several versions of a framework."""
    several = {cell for r in (a, b) for cell, n in Counter(cell.cell for cell in r.cells).items() if n > 1}

    def keyed(results: Results) -> dict[str, CellRecord]:
        return {f"{c.cell} {c.version}" if c.cell in several else c.cell: c for c in results.cells}

    return keyed(a), keyed(b)


def _versions(results: Results, framework: str) -> str:
    found = dict.fromkeys(t.version for t in results.header.targets if t.framework == framework)
    return one_line(", ".join(found)) or "–"


def _good(cell: CellRecord) -> bool:
    return cell.verdict in AS_DOCUMENTED and not cell.stale


def _kind(old: CellRecord | None, new: CellRecord | None) -> str | None:
    if old is None or new is None:
        return "added" if old is None else "removed"
    if old.verdict in _NO_ANSWER or new.verdict in _NO_ANSWER:
        if old.verdict == new.verdict:
            return None
        return "no longer run" if new.verdict in _NO_ANSWER else "run again"
    if _good(old) != _good(new):
        return "fixed" if _good(new) else "broken"
    return None if old.verdict == new.verdict and same_answer(old, new) else "changed answer"


def _causes(old: CellRecord, new: CellRecord, *, same_program: bool, a: Results, b: Results) -> tuple[str, ...]:
    causes = []
    if old.version != new.version:
        causes.append("framework")
    same_case = same_program and dict(old.expected) == dict(new.expected) and old.because == new.because
    if not same_case:
        causes.append("case")
    elif old.native != new.native:
        causes.append("native source")
    if _surroundings(a, old) != _surroundings(b, new):
        causes.append("environment")
    if not causes:
        causes.append("none" if old.key and old.key == new.key else "suite")
    return tuple(causes)


def _surroundings(results: Results, cell: CellRecord) -> tuple[str, ...] | None:
    for t in results.header.targets:
        if (t.framework, t.version, t.device, t.mode) == (cell.framework, cell.version, cell.device, cell.mode):
            return (t.python, t.os, t.device_name, "available" if t.available else t.reason)
    return None


def _answer(cell: CellRecord | None) -> str:
    """Return what a cell answered, on one line."""
    if cell is None:
        return "–"
    word = cell.verdict + (" (stale)" if cell.stale else "")
    if cell.raised:
        return one_line(f"{word}: {cell.raised.get('type', 'exception')}: {cell.raised.get('message', '')}", 160)
    seen = [f"{check.name} {check.observed}" for check in cell.checks if check.kind != "not-reached"]
    seen = seen or [f"{name} {describe(value)}" for name, value in cell.observations.items()]
    return one_line(f"{word}: {'; '.join(seen)}" if seen else f"{word}: {cell.message}".rstrip(": "), 160)


def _headline(diff: Diff) -> str:
    counts = diff.counts()
    if not counts:
        return f"No cell changed; {diff.unchanged:,} are the same."
    return f"{', '.join(f'{n:,} {kind}' for kind, n in counts.items())}; {diff.unchanged:,} the same."


def _cause_text(change: Change) -> str:
    return "; ".join(CAUSES[cause] for cause in change.causes)


def _groups(diff: Diff) -> dict[tuple[str, str], list[Change]]:
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in diff.changes:
        groups.setdefault((change.kind, _cause_text(change)), []).append(change)
    return groups


def render_text(diff: Diff) -> str:
    """Return the diff for a terminal, plain text with nothing that a terminal would obey."""
    lines = [_headline(diff)]
    lines += [f"  {name}: {old} → {new}" for name, old, new in diff.versions if old != new]
    lines += [f"  {_WARNING[name]}" for name in diff.incomplete]
    for (kind, cause), changes in _groups(diff).items():
        lines += ["", f"{_SYMBOLS[kind]} {kind} ({len(changes)})" + (f": {cause}" if cause else "")]
        for change in changes:
            lines.append(f"    {one_line(change.cell)}")
            lines += [f"        {side} {_answer(cell)}" for side, cell in _sides(change)]
    return "\n".join(lines) + "\n"


_WARNING: Final = {
    "before": "The first file is incomplete: a cell that it lacks shows as added.",
    "after": "The second file is incomplete: a cell that it lacks shows as removed.",
}


def _sides(change: Change) -> list[tuple[str, CellRecord]]:
    sides = [("before", change.before), ("after ", change.after)]
    return [(side, cell) for side, cell in sides if cell is not None]


def render_markdown(diff: Diff) -> str:
    """Return the diff as GitHub-flavoured Markdown."""
    parts = ["# Gradient conformance: what changed", "", f"**{plain(_headline(diff), 2000)}**", ""]
    moved = [[plain(name), code(old), code(new)] for name, old, new in diff.versions]
    if moved:
        parts += [table([["Framework", "Before", "After"], *moved]), ""]
    parts += [f"> {plain(_WARNING[name])}\n" for name in diff.incomplete]
    for (kind, cause), changes in _groups(diff).items():
        parts += [f"## {_SYMBOLS[kind]} {kind} ({len(changes)})", ""]
        if cause:
            parts += [f"Because {plain(cause)}.", ""]
        rows = [[code(c.cell), code(_answer(c.before)), code(_answer(c.after))] for c in changes]
        parts += [table([["Cell", "Before", "After"], *rows]), ""]
    return "\n".join(parts)
