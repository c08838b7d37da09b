"""Cells into records: each is run by the pool, judged, and handed on as soon as its verdict is known.

Workers run side by side, one thread each; judging is done by the thread that asks for the records, while the workers
are busy with their next cells.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
import json
import queue
import threading
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from conformance.consistency_judge import judge_consistency
from conformance.derivative_judge import judge_points, known_points, missing_rule, reasons_of, with_known
from conformance.derivatives import CONSISTENCY, order_of
from conformance.expectation import (
    DictOf,
    Equals,
    Expectation,
    Expected,
    HasForm,
    IsWord,
    ListOf,
    Raises,
    SameAs,
    SameStructure,
    Series,
    Within,
    parse_expected,
)
from conformance.frozen import frozen_points, points_asked
from conformance.judge import judge, known_applies, verdict_of
from conformance.lanes import Lanes
from conformance.observation import (
    Array,
    Entries,
    Items,
    Nothing,
    Observed,
    Outcome,
    Raised,
    Scalar,
    Warned,
    decode,
    encode,
    encode_number,
)
from conformance.plan import Cell, Target, Variant, cell_of, function_program
from conformance.pool import Lost, Pool
from conformance.registry import adapter, reference
from conformance.results import FAILED, INCOMPLETE, CellRecord, CheckRecord
from conformance.worker_process import Request

if TYPE_CHECKING:
    from conformance.adapter import Adapter
    from conformance.case import Agreement, Known
    from conformance.derivative_judge import PointCheck
    from conformance.frozen_point import FrozenPoint
    from conformance.judge import Judgement
    from conformance.load import LoadedCase
    from conformance.lowering.native import NativeSource
    from conformance.points import Point

REFERENCE: Final = Target(framework="reference")

AHEAD: Final = 4
"""Requests that a worker has beside the one that it runs: judging a derivative case takes as long as several cells."""
REACH: Final = 20
"""Cells that are looked at to find them: some are not run."""

_DECIDING: Final = ("comparison", "consistency_judge", "derivative_judge", "elements", "formats", "frozen_point",
                    "judge", "observation", "tolerance",
                    "worker")  # fmt: skip
"""The modules of the engine that take part in a verdict: a change in one of them makes every key another."""


def run_cells(
    cells: Sequence[Cell],
    *,
    jobs: int,
    timeout: float,
    pool: Pool | None = None,
    fresh: bool = False,
    resume: Mapping[str, CellRecord] | None = None,
) -> Generator[CellRecord, None, None]:
    """Yield the record of each cell in the order in which they end; the cells of a case run in the order given.

    When the iterator is closed before its end, cells that run are given up and their workers ended.

    Args:
        cells: what to run; those that are unsupported, refused or could not be lowered get their record unrun.
        jobs: the most workers that run at once; more than there are targets share the cells of some.
        timeout: seconds for a cell whose case does not say more.
        pool: the workers to use and to leave running; by default a pool of its own, closed at the end.
        fresh: whether every cell gets a worker of its own, which shows what cells leave behind.
        resume: records by key; a cell with an equal key is not run again.
    """
    if pool is None:
        with Pool() as own:
            yield from run_cells(cells, jobs=jobs, timeout=timeout, pool=own, fresh=fresh, resume=resume)
        return
    run = _Run(pool=pool, timeout=timeout, fresh=fresh, resume=resume or {})
    lanes = Lanes(cells)
    run.share(cells)
    workers = max(1, min(jobs, len(cells)))
    threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="gradconf-run")
    done = False
    try:
        for _ in range(workers):
            threads.submit(run.work, lanes)
        for _ in cells:
            yield run.next_record()
        done = True
    finally:
        run.stop.set()
        if not done:
            pool.interrupt()
        threads.shutdown(wait=True, cancel_futures=True)
        run.references.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ran:
    """A cell and what came of it, on its way to the judge."""

    cell: Cell
    version: str
    outcome: Outcome | Lost | None = None
    reference: Future[Mapping[str, Observed] | str] | None = None


class _Run:
    """The state that the threads of one call of ``run_cells`` share."""

    def __init__(self, *, pool: Pool, timeout: float, fresh: bool, resume: Mapping[str, CellRecord]) -> None:
        self.stop = threading.Event()
        self.references = ThreadPoolExecutor(max_workers=1, thread_name_prefix="gradconf-reference")
        self._pool, self._timeout, self._fresh, self._resume = pool, timeout, fresh, resume
        self._ran: queue.SimpleQueue[_Ran | CellRecord | BaseException] = queue.SimpleQueue()
        self._known_references: dict[str, Future[Mapping[str, Observed] | str]] = {}
        self._lock = threading.Lock()
        self._shared: dict[tuple[Any, ...], NativeSource] = {}
        self._outcomes: dict[tuple[Any, ...], Outcome] = {}

    def work(self, lanes: Lanes) -> None:
        """Run what there is to run, as long as there is some."""
        share = None
        while (share := lanes.take(share)) is not None:
            for place, cell in enumerate(share.cells):
                if self.stop.is_set():
                    return
                try:
                    self._ran.put(self._run(cell, share.cells[place + 1 : place + 1 + REACH], lane=share.lane))
                except BaseException as error:
                    self._ran.put(error)
                    return

    def share(self, cells: Sequence[Cell]) -> None:
        """Find the cells that execute the very same source: it runs once, with the names of all of them observed."""
        if self._fresh:
            return
        alike: dict[tuple[Any, ...], list[NativeSource]] = defaultdict(list)
        for cell in cells:
            if cell.native is not None:
                alike[_source_of(cell)].append(cell.native)
        for source, natives in alike.items():
            if len(natives) > 1:
                observe = {variable: variable for native in natives for variable in native.observe.values()}
                self._shared[source] = dataclasses.replace(natives[0], observe=observe)

    def _outcome(self, cell: Cell, native: NativeSource, following: Sequence[Cell], *, lane: int) -> Outcome | Lost:
        """Run a cell, or return its part of what the same source showed before."""
        source = _source_of(cell)
        together = self._shared.get(source)
        before = self._outcomes.get((lane, source))
        now = before or self._pool.run(
            cell.target,
            together or native,
            cell_id=cell.id,
            timeout=cell.variant.loaded.case.timeout or self._timeout,
            ahead=self._ahead(source, following, lane=lane),
            lane=lane,
        )
        if together is None:
            return now
        if isinstance(now, Lost):
            return now
        self._outcomes[lane, source] = dataclasses.replace(now, seconds={})
        seen = now.observations
        mine = {name: seen[variable] for name, variable in native.observe.items() if variable in seen}
        return dataclasses.replace(now, observations=mine)

    def _ahead(self, source: tuple[Any, ...], following: Sequence[Cell], *, lane: int) -> list[Request]:
        """Return what the worker will be asked after a source, as far as that is known."""
        found: list[Request] = []
        if self._fresh or self._resume:  # a worker of its own for every cell; or who knows which of them are run
            return found
        sources = {source}
        for cell in following:
            own = _source_of(cell)
            if cell.native is None or own in sources or (lane, own) in self._outcomes:
                continue
            sources.add(own)
            together = self._shared.get(own)
            found.append(Request(native=together or cell.native, cell_id=cell.id, mode=cell.target.mode))
            if len(found) == AHEAD:
                break
        return found

    def next_record(self) -> CellRecord:
        """Return the next record, or raise what went wrong in a thread."""
        match self._ran.get():
            case BaseException() as error:
                raise error
            case CellRecord() as record:
                return record
            case ran:
                expected = None if ran.reference is None else ran.reference.result()
                return record_of(ran.cell, ran.outcome, version=ran.version, reference_values=expected)

    def _run(self, cell: Cell, following: Sequence[Cell], *, lane: int) -> _Ran | CellRecord:
        hello = self._pool.hello(cell.target.framework, cell.target.device)
        version = "" if isinstance(hello, str) else hello.version
        if cell.native is None:
            return _Ran(cell=cell, version=version)
        if isinstance(hello, str):
            return _Ran(
                cell=cell, version=version, outcome=Lost(kind="not-run", message=f"{cell.id}: not run; {hello}")
            )
        if self._resume:
            earlier = self._resume.get(key_of(cell, version))
            if earlier is not None and earlier.cell == cell.id:
                return earlier
        if self._fresh and not self._pool.forks:
            self._pool.retire(cell.target.framework, cell.target.device, lane=lane)
        expected = self._reference_of(cell) if needs_reference(cell) else None
        outcome = self._outcome(cell, cell.native, following, lane=lane)
        return _Ran(cell=cell, version=version, outcome=outcome, reference=expected)

    def _reference_of(self, cell: Cell) -> Future[Mapping[str, Observed] | str]:
        """Return what the reference computes for a variant; once, however many frameworks ask."""
        with self._lock:
            future = self._known_references.get(cell.variant.id)
            if future is None:
                future = self.references.submit(reference_values, cell.variant, self._pool, timeout=self._timeout)
                self._known_references[cell.variant.id] = future
            return future


def _source_of(cell: Cell) -> tuple[Any, ...]:
    """Return what makes two cells the same to a worker: target, source, and the program lines behind it."""
    native = cell.native
    return (cell.target, *(() if native is None else (native.text, native.line_map)))


def reference_values(variant: Variant, pool: Pool, *, timeout: float) -> Mapping[str, Observed] | str:
    """Return what the reference computes for a variant, or the reason why it does not."""
    cell = cell_of(variant, REFERENCE)
    if cell.native is None:
        return cell.unsupported or cell.broken or "it has no source for this case"
    outcome = pool.run(REFERENCE, cell.native, cell_id=cell.id, timeout=variant.loaded.case.timeout or timeout)
    if isinstance(outcome, Lost):
        return outcome.message
    if outcome.raised is not None and not outcome.observations:
        return f"it raised {outcome.raised.type}: {outcome.raised.message}"
    return outcome.observations


def needs_reference(cell: Cell) -> bool:
    """Return whether a cell (or a known failure of its case) expects the reference's value of something."""
    if cell.variant.loaded.case.function is not None:
        return False
    known = (parse_expected(known.observed) for known in cell.variant.known)
    return any(_numeric(form) for expected in (cell.expected, *known) for form in expected.names.values())


