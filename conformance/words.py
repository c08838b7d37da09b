"""The words of the case language beside the operations: differentiation, control flow, tapes and variables.

``cases/README.md`` describes them; ``conformance.program`` refuses what is not on these lists.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from conformance.operations import CONSTANTS, DTYPES, Operation, operations, parse_signature


def _words(table: str) -> dict[str, Operation]:
    rows = {}
    for line in table.strip().splitlines():
        signature, _, summary = line.partition("|")
        name, parameters, defaults = parse_signature(signature)
        rows[name] = Operation(
            name=name, parameters=parameters, defaults=defaults, summary=summary.strip(), section="differentiation"
        )
    return rows


WORDS: Final[Mapping[str, Operation]] = MappingProxyType(
    _words("""
variable(value, dtype=None, trainable=True) | a variable; watched by tapes when trainable
constant(value, dtype=None) | a constant
tape(persistent=False, watch_accessed_variables=True) | records what happens in its block
grad(f, argnums=0, has_aux=False) | the function that returns the gradient of f
value_and_grad(f, argnums=0, has_aux=False) | the function that returns value and gradient of f
jvp(f, primals, tangents) | value and directional derivative
jacobian(f, argnums=0, mode="reverse") | the function that returns the Jacobian of f
hessian(f) | the function that returns the Hessian of f
hvp(f, x, v) | the Hessian of f at x times v
vmap(f, in_axes=0) | f applied to every row
checkpoint(f) | f, its intermediates computed again in the backward pass
jit(f) | f, compiled
nan_checks() | the block in which a NaN is an error
stop_gradient(x) | x, cut off from differentiation
cond(pred, true_f, false_f, x) | true_f(x) where pred holds, else false_f(x), both known to a compiler
while_loop(cond_f, body_f, x) | body_f again and again while cond_f holds
scan(f, init, xs) | the values of carry = f(carry, row) over the rows of xs, stacked
random_normal(shape, seed) | standard normal numbers; other ones in each framework
random_uniform(shape, seed) | numbers uniform in [0, 1); other ones in each framework
track(x) | records one more value of the series x
range(stop) | 0, 1, … stop - 1
len(x) | number of items of a list
""")
)
"""Words of the language beside the operations; ``vjp(f, *primals)`` and ``module(**variables)`` take any number."""

VARIADIC: Final = ("vjp", "module")

STRUCTURED: Final = ("cond", "while_loop", "scan", "random_normal", "random_uniform")
"""Words that a framework has its own function for, and that transform nothing: control flow and random numbers."""

DECORATORS: Final = ("custom_gradient", "checkpoint", "jit")

TAPE_METHODS: Final[Mapping[str, Operation]] = MappingProxyType(
    _words("""
watch(x) | follow x
gradient(target, sources, output_gradients=None, unconnected=None) | derivative of target with respect to sources
jacobian(target, sources, unconnected=None) | Jacobian of target with respect to sources
batch_jacobian(target, source) | Jacobian of each row of target with respect to the same row of source
reset() | forget what was recorded
stop_recording() | do not record in its block
watched_variables() | the variables that are followed
""")
)

VARIABLE_METHODS: Final[Mapping[str, Operation]] = MappingProxyType(
    _words("""
assign(value) | a new value, in place
assign_add(value) | value added in place
assign_sub(value) | value subtracted in place
""")
)

ATTRIBUTES: Final = ("shape", "T", "trainable_variables")

RESERVED: Final = frozenset(
    {
        "tf", "np", "torch", "jax", "jnp", "ref", "F", "math", "functools", "program", "rng", "custom_gradient",
        "list", "dict", "tuple", "zip", "float", "int", "print", "isinstance", "sorted", "enumerate", "str", "type",
    }
)  # fmt: skip
"""Names that native source needs for itself."""


@functools.cache
def vocabulary() -> frozenset[str]:
    """Return every name that a program may call or use without binding it."""
    roots = {name.split(".")[0] for name in operations()}
    return frozenset({*operations(), *roots, *WORDS, *VARIADIC, *DTYPES, *CONSTANTS, "custom_gradient"})
