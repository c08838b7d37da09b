"""The series and fits that the cells of a variant observed, turned into charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from conformance_reports import charts
from conformance_reports.index import Index, modes_text
from conformance_reports.values import is_series, numbers_of
from conformance_reports.visible import one_line

if TYPE_CHECKING:
    from conformance.results import CellRecord

FIT_NAMES: Final = ("fit", "fitted", "guess", "prediction", "predictions", "predicted")
"""Observed names that are drawn as a fit: one value an input."""

FIT_POINTS: Final = 8
"""Fewer values are an answer to be read, not a curve to be looked at."""

INPUT_NAMES: Final = ("inputs", "xs", "x", "grid")
"""Observed names that a fit is drawn over."""

TARGET_NAMES: Final = ("targets", "ys", "labels", "y")
"""Observed names that are drawn as the data of a fit."""


def charts_of(index: Index, cells: Sequence[CellRecord]) -> tuple[charts.Chart, ...]:
    """Return a chart of every series that is expected, and of every fit, with all the frameworks in it."""
    names = dict.fromkeys(name for cell in cells for name, value in cell.expected.items() if is_series(value))
    found = [_series(index, name, cells) for name in names]
    found += [_fit(index, name, cells) for name in FIT_NAMES if any(name in cell.observations for cell in cells)]
    return tuple(chart for chart in found if chart is not None)


def _curves(index: Index, name: str, cells: Sequence[CellRecord], *, least: int = 1) -> tuple[charts.Curve, ...]:
    merged: dict[tuple[str, str, tuple[float, ...]], tuple[CellRecord, list[str]]] = {}
    for cell in cells:
        values = numbers_of(cell.observations.get(name))
        if values and len(values) >= least:
            version = cell.version if cell.framework in index.several_versions else ""
            title = index.framework_title(cell.framework, version)
            merged.setdefault((title, cell.device, values), (cell, []))[1].append(cell.mode)
    devices = {device for _, device, _ in merged}
    return tuple(
        charts.Curve(
            label=" ".join(part for part in (title, device if len(devices) > 1 else "", modes_text(modes)) if part),
            values=values,
            style=min(index.styles[cell.framework], 5),
            dashed="eager" not in modes,
        )
        for (title, device, values), (cell, modes) in merged.items()
    )


def _series(index: Index, name: str, cells: Sequence[CellRecord]) -> charts.Chart | None:
    curves = _curves(index, name, cells)
    if not curves:
        return None
    expected = next(cell.expected[name] for cell in cells if is_series(cell.expected.get(name)))
    final = expected.get("final") if isinstance(expected.get("final"), Mapping) else {}
    return charts.series_chart(
        f"{one_line(name)} by step",
        curves,
        below=_real(expected.get("below")),
        near=_real(final.get("near")),
        atol=_real(final.get("atol")),
    )


def _fit(index: Index, name: str, cells: Sequence[CellRecord]) -> charts.Chart | None:
    def given(names: Sequence[str]) -> tuple[float, ...] | None:
        found = (numbers_of(cell.observations.get(n)) for n in names for cell in cells)
        return next((values for values in found if values), None)

    curves = _curves(index, name, cells, least=FIT_POINTS)
    inputs, targets = given(INPUT_NAMES), given(TARGET_NAMES)
    return charts.fit_chart(f"{one_line(name)} over the inputs", curves, inputs=inputs, targets=targets)


def _real(value: Any) -> float | None:
    """Return a number, also where it stands alone in lists, as the value of a parameter of shape (1, 1) does."""
    while isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
