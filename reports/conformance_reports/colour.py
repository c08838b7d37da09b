"""Python source turned into HTML with a few short elements; the style sheet gives them their colours."""

from __future__ import annotations

import html
from functools import lru_cache
from typing import Final

from markupsafe import Markup
from pygments.lexers.python import PythonLexer
from pygments.token import Token, _TokenType

from conformance_reports.visible import SOURCE, visible

_ELEMENTS: Final[tuple[tuple[_TokenType, str], ...]] = (
    (Token.Keyword, "b"),
    (Token.Operator.Word, "b"),
    (Token.Comment, "i"),
    (Token.Literal.String, "em"),
    (Token.Name.Decorator, "var"),
    (Token.Name.Function, "var"),
)
"""Few and short, because a page holds thousands of sources: names, numbers and punctuation stay plain text."""


@lru_cache(maxsize=4096)
def python_html(source: str, marked: int | None = None) -> Markup:
    """Return the source as HTML for a ``pre``; line ``marked`` (1-based), the one that raised, stands in a ``mark``."""
    text = visible(source.rstrip("\n"), SOURCE)
    lines: list[list[tuple[str | None, str]]] = [[]]
    for kind, part in _LEXER.get_tokens(text):
        name = _element_of(kind)
        for number, piece in enumerate(part.split("\n")):
            if number:
                lines.append([])
            if piece and lines[-1] and lines[-1][-1][0] == name:
                lines[-1][-1] = (name, lines[-1][-1][1] + piece)
            elif piece:
                lines[-1].append((name, piece))
    shown = ["".join(_element(name, piece) for name, piece in line) for line in lines]
    if marked is not None and 1 <= marked <= len(shown):
        shown[marked - 1] = f"<mark>{shown[marked - 1]}</mark>"
    return Markup("\n".join(shown))


_LEXER: Final = PythonLexer(stripnl=False, ensurenl=False)


def _element(name: str | None, piece: str) -> str:
    """Return a piece of source as an element's text; quotes need no escape there."""
    text = html.escape(piece, quote=False)
    return text if name is None else f"<{name}>{text}</{name}>"


@lru_cache(maxsize=512)
def _element_of(kind: _TokenType) -> str | None:
    return next((element for token, element in _ELEMENTS if kind[: len(token)] == token), None)
