"""Computes the neutral activations, normalisations and attention on exact arrays."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from conformance_reference.arrays import Array, Element, as_objects, asarray, context
from conformance_reference.elementwise import (
    abs,
    add,
    clip,
    divide,
    divide_no_nan,
    exp,
    expm1,
    maximum,
    multiply,
    negative,
    sqrt,
    square,
    subtract,
    tanh,
    where,
)
from conformance_reference.linear_algebra import linalg_vector_norm, matmul
from conformance_reference.loops import elementwise, floating
from conformance_reference.manipulation import concat, matrix_transpose, reshape, take
from conformance_reference.reductions import logsumexp, mean, sum, var

__all__ = [
    "batch_norm", "causal_attention", "celu", "clip_by_norm", "crelu", "elu", "embedding", "geglu", "gelu",
    "gelu_tanh", "global_norm", "glu", "group_norm", "hardshrink", "hardsigmoid", "hardswish", "hardtanh",
    "instance_norm", "l2_normalize", "layer_norm", "leaky_relu", "linear", "log_sigmoid", "log_softmax",
    "masked_softmax", "mish", "prelu", "quick_gelu", "relu", "relu6", "rms_norm", "scaled_dot_product_attention",
    "selu", "sigmoid", "silu", "softmax", "softmin", "softplus", "softshrink", "softsign", "squareplus",
    "standardize", "swiglu", "tanhshrink", "threshold",
]  # fmt: skip


# neural networks


def relu(x: Any) -> Array:
    """Return max(x, 0)."""
    return maximum(asarray(x), 0)


def relu6(x: Any) -> Array:
    """Return min(max(x, 0), 6)."""
    return clip(x, 0, 6)


def leaky_relu(x: Any, negative_slope: Any) -> Array:
    """Return x where positive, else negative_slope * x."""
    x = floating(x)
    return where(x > 0, x, x * negative_slope)


def elu(x: Any) -> Array:
    """Return x where positive, else exp(x) - 1."""
    return elementwise(lambda a: a if a > 0 else context.expm1(a), x)


def gelu(x: Any) -> Array:
    """Return x times the normal distribution function of x."""
    return elementwise(lambda a: a * context.erfc(-a / context.sqrt(2)) / 2, x)


def _sigmoid(a: Element) -> Element:
    return 1 / (1 + context.exp(-a))


def sigmoid(x: Any) -> Array:
    """Return 1 / (1 + exp(-x))."""
    return elementwise(_sigmoid, x)


def silu(x: Any) -> Array:
    """Return x * sigmoid(x)."""
    return elementwise(lambda a: a * _sigmoid(a), x)


def softplus(x: Any) -> Array:
    """Return log(1 + exp(x))."""
    return elementwise(lambda a: a + context.log1p(context.exp(-a)) if a > 0 else context.log1p(context.exp(a)), x)


def log_softmax(x: Any, axis: int = -1) -> Array:
    """Return the logarithm of softmax."""
    x = floating(x)
    return subtract(x, logsumexp(x, axis=axis, keepdims=True))


def softmax(x: Any, axis: int = -1) -> Array:
    """Return the exponentials divided by their sum."""
    return exp(log_softmax(x, axis))


_SELU_SCALE: Final = "1.0507009873554804934193349852946"


_SELU_ALPHA: Final = "1.6732632423543772848170429916717"
"""The fixed point that keeps mean 0 and variance 1 (Klambauer et al. 2017, https://arxiv.org/abs/1706.02515)."""


def selu(x: Any) -> Array:
    """Return the scaled elu."""
    scale, alpha = context.mpf(_SELU_SCALE), context.mpf(_SELU_ALPHA)
    return elementwise(lambda a: scale * (a if a > 0 else alpha * context.expm1(a)), x)


def celu(x: Any, alpha: Any) -> Array:
    """Return x where positive, else alpha * (exp(x / alpha) - 1)."""
    x = floating(x)
    return where(x > 0, x, alpha * expm1(x / alpha))


def prelu(x: Any, weight: Any) -> Array:
    """Return x where positive, else weight * x."""
    x = floating(x)
    return where(x > 0, x, multiply(weight, x))


def hardtanh(x: Any) -> Array:
    """Return x limited to the interval [-1, 1]."""
    return clip(x, -1, 1)


def hardsigmoid(x: Any) -> Array:
    """Return relu6(x + 3) / 6."""
    return relu6(floating(x) + 3) / 6


def hardswish(x: Any) -> Array:
    """Return x * relu6(x + 3) / 6."""
    return multiply(x, hardsigmoid(x))


def mish(x: Any) -> Array:
    """Return x * tanh(softplus(x))."""
    return multiply(x, tanh(softplus(x)))


def softsign(x: Any) -> Array:
    """Return x / (1 + |x|)."""
    return divide(x, 1 + abs(floating(x)))


def tanhshrink(x: Any) -> Array:
    """Return x - tanh(x)."""
    return subtract(x, tanh(x))


def softshrink(x: Any, threshold: Any) -> Array:
    """Return x moved towards zero by the threshold."""
    return subtract(x, clip(floating(x), -threshold, threshold))


def hardshrink(x: Any, threshold: Any) -> Array:
    """Return 0 where |x| is at most the threshold, else x."""
    return where(abs(floating(x)) > threshold, x, 0)


def threshold(x: Any, threshold: Any, value: Any) -> Array:
    """Return x where above the threshold, else the value."""
    return where(floating(x) > threshold, x, value)


def gelu_tanh(x: Any) -> Array:
    """Return gelu by its approximation with tanh."""
    slope = context.sqrt(2 / context.pi)
    cube = context.mpf("0.044715")
    return elementwise(lambda a: a / 2 * (1 + context.tanh(slope * (a + cube * a**3))), x)


def quick_gelu(x: Any) -> Array:
    """Return x * sigmoid(1.702 * x)."""
    return elementwise(lambda a: a * _sigmoid(context.mpf("1.702") * a), x)


def squareplus(x: Any) -> Array:
    """Return (x + sqrt(x ** 2 + 4)) / 2."""
    return elementwise(lambda a: (a + context.sqrt(a * a + 4)) / 2, x)


def log_sigmoid(x: Any) -> Array:
    """Return the logarithm of sigmoid."""
    return negative(softplus(negative(floating(x))))


def _halves(x: Any) -> tuple[Array, Array]:
    x = floating(x)
    middle = x.shape[-1] // 2
    return x[..., :middle], x[..., middle:]


def glu(x: Any) -> Array:
    """Return the first half of the last axis times sigmoid of the second."""
    first, second = _halves(x)
    return first * sigmoid(second)


def swiglu(x: Any) -> Array:
    """Return silu of the first half of the last axis times the second."""
    first, second = _halves(x)
    return silu(first) * second


def geglu(x: Any) -> Array:
    """Return gelu of the first half of the last axis times the second."""
    first, second = _halves(x)
    return gelu(first) * second


def crelu(x: Any) -> Array:
    """Return relu of x and of -x, joined along the last axis."""
    return concat([relu(x), relu(negative(asarray(x)))], axis=-1)


def softmin(x: Any, axis: int = -1) -> Array:
    """Return softmax of -x."""
    return softmax(negative(asarray(x)), axis)


def masked_softmax(x: Any, mask: Any) -> Array:
    """Return softmax along the last axis over the elements where the mask holds, 0 elsewhere."""
    x = floating(x)
    return softmax(where(mask, x, -math.inf))


def linear(x: Any, weight: Any, bias: Any) -> Array:
    """Return x weight^T + bias."""
    return add(matmul(x, matrix_transpose(weight)), bias)


def embedding(weight: Any, indices: Any) -> Array:
    """Return rows of the weight."""
    return take(weight, indices, 0)


# normalisation


def _standard(x: Any, eps: Any, axis: int) -> Array:
    x = floating(x)
    return divide(subtract(x, mean(x, axis, True)), sqrt(add(var(x, axis, True), eps)))


def standardize(x: Any, eps: Any = 1e-05) -> Array:
    """Return rows of mean 0 and population variance 1."""
    return _standard(x, eps, -1)


def layer_norm(x: Any, weight: Any, bias: Any, eps: Any = 1e-05) -> Array:
    """Return standardized rows, times weight plus bias."""
    return add(multiply(_standard(x, eps, -1), weight), bias)


def rms_norm(x: Any, weight: Any, eps: Any = 1e-06) -> Array:
    """Return rows divided by the root of their mean square plus eps, times weight."""
    x = floating(x)
    return multiply(divide(x, sqrt(add(mean(square(x), -1, True), eps))), weight)


def batch_norm(x: Any, weight: Any, bias: Any, eps: Any = 1e-05) -> Array:
    """Return standardized columns, times weight plus bias."""
    return add(multiply(_standard(x, eps, 0), weight), bias)


def group_norm(x: Any, weight: Any, bias: Any, num_groups: int, eps: Any = 1e-05) -> Array:
    """Return standardized groups of neighbours in a row, times weight plus bias."""
    x = floating(x)
    groups = reshape(x, (x.shape[0], num_groups, x.shape[1] // num_groups))
    return add(multiply(reshape(_standard(groups, eps, -1), x.shape), weight), bias)


def instance_norm(x: Any, eps: Any = 1e-05) -> Array:
    """Return the places of each channel standardized."""
    return _standard(x, eps, -1)


def l2_normalize(x: Any) -> Array:
    """Return x divided by its Euclidean norm along the last axis; zero where that is zero."""
    x = floating(x)
    return divide_no_nan(x, sqrt(sum(square(x), -1, True)))


def clip_by_norm(x: Any, max_norm: Any) -> Array:
    """Return x scaled down to a Euclidean norm of max_norm, where it is larger."""
    norm = linalg_vector_norm(x)
    return where(norm > max_norm, x * (max_norm / norm), x)


def global_norm(arrays: Any) -> Array:
    """Return the Euclidean norm of the elements of several arrays together."""
    return linalg_vector_norm(concat([reshape(part, (-1,)) for part in arrays]))


# attention


def scaled_dot_product_attention(q: Any, k: Any, v: Any) -> Array:
    """Return softmax(q k^T / sqrt(d)) v."""
    scores = matmul(q, matrix_transpose(k)) / context.sqrt(asarray(q).shape[-1])
    return matmul(softmax(scores), v)


def causal_attention(q: Any, k: Any, v: Any) -> Array:
    """Return attention where no place sees a later one."""
    scores = matmul(q, matrix_transpose(k)) / context.sqrt(asarray(q).shape[-1])
    seen = Array(as_objects(np.tril(np.ones(scores.shape[-2:], dtype=bool))), "bool")
    return matmul(masked_softmax(scores, seen), v)
