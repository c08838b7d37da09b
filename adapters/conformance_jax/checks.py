"""JAX's own derivative check as its users call it, and right and wrong rules as ``jax.custom_jvp``."""

from __future__ import annotations

from typing import Final

from conformance.planted import Checker, Checks, binary, unary

_RULE: Final = """\
@jax.custom_jvp
def f(*inputs):
    return value(*inputs)


@f.defjvp
def f_jvp(primals, tangents):
    y = f(*primals)
    return y, pushforward(tangents, *primals, y)
"""

_INVERSE: Final = """\
def value(x):
    return jnp.linalg.inv(x)


def pushforward(tangents, x, y):
    return {forth}


"""

_FORWARD_ALONE: Final = """\
def pushforward(tangents, x, y):
    return jax.lax.custom_linear_solve(
        matvec=lambda v: v,
        b=tangents[0] * slope(x, y),
        solve=lambda _, b: 1.5 * b,
        transpose_solve=lambda _, b: b,
    )


"""
"""A linear function whose transpose is given apart: a wrong one forward leaves reverse mode as it is."""

_EXP: Final = unary("jnp.exp(x)", "y")
_SECOND_ELEMENT: Final = "jnp.where(jnp.arange(x.size).reshape(x.shape) == 1, 1.01, 1.0)"

_BODIES: Final = {
    "one-element": (_EXP, unary("jnp.exp(x)", f"y * {_SECOND_ELEMENT}")),
    "dropped-term": (binary("a * b", "b", "a"), binary("a * b", "b", "jnp.zeros_like(a)")),
    "branch-sign": (
        unary("jax.nn.elu(x)", "jnp.where(x > 0, 1.0, jnp.exp(jnp.minimum(x, 0)))"),
        unary("jax.nn.elu(x)", "jnp.where(x > 0, 1.0, -jnp.exp(jnp.minimum(x, 0)))"),
    ),
    "zero-tail": (_EXP, unary("jnp.exp(x)", "jnp.where(jnp.abs(x) > 20, 0.0, y)")),
    "at-zero": (unary("x * x", "2 * x"), unary("x * x", "2 * y / x")),
    "at-tie": (
        binary("jnp.maximum(a, b)", "(a >= b).astype(a.dtype)", "(b > a).astype(a.dtype)"),
        binary("jnp.maximum(a, b)", "(a >= b).astype(a.dtype)", "(b >= a).astype(a.dtype)"),
    ),
    "second-order": (_EXP, unary("jnp.exp(x)", "jax.lax.stop_gradient(y)")),
    "forward-rule": (_EXP, _EXP + _FORWARD_ALONE),
    "lost-digits": (unary("jnp.expm1(x)", "jnp.exp(x)"), unary("jnp.expm1(x)", "y + 1")),
    "transposed": (
        _INVERSE.format(forth="-(y @ tangents[0] @ y)"),
        _INVERSE.format(forth="-(y.mT @ tangents[0] @ y.mT)"),
    ),
}

CHECKS: Final = Checks(
    imports=("import jax", "import jax.numpy as jnp", "from jax.test_util import check_grads"),
    array="def array(value):\n    return jnp.asarray(value, dtype=jnp.float32)\n",
    checkers={
        "jax.test_util.check_grads, order=2": Checker(
            check="def check(f, inputs):\n    check_grads(f, inputs, order=2)\n", answers=6, wide=False
        ),
    },
    rules={fault: (right + _RULE, wrong + _RULE) for fault, (right, wrong) in _BODIES.items()},
)
"""Both modes, which is the default, in JAX's default precision; six ways: two, and each of them differentiated twice.

Source: https://docs.jax.dev/en/latest/notebooks/autodiff_cookbook.html, seen with JAX 0.10.2.
"""
