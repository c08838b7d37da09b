"""What a pytest session knows of the cases: targets found, cells run, results gathered into one file."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from conformance.errors import ConformanceError, UsageError
from conformance.plan import Selection
from conformance.results import (
    AS_DOCUMENTED,
    CaseRecord,
    CellRecord,
    Header,
    Results,
    StatementRecord,
    TargetRecord,
    decode_record,
    encode_record,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from conformance.plan import Cell
    from conformance.pool import Pool
    from conformance.session import Options

WAIT_SECONDS: Final = 330.0
"""How long a worker of xdist waits for the one that asks the frameworks: somewhat more than a framework may take."""


def session_of(config: pytest.Config) -> ConformanceSession:
    """Return the session's state, made when it is first asked for."""
    from conformance.pytest_plugin import SESSION

    state = config.stash.get(SESSION, None)
    if state is None:
        state = config.stash[SESSION] = ConformanceSession(config)
    return state


class ConformanceSession:
    """Targets, workers and results of one pytest process."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._options = _options(config)
        self._pool: Pool | None = None
        self._targets: tuple[TargetRecord, ...] | None = None
        self._introduced = False
        self._started = datetime.datetime.now().astimezone()
        self._began = time.monotonic()
        self._records: dict[str, CellRecord] = {}
        self._files: dict[str, None] = {}
        self._agreement: tuple[CellRecord, ...] = ()
        self._results: Results | None = None
        self._report: Path | None = None
        self._shared_files: tuple[Path, ...] = ()
        self.planned = 0

    # Collecting and running, in whichever process pytest does it.

    @property
    def targets(self) -> tuple[TargetRecord, ...]:
        """The targets, asked of the frameworks once a session, also where xdist has several processes."""
        if self._targets is None:
            worker = getattr(self._config, "workerinput", None)
            self._targets = self._discover() if worker is None else self._shared(str(worker["testrunuid"]))
        return self._targets

    def cells_of(self, path: Path) -> Iterator[Cell]:
        """Yield the cells of a case file.

        Raises:
            CaseError: what is wrong with the file.
            UsageError: an option that makes no sense.
        """
        from conformance.load import load_cases
        from conformance.plan import plan
        from conformance.session import asked_targets

        loaded = load_cases([path])
        yield from plan(loaded, asked_targets(self.targets, self._options), selection=self._options.selection)

    def run(self, cell: Cell) -> CellRecord:
        """Return the record of a cell."""
        from conformance.runner import run_cells

        (record,) = run_cells([cell], jobs=1, timeout=self._options.timeout, pool=self._workers())
        return record

    def message(self, item: Any) -> str | None:
        """Return what is to be told of an item that ran, as JSON; the first one tells the targets as well."""
        if item.conformance_record is None:
            return None
        fields: dict[str, Any] = {"cell": json.loads(encode_record(item.conformance_record)), "file": str(item.path)}
        if not self._introduced:
            fields["targets"] = [dataclasses.asdict(target) for target in self.targets]
            fields["planned"] = self.planned
            self._introduced = True
        return json.dumps(fields)

    def _workers(self) -> Pool:
        if self._pool is None:
            from conformance.pool import Pool

            self._pool = Pool()
        return self._pool

    def _discover(self) -> tuple[TargetRecord, ...]:
        from conformance.session import discover

        return discover(self._options, self._workers())

    def _shared(self, run: str) -> tuple[TargetRecord, ...]:
        """Return the targets that one process of a run under xdist finds and the others read."""
        path = Path(tempfile.gettempdir()) / f"gradconf-targets-{run}.json"
        try:
            os.close(os.open(path.with_suffix(".lock"), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            until = time.monotonic() + WAIT_SECONDS
            while time.monotonic() < until:
                with contextlib.suppress(OSError, ValueError):
                    return tuple(TargetRecord(**fields) for fields in json.loads(path.read_text(encoding="utf-8")))
                time.sleep(0.05)
            return self._discover()
        self._shared_files = (path, path.with_suffix(".lock"))
        targets = self._discover()
        self._end_workers()  # this process runs the cells of one framework, and needs no other
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps([dataclasses.asdict(target) for target in targets]), encoding="utf-8")
        partial.replace(path)
        return targets

    def close(self) -> None:
        """End the workers, and take away what the processes of the run shared."""
        self._end_workers()
        for file in self._shared_files:
            file.unlink(missing_ok=True)
        self._shared_files = ()

    def _end_workers(self) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    # Gathering, in the one process that writes the results.

    def receive(self, message: str) -> None:
        """Keep the result of a cell."""
        fields = json.loads(message)
        record = decode_record(fields["cell"])
        assert isinstance(record, CellRecord)
        self._records[record.cell] = record
        self._files[fields["file"]] = None
        if "targets" in fields:
            self._targets = tuple(TargetRecord(**target) for target in fields["targets"])
            self.planned = max(self.planned, int(fields["planned"]))

    def finish(self) -> bool:
        """Compare the frameworks, write the files if a folder was given; return whether something failed by that."""
        self.close()
        if not self._records:
            return False
        from conformance.agreement import agreement_cells
        from conformance.load import load_cases
        from conformance.session import assemble, case_record, cases_digest, statement_records, write_results

        loaded = load_cases([Path(file) for file in self._files])
        ran = {record.case for record in self._records.values()}
        used = [item for item in loaded if item.full_id in ran]
        records = list(self._records.values())
        self._agreement = tuple(agreement_cells(records, used))
        context: list[CaseRecord | StatementRecord] = [*(case_record(item) for item in used), *statement_records(used)]
        from conformance import __version__

        header = Header(
            suite_version=__version__,
            cases_sha256=cases_digest(loaded),
            targets=self.targets,
            selection=self._options.described(),
            started=self._started.isoformat(timespec="seconds"),
        )
        self._results = assemble(
            header,
            context,
            [*records, *self._agreement],
            planned=self.planned,
            seconds=time.monotonic() - self._began,
        )
        folder = self._config.getoption("conformance_report")
        if folder:
            from conformance.commands.outcome import write_reports
            from conformance.session import RESULTS_FILE

            self._report = Path(folder)
            write_results(self._results, self._report / RESULTS_FILE)
            write_reports(self._results, self._report)
        return any(record.verdict not in AS_DOCUMENTED for record in self._agreement)

    def summary(self) -> list[str]:
        """Return the lines that a terminal shows at the end."""
        targets = self._targets or ()
        missing = {t.title or t.framework: t.reason for t in targets if not t.available}
        lines = [f"{name} was not run: {reason}" for name, reason in missing.items()]
        if self._results is None:
            return lines
        from conformance_reports.summary import verdict_sentence

        for record in self._agreement:
            if record.verdict not in AS_DOCUMENTED:
                lines += [f"{record.verdict} {record.cell}: {record.message}"]
        lines.append(verdict_sentence(self._results))
        if self._report is not None:
            lines.append(f"report: {self._report / 'report.html'}")
        return lines


def _options(config: pytest.Config) -> Options:
    """Return the options of a session as those of a run.

    Raises:
        pytest.UsageError: an option that makes no sense.
    """
    import pytest

    from conformance.commands.options import frameworks_of, modes_of
    from conformance.session import TIMEOUT, Options

    try:
        timeout = config.getoption("conformance_timeout") or TIMEOUT
        if timeout <= 0:
            raise UsageError(f"--conformance-timeout: {timeout:g} is no time; it takes seconds above 0")
        return Options(
            frameworks=frameworks_of(config.getoption("conformance_framework")),
            device=config.getoption("conformance_device") or "auto",
            modes=modes_of(config.getoption("conformance_mode") or ""),
            selection=Selection(
                text="",
                native=not config.getoption("conformance_no_native"),
                tier=config.getoption("conformance_tier") or "quick",
            ),
            paths=tuple(str(argument) for argument in config.args),
            timeout=timeout,
        )
    except ConformanceError as error:
        raise pytest.UsageError(str(error)) from error
