"""axe-core on every section of the report and on the diff, light and dark: nothing serious, nothing critical.

axe-core comes with the Python package ``axe-playwright-python``, which holds it as one file.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pages
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from watched import Open

DRAWERS: dict[Callable[[], str], tuple[str, ...]] = {
    pages.report: ("lifecycle/tape-is-consumed", "training/linear-model", "casting/through-a-cast"),
    pages.operations: ("derivatives/elementary",),
}
"""The cases of each report whose drawers are looked at."""

UNFOLD = "selector => document.querySelectorAll(selector).forEach(box => { box.open = true })"


@cache
def axe() -> str:
    spec = importlib.util.find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        pytest.skip(
            "axe-core is not installed (pip install axe-playwright-python): accessibility was not tested"
        )  # fmt: skip
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Return what axe finds serious or critical: rule, help, and the first places."""
    found: list[dict[str, Any]] = page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
    )
    return [
        f"{item['impact']} {item['id']}: {item['help']}: "
        + "; ".join(f"{node['target']} {node['html'][:120]}" for node in item["nodes"][:3])
        for item in found
        if item["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("report", [pages.report, pages.operations])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_section_and_no_drawer_of_a_report_has_a_serious_violation(
    scheme: str, report: Callable[[], str], open_page: Open
) -> None:
    source = axe()
    page = open_page(report(), color_scheme=scheme).page
    page.evaluate(source)
    for name in pages.open_sections(page):
        page.evaluate(UNFOLD, f"#{name} details")
        assert violations(page) == [], name
    for case in DRAWERS[report]:
        page.evaluate("name => { location.hash = name }", f"case/{case}")
        page.get_by_role("dialog").wait_for()
        page.evaluate(UNFOLD, "dialog details")
        page.wait_for_timeout(50)
        assert violations(page) == [], case


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_diff_has_no_serious_violation(scheme: str, open_page: Open) -> None:
    source = axe()
    page = open_page(pages.difference(), ready=False, color_scheme=scheme).page
    page.evaluate(UNFOLD, "details")
    page.evaluate(source)
    assert violations(page) == []


def test_without_javascript_the_tables_have_no_serious_violation(open_page: Open) -> None:
    source = axe()
    document = pages.report().replace("<noscript>", "<div>").replace("</noscript>", "</div>")
    scripted = document.rpartition("<script>")[0]  # axe itself needs scripts: the page's own one is taken out
    page = open_page(scripted, ready=False).page
    page.evaluate(UNFOLD, "details")
    page.evaluate(source)
    assert violations(page) == []


def test_axe_finds_what_is_there(open_page: Open) -> None:
    source = axe()
    bad = "<!doctype html><title>x</title><p style='color: #ccc; background: #fff'>faint</p><button></button>"
    page = open_page(bad, ready=False).page
    page.evaluate(source)
    found = " ".join(violations(page))
    assert "color-contrast" in found and "button-name" in found and "html-has-lang" in found
