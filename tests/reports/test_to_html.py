"""The HTML page: readable without scripts, harmless whatever its texts are, and as small as it is meant to be.

What the page does in a browser is tested in ``browser``; here are its two forms: its elements, and its script's data.
"""

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
import sample

from conformance.results import MutantRecord, StatementRecord, TrustRecord
from conformance_reports import compose, summary, to_html

VOID = frozenset({"meta", "input", "br", "rect", "path", "circle"})


class Page(HTMLParser):
    """Collects elements, attributes, ids, links and visible text, and checks that elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag in ("th", "td", "tr"):
            self._end_implied(("th", "td") if tag != "tr" else ("th", "td", "tr"))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("tr", "table", "thead", "tbody"):
            self._end_implied(("th", "td") if tag == "tr" else ("th", "td", "tr"))
        assert self._open.pop() == tag

    def _end_implied(self, tags: tuple[str, ...]) -> None:
        """Close the elements whose end tag HTML lets a table leave out."""
        while self._open[-1] in tags:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self.text += data

    def values(self, name: str, tag: str | None = None) -> list[str]:
        return [value for t, n, value in self.attributes if n == name and tag in (None, t)]


@cache
def html_of(name: str) -> str:
    return to_html.render(getattr(sample, name)())


def data_of(page: str) -> dict[str, Any]:
    """Return the data of the page's script, as the script reads it."""
    match = re.search('<script type="text/plain" id="data">([A-Za-z0-9+/=]*)</script>', page)
    assert match is not None
    data: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(match[1]), -15))
    data["texts"] = ["\n\n".join(data["blocks"][n] for n in blocks) for blocks in data["texts"]]
    return data


