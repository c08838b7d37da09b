"""The reports of the sample against the files in ``gold/``; ``gold/README.md`` says how to accept a change."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sample

from conformance.results import Results
from conformance_reports import diff, to_html, to_junit, to_markdown
from conformance_reports.compose import page_of
from conformance_reports.embed import data_of

GOLD = Path(__file__).parent / "gold"


def body_of(page: str) -> str:
    """Return the page without its data, and without style, script, and the policy that holds their hashes."""
    page = re.sub('(id="data">)[^<]*', r"\1…", page)
    page = re.sub(r"<(style|script)>.*?</\1>", r"<\1>…</\1>", page, flags=re.DOTALL)
    return re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-…", page)


def later() -> Results:
    """The sample as a newer PyTorch might give it: one cell fixed, one broken, one removed, one added."""
    first = sample.sample()
    cells = [replace(c, version="2.14.0") if c.framework == "torch" else c for c in first.cells]
    changed = []
    for cell in cells:
        if cell.cell == "lifecycle/tape-is-consumed@torch-cpu-compiled":
            cell = replace(cell, verdict="conforms", checks=(), observations={"dy_dx": sample.array([6.0], [])})
        if cell.cell == "watching/constant-needs-watch@torch-cpu-eager":
            cell = replace(
                cell, verdict="contradicts", raised=None, observations={"dy_dx": {"kind": "none"}}, checks=()
            )
        if cell.cell != "casting/through-a-cast[dtype=float16]@jax-cpu-eager":
            changed.append(cell)
    changed.append(sample.cell("watching/new-case", "jax", "eager"))
    results = sample.results_of(changed)
    targets = tuple(replace(t, version="2.14.0") if t.framework == "torch" else t for t in results.header.targets)
    return replace(results, header=replace(results.header, targets=targets))


REPORTS: dict[str, Callable[[], str]] = {
    "green.html": lambda: body_of(to_html.render(sample.green())),
    "green.data.json": lambda: f"{json.dumps(data_of(page_of(sample.green())), indent=1, ensure_ascii=False)}\n",
    "sample.junit.xml": lambda: to_junit.render(sample.sample()),
    "sample.summary.md.txt": lambda: to_markdown.render(sample.sample()),
    "diff.txt": lambda: diff.render_text(diff.compare(sample.sample(), later())),
    "diff.md.txt": lambda: diff.render_markdown(diff.compare(sample.sample(), later())),
}


@pytest.mark.parametrize("name", REPORTS)
def test_the_report_is_the_accepted_one(name: str) -> None:
    text, file = REPORTS[name](), GOLD / name
    if os.environ.get("GRADCONF_ACCEPT_GOLD"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_every_gold_file_belongs_to_a_report() -> None:
    assert {path.name for path in GOLD.iterdir()} == {*REPORTS, "README.md"}
