"""Observed values and expectations turned into the few words that messages and tables show."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from conformance.elements import LITERAL, literal, rows_of
from conformance.expectation import (
    DictOf,
    Equals,
    Expectation,
    HasForm,
    IsWord,
    ListOf,
    Raises,
    SameAs,
    SameStructure,
    Series,
    Within,
)
from conformance.formats import format_of
from conformance.observation import Array, Entries, Items, Nothing, Number, Observed, Other, Scalar

if TYPE_CHECKING:
    from conformance.adapter import Unconnected


def describe(value: Observed) -> str:
    """Return a value in a few words: ``6.0001 (float32, shape ())``, ``None``, ``a list of 3: …``."""
    match value:
        case Array():
            form = "" if value.form is None else f", {value.form}"
            return f"{nested(value)} ({value.dtype}, shape {value.shape}{form})"
        case Scalar():
            return (
                repr(value.value)
                if isinstance(value.value, str | bool)
                else f"{digits(value.value)} (Python {type(value.value).__name__})"
            )
        case Nothing():
            return "None"
        case Items():
            shown = ", ".join(describe(item) for item in value.items[:4])
            return short(f"a list of {len(value.items)}: [{shown}{', …' if len(value.items) > 4 else ''}]", 200)
        case Entries():
            shown = ", ".join(f"{key}: {describe(item)}" for key, item in list(value.items.items())[:4])
            return short(f"a dictionary of {len(value.items)}: {{{shown}}}", 200)
        case Other():
            return short(f"{value.type}: {value.repr}", 120)


def expected_text(form: Expectation, unconnected: Unconnected | None = None) -> str:
    """Return an expectation in a few words, with the framework's own way to say unconnected where it is given."""
    match form:
        case IsWord(word="unconnected") if unconnected is not None:
            return "unconnected: " + {"none": "None", "zeros": "zeros", "raises": unconnected.type}[unconnected.as_]
        case IsWord(word="none"):
            return "None"
        case IsWord():
            return form.word
        case Equals():
            text = repr(form.value) if isinstance(form.value, str) else target_text(literal(form.value))
            return text if form.dtype is None else f"{text} ({form.dtype})"
        case HasForm():
            said = [] if form.shape is None else [f"shape {form.shape}"]
            return ", ".join(said + ([] if form.dtype is None else [f"dtype {form.dtype}"]))
        case Within():
            return short(f"within [{form.lo}, {form.hi}]", 120)
        case SameAs():
            return f"equal to {form.name}"
        case SameStructure():
            return f"the structure of {form.name}"
        case Series():
            return _series_text(form)
        case ListOf():
            return short("[" + ", ".join(expected_text(item, unconnected) for item in form.items) + "]", 200)
        case DictOf():
            items = (f"{key}: {expected_text(item, unconnected)}" for key, item in form.items.items())
            return short("{" + ", ".join(items) + "}", 200)
        case Raises():
            text = form.type + ("" if form.match is None else f" with {form.match!r} in its message")
            return text if form.at is None else f"{text} at program line {form.at}"


def _series_text(form: Series) -> str:
    said = ["never rises"] if form.decreases else []
    said += [] if form.below is None else [f"ends below {digits(form.below)}"]
    said += [] if form.near is None else [f"ends within {form.atol} of {short(str(form.near), 80)}"]
    said += [] if form.length is None else [f"has {form.length} values"]
    return ", ".join(said)


def target_text(target: Observed) -> str:
    """Return a literal by its numbers alone, anything else described."""
    return nested(target) if isinstance(target, Array) and target.dtype == LITERAL else describe(target)


def nested(value: Array) -> str:
    """Return the numbers of an array, bracketed by row, the first few of many."""
    if not value.shape:
        return digits(value.data[0], value.dtype)
    if len(value.data) > 12:
        return f"[{', '.join(digits(x, value.dtype) for x in value.data[:6])}, … {len(value.data)} elements]"
    if len(value.shape) == 1:
        return f"[{', '.join(digits(x, value.dtype) for x in value.data)}]"
    rows = rows_of(replace(value, form=None)) or ()
    return f"[{', '.join(nested(row) for row in rows if isinstance(row, Array))}]"


def element(place: str, index: int, value: Array) -> str:
    """Return the place of one element with its value, dtype and the array's shape."""
    where = ", ".join(str(int(i)) for i in np.unravel_index(index, value.shape)) if value.shape else ""
    kind = f"Python {value.dtype}" if value.dtype in ("int", "float") else f"{value.dtype}, shape {value.shape}"
    return f"{place}{f'[{where}]' if where else ''} is {digits(value.data[index], value.dtype)} ({kind})"


def digits(x: Number, dtype: str = "float64") -> str:
    """Return a number in the shortest digits that its dtype needs, whole numbers without a point."""
    if isinstance(x, bool | int):
        return str(x)
    if isinstance(x, complex):
        return f"{digits(x.real, dtype)}{'' if math.copysign(1, x.imag) < 0 else '+'}{digits(x.imag, dtype)}j"
    form = format_of(dtype)
    if form is not None and form.precision < 53:
        with np.errstate(over="ignore"):
            text = str(np.float16(x)) if form.precision == 11 else str(np.float32(x))
    else:
        text = repr(float(x))
    return text.removesuffix(".0")


def count(wrong: int, size: int, what: str = "elements are outside") -> str:
    """Return ``(3 of 4 elements are outside)``, or nothing where there is but one."""
    return f" ({wrong} of {size} {what})" if size > 1 else ""


def short(text: str, limit: int) -> str:
    """Return a text on one line, cut to a number of characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


_FRAME: Final = re.compile(r' *File "[^"]*", line \d+, in ')


def exception_line(text: str, limit: int) -> str:
    """Return what an exception says, on one line and cut, without the frames that a compiler puts into its message.

    ``in user code: File "…", line 5, in f  y = tf.scan(tf.add, x) …`` would be cut before it says anything.
    """
    kept: list[str] = []
    frame: int | None = None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if frame is not None and line.strip() and indent > frame:
            continue
        frame = indent if _FRAME.match(line) else None
        kept += [line] if frame is None else []
    return short(" ".join(kept), limit)
