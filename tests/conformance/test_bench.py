"""The benchmark's own arithmetic, and its bare script on sources that need no framework."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pytest

from conformance.bench import BareScript, Measure, rows, spread
from conformance.errors import WorkerError
from conformance.lowering.native import NativeSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.plan import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class CellOfText:
    """What the benchmark reads of a cell."""

    native: NativeSource | None


def cells(*texts: str) -> Sequence[Cell]:
    found = [CellOfText(native=NativeSource(text=text, line_map=(), observe={})) for text in texts]
    return cast("Sequence[Cell]", found)


def test_a_ratio_at_the_aim_is_met_and_one_above_is_not() -> None:
    met = Measure(what="a", cells=1, suite=1.1, against=1.0, aim=1.1)
    missed = Measure(what="b", cells=1, suite=2.5, against=1.0, aim=1.1)
    assert met.met
    assert not missed.met
    assert missed.ratio == 2.5


def test_the_table_shows_ratio_aim_and_whether_it_is_met() -> None:
    table = rows([Measure(what="torch", cells=7, suite=3.0, against=2.0, aim=1.1)])
    assert table[0].split()[-2:] == ["ratio", "aim"]
    assert table[-1].split() == ["torch", "7", "3.000", "2.000", "1.50", "<=", "1.10", "missed"]


def test_the_cells_that_are_measured_are_spread_over_all_of_them() -> None:
    there = cells(*map(str, range(10)))
    assert spread(there, 3) == (there[0], there[3], there[6])
    assert spread(there, 10) == spread(there, 99) == tuple(there)


def test_the_bare_script_executes_every_source_in_every_pass() -> None:
    sleeping = "import time\ntime.sleep(0.02)\n"
    with BareScript(cells(sleeping, "raise ValueError('no')\n", sleeping), module="json") as script:
        assert all(0.04 <= script.seconds() < 5 for _ in range(3))


def test_what_a_source_prints_does_not_disturb_the_measure() -> None:
    with BareScript(cells("import os\nprint('[1, 2')\nos.write(1, b'0.5\\n')\n"), module="json") as script:
        assert script.seconds() != 0.5
        assert script.seconds() != 0.5


def test_a_script_that_does_not_come_to_its_end_is_an_error_and_no_number() -> None:
    with (
        BareScript(cells("import os\nos._exit(7)\n"), module="json") as script,
        pytest.raises(WorkerError, match="ended 7"),
    ):
        script.seconds()
