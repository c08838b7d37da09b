"""Structured control flow and random numbers of the reference: plain Python, and NumPy's generator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from conformance_reference.arrays import asarray
from conformance_reference.manipulation import stack

__all__ = ["cond", "random_normal", "random_uniform", "scan", "while_loop"]

Value = Any


def cond(pred: Value, true_f: Callable[[Value], Value], false_f: Callable[[Value], Value], x: Value) -> Value:
    """Return ``true_f(x)`` where ``pred`` holds, else ``false_f(x)``."""
    return true_f(x) if pred else false_f(x)


def while_loop(cond_f: Callable[[Value], Value], body_f: Callable[[Value], Value], x: Value) -> Value:
    """Return what ``body_f`` makes of ``x``, again and again while ``cond_f`` holds."""
    while cond_f(x):
        x = body_f(x)
    return x


def scan(f: Callable[[Value, Value], Value], init: Value, xs: Value) -> Value:
    """Return the values of ``carry = f(carry, row)`` over the rows of ``xs``, stacked along a new first axis."""
    carry, carries = init, []
    for index in range(xs.shape[0]):
        carry = f(carry, xs[index])
        carries.append(carry)
    return stack(carries)


def random_normal(shape: Sequence[int], seed: int) -> Value:
    """Return standard normal numbers; other ones than any framework's."""
    return asarray(np.random.default_rng(seed).standard_normal(tuple(shape)).astype(np.float32))


def random_uniform(shape: Sequence[int], seed: int) -> Value:
    """Return numbers uniform in [0, 1); other ones than any framework's."""
    return asarray(np.random.default_rng(seed).random(tuple(shape)).astype(np.float32))
