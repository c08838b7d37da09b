"""Results turned into the sentence, the counts and the lists that every report begins with; pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.results import FAILED, INCOMPLETE, VERDICTS, CellRecord, Results, TargetRecord
from conformance_reports.visible import one_line

SYMBOLS: Final[Mapping[str, str]] = {
    "conforms": "✓", "differs": "≠", "undocumented": "◌", "contradicts": "✗", "inaccurate": "≈", "known": "⚑",
    "unsupported": "–", "not-run": "○", "timed-out": "◔", "crashed": "☠", "harness-error": "!",
}  # fmt: skip
"""One sign a verdict. A sign never stands without its word, or a legend where the space is too small for words."""

MEANINGS: Final[Mapping[str, str]] = {
    "conforms": "as documented, and the same as the reference",
    "differs": "as documented, and documented to differ from the others",
    "undocumented": "the documents say nothing and mathematics does not decide: recorded, not judged",
    "contradicts": "not what is documented",
    "inaccurate": "sign and leading digits are right, the last ones are lost",
    "known": "fails as a known failure says that it does",
    "unsupported": "the concept or the operation does not exist there; outside every denominator",
    "not-run": "did not run",
    "timed-out": "no answer within the time limit",
    "crashed": "the process died",
    "harness-error": "the suite itself failed",
}

_PHRASES: Final[Mapping[str, tuple[str, str]]] = {
    "conforms": ("conforms", "conform"),
    "differs": ("differs as documented", "differ as documented"),
    "undocumented": ("is undocumented", "are undocumented"),
    "contradicts": ("contradicts what is documented", "contradict what is documented"),
    "inaccurate": ("is inaccurate", "are inaccurate"),
    "known": ("is a known failure", "are known failures"),
    "unsupported": ("is unsupported", "are unsupported"),
    "not-run": ("did not run", "did not run"),
    "timed-out": ("timed out", "timed out"),
    "crashed": ("crashed", "crashed"),
    "harness-error": ("ended in an error of the suite itself", "ended in errors of the suite itself"),
}

FAILING_FIRST: Final = (
    "contradicts", "inaccurate", "harness-error", "crashed", "timed-out", "not-run",
    "known", "differs", "undocumented", "conforms", "unsupported",
)  # fmt: skip
"""Verdicts by how much they need a reader."""

_NEED_ATTENTION: Final = FAILED | {"harness-error", "crashed", "timed-out"}

_NOT_NARROWING: Final = frozenset(
    {
        "framework",
        "frameworks",
        "device",
        "devices",
        "mode",
        "modes",
        "targets",
        "jobs",
        "timeout",
        "native",
        "seed",
        "fresh",
        "tier",
    }
)
"""Keys of a header's selection that choose targets or ways of running, not cases; they are shown, but are no filter.
The tier says how much is asked of derivative cases, and stands in the verdict's sentence."""

NOT_FRAMEWORKS: Final = frozenset({"reference", "agreement"})
"""What stands in a cell's ``framework`` without being a framework under test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A target as a column of a table; ``title`` is the framework's name in prose."""

    framework: str
    version: str
    device: str
    mode: str
    title: str

    @property
    def label(self) -> str:
        """The target in one line, such as ``PyTorch 2.13.0 cpu eager``."""
        return " ".join(part for part in (self.title, self.version, self.device, self.mode) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of verdicts. ``planned`` is the denominator: every cell but the unsupported ones, run or not."""

    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def planned(self) -> int:
        """Cells that count, run or not."""
        return sum(n for verdict, n in self.counts.items() if verdict != "unsupported")

    @property
    def as_documented(self) -> int:
        """Cells that conform, differ as documented or are recorded; a known failure is not among them."""
        return sum(self.counts.get(verdict, 0) for verdict in ("conforms", "differs", "undocumented"))

    @property
    def failed(self) -> int:
        """Cells that contradict, are inaccurate or in which something broke; what did not run is not among them."""
        return sum(self.counts.get(verdict, 0) for verdict in _NEED_ATTENTION)

    @property
    def text(self) -> str:
        """The tally in a table's cell: ``12/14 ✗2 –1``; the part after the fraction is what is not as documented."""
        others = [v for v in VERDICTS if v not in ("conforms", "differs", "undocumented") and self.counts.get(v)]
        return " ".join([f"{self.as_documented}/{self.planned}", *(f"{SYMBOLS[v]}{self.counts[v]}" for v in others)])


def tally(cells: Iterable[CellRecord]) -> Tally:
    """Return the counts of verdicts of some cells, in the order of ``VERDICTS``."""
    counts = Counter(cell.verdict for cell in cells)
    return Tally(counts={verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]})


