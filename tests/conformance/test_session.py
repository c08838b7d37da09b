"""What a run writes beside its cells: the statements of the catalogue, and the proof that was made of the cases."""

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.catalogue import load_catalogue
from conformance.errors import ResultsError
from conformance.load import load_cases
from conformance.plan import Selection
from conformance.results import (
    Header,
    MutantRecord,
    Results,
    StatementRecord,
    TargetRecord,
    TrustRecord,
    combine,
    encode_record,
    read_results,
    read_trust,
)
from conformance.session import Options, Planned, prepare, write_results

TARGET = TargetRecord(
    framework="torch", title="PyTorch", version="2.13.0", device="cpu", device_name="CPU", mode="eager",
    python="3.11", os="Linux",
)  # fmt: skip

CASE = """area: basics
cases:
  - id: square
    title: The slope of a square
    covers: [tf-watch-variable-automatic]
    program: |
      x = variable(3.0)
      with tape() as t:
          y = x * x
      dy_dx = t.gradient(y, x)
    expect: {dy_dx: 6.0}
"""

TRUST = TrustRecord(
    suite_version="0.1.0",
    cases_sha256="abc",
    made="2026-01-01T00:00:00+00:00",
    oracle={"proved": 3},
    failed=("a/b: not so",),
    mutants=(MutantRecord(mutant="doubled", framework="torch", fault="twice too large", ran=2, killed_by=("a/b@t",)),),
)


def planned(folder: Path, options: Options, *, trust: TrustRecord | None = None) -> Planned:
    named = next(iter(load_catalogue().statements))
    path = folder / "square.yaml"
    path.write_text(CASE.replace("tf-watch-variable-automatic", named), encoding="utf-8")
    return prepare(load_cases([path]), [TARGET], options, trust=trust)


def statements(run: Planned) -> list[StatementRecord]:
    return [record for record in run.context() if isinstance(record, StatementRecord)]


def test_cases_of_one_s_own_bring_only_the_statements_that_they_name(tmp_path: Path) -> None:
    [statement] = statements(planned(tmp_path, Options(paths=(str(tmp_path),))))
    assert statement.order == 1
    assert statement.framework in ("jax", "tensorflow", "torch")


def test_a_whole_run_brings_every_statement_in_order_with_why_it_is_left_out(tmp_path: Path) -> None:
    run = replace(planned(tmp_path, Options()), whole=True)
    found = statements(run)
    catalogue = load_catalogue()
    assert [statement.id for statement in found] == list(catalogue.statements)
    assert [statement.order for statement in found] == list(range(1, len(found) + 1))
    assert {s.id: s.excluded for s in found if s.excluded is not None} == dict(catalogue.excluded)


def test_a_selection_is_not_the_whole(tmp_path: Path) -> None:
    assert not planned(tmp_path, Options(selection=Selection(areas=("basics",)))).whole
    assert not planned(tmp_path, Options(paths=(str(tmp_path),))).whole


def results_with(trust: TrustRecord | None, **header: str) -> Results:
    head = Header(suite_version="0.1.0", cases_sha256="abc", targets=(TARGET,), selection={}, started="2026-01-01")
    return Results(header=replace(head, **header), cases=(), statements=(), cells=(), footer=None, trust=trust)  # type: ignore[arg-type]


def test_the_proof_goes_through_a_results_file_and_through_a_file_of_its_own(tmp_path: Path) -> None:
    assert [r for r in planned(tmp_path, Options(), trust=TRUST).context() if isinstance(r, TrustRecord)] == [TRUST]
    write_results(results_with(TRUST), tmp_path / "results.jsonl")
    assert read_results(tmp_path / "results.jsonl").trust == TRUST
    (tmp_path / "trust.jsonl").write_text(encode_record(TRUST) + "\n", encoding="utf-8")
    assert read_trust(tmp_path / "trust.jsonl") == TRUST


@pytest.mark.parametrize("text", ["", "[]", '{"record": "footer"}', "no JSON", '{"record": "trust"}'])
def test_a_file_that_is_no_proof_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "trust.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(ResultsError, match=r"trust\.jsonl"):
        read_trust(tmp_path / "trust.jsonl")


def test_a_missing_proof_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="cannot be read"):
        read_trust(tmp_path / "nowhere.jsonl")


def test_joined_results_keep_the_proof_and_tell_of_different_suites() -> None:
    parts = [("a", results_with(None)), ("b", results_with(TRUST, suite_version="0.2.0"))]
    joined = combine(parts)
    assert joined.trust == TRUST
    assert joined.header.mixed == ("0.1.0, cases abc", "0.2.0, cases abc")
    assert combine(parts[:1]).header.mixed == ()
