"""The catalogue is complete and quick to read, and coverage counts only what ran on the statement's framework."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.bundled import cases_root
from conformance.case import Case
from conformance.catalogue import Catalogue, Statement, _load, coverage, load_catalogue
from conformance.errors import CaseErrors
from conformance.load import LoadedCase
from conformance.results import CellRecord, Footer, Header, Results


def test_the_bundled_catalogue_holds_every_statement() -> None:
    statements = load_catalogue().statements.values()
    assert {
        name: sum(1 for statement in statements if statement.framework == name)
        for name in ("tensorflow", "torch", "jax")
    } == {"tensorflow": 504, "torch": 630, "jax": 468}
    assert all(statement.says and statement.section and statement.area and statement.title for statement in statements)
    assert {statement.source for statement in statements if not statement.url} == {"seed-gradienttape-tutorial"}
    assert (
        sum(statement.source in ("seed-gradienttape-tutorial", "seed-autodiff-notebook") for statement in statements)
        == 50
    )


def test_a_process_reads_it_once_and_quickly() -> None:
    _load.cache_clear()
    began = time.process_time()
    first = load_catalogue()
    took = time.process_time() - began
    assert load_catalogue(cases_root()) is first
    assert took < 1.0  # 0.12 s where it was written; a wide margin for slow machines


def entry(id_: str = "tf-a", **changes: Any) -> str:
    fields = {
        "id": id_,
        "source": "guide",
        "section": "S",
        "area": "basics",
        "says": "It says so.",
        "verdict": "as-documented",
        "neutral": "true",
        **changes,
    }
    return "  - {" + ", ".join(f"{key}: {value}" for key, value in fields.items()) + "}\n"


SOURCES = "sources:\n  guide: {title: Guide, url: 'https://example.org'}\nstatements:\n"


def write(root: Path, text: str, *, excluded: str | None = None) -> Path:
    (root / "catalogue").mkdir(exist_ok=True)
    (root / "catalogue" / "tensorflow.yaml").write_text(text)
    if excluded is not None:
        (root / "catalogue" / "excluded.yaml").write_text(excluded)
    return root


def test_the_framework_is_the_name_of_the_file(tmp_path: Path) -> None:
    found = load_catalogue(write(tmp_path, SOURCES + entry(), excluded="excluded: {tf-a: It needs two machines.}\n"))
    assert found.statements["tf-a"] == Statement(
        id="tf-a",
        framework="tensorflow",
        source="guide",
        title="Guide",
        url="https://example.org",
        section="S",
        area="basics",
        says="It says so.",
        verdict="as-documented",
        neutral=True,
    )
    assert found.excluded == {"tf-a": "It needs two machines."}


@pytest.mark.parametrize(
    ("text", "excluded", "place", "fragment"),
    [
        (SOURCES + entry() + entry(), None, "tensorflow.yaml:5:", "statement 'tf-a' again, first at"),
        (SOURCES + entry(source="gide"), None, "tensorflow.yaml:4:", "did you mean 'guide'?"),
        (SOURCES + entry(area="''"), None, "tensorflow.yaml:4:", "statements.0.area is ''"),
        (
            SOURCES + entry(verdict="true-ish"),
            None,
            "tensorflow.yaml:4:",
            "as-documented, contradicts-docs, doc-is-vague",
        ),
        (SOURCES + entry(snippet="x"), None, "tensorflow.yaml:4:", "unknown key 'snippet'"),
        (
            SOURCES.replace("guide:", "other: {title: O, url: ''}\n  guide:") + entry(),
            None,
            "tensorflow.yaml:2:3",
            "no statements",
        ),
        (
            SOURCES + entry(),
            "excluded: {tf-b: Because it is.}\n",
            "excluded.yaml:1:12",
            "no statement is called 'tf-b'",
        ),
        ("[]", None, "tensorflow.yaml:1:1", "a mapping"),
    ],
)
def test_refusals(tmp_path: Path, text: str, excluded: str | None, place: str, fragment: str) -> None:
    with pytest.raises(CaseErrors) as caught:
        load_catalogue(write(tmp_path, text, excluded=excluded))
    assert place in str(caught.value)
    assert fragment in str(caught.value)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseErrors, match="no statements; the folder holds"):
        load_catalogue(tmp_path)


def statement(id_: str, framework: str, source: str = "guide") -> Statement:
    return Statement(
        id=id_,
        framework=framework,
        source=source,
        title=source,
        url="",
        section="S",
        area="basics",
        says="It says so.",
        verdict="as-documented",
        neutral=True,
    )


CATALOGUE = Catalogue(
    statements={
        s.id: s
        for s in (
            statement("tf-a", "tensorflow"),
            statement("tf-b", "tensorflow"),
            statement("tf-c", "tensorflow"),
            statement("tf-d", "tensorflow"),
            statement("torch-a", "torch"),
            statement("jax-a", "jax", "api"),
        )
    },
    excluded={"tf-d": "It needs two machines."},
)

CASES = (
    LoadedCase(
        case=Case.model_validate(
            {
                "id": "one",
                "title": "One case",
                "covers": ["tf-a", "torch-a"],
                "refutes": ["tf-b"],
                "program": "y = 1",
                "expect": {"y": 1},
                "differs": {"jax-compiled": {"expect": {"y": 2}, "because": "it does", "covers": ["jax-a"]}},
            }
        ),
        area="basics",
        about=None,
        file="f",
        line=1,
    ),
)


def results(*cells: tuple[str, str, str]) -> Results:
    template = CellRecord(
        cell="", case="basics/one", axes={}, framework="", version="1", device="cpu", mode="", verdict="", message=""
    )
    return Results(
        header=Header(suite_version="0", cases_sha256="", targets=(), selection={}, started=""),
        cases=(),
        statements=(),
        cells=tuple(
            dataclasses.replace(template, framework=framework, mode=mode, verdict=verdict)
            for framework, mode, verdict in cells
        ),
        footer=Footer(cells=len(cells), verdicts={}, complete=True, seconds=0.0),
    )


def test_coverage_without_results() -> None:
    tensorflow, torch, jax = coverage(CASES, CATALOGUE)
    assert tensorflow.statements == ("tf-a", "tf-b", "tf-c", "tf-d")
    assert tensorflow.covered == ("tf-a", "tf-b")
    assert tensorflow.refuted == ("tf-b",)
    assert tensorflow.excluded == ("tf-d",)
    assert tensorflow.uncovered == ("tf-c",)
    assert tensorflow.ran is None
    assert not tensorflow.complete
    assert torch.complete
    assert (jax.source, jax.covered) == ("api", ("jax-a",))


@pytest.mark.parametrize(
    ("cells", "ran"),
    [
        ([], ((), (), ())),
        ([("tensorflow", "eager", "conforms")], (("tf-a", "tf-b"), (), ())),
        ([("tensorflow", "eager", "timed-out"), ("torch", "eager", "contradicts")], ((), ("torch-a",), ())),
        ([("torch", "eager", "unsupported")], ((), (), ())),
        ([("jax", "eager", "differs")], ((), (), ())),
        ([("jax", "compiled", "differs")], ((), (), ("jax-a",))),
    ],
)
def test_only_cells_that_ran_on_the_statements_framework_count(cells: Any, ran: Any) -> None:
    assert tuple(document.ran for document in coverage(CASES, CATALOGUE, results(*cells))) == ran
