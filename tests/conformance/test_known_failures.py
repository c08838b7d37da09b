"""Known failures of derivative cases: the file beside the cases is read, checked, written, and follows results."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from small_derivatives import asking, write_frozen

from conformance.catalogue import load_catalogue
from conformance.errors import CaseError, CaseErrors
from conformance.known_failures import KnownFile, known_path, read_known
from conformance.known_text import known_text
from conformance.known_update import updated
from conformance.lint import lint
from conformance.load import LoadedCase, load_cases
from conformance.plan import expand
from conformance.results import CellRecord, CheckRecord

CASE = asking("orders: [1], ways: [reverse, forward], dtypes: [float32, float64]")

KNOWN = """\
# yaml-language-server: $schema=known.schema.json
known:
  - framework: torch
    versions: ">=2.13,<2.14"
    kind: bug
    issue: https://example.org/1
    because: the rule divides by the input
    failures:
      - {case: small, where: {op: [sin], way: [reverse], point: [zero]}, observed: nan, seen: "d_x[0] is nan"}
"""

WAYS = ("reverse", "forward")
DTYPES = ("float32", "float64")


def write(tmp_path: Path, known: str = KNOWN) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(CASE, encoding="utf-8")
    known_path(path).write_text(known, encoding="utf-8")
    return path


def content_of(path: Path) -> KnownFile:
    errors: list[CaseError] = []
    read = read_known(known_path(path), "small.known.yaml", errors)
    assert read is not None, errors
    return read[0]


def check(name: str, fault: str = "", seen: str = "") -> CheckRecord:
    kind = "ok" if not fault else "inaccurate" if fault == "inaccurate" else "contradicts"
    message = f"{name}: {seen or f'd_x[0] is {fault}'}; expected 1 within 1e-07" if fault else ""
    return CheckRecord(name=name, kind=kind, expected="1", observed="", message=message, fault=fault)


def cell(loaded: LoadedCase, op: str, way: str, dtype: str, checks: list[CheckRecord], **fields: Any) -> CellRecord:
    variant = f"{loaded.full_id}[op={op},way={way},dtype={dtype}]"
    record = CellRecord(
        cell=f"{variant}@torch-cpu-{fields.get('mode', 'eager')}", case=loaded.full_id, axes={}, framework="torch",
        version="2.13.0", device="cpu", mode="eager", verdict="conforms", message="", checks=tuple(checks),
    )  # fmt: skip
    return dataclasses.replace(record, **fields)


def whole_run(loaded: LoadedCase, faults: dict[tuple[str, str, str, str], str]) -> list[CellRecord]:
    """Return the cells of a run of all of the case, with these faults by op, way, dtype and point."""
    return [
        cell(loaded, op, way, dtype, [check(p, faults.get((op, way, dtype, p), "")) for p in ("generic", "zero")])
        for op in ("exp", "sin") for way in WAYS for dtype in DTYPES
    ]  # fmt: skip


def test_the_failures_belong_to_the_variants_that_where_names(tmp_path: Path) -> None:
    (loaded,) = load_cases([write(tmp_path)])
    with_one = {variant.id for variant in expand(loaded) if variant.known}
    assert with_one == {f"derivatives/small[op=sin,way=reverse,dtype={dtype}]" for dtype in DTYPES}
    (known,) = loaded.case.known
    assert (known.observed, known.issue, known.because) == (
        {"zero": "nan"}, "https://example.org/1", "the rule divides by the input",
    )  # fmt: skip


def test_a_folder_has_the_cases_and_not_the_known_failures_as_cases(tmp_path: Path) -> None:
    write(tmp_path)
    assert [loaded.case.id for loaded in load_cases([tmp_path])] == ["small"]
    with pytest.raises(CaseErrors, match=r"holds known failures; name small\.yaml"):
        load_cases([tmp_path / "small.known.yaml"])
    (tmp_path / "small.yaml").unlink()
    with pytest.raises(CaseErrors, match=r"known failures of no case file; they belong beside small\.yaml"):
        load_cases([tmp_path])


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("case: small", "case: smal", "smal,", "did you mean 'small'?"),
        ("op: [sin]", "op: [sinn]", "sinn", "op has no 'sinn'; did you mean 'sin'?"),
        ("op: [sin]", "opp: [sin]", "opp", "no axis 'opp'; did you mean 'op'?"),
        ("[reverse]", "[revers]", "revers]", "way has no 'revers'; did you mean 'reverse'?"),
        ("[reverse]", "[reverse-over-reverse]", "reverse-over", "way has no"),
        ("[zero]", "[zeros]", "zeros", "point has no 'zeros'; did you mean 'zero'?"),
        ("[zero]", "[]", "[]", "names no value"),
        ("[zero]", "[zero, zero]", "zero]", "has 'zero' twice"),
        ("observed: nan", "observed: nam", "nam", "no way to be wrong; did you mean 'nan'?"),
        ("observed: nan", "observed: 'called again: nam'", "'called", "no way to be wrong; did you mean 'nan'?"),
        ("observed: nan", "observed: 'called twice: nan'", "'called", "no way to be wrong"),
        ("observed: nan, ", "", "{case", "recognised by what is observed"),
        ("torch", "torhc", "torhc", "did you mean 'torch'?"),
        (">=2.13,<2.14", "2.13", '"2.13', "takes a range"),
        ("kind: bug", "kind: odd", "odd", "formula"),
        ("failures:", "failing:", "failing", "unknown key 'failing'"),
    ],
)
def test_what_fits_no_case_is_told_with_its_place(tmp_path: Path, old: str, new: str, at: str, message: str) -> None:
    text = KNOWN.replace(old, new)
    before = text[: text.index(at)].split("\n")
    with pytest.raises(CaseErrors) as refused:
        load_cases([write(tmp_path, text)])
    assert f"small.known.yaml:{len(before)}:{len(before[-1]) + 1}: " in str(refused.value)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("the rule divides", "TODO the rule divides", "no one has looked into it"),
        ("https://example.org/1", "issue 192540", "the address of a thread"),
        (', seen: "d_x[0] is nan"', "", "says what these cells show"),
        (
            'is nan"}',
            'is nan"}\n      - {case: small, where: {op: [sin]}, observed: inf}',
            "known from line 9",
        ),
        ("known.schema.json", "case.schema.json", "the first line is"),
    ],
)
def test_check_refuses_what_a_person_has_to_write(tmp_path: Path, old: str, new: str, message: str) -> None:
    loaded = load_cases([write(tmp_path, KNOWN.replace(old, new))])
    assert [str(error) for error in lint(loaded, load_catalogue()) if message in str(error)]


def test_the_text_of_a_file_reads_as_its_content(tmp_path: Path) -> None:
    path = write(tmp_path)
    before = content_of(path)
    reason = before.known[0].model_copy(
        update={"because": f"a reason: with a colon, a # and {'many words ' * 40}".strip(), "searched": True}
    )
    content = KnownFile(known=[reason])
    text = known_text(content, cases="small.yaml")
    known_path(path).write_text(text)
    assert content_of(path) == content
    assert max(map(len, text.splitlines())) <= 120


def test_results_that_show_the_same_change_nothing(tmp_path: Path) -> None:
    path = write(tmp_path)
    loaded = load_cases([path])
    faults = {("sin", "reverse", dtype, "zero"): "nan" for dtype in DTYPES}
    update = updated(content_of(path), loaded, whole_run(loaded[0], faults))
    assert update.content == content_of(path)
    assert update.counts == {"kept": 2, "new": 0}


def test_what_is_right_now_is_taken_out_and_what_is_new_waits_for_a_reason(tmp_path: Path) -> None:
    path = write(tmp_path)
    loaded = load_cases([path])
    faults = {("exp", way, dtype, "zero"): "zeros" for way in WAYS for dtype in DTYPES}
    update = updated(content_of(path), loaded, whole_run(loaded[0], faults))
    (reason,) = update.content.known
    assert reason.because.startswith("TODO") and reason.versions == ">=2.13,<2.14"
    (failure,) = reason.failures
    assert (failure.where, failure.observed) == ({"op": ["exp"], "point": ["zero"]}, "zeros")
    assert update.counts == {"gone": 2, "new": 4}


def test_what_fails_in_another_way_keeps_its_reason(tmp_path: Path) -> None:
    path = write(tmp_path)
    loaded = load_cases([path])
    faults = {("sin", "reverse", dtype, "zero"): "wrong" for dtype in DTYPES}
    cells = whole_run(loaded[0], faults)
    update = updated(content_of(path), loaded, cells)
    (reason,) = update.content.known
    assert reason.because == "the rule divides by the input"
    assert [failure.observed for failure in reason.failures] == ["wrong"]
    assert update.counts == {"changed": 2, "new": 0}


def test_what_did_not_run_stays(tmp_path: Path) -> None:
    path = write(tmp_path)
    loaded = load_cases([path])
    only = [cell(loaded[0], "sin", "reverse", "float32", [check("generic"), check("zero")])]
    (reason,) = updated(content_of(path), loaded, only).content.known
    assert reason.failures[0].where == {"op": ["sin"], "way": ["reverse"], "dtype": ["float64"], "point": ["zero"]}
    later = [dataclasses.replace(one, version="2.14.0") for one in only]
    assert updated(content_of(path), loaded, later).content == content_of(path)


def test_a_point_that_was_left_to_a_larger_tier_stays(tmp_path: Path) -> None:
    path = write(tmp_path)
    loaded = load_cases([path])
    write_frozen(tmp_path, loaded[0])
    cells = [
        cell(loaded[0], op, way, "float32", [check("generic")]) for op in ("exp", "sin") for way in WAYS
    ]  # fmt: skip
    assert updated(content_of(path), loaded, cells).content == content_of(path)


def test_an_entry_of_which_nothing_ran_stays_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path)
    loaded = load_cases([path])
    other = [cell(loaded[0], "exp", "forward", "float32", [check("generic"), check("zero")])]
    assert updated(content_of(path), loaded, other).content == content_of(path)


def test_the_compiled_mode_is_told_apart_only_where_it_was_asked(tmp_path: Path) -> None:
    path = write(tmp_path)
    loaded = load_cases([path])
    faults = {("sin", "reverse", dtype, "zero"): "nan" for dtype in DTYPES}
    eager = whole_run(loaded[0], faults)
    compiled = [dataclasses.replace(one, mode="compiled") for one in whole_run(loaded[0], {})]
    (reason,) = updated(content_of(path), loaded, [*eager, *compiled]).content.known
    assert reason.failures[0].where == {"op": ["sin"], "way": ["reverse"], "point": ["zero"], "mode": ["eager"]}


def test_a_run_of_one_mode_leaves_what_the_other_mode_does_to_the_other(tmp_path: Path) -> None:
    path = write(tmp_path)
    loaded = load_cases([path])
    eager = whole_run(loaded[0], {("sin", "reverse", dtype, "zero"): "nan" for dtype in DTYPES})
    compiled = [dataclasses.replace(one, mode="compiled") for one in whole_run(loaded[0], {})]
    of_both = updated(content_of(path), loaded, [*eager, *compiled]).content
    assert updated(of_both, loaded, eager).content == of_both
    assert updated(of_both, loaded, compiled).content == of_both


def test_a_run_of_a_part_does_not_move_the_failures_of_a_reason(tmp_path: Path) -> None:
    path = write(tmp_path)
    loaded = load_cases([path])
    faults = {(op, "reverse", dtype, "zero"): "nan" for op in ("exp", "sin") for dtype in DTYPES}
    cells = whole_run(loaded[0], faults)
    content = updated(KnownFile(known=[]), loaded, cells).content
    failures = [failure for reason in content.known for failure in reason.failures]
    one_reason = KnownFile(known=[content.known[0].model_copy(update={"failures": failures})])
    assert [one.where["op"] for one in one_reason.known[0].failures] == [["exp"], ["sin"]]
    part = [one for one in cells if "op=exp" in one.cell]
    assert updated(one_reason, loaded, part).content == one_reason


def test_the_wrong_number_is_shown_and_stays_while_it_is_near(tmp_path: Path) -> None:
    path = write(tmp_path)
    loaded = load_cases([path])

    def shown(number: float, content: KnownFile) -> KnownFile:
        wrong = [check("generic"), check("zero", "wrong", f"d_x[0] is {number}")]
        return updated(content, loaded, [cell(loaded[0], "sin", "reverse", dtype, wrong) for dtype in DTYPES]).content

    first = shown(0.25, content_of(path))
    assert first.known[0].failures[0].seen == "d_x[0] is 0.25"
    assert shown(0.25000001, first).known[0].failures[0].seen == "d_x[0] is 0.25"
    assert shown(0.5, first).known[0].failures[0].seen == "d_x[0] is 0.5"


def test_equal_reasons_become_one_with_an_entry_for_each_operation(tmp_path: Path) -> None:
    path = write(tmp_path)
    loaded = load_cases([path])
    (reason,) = content_of(path).known
    (failure,) = reason.failures
    parts = [
        reason.model_copy(
            update={"failures": [failure.model_copy(update={"where": {**failure.where, "op": [op], "way": [way]}})]}
        )
        for op in ("exp", "sin")
        for way in WAYS
    ]
    faults = {(op, way, dtype, "zero"): "nan" for op in ("exp", "sin") for way in WAYS for dtype in DTYPES}
    (joined,) = updated(KnownFile(known=parts), loaded, whole_run(loaded[0], faults)).content.known
    assert [one.where for one in joined.failures] == [{"op": [op], "point": ["zero"]} for op in ("exp", "sin")]


def test_two_faults_do_not_both_speak_of_what_nobody_asks(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(asking("orders: [1], ways: [reverse, consistency], dtypes: [float16, float32]"), encoding="utf-8")
    (loaded,) = load_cases([path])
    write_frozen(tmp_path, loaded)
    asked = (("reverse", "float16", "nan"), ("reverse", "float32", ""), ("consistency", "float32", "wrong"))
    assert {(str(v.axes["way"]), str(v.axes["dtype"])) for v in expand(loaded)} == {(w, d) for w, d, _ in asked}
    cells = [cell(loaded, "sin", way, dtype, [check("zero", fault)]) for way, dtype, fault in asked]
    (reason,) = updated(KnownFile(known=[]), [loaded], cells).content.known
    assert [failure.observed for failure in reason.failures] == ["nan", "wrong"]
    first, second = (
        {"way": ("reverse", "consistency"), "dtype": ("float16", "float32"), **one.where} for one in reason.failures
    )
    assert not (set(first["way"]) & set(second["way"]) and set(first["dtype"]) & set(second["dtype"]))


def test_a_run_of_a_part_of_the_last_tier_loses_nothing_of_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(asking("orders: [1], ways: [reverse, consistency], dtypes: [float16, float32]"), encoding="utf-8")
    (loaded,) = load_cases([path])
    write_frozen(tmp_path, loaded)
    asked = (("reverse", "float16"), ("reverse", "float32"), ("consistency", "float32"))
    cells = [cell(loaded, "sin", way, dtype, [check("zero", "nan")]) for way, dtype in asked]
    content = updated(KnownFile(known=[]), [loaded], cells).content
    for part in (cells[:1], cells[1:2], cells[2:]):
        assert updated(content, [loaded], part).content == content


def test_what_an_entry_shows_does_not_go_to_a_way_without_that_part(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    ways = ("reverse", "forward", "reverse-over-reverse", "consistency")
    path.write_text(asking(f"orders: [1, 2], ways: [{', '.join(ways)}], dtypes: [float32]"), encoding="utf-8")
    (loaded,) = load_cases([path])
    write_frozen(tmp_path, loaded)
    told = {"reverse": "slope is nan", "forward": "slope is nan", "reverse-over-reverse": "curvature is nan"}
    cells = [
        cell(loaded, "sin", way, "float32", [check("zero", "nan", told.get(way, "called again: nan and 1"))])
        for way in ways
    ]
    content = updated(KnownFile(known=[]), [loaded], cells).content
    (failure,) = content.known[0].failures
    assert failure.seen == "slope is nan"
    only = [cell(loaded, "sin", "reverse", "float32", [check("zero")])]
    (left,) = updated(content, [loaded], only).content.known[0].failures
    assert (left.where["way"], left.seen) == (list(ways[1:]), "slope is nan")
    only.append(cell(loaded, "sin", "forward", "float32", [check("zero")]))
    (left,) = updated(content, [loaded], only).content.known[0].failures
    assert (left.where["way"], left.seen) == (list(ways[2:]), None)


def test_an_exception_is_of_all_operations_that_raise_it(tmp_path: Path) -> None:
    path = write(tmp_path)
    loaded = load_cases([path])
    faults = {
        (op, way, dtype, "zero"): "raises ValueError" for op in ("exp", "sin") for way in WAYS for dtype in DTYPES
    }
    update = updated(KnownFile(known=[]), loaded, whole_run(loaded[0], faults))
    failures = [failure for reason in update.content.known for failure in reason.failures]
    assert [failure.observed for failure in failures] == [{"raises": {"type": "ValueError"}}] * 2
    same = [reason.model_copy(update={"because": "one reason"}) for reason in update.content.known]
    (joined,) = updated(KnownFile(known=same), loaded, whole_run(loaded[0], faults)).content.known
    assert [failure.where for failure in joined.failures] == [{"point": ["zero"]}]


def test_a_part_of_the_name_of_an_exception_stays_while_it_fits(tmp_path: Path) -> None:
    vague = KNOWN.replace('observed: nan, seen: "d_x[0] is nan"', "observed: {raises: {type: Error}}")
    path = write(tmp_path, vague)
    loaded = load_cases([path])
    faults = {("sin", "reverse", dtype, "zero"): "raises ValueError" for dtype in DTYPES}
    update = updated(content_of(path), loaded, whole_run(loaded[0], faults))
    assert update.content == content_of(path)
    assert update.counts == {"kept": 2, "new": 0}


def test_a_process_that_ends_is_known_by_its_end(tmp_path: Path) -> None:
    path = write(tmp_path)
    loaded = load_cases([path])
    crashed = cell(loaded[0], "exp", "forward", "float32", [], verdict="crashed")
    update = updated(KnownFile(known=[]), loaded, [crashed])
    (failure,) = update.content.known[0].failures
    assert (failure.ends, failure.where) == ("crashed", {"op": ["exp"], "way": ["forward"], "dtype": ["float32"]})
