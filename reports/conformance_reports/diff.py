"""Two results turned into what changed between them, set apart by cause, as records, terminal text and Markdown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.results import AS_DOCUMENTED, INCOMPLETE, CellRecord, Results
from conformance_reports import summary
from conformance_reports.markdown import code, plain, table
from conformance_reports.values import describe, same_answer
from conformance_reports.visible import one_line

KINDS: Final = ("broken", "fixed", "changed answer", "no longer run", "run again", "renamed", "added", "removed")
"""What can have happened to a cell, in the order in which it is shown."""

CAUSES: Final[Mapping[str, str]] = {
    "framework": "another version of the framework",
    "case": "the case changed",
    "environment": "another Python, system or device",
    "engine": "the suite lowers, runs or judges it in another way",
    "none": "nothing that decides it changed: it is not deterministic",
}
"""What can be behind a change, in the order in which it is named."""

SYMBOLS: Final[Mapping[str, str]] = {
    "broken": "✗", "fixed": "✓", "changed answer": "≠", "no longer run": "○", "run again": "●", "renamed": "→",
    "added": "+", "removed": "−",
}  # fmt: skip

COMMENT: Final = 60_000
"""Characters of the Markdown: a comment on a pull request is refused beyond 65,536."""

ANSWER: Final = 160
"""Characters of one answer: what stands beside another one on a wide screen."""

LISTED: Final = 200
"""Changes of one kind and cause that the terminal lists; the HTML has all."""

_NO_ANSWER: Final = INCOMPLETE - {"timed-out", "crashed"}

_PAIRS: Final = 10_000
"""Equal cells on both sides that are held against each other in search of a new name: more say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a cell may have changed: a key of ``CAUSES``, and what exactly, such as ``PyTorch 2.13.0 → 2.14.0``."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to one cell; ``before`` or ``after`` is None where the cell is added or removed.

    ``causes`` is empty where no cause is to be named: the cell is added, removed or only renamed. ``renamed_from`` is
    the cell's former id, empty where it kept its id; a renamed cell that also answers otherwise is of the kind of that.
    ``programs`` are the neutral programs before and after.
    """

    cell: str
    kind: str
    causes: tuple[Cause, ...]
    before: CellRecord | None
    after: CellRecord | None
    renamed_from: str = ""
    programs: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """All changes, those of one kind together, and how many cells stayed the same.

    ``versions`` are name, before and after of every framework and of the suite.
    """

    changes: tuple[Change, ...]
    unchanged: int
    versions: tuple[tuple[str, str, str], ...]
    incomplete: tuple[str, ...] = ()

    @property
    def broken(self) -> bool:
        """Whether a cell that was as documented no longer is."""
        return any(change.kind == "broken" for change in self.changes)

    def counts(self) -> dict[str, int]:
        """Return the number of changes of every kind that occurs, in the order of ``KINDS``."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in KINDS if found[kind]}

    def groups(self) -> dict[tuple[str, tuple[Cause, ...]], list[Change]]:
        """Return the changes by kind and causes, in the order in which they are shown."""
        groups: dict[tuple[str, tuple[Cause, ...]], list[Change]] = {}
        for change in self.changes:
            groups.setdefault((change.kind, change.causes), []).append(change)
        return groups


def compare(a: Results, b: Results) -> Diff:
    """Return what changed from ``a`` to ``b``."""
    before, after = _keyed(a, b)
    former = _renamed(
        [cell for key, cell in before.items() if key not in after],
        [cell for key, cell in after.items() if key not in before],
        a,
        b,
    )
    names = {**summary.titles(a), **summary.titles(b)}
    programs = ({case.case: case.program for case in a.cases}, {case.case: case.program for case in b.cases})
    taken = {id(cell) for cell in former.values()}
    pairs: list[tuple[CellRecord | None, CellRecord | None]] = [
        (before.get(key) or former.get(id(cell)), cell) for key, cell in after.items()
    ]
    pairs += [(cell, None) for key, cell in before.items() if key not in after and id(cell) not in taken]
    changes, unchanged = [], 0
    for old, new in pairs:
        was = old.cell if old is not None and new is not None and id(new) in former else ""
        kind = _kind(old, new) or ("renamed" if was else None)
        if kind is None:
            unchanged += 1
            continue
        texts = (
            programs[0].get(old.case) if old is not None else None,
            programs[1].get(new.case) if new is not None else None,
        )
        causes: tuple[Cause, ...] = ()
        if old is not None and new is not None and kind != "renamed":
            causes = _causes(old, new, programs=texts, a=a, b=b, names=names)
        cell = new or old
        assert cell is not None
        changes.append(
            Change(
                cell=cell.cell, kind=kind, causes=causes, before=old, after=new, renamed_from=was, programs=texts
            )
        )  # fmt: skip
    order = list(CAUSES)
    changes.sort(
        key=lambda c: (KINDS.index(c.kind), [order.index(x.kind) for x in c.causes], [x.text for x in c.causes])
    )
    frameworks = dict.fromkeys(t.framework for r in (a, b) for t in r.header.targets)
    return Diff(
        changes=tuple(changes),
        unchanged=unchanged,
        versions=(
            *((names.get(name, one_line(name)), _versions(a, name), _versions(b, name)) for name in frameworks),
            ("Suite", one_line(a.header.suite_version), one_line(b.header.suite_version)),
        ),
        incomplete=tuple(name for name, results in (("before", a), ("after", b)) if not results.complete),
    )


