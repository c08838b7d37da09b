"""The results file: a header, the cases and statements it speaks of, one line a cell, and a footer.

JSON lines of format 1, described by ``results.schema.json``. Everything that shows results reads this and nothing else.
A file without a footer is a run that was cut short, and says so.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TextIO

from conformance.errors import ResultsError

FORMAT: Final = 1

VERDICTS: Final = (
    "conforms", "differs", "undocumented", "contradicts", "inaccurate", "known", "unsupported",
    "not-run", "timed-out", "crashed", "harness-error",
)  # fmt: skip
"""All verdicts, in the order in which tables show them."""

AS_DOCUMENTED: Final = frozenset({"conforms", "differs", "undocumented", "known", "unsupported"})
FAILED: Final = frozenset({"contradicts", "inaccurate"})
INCOMPLETE: Final = frozenset({"not-run", "timed-out", "crashed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRecord:
    """One target of a run: a framework at a version, on a device, in a mode, with the interpreter it ran in."""

    framework: str
    title: str
    version: str
    device: str
    device_name: str
    mode: str
    python: str
    os: str
    available: bool = True
    reason: str = ""
    import_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What was run: suite, targets and selection. ``started`` is ISO 8601 with an offset.

    ``mixed``: the suites that joined results come from, one line each, where they are not all the same.
    """

    suite_version: str
    cases_sha256: str
    targets: tuple[TargetRecord, ...]
    selection: Mapping[str, Any]
    started: str
    format: int = FORMAT
    mixed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """What a report needs to know of a case: its place, text and links.

    ``points``: the points of a derivative case, each with its inputs and why it is there; its program is a function.
    ``documented``: the statements on its choices, by operation and point (``documented.documented_points``).
    """

    case: str
    area: str
    title: str
    program: str | None
    covers: tuple[str, ...]
    refutes: tuple[str, ...]
    tags: tuple[str, ...] = ()
    note: str | None = None
    about: str | None = None
    file: str = ""
    line: int = 0
    points: Mapping[str, str] = field(default_factory=dict)
    documented: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRecord:
    """A documented statement: one that a case of this file covers or refutes, and in a whole run every one there is.

    ``order`` is its place in the catalogue, from 1 (0: not known); ``excluded`` is why no case can cover it. When the
    catalogue was made, ``verdict`` was found: ``as-documented``, ``contradicts-docs`` or ``doc-is-vague``.
    """

    id: str
    source: str
    title: str
    url: str
    section: str
    says: str
    framework: str = ""
    area: str = ""
    order: int = 0
    verdict: str = ""
    excluded: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRecord:
    """One expectation held against one observation.

    ``absolute``, ``relative`` and ``ulp`` are the worst element's error (ulp of the observed dtype), ``used`` the part
    of the tolerance it took (1.0 is the bound); all None where the check is not numeric. ``kind`` is ``ok``,
    ``contradicts``, ``inaccurate``, ``undocumented`` or ``not-reached``; ``fault`` how a derivative is wrong: a word of
    ``conformance.known_failures.FAULTS``, or ``raises`` and the type. What is empty is not written: of the dozens of
    points of a derivative that are right, a file holds name and kind.
    """

    name: str
    kind: str
    expected: str = ""
    observed: str = ""
    message: str = ""
    absolute: float | None = None
    relative: float | None = None
    ulp: float | None = None
    used: float | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRecord:
    """The result of one cell. ``observations`` are in the encoding of ``conformance.observation``.

    ``because`` is the documented reason of a difference, a known failure or an unsupported concept; ``documents`` are
    the statements behind it, ``known`` the kind of a known failure (``bug``, ``wont-fix`` or ``formula``).
    ``seconds`` by phase (``compile``, ``run``), ``peak_memory`` in bytes, ``key`` a hash of all that decides the cell.
    """

    cell: str
    case: str
    axes: Mapping[str, Any]
    framework: str
    version: str
    device: str
    mode: str
    verdict: str
    message: str
    checks: tuple[CheckRecord, ...] = ()
    observations: Mapping[str, Any] = field(default_factory=dict)
    expected: Mapping[str, Any] = field(default_factory=dict)
    because: str | None = None
    issue: str | None = None
    known: str | None = None
    documents: tuple[str, ...] = ()
    native: str = ""
    raised: Mapping[str, Any] | None = None
    warnings: tuple[Mapping[str, Any], ...] = ()
    output: str = ""
    margin: float | None = None
    stale: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)
    peak_memory: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer:
    """How a run ended. ``seconds`` is wall time."""

    cells: int
    verdicts: Mapping[str, int]
    complete: bool
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MutantRecord:
    """What became of one fault put into one framework: the cells that ran, and those whose verdict caught it."""

    mutant: str
    framework: str
    fault: str
    ran: int
    killed_by: tuple[str, ...]
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRecord:
    """Why the expected values can be trusted, as ``gradconf check --oracle --mutants --trust FILE`` found it.

    ``oracle`` counts the claims by what the reference made of them (``proved``, ``member``, ``excused``…), ``failed``
    names those that it does not confirm. ``cases_sha256`` says of which cases.
    """

    suite_version: str
    cases_sha256: str
    made: str
    oracle: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    mutants: tuple[MutantRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A whole results file."""

    header: Header
    cases: tuple[CaseRecord, ...]
    statements: tuple[StatementRecord, ...]
    cells: tuple[CellRecord, ...]
    footer: Footer | None
    trust: TrustRecord | None = None

    @property
    def complete(self) -> bool:
        """Whether every planned cell has its verdict."""
        return self.footer is not None and self.footer.complete

    def verdicts(self) -> dict[str, int]:
        """Return the count of every verdict that occurs, in the order of ``VERDICTS``."""
        counts = Counter(cell.verdict for cell in self.cells)
        return {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]}


Record = Header | CaseRecord | StatementRecord | TrustRecord | CellRecord | Footer

_NAMES: Final[Mapping[str, type[Any]]] = {
    "header": Header, "case": CaseRecord, "statement": StatementRecord, "trust": TrustRecord, "cell": CellRecord,
    "footer": Footer,
}  # fmt: skip


def encode_record(record: Record) -> str:
    """Return the JSON line of a record, without the newline.

    A number that is not finite becomes null, and half of a surrogate pair a question mark: a file can hold neither.
    """
    name = next(name for name, kind in _NAMES.items() if isinstance(record, kind))
    fields = {"record": name, **_fields(record)}
    if "checks" in fields:
        fields["checks"] = [_said(check) for check in fields["checks"]]
    try:
        line = json.dumps(fields, ensure_ascii=False, allow_nan=False, default=_fields)
    except ValueError:  # an infinite error, say
        line = json.dumps(_finite(fields), ensure_ascii=False, allow_nan=False, default=_fields)
    return line.encode("utf-8", "replace").decode("utf-8")


def _fields(record: Any) -> dict[str, Any]:
    """Return the fields of a record as they are: `dataclasses.asdict` copies all that they hold."""
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


def _said(check: CheckRecord) -> dict[str, Any]:
    return {key: value for key, value in _fields(check).items() if value not in ("", None)}


def _finite(value: Any) -> Any:
    """Return JSON fields with null for the numbers that JSON does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if dataclasses.is_dataclass(value):
        value = _fields(value)
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


class ResultsWriter:
    """Writes records to a file as they come; each line is flushed, so that a killed run leaves a readable file."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, record: Record) -> None:
        """Append one record and flush it."""
        self._stream.write(encode_record(record) + "\n")
        self._stream.flush()


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _build(kind: type[Any], fields: Mapping[str, Any]) -> Any:
    names = kind.__dataclass_fields__
    return kind(**{key: _tuples(value) for key, value in fields.items() if key in names})


def decode_record(fields: Mapping[str, Any]) -> Record:
    """Return the record of its JSON form (validated against the schema beforehand)."""
    kind = _NAMES[fields["record"]]
    body = {key: value for key, value in fields.items() if key != "record"}
    if kind is Header:
        body["targets"] = tuple(_build(TargetRecord, target) for target in body["targets"])
    if kind is CellRecord:
        body["checks"] = tuple(_build(CheckRecord, check) for check in body.get("checks", ()))
    if kind is TrustRecord:
        body["mutants"] = tuple(_build(MutantRecord, mutant) for mutant in body.get("mutants", ()))
    record: Record = _build(kind, body)
    return record


def read_results(path: Path | str) -> Results:
    """Read and validate a results file; a torn last line of a killed run is left out, anything else wrong raises.

    Raises:
        ResultsError: not a results file, another format, or a line that the schema refuses.
    """
    from conformance.schema import validate_record

    file = str(path)
    try:
        lines = Path(path).read_bytes().split(b"\n")
    except OSError as error:
        raise ResultsError(
            f"cannot be read: {error.strerror or error}; name a file that is there", file=file
        ) from error
    records: list[Record] = []
    for number, line in enumerate(lines, start=1):
        last = number == len(lines)  # what follows the last newline: nothing, or the line that a kill cut short
        if last and not line:
            break
        try:
            fields = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            if last and number > 1:
                break
            problem = f"not a line of JSON: {error}; is this a results file of gradconf?"
            raise ResultsError(problem, file=file, line=number) from error
        validate_record(fields, file=file, line=number)
        records.append(decode_record(fields))
    if not records or not isinstance(records[0], Header):
        raise ResultsError("no header; a results file begins with one", file=file, line=1)
    return _assemble(records, file)


def read_trust(path: Path | str) -> TrustRecord:
    """Read the record that ``gradconf check --trust`` wrote.

    Raises:
        ResultsError: the file cannot be read, or holds something else.
    """
    from conformance.schema import validate_record

    file = str(path)
    try:
        fields = json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise ResultsError(f"cannot be read: {error.strerror or error}", file=file) from error
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"not a record of `gradconf check --trust`: {error}", file=file, line=1) from error
    validate_record(fields, file=file, line=1)
    record = decode_record(fields)
    if not isinstance(record, TrustRecord):
        raise ResultsError("no trust record; `gradconf check --oracle --mutants --trust FILE` writes one", file=file)
    return record


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")


def _assemble(records: Sequence[Record], file: str) -> Results:
    header, footer = records[0], records[-1] if isinstance(records[-1], Footer) else None
    assert isinstance(header, Header)
    body = records[1:-1] if footer else records[1:]
    for record in body:
        if isinstance(record, Header | Footer):
            raise ResultsError(
                "a second header or a footer in the middle; join files with `gradconf report`", file=file
            )
    cells = tuple(record for record in body if isinstance(record, CellRecord))
    if footer is not None and footer.cells != len(cells):
        raise ResultsError(f"the footer counts {footer.cells} cells, the file holds {len(cells)}", file=file)
    return Results(
        header=header,
        cases=tuple(record for record in body if isinstance(record, CaseRecord)),
        statements=tuple(record for record in body if isinstance(record, StatementRecord)),
        cells=cells,
        footer=footer,
        trust=next((record for record in reversed(body) if isinstance(record, TrustRecord)), None),
    )


def combine(parts: Iterable[tuple[str, Results]]) -> Results:
    """Join the parts of a run (shards, machines) into one; ``parts`` are file names with their results.

    Raises:
        ResultsError: two different cases under one id, or one cell with two results.
    """
    parts = list(parts)
    if not parts:
        raise ResultsError("nothing to join; name at least one results file", file="results")
    cases: dict[str, CaseRecord] = {}
    statements: dict[str, StatementRecord] = {}
    cells: dict[str, CellRecord] = {}
    for file, results in parts:
        for case in results.cases:
            if cases.setdefault(case.case, case) != case:
                raise ResultsError(f"case {case.case} differs from the one of the same id in another file", file=file)
        statements.update({statement.id: statement for statement in results.statements})
        for cell in results.cells:
            other = cells.setdefault(f"{cell.cell} {cell.version}", cell)
            if other is not cell:
                raise ResultsError(f"cell {cell.cell} has a result in another file as well", file=file)
    headers = [results.header for _, results in parts]
    footers = [results.footer for _, results in parts]
    targets = {(t.framework, t.version, t.device, t.mode, t.available): t for h in headers for t in h.targets}
    counts = Counter(cell.verdict for cell in cells.values())
    suites = {f"{h.suite_version}, cases {h.cases_sha256[:12]}": None for h in headers}
    suites.update(dict.fromkeys(line for h in headers for line in h.mixed))
    return Results(
        header=dataclasses.replace(
            headers[0],
            targets=tuple(targets.values()),
            started=min(h.started for h in headers),
            selection=headers[0].selection if len(headers) == 1 else {"parts": [dict(h.selection) for h in headers]},
            mixed=tuple(suites) if len(suites) > 1 else (),
        ),
        cases=tuple(cases.values()),
        statements=tuple(statements.values()),
        cells=tuple(cells.values()),
        footer=Footer(
            cells=len(cells),
            verdicts=dict(counts),
            complete=all(f is not None and f.complete for f in footers),
            seconds=sum(f.seconds for f in footers if f is not None),
        )
        if all(footers)
        else None,
        trust=next((results.trust for _, results in parts if results.trust is not None), None),
    )


def exit_code(results: Results) -> int:
    """Return what a process ends with: 0 as documented, 1 contradicted, 3 incomplete, 4 stale known, 5 harness."""
    verdicts = {cell.verdict for cell in results.cells}
    if "harness-error" in verdicts:
        return 5
    if verdicts & FAILED:
        return 1
    if any(cell.stale for cell in results.cells):
        return 4
    if not results.complete or verdicts & INCOMPLETE:
        return 3
    return 0
