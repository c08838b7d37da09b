"""Cells into records: each is run by the pool, judged, and handed on as soon as its verdict is known.

Workers run side by side, one thread each; judging is done by the thread that asks for the records, while the workers
are busy with their next cells.
"""

from __future__ import annotations

import dataclasses
import queue
import threading
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance.cell_record import key_of, needs_reference, record_of
from conformance.lanes import Lanes
from conformance.plan import Cell, Target, Variant, cell_of
from conformance.pool import Lost, Pool
from conformance.results import CellRecord
from conformance.worker_process import Request

if TYPE_CHECKING:
    from conformance.lowering.native import NativeSource
    from conformance.observation import Observed, Outcome

REFERENCE: Final = Target(framework="reference")

AHEAD: Final = 4
"""Requests that a worker has beside the one that it runs: judging a derivative case takes as long as several cells."""
REACH: Final = 20
"""Cells that are looked at to find them: some are not run."""


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