def _numeric(form: Expectation) -> bool:
    match form:
        case IsWord(word="numeric"):
            return True
        case ListOf(items=items):
            return any(map(_numeric, items))
        case DictOf(items=entries):
            return any(map(_numeric, entries.values()))
    return False


def record_of(
    cell: Cell,
    outcome: Outcome | Lost | None,
    *,
    version: str,
    reference_values: Mapping[str, Observed] | str | None = None,
) -> CellRecord:
    """Return the record of a cell: judged where there is an outcome, else with the reason why there is none."""
    case, target = cell.variant.loaded.case, cell.target
    record = CellRecord(
        cell=cell.id,
        case=cell.variant.loaded.full_id,
        axes=cell.variant.plain_axes,
        framework=target.framework,
        version=version,
        device=target.device,
        mode=target.mode,
        verdict="harness-error",
        message="",
        expected=plain_expected(cell.expected),
        because=None if cell.difference is None else cell.difference.because,
        documents=_documents(cell),
        native="" if cell.native is None else cell.native.text,
        key=key_of(cell, version) if cell.native is not None else "",
    )
    if cell.broken is not None:
        return dataclasses.replace(record, message=cell.broken)
    if cell.refused is not None:
        return dataclasses.replace(record, verdict="not-run", message=cell.refused)
    if cell.unsupported is not None or outcome is None:
        reason = cell.unsupported or f"there is no native source for {target.framework}"
        return dataclasses.replace(record, verdict="unsupported", message=reason, because=reason)
    knowns = [known for known in cell.variant.known if _applies(known, target, version)]
    known = next(iter(knowns), None)
    if isinstance(outcome, Lost):
        record = dataclasses.replace(record, verdict=outcome.kind, message=outcome.message, output=outcome.output)
        known = next((known for known in knowns if known.ends == outcome.kind), None)
        if known is None:
            return record
        return dataclasses.replace(record, verdict="known", because=known.because, issue=known.issue, known=known.kind)
    record = dataclasses.replace(
        record,
        observations={name: encode(value) for name, value in outcome.observations.items()},
        raised=None if outcome.raised is None else _json_fields(outcome.raised),
        warnings=tuple(_json_fields(warned) for warned in outcome.warnings),
        seconds=dict(outcome.seconds or {}),
        peak_memory=outcome.peak_memory,
        output=outcome.output,
    )
    if case.function is not None:
        return _derivative_record(record, cell, outcome, knowns)
    if isinstance(reference_values, str):
        message = (
            f"{_place(cell)}: the reference gave no value to hold the answer against: {reference_values}; "
            "write the expected value out, or look at `gradconf check --oracle`"
        )
        return dataclasses.replace(record, message=message)

    def judged(expected: Expected) -> Any:
        return judge(
            expected,
            outcome,
            unconnected=_adapter(target.framework).profile.unconnected,
            lines=cell.lines,
            compiled=target.mode == "compiled",
            device=target.device,
            tolerance=case.tolerance,
            reference=reference_values,
        )

    judgement = judged(cell.expected)
    verdict, stale, message = verdict_of(
        judgement,
        difference=cell.difference,
        known=known,
        known_judgement=None if known is None else judged(parse_expected(known.observed)),
    )
    return dataclasses.replace(
        record,
        verdict=verdict,
        stale=stale,
        message=f"{_place(cell)}: {message}" if message and (verdict in FAILED or stale) else message,
        checks=judgement.checks,
        margin=judgement.margin,
        because=known.because if known is not None and verdict == "known" else record.because,
        issue=None if known is None else known.issue,
        known=None if known is None else known.kind,
    )


