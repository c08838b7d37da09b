"""Case files load, or are refused with file, line, column and advice; no file, however broken, gives a traceback."""

from __future__ import annotations

import random
import textwrap
import time
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.bundled import cases_root, display_name
from conformance.catalogue import Catalogue, Statement
from conformance.errors import CaseError, CaseErrors
from conformance.lint import lint
from conformance.load import LoadedCase, load_cases

HEADER: Final = "# yaml-language-server: $schema=../case.schema.json\n"

VALID: Final = """\
area: watching
about: What a tape follows by itself.
cases:
  - id: constant-needs-watch
    title: A constant has no gradient unless it is watched
    covers: [tf-a]
    program: |
      x = constant(3.0)
      with tape() as t:
          y = x ** 2
      dy_dx = t.gradient(y, x)
    expect:
      dy_dx: unconnected
    differs:
      jax:
        expect: {dy_dx: 6.0}
        because: jax.grad differentiates with respect to its arguments.
        covers: [jax-a]
"""


def write(folder: Path, text: str, name: str = "f.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + text, encoding="utf-8")
    return path


def one(extra: str = "", *, program: str = "y = 1.0", expect: str = "{y: 1.0}") -> str:
    """Return a file of one case; ``extra`` are more keys."""
    head = "area: a\ncases:\n  - id: one\n    title: One case\n    covers: [tf-a]\n    program: |\n"
    body = textwrap.indent(textwrap.dedent(program).strip("\n"), " " * 6)
    return f"{head}{body}\n    expect: {expect}\n{textwrap.indent(textwrap.dedent(extra).strip(), ' ' * 4)}\n"


def native(text: str, *, expect: str = "{torch: {g: 1.0}}", extra: str = "") -> str:
    head = "area: a\ncases:\n  - id: one\n    title: One case\n    covers: [tf-a]\n    native:\n      torch: |\n"
    body = textwrap.indent(textwrap.dedent(text).strip("\n"), " " * 8)
    return f"{head}{body}\n    expect: {expect}\n{textwrap.indent(textwrap.dedent(extra).strip(), ' ' * 4)}\n"


def errors_of(folder: Path, text: str) -> list[str]:
    write(folder, text)
    with pytest.raises(CaseErrors) as caught:
        load_cases([folder])
    return [str(error).replace(f"{folder.as_posix()}/", "") for error in caught.value.errors]


def test_a_valid_file_loads(tmp_path: Path) -> None:
    path = write(tmp_path, VALID)
    (case,) = load_cases([path])
    assert (case.full_id, case.area, case.about, case.line) == (
        "watching/constant-needs-watch",
        "watching",
        "What a tape follows by itself.",
        5,
    )
    assert case.file == path.as_posix()
    assert case.case.differs["jax"].covers == ["jax-a"]


def test_folders_are_searched_in_order_and_catalogues_left_out(tmp_path: Path) -> None:
    for name in ("b/two.yaml", "a/one.yml", "catalogue/torch.yaml"):
        write(tmp_path, one().replace("area: a", f"area: {name[0]}"), name)
    assert [case.full_id for case in load_cases([tmp_path])] == ["a/one", "b/one"]
    assert [case.full_id for case in load_cases([tmp_path / "b", tmp_path])] == ["b/one", "a/one"]


def test_the_bundled_cases_load() -> None:
    assert all(case.file.startswith("cases/") for case in load_cases())


def test_display_names_do_not_depend_on_the_working_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert display_name(cases_root() / "basics" / "x.yaml") == "cases/basics/x.yaml"
    assert display_name(tmp_path / "mine" / "x.yaml") == "mine/x.yaml"


def test_a_program_may_be_asked_in_any_data_type(tmp_path: Path) -> None:
    asked = "dtypes: [bool, int8, int32, uint8, bfloat16, complex64]"
    (loaded,) = load_cases([write(tmp_path, one(asked, program="y = zeros((1,), dtype=dtype)", expect="{y: exists}"))])
    assert loaded.case.dtypes == ["bool", "int8", "int32", "uint8", "bfloat16", "complex64"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            VALID.replace("expect:\n      dy", "expext:\n      dy"),
            "f.yaml:13:5: unknown key 'expext'; did you mean 'expect'? allowed here: id, title,",
        ),
        (
            VALID.replace("area:", "aera:"),
            "f.yaml:2:1: unknown key 'aera'; did you mean 'area'? allowed here: area, about, cases",
        ),
        (
            VALID.replace("because:", "becuase:"),
            "f.yaml:18:9: unknown key 'becuase'; did you mean 'because'? allowed here: expect, because, covers",
        ),
        (
            VALID.replace("    title: A constant has no gradient unless it is watched\n", ""),
            "f.yaml:5:5: 'title' is missing in a case; it needs id, title; add it",
        ),
        (
            VALID.replace("id: constant-needs-watch", "id: Constant_Needs"),
            "f.yaml:5:9: id is 'Constant_Needs'; it takes lower-case words",
        ),
        (VALID.replace("[tf-a]", "tf-a"), "f.yaml:7:13: covers is 'tf-a'; it takes a list"),
        (
            VALID.replace("dy_dx: unconnected", "dy_dx: unconected"),
            "f.yaml:14:14: expect.dy_dx: 'unconected' is not one of the words; did you mean 'unconnected'?",
        ),
        (
            VALID.replace("dy_dx: unconnected", "dy_dx: {within: 3}"),
            "f.yaml:14:23: expect.dy_dx.within: within takes two bounds",
        ),
        (
            VALID.replace("{dy_dx: 6.0}", "{dy_dx: {value: 6.0, shape: []}}"),
            "f.yaml:17:38: differs.jax.expect.dy_dx.shape: 'shape' cannot stand beside",
        ),
        (
            VALID.replace("      dy_dx: unconnected", "      dydx: unconnected"),
            "f.yaml:14:7: 'dydx' is expected, but never bound; did you mean 'dy_dx'? bound: dy_dx",
        ),
        (
            VALID.replace("jax:", "jaxx:"),
            "f.yaml:16:7: differs: no adapter is called 'jaxx'; did you mean 'jax'? allowed: tensorflow, torch, jax",
        ),
        (
            VALID.replace("covers: [tf-a]", "note: It is so.").replace("covers: [jax-a]", ""),
            "f.yaml:5:5: covers no documented statement; name at least one",
        ),
        (VALID.replace("area: watching", "area: watching\narea: again"), "f.yaml:3:1: key 'area' again, first at 2:1"),
        ("- a\n", "f.yaml:2:1: not a case file; one has `area:` and `cases:`"),
        ("area: a\ncases: []\n", "f.yaml:3:8: cases holds none"),
        ("area: a\ncases: [1, 2]\n", "f.yaml:3:9: a case is 1; it takes a mapping"),
        ("", "f.yaml:1:1: not a case file"),
        (one("modes: [eagre]"), "f.yaml:10:13: modes.0 is 'eagre'; did you mean 'eager'? allowed: eager, compiled"),
        (one("timeout: soon"), "f.yaml:10:14: timeout is 'soon'; it takes a number"),
        (one("timeout: 0"), "f.yaml:10:14: timeout is 0; input should be greater than 0"),
        (one("native: {torch: y = 1}"), "f.yaml:4:5: a case has a program, native sources or a function; give"),
        (
            one("known: [{framework: troch, kind: bug, because: It is., observed: {y: 2.0}}]"),
            "f.yaml:10:25: known: no adapter is called 'troch'; did you mean 'torch'?",
        ),
        (
            one("known: [{framework: torch, versions: 2.x, kind: bug, because: It is., observed: {y: 2.0}}]"),
            "f.yaml:10:42: versions is '2.x'; it takes a range such as '>=2.20,<2.22'",
        ),
        (
            one(program="y = 1.0" + " " * 20_000),
            "f.yaml:7:14: program is ",
        ),
        (
            one("known: [{framework: torch, kind: bug, because: It is., observed: {z: 2.0}}]"),
            "f.yaml:10:71: 'z' is expected, but never bound",
        ),
        (one("unsupported: {Torch: It cannot.}"), "f.yaml:10:19: key 'Torch' under unsupported; it takes a framework"),
        (
            one("oracle: {skip: [z], because: It is random.}"),
            "f.yaml:10:21: oracle.skip: 'z' is not expected; expected: y",
        ),
        (one(expect="{y: {equals: z}}"), "f.yaml:9:26: equals: 'z' is never bound"),
        (one(expect="{raises: {type: E, at: 2}}"), "f.yaml:9:36: at: 2 is beyond the text's 1 lines"),
        (one(expect="{}"), "f.yaml:9:13: expect expects nothing"),
        (one().replace("program: |", "program: >"), "f.yaml:7:14: program is folded by `>`"),
    ],
)
def test_refusals_say_where_what_and_what_next(tmp_path: Path, text: str, message: str) -> None:
    assert any(error.startswith(message) for error in errors_of(tmp_path, text)), errors_of(tmp_path, text)


