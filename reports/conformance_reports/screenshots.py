"""A report page → the two pictures of it that the README shows; run by ``make screenshots``.

Debian's Chromium is driven by Playwright, as in the browser tests; nothing is downloaded.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

VIEWS: Final = {
    "overview": ("#overview", "light"),
    "case": ("#matrix?case=watching/constant-needs-watch", "dark"),
}
"""The address and the colour scheme of each picture."""

SIZE: Final = {"width": 1400, "height": 1000}


def take(page: Path, folder: Path) -> None:
    """Write one PNG a view of a report into a folder."""
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for name, (address, scheme) in VIEWS.items():
            context = browser.new_context(
                viewport={"width": SIZE["width"], "height": SIZE["height"]},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            tab = context.new_page()
            tab.goto(f"{page.resolve().as_uri()}{address}")
            tab.wait_for_selector("html[data-ready=true]")
            tab.screenshot(path=folder / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]), Path(sys.argv[2]))
