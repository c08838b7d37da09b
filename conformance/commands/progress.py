"""Progress of a run on standard error: a moving line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol

from conformance.commands.terminal import STYLES, console
from conformance.results import AS_DOCUMENTED, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.progress import Progress, TaskID

    from conformance.results import CellRecord
    from conformance.session import Planned

INTERVAL: Final = 5.0
"""Seconds between the first lines where there is no terminal."""
SHARE: Final = 0.05
"""What part of the time gone by lies between two later lines, so that the log of a long run stays short."""


class Shown(Protocol):
    """What a run tells while it runs."""

    def say(self, text: str) -> None:
        """Say what happens before the first cell."""

    def begin(self, planned: Planned) -> None:
        """Say what is planned."""

    def record(self, record: CellRecord) -> None:
        """Count one cell."""


def counts_text(counts: Counter[str]) -> str:
    """Return ``12 conforms, 1 contradicts`` in the order in which tables show verdicts."""
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])


def planned_text(planned: Planned) -> str:
    """Return what will run, and by name what is not available."""
    targets = planned.header.targets
    named = dict.fromkeys(f"{t.title or t.framework} {t.version} {t.device}" for t in targets if t.available)
    lines = [f"{len(planned.cells)} cells on {', '.join(named) or 'no framework'}"]
    if planned.kept:
        lines[0] += f"; earlier results of {len(planned.kept)} cells are kept where nothing changed"
    missing = {t.title or t.framework: t.reason for t in targets if not t.available}
    lines += [f"not available: {name}: {reason}" for name, reason in missing.items()]
    return "\n".join(lines)


class Lines:
    """Plain lines, for logs: the time gone by, the counts, and every cell that is not as documented."""

    def __init__(self, out: Console) -> None:
        self._out, self._counts, self._total = out, Counter[str](), 0
        self._began = self._next = 0.0

    def say(self, text: str) -> None:
        """Nothing: a log needs no such line."""

    def begin(self, planned: Planned) -> None:
        """Print what is planned."""
        self._total, self._began = len(planned.cells), time.monotonic()
        self._next = self._began + INTERVAL
        self._out.print(planned_text(planned), soft_wrap=True)

    def record(self, record: CellRecord) -> None:
        """Count a cell; print it where it is not as documented, and the counts where the last ones are long ago."""
        self._counts[record.verdict] += 1
        if record.verdict not in AS_DOCUMENTED:
            self._out.print(f"{record.verdict} {record.cell}", soft_wrap=True)
        now = time.monotonic()
        if now >= self._next:
            gone = now - self._began
            self._next = now + max(INTERVAL, SHARE * gone)
            minutes, seconds = divmod(int(gone), 60)
            done = f"{self._counts.total()}/{self._total} cells"
            self._out.print(f"{minutes}:{seconds:02} {done}: {counts_text(self._counts)}", soft_wrap=True)


class Silent:
    """Nothing at all."""

    def say(self, text: str) -> None:
        """Nothing."""

    def begin(self, planned: Planned) -> None:
        """Nothing."""

    def record(self, record: CellRecord) -> None:
        """Nothing."""


class Moving:
    """A progress bar, and a line above it for every cell that is not as documented."""

    def __init__(self, bar: Progress) -> None:
        self._bar, self._counts = bar, Counter[str]()
        self._task: TaskID = bar.add_task("", total=None)

    def say(self, text: str) -> None:
        """Show what happens before the first cell."""
        self._bar.update(self._task, description=text)

    def begin(self, planned: Planned) -> None:
        """Show what is planned."""
        self._bar.console.print(planned_text(planned))
        self._bar.update(self._task, description="", total=len(planned.cells))

    def record(self, record: CellRecord) -> None:
        """Count a cell."""
        self._counts[record.verdict] += 1
        if record.verdict not in AS_DOCUMENTED:
            self._bar.console.print(f"{record.verdict} {record.cell}", style=STYLES.get(record.verdict))
        self._bar.update(self._task, advance=1, description=counts_text(self._counts))


@contextlib.contextmanager
def progress(*, quiet: bool) -> Iterator[Shown]:
    """Yield what shows the progress of a run."""
    if quiet:
        yield Silent()
        return
    out = console(stderr=True)
    if not out.is_terminal:
        yield Lines(out)
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(bar_width=30), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("left"),
        TextColumn("{task.description}"),
    )  # fmt: skip
    with Progress(*columns, console=out, transient=True, speed_estimate_period=120.0) as bar:
        yield Moving(bar)
