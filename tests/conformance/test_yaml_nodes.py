"""YAML 1.2 core schema, places, and everything that is refused before a case is looked at."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import CaseError
from conformance.yaml_nodes import MAX_BYTES, MAX_DEPTH, parse_yaml, read_yaml


def value_of(text: str) -> Any:
    return parse_yaml(f"v: {text}", file="f").value["v"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("no", "no"), ("yes", "yes"), ("off", "off"), ("y", "y"), ("n", "n"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("1e-6", 1e-6), ("1E3", 1000.0), (".5", 0.5), ("-2.", -2.0), ("+1.5", 1.5),
        ("12", 12), ("-7", -7), ("007", 7), ("0o17", 15), ("0x1F", 31),
        ("1_000", "1_000"), ("12:30", "12:30"), ("0b1", "0b1"), ("1.2.3", "1.2.3"), ("2026-01-01", "2026-01-01"),
        ("'1'", "1"), ('"true"', "true"), ("=", "="),
        (".inf", math.inf), ("-.inf", -math.inf), ("+.Inf", math.inf), ("inf", "inf"), ("nan", "nan"),
    ],
)  # fmt: skip
def test_scalars_follow_the_core_schema(text: str, value: Any) -> None:
    found = value_of(text)
    assert found == value
    assert type(found) is type(value)


def test_nan_is_read() -> None:
    assert math.isnan(value_of(".nan"))


def refused(text: str) -> str:
    with pytest.raises(CaseError) as caught:
        parse_yaml(text, file="f.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "place", "fragment"),
    [
        ("a: 1\nb:\n  c: 2\n  c: 3\n", "f.yaml:4:3:", "first at 3:3"),
        ("a: &x [1]\n", "f.yaml:1:4:", "anchor &x"),
        ("a: 1\nb: *x\n", "f.yaml:2:4:", "alias *x"),
        ("a:\n  <<: {b: 1}\n", "f.yaml:2:3:", "merge key <<"),
        ("a: !!python/object:os.system 1\n", "f.yaml:1:4:", "tags are not read"),
        ("a: ! 1\n", "f.yaml:1:4:", "tags are not read"),
        ("1: a\n", "f.yaml:1:1:", "key 1 is read as a number; keys are text; put it in quotes"),
        ("null: a\n", "f.yaml:1:1:", "key null is read as null"),
        ("? [a]\n: b\n", "f.yaml:1:3:", "a list or mapping as a key"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1:", "a second document"),
        ("a: b\n  c: d\n", "f.yaml:2:4:", "not YAML: mapping values are not allowed"),
        ("a: [1, 2\nb: 3\n", "f.yaml:2:2:", "not YAML"),
        ("a: 1\nb: \x07\n", "f.yaml:2:4:", "character U+0007"),
        ("a: \x00\n", "f.yaml:1:4:", "character U+0000"),
        ("a: x\u202ey\n", "f.yaml:1:5:", "character U+202E"),
        ('a: "\\0"\n', "f.yaml:1:4:", "an escape for U+0000"),
        ("a: 1e999\n", "f.yaml:1:4:", "beyond float64; write .inf"),
        (f"a: {'9' * 5000}\n", "f.yaml:1:4:", "a number of 5000 digits"),
        (f"a: 0o{'7' * 5000}\n", "f.yaml:1:4:", "a number of 5002 digits"),
    ],
)
def test_refusals_name_the_place(text: str, place: str, fragment: str) -> None:
    message = refused(text)
    assert message.startswith(place)
    assert fragment in message


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "\n".join(" " * i + "a:" for i in range(900))]
)
def test_deep_nesting_is_refused_at_once(text: str) -> None:
    began = time.perf_counter()
    assert f"nested more than {MAX_DEPTH} deep" in refused(text)
    assert time.perf_counter() - began < 2


def test_the_yaml_bomb_costs_nothing() -> None:
    levels = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 20)]
    assert refused("\n".join(levels)).startswith("f.yaml:1:5: anchor &a0;")


def test_places_of_keys_values_and_lines_of_text() -> None:
    document = parse_yaml("a:\n  b: |\n\n    one\n      two\n  c: 'x y'\n  d: [1, {e: 2}]\n", file="f")
    assert document.place(("a", "b"), key=True) == (2, 3)
    assert document.place(("a", "b")) == (2, 6)
    assert document.place(("a", "d", 1, "e")) == (7, 14)
    assert document.place(("a", "nothing", "below")) == (2, 3)
    assert document.value["a"]["b"] == "\none\n  two\n"
    assert document.text_place(("a", "b"), 2, 1) == (4, 5)
    assert document.text_place(("a", "b"), 3, 3) == (5, 7)
    assert document.text_place(("a", "c"), 1, 3) == (6, 9)


def test_an_indentation_indicator_keeps_the_column() -> None:
    document = parse_yaml("a: |2\n    one\n  two\n", file="f")
    assert document.value["a"] == "  one\ntwo\n"
    assert document.text_place(("a",), 1, 3) == (2, 5)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_once(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(f"a: 1{newline}b: |{newline}  x{newline}c: *z{newline}".encode())
    with pytest.raises(CaseError) as caught:
        read_yaml(path)
    assert (caught.value.line, caught.value.column) == (4, 4)


def test_a_byte_order_mark_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: \xc3\xa9\n")
    assert read_yaml(path).value == {"a": "é"}


@pytest.mark.parametrize(
    ("content", "fragment"),
    [
        (b"a: 1\nb: \xe9\n", "f.yaml:2:4: byte 0xe9 is not UTF-8"),
        ("a: 1\n".encode("utf-16"), "f.yaml:1:1: byte 0xff is not UTF-8"),
        (b"a: 1\nb: \x00\n", "f.yaml:2:4: character U+0000"),
        (b"a: " + b"x" * 10_000_000, f"f.yaml:1:1: 10,000,003 bytes; a file may hold at most {MAX_BYTES:,}"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes, fragment: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    with pytest.raises(CaseError) as caught:
        read_yaml(path, file="f.yaml")
    assert fragment in str(caught.value)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="cannot be read: No such file"):
        read_yaml(tmp_path / "none.yaml")