def column_of(cell: CellRecord, titles: Mapping[str, str]) -> Column:
    """Return the column that a cell stands in; ``titles`` leads from a framework to its name in prose."""
    return Column(
        framework=cell.framework,
        version=one_line(cell.version),
        device=one_line(cell.device),
        mode=one_line(cell.mode),
        title=titles.get(cell.framework, one_line(cell.framework)),
    )


def titles(results: Results) -> dict[str, str]:
    """Return the name in prose of every framework of the header, and of the comparison between them."""
    named = {target.framework: one_line(target.title or target.framework) for target in results.header.targets}
    return {"agreement": "Agreement", **named}


def columns(results: Results) -> tuple[Column, ...]:
    """Return every target that has a cell or is in the header: in the header's order, what is no framework last."""
    names = titles(results)
    known = [
        Column(
            framework=t.framework,
            version=one_line(t.version),
            device=one_line(t.device),
            mode=one_line(t.mode),
            title=names[t.framework],
        )
        for t in results.header.targets
    ]
    found = dict.fromkeys([*known, *(column_of(cell, names) for cell in results.cells)])
    frameworks = list(dict.fromkeys(column.framework for column in found))
    return tuple(sorted(found, key=lambda c: (c.framework in NOT_FRAMEWORKS, frameworks.index(c.framework))))


def variant_id(cell: CellRecord) -> str:
    """Return the case with its axes: the cell's id without the target."""
    return cell.cell.rpartition("@")[0] or cell.case


def areas(results: Results) -> tuple[str, ...]:
    """Return the areas in the order of the cases; a case that has cells but no record gives the head of its id."""
    order = dict.fromkeys(case.area for case in results.cases)
    described = {case.case for case in results.cases}
    order.update(dict.fromkeys(cell.case.partition("/")[0] for cell in results.cells if cell.case not in described))
    return tuple(order)


def by_area(results: Results) -> dict[str, dict[Column, Tally]]:
    """Return area → target → counts, with every area and, in each, every target (an empty tally for no cell)."""
    names, area_of = titles(results), {case.case: case.area for case in results.cases}
    targets = columns(results)
    grid: dict[str, dict[Column, list[CellRecord]]] = {a: {column: [] for column in targets} for a in areas(results)}
    for cell in results.cells:
        grid[area_of.get(cell.case, cell.case.partition("/")[0])][column_of(cell, names)].append(cell)
    return {area: {column: tally(cells) for column, cells in row.items()} for area, row in grid.items()}


def by_column(results: Results) -> dict[Column, Tally]:
    """Return target → counts over all areas."""
    names = titles(results)
    cells: dict[Column, list[CellRecord]] = {column: [] for column in columns(results)}
    for cell in results.cells:
        cells[column_of(cell, names)].append(cell)
    return {column: tally(group) for column, group in cells.items()}


def table(results: Results) -> tuple[tuple[str, ...], ...]:
    """Return the rows of a terminal table: headings, one row an area, and all of them; cells as ``Tally.text``."""
    grid = by_area(results)
    rows = [("area", *(column.label for column in columns(results)))]
    rows += [(one_line(area), *(t.text if t.counts else "" for t in row.values())) for area, row in grid.items()]
    rows.append(("all", *(t.text for t in by_column(results).values())))
    return tuple(rows)


def failing_first(results: Results) -> tuple[CellRecord, ...]:
    """Return the cells that need a reader, worst first: what contradicts, breaks, or is a stale known failure."""
    cells = [cell for cell in results.cells if cell.verdict in _NEED_ATTENTION or cell.stale]
    return tuple(sorted(cells, key=lambda cell: FAILING_FIRST.index(cell.verdict)))


