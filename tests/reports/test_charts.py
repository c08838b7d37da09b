"""The geometry of charts: values are where the axis says, whatever the values are."""

import math
import re

import pytest

from conformance_reports import charts
from conformance_reports.charts import Curve


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", path)]


def test_a_falling_series_falls_on_the_page() -> None:
    chart = charts.series_chart("loss", [Curve(label="torch", values=(4.0, 3.0, 2.0))])
    assert chart is not None
    assert chart.scale == "linear scale"
    ys = [y for _, y in points(chart.curves[0].path)]
    assert ys == sorted(ys)
    assert ys[1] - ys[0] == pytest.approx(ys[2] - ys[1], abs=0.11)


def test_a_wide_positive_series_is_logarithmic_with_ticks_at_powers_of_ten() -> None:
    chart = charts.series_chart("loss", [Curve(label="torch", values=(100.0, 10.0, 1.0))])
    assert chart is not None
    assert chart.scale == "logarithmic scale"
    assert [tick.label for tick in chart.y_ticks] == ["1", "10", "100"]
    drawn = [y for _, y in points(chart.curves[0].path)]
    assert drawn == pytest.approx([tick.at for tick in reversed(chart.y_ticks)], abs=0.11)


def test_a_series_that_touches_zero_is_never_logarithmic() -> None:
    chart = charts.series_chart("loss", [Curve(label="torch", values=(100.0, 1.0, 0.0))])
    assert chart is not None
    assert chart.scale == "linear scale"


def test_the_band_holds_what_is_accepted() -> None:
    chart = charts.series_chart("w", [Curve(label="torch", values=(0.0, 2.5, 3.0))], near=3.0, atol=0.5)
    assert chart is not None and chart.band is not None
    top, height = chart.band
    ys = [y for _, y in points(chart.curves[0].path)]
    assert top < ys[2] < top + height
    assert ys[1] == pytest.approx(top + height, abs=0.11)
    assert ys[0] > top + height


@pytest.mark.parametrize("values", [(math.nan, math.inf), (), (math.nan,)])
def test_nothing_finite_is_no_chart(values: tuple[float, ...]) -> None:
    assert charts.series_chart("loss", [Curve(label="torch", values=values)]) is None


def test_a_gap_breaks_the_line_and_is_counted() -> None:
    chart = charts.series_chart("loss", [Curve(label="torch", values=(3.0, math.nan, 2.0, 1.0))])
    assert chart is not None
    assert chart.curves[0].path.count("M") == 2
    assert chart.curves[0].broken == 1


@pytest.mark.parametrize(
    "values", [(5.0, 5.0), (1e308, -1e308), (1e-310, 1e-312), (0.0, 0.0), (7.0,), (-1e-300, 1e300), (1e300, 1e-300)]
)
def test_any_values_stay_within_the_box(values: tuple[float, ...]) -> None:
    chart = charts.series_chart("loss", [Curve(label="torch", values=values)], below=1.0)
    assert chart is not None
    for x, y in points(chart.curves[0].path):
        assert charts.LEFT <= x <= charts.WIDTH - charts.RIGHT
        assert charts.TOP <= y <= charts.HEIGHT - charts.BOTTOM
    assert 1 <= len(chart.y_ticks) <= 25


def test_a_long_series_keeps_its_last_value() -> None:
    chart = charts.series_chart("loss", [Curve(label="torch", values=tuple(float(10_000 - i) for i in range(10_000)))])
    assert chart is not None
    drawn = points(chart.curves[0].path)
    assert len(drawn) <= charts.POINTS + 2
    assert drawn[-1][0] == charts.WIDTH - charts.RIGHT
    assert chart.curves[0].end == "1"


def test_a_fit_is_drawn_over_its_inputs_in_their_order() -> None:
    chart = charts.fit_chart(
        "fit", [Curve(label="torch", values=(4.0, 0.0, 1.0))], inputs=(2.0, 0.0, 1.0), targets=(4, 0, 1)
    )
    assert chart is not None
    xs = [x for x, _ in points(chart.curves[0].path)]
    assert xs == sorted(xs)
    assert sorted(chart.dots) == points(chart.curves[0].path)