def _held_against_frozen(
    cell: Cell, chosen: Mapping[str, FrozenPoint], asked: Sequence[Point], outcome: Outcome
) -> tuple[Judgement, tuple[PointCheck, ...]]:
    case, axes = cell.variant.loaded.case, cell.variant.axes
    ways = getattr(_adapter(cell.target.framework), "ways", None)
    return judge_points(
        chosen,
        outcome.observations.get("answers"),
        order=order_of(str(axes["way"])),
        dtype=str(axes["dtype"]),
        device=cell.target.device,
        signature=case.signature,
        arguments=tuple(function_program(cell.variant).functions["f"]),
        imaginary_sign=1 if ways is None else ways.imaginary_sign,
        shapes={point.name: [np.shape(value) for value in point.values] for point in asked},
    )


def _derivative_record(record: CellRecord, cell: Cell, outcome: Outcome, knowns: Sequence[Known]) -> CellRecord:
    """Return the record of a cell of a derivative case, every point held against its frozen value."""
    case, axes = cell.variant.loaded.case, cell.variant.axes
    if outcome.raised is not None:
        message = f"{_place(cell)}: raised {outcome.raised.type} outside its points: {outcome.raised.message}"
        return dataclasses.replace(record, message=message)
    ways = getattr(_adapter(cell.target.framework), "ways", None)
    asked, frozen = points_asked(cell.variant), frozen_points(cell.variant)
    lacks = [] if ways is None else [*ways.no_rule, *ways.no_kernel]
    chosen = {point.name: frozen[point.name] for point in asked}
    if axes["way"] == CONSISTENCY:
        judgement, checks = judge_consistency(
            chosen,
            outcome.observations.get("answers"),
            dtype=str(axes["dtype"]),
            device=cell.target.device,
            signature=case.signature,
            lacks=lacks,
        )
    else:
        judgement, checks = _held_against_frozen(cell, chosen, asked, outcome)
    lacking = missing_rule(checks, lacks)
    if lacking is not None:
        return dataclasses.replace(record, verdict="unsupported", message=lacking, because=lacking)
    there = {check.record.name for check in checks}
    known = {name: item for name, item in known_points(knowns).items() if name in there}
    verdict, stale, message = with_known(judgement, checks, known)
    because, issue, kind = reasons_of(checks, known)
    return dataclasses.replace(
        record,
        verdict=verdict,
        stale=stale,
        message=f"{_place(cell)}: {message}" if message and (verdict in FAILED or stale) else message,
        checks=judgement.checks,
        margin=judgement.margin,
        because=because if verdict == "known" else None,
        issue=issue,
        known=kind,
    )


