"""The exact values of derivative cases: read from the file beside the case file, for the points that are asked for.

``cases/derivatives/unary.yaml`` has ``unary.frozen.json``: by case and variant the key of what they were computed from,
and by point what ``conformance.frozen_point`` says.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from conformance.derivatives import frozen_key, frozen_name, in_tier, order_of, points_of
from conformance.points import exact_in

if TYPE_CHECKING:
    from conformance.frozen_point import FrozenPoint
    from conformance.load import LoadedCase
    from conformance.plan import Variant
    from conformance.points import Point

FORMAT: Final = 3
"""Of the file; with another one everything in it has to be frozen again."""


def frozen_path(loaded: LoadedCase) -> Path:
    """Return the file of the exact values of a case file."""
    if loaded.path is None:
        raise loaded.error("a derivative case is read from a file, beside which its exact values are frozen")
    return loaded.path.with_suffix(".frozen.json")


@functools.lru_cache(maxsize=256)
def _read(path: Path, changed: int) -> Mapping[str, Any]:
    del changed
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return values


def frozen_points(variant: Variant) -> Mapping[str, FrozenPoint]:
    """Return the exact values of a variant by point.

    Raises:
        CaseError: they are not frozen, or were frozen for another function or other points.
    """
    loaded = variant.loaded
    path = frozen_path(loaded)
    what = f"{loaded.full_id}[{frozen_name(variant.labels)}]" if frozen_name(variant.labels) else loaded.full_id
    advice = f"run `gradconf freeze {loaded.file}`"
    if not path.exists():
        raise loaded.error(f"{what}: its exact values are not frozen; {advice}")
    values = _read(path, path.stat().st_mtime_ns)
    if values.get("format") != FORMAT:
        raise loaded.error(f"{path.name} has format {values.get('format')}, and this reads format {FORMAT}; {advice}")
    entry = values.get("cases", {}).get(loaded.case.id, {}).get(frozen_name(variant.labels))
    if entry is None:
        raise loaded.error(f"{what}: its exact values are not frozen; {advice}")
    if entry["key"] != frozen_key(loaded.case, variant.axes):
        raise loaded.error(f"{what}: function or points changed since its exact values were frozen; {advice}")
    points: Mapping[str, FrozenPoint] = entry["points"]
    return points


def points_asked(variant: Variant) -> tuple[Point, ...]:
    """Return the points of a variant in its tier and dtype: those that lie in the domain of its function.

    Where no point of the quick tier fits, the first one that does stands for them.
    """
    frozen = frozen_points(variant)
    dtype = str(variant.axes["dtype"])
    order = "curvature" if order_of(str(variant.axes["way"])) == 2 else "slope"

    def there(point: Point) -> bool:
        return dtype in point.dtypes and order in frozen.get(point.name, {}) and exact_in(point.values, dtype)

    points = points_of(variant.loaded.case)
    chosen = [point for point in points if in_tier(point, variant.tier) and there(point)]
    return tuple(chosen or itertools.islice(filter(there, points), 1))
