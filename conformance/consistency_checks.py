"""The checks of a consistency cell by name, and the text by which their failures at a point are recognised.

A point may fail several checks, each in its own way: ``Hessian symmetry: wrong; called again: nan``. All of them are
named, so that what is known of one check does not hide what becomes of another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

EXACT_CHECKS: Final = ("called again", "inputs unchanged")
"""The checks in which both sides are the same bits."""

SMOOTH_CHECKS: Final = ("forward against reverse", "Hessian symmetry")
"""The checks that hold where the derivative exists: at a kink each mode may choose another subgradient."""

CHECKS: Final = (
    *SMOOTH_CHECKS, "vmap against one alone", "checkpoint against plain", "compiled against eager",
    "compiled after another shape", *EXACT_CHECKS,
)  # fmt: skip
"""All of them, in the order in which they are made (``lowering.consistency``)."""


def faults_text(faults: Iterable[tuple[str, str]]) -> str:
    """Return the text for (check, fault) pairs."""
    return "; ".join(f"{check}: {fault}" for check, fault in faults)


def faults_in(text: str) -> tuple[tuple[str, str], ...]:
    """Return the (check, fault) pairs of a text; none where it is no such text."""
    found = [tuple(part.split(": ", 1)) for part in text.split("; ")]
    return tuple((part[0], part[1]) for part in found) if all(len(p) == 2 and p[0] in CHECKS for p in found) else ()