@pytest.mark.parametrize(
    ("program", "place", "fragment"),
    [
        ("x = 1.0\ny = relu7(x)", "f.yaml:9:11:", "relu7"),
        ("x = 1.0\ny = (x", "f.yaml:9:11:", "not Python syntax"),
        ("y = __import__('os')", "f.yaml:8:11:", "__import__"),
        ("x = 1.0\ny = x.__class__", "f.yaml:9:11:", "__class__"),
        ("y = lambda: 1", "f.yaml:8:11:", ""),
        ("y = [x for x in (1, 2)]", "f.yaml:8:11:", ""),
        ("import os\ny = 1", "f.yaml:8:7:", ""),
    ],
)
def test_a_refused_program_is_shown_where_it_stands(tmp_path: Path, program: str, place: str, fragment: str) -> None:
    (message,) = errors_of(tmp_path, one(program=program))
    assert message.startswith(place)
    assert fragment in message


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ("for_each: {n: []}", "f.yaml:10:19: axis 'n' has no values"),
        ("for_each: {n: 3}", "f.yaml:10:19: for_each.n is 3; an axis takes a list of values"),
        ("for_each: {n: [1, 1]}", "f.yaml:10:19: axis 'n' has 1 2 times"),
        ("for_each: {m: [1]}", "f.yaml:10:16: axis 'm' is used nowhere"),
        ("for_each: {relu: [1]}", "f.yaml:10:16: axis 'relu' is a word of the language"),
        ("for_each: {2n: [1]}", "f.yaml:10:16: axis '2n' is not a name"),
        ("for_each: {p: {a: {n: 1}, b: {k: 1}}}", "f.yaml:10:34: row 'b' gives k; row 'a' gives n"),
        ("for_each: {p: {a b: {n: 1}}}", "f.yaml:10:20: row label 'a b'"),
        ("for_each: {p: {a: {}}}", "f.yaml:10:23: row 'a' gives no name a value"),
        ("for_each: {n: [1], p: {a: {n: 1}}}", "f.yaml:10:32: axis 'n' gets its value twice"),
        ("for_each: {n: [1]}\ndata: {n: 2.0}", "f.yaml:10:16: axis 'n' is bound under data as well"),
        (
            "for_each: {n: [1]}\nknown: [{framework: torch, kind: bug, because: It is., observed: {y: $nn}}]",
            "f.yaml:11:74: $nn is no axis of the case; did you mean 'n'? axes: n",
        ),
        ("dtypes: [float32, float32]", "f.yaml:10:13: dtypes has one of them twice"),
    ],
)
def test_bad_axes(tmp_path: Path, axes: str, message: str) -> None:
    found = errors_of(tmp_path, one(axes, program="y = 2 * n" if "n:" in axes else "y = 2"))
    assert any(error.startswith(message) for error in found), found


