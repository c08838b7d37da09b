"""Text for a terminal: colour only where there is one and NO_COLOR is not set, full lines where there is none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console

STYLES: Final = {
    "conforms": "green", "differs": "cyan", "undocumented": "blue", "contradicts": "bold red", "inaccurate": "red",
    "known": "yellow", "unsupported": "dim", "not-run": "magenta", "timed-out": "magenta", "crashed": "bold magenta",
    "harness-error": "bold white on red",
}  # fmt: skip
"""A colour for every verdict; the word stands beside it, so that nothing is said by colour alone."""


def count_text(n: int, noun: str) -> str:
    """Return ``1 case`` or ``2 cases``."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def console(*, stderr: bool = False) -> Console:
    """Return the console; what is no terminal gets 140 columns and no colour."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    wide = None if stream.isatty() else 140
    return Console(file=stream, highlight=False, emoji=False, markup=False, width=wide)


def print_source(text: str, out: Console) -> None:
    """Print Python source: as it is, or coloured on a terminal."""
    if not out.is_terminal:
        out.file.write(text if text.endswith("\n") else text + "\n")
        return
    from rich.syntax import Syntax

    out.print(Syntax(text.rstrip("\n"), "python", theme="ansi_dark", background_color="default", word_wrap=True))
