"""Untrusted text turned into pieces of GitHub-flavoured Markdown that mean nothing but themselves."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Final

from conformance_reports.visible import SOURCE, TITLE, one_line, visible

_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]()#+|~<>&@]|:(?=//)|(?<=www)\.")


def plain(text: str, limit: int = TITLE) -> str:
    """Return text as one line of prose: every character that Markdown or HTML reads is escaped."""
    return _SPECIAL.sub(_escape, one_line(text, limit))


def _escape(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};" if match[0] in "<>&@:." else "\\" + match[0]


def html_text(text: str, limit: int = TITLE) -> str:
    """Return text as one line inside an HTML element, where Markdown is not read but mentions and links are."""
    shown = html.escape(one_line(text, limit)).replace("@", "&#64;")
    return re.sub(r":(?=//)", "&#58;", shown)


def code(text: str, limit: int = TITLE) -> str:
    """Return text as a code span that also stands in a table's cell."""
    shown = one_line(text, limit).replace("|", "¦")
    if not shown:
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def block(text: str, language: str = "") -> str:
    """Return text as a fenced block whose fence is longer than any in it."""
    shown = visible(text.rstrip("\n"), SOURCE)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    return f"{fence}{language}\n{shown}\n{fence}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows, the first of them headings, as a table; the cells are Markdown already."""
    head, *body = rows
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *body]]
    return "\n".join(lines)
