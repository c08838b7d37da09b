"""The step summary: sentence, table, failing cells; hostile text stays text."""

import re
from dataclasses import replace

import sample

from conformance_reports import markdown, to_markdown


def test_the_sentence_the_table_and_the_failing_cells_are_there() -> None:
    text = to_markdown.render(sample.sample())
    assert text.startswith("# Gradient conformance\n\n**Incomplete: 37 cells of 4 cases")
    assert "| lifecycle | 1/1 | 0/1 ◔1 | 1/1 | 0/1 ✗1 | 0/0 –1 | 0/0 –1 |  |" in text
    assert "| `lifecycle/tape-is-consumed@torch-cpu-compiled` | ✗ contradicts | `dy_dx: 6` |" in text
    assert "`gradconf repro lifecycle/tape-is-consumed -f torch --mode compiled`" in text
    assert "```python\nimport torch\n" in text


def test_a_green_run_has_nothing_that_needs_attention() -> None:
    assert "Needs attention" not in to_markdown.render(sample.green())


def test_every_row_of_a_table_has_as_many_cells_as_its_head_even_with_hostile_text() -> None:
    lines = to_markdown.render(sample.hostile()).split("\n")
    tables = [line for line in lines if line.startswith("| ")]
    assert {line.count(" | ") for line in tables} == {7, 4}


def test_hostile_text_outside_code_is_neither_markup_nor_a_mention_nor_a_link() -> None:
    assert markdown.plain("<b> @someone [x](y) `c` | https://x") == (
        "&#60;b&#62; &#64;someone \\[x\\]\\(y\\) \\`c\\` \\| https&#58;//x"
    )
    outside = re.sub(r"(`+).*?\1", "", to_markdown.render(sample.hostile()), flags=re.DOTALL)
    assert "<script" not in outside


def test_a_code_span_holds_back_ticks_and_pipes() -> None:
    assert markdown.code("a `b` | c") == "``a `b` ¦ c``"
    assert markdown.code("`") == "`` ` ``"
    assert markdown.code("") == ""


def test_a_label_in_html_is_escaped_as_html() -> None:
    assert markdown.html_text("a[x=<b>]@torch http://x") == "a[x=&lt;b&gt;]&#64;torch http&#58;//x"


def test_a_block_ends_where_we_end_it() -> None:
    assert markdown.block("```\ntext", "python") == "````python\n```\ntext\n````"


def test_a_thousand_failures_make_a_short_summary_that_counts_the_rest() -> None:
    failing = replace(sample.cell("a/b", "torch", "eager"), verdict="contradicts")
    cells = [replace(failing, cell=f"a/b{n}@torch-cpu-eager") for n in range(1000)]
    text = to_markdown.render(sample.results_of(cells, cases=()))
    assert "950 more are in the HTML report" in text
    assert len(text) < 100_000
