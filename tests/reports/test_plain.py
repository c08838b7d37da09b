"""The plain tables that are read without JavaScript: one row for those who answered alike."""

import sample

from conformance_reports import compose, plain


def rows_of(case: str) -> list[tuple[str, str]]:
    page = compose.page_of(sample.sample())
    [variant, *_] = next(c for area in page.areas for c in area.cases if c.id == case).variants
    return [(row.who, row.verdict) for row in plain.rows_of(variant)]


def test_targets_that_answered_alike_share_a_row() -> None:
    assert rows_of("training/linear-model") == [
        ("TensorFlow 2.21.0, PyTorch 2.13.0", "✓ conforms"),
        ("JAX 0.10.2", "✓ conforms"),
        ("Agreement", "✓ conforms"),
    ]


def test_a_mode_is_named_where_the_other_answered_otherwise() -> None:
    assert rows_of("lifecycle/tape-is-consumed") == [
        ("TensorFlow 2.21.0 eager", "✓ conforms"),
        ("TensorFlow 2.21.0 compiled", "◔ timed-out"),
        ("PyTorch 2.13.0 eager", "✓ conforms"),
        ("PyTorch 2.13.0 compiled", "✗ contradicts"),
        ("JAX 0.10.2", "– unsupported"),
    ]


def test_a_long_answer_is_cut() -> None:
    check = sample.number_check("dy_dx", 6.0, kind="contradicts")
    cell = sample.cell("a/b", "torch", "eager", "contradicts", message="m" * 500, checks=(check,))
    [area] = compose.page_of(sample.results_of([cell], cases=())).areas
    [row] = plain.rows_of(area.cases[0].variants[0])
    assert row.answers == ("dy_dx: 6 → 6 (float32, shape ()) (contradicts, exact)",)
    assert plain._short("x" * 300) == "x" * 240 + "…"
