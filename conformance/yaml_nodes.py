"""YAML text → plain values with the place of every key and value; YAML 1.2 core schema, bounded, no anchors or tags."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from conformance.errors import CaseError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES: Final = 1_000_000
"""The largest file that is read; about sixty times the largest that a person would want to edit."""

MAX_DEPTH: Final = 40
"""The deepest nesting that is read; tensors of rank eight in a case need about fifteen."""

MAX_DIGITS: Final = 400
"""The longest number that is read; the longest float64 written out has about 330 digits."""

_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Everything but printable text, tab and the line ends \n and \r. Unicode's own line ends (U+0085, U+2028, U+2029) are
# left out as YAML readers disagree about them, and direction marks as they make a file look like another one.
_FORBIDDEN: Final = re.compile(
    "[^\t\n\r -~\u00a0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_BREAK: Final = re.compile(r"\r\n|\r|\n")

_WORDS: Final[dict[str, Any]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}  # fmt: skip
_INT: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_OCTAL: Final = re.compile(r"0o[0-7]+")
_HEX: Final = re.compile(r"0x[0-9a-fA-F]+")
_NUMERIC: Final = frozenset("0123456789+-.")

Steps = tuple[str | int, ...]
"""The way from the top of a document to one of its values: keys and positions."""


@dataclass(slots=True)
class Node:
    """Where a value begins (1-based), how it was written, and the nodes below it; ``keys`` are the places of keys."""

    line: int
    column: int
    style: str | None = None
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    children: dict[str | int, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A YAML file: its plain value, and the places of everything in it."""

    file: str
    text: str = field(repr=False)
    value: Any
    root: Node = field(repr=False)

    def node(self, path: Steps) -> Node | None:
        """Return the node at a path of keys and indices, or None where there is none."""
        node: Node | None = self.root
        for step in path:
            node = None if node is None else node.children.get(step)
        return node

    def at(self, path: Steps) -> Any:
        """Return the value at a path, or None where there is none."""
        value = self.value
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def place(self, path: Steps, *, key: bool = False) -> tuple[int, int]:
        """Return line and column of the value (or key) at a path; where it is absent, of the nearest thing above."""
        node, place = self.root, (self.root.line, self.root.column)
        for step in path:
            child = node.children.get(step)
            if child is None:
                return place
            at_key = key and isinstance(step, str) and step in node.keys
            place = node.keys[str(step)] if at_key else (child.line, child.column)
            node = child
        return place

    def error(self, message: str, path: Steps, *, key: bool = False) -> CaseError:
        """Return a ``CaseError`` at the place of a path."""
        line, column = self.place(path, key=key)
        return CaseError(message, file=self.file, line=line, column=column)

    def text_place(self, path: Steps, line: int, column: int) -> tuple[int, int]:
        """Return the file's line and column for a line and column (1-based) within the text at a path.

        Exact for ``|`` blocks and texts on one line; otherwise where the text begins.
        """
        node = self.node(path)
        if node is None:
            return self.place(path)
        if node.style == "|":
            lines = _BREAK.split(self.text)
            at = node.line + line  # the text begins on the line below the `|`
            written = lines[at - 1] if at <= len(lines) else ""
            return at, self._indent(path, node, lines) + column if written.strip() else 1
        if line == 1:
            return node.line, node.column + column - (1 if node.style is None else 0)
        return node.line, node.column

    def _indent(self, path: Steps, node: Node, lines: Sequence[str]) -> int:
        for offset, content in enumerate(str(self.at(path)).split("\n")):
            if content.strip() and node.line + offset < len(lines):
                written = lines[node.line + offset]
                return len(written) - len(written.lstrip(" ")) - (len(content) - len(content.lstrip(" ")))
        return 0


def read_yaml(path: Path, *, file: str | None = None, max_bytes: int = MAX_BYTES) -> Document:
    """Return the document of a YAML file.

    Raises:
        CaseError: not readable, too large, not UTF-8, or anything that ``parse_yaml`` refuses.
    """
    file = file or path.as_posix()
    try:
        with path.open("rb") as stream:
            raw = stream.read(max_bytes + 1)
            size = path.stat().st_size if len(raw) > max_bytes else len(raw)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CaseError(f"cannot be read: {reason}; name a file or a folder that is there", file=file) from error
    if len(raw) > max_bytes:
        raise CaseError(
            f"{size:,} bytes; a file may hold at most {max_bytes:,}; split it, or make large inputs with `data`",
            file=file,
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        line, column = _place_after(before)
        raise CaseError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8; files are UTF-8; save it in that encoding",
            file=file, line=line, column=column,
        ) from error  # fmt: skip
    return parse_yaml(text, file=file)