def _json_fields(record: Raised | Warned) -> dict[str, Any]:
    return {**dataclasses.asdict(record), "bases": list(record.bases)}


def _applies(known: Known, target: Target, version: str) -> bool:
    return known_applies(known, target.framework, version, target.device, target.mode)


def _adapter(framework: str) -> Adapter:
    return reference() if framework == "reference" else adapter(framework)


def _place(cell: Cell) -> str:
    special = [word for word in (cell.target.device, cell.target.mode) if word not in ("cpu", "eager")]
    return f"{cell.variant.id} on {cell.target.framework}" + (f" ({', '.join(special)})" if special else "")


def _documents(cell: Cell) -> tuple[str, ...]:
    """Return the ids of the statements behind what is expected, the difference's own first."""
    case = cell.variant.loaded.case
    statements = [] if cell.difference is None else list(cell.difference.covers)
    statements += [*case.covers, *case.refutes]
    if any(form == IsWord(word="unconnected") for form in cell.expected.names.values()):
        statements.append(_adapter(cell.target.framework).profile.unconnected.statement)
    return tuple(dict.fromkeys(statement for statement in statements if statement))


def key_of(cell: Cell, version: str) -> str:
    """Return the hash of all that decides a cell: source, expectation, version, device, adapter and engine."""
    case = cell.variant.loaded.case
    native = cell.native
    deciding = {
        "cell": cell.id,
        "native": None if native is None else [native.text, list(native.line_map), dict(native.observe)],
        "expected": plain_expected(cell.expected),
        "difference": None if cell.difference is None else cell.difference.because,
        "known": [known.model_dump() for known in cell.variant.known if known.framework == cell.target.framework],
        "tolerance": None if case.tolerance is None else case.tolerance.model_dump(),
        "lines": dict(cell.lines),
        "frozen": frozen_points(cell.variant) if case.function is not None else None,
        "version": version,
        "adapter": _adapter_hash(cell.target.framework),
        "reference": _adapter_hash("reference") if needs_reference(cell) else "",
        "engine": _engine_hash(),
    }
    return hashlib.sha256(json.dumps(deciding, sort_keys=True, default=repr).encode()).hexdigest()