def slowest(results: Results, count: int = 10) -> tuple[CellRecord, ...]:
    """Return the cells that took longest, slowest first."""
    timed = [cell for cell in results.cells if cell.seconds]
    return tuple(sorted(timed, key=lambda cell: -sum(cell.seconds.values()))[:count])


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSplit:
    """Where the time of one framework on one device went, in seconds; ``imported`` is None where it is not known."""

    title: str
    device: str
    cells: int
    imported: float | None
    compiled: float
    ran: float

    @property
    def total(self) -> float:
        """All of it."""
        return (self.imported or 0.0) + self.compiled + self.ran


def time_split(results: Results) -> tuple[TimeSplit, ...]:
    """Return import, compile and run seconds by framework, version and device. One import serves every mode."""
    names = titles(results)
    groups: dict[tuple[str, str, str], list[CellRecord]] = {}
    for cell in results.cells:
        if cell.seconds:
            groups.setdefault((cell.framework, cell.version, cell.device), []).append(cell)
    splits = []
    for (framework, version, device), cells in groups.items():
        imports = [t.import_seconds for t in results.header.targets if _same_process(t, framework, version, device)]
        splits.append(
            TimeSplit(
                title=f"{names.get(framework, one_line(framework))} {one_line(version)}".strip(),
                device=one_line(device),
                cells=len(cells),
                imported=max((s for s in imports if s is not None), default=None),
                compiled=sum(cell.seconds.get("compile", 0.0) for cell in cells),
                ran=sum(cell.seconds.get("run", 0.0) for cell in cells),
            )
        )
    return tuple(splits)


def _same_process(target: TargetRecord, framework: str, version: str, device: str) -> bool:
    return (target.framework, target.version, target.device) == (framework, version, device)


def narrowing(selection: Mapping[str, Any]) -> dict[str, str]:
    """Return what of a selection leaves cases out, as name → text; all shards of a matrix together leave out none."""
    parts = selection.get("parts")
    if isinstance(parts, list | tuple):
        found: dict[str, str] = {}
        mappings = [part for part in parts if isinstance(part, Mapping)]
        for part in mappings:
            found.update(narrowing(part))
        if _whole_matrix([part.get("shard") for part in mappings]):
            found.pop("shard", None)
        return found
    return {
        one_line(str(key)): _selection_text(value)
        for key, value in selection.items()
        if key not in _NOT_NARROWING and value not in (None, "", False, [], (), {})
    }


