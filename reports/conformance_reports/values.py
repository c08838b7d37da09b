"""The JSON form of observations and expectations turned into short text, series of numbers, and equality of answers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from conformance_reports.visible import MESSAGE, TITLE, one_line, visible

if TYPE_CHECKING:
    from conformance.results import CellRecord

SHOWN: Final = 12
"""Elements of an array that are shown: what fits into a column of a third of a wide screen."""

_SERIES_FORMS: Final = frozenset({"decreases", "below", "final", "length"})
_VARYING: Final = re.compile(r"0x[0-9a-fA-F]+|\d+")


def number(x: object) -> str:
    """Return a number as people write it: seven significant digits, ``nan`` and ``inf`` as words."""
    if isinstance(x, bool) or not isinstance(x, int | float):
        if isinstance(x, Sequence) and not isinstance(x, str) and len(x) == 2:
            return f"{number(x[0])} + {number(x[1])}i"
        return one_line(str(x))
    return f"{x:.7g}"


def describe(value: object) -> str:
    """Return an encoded observation as text: the first elements, then dtype and shape."""
    if not isinstance(value, Mapping):
        return one_line(json.dumps(value, ensure_ascii=False, default=str), MESSAGE)
    match value.get("kind"):
        case "array":
            shape, data = tuple(value.get("shape", ())), value.get("data", ())
            shown = ", ".join(number(x) for x in data[:SHOWN])
            rest = f", … {len(data) - SHOWN} more" if len(data) > SHOWN else ""
            text = shown if shape == () else f"[{shown}{rest}]"
            form = f", {value['form']}" if value.get("form") else ""
            return visible(f"{text} ({value.get('dtype')}, shape {shape}{form})")
        case "scalar":
            return number(value.get("value"))
        case "none":
            return "None"
        case "list":
            return visible("[" + ", ".join(describe(item) for item in value.get("items", ())[:SHOWN]) + "]")
        case "dict":
            items = list(value.get("items", {}).items())[:SHOWN]
            return visible("{" + ", ".join(f"{one_line(str(key))}: {describe(item)}" for key, item in items) + "}")
        case _:
            return one_line(str(value.get("repr", value)), MESSAGE)


def is_series(expectation: object) -> bool:
    """Return whether an expectation, in its JSON form, speaks of a series recorded with ``track``."""
    return isinstance(expectation, Mapping) and bool(_SERIES_FORMS & expectation.keys())


def numbers_of(value: object) -> tuple[float, ...] | None:
    """Return an encoded observation as a flat series of real numbers, or None where it is not one.

    Shapes: an array of one value a step (trailing axes of length one), or a list of scalars and one-element arrays.
    """
    if not isinstance(value, Mapping):
        return None
    if value.get("kind") == "array":
        shape = tuple(value.get("shape", ()))
        if not shape or any(n != 1 for n in shape[1:]):
            return None
        return _reals(value.get("data", ()))
    if value.get("kind") != "list":
        return None
    flat: list[object] = []
    for item in value.get("items", ()):
        if not isinstance(item, Mapping):
            return None
        if item.get("kind") == "scalar":
            flat.append(item.get("value"))
        elif item.get("kind") == "array" and len(item.get("data", ())) == 1:
            flat.append(item["data"][0])
        else:
            return None
    return _reals(flat)


def _reals(data: Sequence[object]) -> tuple[float, ...] | None:
    reals: list[float] = []
    for x in data:
        if isinstance(x, bool) or not isinstance(x, int | float | str):
            return None
        try:
            reals.append(float(x))
        except (ValueError, OverflowError):
            return None
    return tuple(reals)


def axis_text(axes: Mapping[str, Any]) -> str:
    """Return axis values as ``dtype=float16, x=2``; empty where there are none."""
    return ", ".join(
        f"{one_line(str(k))}={one_line(v if isinstance(v, str) else json.dumps(v, default=str))}"
        for k, v in axes.items()
    )


def seconds_text(seconds: float | None) -> str:
    """Return a duration with its unit, three digits: ``2.31 ms``, ``1.20 s``, ``3 min 05 s``."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"


def same_answer(a: CellRecord, b: CellRecord) -> bool:
    """Return whether two cells gave the same answer: same kind of end, same structure, numbers alike.

    Numbers are alike where both passed a numeric check, or else where they agree within the rounding of a float32 sum
    (1e-5 relative, 1e-7 absolute): another order of summation is not another answer. Numbers and addresses in error
    messages are not compared.
    """
    if (a.raised is None) != (b.raised is None):
        return False
    if a.raised is not None and b.raised is not None:
        same_type = a.raised.get("type") == b.raised.get("type")
        if not same_type or _fixed_part(a.raised) != _fixed_part(b.raised):
            return False
    passed_a, passed_b = _numeric_passes(a), _numeric_passes(b)
    if a.observations.keys() != b.observations.keys():
        return False
    for name, value in a.observations.items():
        if name in passed_a and name in passed_b:
            continue
        if not _alike(value, b.observations[name]):
            return False
    return True


def _fixed_part(raised: Mapping[str, Any]) -> str:
    return _VARYING.sub("#", str(raised.get("message", ""))[:MESSAGE])


def _numeric_passes(cell: CellRecord) -> frozenset[str]:
    return frozenset(check.name for check in cell.checks if check.kind == "ok" and check.used is not None)


def _alike(a: object, b: object) -> bool:
    if isinstance(a, bool) or isinstance(b, bool) or not (isinstance(a, int | float) and isinstance(b, int | float)):
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            if a.get("kind") == "other" and b.get("kind") == "other":
                return a.get("type") == b.get("type")
            return a.keys() == b.keys() and all(_alike(value, b[key]) for key, value in a.items())
        if isinstance(a, list | tuple) and isinstance(b, list | tuple):
            return len(a) == len(b) and all(_alike(x, y) for x, y in zip(a, b, strict=True))
        return a == b
    return math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-7)


def title_text(text: str) -> str:
    """Return a title on one line, of bounded length, with nothing hidden."""
    return one_line(text, TITLE)
