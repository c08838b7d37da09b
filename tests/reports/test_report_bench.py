"""The made-up results of the benchmark, and its table."""

from conformance_reports import bench, summary
from conformance_reports.integrity import refuse_tampered


def test_made_up_results_are_whole_and_the_same_every_time() -> None:
    results = bench.made_up(100)
    assert len(results.cells) == 100
    assert results.complete
    assert refuse_tampered(results, "made up") is results
    assert results == bench.made_up(100)
    assert len({cell.native for cell in results.cells}) == 100
    assert summary.state(results).word == "complete"


def test_the_table_has_every_measure_beside_its_aim() -> None:
    good = bench.Measure(
        cells=1500, size=1_880_000, size_aim=2_000_000, rendered=1.25, opened=0.5, answered=0.0512
    )  # fmt: skip
    slow = bench.Measure(
        cells=10_000, size=4_000_000, size_aim=5_000_000, rendered=9.0, opened=2.0, answered=1.5
    )  # fmt: skip
    big = bench.Measure(
        cells=10_000, size=6_000_000, size_aim=5_000_000, rendered=9.0, opened=None, answered=None
    )  # fmt: skip
    lines = bench.table([good, slow, big]).split("\n")
    assert lines[1].split() == ["1,500", "1.88", "MB", "2", "MB", "1.25", "s", "0.50", "s", "0.051", "s", "1", "s",
                                "✓", "within"]  # fmt: skip
    assert [m.within for m in (good, slow, big)] == [True, False, False]
    assert lines[2].endswith("✗ beyond its aim")
    assert "no browser" in lines[3]