def test_every_combination_of_axes_is_parsed(tmp_path: Path) -> None:
    text = one("for_each: {op: [relu, sin, relu7]}", program="x = constant(1.0)\ny = op(x)", expect="{y: finite}")
    (message,) = errors_of(tmp_path, text)
    assert message.startswith("f.yaml:9:")
    assert "with op = 'relu7'" in message


def test_expectations_are_checked_with_their_axes_put_in(tmp_path: Path) -> None:
    text = one("for_each: {n: [1.0, zeroes]}", program="y = n", expect="{y: $n}")
    assert any(
        "with n = 'zeroes'" in message and "did you mean 'zeros'?" in message for message in errors_of(tmp_path, text)
    )


def test_too_many_variants(tmp_path: Path) -> None:
    values = ", ".join(map(str, range(40)))
    text = one(f"for_each: {{n: [{values}], m: [{values}]}}", program="y = n + m")
    assert errors_of(tmp_path, text) == ["f.yaml:10:5: the axes make 1,600 variants; at most 1,000; split the case"]


def test_data_is_read_and_refused_at_its_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        one("data: {seed: 1, xs: 'uniform(-1.0, 1.0, (3, 1))'}", program="y = constant(xs)", expect="{y: finite}"),
    )
    assert len(load_cases([tmp_path])) == 1
    (message,) = errors_of(
        tmp_path, one("data: {seed: 1, xs: 'unifrom(-1.0, 1.0, (3, 1))'}", program="y = constant(xs)")
    )
    assert message.startswith("f.yaml:10:25: data: xs calls 'unifrom'; did you mean 'uniform'?")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (native("g = (1"), "f.yaml:9:13: native.torch is not Python"),
        (native("h = 1"), "f.yaml:10:22: 'g' is expected, but never bound; bound: h"),
        (
            native("g = 1", expect="{jax: {g: 1}, torch: {g: 1}}"),
            "f.yaml:10:19: expect.jax: a native case expects by framework",
        ),
        (native("g = 1", expect="{}"), "f.yaml:8:14: native.torch: expect says nothing of it"),
        (native("g = 1", expect="{torch: {g: {within: 1}}}"), "f.yaml:10:34: expect.torch.g.within: within takes"),
        (native("g = " + "(" * 5000), "f.yaml:9:"),
        (native("g = " + "-" * 19_000 + "1"), "f.yaml:8:14: native.torch is nested too deeply"),
    ],
)
def test_native_sources(tmp_path: Path, text: str, message: str) -> None:
    found = errors_of(tmp_path, text)
    assert any(error.startswith(message) for error in found), found