def tiers(selection: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tiers that a run (or its parts) asked for; none where a results file does not say."""
    parts = selection.get("parts")
    if isinstance(parts, list | tuple):
        return tuple(dict.fromkeys(tier for part in parts if isinstance(part, Mapping) for tier in tiers(part)))
    tier = selection.get("tier")
    return (one_line(tier),) if isinstance(tier, str) and tier else ()


def selection_texts(selection: Mapping[str, Any]) -> dict[str, str]:
    """Return all of a header's selection that says anything, as name → text."""
    return {
        one_line(str(key)): _selection_text(value)
        for key, value in selection.items()
        if value not in (None, "", False, [], (), {})
    }


def _selection_text(value: object) -> str:
    if isinstance(value, Mapping):
        return one_line(", ".join(f"{k} {_selection_text(v)}" for k, v in value.items() if v not in (None, "", [], ())))
    if isinstance(value, list | tuple):
        if len(value) == 2 and all(isinstance(n, int) for n in value):
            return f"{value[0]}/{value[1]}"
        return one_line(", ".join(_selection_text(v) for v in value))
    return one_line(str(value))


def _whole_matrix(shards: list[Any]) -> bool:
    texts = [_selection_text(shard) for shard in shards if shard]
    counts = {text.partition("/")[2] for text in texts}
    if not texts or len(texts) != len(shards) or len(counts) != 1:
        return False
    count = counts.pop()
    return count.isdigit() and {text.partition("/")[0] for text in texts} == {str(i + 1) for i in range(int(count))}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a run ended, in one word (``complete``, ``partial``, ``incomplete``, ``nothing``) and sentences on why."""

    word: str
    reasons: tuple[str, ...]


def state(results: Results) -> State:
    """Return how a run ended. ``partial``: all that was asked for ran, but not all cases were asked for."""
    reasons = []
    counts = results.verdicts()
    not_available = [t for t in results.header.targets if not t.available]
    missing = sum(counts.get(verdict, 0) for verdict in INCOMPLETE)
    if results.footer is None:
        reasons.append(
            "The results file has no footer: the run was cut short, and how many cells are missing is not known."
        )
    elif not results.footer.complete:
        reasons.append("The run ended before every planned cell had its verdict.")
    if missing:
        verdicts = ", ".join(
            f"{counts[v]} {_phrase(v, counts[v])}" for v in VERDICTS if v in INCOMPLETE and v in counts
        )
        reasons.append(f"{_count(missing, 'cell')} without an answer: {verdicts}.")
    groups: dict[tuple[str, str, str], list[str]] = {}
    for target in not_available:
        key = (target.title or target.framework, target.device, target.reason)
        groups.setdefault(key, []).append(target.mode)
    for (name, device, reason), modes in groups.items():
        where = f"{one_line(name)} on {one_line(device)} ({', '.join(one_line(mode) for mode in modes)})"
        reasons.append(f"{where} was not available: {one_line(reason) or 'no reason was given'}.".replace("..", "."))
    if not results.cells or set(counts) <= {"not-run"}:
        return State(word="nothing", reasons=tuple(reasons))
    if results.header.mixed:
        mixed = "; ".join(one_line(line) for line in results.header.mixed)
        reasons.append(f"Joined from different versions of the suite: {mixed}.")
    filters = narrowing(results.header.selection)
    if filters:
        reasons.append(f"Only a selection was run: {', '.join(f'{k} {v}' for k, v in filters.items())}.")
    if results.footer is None or not results.footer.complete or missing or not_available:
        return State(word="incomplete", reasons=tuple(reasons))
    return State(word="partial" if filters else "complete", reasons=tuple(reasons))


def verdict_sentence(results: Results) -> str:
    """Return what came out in one sentence, beginning with whether it is complete."""
    how = state(results)
    if how.word == "nothing":
        planned = _count(len(results.cells), "cell")
        return (
            f"Nothing ran: {planned} planned, none has an answer."
            if results.cells
            else "Nothing ran: no cell was planned."
        )
    asked = tiers(results.header.selection)
    whole = f"Complete in the {' and '.join(asked)} tier" if asked else "Complete"
    head = {"complete": whole, "partial": "Complete for a selection of the cases", "incomplete": "Incomplete"}[how.word]
    counts = results.verdicts()
    cells = len(results.cells)
    cases = len({cell.case for cell in results.cells})
    frameworks = len({cell.framework for cell in results.cells} - NOT_FRAMEWORKS)
    parts = ", ".join(f"{n:,} {_phrase(verdict, n)}" for verdict, n in counts.items())
    stale = sum(cell.stale for cell in results.cells)
    note = (
        f"; {_count(stale, 'known failure')} no longer {'fails' if stale == 1 else 'fail'} as stated" if stale else ""
    )
    where = f" on {_count(frameworks, 'framework')}" if frameworks else ""
    return f"{head}: {_count(cells, 'cell')} of {_count(cases, 'case')}{where}: {parts}{note}."


def _phrase(verdict: str, count: int) -> str:
    return _PHRASES[verdict][count != 1]


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def has_paths(selection: Mapping[str, Any]) -> bool:
    """Return whether a run (or a part of it) took its cases from other places than the bundled ones."""
    parts = selection.get("parts")
    if isinstance(parts, list | tuple):
        return any(has_paths(part) for part in parts if isinstance(part, Mapping))
    return bool(selection.get("paths"))


def repro_command(cell: CellRecord, path: str = "") -> str | None:
    """Return the command that prints a cell's native source, or None for what has none (an agreement).

    ``path``: the file of a case that is not bundled.
    """
    if cell.framework in NOT_FRAMEWORKS or not cell.native:
        return None
    mode = "" if cell.mode == "eager" else f" --mode {one_line(cell.mode)}"
    device = "" if cell.device in ("", "cpu") else f" --device {one_line(cell.device)}"
    where = f" --path {_quoted(one_line(path))}" if path else ""
    return f"gradconf repro {_quoted(one_line(variant_id(cell)))} -f {one_line(cell.framework)}{mode}{device}{where}"


def _quoted(text: str) -> str:
    """Return a word as a shell takes it."""
    return text if all(c.isalnum() or c in "/-_." for c in text) else "'" + text.replace("'", "'\\''") + "'"
