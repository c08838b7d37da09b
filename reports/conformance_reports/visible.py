"""Untrusted text turned into text that is safe to show: control and bidi characters made visible, length bounded.

Titles, messages, native sources and axis values come from case files, frameworks and results files of others. Escaping
for HTML, XML or Markdown comes after this, in the format's own module.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

TITLE: Final = 300
"""Characters of a title, an identifier or an axis value that are shown: two lines on a wide screen."""

MESSAGE: Final = 2_000
"""Characters of a message, an observed answer or a warning: a screenful."""

SOURCE: Final = 20_000
"""Characters of a program or a native source: the bound that the case model has for a program."""

_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and newline
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # bidi, zero-width, separators
    "\U000e0000-\U000e007f"  # tags
    "\ud800-\udfff\ufffe\uffff]"  # lone surrogates and non-characters, which XML and UTF-8 refuse
)
_LINES: Final = re.compile(r"\r\n?")
_MARKS: Final = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACKED: Final = re.compile(f"({_MARKS}{{4}})({_MARKS}+)")
"""More combining marks than any language puts on one letter: they are painted over what stands around them."""


def visible(text: str, limit: int = MESSAGE) -> str:
    """Return the text with hidden characters written as ``⟨U+202E⟩``, cut after ``limit`` characters with a note.

    Combining marks beyond four on one letter are counted instead.
    """
    cut = text if len(text) <= limit else f"{text[:limit]}… [{len(text) - limit:,} more characters are not shown]"
    shown = _HIDDEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", _LINES.sub("\n", cut))
    return _STACKED.sub(lambda match: f"{match[1]}⟨{len(match[2]):,} more marks⟩", shown)


def one_line(text: str, limit: int = TITLE) -> str:
    """Return ``visible`` text with every run of white space as one space."""
    return _short_line(text, limit) if len(text) <= TITLE else _line(text, limit)


def _line(text: str, limit: int) -> str:
    return visible(" ".join(text[: 4 * limit].split()) + text[4 * limit :], limit)


_short_line: Final = lru_cache(maxsize=1 << 14)(_line)
"""Ids, versions and axis values stand in a results file thousands of times; long texts are not kept."""


def web_address(url: str | None) -> str | None:
    """Return the address if it is one that a page may link to (http or https), else None."""
    if not url or _HIDDEN.search(url) or len(url) > MESSAGE:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None
