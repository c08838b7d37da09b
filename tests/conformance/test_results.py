"""Records survive the file exactly, a killed run stays readable, and no other file is taken for results."""

from __future__ import annotations

import dataclasses
import io
import json
import math
from pathlib import Path
from typing import Final

import pytest

from conformance.errors import ResultsError
from conformance.results import (
    VERDICTS,
    CaseRecord,
    CellRecord,
    CheckRecord,
    Footer,
    Header,
    Record,
    Results,
    ResultsWriter,
    StatementRecord,
    TargetRecord,
    combine,
    decode_record,
    encode_record,
    exit_code,
    read_results,
)

TARGET: Final = TargetRecord(
    framework="torch",
    title="PyTorch",
    version="2.13.0",
    device="cpu",
    device_name="CPU",
    mode="eager",
    python="3.11",
    os="Linux",
)
HEADER: Final = Header(
    suite_version="0", cases_sha256="x", targets=(TARGET,), selection={}, started="2026-01-01T00:00:00Z"
)
CASE: Final = CaseRecord(case="a/b", area="a", title="A case", program="y = 1\n", covers=("tf-a",), refutes=())
STATEMENT: Final = StatementRecord(id="tf-a", source="s", title="t", url="", section="x", says="It says so.")
CELL: Final = CellRecord(
    cell="a/b@torch-cpu-eager",
    case="a/b",
    axes={"n": [1, 2]},
    framework="torch",
    version="2.13.0",
    device="cpu",
    mode="eager",
    verdict="conforms",
    message="∂y/∂x\u2028\x85 is\nright",
    documents=("tf-a",),
    checks=(CheckRecord(name="y", kind="ok", expected="1", observed="1.0", ulp=0.0),),
)
FOOTER: Final = Footer(cells=1, verdicts={"conforms": 1}, complete=True, seconds=1.5)
ALL: Final[tuple[Record, ...]] = (HEADER, CASE, STATEMENT, CELL, FOOTER)


def write(folder: Path, *records: Record, name: str = "results.jsonl") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8") as stream:
        writer = ResultsWriter(stream)
        for record in records:
            writer.write(record)
    return path


def made(*cells: CellRecord, footer: Footer | None = FOOTER) -> Results:
    return Results(header=HEADER, cases=(CASE,), statements=(STATEMENT,), cells=cells, footer=footer)


@pytest.mark.parametrize("record", ALL, ids=lambda record: type(record).__name__)
def test_every_record_has_an_exact_inverse(record: Record) -> None:
    assert decode_record(json.loads(encode_record(record))) == record


def test_a_file_reads_back(tmp_path: Path) -> None:
    found = read_results(write(tmp_path, *ALL))
    assert found == made(CELL)
    assert found.complete
    assert found.verdicts() == {"conforms": 1}


def test_each_record_is_flushed_at_once() -> None:
    class Stream(io.StringIO):
        flushed = ""

        def flush(self) -> None:
            self.flushed = self.getvalue()

    stream = Stream()
    ResultsWriter(stream).write(CELL)
    assert stream.flushed.endswith("\n")


def test_what_json_cannot_hold_does_not_stop_a_run(tmp_path: Path) -> None:
    check = dataclasses.replace(CELL.checks[0], relative=math.inf, absolute=0.5)
    cell = dataclasses.replace(CELL, checks=(check,), output="half \ud800 a pair")
    (found,) = read_results(write(tmp_path, HEADER, CASE, STATEMENT, cell, FOOTER)).cells
    assert (found.checks[0].relative, found.checks[0].absolute) == (None, 0.5)
    assert found.output == "half ? a pair"


@pytest.mark.parametrize("keep", [1, 20, 200])
def test_a_killed_run_leaves_a_readable_file(tmp_path: Path, keep: int) -> None:
    path = write(tmp_path, HEADER, CASE, STATEMENT, CELL)
    whole = path.read_bytes()
    path.write_bytes(whole + encode_record(CELL).encode()[:keep])
    found = read_results(path)
    assert found.cells == (CELL,)
    assert not found.complete
    assert exit_code(found) == 3


