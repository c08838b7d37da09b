"""How PyTorch differentiates a function along a curve, way by way."""

from __future__ import annotations

from typing import Final

from conformance.lowering.derivative import Ways, second_order_ways

_SETUP: Final = """\
def array(value):
    return torch.tensor(value, dtype=torch.DTYPE)


def total(*inputs):
    y = f(*inputs)
    return (y * torch.tensor(uneven(y.shape, 13, 21), dtype=y.dtype)).sum()


def along(t, inputs, directions, bends):
    return total(*(x + t * u + t * t * w for x, u, w in zip(inputs, directions, bends)))


def units(x):
    return torch.eye(x.numel(), dtype=x.dtype).reshape(x.numel(), *x.shape).unbind()


zero, one = array(0.0), array(1.0)
"""

_REVERSE: Final = """\
def differentiate(inputs, directions, bends):
    slope = torch.func.grad(lambda t: along(t, inputs, directions, bends))(zero)
    numbers = tuple(range(len(inputs)))
    element = lambda k: torch.func.grad(lambda *x: f(*x).flatten()[k], argnums=numbers)
    rows = [element(k)(*inputs) for k in range(f(*inputs).numel())]
    jacobians = [torch.stack([row[i] for row in rows]) for i in range(len(inputs)) if rows]
    return [slope, *jacobians]
"""

_FORWARD: Final = """\
def differentiate(inputs, directions, bends):
    slope = torch.func.jvp(lambda t: along(t, inputs, directions, bends), (zero,), (one,))[1]
    jacobians = []
    for i, x in enumerate(inputs):
        by_x = lambda moved: f(*inputs[:i], moved, *inputs[i + 1:])
        columns = [torch.func.jvp(by_x, (x,), (unit,))[1] for unit in units(x)]
        jacobians += [torch.stack(columns, dim=-1)] if columns else []
    return [slope, *jacobians]
"""

_FORWARD_OVER_FORWARD: Final = """\
def differentiate(inputs, directions, bends):
    def slope(inputs, directions):
        return torch.func.jvp(total, inputs, directions)[1]

    return torch.func.jvp(slope, (inputs, directions), (directions, tuple(2 * w for w in bends)))[1]
"""
"""The tangents alone tell the curve: ``inputs`` move with ``directions``, and these with ``2 * bends``. Under
torch.compile, ``t * u`` of a number and an array raises in a nested jvp ("more than one element of the written-to
tensor refers to a single memory location", seen with PyTorch 2.13.0): a written curve would hide what every function
gives."""

_PRODUCTS: Final = """\
def pull(g, inputs, cotangent):
    return torch.func.vjp(g, *inputs)[1](cotangent)


def push(g, inputs, tangents):
    return torch.func.jvp(g, inputs, tangents)[1]


def host(x):
    return x.double().numpy(force=True)
"""

_CONSISTENCY: Final = """\
def mapped(g):
    return torch.func.vmap(g)


def twice(x):
    return torch.stack([x, x])


def compiled(g):
    return torch.compile(g, backend="aot_eager", dynamic=False)


def recomputed(*inputs):
    leaves = [x.clone().requires_grad_() for x in inputs]
    y = torch.utils.checkpoint.checkpoint(total, *leaves, use_reentrant=False)
    return torch.autograd.grad(y, leaves, materialize_grads=True)
"""
"""PyTorch's forward and reverse formulas are written by themselves, operation by operation, except where the forward
one is `auto_linear` or `auto_element_wise` (made of the reverse formula): for the others forward against reverse is
independent. Batching rules and the compiler's decompositions have code of their own.
Source: tools/autograd/derivatives.yaml of PyTorch, seen with 2.13.0."""

_COMPLEX_SETUP: Final = """\
def array(value):
    return torch.tensor(value, dtype=torch.DTYPE)


def total(*inputs):
    y = f(*inputs)
    answer = (y.real * torch.tensor(uneven_real(y.shape, 13, 21), dtype=torch.REAL)).sum()
    if y.is_complex():
        answer = answer + (y.imag * torch.tensor(uneven_real(y.shape, 13, 28), dtype=torch.REAL)).sum()
    return answer


def along(t, inputs, directions, bends):
    return total(*(x + t * u + t * t * w for x, u, w in zip(inputs, directions, bends)))


def units(x):
    unit = torch.eye(x.numel(), dtype=x.dtype).reshape(x.numel(), *x.shape)
    return torch.stack([unit, 1j * unit], dim=1).flatten(0, 1).unbind()


zero, one = torch.tensor(0.0, dtype=torch.REAL), torch.tensor(1.0, dtype=torch.REAL)
"""

_COMPLEX_REVERSE: Final = """\
def differentiate(inputs, directions, bends):
    slope = torch.func.grad(lambda t: along(t, inputs, directions, bends))(zero)
    return [slope, *torch.func.grad(total, argnums=tuple(range(len(inputs))))(*inputs)]
"""

_COMPLEX_FORWARD: Final = """\
def differentiate(inputs, directions, bends):
    slope = torch.func.jvp(lambda t: along(t, inputs, directions, bends), (zero,), (one,))[1]
    by_parts = []
    for i, x in enumerate(inputs):
        by_x = lambda moved: total(*inputs[:i], moved, *inputs[i + 1:])
        by_parts.append(torch.stack([torch.func.jvp(by_x, (x,), (unit,))[1] for unit in units(x)]))
    return [slope, *by_parts]
"""

WAYS: Final = Ways(
    imports=("import numpy as np", "import torch"),
    setup=_SETUP,
    ways={
        "reverse": _REVERSE,
        "forward": _FORWARD,
        **second_order_ways(
            {"reverse": "torch.func.grad({g})({t})", "forward": "torch.func.jvp({g}, ({t},), (one,))[1]"},
            as_function={"reverse": "torch.func.grad({g})"},
        ),
        "forward-over-forward": _FORWARD_OVER_FORWARD,
    },
    compiled="@torch.compile(backend='aot_eager', dynamic=False)",
    products=_PRODUCTS,
    complex_setup=_COMPLEX_SETUP,
    complex_ways={"reverse": _COMPLEX_REVERSE, "forward": _COMPLEX_FORWARD},
    consistency=_CONSISTENCY,
    imaginary_sign=1,  # https://docs.pytorch.org/docs/2.13/notes/autograd.html#autograd-for-complex-numbers
    no_rule=("not implemented", "that does not support it", "does not require grad", "vmap: It looks like you're"),
    no_kernel=(
        "not implemented for",
        "Low precision dtypes not supported",
        "expected scalar type",
        "Unsupported dtype",
        "doesn't support tensors of type",
        "Expected both inputs to be Half, Float or Double tensors",
        "expected a tensor with 2 or more dimensions of float, double",
        "input tensor must be either float or double dtype",
        "doesn't handle types other than float and double",
    ),
)
"""Source: https://docs.pytorch.org/docs/2.13/func.html, seen with PyTorch 2.13.0."""
