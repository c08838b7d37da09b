"""The verdict sentence, the counts with their fixed denominators, and the lists."""

from dataclasses import replace

import pytest
import sample

from conformance.results import VERDICTS, Footer, Results
from conformance_reports import summary


def test_a_complete_run_says_so() -> None:
    assert summary.verdict_sentence(sample.green()) == (
        "Complete: 6 cells of 1 case on 3 frameworks: 4 conform, 2 differ as documented."
    )


@pytest.mark.parametrize(
    ("selection", "head"),
    [
        ({"tier": "standard"}, "Complete in the standard tier: "),
        (
            {"parts": [{"shard": "1/2", "tier": "quick"}, {"shard": "2/2", "tier": "quick"}]},
            "Complete in the quick tier: ",
        ),
        ({"tier": "standard", "text": "watch"}, "Complete for a selection of the cases: "),
    ],
)
def test_a_tier_is_named_and_is_no_selection_of_the_cases(selection: dict[str, object], head: str) -> None:
    results = sample.green()
    results = replace(results, header=replace(results.header, selection=selection))
    assert summary.verdict_sentence(results).startswith(head)


def test_every_verdict_is_named_and_one_is_not_said_as_many() -> None:
    sentence = summary.verdict_sentence(sample.sample())
    assert sentence.startswith("Incomplete: 37 cells of 4 cases on 3 frameworks: ")
    for words in (
        "1 contradicts what is documented",
        "1 is inaccurate",
        "2 are known failures",
        "2 are unsupported",
        "1 did not run",
        "1 timed out",
        "1 crashed",
        "1 known failure no longer fails as stated",
    ):
        assert words in sentence


def test_a_selection_is_not_called_complete_without_saying_so() -> None:
    results = sample.results_of(sample.green().cells, cases=sample.CASES[:1], text="watch")
    assert summary.verdict_sentence(results).startswith("Complete for a selection of the cases: ")
    assert summary.state(results).word == "partial"
    assert "text watch" in summary.state(results).reasons[-1]


def test_a_run_that_was_cut_short_is_incomplete() -> None:
    results = replace(sample.green(), footer=None)
    assert summary.verdict_sentence(results).startswith("Incomplete: ")
    assert "no footer" in summary.state(results).reasons[0]


def test_a_framework_that_was_not_there_makes_it_incomplete_by_name() -> None:
    results = sample.green()
    missing = replace(results.header.targets[-1], available=False, reason="No module named 'jax'")
    results = replace(results, header=replace(results.header, targets=(*results.header.targets[:-1], missing)))
    assert summary.state(results).word == "incomplete"
    assert "JAX on cpu (compiled) was not available: No module named 'jax'." in summary.state(results).reasons


def test_nothing_ran() -> None:
    empty = sample.results_of([], cases=())
    assert summary.verdict_sentence(empty) == "Nothing ran: no cell was planned."
    not_run = sample.results_of([sample.cell("a/b", "torch", "eager", "not-run")])
    assert summary.verdict_sentence(not_run) == "Nothing ran: 1 cell planned, none has an answer."


def test_unsupported_is_outside_the_denominator_and_not_run_is_inside() -> None:
    verdicts = ("conforms", "differs", "unsupported", "not-run", "contradicts", "known")
    tally = summary.tally([sample.cell("a/b", "torch", "eager", verdict) for verdict in verdicts])
    assert (tally.as_documented, tally.planned, tally.failed) == (2, 5, 1)
    assert tally.text == "2/5 ✗1 ⚑1 –1 ○1"


def test_the_table_has_a_row_for_every_area_and_a_column_for_every_target() -> None:
    head, *rows = summary.table(sample.sample())
    assert head[0] == "area"
    assert head[1:3] == ("TensorFlow 2.21.0 cpu eager", "TensorFlow 2.21.0 cpu compiled")
    assert [row[0] for row in rows] == ["watching", "lifecycle", "casting", "training", "all"]
    assert {len(row) for row in rows} == {len(head)} == {8}
    assert dict(zip(head, rows[1], strict=True))["PyTorch 2.13.0 cpu compiled"] == "0/1 ✗1"


def test_counts_add_up_to_the_cells() -> None:
    results = sample.sample()
    grid = summary.by_area(results)
    assert sum(sum(t.counts.values()) for row in grid.values() for t in row.values()) == len(results.cells)
    assert sum(sum(t.counts.values()) for t in summary.by_column(results).values()) == len(results.cells)


def test_what_failed_comes_worst_first_and_a_stale_known_failure_is_among_it() -> None:
    verdicts = [cell.verdict for cell in summary.failing_first(sample.sample())]
    assert verdicts == ["contradicts", "inaccurate", "harness-error", "crashed", "timed-out", "known"]


def test_the_slowest_cell_comes_first() -> None:
    assert summary.slowest(sample.sample(), 1)[0].cell == "lifecycle/tape-is-consumed@tensorflow-cpu-compiled"


def test_time_is_split_and_an_import_counts_once_for_both_modes() -> None:
    split = {s.title: s for s in summary.time_split(sample.green())}["PyTorch 2.13.0"]
    assert split.imported == 1.62
    assert split.compiled == pytest.approx(0.043)
    assert split.ran == pytest.approx(0.0042)


@pytest.mark.parametrize(
    ("selection", "narrow"),
    [
        ({"frameworks": ["torch"], "device": "cpu", "modes": ["eager"]}, {}),
        ({"text": "tape", "areas": [], "tags": []}, {"text": "tape"}),
        ({"shard": "1/2"}, {"shard": "1/2"}),
        ({"parts": [{"shard": "1/2"}, {"shard": "2/2"}]}, {}),
        ({"parts": [{"shard": "1/3"}, {"shard": "2/3"}]}, {"shard": "2/3"}),
        ({"parts": [{"shard": "1/2", "areas": ["a"]}, {"shard": "2/2", "areas": ["a"]}]}, {"areas": "a"}),
    ],
)
def test_what_narrows_a_selection(selection: dict[str, object], narrow: dict[str, str]) -> None:
    assert summary.narrowing(selection) == narrow


def test_the_repro_command_names_what_is_not_the_default() -> None:
    cell = sample.cell("casting/x", "torch", "compiled", axes={"dtype": "float16"})
    assert summary.repro_command(cell) == "gradconf repro 'casting/x[dtype=float16]' -f torch --mode compiled"
    assert summary.repro_command(replace(cell, device="gpu", mode="eager", cell="casting/x@torch-gpu-eager")) == (
        "gradconf repro casting/x -f torch --device gpu"
    )
    assert summary.repro_command(replace(cell, framework="agreement")) is None


def test_every_verdict_has_its_sign_its_meaning_and_its_place() -> None:
    assert set(summary.SYMBOLS) == set(summary.MEANINGS) == set(summary.FAILING_FIRST) == set(VERDICTS)
    assert len(set(summary.SYMBOLS.values())) == len(VERDICTS)


def test_two_versions_of_one_framework_are_two_columns() -> None:
    new = sample.cell("a/b", "torch", "eager")
    old = replace(new, version="2.12.0")
    results = Results(
        header=sample.header(),
        cases=(),
        statements=(),
        cells=(new, old),
        footer=Footer(cells=2, verdicts={"conforms": 2}, complete=True, seconds=1.0),
    )
    labels = [column.label for column in summary.columns(results)]
    assert "PyTorch 2.12.0 cpu eager" in labels
    assert "PyTorch 2.13.0 cpu eager" in labels
