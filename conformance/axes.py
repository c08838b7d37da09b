"""The values of a case's axes: how ids name them, and put in for ``$name`` where a case says so."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from conformance.case import AxisValue, Case

_LONGEST_LABEL: Final = 32
"""A longer axis value is shortened in the id, with six digits of its hash, so that the id stays readable and unique."""


def label_of(value: AxisValue) -> str:
    """Return how an id names a value of an axis."""
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    if len(text) <= _LONGEST_LABEL and not set(text) & set("\n@"):
        return text
    return f"{text[: _LONGEST_LABEL // 2].split()[0]}~{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def axis_labels(case: Case) -> Mapping[str, tuple[str, ...]]:
    """Return each axis of ``for_each`` with the labels of its values, in the case's order."""
    return {
        name: tuple(values) if isinstance(values, Mapping) else tuple(label_of(value) for value in values)
        for name, values in case.for_each.items()
    }


def substitute(value: Any, axes: Mapping[str, AxisValue]) -> Any:
    """Return a YAML value with ``$name`` replaced: the value itself where it is the whole string, else its text."""
    if isinstance(value, str):
        whole = re.fullmatch(r"\$([A-Za-z_]\w*)", value)
        if whole is not None and whole[1] in axes:
            return axes[whole[1]]
        return re.sub(r"\$([A-Za-z_]\w*)", lambda m: _text(axes[m[1]]) if m[1] in axes else m[0], value)
    if isinstance(value, Mapping):
        return {key: substitute(item, axes) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [substitute(item, axes) for item in value]
    return value


def _text(value: AxisValue) -> str:
    return value if isinstance(value, str) else repr(value)
