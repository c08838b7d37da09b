"""The independent reference: programs in exact mpmath arithmetic, derivatives as plain difference quotients.

A lowered program says ``import conformance_reference as ref``. Every name is looked up when it is first used, so that
mpmath is imported by the worker that computes and not by the command that only lists cases.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = (
    "arrays", "differentiate", "flow", "elementwise", "reductions", "manipulation", "linear_algebra", "fourier",
    "special", "networks", "convolution", "losses", "exact",
)  # fmt: skip
"""The modules whose public functions a lowered program may use."""

_DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8",
    "float16", "bfloat16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
"""The data types: ``ref.float32`` is the name itself."""


def __getattr__(name: str) -> Any:
    if name in _DTYPES:
        return name
    if not name.startswith("_"):
        for home in _HOMES:
            module = importlib.import_module(f"{__name__}.{home}")
            if name in module.__all__:
                globals()[name] = getattr(module, name)  # found at once the next time
                return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
