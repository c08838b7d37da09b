"""The committed schemas are the generated ones, and a line of results that breaks them is refused in one sentence."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from conformance.bundled import cases_root
from conformance.errors import ResultsError
from conformance.results import (
    CaseRecord,
    CellRecord,
    CheckRecord,
    Footer,
    Header,
    Record,
    StatementRecord,
    TargetRecord,
    encode_record,
)
from conformance.schema import MAX_TEXT, _quick_checks, case_schema, main, results_schema, schema_files, validate_record
from conformance.yaml_nodes import parse_yaml

RECORDS: Final[tuple[Record, ...]] = (
    Header(
        suite_version="0.1.0",
        cases_sha256="ab",
        selection={"areas": ["watching"]},
        started="2026-01-01T00:00:00+00:00",
        targets=(
            TargetRecord(
                framework="torch",
                title="PyTorch",
                version="2.13.0",
                device="cpu",
                device_name="CPU",
                mode="eager",
                python="3.11",
                os="Linux",
                import_seconds=1.5,
            ),
        ),
    ),
    CaseRecord(case="a/b", area="a", title="A case", program=None, covers=("tf-a",), refutes=(), line=3),
    StatementRecord(id="tf-a", source="guide", title="Guide", url="", section="S", says="It says so."),
    CellRecord(
        cell="a/b@torch-cpu-eager",
        case="a/b",
        axes={"n": 1},
        framework="torch",
        version="2.13.0",
        device="cpu",
        mode="eager",
        verdict="conforms",
        message="",
        checks=tuple(
            CheckRecord(name=f"g{i}", kind="ok", expected="6", observed="6.0", absolute=0.0, used=0.1) for i in range(3)
        ),
        observations={"g": {"kind": "array", "dtype": "float32", "shape": [3], "data": [1.0, 2.0, "nan"]}},
        warnings=({"category": "UserWarning", "message": "slow"},),
        native="import torch\n",
        seconds={"run": 0.1},
        margin=0.1,
    ),
    Footer(cells=1, verdicts={"conforms": 1}, complete=True, seconds=2),
)
LINES: Final = tuple(json.loads(encode_record(record)) for record in RECORDS)
HEADER, CASE, STATEMENT, CELL, FOOTER = LINES


def test_the_committed_schemas_are_the_generated_ones() -> None:
    for path, text in schema_files().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is old; run `python -m conformance.schema`"


def test_main_writes_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.schema.schema_files", lambda: {tmp_path / "a.json": "{}\n"})
    main()
    assert (tmp_path / "a.json").read_text() == "{}\n"


def test_both_are_schemas() -> None:
    Draft202012Validator.check_schema(case_schema())
    Draft202012Validator.check_schema(results_schema())


@pytest.mark.parametrize("line", LINES, ids=[line["record"] for line in LINES])
def test_every_record_is_valid(line: dict[str, Any]) -> None:
    validate_record(line, file="r.jsonl", line=1)
    Draft202012Validator(results_schema()).validate(line)


def test_the_case_schema_takes_cases_and_refuses_others() -> None:
    validator = Draft202012Validator(case_schema())
    case = "{id: a, title: A case, covers: [x], expect: {y: 1}, for_each: {n: [1], p: {q: {m: 2}}}, program: y = 1}"
    good = parse_yaml(f"area: a\ncases:\n  - {case}\n", file="f").value
    validator.validate(good)
    changes: tuple[dict[str, Any], ...] = (
        {"expext": {}},
        {"modes": ["eagre"]},
        {"native": {"torch": "y = 1"}},
        {"id": "A B"},
    )
    for change in changes:
        bad = copy.deepcopy(good)
        bad["cases"][0].update(change)
        assert not validator.is_valid(bad), change
    for path in sorted(cases_root().glob("[!c]*/*.yaml"))[:5]:
        validator.validate(parse_yaml(path.read_text(encoding="utf-8"), file=path.name).value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            {**CELL, "verdict": "conform"},
            'r.jsonl:7: cell.verdict is "conform"; allowed: conforms, differs, undocumented',
        ),
        ({**CELL, "verdicts": 1}, "r.jsonl:7: cell: unknown field 'verdicts'; did you mean 'verdict'?"),
        ({**CELL, "checks": [{"name": "g"}]}, "r.jsonl:7: cell.checks.0: 'kind' is missing"),
        ({**CELL, "margin": "small"}, 'r.jsonl:7: cell.margin is "small"; allowed: number or null'),
        ({**CELL, "peak_memory": -1}, "r.jsonl:7: cell.peak_memory is -1; allowed: minimum 0"),
        ({**CELL, "seconds": {"run": "long"}}, 'r.jsonl:7: cell.seconds.run is "long"; allowed: number'),
        ({**CELL, "message": "x" * (MAX_TEXT + 1)}, "r.jsonl:7: cell.message is"),
        ({**FOOTER, "verdicts": {"green": 1}}, "r.jsonl:7: footer.verdicts"),
        (
            {**HEADER, "format": 2},
            "r.jsonl:7: format 2; this suite reads format 1; read it with the version of the suite",
        ),
        ({"record": "header", "format": 3}, "r.jsonl:7: format 3; this suite reads format 1;"),
        ({**HEADER, "format": "1"}, 'r.jsonl:7: header.format is "1"; allowed: const 1'),
        ({**HEADER, "targets": [{}]}, "r.jsonl:7: header.targets.0: 'framework' is missing"),
        ({**CASE, "record": "csae"}, "r.jsonl:7: record is \"csae\"; did you mean 'case'? allowed: header, case"),
        ({**CASE, "record": ["case"]}, 'r.jsonl:7: record is ["case"]'),
        ({}, "r.jsonl:7: record is null; allowed: header, case, statement, trust, cell, footer"),
        ([1, 2], "r.jsonl:7: record is [1, 2]; allowed: header"),
    ],
)
def test_a_refused_line_is_one_sentence_with_its_place(line: Any, message: str) -> None:
    with pytest.raises(ResultsError) as caught:
        validate_record(line, file="r.jsonl", line=7)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


WHOLE: Final = {
    line["record"]: Draft202012Validator({"$defs": results_schema()["$defs"], "$ref": f"#/$defs/{line['record']}"})
    for line in LINES
}
VALUES: Final[st.SearchStrategy[Any]] = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        -1,
        2.5,
        "",
        "x",
        "conforms",
        "ok",
        [],
        [1],
        ["x"],
        {},
        {"a": 1},
        {"conforms": 1},
        {"run": 0.5},
        [{}],
    ]
)


@settings(max_examples=400, deadline=None)
@given(line=st.sampled_from(LINES), data=st.data())
def test_the_quick_checks_agree_with_the_schema(line: dict[str, Any], data: st.DataObject) -> None:
    changed = copy.deepcopy(line)
    inner: dict[str, Any] = changed
    if line["record"] in ("cell", "header") and data.draw(st.booleans()):
        inner = changed["checks" if line["record"] == "cell" else "targets"][0]
    keys = sorted(inner)
    for key in data.draw(st.lists(st.sampled_from([*keys, "extra"]), min_size=1, max_size=2)):
        if key == "record":
            continue
        if key in inner and data.draw(st.booleans()):
            del inner[key]
        else:
            inner[key] = data.draw(VALUES)
    assert _quick_checks()[line["record"]](changed) == WHOLE[line["record"]].is_valid(changed)


def test_ten_thousand_cells_are_checked_quickly() -> None:
    validate_record(CELL, file="r.jsonl", line=1)
    began = time.process_time()
    for _ in range(10_000):
        validate_record(CELL, file="r.jsonl", line=1)
    assert time.process_time() - began < 2  # 0.15 s where it was written; jsonschema by itself took 4.4 s
