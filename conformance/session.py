"""Options into a planned run, a planned run into records, and records into the files of an output folder.

``gradconf run``, the pytest plugin and ``conformance.run`` are three fronts of this.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from conformance import __version__
from conformance.bundled import cases_root
from conformance.derivatives import point_texts
from conformance.documented import documented_points
from conformance.errors import ResultsError, UsageError
from conformance.plan import Selection, Target, applies, plan, variants
from conformance.results import (
    AS_DOCUMENTED,
    FAILED,
    CaseRecord,
    CellRecord,
    Footer,
    Header,
    Record,
    Results,
    ResultsWriter,
    StatementRecord,
    TargetRecord,
    TrustRecord,
)

if TYPE_CHECKING:
    from conformance.load import LoadedCase
    from conformance.plan import Cell
    from conformance.pool import Pool

TIMEOUT: Final = 120.0
"""Seconds for a cell that does not say more: the first torch.compile of a process takes some ten on a slow machine."""

RESULTS_FILE: Final = "results.jsonl"

SETTLED: Final = AS_DOCUMENTED | FAILED
"""The verdicts that ``--resume`` keeps; what did not run, hung or broke is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is asked of a run. ``frameworks`` None: all that are installed. ``order``: the seed of a shuffle."""

    frameworks: tuple[str, ...] | None = None
    device: str = "auto"
    modes: tuple[str, ...] = ("eager", "compiled")
    selection: Selection = field(default_factory=Selection)
    paths: tuple[str, ...] = ()
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    timeout: float = TIMEOUT
    fresh: bool = False
    fail_fast: bool = False
    order: int | None = None

    def described(self) -> dict[str, Any]:
        """Return the options as the header's ``selection``: the tier, and what else was given."""
        chosen = self.selection
        given: dict[str, Any] = {
            "frameworks": list(self.frameworks or ()),
            "device": self.device,
            "modes": list(self.modes),
            "paths": [] if all(Path(path).resolve() == cases_root() for path in self.paths) else list(self.paths),
            "text": chosen.text,
            "areas": list(chosen.areas),
            "tags": list(chosen.tags),
            "shard": "{}/{}".format(*chosen.shard) if chosen.shard else "",
            "native": "" if chosen.native else "refused",
            "tier": chosen.tier,
            "fresh": self.fresh,
            "seed": "" if self.order is None else str(self.order),
        }
        return {name: value for name, value in given.items() if value not in ("", [], False)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A run before it runs: header, the cases it speaks of, its cells, and by key the records that may be kept."""

    header: Header
    loaded: tuple[LoadedCase, ...]
    cells: tuple[Cell, ...]
    kept: Mapping[str, CellRecord]
    trust: TrustRecord | None = None
    whole: bool = False

    def context(self) -> Iterator[CaseRecord | StatementRecord | TrustRecord]:
        """Yield the records of cases, statements and trust, which go before the cells.

        ``whole``: every case was asked for, so that statements which no case covers are told as well.
        """
        yield from (case_record(item) for item in self.loaded)
        yield from statement_records(self.loaded, whole=self.whole)
        if self.trust is not None:
            yield self.trust


def discover(options: Options, pool: Pool) -> tuple[TargetRecord, ...]:
    """Return the targets of a run: of every framework asked for (or known), each device and mode, available or not."""
    from conformance.registry import adapter, adapter_names

    found = pool.discover(options.frameworks or adapter_names(), options.device, options.modes)
    return tuple(
        TargetRecord(
            framework=info.framework,
            title=adapter(info.framework).profile.title,
            version=info.version,
            device=info.device,
            device_name=info.device_name,
            mode=info.mode,
            python=info.python,
            os=info.os,
            available=info.available,
            reason=info.reason,
            import_seconds=info.import_seconds,
        )
        for info in found
    )


def prepare(
    loaded: Sequence[LoadedCase],
    targets: Sequence[TargetRecord],
    options: Options,
    *,
    previous: Results | None = None,
    trust: TrustRecord | None = None,
) -> Planned:
    """Return the planned run of the cases on the targets; ``previous`` holds results that may be kept.

    A target that is not available has cells, which are ``not-run``, only where it was asked for by name.

    Raises:
        UsageError: the selection leaves no cell for a reason other than the targets or the shard.
    """
    asked = asked_targets(targets, options)
    cells = list(plan(loaded, asked, selection=options.selection))
    if not cells and options.selection.shard is None:
        _explain_nothing(loaded, asked, options)
    if options.order is not None:
        random.Random(options.order).shuffle(cells)
    used = {cell.variant.loaded.full_id for cell in cells}
    return Planned(
        header=Header(
            suite_version=__version__,
            cases_sha256=cases_digest(loaded),
            targets=tuple(targets),
            selection=options.described(),
            started=datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        ),
        loaded=tuple(item for item in loaded if item.full_id in used),
        cells=tuple(cells),
        kept=kept_records(previous),
        trust=trust,
        whole=_is_whole(loaded, options),
    )


def _is_whole(loaded: Iterable[LoadedCase], options: Options) -> bool:
    chosen = options.selection
    everywhere = all(Path(path).resolve() == cases_root() for path in options.paths)
    bundled = all(item.file.startswith(f"{cases_root().name}/") for item in loaded)
    return everywhere and bundled and not (chosen.text or chosen.areas or chosen.tags)


def asked_targets(targets: Iterable[TargetRecord], options: Options) -> tuple[Target, ...]:
    """Return the targets that have cells: those that are there, and what was asked for by name and is not."""
    explicit = options.frameworks is not None or options.device == "gpu"
    return tuple(
        Target(framework=t.framework, device=t.device, mode=t.mode) for t in targets if t.available or explicit
    )


def _explain_nothing(loaded: Sequence[LoadedCase], targets: Sequence[Target], options: Options) -> None:
    if not any(True for _ in variants(loaded, selection=options.selection)):
        raise UsageError(
            f"nothing is selected: none of the {len(loaded)} cases fits the selection; `gradconf list` shows the cases"
        )
    if targets and not any(
        applies(variant, target) for variant in variants(loaded, selection=options.selection) for target in targets
    ):
        raise UsageError(
            "nothing is selected: the cases of the selection have no cell for "
            f"{', '.join(target.id for target in targets)}; ask for another mode, device or framework"
        )


def kept_records(previous: Results | None) -> Mapping[str, CellRecord]:
    """Return the earlier records that may stand for a cell of an equal key; what hung, broke or is stale may not."""
    if previous is None:
        return {}
    return {r.key: r for r in previous.cells if r.key and r.verdict in SETTLED and not r.stale}


def conduct(planned: Planned, options: Options, pool: Pool) -> Iterator[CellRecord]:
    """Yield the record of every cell as it comes, then those of the agreement of the frameworks.

    With ``fail_fast`` it ends after the first cell that is not as documented.
    """
    from conformance.agreement import agreement_cells
    from conformance.runner import run_cells

    records: list[CellRecord] = []
    running = run_cells(
        planned.cells,
        jobs=options.jobs,
        timeout=options.timeout,
        pool=pool,
        fresh=options.fresh,
        resume=planned.kept,
    )
    with contextlib.closing(running):
        for record in running:
            records.append(record)
            yield record
            if options.fail_fast and record.verdict not in AS_DOCUMENTED:
                return
    yield from agreement_cells(records, planned.loaded)


def perform(
    planned: Planned,
    options: Options,
    pool: Pool,
    *,
    output: Path | None = None,
    watch: Callable[[CellRecord], None] = lambda _record: None,
) -> Results:
    """Run a planned run; return its results, and write them to the folder as they come.

    An interrupt (or any error) leaves the file without a footer, which says that it is incomplete.
    """
    began = time.monotonic()
    context = tuple(planned.context())
    records: list[CellRecord] = []
    with contextlib.ExitStack() as stack:
        write: Callable[[Any], None] = lambda _record: None  # noqa: E731
        if output is not None:
            output.mkdir(parents=True, exist_ok=True)
            stream = stack.enter_context((output / RESULTS_FILE).open("w", encoding="utf-8"))
            write = ResultsWriter(stream).write
        write(planned.header)
        for case_or_statement in context:
            write(case_or_statement)
        for cell_record in conduct(planned, options, pool):
            records.append(cell_record)
            write(cell_record)
            watch(cell_record)
        results = assemble(
            planned.header, context, records, planned=len(planned.cells), seconds=time.monotonic() - began
        )
        assert results.footer is not None
        write(results.footer)
    return results


def assemble(
    header: Header,
    context: Iterable[CaseRecord | StatementRecord | TrustRecord],
    records: Sequence[CellRecord],
    *,
    planned: int,
    seconds: float,
) -> Results:
    """Return the results of a run that ended, with its footer; complete where every planned cell has a record."""
    context = tuple(context)
    return Results(
        header=header,
        cases=tuple(record for record in context if isinstance(record, CaseRecord)),
        statements=tuple(record for record in context if isinstance(record, StatementRecord)),
        cells=tuple(records),
        footer=Footer(
            cells=len(records),
            verdicts=dict(Counter(record.verdict for record in records)),
            complete=sum(record.framework != "agreement" for record in records) >= planned,
            seconds=round(seconds, 3),
        ),
        trust=next((record for record in context if isinstance(record, TrustRecord)), None),
    )


def write_results(results: Results, path: Path) -> None:
    """Write results to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        writer = ResultsWriter(stream)
        trust = () if results.trust is None else (results.trust,)
        records: tuple[Record, ...] = (results.header, *results.cases, *results.statements, *trust, *results.cells)
        for record in records:
            writer.write(record)
        if results.footer is not None:
            writer.write(results.footer)


def previous_results(output: Path) -> Results | None:
    """Return the results in an output folder, None where there are none.

    Raises:
        UsageError: there are some, and they cannot be read.
    """
    from conformance.results import read_results

    path = output / RESULTS_FILE
    if not path.exists():
        return None
    try:
        return read_results(path)
    except ResultsError as error:
        raise UsageError(f"--resume: {error}; remove the file, or run without --resume") from error


def case_record(item: LoadedCase) -> CaseRecord:
    """Return what a results file says of a case."""
    case = item.case
    covers = dict.fromkeys([*case.covers, *(name for d in case.differs.values() for name in d.covers)])
    return CaseRecord(
        case=item.full_id,
        area=item.area,
        title=case.title,
        program=case.program if case.function is None else case.function,
        covers=tuple(covers),
        refutes=tuple(case.refutes),
        tags=tuple(case.tags),
        note=case.note,
        about=item.about,
        file=item.file,
        line=item.line,
        points=point_texts(case) if case.function is not None else {},
        documented=documented_points(case),
    )


def statement_records(loaded: Iterable[LoadedCase], *, whole: bool = False) -> Iterator[StatementRecord]:
    """Yield the documented statements that the cases name, or all there are, in the order of the catalogue.

    A name that the catalogue lacks is left to ``check``.
    """
    from conformance.catalogue import load_catalogue

    named: set[str] = set()
    for item in loaded:
        record = case_record(item)
        named.update((*record.covers, *record.refutes, *item.case.documented))
    if not named:
        return
    catalogue = load_catalogue()
    for order, statement in enumerate(catalogue.statements.values(), start=1):
        if whole or statement.id in named:
            yield StatementRecord(
                id=statement.id,
                source=statement.source,
                title=statement.title,
                url=statement.url,
                section=statement.section,
                says=statement.says,
                framework=statement.framework,
                area=statement.area,
                order=order,
                verdict=statement.verdict,
                excluded=catalogue.excluded.get(statement.id),
            )


def cases_digest(loaded: Iterable[LoadedCase]) -> str:
    """Return the hash of what the cases say, whatever their order and layout in the files."""
    cases: Mapping[str, Any] = {item.full_id: item.case.model_dump(mode="json") for item in loaded}
    return hashlib.sha256(json.dumps(cases, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def without_footer(results: Results) -> Results:
    """Return results as those of a run that was cut short."""
    return dataclasses.replace(results, footer=None)
