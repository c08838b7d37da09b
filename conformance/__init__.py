"""A conformance suite for gradients: YAML case → native source → worker → verdict → one report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.api import load_cases, read_results, run

__version__ = "0.1.0"
__all__ = ["__version__", "load_cases", "read_results", "run"]


def __getattr__(name: str) -> object:
    """Return a name of the Python API, whose modules are imported only when one is asked for."""
    if name in ("load_cases", "read_results", "run"):
        from conformance import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
