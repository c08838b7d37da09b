"""What the HTML page shows, section by section, as records of safe text; the templates only place it.

Every text in these records went through ``visible``; the templates escape it for HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance_reports.charts import Chart
    from conformance_reports.summary import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A verdict as a page shows it: its word (also its CSS class), sign and meaning, and how often."""

    word: str
    symbol: str
    meaning: str
    count: int = 1
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A documented statement; ``url`` is None where it is not an address that a page may link to.

    ``slug`` is its anchor among the requirements, empty where the results file does not have it.
    """

    id: str
    slug: str
    title: str
    section: str
    says: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One expected name: what is documented, what was observed, and for numbers how far off.

    ``error`` says that in one line; ``measures`` are the absolute and relative error, ULP and part of the tolerance.
    """

    name: str
    ok: bool
    kind: str
    expected: str
    observed: str
    message: str
    error: str
    measures: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one framework answered, in one mode or in several that answered alike.

    ``raised_text`` is empty where a check or the message has the words of the exception already; where a cell has
    so many checks that ``checks`` are not all, ``held`` of ``checked`` hold.
    """

    modes: str
    verdict: Verdict
    stale: bool
    message: str
    because: str
    issue: str | None
    issue_text: str
    documents: tuple[Statement, ...]
    checks: tuple[Check, ...]
    held: int
    checked: int
    raised: bool
    raised_at: str
    raised_text: str
    traceback: str
    warnings: tuple[str, ...]
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A native source; ``modes`` names the modes that ran it, ``marked`` is the line (from 1) that raised."""

    modes: str
    text: str
    marked: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One framework's side of a variant: its answers, sources, the commands that print them, and times.

    ``wide``: it is about all frameworks, and stands below them.
    """

    framework: str
    title: str
    device: str
    answers: tuple[Answer, ...]
    modes_differ: bool
    wide: bool
    sources: tuple[Source, ...]
    repro: tuple[str, ...]
    times: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A case at one choice of axis values: its charts and the frameworks side by side.

    ``changes``: what became of its cells since the results that the page was compared with.
    """

    axes: str
    slug: str
    verdicts: tuple[Verdict, ...]
    charts: tuple[Chart, ...]
    panels: tuple[Panel, ...]
    open: bool
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """The verdicts of one framework over all variants and modes of a case."""

    title: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation of a derivative case on one framework, over all ways and data types; read without a script."""

    slug: str
    label: str
    framework: str
    verdicts: tuple[Verdict, ...]
    points: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case with all its variants, as the matrix and the drawer show it.

    ``points`` (name, and inputs with the reason) and ``operations``: those of a derivative case.

    ``cells`` counts its verdicts as (column of the matrix, verdict, cells); ``flags`` are what the filters look at:
    ``frameworks``, ``modes`` and ``devices`` differ, ``refutes``, ``stale``, ``since`` (changed).
    """

    slug: str
    id: str
    title: str
    note: str
    place: str
    tags: tuple[str, ...]
    program: str
    covers: tuple[Statement, ...]
    refutes: tuple[Statement, ...]
    chips: tuple[Chip, ...]
    variants: tuple[Variant, ...]
    cells: tuple[tuple[int, str, int], ...]
    flags: tuple[str, ...]
    points: tuple[tuple[str, str], ...] = ()
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """An area with its cases, in the order of the documents that they cover."""

    name: str
    slug: str
    about: tuple[str, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One documented statement, the cases that hold it against its framework, and what came of it."""

    statement: Statement
    status: str
    reason: str
    cases: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of a framework: its statements in its order, and how many have which status."""

    slug: str
    framework: str
    title: str
    url: str | None
    counts: tuple[tuple[str, int], ...]
    bar: Bar
    requirements: tuple[Requirement, ...]

    @property
    def covered(self) -> bool:
        """Whether some case names one of its statements."""
        return any(requirement.cases for requirement in self.requirements)


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """A point where a derivative is a choice: what any convention may answer, and what each framework does.

    ``documented``: what the documents of each framework say of it.
    """

    slug: str
    title: str
    label: str
    allowed: str
    answers: tuple[tuple[Verdict, str] | None, ...]
    documented: tuple[tuple[Statement, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An operation whose derivative a framework is known to get wrong, with the worst that was seen."""

    slug: str
    label: str
    framework: str
    verdict: Verdict
    kinds: tuple[str, ...]
    ways: str
    dtypes: tuple[str, ...]
    points: tuple[str, ...]
    seen: str
    reasons: tuple[str, ...]
    issues: tuple[str, ...]
    repro: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One fault put into each framework: an entry a framework, None where there is no such mutant."""

    fault: str
    meaning: str
    entries: tuple[tuple[str, str, str] | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What the suite was proved with: the oracle's counts and the kill matrix."""

    made: str
    suite: str
    same_cases: bool
    oracle: tuple[tuple[str, str, int], ...]
    failed: tuple[str, ...]
    frameworks: tuple[str, ...]
    kills: tuple[Kill, ...]
    caught: int
    mutants: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A stacked bar in a box 100 wide: a part a verdict, from ``at``, ``width`` wide."""

    parts: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One area on one target: the fraction, what is not as documented, and the bar. ``link`` filters the cases."""

    fraction: str
    verdicts: tuple[Verdict, ...]
    bar: Bar
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixHead:
    """A framework of the matrix's heading and the modes and devices below it."""

    title: str
    targets: tuple[str, ...]
    framework: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """One area, or all of them, of the matrix; None where there is no cell."""

    name: str
    link: str
    cases: int
    counts: tuple[Count | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One target process: what ran where; ``modes`` are the modes it served."""

    title: str
    version: str
    device: str
    modes: str
    python: str
    os: str
    imported: str
    available: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a list of cells: where it leads, its verdict, and what there is to say."""

    slug: str
    label: str
    target: str
    verdict: Verdict
    expected: str = ""
    observed: str = ""
    text: str = ""
    kind: str = ""
    issue: str | None = None
    repro: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cells that share one reason."""

    title: str
    reason: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erratum:
    """A documented statement that a case shows to be false, and what was seen instead."""

    statement: Statement
    case: str
    slug: str
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """Where the time of one framework went, as text, and as a bar of import, compile and run."""

    title: str
    device: str
    cells: int
    imported: str
    compiled: str
    ran: str
    bar: Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything on the page. ``since``: when the results that it is compared with began, or empty."""

    sentence: str
    state: State
    tone: str
    suite_version: str
    cases_sha256: str
    started: str
    since: str
    duration: str
    selection: Mapping[str, str]
    verdicts: tuple[Verdict, ...]
    legend: tuple[Verdict, ...]
    environments: tuple[Environment, ...]
    heads: tuple[MatrixHead, ...]
    rows: tuple[MatrixRow, ...]
    attention: tuple[Line, ...]
    areas: tuple[Area, ...]
    frameworks: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    conventions: tuple[Convention, ...]
    documents: tuple[Document, ...]
    statuses: tuple[tuple[str, int], ...]
    errata: tuple[Erratum, ...]
    known: tuple[Line, ...]
    findings: tuple[Finding, ...]
    trust: Trust | None
    not_run: tuple[Group, ...]
    unsupported: tuple[Group, ...]
    slowest: tuple[Line, ...]
    closest: tuple[Line, ...]
    times: tuple[Time, ...]
    plain_sources: bool
    several_devices: bool
