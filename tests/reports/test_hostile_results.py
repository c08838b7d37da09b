"""A results file that is torn, of another version, or changed by hand: one clear error and no half report."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sample
from click.testing import CliRunner

from conformance.commands import diff as diff_command
from conformance.commands import report as report_command
from conformance.errors import ResultsError
from conformance.results import CellRecord, Record, Results, encode_record, read_results
from conformance_reports import badges, diff, to_junit, to_markdown
from conformance_reports.integrity import refuse_tampered

Lines = list[dict[str, Any]]


def lines_of(results: Results) -> Lines:
    footer = () if results.footer is None else (results.footer,)
    records: tuple[Record, ...] = (results.header, *results.cases, *results.statements, *results.cells, *footer)
    return [json.loads(encode_record(record)) for record in records]


def text_of(lines: Lines) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


def changed(change: Callable[[Lines], object]) -> bytes:
    lines = lines_of(sample.sample())
    change(lines)
    return text_of(lines).encode()


def cells_of(lines: Lines) -> Lines:
    return [line for line in lines if line["record"] == "cell"]


def first_wrong(lines: Lines) -> dict[str, Any]:
    return next(line for line in cells_of(lines) if line["verdict"] == "contradicts")


def as_green(lines: Lines) -> None:
    """The contradiction painted over, and counted where it then belongs."""
    first_wrong(lines)["verdict"] = "conforms"
    lines[-1]["verdicts"]["contradicts"] -= 1
    lines[-1]["verdicts"]["conforms"] += 1


def twice(lines: Lines) -> None:
    """One cell in the place of another one, so that the counts still fit."""
    first, second = cells_of(lines)[:2]
    lines[lines.index(second)] = first


WHOLE = text_of(lines_of(sample.sample())).encode()

BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no header"),
    "binary": (b"\x00\x01\xff" * 100, "not a line of JSON"),
    "html": (b"<!doctype html><script>alert(1)</script>", "not a line of JSON"),
    "json of something else": (b'{"tests": 3}\n', "is this a results file of gradconf?"),
    "deeply nested": (b"[" * 200_000 + b"\n" + WHOLE, "not a line of JSON"),
    "not a number": (changed(lambda x: x[-1].update(seconds=float("nan"))), "NaN"),
    "torn within": (WHOLE[:3000] + WHOLE[4000:], "results.jsonl:"),
    "no header": (changed(lambda x: x.pop(0)), "no header"),
    "two headers": (changed(lambda x: x.insert(1, x[0])), "second header"),
    "a later format": (changed(lambda x: x[0].update(format=2)), "this suite reads format 1"),
    "a former format": (changed(lambda x: x[0].update(format=0)), "this suite reads format 1"),
    "an unknown verdict": (changed(lambda x: cells_of(x)[0].update(verdict="perfect")), "perfect"),
    "an unknown field": (changed(lambda x: cells_of(x)[0].update(onload="alert(1)")), "onload"),
    "a missing field": (changed(lambda x: cells_of(x)[0].pop("verdict")), "verdict"),
    "a field of another type": (changed(lambda x: cells_of(x)[0].update(checks={})), "checks"),
    "a cell too few": (changed(lambda x: x.remove(cells_of(x)[0])), "the file holds 36"),
    "a verdict changed": (
        changed(lambda x: first_wrong(x).update(verdict="conforms")),
        "the footer counts 24 conforms, the file holds 25",
    ),
    "a verdict and its count changed": (changed(as_green), "is conforms, but its check of dy_dx says contradicts"),
    "a cell twice": (
        changed(twice),
        "is there twice",
    ),
    "a case twice": (changed(lambda x: x.insert(1, x[1])), "is there twice"),
    "a cell of another case": (
        changed(lambda x: cells_of(x)[0].update(case="training/linear-model")),
        "says that it belongs to the case training/linear-model",
    ),
    "a cell of another version": (
        changed(lambda x: cells_of(x)[0].update(version="9.9")),
        "which the header does not name",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_the_report_is_refused_as_a_whole(name: str, tmp_path: Path) -> None:
    content, words = BAD[name]
    file, output = tmp_path / "results.jsonl", tmp_path / "site"
    file.write_bytes(content)
    result = CliRunner().invoke(report_command.command, [str(file), "--output", str(output), "--badges"])
    assert isinstance(result.exception, ResultsError), result.output
    error = str(result.exception)
    assert words in error
    assert error.startswith(str(file))
    assert len(error) < 1_000 and "\n" not in error
    assert not output.exists()


@pytest.mark.parametrize("name", BAD)
def test_the_diff_is_refused_as_a_whole(name: str, tmp_path: Path) -> None:
    good, bad, page = tmp_path / "good.jsonl", tmp_path / "bad.jsonl", tmp_path / "diff.html"
    good.write_bytes(WHOLE)
    bad.write_bytes(BAD[name][0])
    result = CliRunner().invoke(diff_command.command, [str(good), str(bad), "--html", str(page)])
    assert isinstance(result.exception, ResultsError)
    assert result.output == ""
    assert not page.exists()


def test_a_file_that_a_kill_cut_short_is_read_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    file.write_bytes(WHOLE[: len(WHOLE) * 3 // 4])
    results = refuse_tampered(read_results(file), str(file))
    assert not results.complete
    assert "cut short" in to_markdown.render(results)


def test_a_file_that_is_as_it_was_written_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    for results in (sample.sample(), sample.green(), sample.hostile()):
        file.write_text(text_of(lines_of(results)))
        assert refuse_tampered(read_results(file), str(file)) == read_results(file)


def test_an_error_in_the_middle_of_the_reports_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(results: Results) -> str:
        raise RuntimeError("the disk, say")

    file, output = tmp_path / "results.jsonl", tmp_path / "site"
    file.write_bytes(WHOLE)
    monkeypatch.setattr(to_markdown, "render", fail)
    result = CliRunner().invoke(report_command.command, [str(file), "--output", str(output)])
    assert isinstance(result.exception, RuntimeError)
    assert list(output.iterdir()) == []


@pytest.mark.parametrize(("before", "after", "code"), [("sample", "sample", 0), ("green", "worse", 1)])
def test_the_diff_ends_with_whether_something_is_broken(before: str, after: str, code: int, tmp_path: Path) -> None:
    worse = replace(sample.green().cells[0], verdict="contradicts", observations={})
    made = {
        "sample": sample.sample(),
        "green": sample.green(),
        "worse": sample.results_of([worse, *sample.green().cells[1:]], cases=sample.CASES[:1]),
    }
    for name in {before, after}:
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.jsonl").write_text(text_of(lines_of(made[name])))
    for options in ([], ["--markdown"], ["--html", str(tmp_path / "diff.html")]):
        result = CliRunner().invoke(
            diff_command.command, [str(tmp_path / before), str(tmp_path / after), *options]
        )  # fmt: skip
        assert result.exit_code == code, result.output
    assert (tmp_path / "diff.html").read_text().lstrip().startswith("<!doctype html>")


def hostile_cell(text: str) -> CellRecord:
    check = replace(sample.number_check("x", 6.0), name=text, kind="contradicts", expected=text, observed=text)
    return replace(
        sample.cell("hostile/text", "torch", "eager", "contradicts"),
        cell=f"hostile/text[{text}]@torch-cpu-eager", axes={text: text}, message=text, native=text, output=text,
        because=text, issue=text, checks=(check,), raised={"type": text, "message": text, "traceback": text},
        observations={text: {"kind": "other", "type": text, "repr": text}},
    )  # fmt: skip


TEXTS = {
    "script": "</script><script>alert(1)</script>",
    "quotes": '"\'`´“”«» \\" &quot; &#39;',
    "bidi": "\u202eabc\u2066def\u2069\u200f",
    "NUL and escapes": "\x00\x07\x1b]0;title\x07\x1b[2J",
    "cdata": "]]> <![CDATA[ <!ENTITY x SYSTEM 'file:///etc/passwd'> &x;",
    "markdown": "](javascript:alert(1)) ![x](http://e.example) | ``` \n## heading\n<img src=x onerror=alert(1)>",
    "workflow command": "::set-output name=x::y\n::error::no\n::add-mask::e",
    "half a surrogate": "\ud800",
    "a megabyte": "w" * 1_000_000,
    "a megabyte of lines": "w\n" * 500_000,
    "a megabyte of wide letters": "語" * 330_000,
}


@pytest.mark.parametrize("name", TEXTS)
def test_every_format_stays_whole_whatever_its_texts_are(name: str) -> None:
    results = sample.results_of([hostile_cell(TEXTS[name])], cases=(sample.HOSTILE_CASE,), text=TEXTS[name])
    found = diff.compare(sample.results_of([], cases=()), results)
    markdown, text = to_markdown.render(results), diff.render_text(found)
    assert len(markdown.encode()) <= to_markdown.MOST
    assert len(diff.render_markdown(found)) < 65_000
    ET.fromstring(to_junit.render(results))
    for badge in badges.render(results).values():
        ET.fromstring(badge)
    for shown in (markdown, text, diff.render_markdown(found)):
        assert not any(ord(c) < 32 and c != "\n" for c in shown)
        shown.encode()
    assert not any(line.lstrip().startswith("::") for line in text.split("\n"))  # what a CI runner would obey


def test_a_step_summary_stays_below_a_megabyte_with_thousands_of_hostile_areas() -> None:
    cells = [
        replace(sample.cell(f"{'語' * 200}{n}/x", "torch", "eager", "contradicts"), native="語" * 20_000)
        for n in range(3_000)
    ]
    text = to_markdown.render(sample.results_of(cells, cases=()))
    assert len(text.encode()) <= to_markdown.MOST
    assert "The rest is left out" in text
    assert text.count("<details>") == text.count("</details>")