def cases_of(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {case["id"]: case for area in data["areas"] for case in area["cases"]}


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts_of(item)


@pytest.mark.parametrize("name", ["green", "sample", "hostile"])
def test_the_page_is_well_formed_with_unique_ids_and_links_that_lead_somewhere(name: str) -> None:
    page = Page(html_of(name))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    inside = [link[1:] for link in page.values("href") if link.startswith("#") and "?" not in link]
    assert [link for link in inside if link not in ids] == []


def test_everything_that_a_reader_looks_for_is_text_of_the_page() -> None:
    text = Page(html_of("sample")).text
    for wanted in (
        summary.verdict_sentence(sample.sample()),
        "A constant has no gradient unless it is watched",
        "its gradient is None until it is watched",
        "jax.grad differentiates with respect to the arguments it is told to",
        "with tf.GradientTape() as t:",
        "torch.autograd.grad(y, x)",
        "gradconf repro lifecycle/tape-is-consumed -f torch --mode compiled",
        "torch worker ended with signal 11",
        "6 absolute, 1 relative, 1.26e+07 ULP, 1.58e+06 of the tolerance",
        "UserWarning: lru_cache is ignored by dynamo",
        "A second call to gradient on a tape that is not persistent returns None.",
        "The cast loses its gradient on this version.",
        "no longer fails as stated",
        "the run was stopped before this cell",
        "A gradient is a pure function: there is nothing that could be consumed.",
        "Linux 6.1 (Debian 12)",
        "loss by step",
        "last value within 0.01 ± 0.005",
        "fit over the inputs",
    ):
        assert wanted in text, wanted


def test_every_verdict_stands_with_its_sign_and_its_word() -> None:
    text = " ".join(Page(html_of("sample")).text.replace("\u00a0", " ").split())
    for verdict, symbol in summary.SYMBOLS.items():
        assert f"{symbol} {verdict}" in text


def test_nothing_is_loaded_and_only_our_own_script_may_run() -> None:
    page = html_of("hostile")
    parsed = Page(page)
    assert parsed.values("type", "script") == ["text/plain"]  # the data; the other is the one script
    assert parsed.elements.count("script") == 2
    assert parsed.elements.count("style") == 1
    assert not {"img", "link", "iframe", "object", "embed", "base", "video", "audio"} & set(parsed.elements)
    assert parsed.values("src") == parsed.values("style") == []
    assert [name for _, name, _ in parsed.attributes if name.startswith("on")] == []
    assert {link.partition(":")[0] for link in parsed.values("href") if not link.startswith("#")} == {"https"}
    policy = parsed.values("content", "meta")[0]
    assert policy.startswith("default-src 'none'; ")
    for element in ("style", "script"):
        match = re.search(f"<{element}>(.*?)</{element}>", page, re.DOTALL)
        assert match is not None
        digest = base64.b64encode(hashlib.sha256(match[1].encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy


def test_hostile_text_is_shown_and_does_nothing() -> None:
    page = html_of("hostile")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)
    assert "⟨U+202E⟩gnp.exe ⟨U+0000⟩" in page
    assert "{{ 7*7 }}" in page
    assert "javascript:alert(1)" in Page(page).text
    page.encode()


def test_hostile_text_is_harmless_in_the_data_as_well() -> None:
    texts = list(texts_of(data_of(html_of("hostile"))))
    assert any("<script>alert(1)</script>" in text for text in texts)
    assert not any(re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text) for text in texts)
    assert not any(text.startswith("javascript:") for case in data_of(html_of("hostile"))["statements"]
                   for text in [case.get("url", "")])  # fmt: skip


def test_a_megabyte_of_text_is_cut_with_a_note() -> None:
    huge = "x" * 1_000_000
    cell = sample.cell(
        "a/huge", "torch", "eager", "contradicts", message=huge, native=huge, output=huge, because=huge,
        axes={huge: huge}, observations={huge: {"kind": "other", "type": huge, "repr": huge}},
        raised={"type": huge, "message": huge, "traceback": huge},
        checks=(replace(sample.number_check("dy_dx", 6.0), kind="contradicts", expected=huge, observed=huge),),
    )  # fmt: skip
    page = to_html.render(sample.results_of([cell], cases=()))
    assert "more characters are not shown" in page
    assert len(page) < 200_000


def test_a_native_source_that_both_modes_ran_is_there_once() -> None:
    cells = [sample.cell("a/b", "torch", mode, native="import torch\nonly_here = 1\n") for mode in sample.MODES]
    page = to_html.render(sample.results_of(cells, cases=()))
    assert page.count("only_here") == 1  # for readers without scripts
    data = data_of(page)
    assert data["texts"] == ["import torch\nonly_here = 1"]
    [panel] = cases_of(data)["a/b"]["variants"][0]["panels"]
    assert panel["sources"] == [{"modes": "eager and compiled", "text": 0}]


def test_the_line_that_raised_is_marked() -> None:
    data = data_of(html_of("green"))
    panels = cases_of(data)["watching/constant-needs-watch"]["variants"][0]["panels"]
    torch = next(panel for panel in panels if panel["framework"] == "torch")["sources"][0]
    assert data["texts"][torch["text"]].split("\n")[torch["marked"] - 1] == "dy_dx, = torch.autograd.grad(y, x)"


def test_a_number_has_its_errors_in_every_measure_and_the_part_of_the_tolerance() -> None:
    panels = cases_of(data_of(html_of("sample")))["lifecycle/tape-is-consumed"]["variants"][0]["panels"]
    compiled = next(panel for panel in panels if panel["framework"] == "torch")["answers"][1]
    assert compiled["verdict"] == "contradicts"
    assert compiled["checks"][0]["measures"] == [6.0, 1.0, 1.26e7, 1.58e6]
    assert compiled["warnings"] == ["UserWarning: lru_cache is ignored by dynamo"]


def test_of_very_many_checks_those_that_fail_and_the_nearest_to_failing_are_shown() -> None:
    checks = [sample.number_check(f"point-{n}", 6.0, n * 1e-8) for n in range(30)]
    checks[7] = replace(checks[7], kind="contradicts")
    cell = sample.cell("a/b", "torch", "eager", "contradicts", checks=tuple(checks))
    page = to_html.render(sample.results_of([cell], cases=()))
    [answer] = cases_of(data_of(page))["a/b"]["variants"][0]["panels"][0]["answers"]
    assert [check["name"] for check in answer["checks"]] == ["point-7", *(f"point-{n}" for n in range(28, 30))]
    assert (answer["held"], answer["checked"]) == (29, 30)
    assert "29 of 30 checks hold" in Page(page).text


def test_flags_say_where_frameworks_modes_and_devices_differ() -> None:
    flags = {name: set(case.get("flags", ())) for name, case in cases_of(data_of(html_of("sample"))).items()}
    assert flags["watching/constant-needs-watch"] == {"frameworks"}
    assert flags["lifecycle/tape-is-consumed"] == {"frameworks", "modes", "refutes"}
    assert flags["casting/through-a-cast"] == {"frameworks", "modes", "stale"}
    assert flags["training/linear-model"] == set()
    cells = [
        replace(sample.cell("a/b", "torch", "eager", verdict), device=device, cell=f"a/b@torch-{device}-eager")
        for device, verdict in (("cpu", "conforms"), ("gpu", "contradicts"))
    ]
    page = to_html.render(sample.results_of(cells, cases=()))
    assert cases_of(data_of(page))["a/b"]["flags"] == ["devices"]
    assert 'name="devices"' in page
    assert 'name="devices"' not in html_of("sample")


def test_what_changed_since_earlier_results_is_marked() -> None:
    before = sample.sample()
    cells = [replace(c, verdict="contradicts") if c.cell == "training/linear-model@jax-cpu-eager" else c
             for c in before.cells]  # fmt: skip
    page = to_html.render(replace(before, cells=tuple(cells)), before)
    changed = {name: case["variants"][0].get("changes") for name, case in cases_of(data_of(page)).items()
               if "since" in case.get("flags", ())}  # fmt: skip
    assert changed == {"training/linear-model": ["broken on jax-cpu-eager, was conforms"]}
    assert 'name="since"' in page


def test_the_cells_of_a_case_are_counted_by_column_and_verdict() -> None:
    data = data_of(html_of("sample"))
    columns = [f"{head['framework']} {target}" for head in data["heads"] for target in head["targets"]]
    cells = cases_of(data)["lifecycle/tape-is-consumed"]["cells"]
    assert {columns[column]: (verdict, n) for column, verdict, n in cells} == {
        "tensorflow eager": ("conforms", 1),
        "tensorflow compiled": ("timed-out", 1),
        "torch eager": ("conforms", 1),
        "torch compiled": ("contradicts", 1),
        "jax eager": ("unsupported", 1),
        "jax compiled": ("unsupported", 1),
    }


def statement(name: str, **fields: Any) -> StatementRecord:
    document: dict[str, Any] = {"source": "guide", "title": "Guide", "url": "https://example.org/guide", "section": "1"}
    return StatementRecord(id=name, framework="torch", says=f"It says {name}.", **document, **fields)


def test_requirements_tell_what_came_of_every_statement_of_a_document() -> None:
    cases = [
        replace(sample.CASES[0], case=f"a/{name}", area="a", covers=(name,), refutes=(name,) if name == "wrong" else ())
        for name in ("holds", "broken", "wrong", "lost", "elsewhere")
    ]
    verdicts = {"holds": "conforms", "broken": "contradicts", "wrong": "conforms", "lost": "timed-out"}
    cells = [sample.cell(f"a/{name}", "torch", "eager", verdict) for name, verdict in verdicts.items()]
    cells.append(sample.cell("a/elsewhere", "jax", "eager"))
    statements = [statement(name, order=n) for n, name in enumerate([*verdicts, "elsewhere", "nobody"], start=1)]
    statements.append(statement("left-out", order=9, excluded="It is about speed."))
    results = replace(sample.results_of(cells, cases=cases), statements=tuple(reversed(statements)))
    [document] = compose.page_of(results).documents
    assert {r.statement.id: r.status for r in document.requirements} == {
        "holds": "holds", "broken": "contradicted", "wrong": "refuted", "lost": "not-run", "elsewhere": "not-run",
        "nobody": "uncovered", "left-out": "excluded",
    }  # fmt: skip
    assert [r.statement.id for r in document.requirements][:2] == ["holds", "broken"]
    text = Page(to_html.render(results)).text
    assert "It says nobody." in text
    assert "It is about speed." in text


def test_cases_stand_in_the_order_of_the_documents_that_they_cover() -> None:
    places = (("late", "third"), ("early", "second"), ("early", "first"), ("late", "none"))
    cases = [replace(sample.CASES[0], case=f"{area}/{name}", area=area, covers=(name,)) for area, name in places]
    statements = tuple(statement(name, order=n) for n, name in enumerate(("first", "second", "third"), start=1))
    results = replace(sample.results_of([], cases=cases), statements=statements)
    page = compose.page_of(results)
    assert [case.id for area in page.areas for case in area.cases] == [
        "early/first", "early/second", "late/third", "late/none",
    ]  # fmt: skip


def test_conventions_are_the_cases_that_leave_a_choice() -> None:
    expected = {"dy_dx": {"within": [0.0, 1.0]}}
    cells = [
        sample.cell("a/kink", framework, mode, expected=expected,
                    checks=(replace(sample.number_check("dy_dx", 0.5), expected="within [0, 1]", observed=seen),))
        for framework, seen in (("torch", "0"), ("jax", "0.5"))
        for mode in sample.MODES
    ]  # fmt: skip
    [row] = compose.page_of(sample.results_of([*cells, sample.cell("a/plain", "jax", "eager")], cases=())).conventions
    assert row.allowed == "dy_dx: within [0, 1]"
    assert [answer and answer[1] for answer in row.answers] == [None, "0", "0.5"]


def test_trust_shows_the_oracle_and_which_faults_were_caught() -> None:
    mutant = MutantRecord(mutant="doubled", framework="torch", fault="twice too large", ran=4, killed_by=("a/b@t",))
    trust = TrustRecord(
        suite_version="0.1.0", cases_sha256="of another version", made="2026-01-01", oracle={"proved": 12, "failed": 1},
        failed=("a/b: not so",), mutants=(mutant, replace(mutant, framework="jax", ran=3, killed_by=())),
    )  # fmt: skip
    text = " ".join(Page(to_html.render(replace(sample.green(), trust=trust))).text.split())
    for wanted in ("proved12", "a/b: not so", "1 of 2 faults caught", "✓ caught by 1 of 4", "✗ survived 3 cells",
                   "made for another version of the cases"):  # fmt: skip
        assert wanted in text.replace(" 12", "12"), wanted


def test_the_command_names_the_file_of_a_case_that_is_not_bundled() -> None:
    page = to_html.render(sample.results_of(sample.sample().cells, paths=["mine"]))
    assert "gradconf repro watching/constant-needs-watch -f torch --path watching/constants.yaml" in page
    assert "--path" not in html_of("sample").partition("<noscript>")[2].partition("</noscript>")[0]


def test_a_banner_tells_why_a_run_is_not_whole_and_a_whole_run_has_none() -> None:
    assert 'class="banner"' in html_of("sample")
    assert 'class="banner"' not in html_of("green")


def test_results_without_a_cell_or_a_case_are_a_page_as_well() -> None:
    assert "Nothing ran" in Page(to_html.render(sample.results_of([], cases=()))).text
    assert "no cell in these results" in Page(to_html.render(sample.results_of([]))).text


def test_the_page_is_the_same_every_time() -> None:
    assert to_html.render(sample.sample()) == html_of("sample")


@pytest.mark.parametrize(("cells", "most"), [(1_500, 2_000_000), (10_000, 5_000_000)])
def test_the_page_stays_small(cells: int, most: int) -> None:
    assert len(to_html.render(sample.many(cells)).encode()) <= most


def test_a_large_page_leaves_native_sources_to_the_data() -> None:
    page = to_html.render(sample.many(3_000))
    assert "torch.autograd.grad" not in page.partition("<script")[0]
    assert any("torch.autograd.grad" in text for text in data_of(page)["texts"])
