"""Computes the neutral losses and distances on exact arrays."""

from __future__ import annotations

from typing import Any

from conformance_reference.arrays import Array, asarray, context
from conformance_reference.elementwise import (
    abs,
    cosh,
    divide,
    exp,
    log,
    multiply,
    negative,
    sqrt,
    square,
    subtract,
    where,
)
from conformance_reference.manipulation import one_hot, reshape, take_along_axis
from conformance_reference.networks import l2_normalize, log_softmax, relu, softplus
from conformance_reference.reductions import mean, sum
from conformance_reference.special import xlogy

__all__ = [
    "bce_loss", "bce_with_logits_loss", "cdist", "cosine_similarity", "cross_entropy_loss", "gaussian_nll_loss",
    "hinge_loss", "huber_loss", "kl_div_loss", "log_cosh_loss", "mae_loss", "margin_ranking_loss", "mse_loss",
    "nll_loss", "pairwise_distance", "poisson_nll_loss", "smooth_l1_loss", "smoothed_cross_entropy_loss",
    "soft_cross_entropy_loss", "soft_margin_loss", "squared_distances", "squared_hinge_loss", "triplet_loss",
]  # fmt: skip


# losses


def mse_loss(x: Any, y: Any) -> Array:
    """Return the mean of (x - y) ** 2."""
    return mean(square(subtract(x, y)))


def mae_loss(x: Any, y: Any) -> Array:
    """Return the mean of |x - y|."""
    return mean(abs(subtract(x, y)))


def huber_loss(x: Any, y: Any, delta: Any = 1.0) -> Array:
    """Return the mean of the squared halves up to delta, linear beyond."""
    distance = abs(subtract(x, y))
    return mean(where(distance > delta, delta * (distance - delta / 2), square(distance) / 2))


def smooth_l1_loss(x: Any, y: Any, beta: Any = 1.0) -> Array:
    """Return the huber loss divided by its delta."""
    return divide(huber_loss(x, y, beta), beta)


def log_cosh_loss(x: Any, y: Any) -> Array:
    """Return the mean of log(cosh(x - y))."""
    return mean(log(cosh(subtract(x, y))))


def hinge_loss(x: Any, y: Any) -> Array:
    """Return the mean of max(0, 1 - x * y)."""
    return mean(relu(1 - multiply(x, y)))


def squared_hinge_loss(x: Any, y: Any) -> Array:
    """Return the mean of max(0, 1 - x * y) ** 2."""
    return mean(square(relu(1 - multiply(x, y))))


def soft_margin_loss(x: Any, y: Any) -> Array:
    """Return the mean of log(1 + exp(-x * y))."""
    return mean(softplus(negative(multiply(x, y))))


def margin_ranking_loss(x1: Any, x2: Any, y: Any, margin: Any) -> Array:
    """Return the mean of max(0, margin - y * (x1 - x2))."""
    return mean(relu(margin - multiply(y, subtract(x1, x2))))


def bce_loss(x: Any, y: Any) -> Array:
    """Return the mean of -(y * log(x) + (1 - y) * log(1 - x))."""
    return negative(mean(xlogy(y, x) + xlogy(1 - asarray(y), 1 - asarray(x))))


def bce_with_logits_loss(x: Any, y: Any) -> Array:
    """Return the binary cross entropy of sigmoid(x)."""
    return mean(softplus(x) - multiply(x, y))


def _at_labels(x: Any, labels: Any) -> Array:
    return take_along_axis(x, reshape(labels, (-1, 1)))


def cross_entropy_loss(x: Any, labels: Any) -> Array:
    """Return the mean of -log_softmax(x) at the label of each row."""
    return nll_loss(log_softmax(x), labels)


def soft_cross_entropy_loss(x: Any, y: Any) -> Array:
    """Return the mean over rows of -sum(y * log_softmax(x))."""
    return negative(mean(sum(multiply(y, log_softmax(x)), axis=-1)))


def smoothed_cross_entropy_loss(x: Any, labels: Any, smoothing: Any) -> Array:
    """Return the cross entropy with labels moved towards uniform."""
    classes = asarray(x).shape[-1]
    share = context.mpf(smoothing)
    return soft_cross_entropy_loss(x, one_hot(labels, classes) * (1 - share) + share / classes)


def nll_loss(x: Any, labels: Any) -> Array:
    """Return the mean of -x at the label of each row."""
    return negative(mean(_at_labels(x, labels)))


def kl_div_loss(x: Any, y: Any) -> Array:
    """Return the sum of y * (log(y) - x)."""
    return sum(xlogy(y, y) - multiply(y, x))


def poisson_nll_loss(x: Any, y: Any) -> Array:
    """Return the mean of exp(x) - y * x."""
    return mean(exp(x) - multiply(y, x))


def gaussian_nll_loss(x: Any, y: Any, var: Any) -> Array:
    """Return the mean of (log(var) + (x - y) ** 2 / var) / 2."""
    return mean(log(var) + square(subtract(x, y)) / var) / 2


def cosine_similarity(x1: Any, x2: Any) -> Array:
    """Return the cosine of the angle between rows."""
    return sum(l2_normalize(x1) * l2_normalize(x2), axis=-1)


def triplet_loss(anchor: Any, positive: Any, negative: Any, margin: Any) -> Array:
    """Return the mean over rows of max(0, |a - p| - |a - n| + margin)."""
    return mean(relu(pairwise_distance(anchor, positive) - pairwise_distance(anchor, negative) + margin))


# distances


def squared_distances(x1: Any, x2: Any) -> Array:
    """Return the squared Euclidean distances between the rows of one matrix and those of another."""
    return sum(square(asarray(x1)[:, None] - asarray(x2)[None, :]), axis=-1)


def cdist(x1: Any, x2: Any) -> Array:
    """Return the Euclidean distances between the rows of one matrix and those of another."""
    return sqrt(squared_distances(x1, x2))


def pairwise_distance(x1: Any, x2: Any) -> Array:
    """Return the Euclidean distance between rows at the same place."""
    return sqrt(sum(square(subtract(x1, x2)), axis=-1))
