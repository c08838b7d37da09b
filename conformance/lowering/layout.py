"""Native source laid out as people write it: top-level functions and classes stand apart by a blank line."""

from __future__ import annotations

from collections.abc import Iterable

Line = tuple[str, int | None]
"""A line of native source, with the program line that it came from."""

_HEADS = ("def ", "class ", "@")


def laid_out(lines: Iterable[Line]) -> list[Line]:
    """Return the lines with one blank line before and after every top-level definition; other lines stay as they are.

    Decorators belong to their definition. Blank lines come from no line of the program.
    """
    apart: list[Line] = []
    inside = decorated = False
    for line in lines:
        text = line[0]
        heads = text.startswith(_HEADS)
        top_level = bool(text) and not text[0].isspace() and not text.startswith(")")
        ends = inside and top_level and not decorated
        if ((heads and not decorated) or ends) and apart and apart[-1][0]:
            apart.append(("", None))
        if top_level:
            inside, decorated = heads, text.startswith("@")
        apart.append(line)
    return apart