def test_a_valid_native_case_loads(tmp_path: Path) -> None:
    write(tmp_path, native("from math import pi as g", extra="differs: {}"))
    assert load_cases([tmp_path])[0].case.native == {"torch": "from math import pi as g\n"}


def test_duplicate_ids_name_both_places(tmp_path: Path) -> None:
    write(tmp_path, one(), "a.yaml")
    second = write(tmp_path, one(), "b.yaml")
    with pytest.raises(CaseErrors) as caught:
        load_cases([tmp_path])
    assert str(caught.value).startswith(
        f"{second.as_posix()}:4:9: case a/one again, first at {tmp_path.as_posix()}/a.yaml:4;"
    )


def test_all_problems_of_all_files_come_sorted(tmp_path: Path) -> None:
    write(tmp_path, one("tag: [x]") + one().partition("cases:\n")[2].replace("y = 1.0", "y = relu7(1.0)"), "b.yaml")
    (tmp_path / "a.yaml").write_bytes(b"a: \x00")
    with pytest.raises(CaseErrors) as caught:
        load_cases([tmp_path, tmp_path / "none.yaml"])
    places = [(Path(error.file).name, error.line) for error in caught.value.errors]
    assert places == [("a.yaml", 1), ("b.yaml", 10), ("b.yaml", 15), ("none.yaml", 1)]
    assert isinstance(caught.value, CaseError)