def parse_yaml(text: str, *, file: str) -> Document:
    """Return the document of a YAML text.

    Raises:
        CaseError: text that is not YAML, control characters, duplicate keys, anchors, aliases, tags, merge keys, keys
            that are not text, more than one document, or nesting that is too deep.
    """
    stray = _FORBIDDEN.search(text)
    if stray:
        line, column = _place_after(text[: stray.start()])
        raise CaseError(
            f"character U+{ord(stray[0]):04X}; text is printable characters, tabs and line ends; take it out",
            file=file, line=line, column=column,
        )  # fmt: skip
    loader = _Loader(text)
    try:
        value, root = _compose(loader, file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(part for part in (error.problem, error.context) if part)
        raise CaseError(
            f"not YAML: {problem}; check indentation, quotes and brackets",
            file=file, line=mark.line + 1 if mark else 1, column=mark.column + 1 if mark else 1,
        ) from error  # fmt: skip
    except (yaml.YAMLError, ValueError, UnicodeError) as error:
        raise CaseError(f"not YAML: {str(error).splitlines()[0]}; check the text's encoding", file=file) from error
    finally:
        loader.dispose()
    return Document(file=file, text=text, value=value, root=root)


def _place_after(text: str) -> tuple[int, int]:
    lines = _BREAK.split(text)
    return len(lines), len(lines[-1]) + 1


class _Open:
    """A mapping or a sequence that is being read; ``key`` is the mapping's key whose value comes next."""

    __slots__ = ("key", "node", "value")

    def __init__(self, value: dict[str, Any] | list[Any], node: Node) -> None:
        self.value, self.node = value, node
        self.key: str | None = None


def _events(loader: Any) -> Iterator[Any]:
    event = loader.get_event
    while True:
        found = event()
        if isinstance(found, yaml.StreamEndEvent):
            return
        yield found


def _compose(loader: Any, file: str) -> tuple[Any, Node]:
    """Return value and node of the only document, without recursion, so that no nesting can exhaust a stack."""
    stack: list[_Open] = []
    whole: tuple[Any, Node] | None = None
    for event in _events(loader):
        kind = type(event)
        if kind is yaml.ScalarEvent:
            mark = event.start_mark
            node = Node(mark.line + 1, mark.column + 1, event.style or None)
            _refuse_decoration(event, node, file)
            try:
                value = event.value if event.style else _plain(event.value)
            except ValueError as error:
                raise CaseError(str(error), file=file, line=node.line, column=node.column) from error
            if event.style == '"' and (escaped := _FORBIDDEN.search(value)):
                raise CaseError(
                    f"an escape for U+{ord(escaped[0]):04X}; text is printable characters and line ends; take it out",
                    file=file, line=node.line, column=node.column,
                )  # fmt: skip
            if stack and isinstance(stack[-1].value, dict) and stack[-1].key is None:
                _take_key(stack[-1], value, event, node, file)
                continue
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            mark = event.start_mark
            node = Node(mark.line + 1, mark.column + 1)
            _refuse_decoration(event, node, file)
            if stack and isinstance(stack[-1].value, dict) and stack[-1].key is None:
                raise CaseError(
                    "a list or mapping as a key; keys are text; write a word",
                    file=file,
                    line=node.line,
                    column=node.column,
                )
            if len(stack) >= MAX_DEPTH:
                raise CaseError(
                    f"nested more than {MAX_DEPTH} deep; flatten it, or make the value with `data`",
                    file=file, line=node.line, column=node.column,
                )  # fmt: skip
            stack.append(_Open({} if kind is yaml.MappingStartEvent else [], node))
            continue
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            closed = stack.pop()
            value, node = closed.value, closed.node
        elif kind is yaml.AliasEvent:
            mark = event.start_mark
            raise CaseError(
                f"alias *{event.anchor}; anchors and aliases are not read; write the value out, or use `for_each`",
                file=file, line=mark.line + 1, column=mark.column + 1,
            )  # fmt: skip
        elif kind is yaml.DocumentStartEvent and whole is not None:
            mark = event.start_mark
            raise CaseError(
                "a second document; a file is one document; take the `---` out or split the file",
                file=file, line=mark.line + 1, column=mark.column + 1,
            )  # fmt: skip
        else:
            continue
        if not stack:
            whole = value, node
        else:
            _put(stack[-1], value, node)
    return whole if whole is not None else (None, Node(1, 1))


def _put(parent: _Open, value: Any, node: Node) -> None:
    if isinstance(parent.value, list):
        parent.node.children[len(parent.value)] = node
        parent.value.append(value)
    else:
        assert parent.key is not None
        parent.value[parent.key] = value
        parent.node.children[parent.key] = node
        parent.key = None


def _take_key(parent: _Open, key: Any, event: Any, node: Node, file: str) -> None:
    problem = None
    if not isinstance(key, str):
        shown = event.value or "nothing"
        problem = f"key {shown} is read as {_kind(key)}; keys are text; put it in quotes"
    elif key == "<<" and not event.style:
        problem = "merge key <<; merging is not read; write the entries out"
    elif key in parent.node.keys:
        line, column = parent.node.keys[key]
        problem = f"key {key!r} again, first at {line}:{column}; a key stands once in a mapping; take one out"
    if problem:
        raise CaseError(problem, file=file, line=node.line, column=node.column)
    parent.key = key
    parent.node.keys[key] = node.line, node.column


def _refuse_decoration(event: Any, node: Node, file: str) -> None:
    if event.anchor is not None:
        problem = f"anchor &{event.anchor}; anchors and aliases are not read; write the value out, or use `for_each`"
    elif event.tag is not None:
        problem = (
            f"tag {event.tag}; tags are not read; write a plain value, text in quotes where it looks like a number"
        )
    else:
        return
    raise CaseError(problem, file=file, line=node.line, column=node.column)


def _plain(text: str) -> Any:
    """Return the value of an unquoted scalar by the YAML 1.2 core schema; raise ``ValueError`` where too large."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if len(text) > MAX_DIGITS and any(form.fullmatch(text) for form in (_INT, _FLOAT, _OCTAL, _HEX)):
        raise ValueError(f"a number of {len(text)} digits; at most {MAX_DIGITS} are read; put text in quotes")
    if _INT.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEX.fullmatch(text):
        return int(text, 16)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise ValueError(f"{text} is beyond float64; write .inf for infinity, or put text in quotes")
        return number
    return text


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return "a truth value" if isinstance(value, bool) else "a number"
