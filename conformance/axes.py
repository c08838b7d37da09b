"""The values of a case's axes, put in for ``$name`` where a case says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.case import AxisValue


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
