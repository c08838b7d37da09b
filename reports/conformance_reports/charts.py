"""Series of numbers turned into the geometry of a chart: paths, ticks and bands in the units of its SVG view box.

The drawing itself is ``templates/chart.svg``; no text of a results file becomes markup here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conformance_reports.values import number

WIDTH: Final = 560
HEIGHT: Final = 240
"""The view box: two charts stand side by side on a wide screen, and one fills a narrow one."""

LEFT: Final = 58
RIGHT: Final = 12
TOP: Final = 12
BOTTOM: Final = 26
"""Margins, as in ``templates/chart.svg``: room for tick labels of six characters on the left and a line of them."""

POINTS: Final = 120
"""Points that are kept of a curve: one for every four units of the box, which is finer than a line is wide."""

LOG_SPAN: Final = 50.0
"""A positive series is drawn on a logarithmic scale where its largest value is this many times its smallest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One series: its name and its values; ``style`` numbers the framework, ``dashed`` is the compiled mode."""

    label: str
    values: tuple[float, ...]
    style: int = 0
    dashed: bool = False
    xs: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A grid line: its place along the axis and its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A curve in the box: ``path`` is SVG path data, ``style`` and ``dashed`` as in ``Curve``."""

    label: str
    path: str
    style: int
    dashed: bool
    first: str
    end: str
    steps: int
    broken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All that the template draws. ``band`` is (top, height) of the accepted range, ``below`` where the bound is."""

    title: str
    scale: str
    curves: tuple[Drawn, ...]
    dots: tuple[tuple[float, float], ...] = ()
    x_ticks: tuple[Tick, ...] = ()
    y_ticks: tuple[Tick, ...] = ()
    band: tuple[float, float] | None = None
    band_label: str = ""
    below: float | None = None
    below_label: str = ""


def series_chart(
    title: str,
    curves: Sequence[Curve],
    *,
    below: float | None = None,
    near: float | None = None,
    atol: float | None = None,
) -> Chart | None:
    """Return the chart of some series over their steps, or None where there is no finite value to draw.

    ``below`` is drawn as a line, ``near`` ± ``atol`` as a band: where the last value must be.
    """
    finite = [y for curve in curves for y in curve.values if math.isfinite(y)]
    if not finite:
        return None
    marks = [y for y in (below, None if near is None or atol is None else near + atol) if y is not None]
    marks += [near - atol] if near is not None and atol is not None else []
    log = min(finite) > 0 and max(finite) / min(finite) >= LOG_SPAN and all(y > 0 for y in marks)
    y_axis = _axis([*finite, *marks], log=log, start=HEIGHT - BOTTOM, stop=TOP)
    last = max(len(curve.values) for curve in curves) - 1
    x_axis = _axis([0.0, float(max(last, 1))], log=False, start=LEFT, stop=WIDTH - RIGHT, pad=0.0)
    band = None
    if near is not None and atol is not None:
        top, foot = y_axis.place(near + atol), y_axis.place(near - atol)
        band = (round(top, 1), round(max(foot - top, 1.5), 1))
    return Chart(
        title=title,
        scale="logarithmic scale" if log else "linear scale",
        curves=tuple(_draw(curve, x_axis, y_axis) for curve in curves),
        x_ticks=x_axis.ticks(whole=True),
        y_ticks=y_axis.ticks(),
        band=band,
        band_label="" if band is None else f"last value within {number(near)} ± {number(atol)}",
        below=None if below is None else round(y_axis.place(below), 1),
        below_label="" if below is None else f"last value below {number(below)}",
    )


def fit_chart(
    title: str, curves: Sequence[Curve], *, inputs: Sequence[float] | None, targets: Sequence[float] | None
) -> Chart | None:
    """Return the chart of fitted values over their inputs, with the data as dots, or None where nothing is finite."""
    drawable = []
    for curve in curves:
        xs = inputs if inputs is not None and len(inputs) == len(curve.values) else range(len(curve.values))
        pairs = sorted((x, y) for x, y in zip(xs, curve.values, strict=True) if math.isfinite(x) and math.isfinite(y))
        if pairs:
            drawable.append(
                Curve(
                    label=curve.label,
                    xs=tuple(float(x) for x, _ in pairs),
                    values=tuple(y for _, y in pairs),
                    style=curve.style,
                    dashed=curve.dashed,
                )
            )
    if not drawable:
        return None
    dots = []
    if targets is not None:
        xs = inputs if inputs is not None and len(inputs) == len(targets) else range(len(targets))
        dots = [(float(x), y) for x, y in zip(xs, targets, strict=True) if math.isfinite(x) and math.isfinite(y)]
    all_x = [x for curve in drawable for x in curve.xs or ()] + [x for x, _ in dots]
    all_y = [y for curve in drawable for y in curve.values] + [y for _, y in dots]
    x_axis = _axis(all_x, log=False, start=LEFT, stop=WIDTH - RIGHT)
    y_axis = _axis(all_y, log=False, start=HEIGHT - BOTTOM, stop=TOP)
    return Chart(
        title=title,
        scale="linear scale",
        curves=tuple(_draw(curve, x_axis, y_axis) for curve in drawable),
        dots=tuple((round(x_axis.place(x), 1), round(y_axis.place(y), 1)) for x, y in dots[: 4 * POINTS]),
        x_ticks=x_axis.ticks(),
        y_ticks=y_axis.ticks(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    low: float
    high: float
    log: bool
    start: float
    stop: float

    def place(self, value: float) -> float:
        """Return where a value is along the axis, kept within it."""
        low, high, x = (_log(v) for v in (self.low, self.high, value)) if self.log else (self.low, self.high, value)
        part = x / (high - low) - low / (high - low)
        return self.start + (self.stop - self.start) * min(max(part, 0.0), 1.0)

    def ticks(self, *, whole: bool = False) -> tuple[Tick, ...]:
        """Return about five grid lines at round values."""
        if self.log:
            first, last = math.ceil(_log(self.low) - 1e-9), math.floor(_log(self.high) + 1e-9)
            step = max(1, (last - first + 4) // 5)
            values = [10.0**e for e in range(first, last + 1, step)]
            if len(values) < 2:
                values = [self.low, self.high]
        else:
            raw = (self.high - self.low) / 5
            size = 10.0 ** math.floor(math.log10(raw))
            step_size = next(size * n for n in (1, 2, 5, 10) if size * n >= raw * 0.999)
            if whole:
                step_size = max(1.0, math.ceil(step_size))
            first = math.ceil(self.low / step_size - 1e-9)
            last = min(math.floor(self.high / step_size + 1e-9), first + 20)
            values = [n * step_size for n in range(first, last + 1)]
        return tuple(Tick(at=round(self.place(v), 1), label=f"{v:.4g}") for v in values)


def _log(value: float) -> float:
    return math.log10(max(value, 1e-320))


def _axis(values: Sequence[float], *, log: bool, start: float, stop: float, pad: float = 0.05) -> _Axis:
    low, high = min(values), max(values)
    if log:
        spread = (_log(high) - _log(low)) * pad
        top = min(_log(high) + spread, 308.0)  # the largest power of ten that a float holds
        return _Axis(low=10 ** (_log(low) - spread), high=10**top, log=True, start=start, stop=stop)
    limit = 1e300  # so that the width of the axis is a finite number whatever the values are
    low, high = max(low, -limit), min(high, limit)
    least = max(abs(low), abs(high), 1e-290) * 1e-9
    spread = (high - low) * pad if high - low > least else max(abs(high) * 0.1, 1e-3)
    return _Axis(low=low - spread, high=high + spread, log=False, start=start, stop=stop)


def _draw(curve: Curve, x_axis: _Axis, y_axis: _Axis) -> Drawn:
    count = len(curve.values)
    xs = curve.xs if curve.xs is not None else tuple(float(i) for i in range(count))
    stride = max(1, math.ceil(count / POINTS))
    kept = [*range(0, count, stride)] if stride == 1 else [*range(0, count - 1, stride), count - 1]
    path, pen = [], "M"
    for i in kept:
        y = curve.values[i]
        if not math.isfinite(y):
            pen = "M"
            continue
        path.append(f"{pen}{x_axis.place(xs[i]):.1f} {y_axis.place(y):.1f}")
        pen = "L"
    return Drawn(
        label=curve.label,
        path="".join(path),
        style=curve.style,
        dashed=curve.dashed,
        first=number(curve.values[0]) if curve.values else "–",
        end=number(curve.values[-1]) if curve.values else "–",
        steps=count,
        broken=sum(not math.isfinite(y) for y in curve.values),
    )
