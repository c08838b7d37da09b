"""The HTML page: complete without scripts, harmless whatever its texts are, and as small as it is meant to be."""

import base64
import hashlib
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
import sample

from conformance_reports import summary, to_html

VOID = frozenset({"meta", "input", "br", "rect", "path", "circle"})


class Page(HTMLParser):
    """Collects elements, attributes, ids, links and visible text, and checks that elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag in ("th", "td", "tr"):
            self._end_implied(("th", "td") if tag != "tr" else ("th", "td", "tr"))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("tr", "table", "thead", "tbody"):
            self._end_implied(("th", "td") if tag == "tr" else ("th", "td", "tr"))
        assert self._open.pop() == tag

    def _end_implied(self, tags: tuple[str, ...]) -> None:
        """Close the elements whose end tag HTML lets a table leave out."""
        while self._open[-1] in tags:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self.text += data

    def values(self, name: str, tag: str | None = None) -> list[str]:
        return [value for t, n, value in self.attributes if n == name and tag in (None, t)]


@cache
def html_of(name: str) -> str:
    return to_html.render(getattr(sample, name)())


@pytest.mark.parametrize("name", ["green", "sample", "hostile"])
def test_the_page_is_well_formed_with_unique_ids_and_links_that_lead_somewhere(name: str) -> None:
    page = Page(html_of(name))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    inside = [link[1:] for link in page.values("href") if link.startswith("#") and not link.startswith("#?")]
    assert [link for link in inside if link not in ids] == []


def test_everything_that_a_reader_looks_for_is_text_of_the_page() -> None:
    text = Page(html_of("sample")).text
    for wanted in (
        summary.verdict_sentence(sample.sample()),
        "A constant has no gradient unless it is watched",
        "its gradient is None until it is watched",
        "jax.grad differentiates with respect to the arguments it is told to",
        "with tf.GradientTape() as t:",
        "torch.autograd.grad(y, x)",
        "gradconf repro lifecycle/tape-is-consumed -f torch --mode compiled",
        "torch worker ended with signal 11",
        "6 absolute, 1 relative, 1.26e+07 ULP, 1.58e+06 of the tolerance",
        "UserWarning: lru_cache is ignored by dynamo",
        "A second call to gradient on a tape that is not persistent returns None.",
        "The cast loses its gradient on this version.",
        "no longer fails as stated",
        "the run was stopped before this cell",
        "A gradient is a pure function: there is nothing that could be consumed.",
        "Linux 6.1 (Debian 12)",
        "loss by step",
        "last value within 0.01 ± 0.005",
        "fit over the inputs",
        "eager ≠ compiled",
    ):
        assert wanted in text, wanted


def test_every_verdict_stands_with_its_sign_and_its_word() -> None:
    text = " ".join(Page(html_of("sample")).text.split())
    for verdict, symbol in summary.SYMBOLS.items():
        assert f"{symbol} {verdict}" in text


def test_nothing_is_loaded_and_only_our_own_script_may_run() -> None:
    page = html_of("hostile")
    parsed = Page(page)
    assert parsed.elements.count("script") == parsed.elements.count("style") == 1
    assert not {"img", "link", "iframe", "object", "embed", "base", "video", "audio"} & set(parsed.elements)
    assert parsed.values("src") == parsed.values("style") == []
    assert [name for _, name, _ in parsed.attributes if name.startswith("on")] == []
    assert {link.partition(":")[0] for link in parsed.values("href") if not link.startswith("#")} == {"https"}
    policy = parsed.values("content", "meta")[0]
    assert policy.startswith("default-src 'none'; ")
    for element in ("style", "script"):
        match = re.search(f"<{element}>(.*?)</{element}>", page, re.DOTALL)
        assert match is not None
        digest = base64.b64encode(hashlib.sha256(match[1].encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy


def test_hostile_text_is_shown_and_does_nothing() -> None:
    page = html_of("hostile")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)
    assert "⟨U+202E⟩gnp.exe ⟨U+0000⟩" in page
    assert "{{ 7*7 }}" in page
    assert "javascript:alert(1)" in Page(page).text
    page.encode()


def test_a_megabyte_of_text_is_cut_with_a_note() -> None:
    huge = "x" * 1_000_000
    cell = sample.cell(
        "a/huge", "torch", "eager", "contradicts", message=huge, native=huge, output=huge, because=huge,
        axes={huge: huge}, observations={huge: {"kind": "other", "type": huge, "repr": huge}},
        raised={"type": huge, "message": huge, "traceback": huge},
        checks=(replace(sample.number_check("dy_dx", 6.0), kind="contradicts", expected=huge, observed=huge),),
    )  # fmt: skip
    page = to_html.render(sample.results_of([cell], cases=()))
    assert "more characters are not shown" in page
    assert len(page) < 200_000


def test_a_native_source_that_both_modes_ran_is_there_once() -> None:
    cells = [sample.cell("a/b", "torch", mode, native="import torch\nonly_here = 1\n") for mode in sample.MODES]
    page = to_html.render(sample.results_of(cells, cases=()))
    assert page.count("only_here") == 1
    assert "eager and compiled" in page


def test_the_line_that_raised_is_marked() -> None:
    marked = re.search("<mark>(.*?)</mark>", html_of("green"))
    assert marked is not None
    assert marked[1] == "dy_dx, = torch.autograd.grad(y, x)"


def test_a_banner_tells_why_a_run_is_not_whole_and_a_whole_run_has_none() -> None:
    assert 'class="banner"' in html_of("sample")
    assert 'class="banner"' not in html_of("green")


def test_results_without_a_cell_or_a_case_are_a_page_as_well() -> None:
    assert "Nothing ran" in Page(to_html.render(sample.results_of([], cases=()))).text
    assert "no cell in these results" in Page(to_html.render(sample.results_of([]))).text


def test_the_page_is_the_same_every_time() -> None:
    assert to_html.render(sample.sample()) == html_of("sample")


def test_fifteen_hundred_cells_stay_below_two_megabytes() -> None:
    assert len(html_of_many().encode()) <= 2_000_000


@cache
def html_of_many() -> str:
    return to_html.render(sample.many(1500))


def browser() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is not installed: what the page does in a browser was not tested")
    return path


def document_after_loading(page: str, folder: Path, fragment: str = "") -> str:
    file = folder / "report.html"
    file.write_text(page, encoding="utf-8")
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
             "--disable-component-update", "--no-first-run", f"--user-data-dir={folder / 'profile'}")  # fmt: skip
    done = subprocess.run(
        [browser(), *flags, "--dump-dom", file.as_uri() + fragment],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def cases_of(document: str) -> dict[str, bool]:
    """Return case id → whether it is shown."""
    tags = re.findall('<details class="case[^>]*>', document)
    return {re.findall('id="([^"]*)"', tag)[0]: " hidden" not in tag for tag in tags}


def test_the_script_runs_under_the_policy_and_hostile_text_does_not(tmp_path: Path) -> None:
    document = document_after_loading(html_of("hostile"), tmp_path)
    assert re.search('<form class="filters" id="filters">', document)
    assert document.count("<script") == 1
    assert all(cases_of(document).values())


@pytest.mark.parametrize(
    ("fragment", "shown"),
    [
        ("#?verdict=contradicts", {"lifecycle/tape-is-consumed"}),
        ("#?verdict=differs&framework=torch", set()),
        ("#?area=training", {"training/linear-model"}),
        ("#?q=assign_sub", {"training/linear-model"}),
        ("#?frameworks=1&q=watch+list", {"watching/constant-needs-watch"}),
        ("#?modes=1", {"lifecycle/tape-is-consumed", "casting/through-a-cast"}),
    ],
)
def test_filters_in_the_address_leave_the_cases_that_fit(fragment: str, shown: set[str], tmp_path: Path) -> None:
    document = document_after_loading(html_of("sample"), tmp_path, fragment)
    assert {name for name, visible in cases_of(document).items() if visible} == shown


def test_a_link_to_a_case_opens_it(tmp_path: Path) -> None:
    document = document_after_loading(html_of("sample"), tmp_path, "#casting/through-a-cast-dtype-float16")
    tags = re.findall('<details class="(?:case|variant)[^>]*>', document)
    assert {re.findall('id="([^"]*)"', tag)[0] for tag in tags if "open" in tag} == {
        "casting/through-a-cast",
        "casting/through-a-cast-dtype-float16",
    }
