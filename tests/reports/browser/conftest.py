"""A headless Chromium for the tests of this folder; each page that they open is watched while it is open.

Debian's Chromium, driven by Playwright, which is a Python package and downloads nothing here. Where either is missing
the tests are skipped, and say by name what was not tested.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from watched import Open, Seen

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    untested = "what the page does in a browser was not tested"
    reason = f"Playwright is not installed (pip install playwright): {untested}"
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip(f"Chromium is not installed (apt-get install chromium): {untested}")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Yield a function that opens a document from disk and returns the page; what it must not do fails the test."""
    yield from _opener(browser, tmp_path)


@pytest.fixture(scope="module")
def open_for_all(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Yield the same for a page that the tests of a file share."""
    yield from _opener(browser, tmp_path_factory.mktemp("pages"))


def _opener(browser: Browser, folder: Path) -> Iterator[Open]:
    opened: list[Seen] = []

    def open_(document: str, fragment: str = "", *, ready: bool = True, **options: Any) -> Seen:
        file = folder / f"page-{len(opened)}.html"
        file.write_text(document, encoding="utf-8")
        options.setdefault("viewport", {"width": 1400, "height": 900})
        context = browser.new_context(**options)
        context.set_default_timeout(10_000)
        page = context.new_page()
        seen = Seen(page)
        opened.append(seen)
        page.on("console", lambda message: _note_message(seen, message.type, message.text))
        page.on("pageerror", lambda error: seen.console.append(str(error)))
        page.on("request", lambda request: _note_request(seen, request.url, file.as_uri()))
        page.on("dialog", lambda dialog: _note_dialog(seen, dialog))
        page.goto(f"{file.as_uri()}{fragment}")
        if ready:
            page.locator("html[data-ready=true]").wait_for(state="attached")
        return seen

    yield open_
    for seen in opened:
        seen.page.context.close()
    for seen in opened:
        seen.assert_harmless()


def _note_message(seen: Seen, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        seen.console.append(f"{kind}: {text}")


def _note_request(seen: Seen, url: str, own: str) -> None:
    """Note a request for anything but the document itself."""
    if url.partition("#")[0] != own:
        seen.requests.append(url)


def _note_dialog(seen: Seen, dialog: Dialog) -> None:
    seen.dialogs.append(dialog.message)
    dialog.dismiss()
