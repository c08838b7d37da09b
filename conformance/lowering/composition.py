"""The ways of order 2, composed of reverse and forward mode: the outer mode differentiates what the inner one gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MODES: Final = ("reverse", "forward")


def second_order(
    derivative: Mapping[str, str], *, of: str, as_function: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the native expression of the second derivative of ``of`` at ``zero`` by each way of order 2.

    Args:
        derivative: for each mode the expression of the derivative of a function ``{g}`` at ``{t}``.
        of: the name of the function, which takes one number.
        as_function: the expression of that function, for a mode in which the framework returns one; else it is
            ``lambda t:`` and the derivative at ``t``.
    """
    inner_function = {mode: f"lambda t: {derivative[mode]}" for mode in MODES} | dict(as_function or {})
    return {
        f"{outer}-over-{inner}": derivative[outer].format(g=inner_function[inner].format(g=of, t="t"), t="zero")
        for inner in MODES
        for outer in MODES
    }
