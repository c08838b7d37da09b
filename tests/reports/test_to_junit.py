"""JUnit XML: a suite a target, every verdict in its element, well-formed whatever the texts are."""

import xml.etree.ElementTree as ET

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
    for count in ("tests", "failures", "errors", "skipped"):
        assert sum(int(suite.get(count, "")) for suite in root) == int(root.get(count, ""))
    assert {count: root.get(count) for count in ("tests", "failures", "errors", "skipped")} == {
        "tests": "37", "failures": "3", "errors": "3", "skipped": "3"
    }  # fmt: skip


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
    stale = case(root, "torch-cpu-compiled", "through-a-cast[dtype=float64]").find("failure")
    assert stale is not None
    assert stale.get("message") == "known failure no longer fails as stated: it conforms now"
    passed = case(root, "torch-cpu-eager", "tape-is-consumed")
    assert [child.tag for child in passed] == ["properties"]


def test_a_test_is_named_by_area_case_and_axes_and_says_its_verdict() -> None:
    element = case(parsed("sample"), "torch-cpu-eager", "through-a-cast[dtype=float16]")
    assert element.get("classname") == "casting"
    properties = {p.get("name"): p.get("value") for p in element.iter("property")}
    assert properties["verdict"] == "inaccurate"
    assert properties["cell"] == "casting/through-a-cast[dtype=float16]@torch-cpu-eager"


def test_hostile_text_is_well_formed_and_has_no_forbidden_character() -> None:
    text = to_junit.render(sample.hostile())
    ET.fromstring(text)
    assert not [c for c in text if ord(c) < 32 and c not in "\n\t"]
    assert "⟨U+0000⟩" in text


def test_a_run_that_was_cut_short_says_so() -> None:
    root = ET.fromstring(to_junit.render(sample.results_of(sample.green().cells, footer=False)))
    assert {p.get("value") for p in root.iter("property") if p.get("name") == "complete"} == {"no"}