def test_a_character_that_was_cut_is_a_torn_line(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER)
    path.write_bytes(path.read_bytes() + '{"record": "cell", "message": "∂'.encode()[:-1])
    assert read_results(path).cells == ()


def test_a_last_line_without_newline_counts(tmp_path: Path) -> None:
    path = write(tmp_path, *ALL)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert read_results(path).complete


@pytest.mark.parametrize(
    ("content", "line", "fragment"),
    [
        (b"", 1, "no header"),
        (b"<html>", 1, "not a line of JSON"),
        (encode_record(CELL).encode() + b"\n", 1, "no header"),
        (encode_record(HEADER).encode() + b"\n{torn\n" + encode_record(CELL).encode() + b"\n", 2, "not a line of JSON"),
        (encode_record(HEADER).encode() + b"\n{torn\n", 2, "not a line of JSON"),
        (encode_record(HEADER).encode() + b"\n" + b"[" * 100_000 + b"\n", 2, "not a line of JSON"),
        (encode_record(HEADER).encode() + b'\n{"record": "footer", "seconds": NaN}\n', 2, "NaN is no number of JSON"),
        (encode_record(HEADER).encode() + b'\n{"n": ' + b"9" * 5000 + b"}\n", 2, "not a line of JSON"),
        (encode_record(HEADER).encode() + b"\n\xff\n", 2, "not a line of JSON"),
        (b'{"record": "header", "format": 2}\n', 1, "format 2; this suite reads format 1"),
        ((encode_record(HEADER).encode() + b"\n") * 2, None, "a second header"),
        (
            encode_record(HEADER).encode() + b"\n" + encode_record(FOOTER).encode() + b"\n",
            None,
            "counts 1 cells, the file holds 0",
        ),
    ],
)
def test_refusals(tmp_path: Path, content: bytes, line: int | None, fragment: str) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(content)
    with pytest.raises(ResultsError) as caught:
        read_results(path)
    assert caught.value.line == line
    assert fragment in str(caught.value)
    assert str(caught.value).startswith(path.as_posix())


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="cannot be read: No such file"):
        read_results(tmp_path / "none.jsonl")


def test_parts_are_joined() -> None:
    other = dataclasses.replace(CELL, cell="a/b@torch-cpu-compiled", mode="compiled", verdict="contradicts")
    joined = combine([("a", made(CELL)), ("b", made(other))])
    assert joined.cells == (CELL, other)
    assert (joined.cases, joined.statements) == ((CASE,), (STATEMENT,))
    assert joined.footer == Footer(cells=2, verdicts={"conforms": 1, "contradicts": 1}, complete=True, seconds=3.0)
    assert combine([("a", made(CELL)), ("b", made(other, footer=None))]).footer is None


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ResultsError, match=r"b: cell a/b@torch-cpu-eager has a result in another file"):
        combine([("a", made(CELL)), ("b", made(dataclasses.replace(CELL)))])
    changed = dataclasses.replace(made(), cases=(dataclasses.replace(CASE, program="y = 2\n"),))
    with pytest.raises(ResultsError, match="b: case a/b differs"):
        combine([("a", made(CELL)), ("b", changed)])
    with pytest.raises(ResultsError, match="nothing to join"):
        combine([])


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([], 0),
        (["conforms", "differs", "undocumented", "known", "unsupported"], 0),
        (["conforms", "contradicts"], 1),
        (["inaccurate", "crashed"], 1),
        (["timed-out"], 3),
        (["not-run"], 3),
        (["crashed"], 3),
        (["harness-error", "contradicts"], 5),
    ],
)
def test_exit_codes(verdicts: list[str], code: int) -> None:
    assert exit_code(made(*(dataclasses.replace(CELL, verdict=verdict) for verdict in verdicts))) == code


def test_a_stale_known_failure_has_its_own_exit_code() -> None:
    stale = dataclasses.replace(CELL, verdict="known", stale=True)
    assert exit_code(made(stale)) == 4
    assert exit_code(made(stale, dataclasses.replace(CELL, verdict="contradicts"))) == 1


def test_verdicts_are_counted_in_their_order() -> None:
    cells = [dataclasses.replace(CELL, verdict=verdict) for verdict in reversed(VERDICTS)]
    assert list(made(*cells).verdicts()) == list(VERDICTS)
