"""Derivative cases in the report: findings and conventions by operation, one plain row, and data that repeats once."""

from __future__ import annotations

from dataclasses import replace

from derivative_sample import CASE, derivatives
from sample import STATEMENTS

from conformance_reports import embed, to_html
from conformance_reports.compose import page_of
from conformance_reports.derivatives import FEW, _reasons, few


def test_known_failures_are_joined_by_operation_and_stand_apart_from_other_cases() -> None:
    page = page_of(derivatives())
    assert page.known == ()
    (found,) = page.findings
    assert (found.label, found.framework, found.verdict.word) == (
        "elementary[op=abs]", "PyTorch 2.13.0", "contradicts",
    )  # fmt: skip
    assert (found.ways, found.dtypes, found.points) == ("forward", ("float32", "float64"), ("zero",))
    assert found.seen == "zero: d f / d x is 7; expected d f / d x [-1, 1] within 1e-07"
    assert (found.reasons, found.issues) == (("the rule forgets the sign",), ("https://example.org/issues/7",))
    assert "op=abs,way=forward,dtype=float32" in found.repro


def test_a_reason_is_told_once_behind_all_the_points_that_have_it() -> None:
    results = derivatives()
    second = "zero: the rule forgets the sign\none, two: it divides"
    known = [cell.cell for cell in results.cells if cell.verdict == "known"]
    cells = [replace(cell, because=second) if cell.cell == known[1] else cell for cell in results.cells]
    (found,) = page_of(replace(results, cells=tuple(cells))).findings
    assert found.reasons == ("zero: the rule forgets the sign", "one, two: it divides")


def test_a_reason_of_no_point_stands_alone_and_an_empty_one_nowhere() -> None:
    results = derivatives()
    known = next(cell for cell in results.cells if cell.verdict == "known")
    unsupported = [
        replace(results.cells[0], verdict="unsupported", checks=(), because=because) for because in ("no such rule", "")
    ]
    assert _reasons(unsupported) == ("no such rule",)
    assert _reasons([known, *unsupported]) == ("zero: the rule forgets the sign", "no such rule")


def test_a_stale_derivative_cell_is_still_told() -> None:
    results = derivatives()
    cells = [replace(cell, stale=True) if cell.verdict == "known" else cell for cell in results.cells]
    assert len(page_of(replace(results, cells=tuple(cells))).known) == 2


def test_a_kink_is_a_row_of_the_conventions_with_the_ways_that_answer_alike() -> None:
    (row,) = page_of(derivatives()).conventions
    assert (row.title, row.label) == ("elementary[op=abs] at zero", "0.0: where rules divide by the input")
    assert row.allowed == "d f / d x: [-1, 1]"
    texts = {answer[1]: answer[0].word for answer in row.answers if answer is not None}
    assert texts == {
        "reverse: d f / d x = 0; forward: d f / d x = 7": "known",
        "every way of order 1: d f / d x = 1": "conforms",
    }


def test_what_a_framework_documents_of_a_choice_stands_beside_its_answer() -> None:
    results = derivatives()
    statements = tuple(
        replace(STATEMENTS[0], id=f"{name}-abs", framework=name, says=f"{name} says so") for name in ("torch", "jax")
    )
    said = {"op=abs at zero": ("torch-abs",), "op=sin at zero": ("jax-abs",)}
    cases = tuple(replace(case, documented=said) for case in results.cases)
    (row,) = page_of(replace(results, cases=cases, statements=statements)).conventions
    documented = [[one.says for one in of_framework] for of_framework in row.documented]
    assert [said for said in documented if said] == [["torch says so"]]
    answer = row.answers[documented.index(["torch says so"])]
    assert answer is not None and answer[1].startswith("reverse: d f / d x = 0; forward")


def test_what_is_read_without_a_script_has_a_row_an_operation_and_not_one_a_variant() -> None:
    (area,) = page_of(derivatives()).areas
    (case,) = area.cases
    rows = [(row.label, row.framework, row.points) for row in case.operations]
    assert sorted(rows) == [
        ("elementary[op=abs]", "JAX 0.10.2", ""), ("elementary[op=abs]", "PyTorch 2.13.0", "zero"),
        ("elementary[op=sin]", "JAX 0.10.2", ""), ("elementary[op=sin]", "PyTorch 2.13.0", ""),
    ]  # fmt: skip
    assert to_html.render(derivatives()).count("<th>elementary[op=") == 4


def test_data_that_repeats_is_stored_once() -> None:
    data = embed.data_of(page_of(derivatives()))
    assert data["blocks"].count("points = {'zero': [0.0]}") == 1
    (case,) = data["areas"][0]["cases"]
    assert case["points"] == dict(CASE.points)
    sources = [source["text"] for v in case["variants"] for p in v["panels"] for source in p["sources"]]
    texts = {"\n\n".join(data["blocks"][n] for n in data["texts"][number]) for number in sources}
    assert texts == {cell.native.rstrip("\n") for cell in derivatives().cells}


def test_a_long_list_of_points_says_how_many_there_are() -> None:
    names = [f"point-{n}" for n in range(FEW + 3)]
    assert few(names) == f"{', '.join(names[:FEW])} and 3 more"
    assert few(names[:FEW]) == ", ".join(names[:FEW])