def _keyed(a: Results, b: Results) -> tuple[dict[tuple[str, ...], CellRecord], dict[tuple[str, ...], CellRecord]]:
    """Return the cells of both sides by what makes them comparable: variant, framework, mode and device.

    The version is a part of it where a file holds one cell at several versions. The device is none where each side ran
    the framework on one device alone, and on another one than the other side: CPU and GPU are then held together.
    """
    several = {cell for r in (a, b) for cell, n in Counter(cell.cell for cell in r.cells).items() if n > 1}
    moved = _moved(a, b)

    def keyed(results: Results) -> dict[tuple[str, ...], CellRecord]:
        return {
            (
                summary.variant_id(c),
                c.framework,
                c.mode,
                "" if c.framework in moved else c.device,
                c.version if c.cell in several else "",
            ): c
            for c in results.cells
        }

    return keyed(a), keyed(b)


def _moved(a: Results, b: Results) -> frozenset[str]:
    """Return the frameworks that ran on one device in ``a`` and on another one in ``b``."""
    found: list[dict[str, set[str]]] = []
    for results in (a, b):
        devices: dict[str, set[str]] = {}
        for cell in results.cells:
            devices.setdefault(cell.framework, set()).add(cell.device)
        found.append(devices)
    one, two = found
    return frozenset(name for name in one if len(one[name]) == len(two.get(name, ())) == 1 and one[name] != two[name])


def _renamed(
    gone: list[CellRecord], come: list[CellRecord], a: Results, b: Results
) -> dict[int, CellRecord]:  # fmt: skip
    """Return the former record of every cell that is there under a new id, by ``id()`` of the new record.

    A case is taken for another one's new name where most of their cells have the same program, source and expectation,
    and neither name occurs on the other side; a variant, where that holds within its case.
    """
    programs = ({case.case: case.program for case in a.cases}, {case.case: case.program for case in b.cases})
    names = tuple({c.case for c in r.cells} | {c.case for c in r.cases} for r in (a, b))
    olds, news = _by_content(gone, programs[0]), _by_content(come, programs[1])
    votes: Counter[tuple[str, str]] = Counter()
    for content, cells in olds.items():
        others = news.get(content, [])
        if len(cells) * len(others) > _PAIRS:
            continue
        for old in cells:
            for new in others:
                if old.case == new.case or (old.case not in names[1] and new.case not in names[0]):
                    votes[old.case, new.case] += 1
    found: dict[int, CellRecord] = {}
    left, right = {c.case for c in gone}, {c.case for c in come}
    for (old_case, new_case), _ in sorted(votes.items(), key=lambda item: (-item[1], _unlike(item[0]), item[0])):
        if old_case not in left or new_case not in right:
            continue
        left.discard(old_case)
        right.discard(new_case)
        ours, theirs = [c for c in gone if c.case == old_case], [c for c in come if c.case == new_case]
        found.update(_paired(ours, theirs, programs))
    return found


def _unlike(names: tuple[str, str]) -> bool:
    """Return whether two ids differ in more than the area or in more than the name within it."""
    (area, _, name), (other_area, _, other_name) = (text.partition("/") for text in names)
    return area != other_area and name != other_name


def _paired(
    olds: list[CellRecord],
    news: list[CellRecord],
    programs: tuple[Mapping[str, str | None], Mapping[str, str | None]],
) -> dict[int, CellRecord]:
    """Return the cells of a renamed case by ``id()`` of the new one: equal axes first, then equal content."""
    found: dict[int, CellRecord] = {}
    by_axes = {_place(cell): cell for cell in olds}
    for cell in news:
        old = by_axes.pop(_place(cell), None) if olds and olds[0].case != cell.case else None
        if old is not None:
            found[id(cell)] = old
    taken = {id(cell) for cell in found.values()}
    rest = _by_content([cell for cell in olds if id(cell) not in taken], programs[0])
    for content, cells in _by_content([cell for cell in news if id(cell) not in found], programs[1]).items():
        for old, new in zip(rest.get(content, []), cells, strict=False):
            found[id(new)] = old
    return found


