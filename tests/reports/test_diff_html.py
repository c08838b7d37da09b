"""The diff as a page: everything that changed is text of it, nothing is loaded, and nothing runs."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest
import sample
from test_gold import later
from test_to_html import Page

from conformance.results import CellRecord, Results
from conformance_reports import to_diff_html

HOSTILE_CELLS = sample.hostile().cells


def renamed() -> Results:
    first = sample.sample()
    name, new = "watching/constant-needs-watch", "watching/a-constant-has-to-be-watched"
    cells = [replace(c, case=new, cell=c.cell.replace(name, new)) if c.case == name else c for c in first.cells]
    cases = [replace(c, case=new) if c.case == name else c for c in first.cases]
    return sample.results_of(cells, cases=cases)


def test_what_changed_is_text_of_the_page() -> None:
    text = " ".join(Page(to_diff_html.render(sample.sample(), later())).text.split())
    for wanted in (
        "1 broken, 1 fixed, 1 added, 1 removed; 34 the same.",
        "Something is broken.",
        "2.13.02.14.0 changed",
        "framework PyTorch 2.13.0 → 2.14.0",
        "watching/constant-needs-watch@torch-cpu-eager",
        "A constant has no gradient unless it is watched",
        "conforms → contradicts",
        "gradconf repro watching/constant-needs-watch -f torch",
        "dy_dx, = torch.autograd.grad(y, x)",
    ):
        assert wanted in text, wanted


def test_a_renamed_case_says_what_it_was() -> None:
    text = " ".join(Page(to_diff_html.render(sample.sample(), renamed())).text.split())
    assert "Nothing is broken." in text
    new, old = "a-constant-has-to-be-watched", "constant-needs-watch"
    assert f"watching/{new}@torch-cpu-eager was watching/{old}@torch-cpu-eager" in text


def test_a_changed_program_shows_its_lines_with_their_signs() -> None:
    first = sample.green()
    case = first.cases[0]
    edited = replace(case, program=(case.program or "").replace("x ** 2", "x ** 3"))
    cells = [replace(c, verdict="contradicts") if c.framework == "jax" else c for c in first.cells]
    page = Page(to_diff_html.render(first, sample.results_of(cells, cases=[edited])))
    lines = page.text.split("\n")
    assert "-    y = x ** 2" in lines and "+    y = x ** 3" in lines
    assert "the case changed: its program" in page.text


def test_the_same_results_are_a_page_as_well() -> None:
    assert "No cell changed; 37 are the same." in Page(to_diff_html.render(sample.sample(), sample.sample())).text


def test_an_incomplete_side_is_a_banner() -> None:
    cut = sample.results_of(sample.sample().cells, footer=False)
    assert "The second file is incomplete" in Page(to_diff_html.render(sample.sample(), cut)).text


@pytest.mark.parametrize(("before", "after"), [((), HOSTILE_CELLS), (HOSTILE_CELLS, ())])
def test_nothing_is_loaded_and_nothing_runs(before: tuple[CellRecord, ...], after: tuple[CellRecord, ...]) -> None:
    cases = sample.hostile().cases
    page = to_diff_html.render(sample.results_of(before, cases=cases), sample.results_of(after, cases=cases))
    parsed = Page(page)
    assert not {"script", "img", "link", "iframe", "object", "embed", "base"} & set(parsed.elements)
    assert parsed.values("src") == parsed.values("style") == []
    assert [name for _, name, _ in parsed.attributes if name.startswith("on")] == []
    assert [link for link in parsed.values("href") if not link.startswith("#")] == []
    ids = parsed.values("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in parsed.values("href")} <= set(ids)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert parsed.values("content", "meta")[0] == (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-{digest}'"
    )


def test_megabytes_of_text_are_cut() -> None:
    huge = "x" * 1_000_000
    before = sample.cell("a/b", "torch", "eager")
    after = replace(
        before, verdict="contradicts", message=huge, native=huge, because=huge,
        observations={huge: {"kind": "other", "type": huge, "repr": huge}},
        raised={"type": huge, "message": huge, "traceback": huge},
    )  # fmt: skip
    page = to_diff_html.render(sample.results_of([before], cases=()), sample.results_of([after], cases=()))
    assert len(page) < 100_000


def test_ten_thousand_changes_are_a_page_that_opens() -> None:
    before = sample.many(1200)
    broken = [replace(cell, verdict="contradicts", message="no") for cell in before.cells]
    page = to_diff_html.render(before, sample.results_of(broken, cases=before.cases))
    assert "1,200 broken" in page
    assert len(page) < 4_000_000