CATALOGUE: Final = Catalogue(
    statements={
        name: Statement(
            id=name,
            framework="tensorflow",
            source="s",
            title="t",
            url="",
            section="x",
            area="a",
            says="It says.",
            verdict="as-documented",
            neutral=True,
        )
        for name in ("tf-a", "jax-a", "tf-out")
    },
    excluded={"tf-out": "It needs two machines."},
)


def linted(folder: Path, text: str, *, header: str = HEADER) -> list[str]:
    (folder / "f.yaml").write_text(header + text)
    return [str(error).replace(f"{folder.as_posix()}/", "") for error in lint(load_cases([folder]), CATALOGUE)]


def test_lint_of_links(tmp_path: Path) -> None:
    assert linted(tmp_path, VALID) == []
    found = linted(
        tmp_path, VALID.replace("[jax-a]", "[jax-b]").replace("[tf-a]", "[tf-a, tf-a, tf-out]\n    refutes: [tf-a]")
    )
    assert [message.split(";")[0] for message in found] == [
        "f.yaml:7:20: 'tf-a' stands twice",
        "f.yaml:7:26: 'tf-out' is covered here, but excluded in cases/catalogue/excluded.yaml",
        "f.yaml:8:15: 'tf-a' is both covered and refuted",
        "f.yaml:20:18: covers names no statement: 'jax-b'",
    ]
    assert "did you mean 'jax-a'?" in found[-1]


@pytest.mark.parametrize("header", ["", "# a comment\n", "# yaml-language-server: $schema=other.json\n"])
def test_lint_of_the_editor_header(tmp_path: Path, header: str) -> None:
    (message,) = linted(tmp_path, VALID, header=header)
    assert message.startswith("f.yaml:1:1: the first line is")
    assert "case.schema.json" in message


def test_lint_of_bundled_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.bundled.cases_root", lambda: tmp_path.resolve())
    write(tmp_path, VALID, "watching/good.yaml")
    write(tmp_path, VALID.replace("constant-needs", "other-needs"), "basics/moved.yaml")
    (tmp_path / "watching" / "deep").mkdir()
    write(tmp_path, VALID.replace("constant-needs", "deep-needs"), "watching/deep/header.yaml")
    assert [str(error).split(";")[0] for error in lint(load_cases([tmp_path]), CATALOGUE)] == [
        "cases/basics/moved.yaml:2:7: area is 'watching' in the folder 'basics'",
        "cases/watching/deep/header.yaml:1:1: the first line is '# yaml-language-server: $schema=../case.schema.json'",
    ]


def test_a_case_without_a_document_still_names_its_place(tmp_path: Path) -> None:
    (case,) = load_cases([write(tmp_path, VALID)])
    bare = LoadedCase(case=case.case, area=case.area, about=None, file="f.yaml", line=7)
    assert str(bare.error("wrong", "covers", 0)) == "f.yaml:7:1: wrong"


SEEDS: Final = (
    VALID,
    one("for_each: {n: [1, 2], p: {a: {k: 1.5}, b: {k: [1, 2]}}}\ntags: [x]", program="y = n * k", expect="{y: $n}"),
    one(
        "data: {seed: 1, xs: 'normal(0.0, 1.0, (2, 2))'}\ntolerance: {rtol: 1e-3, because: It is so.}",
        program="y = constant(xs)",
    ),
    native("import torch\ng = torch.tensor(1.0)", extra="timeout: 3\nmodes: [eager]"),
)
SNIPPETS: Final = (
    "\x00",
    "\ufeff",
    "\u2028",
    "é",
    "𝄞",
    "\udcff",
    "&a ",
    "*a",
    "<<: ",
    "!!binary ",
    "{",
    "}",
    "[",
    "]",
    "- ",
    "? ",
    ": ",
    "|",
    ">",
    "'",
    '"',
    "\\",
    "#",
    "%",
    "@",
    "`",
    "~",
    "$",
    "\t",
    "\n",
    "\r",
    "---\n",
    "...\n",
    ".nan",
    "1e999",
    "0x",
    "9" * 500,
    "[" * 60,
    "{a: " * 60,
    "(" * 300,
    "-" * 3000,
    "not " * 500,
    "\n  ",
    "\n      ",
    "null",
    "true",
    "id",
    "expect",
    "lambda: 0",
)


