"""How JAX differentiates a function along a curve, way by way."""

from __future__ import annotations

from typing import Final

from conformance.lowering.derivative import Ways, second_order_ways

_SETUP: Final = """\
def array(value):
    return jnp.asarray(value, dtype=jnp.DTYPE)


def weights(y):
    return jnp.asarray(uneven(y.shape, 13, 21), dtype=y.dtype)


def total(*inputs):
    y = f(*inputs)
    return jnp.sum(y * weights(y))


def along(t, inputs, directions, bends):
    return total(*(x + t * u + t * t * w for x, u, w in zip(inputs, directions, bends)))


def units(x):
    return [jnp.asarray(unit.reshape(x.shape), dtype=x.dtype) for unit in np.eye(x.size)]


zero, one = array(0.0), array(1.0)
"""

_REVERSE: Final = """\
def differentiate(inputs, directions, bends):
    y, pull_back = jax.vjp(f, *inputs)
    gradients = pull_back(weights(y))
    slope = sum(jnp.sum(gradient * u) for gradient, u in zip(gradients, directions))
    rows = [pull_back(unit) for unit in units(y)]
    jacobians = [jnp.stack([row[i] for row in rows]) for i in range(len(inputs)) if rows]
    return [slope, *jacobians]
"""

_FORWARD: Final = """\
def differentiate(inputs, directions, bends):
    slope = jax.jvp(total, inputs, directions)[1]
    jacobians = []
    for i, x in enumerate(inputs):
        by_x = lambda moved, i=i: f(*inputs[:i], moved, *inputs[i + 1:])
        columns = [jax.jvp(by_x, (x,), (unit,))[1] for unit in units(x)]
        jacobians += [jnp.stack(columns, axis=-1)] if columns else []
    return [slope, *jacobians]
"""
"""Rows and columns one by one: jacrev and jacfwd batch every rule, and JAX compiles each operation once more for it.
The curve's slope is that along ``directions``: its bends have none where it begins, and are not written for order 1."""

_PRODUCTS: Final = """\
def pull(g, inputs, cotangent):
    return jax.vjp(g, *inputs)[1](cotangent)


def push(g, inputs, tangents):
    return jax.jvp(g, inputs, tangents)[1]


def host(x):
    return np.asarray(x, dtype=np.float64)
"""

_CONSISTENCY: Final = """\
def mapped(g):
    return jax.vmap(g)


def twice(x):
    return jnp.stack([x, x])


def compiled(g):
    return jax.jit(g)


def recomputed(*inputs):
    return jax.grad(jax.checkpoint(total), argnums=tuple(range(len(inputs))))(*inputs)
"""
"""JAX's reverse mode is the transposed forward rule of each primitive: forward against reverse finds a wrong transpose
and a wrong custom_vjp, never a wrong forward rule, and Hessian symmetry is no second opinion on it. Batching rules, the
compiler and recomputation have code of their own: these checks are independent of the rules.
Source: https://docs.jax.dev/en/latest/jax-primitives.html, seen with JAX 0.10.2."""

_COMPLEX_SETUP: Final = """\
def array(value):
    return jnp.asarray(value, dtype=jnp.DTYPE)


def total(*inputs):
    y = f(*inputs)
    answer = jnp.sum(jnp.real(y) * jnp.asarray(uneven_real(y.shape, 13, 21), dtype=jnp.REAL))
    if jnp.iscomplexobj(y):
        answer = answer + jnp.sum(jnp.imag(y) * jnp.asarray(uneven_real(y.shape, 13, 28), dtype=jnp.REAL))
    return answer


def along(t, inputs, directions, bends):
    return total(*(x + t * u + t * t * w for x, u, w in zip(inputs, directions, bends)))


def units(x):
    unit = np.eye(x.size).reshape(x.size, *x.shape)
    return [array(part * element) for element in unit for part in (1, 1j)]


zero, one = jnp.asarray(0.0, dtype=jnp.REAL), jnp.asarray(1.0, dtype=jnp.REAL)
"""

_COMPLEX_REVERSE: Final = """\
def differentiate(inputs, directions, bends):
    slope = jax.grad(lambda t: along(t, inputs, directions, bends))(zero)
    return [slope, *jax.grad(total, argnums=tuple(range(len(inputs))))(*inputs)]
"""

_COMPLEX_FORWARD: Final = """\
def differentiate(inputs, directions, bends):
    slope = jax.jvp(lambda t: along(t, inputs, directions, bends), (zero,), (one,))[1]
    by_parts = []
    for i, x in enumerate(inputs):
        by_x = lambda moved, i=i: total(*inputs[:i], moved, *inputs[i + 1:])
        by_parts.append(jnp.stack([jax.jvp(by_x, (x,), (unit,))[1] for unit in units(x)]))
    return [slope, *by_parts]
"""

WAYS: Final = Ways(
    imports=("import numpy as np", "import jax", "import jax.numpy as jnp"),
    setup=_SETUP,
    ways={
        "reverse": _REVERSE,
        "forward": _FORWARD,
        **second_order_ways(
            {"reverse": "jax.grad({g})({t})", "forward": "jax.jvp({g}, ({t},), (one,))[1]"},
            as_function={"reverse": "jax.grad({g})"},
        ),
    },
    products=_PRODUCTS,
    complex_setup=_COMPLEX_SETUP,
    complex_ways={"reverse": _COMPLEX_REVERSE, "forward": _COMPLEX_FORWARD},
    consistency=_CONSISTENCY,
    imaginary_sign=-1,  # https://docs.jax.dev/en/latest/notebooks/autodiff_cookbook.html#complex-numbers-and-differentiation
    compiled="@jax.jit",
    no_rule=("not implemented", "not yet supported", "only implemented if", "does not support reverse-mode",
             "not supported for",
             "with respect to a and b not supported"),
    no_kernel=("Unsupported dtype", "does not accept dtype", "not implemented for dtype",
               "input must be float32 or float64", "float16 is not supported"),
)  # fmt: skip
"""Source: https://docs.jax.dev/en/latest/notebooks/autodiff_cookbook.html, seen with JAX 0.10.2."""
