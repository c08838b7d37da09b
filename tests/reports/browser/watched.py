"""A page that is open in a browser, and what it did while it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


@dataclass
class Seen:
    """A page that is open, and what it did that it must not do."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def assert_harmless(self) -> None:
        assert self.console == [], "the page wrote errors or warnings to the console"
        assert self.requests == [], "the page asked for something"
        assert self.dialogs == [], "the page opened a dialog: a script of its texts ran"


Open = Callable[..., Seen]
