"""Statements on choices: which operation and point they speak of, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from small_derivatives import CASE

from conformance.catalogue import load_catalogue
from conformance.documented import documented_points
from conformance.errors import CaseErrors
from conformance.lint import lint
from conformance.load import load_cases
from conformance.session import case_record, statement_records

if TYPE_CHECKING:
    from conformance.load import LoadedCase


def documented(tmp_path: Path, said: str, case: str = CASE) -> tuple[LoadedCase, ...]:
    path = tmp_path / "small.yaml"
    path.write_text(case.replace("    derivatives:", f"    documented: {said}\n    derivatives:"), encoding="utf-8")
    return load_cases([path])


def test_a_statement_stands_beside_the_operations_and_points_it_speaks_of(tmp_path: Path) -> None:
    (loaded,) = documented(
        tmp_path, "{torch-abs-at-zero: {op: [sin], point: [zero]}, jax-relu-at-zero: {point: [zero]}}"
    )
    assert documented_points(loaded.case) == {
        "op=exp at zero": ("jax-relu-at-zero",),
        "op=sin at zero": ("torch-abs-at-zero", "jax-relu-at-zero"),
    }
    assert case_record(loaded).documented == documented_points(loaded.case)
    assert {one.id for one in statement_records([loaded])} == {"torch-abs-at-zero", "jax-relu-at-zero"}


def test_a_case_without_axes_has_points_alone(tmp_path: Path) -> None:
    case = CASE.replace("    for_each: {op: [exp, sin]}\n", "").replace("$op", "exp")
    (loaded,) = documented(tmp_path, "{torch-abs-at-zero: {point: [zero]}}", case)
    assert documented_points(loaded.case) == {"at zero": ("torch-abs-at-zero",)}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("{torch-abs-at-nought: {point: [zero]}}", "documented names no statement: 'torch-abs-at-nought'"),
        ("{torch-abs-at-zero: {points: [zero]}}", "no axis 'points'"),
        ("{torch-abs-at-zero: {point: [nought]}}", "point has no 'nought'"),
        ("{torch-abs-at-zero: {op: []}}", "op names no value"),
    ],
)
def test_what_names_nothing_is_told_with_its_place(tmp_path: Path, said: str, message: str) -> None:
    errors = [error for error in lint(documented(tmp_path, said), load_catalogue()) if message in str(error)]
    assert [error.line for error in errors] == [13]


def test_only_derivative_cases_have_points_to_speak_of(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(
        "area: a\ncases:\n  - id: b\n    title: A title\n    covers: [torch-abs-at-zero]\n    program: x = 1.0\n"
        "    expect: {x: 1.0}\n    documented: {torch-abs-at-zero: {}}\n",
        encoding="utf-8",
    )
    with pytest.raises(CaseErrors, match="documented belong to a case with a function"):
        load_cases([path])