@st.composite
def broken_files(draw: st.DrawFn) -> bytes:
    """Draw a valid file after a few edits: bytes changed, text put in, lines and words swapped."""
    text = HEADER + draw(st.sampled_from(SEEDS))
    shuffle = random.Random(draw(st.integers(0, 2**32)))
    for edit in draw(st.lists(st.sampled_from(["insert", "cut", "lines", "words", "double"]), max_size=5)):
        at, end = sorted((shuffle.randrange(len(text) + 1), shuffle.randrange(len(text) + 1)))
        lines, words = text.split("\n"), text.split(" ")
        if edit == "insert":
            text = text[:at] + draw(st.sampled_from(SNIPPETS)) + text[at:]
        elif edit == "cut":
            text = text[:at] + text[min(end, at + 30) :]
        elif edit == "double":
            text = text[:end] + text[at:]
        elif edit == "lines":
            i, j = shuffle.randrange(len(lines)), shuffle.randrange(len(lines))
            lines[i], lines[j] = lines[j], lines[i]
            text = "\n".join(lines)
        else:
            i, j = shuffle.randrange(len(words)), shuffle.randrange(len(words))
            words[i], words[j] = words[j], words[i]
            text = " ".join(words)
    raw = bytearray(text.encode("utf-8", "surrogateescape"))
    for at in draw(st.lists(st.integers(0, 10_000), max_size=2)):
        if raw:
            raw[at % len(raw)] = shuffle.randrange(256)
    return bytes(raw)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(content=broken_files())
def test_no_broken_file_gives_a_traceback(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    try:
        lint(load_cases([path]), CATALOGUE)
    except CaseErrors as errors:
        lines = content.count(b"\n") + content.count(b"\r") + 2
        for error in errors.errors:
            assert error.file.endswith("f.yaml")
            assert 1 <= error.line <= lines
            assert error.column >= 1
            assert error.message


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=5)
        | st.sampled_from(["$n", "zeros"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["raises", "within", "value", "shape", "final", "at", "type", "y", "equals"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=8,
    ),
    key=st.sampled_from(
        [
            "expect",
            "differs",
            "known",
            "for_each",
            "data",
            "covers",
            "program",
            "native",
            "oracle",
            "tolerance",
            "dtypes",
            "id",
        ]
    ),
)
def test_any_value_under_any_key_is_loaded_or_refused(tmp_path: Path, value: Any, key: str) -> None:
    import yaml

    fields: dict[str, Any] = {
        "id": "one",
        "title": "One case",
        "covers": ["tf-a"],
        "program": "y = 1",
        "expect": {"y": 1},
    }
    path = tmp_path / "f.yaml"
    path.write_text(
        yaml.safe_dump({"area": "a", "cases": [{**fields, key: value}]}, allow_unicode=False), encoding="utf-8"
    )
    try:
        load_cases([path])
    except CaseErrors as errors:
        assert all(error.message for error in errors.errors)


def test_hundred_files_of_fifteen_cases_load_quickly(tmp_path: Path) -> None:
    head, _, case = VALID.partition("  - id:")
    for i in range(100):
        cases = "".join(f"  - id:{case}".replace("needs-watch", f"needs-watch-{j}") for j in range(15))
        write(tmp_path, head.replace("watching", f"watching-{i}", 1) + cases, f"f{i}.yaml")
    load_cases([tmp_path / "f0.yaml"])
    began = time.process_time()
    assert len(load_cases([tmp_path])) == 1500
    assert time.process_time() - began < 8  # 0.9 s where it was written, two thirds of it in parsing programs