def _place(cell: CellRecord) -> str:
    return json.dumps(
        [dict(cell.axes), cell.framework, cell.version, cell.device, cell.mode], sort_keys=True, default=str
    )


def _by_content(cells: Iterable[CellRecord], programs: Mapping[str, str | None]) -> dict[str, list[CellRecord]]:
    """Return the cells by all that decides them but their name; a cell without program and source is left out."""
    found: dict[str, list[CellRecord]] = {}
    for cell in cells:
        program = programs.get(cell.case) or ""
        if program or cell.native:
            parts = [program, cell.native, dict(cell.expected), cell.framework, cell.device, cell.mode]
            found.setdefault(json.dumps(parts, sort_keys=True, default=str), []).append(cell)
    return found


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


def _causes(
    old: CellRecord,
    new: CellRecord,
    *,
    programs: tuple[str | None, str | None],
    a: Results,
    b: Results,
    names: Mapping[str, str],
) -> tuple[Cause, ...]:
    causes = []
    if old.version != new.version:
        name = names.get(new.framework, one_line(new.framework))
        causes.append(Cause(kind="framework", text=f"{name} {_step(old.version, new.version)}"))
    parts = (
        ("its program", programs[0], programs[1]),
        ("what it expects", dict(old.expected), dict(new.expected)),
        ("its documented reason", old.because, new.because),
    )
    edited = [name for name, before, after in parts if before != after]
    if edited:
        causes.append(Cause(kind="case", text=f"the case changed: {' and '.join(edited)}"))
    surroundings = _surroundings(a, b, old, new)
    if surroundings:
        causes.append(Cause(kind="environment", text=", ".join(surroundings)))
    lowered = old.native != new.native and not edited
    if lowered or not causes:
        suite = a.header.suite_version, b.header.suite_version
        if lowered:
            causes.append(Cause(kind="engine", text="the same case is lowered to another source"))
        elif suite[0] != suite[1]:
            causes.append(Cause(kind="engine", text=f"gradient-conformance {_step(*suite)}"))
        elif not old.key or old.key != new.key:
            causes.append(Cause(kind="engine", text=CAUSES["engine"]))
        else:
            causes.append(Cause(kind="none", text=CAUSES["none"]))
    return tuple(causes)


def _step(before: str, after: str) -> str:
    return f"{one_line(before) or '–'} → {one_line(after) or '–'}"


def _surroundings(a: Results, b: Results, old: CellRecord, new: CellRecord) -> list[str]:
    """Return what changed of the machine and the interpreter that a cell ran on."""
    one, two = _target(a, old), _target(b, new)
    pairs = [("device", old.device, new.device)]
    if one is not None and two is not None:
        pairs += [(name, one[name], two[name]) for name in one]
    return [f"{name} {_step(before, after)}" for name, before, after in pairs if before != after]


def _target(results: Results, cell: CellRecord) -> dict[str, str] | None:
    for t in results.header.targets:
        if (t.framework, t.version, t.device, t.mode) == (cell.framework, cell.version, cell.device, cell.mode):
            there = "there" if t.available else t.reason or "not there"
            return {"Python": t.python, "system": t.os, "device name": t.device_name, "target": there}
    return None


def answers(change: Change) -> tuple[tuple[str, str, str], ...]:
    """Return what a cell said, as name, before and after: the verdict first, then only what differs.

    Where one side is missing all that the other one said is there.
    """
    old, new = _said(change.before), _said(change.after)
    rows = [("verdict", old.pop("verdict", "–"), new.pop("verdict", "–"))]
    whole = change.before is None or change.after is None
    for name in dict.fromkeys([*old, *new]):
        if whole or old.get(name) != new.get(name):
            rows.append((name, old.get(name, "–"), new.get(name, "–")))
    if len(rows) == 1 and change.kind == "changed answer" and rows[0][1] == rows[0][2]:
        rows.append(("answer", "beyond what is shown", "beyond what is shown"))
    return tuple(rows)


def _said(cell: CellRecord | None) -> dict[str, str]:
    if cell is None:
        return {}
    said = {"verdict": cell.verdict + (" (stale)" if cell.stale else "")}
    seen = {one_line(name, 60): describe(value) for name, value in cell.observations.items()}
    judged = {one_line(c.name, 60): c.observed for c in cell.checks if c.kind != "not-reached" and c.observed}
    for name, text in {**seen, **judged}.items():
        said["verdict of " + name if name in ("verdict", "raised") else name] = _short(text)
    if cell.raised:
        kind, message = cell.raised.get("type", "exception"), cell.raised.get("message", "")
        said["raised"] = _short(f"{kind}: {message}")
    if len(said) == 1 and cell.message:
        said["message"] = _short(cell.message)
    return said


def _short(text: str) -> str:
    """Return a text on one line of a table, cut without saying by how much: the report has all of it."""
    shown = one_line(text)
    return shown if len(shown) <= ANSWER else f"{shown[: ANSWER - 1]}…"


