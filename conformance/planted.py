"""Ten wrong derivatives, planted one at a time: what each is, and where a derivative case is that should notice it.

Each is a function whose value is right and whose rule, written by the framework's own means, is wrong in one way that
has been seen in released frameworks. An adapter gives the rules in its ``checks`` module (``CHECKS``), each beside the
same function with a right rule, so that what is noticed is the fault and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A planted fault: its name, what is wrong, the derivative case and operation of its function, and its inputs.

    ``inputs``: what a user gives a checker, ``normal`` (random normal numbers) or ``symmetric`` (a covariance matrix
    made of them, which is what is inverted most).
    """

    name: str
    about: str
    case: str
    operation: str
    inputs: str = "normal"


FAULTS: Final = (
    Fault(name="one-element", about="the second element is wrong by 1 %", case="derivatives/elementary",
          operation="exp"),
    Fault(name="dropped-term", about="one term of the product rule is dropped", case="derivatives/binary",
          operation="multiply"),
    Fault(name="branch-sign", about="the sign is wrong on the negative side", case="derivatives/activation",
          operation="elu"),
    Fault(name="zero-tail", about="zero where |x| > 20", case="derivatives/elementary", operation="exp"),
    Fault(name="at-zero", about="nan at exact zero: 2 y / x for the slope of x * x", case="derivatives/elementary",
          operation="square"),
    Fault(name="at-tie", about="both operands get the whole slope at a tie", case="derivatives/binary",
          operation="maximum"),
    Fault(name="second-order", about="the rule is a constant to the next derivative", case="derivatives/elementary",
          operation="exp"),
    Fault(name="forward-rule", about="forward is wrong by half, reverse is right", case="derivatives/elementary",
          operation="exp"),
    Fault(name="lost-digits", about="digits lost far out: y + 1 for the slope of exp(x) - 1",
          case="derivatives/elementary", operation="expm1"),
    Fault(name="transposed", about="a Jacobian that is transposed, of a symmetric matrix", case="derivatives/matrix",
          operation="linalg.inv", inputs="symmetric"),
)  # fmt: skip
"""All faults, the one that any check notices first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """A derivative check of a framework as its users call it.

    ``check``: source of ``check(f, inputs)``, which raises where it finds a derivative wrong. ``answers``: the
    derivatives (one way, at one input) that a call looks at. ``wide``: whether its inputs are float64.
    """

    check: str
    answers: int
    wide: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What an adapter gives: its framework's own checkers by title, and the rules of every fault.

    ``array``: source of ``array(value)``. ``rules``: fault → the definition of ``f`` with a right rule and with the
    wrong one. ``imports``: lines that the sources need.
    """

    imports: tuple[str, ...]
    array: str
    checkers: Mapping[str, Checker]
    rules: Mapping[str, tuple[str, str]]


def unary(value: str, slope: str) -> str:
    """Return ``value``, ``pullback`` and ``pushforward`` of an elementwise function of ``x``; ``y`` is its value."""
    return (
        f"def value(x):\n    return {value}\n\n\ndef slope(x, y):\n    return {slope}\n\n\n"
        "def pullback(v, x, y):\n    return v * slope(x, y)\n\n\n"
        "def pushforward(tangents, x, y):\n    return tangents[0] * slope(x, y)\n\n\n"
    )


def binary(value: str, first: str, second: str) -> str:
    """Return the same of an elementwise function of ``a`` and ``b``, from its two partial slopes.

    Where the operands have different shapes, ``unbroadcast`` of the adapter sums a cotangent to the operand's.
    """
    return (
        f"def value(a, b):\n    return {value}\n\n\ndef slopes(a, b):\n    return {first}, {second}\n\n\n"
        "def pullback(v, a, b, y):\n    to_a, to_b = slopes(a, b)\n"
        "    return unbroadcast(v * to_a, a), unbroadcast(v * to_b, b)\n\n\n"
        "def pushforward(tangents, a, b, y):\n    to_a, to_b = slopes(a, b)\n"
        "    return tangents[0] * to_a + tangents[1] * to_b\n\n\n"
    )
