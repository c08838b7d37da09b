"""PyTorch's own derivative checks as its users call them, and right and wrong rules as ``torch.autograd.Function``."""

from __future__ import annotations

from typing import Final

from conformance.planted import Checker, Checks, binary, unary

_RULE: Final = """\
class Rule(torch.autograd.Function):
    @staticmethod
    def forward(*inputs):
        return value(*inputs)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs, output)
        ctx.save_for_forward(*inputs, output)

    @staticmethod
    def backward(ctx, v):
        return pullback(v, *ctx.saved_tensors)

    @staticmethod
    def jvp(ctx, *tangents):
        return pushforward(tangents, *ctx.saved_tensors)


def f(*inputs):
    return Rule.apply(*inputs)
"""

_UNBROADCAST: Final = "def unbroadcast(v, operand):\n    return v.sum_to_size(operand.shape)\n\n\n"

_INVERSE: Final = """\
def value(x):
    return torch.linalg.inv(x)


def pullback(v, x, y):
    return {back}


def pushforward(tangents, x, y):
    return {forth}


"""

_FORWARD_ALONE: Final = """\
def pushforward(tangents, x, y):
    return 1.5 * tangents[0] * slope(x, y)


"""

_EXP: Final = unary("torch.exp(x)", "y")
_SECOND_ELEMENT: Final = "torch.where(torch.arange(x.numel()).reshape(x.shape) == 1, 1.01, 1.0)"

_BODIES: Final = {
    "one-element": (_EXP, unary("torch.exp(x)", f"y * {_SECOND_ELEMENT}")),
    "dropped-term": (
        _UNBROADCAST + binary("a * b", "b", "a"),
        _UNBROADCAST + binary("a * b", "b", "torch.zeros_like(a)"),
    ),
    "branch-sign": (
        unary("torch.nn.functional.elu(x)", "torch.where(x > 0, 1.0, torch.exp(x.clamp(max=0)))"),
        unary("torch.nn.functional.elu(x)", "torch.where(x > 0, 1.0, -torch.exp(x.clamp(max=0)))"),
    ),
    "zero-tail": (_EXP, unary("torch.exp(x)", "torch.where(x.abs() > 20, 0.0, y)")),
    "at-zero": (unary("x * x", "2 * x"), unary("x * x", "2 * y / x")),
    "at-tie": (
        _UNBROADCAST + binary("torch.maximum(a, b)", "(a >= b).to(a.dtype)", "(b > a).to(a.dtype)"),
        _UNBROADCAST + binary("torch.maximum(a, b)", "(a >= b).to(a.dtype)", "(b >= a).to(a.dtype)"),
    ),
    "second-order": (_EXP, unary("torch.exp(x)", "y.detach()")),
    "forward-rule": (_EXP, _EXP + _FORWARD_ALONE),
    "lost-digits": (unary("torch.expm1(x)", "torch.exp(x)"), unary("torch.expm1(x)", "y + 1")),
    "transposed": (
        _INVERSE.format(back="-(y.mT @ v @ y.mT)", forth="-(y @ tangents[0] @ y)"),
        _INVERSE.format(back="-(y @ v @ y)", forth="-(y.mT @ tangents[0] @ y.mT)"),
    ),
}

_CHECK: Final = """\
def check(f, inputs):
    inputs = tuple(x.requires_grad_() for x in inputs)
    torch.autograd.gradcheck(f, inputs{first})
    torch.autograd.gradgradcheck(f, inputs{second})
"""

CHECKS: Final = Checks(
    imports=("import torch",),
    array="def array(value):\n    return torch.tensor(value, dtype=torch.float64)\n",
    checkers={
        "torch.autograd.gradcheck, gradgradcheck": Checker(
            check=_CHECK.format(first="", second=""), answers=2, wide=True
        ),
        "the same with check_forward_ad, check_fwd_over_rev": Checker(
            check=_CHECK.format(first=", check_forward_ad=True", second=", check_fwd_over_rev=True"),
            answers=4,
            wide=True,
        ),
    },
    rules={fault: (right + _RULE, wrong + _RULE) for fault, (right, wrong) in _BODIES.items()},
)
"""Double precision, as gradcheck asks for.

Source: https://docs.pytorch.org/docs/2.13/generated/torch.autograd.gradcheck.gradcheck.html, seen with PyTorch 2.13.0.
"""
