"""What is frozen of one point of a derivative case, and what follows from it.

``shape`` of the result; the exact ``slope`` and ``curvature`` along the curve, with the size of the terms that each of
them sums (``slope_size``, ``curvature_size``); and the ``jacobian``: for each element of the result a row over the
elements of all inputs. A derivative is decimal text, a pair of them at a kink, or a word with its reason: ``pole``,
``jump``. Of a function of complex arguments, instead of the Jacobian: the ``gradient`` of the total by the real and by
the imaginary part of each input element, with ``gradient_sizes``. ``conditioning`` (linear algebra alone): by input
element, what the rounding of the inputs does to the derivatives by it. A point that does not fit the function has
``outside`` and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

FrozenPoint = Mapping[str, Any]


def has_no_number(exact: Any) -> bool:
    """Return whether an exact derivative is no finite number: a pole, a jump, or infinite."""
    return isinstance(exact, str) and exact.startswith(("pole", "jump", "inf", "-inf"))


def column_sizes(point: FrozenPoint) -> list[float]:
    """Return for each input element the size of the terms that the derivatives by it may be sums of.

    Those are its derivatives of all elements of the result (a softmax' are differences of each other's), and for linear
    algebra what the rounding of the inputs does.
    """
    if not point["jacobian"]:
        return []
    terms = [sum(map(_size, column)) for column in zip(*point["jacobian"], strict=True)]
    conditioning = map(float, point.get("conditioning", [0.0] * len(terms)))
    return [a + b for a, b in zip(terms, conditioning, strict=True)]


def _size(exact: Any) -> float:
    if isinstance(exact, list):
        return max(map(_size, exact))
    size = 0.0 if ":" in exact else abs(float(exact))
    return size if math.isfinite(size) else 0.0