@functools.cache
def _adapter_hash(framework: str) -> str:
    return _hash_of(sorted(_adapter(framework).runtime.parent.glob("*.py")))


@functools.cache
def _engine_hash() -> str:
    folder = Path(__file__).parent
    return _hash_of([file for name in _DECIDING if (file := folder / f"{name}.py").exists()])


def _hash_of(files: Sequence[Path]) -> str:
    total = hashlib.sha256()
    for file in files:
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def plain_expected(expected: Expected) -> dict[str, Any]:
    """Return an expectation as a case file writes it, with NaN and the infinities as words."""
    fields: dict[str, Any] = {name: _plain(form) for name, form in expected.names.items()}
    if expected.raises is not None:
        fields |= _plain(expected.raises)
    if expected.warns is not None:
        fields["warns"] = _given(match=expected.warns.match, category=expected.warns.category)
    return fields


def _plain(form: Expectation) -> Any:
    match form:
        case IsWord(word=word):
            return word
        case Equals(value=value, dtype=None):
            return _numbers(value)
        case Equals(value=value, dtype=dtype):
            return {"value": _numbers(value), "dtype": dtype}
        case HasForm(shape=shape, dtype=dtype):
            return _given(shape=None if shape is None else list(shape), dtype=dtype)
        case Within(lo=lo, hi=hi):
            return {"within": [_numbers(lo), _numbers(hi)]}
        case Raises(type=kind, match=fragment, at=at):
            return {"raises": _given(type=kind, match=fragment, at=at)}
        case SameAs(name=name):
            return {"equals": name}
        case SameStructure(name=name):
            return {"same_structure": name}
        case Series(decreases=decreases, below=below, near=near, atol=atol, length=length):
            final = None if near is None else {"near": _numbers(near), "atol": atol}
            return _given(decreases=decreases or None, below=below, final=final, length=length)
        case ListOf(items=items):
            return [_plain(item) for item in items]
        case DictOf(items=entries):
            return {key: _plain(item) for key, item in entries.items()}


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _numbers(value: Any) -> Any:
    return [_numbers(item) for item in value] if isinstance(value, list) else encode_number(value)


