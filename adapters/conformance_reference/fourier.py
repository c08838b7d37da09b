"""Computes the neutral Fourier and cosine transforms on exact arrays, by their sums."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from conformance_reference.arrays import Array, Element, asarray, astype, context, objects
from conformance_reference.loops import REAL_OF, floating
from conformance_reference.manipulation import swapaxes

__all__ = [
    "fft_dct", "fft_fft", "fft_fft2", "fft_fftshift", "fft_ifft", "fft_ifft2", "fft_ifftshift", "fft_irfft",
    "fft_irfft2", "fft_rfft", "fft_rfft2",
]  # fmt: skip


# transforms


def _rows(x: Array, function: Callable[[list[Element]], list[Element]], dtype: str) -> Array:
    """Return the function of every row along the last axis."""
    values = [function(list(row)) for row in x.data.reshape((-1, x.shape[-1]))]
    return Array(objects([a for row in values for a in row], (*x.shape[:-1], len(values[0]))), dtype)


def _transform(row: list[Element], sign: int) -> list[Element]:
    size = len(row)
    turn = [context.expjpi(context.mpf(2 * sign * k) / size) for k in range(size)]
    return [builtins.sum((row[n] * turn[n * k % size] for n in range(size)), context.mpc(0)) for k in range(size)]


def _complexed(x: Any) -> Array:
    x = floating(x)
    return x if x.dtype in REAL_OF else astype(x, "complex128" if x.dtype == "float64" else "complex64")


def fft_fft(x: Any) -> Array:
    """Return the discrete Fourier transform along the last axis."""
    x = _complexed(x)
    return _rows(x, lambda row: _transform(row, -1), x.dtype)


def fft_ifft(x: Any) -> Array:
    """Return the inverse of fft."""
    x = _complexed(x)
    return _rows(x, lambda row: [a / len(row) for a in _transform(row, 1)], x.dtype)


def fft_fft2(x: Any) -> Array:
    """Return the discrete Fourier transform along the last two axes."""
    return swapaxes(fft_fft(swapaxes(fft_fft(x), -1, -2)), -1, -2)


def fft_ifft2(x: Any) -> Array:
    """Return the inverse of fft2."""
    return swapaxes(fft_ifft(swapaxes(fft_ifft(x), -1, -2)), -1, -2)


def fft_rfft(x: Any) -> Array:
    """Return the first n // 2 + 1 values of the transform of real x along the last axis."""
    x = floating(x)
    return fft_fft(x)[..., : x.shape[-1] // 2 + 1]


def _halved(row: list[Element]) -> list[Element]:
    """Return the real signal of even length whose transform begins with the row."""
    size = 2 * (len(row) - 1)
    weight = [1, *[2] * (len(row) - 2), 1]
    return [
        builtins.sum(w * (a * context.expjpi(context.mpf(2 * k * n) / size)).real
                     for k, (w, a) in enumerate(zip(weight, row, strict=True))) / size
        for n in range(size)
    ]  # fmt: skip


def fft_irfft(x: Any) -> Array:
    """Return the real inverse of rfft, of even length."""
    x = _complexed(x)
    return _rows(x, _halved, REAL_OF[x.dtype])


def fft_rfft2(x: Any) -> Array:
    """Return rfft along the last axis, then fft along the one before."""
    return swapaxes(fft_fft(swapaxes(fft_rfft(x), -1, -2)), -1, -2)


def fft_irfft2(x: Any) -> Array:
    """Return the real inverse of rfft2."""
    return fft_irfft(swapaxes(fft_ifft(swapaxes(x, -1, -2)), -1, -2))


def fft_fftshift(x: Any) -> Array:
    """Return the zero frequency moved to the middle of every axis."""
    x = asarray(x)
    return Array(np.roll(x.data, [n // 2 for n in x.shape], axis=tuple(range(x.ndim))), x.dtype)


def fft_ifftshift(x: Any) -> Array:
    """Return the inverse of fftshift."""
    x = asarray(x)
    return Array(np.roll(x.data, [-(n // 2) for n in x.shape], axis=tuple(range(x.ndim))), x.dtype)


def _cosines(row: list[Element]) -> list[Element]:
    size = len(row)
    return [
        2 * builtins.sum(a * context.cospi(context.mpf(k * (2 * n + 1)) / (2 * size)) for n, a in enumerate(row))
        for k in range(size)
    ]


def fft_dct(x: Any) -> Array:
    """Return the cosine transform of type 2 along the last axis."""
    x = floating(x)
    return _rows(x, _cosines, x.dtype)
