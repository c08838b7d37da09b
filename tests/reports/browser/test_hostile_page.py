"""Titles, messages, sources and axis values that attack: in a browser nothing of them runs, loads or moves the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pages
import pytest
import sample
from test_hostile_results import TEXTS, hostile_cell

from conformance_reports import to_diff_html, to_html

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from watched import Open

    from conformance.results import Results

MORE = {
    "handlers": "<img src=x onerror=alert(1)><svg onload=alert(1)><a href='javascript:alert(1)'>x</a>",
    "noscript": "</noscript><script>alert(1)</script><style>*{display:none}</style>",
    "comment": "<!-- --!> <script> <!--",
    "template": "{{ 7*7 }} {% raw %} ${alert(1)} `",
    "dialog": "</dialog></details></table></main><form action=http://e.example><button autofocus>",
    "prototype": "__proto__",
    "zalgo": "z" + "\u0335\u0321\u0322\u0317" * 500,
    "one long word": "w" * 20_000,
}

ALL_TEXTS = {**TEXTS, **MORE}


@cache
def hostile() -> Results:
    """One case for each text: it is the title, the note, the program, the tag, and every text of its cell."""
    cases, cells = [], []
    for number, text in enumerate(ALL_TEXTS.values()):
        name = f"hostile/text-{number}"
        case = replace(sample.HOSTILE_CASE, case=name, title=text, program=text, note=text, about=text, tags=(text,))
        cases.append(replace(case, file=text))
        cells.append(replace(hostile_cell(text), case=name, cell=f"{name}[{text[:500]}]@torch-cpu-eager"))
    return sample.results_of(cells, cases=cases, text=ALL_TEXTS["script"])


@cache
def findings() -> Results:
    """The same of derivative cases that fail: each text is an operation, a way, a data type and a point as well."""
    results = hostile()
    cases = [replace(case, points={case.title: case.title}) for case in results.cases]
    cells = [
        replace(
            cell, cell=f"{cell.case}[op={text[:500]},way=reverse,dtype=float32]@torch-cpu-eager",
            verdict="known", known="bug",
            axes={"op": text, "way": text, "dtype": text},
        )
        for cell, text in zip(results.cells, ALL_TEXTS.values(), strict=True)
    ]  # fmt: skip
    return sample.results_of(cells, cases=cases, text=ALL_TEXTS["script"])


@cache
def document(results: Callable[[], Results] = hostile) -> str:
    return to_html.render(results())


def assert_only_ours(page: Page) -> None:
    """Nothing that a text could have brought in: elements, handlers, addresses, hidden characters."""
    assert page.locator("img, iframe, object, embed, link, base, audio, video, form[action]").count() == 0
    assert page.locator("script").count() <= 2
    handlers = "() => [...document.querySelectorAll('*')].flatMap(n => n.getAttributeNames())"
    assert [name for name in page.evaluate(handlers) if name.startswith("on")] == []
    links = page.evaluate("() => [...document.querySelectorAll('a')].map(a => a.getAttribute('href'))")
    assert {re.split("[:?/]", str(link))[0] for link in links if not str(link).startswith("#")} <= {"http", "https"}
    text = str(page.evaluate("() => document.body.innerText"))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize("results", [hostile, findings])
@pytest.mark.parametrize("width", [400, 1400])
def test_every_section_and_drawer_stays_what_it_is(width: int, results: Callable[[], Results], open_page: Open) -> None:
    page = open_page(document(results), viewport={"width": width, "height": 900}).page
    assert page.locator("#findings tbody tr").count() == (len(ALL_TEXTS) if results is findings else 0)
    for name in pages.open_sections(page):
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, name
    assert_only_ours(page)
    page.evaluate("() => { location.hash = 'matrix' }")
    page.locator("table.matrix").wait_for()
    slugs = page.evaluate("() => [...document.querySelectorAll('tr.case')].map(row => row.dataset.case)")
    assert len(slugs) == len(ALL_TEXTS)
    dialog = page.get_by_role("dialog")
    for slug in slugs:
        page.evaluate("slug => { location.hash = 'case/' + slug }", slug)
        dialog.wait_for()
        page.evaluate("() => document.querySelectorAll('dialog details').forEach(box => { box.open = true })")
        assert dialog.evaluate("node => node.scrollWidth <= node.clientWidth"), slug
        assert_only_ours(page)
    assert page.evaluate("() => Object.keys(Object.prototype).length") == 0


def test_the_text_is_shown_as_text(open_page: Open) -> None:
    page = open_page(document(), "#case/hostile/text-0").page
    text = page.get_by_role("dialog").inner_text()
    assert "</script><script>alert(1)</script>" in text
    page.evaluate("() => { location.hash = 'case/hostile/text-2' }")
    page.get_by_role("heading", level=2, name="⟨U+202E⟩abc⟨U+2066⟩def").wait_for()


def test_hostile_words_are_searched_for_like_others(open_page: Open) -> None:
    page = open_page(document(), "#matrix").page
    for word in ("<script>", "\\", "(", "[", "__proto__", "\"'", "${"):
        page.locator("#filters").get_by_role("searchbox").fill(word)
        page.wait_for_timeout(100)
        assert page.locator("#shown").inner_text().endswith("cases")
        assert page.locator("tr.case:visible").count() >= 1, word


def test_without_javascript_nothing_of_it_is_an_element(open_page: Open) -> None:
    page = open_page(document(), ready=False, java_script_enabled=False).page
    assert page.locator("#matrix details.plain").count() == len(ALL_TEXTS)
    assert page.locator("main img, main iframe, main script, main style, main form[action]").count() == 0


def test_a_megabyte_of_text_keeps_the_page_small() -> None:
    assert len(document().encode()) < 3_000_000


def test_the_diff_of_it_is_harmless_as_well(open_page: Open) -> None:
    before = sample.results_of([], cases=())
    page = open_page(to_diff_html.render(before, hostile()), ready=False).page
    page.evaluate("() => document.querySelectorAll('details').forEach(box => { box.open = true })")
    for width in (400, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert_only_ours(page)


def test_the_watch_sees_what_it_has_to_see(open_page: Open) -> None:
    bad = (
        "<!doctype html><title>x</title><script>alert(1); console.error('no')</script><img src='http://127.0.0.1:9/x'>"
    )
    seen = open_page(bad, ready=False)
    assert seen.dialogs == ["1"]
    assert "http://127.0.0.1:9/x" in seen.requests
    assert "error: no" in seen.console
    with pytest.raises(AssertionError):
        seen.assert_harmless()
    for found in (seen.dialogs, seen.requests, seen.console):
        found.clear()