def agreement_cells(records: Sequence[CellRecord], loaded_cases: Sequence[LoadedCase]) -> tuple[CellRecord, ...]:
    """Return one record for each variant whose frameworks must agree, with the widest distance between two of them.

    A name in which a framework is documented to differ is left out for it. Where only one framework was asked, there
    is nothing to compare and no record.
    """
    demanding = {loaded.full_id: loaded for loaded in loaded_cases if loaded.case.agreement is not None}
    variants: dict[str, list[CellRecord]] = defaultdict(list)
    for record in records:
        if record.case in demanding and record.framework not in ("agreement", "reference"):
            variants[record.cell.rpartition("@")[0]].append(record)
    found = []
    for variant_id, of_variant in variants.items():
        takes_part = [record for record in of_variant if record.verdict not in ("unsupported", "known")]
        if len({record.framework for record in takes_part}) > 1:
            found.append(_agreement(variant_id, takes_part, demanding[of_variant[0].case]))
    return tuple(found)


def _agreement(variant_id: str, records: Sequence[CellRecord], loaded: LoadedCase) -> CellRecord:
    bound = loaded.case.agreement
    assert bound is not None
    ran = [record for record in records if record.verdict not in INCOMPLETE | {"harness-error"}]
    missing = [_target_id(record) for record in records if record not in ran]
    first = records[0]
    record = CellRecord(
        cell=f"{variant_id}@agreement",
        case=loaded.full_id,
        axes=first.axes,
        framework="agreement",
        version="",
        device=first.device,
        mode=first.mode,
        verdict="not-run",
        message=f"{variant_id}@agreement: {', '.join(missing)} gave no answer to compare",
        expected={"agreement": {"rtol": bound.rtol, "atol": bound.atol}},
        documents=tuple(loaded.case.covers),
    )
    if len({one.framework for one in ran}) < 2:
        return record
    checks = tuple(
        check
        for name in dict.fromkeys(itertools.chain.from_iterable(one.observations or one.expected for one in ran))
        if name not in ("raises", "warns") and (check := _agreement_check(name, ran, loaded, bound)) is not None
    )
    if not checks:
        return dataclasses.replace(record, message=f"{variant_id}@agreement: there is no name that two frameworks show")
    failed = [check for check in checks if check.kind != "ok"]
    message = "; ".join(check.message for check in failed)
    if not failed and missing:
        message = f"without {', '.join(missing)}, which gave no answer"
    return dataclasses.replace(
        record,
        verdict="contradicts" if failed else "conforms",
        message=f"{variant_id} on {', '.join(sorted({one.framework for one in ran}))}: {message}" if message else "",
        checks=checks,
        margin=max((check.used for check in checks if check.used is not None), default=None),
    )


def _target_id(record: CellRecord) -> str:
    return f"{record.framework}-{record.device}-{record.mode}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Distance:
    """The widest distance between elements of two observations: ``used`` is its part of the bound."""

    used: float
    absolute: float
    relative: float