def headline(diff: Diff) -> str:
    """Return what changed in one sentence."""
    counts = diff.counts()
    if not counts:
        return f"No cell changed; {diff.unchanged:,} are the same."
    failing = sum(c.kind == "added" and c.after is not None and not _good(c.after) for c in diff.changes)
    parts = [f"{n:,} {kind}" for kind, n in counts.items()]
    if failing:
        parts = [f"{part} ({failing:,} not as documented)" if part.endswith(" added") else part for part in parts]
    return f"{', '.join(parts)}; {diff.unchanged:,} the same."


def cause_text(causes: tuple[Cause, ...]) -> str:
    """Return the causes on one line, empty where there is none to name."""
    return "; ".join(cause.text for cause in causes)


def render_text(diff: Diff) -> str:
    """Return the diff for a terminal, plain text with nothing that a terminal would obey."""
    lines = [headline(diff)]
    lines += [f"  {name}: {old} → {new}" for name, old, new in diff.versions if old != new]
    lines += [f"  {WARNING[name]}" for name in diff.incomplete]
    for (kind, causes), changes in diff.groups().items():
        cause = cause_text(causes)
        lines += ["", f"{SYMBOLS[kind]} {kind} ({len(changes):,})" + (f": {cause}" if cause else "")]
        for change in changes[:LISTED]:
            lines.append(f"    {one_line(change.cell)}")
            lines += [f"        {line}" for line in _lines(change)]
        if len(changes) > LISTED:
            lines.append(f"    … and {len(changes) - LISTED:,} more; --html has all")
    return "\n".join(lines) + "\n"


WARNING: Final = {
    "before": "The first file is incomplete: a cell that it lacks shows as added.",
    "after": "The second file is incomplete: a cell that it lacks shows as removed.",
}


def _lines(change: Change) -> list[str]:
    """Return what a change has to say below its cell's id."""
    lines = [f"was {one_line(change.renamed_from)}"] if change.renamed_from else []
    if change.kind == "renamed":
        return lines
    if change.before is None or change.after is None:
        side = 2 if change.before is None else 1
        texts = [row[side] if row[0] == "verdict" else f"{row[0]} {row[side]}" for row in answers(change)]
        return [*lines, one_line(": ".join([texts[0], "; ".join(texts[1:])]).removesuffix(": "), 200)]
    width = min(20, max(len(name) for name, _, _ in answers(change)))
    lines += [f"{name:<{width}}  {old} → {new}" for name, old, new in answers(change)]
    return lines


def render_markdown(diff: Diff) -> str:
    """Return the diff as GitHub-flavoured Markdown, short enough for a comment on a pull request."""
    parts = ["# Gradient conformance: what changed", "", f"**{plain(headline(diff), 2000)}**", ""]
    moved = [[plain(name), code(old), code(new)] for name, old, new in diff.versions]
    if moved:
        parts += [table([["", "Before", "After"], *moved]), ""]
    parts += [f"> {plain(WARNING[name])}\n" for name in diff.incomplete]
    room, shown = COMMENT - sum(len(part) + 1 for part in parts), 0
    for (kind, causes), changes in diff.groups().items():
        head = [f"## {SYMBOLS[kind]} {kind} ({len(changes):,})", ""]
        if causes:
            head += [f"Because: {plain(cause_text(causes), 600)}.", ""]
        rows = _fitting([[_named(c), *_sides(c)] for c in changes], room - sum(len(text) + 1 for text in head) - 100)
        if rows:
            group = [*head, table([["Cell", "Before", "After"], *rows]), ""]
            room -= sum(len(part) + 1 for part in group)
            shown += len(rows)
            parts += group
    if shown < len(diff.changes):
        parts += [f"{len(diff.changes) - shown:,} more changes are in the HTML of `gradconf diff --html`.", ""]
    return "\n".join(parts)


def _fitting(rows: list[list[str]], room: int) -> list[list[str]]:
    """Return the first rows of a table that fit into so many characters."""
    found = []
    for row in rows:
        room -= sum(len(text) + 3 for text in row) + 2
        if room < 0:
            break
        found.append(row)
    return found


def _named(change: Change) -> str:
    was = f" (was {code(change.renamed_from, 120)})" if change.renamed_from else ""
    return code(change.cell, 120) + was


def _sides(change: Change) -> tuple[str, str]:
    """Return both answers as code spans."""
    rows = answers(change)
    texts = []
    for side, cell in ((1, change.before), (2, change.after)):
        said = [row[side] if row[0] == "verdict" else f"{row[0]} {row[side]}" for row in rows]
        texts.append(code(one_line("; ".join(said), 200)) if cell is not None else "–")
    return texts[0], texts[1]
