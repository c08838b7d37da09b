"""Points of Fourier and cosine transforms: signals, images and the halves of spectra that real inverses read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from conformance.points.point import Point, Signature, points


def _signals() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, str]] = [
        ("generic", [0.625, -1.25, 2.125, 0.5], "an ordinary signal of even length"),
        ("generic-odd", [0.625, -1.25, 2.125], "an ordinary signal of odd length: no highest frequency by itself"),
        ("rows", [[0.625, -1.25, 2.125, 0.5], [1.5, 0.375, -0.75, 1.0]], "two signals: one transform for each row"),
        ("constant", [1.5, 1.5, 1.5, 1.5], "all frequencies but the lowest are zero"),
        ("alternating", [1.5, -1.5, 1.5, -1.5], "the highest frequency alone"),
        ("impulse", [1.5, 0.0, 0.0, 0.0], "all frequencies alike"),
        ("zeros", [0.0, 0.0, 0.0, 0.0], "no signal"),
        ("two", [0.625, -1.25], "the lowest and the highest frequency"),
        ("one", [1.5], "one sample"),
        ("uneven", [2.0**20, -1.5, 2.0**-20, 0.5], "large beside small samples"),
    ]
    return points(*rows)


def _images() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, str]] = [
        ("generic", [[0.625, -1.25], [2.125, 0.5]], "an ordinary matrix of even sides"),
        (
            "generic-odd",
            [[0.625, -1.25, 2.125], [0.5, 1.5, -0.375], [1.0, 0.25, -2.0]],
            "an ordinary matrix of odd sides",
        ),
        ("wide", [[0.625, -1.25, 2.125, 0.5], [1.5, 0.375, -0.75, 1.0]], "more columns than rows"),
        ("tall", [[0.625, -1.25], [2.125, 0.5], [1.5, -0.375]], "more rows than columns"),
        ("constant", [[1.5, 1.5], [1.5, 1.5]], "all frequencies but the lowest are zero"),
        ("zeros", [[0.0, 0.0], [0.0, 0.0]], "nothing at all"),
    ]  # fmt: skip
    return points(*rows)


def _spectra() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, Any, str]] = [
        ("generic", [0.625, -1.25, 2.125], [1.375, 0.375, -0.875], "an ordinary spectrum of a signal of length 4"),
        ("longer", [0.625, -1.25, 2.125, 0.5], [1.375, 0.375, -0.875, 1.0], "the spectrum of a signal of length 6"),
        ("shortest", [0.625, -1.25], [1.375, 0.375],
         "the lowest and the highest frequency alone, whose imaginary parts count for nothing"),
        ("real", [0.625, -1.25, 2.125], [0.0, 0.0, 0.0], "a spectrum without imaginary parts: an even signal"),
        ("zeros", [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], "no signal"),
        ("uneven", [2.0**20, -1.5, 2.0**-20], [0.5, 2.0**20, -1.5], "large beside small frequencies"),
    ]  # fmt: skip
    return points(*rows)


def _spectral_images() -> tuple[Point, ...]:
    rows: list[tuple[str, Any, Any, str]] = [
        ("generic", [[0.625, -1.25, 2.125], [1.5, 0.375, -0.75]], [[1.375, 0.375, -0.875], [0.5, -1.5, 0.25]],
         "an ordinary spectrum of a matrix of even sides"),
        ("generic-odd", [[0.625, -1.25], [1.5, 0.375], [-0.5, 2.0]], [[1.375, 0.375], [0.5, -1.5], [1.0, 0.25]],
         "an ordinary spectrum of a matrix with an odd number of rows"),
        ("zeros", [[0.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]], "nothing at all"),
    ]  # fmt: skip
    return points(*rows)


SIGNATURES: Final[Mapping[str, Signature]] = {
    "signal": Signature(points=_signals()),
    "image": Signature(points=_images()),
    "spectrum": Signature(points=_spectra()),
    "spectral-image": Signature(points=_spectral_images()),
}
"""A spectrum is given by its real and its imaginary parts."""