def _agreement_check(
    name: str, records: Sequence[CellRecord], loaded: LoadedCase, bound: Agreement
) -> CheckRecord | None:
    """Return how far apart the answers under one name are, or None where fewer than two frameworks must show it."""
    compared: list[tuple[str, Observed | None]] = []
    for record in records:
        difference = loaded.case.difference(record.framework, record.mode)
        if difference is not None and ("raises" in difference.expect or name in difference.expect):
            continue
        seen = record.observations.get(name)
        compared.append((_target_id(record), None if seen is None else decode(seen)))
    if len({target.partition("-")[0] for target, _ in compared}) < 2:
        return None
    expected = f"the same on all, within atol {bound.atol:g} and rtol {bound.rtol:g}"
    worst = _Distance(used=0.0, absolute=0.0, relative=0.0)
    between = ""
    for (one, left), (other, right) in itertools.combinations(compared, 2):
        distance = _distance(left, right, bound)
        if isinstance(distance, str):
            message = f"{name}: {one} and {other} do not agree: {distance}; allowed: {expected}"
            return CheckRecord(name=name, kind="contradicts", expected=expected, observed=distance, message=message)
        if not between or distance.used > worst.used:
            worst, between = distance, f"{one} and {other}"
    observed = f"at most {worst.absolute:.3g} apart, between {between}"
    ok = worst.used <= 1.0
    told = f"{name} is {worst.absolute:.3g} apart between {between}; allowed: {expected}"
    return CheckRecord(
        name=name,
        kind="ok" if ok else "contradicts",
        expected=expected,
        observed=observed,
        message="" if ok else f"{told}; {worst.used:.3g} times the bound",
        absolute=worst.absolute,
        relative=worst.relative,
        used=worst.used,
    )


def _distance(left: Observed | None, right: Observed | None, bound: Agreement) -> _Distance | str:
    """Return how far two observations are apart, or in words why they cannot be compared."""
    if left is None or right is None:
        return "one of them shows nothing under this name"
    if isinstance(left, Nothing) and isinstance(right, Nothing):
        return _Distance(used=0.0, absolute=0.0, relative=0.0)
    if isinstance(left, Items) and isinstance(right, Items):
        if len(left.items) != len(right.items):
            return f"one has {len(left.items)} items and the other {len(right.items)}"
        return _widest([_distance(a, b, bound) for a, b in zip(left.items, right.items, strict=True)])
    if isinstance(left, Entries) and isinstance(right, Entries):
        if set(left.items) != set(right.items):
            return f"one has the keys {sorted(left.items)} and the other {sorted(right.items)}"
        return _widest([_distance(value, right.items[key], bound) for key, value in left.items.items()])
    a, b = _elements(left), _elements(right)
    if a is None or b is None:
        return _Distance(used=0.0, absolute=0.0, relative=0.0) if left == right else "they are not of the same kind"
    if a[0] != b[0]:
        return f"one has shape {a[0]} and the other {b[0]}"
    return _widest([_apart(x, y, bound) for x, y in zip(a[1], b[1], strict=True)])


def _elements(value: Observed) -> tuple[tuple[int, ...], Sequence[Any]] | None:
    if isinstance(value, Array):
        return value.shape, value.data
    if isinstance(value, Scalar) and not isinstance(value.value, str):
        return (), (value.value,)
    return None


def _apart(x: complex, y: complex, bound: Agreement) -> _Distance | str:
    if x == y or (x != x and y != y):
        return _Distance(used=0.0, absolute=0.0, relative=0.0)
    apart, size = abs(x - y), max(abs(x), abs(y))
    allowed = bound.atol + bound.rtol * size
    if not apart < float("inf") or not allowed > 0.0:  # NaN, an infinity, or a bound of zero: no finite part of it
        return f"one has {x} and the other {y}"
    return _Distance(used=apart / allowed, absolute=apart, relative=apart / size)


def _widest(distances: Sequence[_Distance | str]) -> _Distance | str:
    worst = _Distance(used=0.0, absolute=0.0, relative=0.0)
    for distance in distances:
        if isinstance(distance, str):
            return distance
        if distance.used > worst.used:
            worst = distance
    return worst
