"""A small derivative case of two operations and two points, as its file and the file of its exact values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.derivatives import frozen_key
from conformance.frozen import FORMAT
from conformance.plan import expand

if TYPE_CHECKING:
    from conformance.load import LoadedCase

CASE = """\
# yaml-language-server: $schema=case.schema.json
area: derivatives
cases:
  - id: small
    title: A small derivative case
    function: |
      def f(x):
          return $op(x)
    for_each: {op: [exp, sin]}
    points:
      generic: {x: [0.5, -1.25]}
      zero: {x: 0.0, because: the origin}
    derivatives: {orders: [1, 2]}
"""


def asking(derivatives: str) -> str:
    """Return the case with this in the place of ``orders: [1, 2]``."""
    return CASE.replace("{orders: [1, 2]}", f"{{{derivatives}}}")


def write_frozen(folder: Path, loaded: LoadedCase, *, key: str | None = None, curvature: str = "1") -> None:
    """Write the same numbers as exact values of both operations at both points; ``key``: not that of the function."""
    point = {"slope": "1", "slope_size": "1", "shape": [], "jacobian": [["1"]],
             "curvature": curvature, "curvature_size": "1"}  # fmt: skip
    entries = {
        f"op={variant.axes['op']}": {
            "key": key or frozen_key(loaded.case, variant.axes), "points": {"generic": point, "zero": point},
        }
        for variant in expand(loaded)
    }  # fmt: skip
    (folder / "small.frozen.json").write_text(json.dumps({"format": FORMAT, "cases": {"small": entries}}))
