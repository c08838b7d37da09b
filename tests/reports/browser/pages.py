"""The documents that the tests of this folder open, each made once, and the sections that a report has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import sample
from derivative_sample import derivatives
from test_gold import later

from conformance_reports import to_diff_html, to_html

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from conformance.results import CellRecord, Results

SECTIONS = (
    "overview", "matrix", "phrasebook", "conventions", "requirements", "errata", "known", "findings", "trust", "about",
)  # fmt: skip
"""The sections of a report, in the order of its navigation."""


def open_sections(page: Page) -> Iterator[str]:
    """Open one section of a report after the other; yield the name of each while it can be seen."""
    for name in SECTIONS:
        page.evaluate("name => { location.hash = name }", name)
        page.locator(f"[data-tab]#{name}").wait_for(state="visible")
        yield name


def rich() -> Results:
    """The sample, with PyTorch on a GPU as well, where one case answers otherwise than on the CPU."""
    first = sample.sample()
    gpu = [
        replace(cell, cell=cell.cell.replace("-cpu-", "-gpu-"), device="gpu")
        for cell in first.cells
        if cell.framework == "torch" and cell.case in ("watching/constant-needs-watch", "training/linear-model")
    ]
    cells = [*first.cells, *map(_otherwise, gpu)]
    results = sample.results_of(cells)
    targets = (
        *sample.targets(),
        *(replace(t, device="gpu", device_name="H200") for t in sample.targets() if t.framework == "torch"),
    )
    return replace(results, header=replace(results.header, targets=targets))


def _otherwise(cell: CellRecord) -> CellRecord:
    if cell.case != "training/linear-model":
        return cell
    wrong = sample.number_check("w", 3.0, 0.4, "contradicts", "w is 3.4; expected 3 within 0.05", bound=0.05)
    observations = {**cell.observations, "w": sample.array([3.4], [])}
    return replace(cell, verdict="contradicts", message=wrong.message, checks=(wrong,), observations=observations)


def earlier() -> Results:
    """The sample before the cell of ``tape-is-consumed`` that contradicts did so."""
    cells = [
        replace(c, verdict="conforms", message="", checks=(), observations={"dy_dx": sample.array([6.0], [])})
        if c.cell == "lifecycle/tape-is-consumed@torch-cpu-compiled"
        else c
        for c in rich().cells
    ]
    return replace(rich(), cells=tuple(cells))


@cache
def report() -> str:
    """The report of ``rich`` beside ``earlier``."""
    return to_html.render(rich(), earlier())


@cache
def operations() -> str:
    """The report of a derivative case."""
    return to_html.render(derivatives())


@cache
def difference() -> str:
    """The page of ``gradconf diff``: one broken, fixed, added and removed."""
    return to_diff_html.render(sample.sample(), later())
