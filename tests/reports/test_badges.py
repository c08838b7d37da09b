"""SVG badges: the counts in words, nothing to load, a title that is read aloud, whatever the texts are."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
import sample

from conformance.results import Results
from conformance_reports import badges

SVG = "{http://www.w3.org/2000/svg}"


def titles(results: Results) -> dict[str, str]:
    return {
        name: ET.fromstring(text).findtext(f"{SVG}title") or "" for name, text in badges.render(results).items()
    }  # fmt: skip


def test_there_is_a_badge_for_every_framework_and_one_for_all() -> None:
    assert titles(sample.green()) == {
        "all.svg": "gradients: 6 of 6 as documented",
        "tensorflow.svg": "TensorFlow 2.21.0: 2 of 2 as documented",
        "torch.svg": "PyTorch 2.13.0: 2 of 2 as documented",
        "jax.svg": "JAX 0.10.2: 2 of 2 as documented",
    }


def test_a_badge_never_hides_what_is_not_as_documented() -> None:
    assert titles(sample.sample())["torch.svg"] == (
        "PyTorch 2.13.0: 6 of 12 as documented, 4 failing, 1 stale, 1 known"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("results", "message", "tone"),
    [
        (sample.green(), "6 of 6 as documented", "good"),
        (sample.results_of(sample.green().cells, footer=False), "6 of 6 as documented, incomplete", "incomplete"),
        (sample.results_of([], cases=()), "not run", "none"),
        (sample.results_of([sample.cell("a/b", "jax", "eager", "unsupported")]), "nothing supported", "none"),
        (sample.results_of([sample.cell("a/b", "jax", "eager", "not-run")]), "not run", "none"),
        (sample.results_of([sample.cell("a/b", "jax", "eager", "known")]), "0 of 1 as documented, 1 known", "good"),
        (sample.results_of([sample.cell("a/b", "jax", "eager", "crashed")]), "0 of 1 as documented, 1 failing", "bad"),
    ],
)
def test_the_words_and_the_tone(results: Results, message: str, tone: str) -> None:
    assert badges.message_of(list(results.cells), complete=results.complete) == (message, tone)


def test_two_versions_are_two_badges() -> None:
    cell = sample.cell("a/b", "torch", "eager")
    targets = tuple(t for t in sample.targets() if t.framework == "torch" and t.mode == "eager")
    results = sample.results_of([cell, replace(cell, version="2.12.0")], cases=())
    two = (*targets, *(replace(t, version="2.12.0") for t in targets))
    names = set(badges.render(replace(results, header=replace(results.header, targets=two))))
    assert names == {"all.svg", "torch-2-12-0.svg", "torch-2-13-0.svg"}


def test_a_badge_is_self_contained_and_fits_its_text() -> None:
    for text in badges.render(sample.hostile()).values():
        root = ET.fromstring(text)
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == root.findall(f"{SVG}title")[0].get("id")
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
            "svg", "title", "clipPath", "rect", "g", "text"
        }  # fmt: skip
        assert not [name for element in root.iter() for name in element.attrib if "href" in name or "style" in name]
        width = float(root.get("width", ""))
        for element in root.iter(f"{SVG}text"):
            assert float(element.get("x", "")) + float(element.get("textLength", "")) <= width


def test_hostile_names_stay_text_and_lead_to_no_other_folder() -> None:
    hostile = "../../<script>alert(1)</script>\x00\u202e"
    cells = [replace(sample.cell("a/b", "torch", "eager"), framework=hostile, version=hostile)]
    results = sample.results_of(cells, cases=())
    target = replace(sample.targets()[0], framework=hostile, title=hostile, version=hostile)
    found = badges.render(replace(results, header=replace(results.header, targets=(target,))))
    assert set(found) == {"all.svg", "script-alert-1-script.svg"}
    assert "<script" not in found["script-alert-1-script.svg"]
    for text in found.values():
        ET.fromstring(text)
