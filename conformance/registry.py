"""Adapter names → adapters: the suite's own, then those that other packages offer under ``conformance.adapters``.

No framework is imported here, nor by an adapter; only a worker does that.
"""

from __future__ import annotations

import functools
import importlib
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from conformance.errors import AdapterError, nearest

if TYPE_CHECKING:
    from conformance.adapter import Adapter

ENTRY_POINTS: Final = "conformance.adapters"

_OURS: Final = {
    "tensorflow": "conformance_tensorflow",
    "torch": "conformance_torch",
    "jax": "conformance_jax",
    "reference": "conformance_reference.adapter",
}


@functools.cache
def adapter_names() -> tuple[str, ...]:
    """Return the names of the frameworks that can be judged, the suite's own first; not the reference."""
    ours = [name for name in _OURS if name != "reference"]
    return (*ours, *sorted({entry.name for entry in entry_points(group=ENTRY_POINTS)} - set(_OURS)))


@functools.cache
def adapter(name: str) -> Adapter:
    """Return the adapter of a name.

    Raises:
        AdapterError: there is no such adapter, or it cannot be loaded.
    """
    if name in _OURS:
        try:
            found: Adapter = importlib.import_module(_OURS[name]).ADAPTER
        except ModuleNotFoundError as error:
            raise AdapterError(f"adapter {name!r}: {error}; install the project, which brings its adapters") from error
        return found
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name == name:
            try:
                offered: Adapter = entry.load()
            except Exception as error:
                raise AdapterError(f"adapter {name!r} of {entry.value} cannot be loaded: {error!r}") from error
            return offered
    allowed = adapter_names()
    raise AdapterError(f"no adapter is named {name!r}; allowed: {', '.join(allowed)}{nearest(name, allowed)}")


def reference() -> Adapter:
    """Return the independent reference: NumPy on numbers of mpmath."""
    return adapter("reference")
