"""A case file into pytest items, one a cell; a record into the outcome of its item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import CaseError, ConformanceError
from conformance.pytest_session import session_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from pathlib import Path

    from _pytest._code.code import ExceptionInfo, TerminalRepr

    from conformance.plan import Cell
    from conformance.results import CellRecord

PASSING = frozenset({"conforms", "differs", "undocumented"})


class NotAsDocumented(Exception):  # noqa: N818 - what a framework did, no error of ours
    """A cell that is not as documented; the item shows its record."""

    def __init__(self, record: CellRecord) -> None:
        super().__init__(record.message)
        self.record = record


class CaseFile(pytest.File):
    """A case file: an item for each of its cells."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the cells of the file's cases on every target."""
        state = session_of(self.config)
        try:
            for cell in state.cells_of(self.path):
                yield CellItem.from_parent(self, name=item_name(cell), cell=cell)
        except CaseError as error:
            raise self.CollectError(str(error)) from error
        except ConformanceError as error:
            raise pytest.UsageError(str(error)) from error


def item_name(cell: Cell) -> str:
    """Return an item's name: the variant without its area, and the target in brackets."""
    return f"{cell.variant.id.partition('/')[2]}[{cell.target.id}]"


class CellItem(pytest.Item):
    """A cell: passes where it is as documented, and shows all that is needed where it is not."""

    def __init__(self, *, cell: Cell, **words: Any) -> None:
        super().__init__(**words)
        self.conformance_cell = cell
        self.conformance_record: CellRecord | None = None
        if self.config.pluginmanager.hasplugin("xdist"):
            self.add_marker(pytest.mark.xdist_group(cell.target.framework))
        for tag in cell.variant.loaded.case.tags:
            self.extra_keyword_matches.add(tag)
        self.extra_keyword_matches.update((cell.variant.loaded.area, cell.variant.loaded.case.title, cell.id))

    def runtest(self) -> None:
        """Run the cell and turn its verdict into pytest's words."""
        record = session_of(self.config).run(self.conformance_cell)
        self.conformance_record = record
        self.user_properties += [
            ("cell", record.cell), ("verdict", record.verdict), ("framework", record.framework),
            ("version", record.version), ("device", record.device), ("mode", record.mode),
        ]  # fmt: skip
        if record.margin is not None:
            self.user_properties.append(("margin", f"{record.margin:.6g}"))
        if record.stale:
            raise NotAsDocumented(record)
        if record.verdict in PASSING:
            return
        if record.verdict == "unsupported":
            pytest.skip(f"unsupported: {record.message or record.because}")
        if record.verdict == "known":
            pytest.xfail(f"known: {record.because or record.message} {record.issue or ''}".rstrip())
        raise NotAsDocumented(record)

    def repr_failure(self, excinfo: ExceptionInfo[BaseException], style: Any = None) -> str | TerminalRepr:
        """Return expected, observed, margin, native source and the repro command, and no traceback of ours."""
        if isinstance(excinfo.value, NotAsDocumented):
            return failure_text(excinfo.value.record, self.path)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[PathLike[str] | str, int | None, str]:
        """Return the case's place, for pytest's own lines."""
        return self.path, max(self.conformance_cell.variant.loaded.line - 1, 0), self.name


def failure_text(record: CellRecord, path: Path) -> str:
    """Return what a reader needs of a cell that is not as documented."""
    stale = " (a known failure that is stale)" if record.stale else ""
    lines = [f"{record.cell}: {record.verdict}{stale}", "", *record.message.splitlines()]
    for check in record.checks:
        if check.kind in ("ok", "not-reached"):
            continue
        used = f"   {check.used:.3g} times the bound" if check.used is not None else ""
        lines += [
            "",
            f"{check.name}: {check.kind}",
            f"  expected  {check.expected}",
            f"  observed  {check.observed}{used}",
        ]
    if record.raised:
        trace = str(record.raised.get("traceback") or f"{record.raised.get('type')}: {record.raised.get('message')}")
        lines += ["", "raised:", *(f"  {line}" for line in trace.splitlines())]
    if record.output:
        lines += ["", "printed:", *(f"  {line}" for line in record.output.splitlines()[:20])]
    if record.native:
        lines += ["", "native source:", *(f"  {line}" for line in record.native.splitlines())]
    from conformance.commands.outcome import repro_line

    command = repro_line(record, path)
    return "\n".join([*lines, "", command] if command else lines)
