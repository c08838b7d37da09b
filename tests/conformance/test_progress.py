"""What a log shows of a run while it goes on: how long it has gone on, the counts, and what is not as documented."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from rich.console import Console

from conformance.commands import progress

if TYPE_CHECKING:
    import pytest

PLANNED: Any = SimpleNamespace(header=SimpleNamespace(targets=()), cells=(None,) * 4000, kept={})


def lines(monkeypatch: pytest.MonkeyPatch, cells: list[tuple[float, str]]) -> list[str]:
    """Return what is printed where each of the cells ends at its second with its verdict."""
    now = 0.0
    monkeypatch.setattr("conformance.commands.progress.time.monotonic", lambda: now)
    text = io.StringIO()
    shown = progress.Lines(Console(file=text, width=200))
    shown.begin(PLANNED)
    for number, (now, verdict) in enumerate(cells):  # noqa: B007  (the clock reads it)
        record: Any = SimpleNamespace(verdict=verdict, cell=f"area/case-{number}@torch-cpu-eager")
        shown.record(record)
    return text.getvalue().splitlines()[1:]


def test_a_line_tells_the_time_gone_by_and_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(monkeypatch, [(1.0, "conforms"), (4.9, "conforms"), (65.0, "known"), (66.0, "conforms")])
    assert found == ["1:05 3/4000 cells: 2 conforms, 1 known"]


def test_what_is_not_as_documented_is_printed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(monkeypatch, [(0.1, "conforms"), (0.2, "contradicts")])
    assert found == ["contradicts area/case-1@torch-cpu-eager"]


def test_the_log_of_a_long_run_stays_short(monkeypatch: pytest.MonkeyPatch) -> None:
    an_hour = [(float(second), "conforms") for second in range(3600)]
    found = lines(monkeypatch, an_hour)
    assert 20 < len(found) < 120
