"""TensorFlow's own derivative check as its users call it, and right and wrong rules as ``tf.custom_gradient``."""

from __future__ import annotations

from typing import Final

from conformance.planted import Checker, Checks, binary, unary

_RULE: Final = """\
@tf.custom_gradient
def f(*inputs):
    y = value(*inputs)
    return tf.stop_gradient(y), lambda v: pullback(v, *inputs, y)
"""
"""Forward mode differentiates what it sees inside, and ignores the rule, unless what is inside has no derivative."""

_UNBROADCAST: Final = """\
def unbroadcast(v, operand):
    extra = len(v.shape) - len(operand.shape)
    kept = [extra + i for i, n in enumerate(operand.shape) if n == 1]
    return tf.reshape(tf.reduce_sum(v, axis=[*range(extra), *kept]), operand.shape)


"""

_INVERSE: Final = """\
def value(x):
    return tf.linalg.inv(x)


def pullback(v, x, y):
    return {back}


"""

_FORWARD_ALONE: Final = """\
@tf.custom_gradient
def times(v, slope):
    return v * slope, lambda u: (1.5 * u * slope, u * v)


def pullback(v, x, y):
    return times(v, slope(x, y))


"""
"""Forward mode is the derivative of the pullback by its cotangent: a wrong one leaves reverse mode as it is."""

_EXP: Final = unary("tf.exp(x)", "y")
_SECOND_ELEMENT: Final = "tf.constant(1 + 0.01 * (np.arange(np.prod(x.shape)).reshape(x.shape) == 1), x.dtype)"
_ELU_VALUE: Final = "tf.where(x > 0, x, tf.math.expm1(tf.minimum(x, 0)))"
_ELU: Final = "tf.where(x > 0, tf.ones_like(x), {sign}tf.exp(tf.minimum(x, 0)))"

_BODIES: Final = {
    "one-element": (_EXP, unary("tf.exp(x)", f"y * {_SECOND_ELEMENT}")),
    "dropped-term": (
        _UNBROADCAST + binary("a * b", "b", "a"),
        _UNBROADCAST + binary("a * b", "b", "tf.zeros_like(a)"),
    ),
    "branch-sign": (
        unary(_ELU_VALUE, _ELU.format(sign="")),
        unary(_ELU_VALUE, _ELU.format(sign="-")),
    ),
    "zero-tail": (_EXP, unary("tf.exp(x)", "tf.where(tf.abs(x) > 20, tf.zeros_like(y), y)")),
    "at-zero": (unary("x * x", "2 * x"), unary("x * x", "2 * y / x")),
    "at-tie": (
        _UNBROADCAST + binary("tf.maximum(a, b)", "tf.cast(a >= b, a.dtype)", "tf.cast(b > a, a.dtype)"),
        _UNBROADCAST + binary("tf.maximum(a, b)", "tf.cast(a >= b, a.dtype)", "tf.cast(b >= a, a.dtype)"),
    ),
    "second-order": (_EXP, unary("tf.exp(x)", "tf.stop_gradient(y)")),
    "forward-rule": (_EXP, _EXP + _FORWARD_ALONE),
    "lost-digits": (unary("tf.math.expm1(x)", "tf.exp(x)"), unary("tf.math.expm1(x)", "y + 1")),
    "transposed": (
        _INVERSE.format(back="-tf.matmul(tf.matmul(y, v, transpose_a=True), y, transpose_b=True)"),
        _INVERSE.format(back="-tf.matmul(tf.matmul(y, v), y)"),
    ),
}

_CHECK: Final = """\
def check(f, inputs):
    theoretical, numerical = tf.test.compute_gradient(f, list(inputs))
    for one, other in zip(theoretical, numerical):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3)
"""
"""The documented example allows 1e-6, which the default step of 1/1024 does not reach."""

CHECKS: Final = Checks(
    imports=("import numpy as np", "import tensorflow as tf"),
    array="def array(value):\n    return tf.constant(value, dtype=tf.float64)\n",
    checkers={"tf.test.compute_gradient": Checker(check=_CHECK, answers=1, wide=True)},
    rules={fault: (right + _RULE, wrong + _RULE) for fault, (right, wrong) in _BODIES.items()},
)
"""Source: https://www.tensorflow.org/api_docs/python/tf/test/compute_gradient, seen with TensorFlow 2.21."""
