"""JUnit XML: a suite a target, every verdict in its element, well-formed whatever the texts are."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
import sample

from conformance_reports import to_junit


def parsed(name: str) -> ET.Element:
    return ET.fromstring(to_junit.render(getattr(sample, name)()))


def case(root: ET.Element, suite: str, name: str) -> ET.Element:
    found = [c for s in root if s.get("name") == suite for c in s.iter("testcase") if c.get("name") == name]
    assert len(found) == 1
    return found[0]


def test_there_is_a_suite_for_every_target_with_counts_that_add_up() -> None:
    root = parsed("sample")
    names = [suite.get("name") for suite in root]
    assert names == ["tensorflow-cpu-eager", "tensorflow-cpu-compiled", "torch-cpu-eager", "torch-cpu-compiled",
                     "jax-cpu-eager", "jax-cpu-compiled", "agreement"]  # fmt: skip
    counts = {
        count: sum(int(suite.get(count, "")) for suite in root) for count in ("tests", "failures", "errors", "skipped")
    }
    assert counts == {"tests": 37, "failures": 3, "errors": 3, "skipped": 3}
    assert {name: int(root.get(name, "")) for name in ("tests", "failures", "errors")} == {
        "tests": 37, "failures": 3, "errors": 3
    }  # fmt: skip


CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "property": set(),
    "testcase": {"failure", "error", "skipped", "system-out"},
    "failure": set(),
    "error": set(),
    "skipped": set(),
    "system-out": set(),
}
"""What the schema of Jenkins's xunit plugin (junit-10.xsd) and GitLab's and GitHub's readers all allow below what."""

ATTRIBUTES = {
    "testsuites": {"name": ".+", "tests": r"\d+", "failures": r"\d+", "errors": r"\d+", "time": r"\d+\.\d{3}"},
    "testsuite": {
        "name": "[^ ]+", "tests": r"\d+", "failures": r"\d+", "errors": r"\d+", "skipped": r"\d+",
        "time": r"\d+\.\d{3}", "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
    },
    "properties": {},
    "property": {"name": "[a-z]+", "value": ".+"},
    "testcase": {"classname": ".+", "name": ".+", "time": r"\d+\.\d{3}"},
    "failure": {"type": "[a-z-]+", "message": ".+"},
    "error": {"type": "[a-z-]+", "message": ".+"},
    "skipped": {"message": ".+"},
    "system-out": {},
}  # fmt: skip
"""Every attribute with its form; the time of a suite is UTC without an offset, as the schema of Ant's JUnit has it."""


@pytest.mark.parametrize("name", ["green", "sample", "hostile"])
def test_the_document_keeps_to_what_every_reader_allows(name: str) -> None:
    root = parsed(name)
    assert root.tag == "testsuites"
    for element in root.iter():
        assert {child.tag for child in element} <= CHILDREN[element.tag]
        assert set(element.attrib) == set(ATTRIBUTES[element.tag])
        for attribute, text in element.attrib.items():
            assert re.fullmatch(ATTRIBUTES[element.tag][attribute], text, re.DOTALL), (element.tag, attribute, text)
    for suite in root:
        tests = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(tests)
        for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(suite.get(count, "")) == sum(test.find(tag) is not None for test in tests)


def test_no_two_tests_have_one_class_and_name_because_gitlab_drops_the_second() -> None:
    huge = "x" * 1_000
    cells = [sample.cell("a/b", "torch", "eager", axes={"x": huge + end}) for end in "ab"]
    for results in (sample.sample(), sample.hostile(), sample.results_of(cells, cases=())):
        tests = [(c.get("classname"), c.get("name")) for c in ET.fromstring(to_junit.render(results)).iter("testcase")]
        assert len(tests) == len(set(tests)) == len(results.cells)


@pytest.mark.parametrize(
    ("started", "stamp"),
    [
        ("2026-01-01T09:30:00+00:00", "2026-01-01T09:30:00"),
        ("2026-01-01T01:30:00.123456+02:00", "2025-12-31T23:30:00"),
        ("2026-01-01T09:30:00Z", "2026-01-01T09:30:00"),
        ("yesterday", None),
    ],
)
def test_the_time_of_a_suite_is_utc_to_the_second(started: str, stamp: str | None) -> None:
    results = sample.green()
    root = ET.fromstring(to_junit.render(replace(results, header=replace(results.header, started=started))))
    assert {suite.get("timestamp") for suite in root} == {stamp}


def test_two_versions_of_a_framework_are_two_suites() -> None:
    cell = sample.cell("a/b", "torch", "eager")
    root = ET.fromstring(to_junit.render(sample.results_of([cell, replace(cell, version="2.12.0")], cases=())))
    filled = {suite.get("name") for suite in root if len(suite.findall("testcase"))}
    assert filled == {"torch-2_12_0-cpu-eager", "torch-2_13_0-cpu-eager"}


def test_each_verdict_has_its_element() -> None:
    root = parsed("sample")
    failure = case(root, "torch-cpu-compiled", "tape-is-consumed").find("failure")
    assert failure is not None
    assert failure.get("type") == "contradicts"
    assert failure.text is not None
    assert "expected 6" in failure.text
    assert "torch.autograd.grad" in failure.text
    assert "gradconf repro lifecycle/tape-is-consumed -f torch --mode compiled" in failure.text
    assert case(root, "torch-cpu-eager", "through-a-cast[dtype=float16]").find("failure") is not None
    assert case(root, "tensorflow-cpu-compiled", "tape-is-consumed").find("error") is not None
    skipped = case(root, "jax-cpu-eager", "tape-is-consumed").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == (
        "unsupported: A gradient is a pure function: there is nothing that could be consumed."
    )
    assert skipped.text == skipped.get("message")  # GitLab reads the text, Jenkins the attribute
    stale = case(root, "torch-cpu-compiled", "through-a-cast[dtype=float64]").find("failure")
    assert stale is not None
    assert stale.get("message") == "known failure no longer fails as stated: it conforms now"
    passed = case(root, "torch-cpu-eager", "tape-is-consumed")
    assert [child.tag for child in passed] == ["system-out"]


def test_a_test_is_named_by_target_area_case_and_axes_and_says_its_verdict() -> None:
    element = case(parsed("sample"), "torch-cpu-eager", "through-a-cast[dtype=float16]")
    assert element.get("classname") == "torch-cpu-eager.casting"
    said = (element.findtext("system-out") or "").split("\n")
    assert said[:2] == ["cell: casting/through-a-cast[dtype=float16]@torch-cpu-eager", "verdict: inaccurate"]
    assert "repro: gradconf repro 'casting/through-a-cast[dtype=float16]' -f torch" in said


def test_hostile_text_is_well_formed_and_has_no_forbidden_character() -> None:
    text = to_junit.render(sample.hostile())
    ET.fromstring(text)
    assert not [c for c in text if ord(c) < 32 and c not in "\n\t"]
    assert "⟨U+0000⟩" in text


def test_a_run_that_was_cut_short_says_so() -> None:
    root = ET.fromstring(to_junit.render(sample.results_of(sample.green().cells, footer=False)))
    assert {p.get("value") for p in root.iter("property") if p.get("name") == "complete"} == {"no"}
