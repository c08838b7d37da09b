"""The report in a real browser: opened from disk, used with mouse and keyboard, sent on, printed, and read unscripted.

Every page is watched while it is open (see ``conftest``): an error on the console, a request or a dialog fails it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pages
import pytest

from conformance_reports import summary

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from watched import Open, Seen

CASES = {
    "watching": "watching/constant-needs-watch",
    "lifecycle": "lifecycle/tape-is-consumed",
    "casting": "casting/through-a-cast",
    "training": "training/linear-model",
}
ALL = frozenset(CASES.values())

Act = Callable[["Page"], object]


def shown(page: Page) -> set[str]:
    """Return the cases whose rows can be seen, once the filters have settled."""
    settle(page)
    return set(order(page))


def settle(page: Page) -> None:
    page.wait_for_timeout(100)  # the page waits for 80 ms without a key


def order(page: Page) -> list[str]:
    """Return the cases whose rows can be seen, as they stand."""
    rows = """() => [...document.querySelectorAll("tr.case[data-case]")]
      .filter((row) => row.checkVisibility()).map((row) => row.dataset.case)"""
    return [str(name) for name in page.evaluate(rows)]


def select(name: str, words: str) -> Act:
    """Choose the first option whose words these are, or are among."""

    def act(page: Page) -> None:
        field = page.locator(f"#filters select[name='{name}']")
        option = field.locator("option").filter(has_text=words).first
        field.select_option(str(option.get_attribute("value") or option.inner_text()))

    return act


def check(name: str) -> Act:
    return lambda page: page.locator(f"#filters input[name='{name}']").check()


def search(text: str) -> Act:
    return lambda page: page.locator("#filters").get_by_role("searchbox").fill(text)


FILTERS: dict[str, tuple[Act, str, set[str]]] = {
    "text of a title": (search("used TAPE"), "q=used", {"lifecycle"}),
    "text of a program": (search("ASSIGN_sub"), "q=ASSIGN_sub", {"training"}),
    "text of a native source": (search("grad(y_of_V)"), "q=grad", {"casting"}),
    "text of a message": (search("signal 11"), "q=signal", {"casting"}),
    "area": (select("area", "training"), "area=training", {"training"}),
    "tag": (select("tag", "tutorial"), "tag=tutorial", {"watching"}),
    "document": (select("document", ": Introduction to gradients"), "guide-autodiff", {"watching", "casting"}),
    "verdict anywhere": (select("verdict", "contradicts"), "verdict=contradicts", {"lifecycle", "training"}),
    "verdict of PyTorch": (select("verdict.torch", "contradicts"), "verdict.torch=", {"lifecycle", "training"}),
    "verdict of JAX": (select("verdict.jax", "differs"), "verdict.jax=differs", {"watching"}),
    "verdict that none has there": (select("verdict.jax", "contradicts"), "verdict.jax=contradicts", set()),
    "frameworks differ": (check("frameworks"), "frameworks=1", {"watching", "lifecycle", "casting"}),
    "eager ≠ compiled": (check("modes"), "modes=1", {"lifecycle", "casting"}),
    "CPU ≠ GPU": (check("devices"), "devices=1", {"training"}),
    "changed since": (check("since"), "since=1", {"lifecycle"}),
}


def test_the_page_opens_from_disk_with_its_verdict_and_one_section(open_page: Open) -> None:
    page = open_page(pages.report()).page
    assert page.get_by_role("heading", level=1).inner_text() == summary.verdict_sentence(pages.rich())
    assert [node.get_attribute("id") for node in page.locator("[data-tab]").all() if node.is_visible()] == ["overview"]
    assert page.locator("noscript").first.is_hidden()


def test_every_section_is_reached_by_its_link_and_has_a_heading(open_page: Open) -> None:
    page = open_page(pages.report()).page
    links = page.get_by_role("navigation", name="Sections").get_by_role("link")
    assert [str(link.get_attribute("href")).partition("?")[0] for link in links.all()] == [
        f"#{s}" for s in pages.SECTIONS
    ]
    for link, name in zip(links.all(), pages.SECTIONS, strict=True):
        link.click()
        section = page.locator(f"[data-tab]#{name}")
        section.wait_for(state="visible")
        assert section.get_by_role("heading", level=2).is_visible()
        assert link.get_attribute("aria-current") == "page"
        assert page.locator("[data-tab]:visible").count() == 1


@pytest.fixture(scope="module")
def on_matrix(open_for_all: Open) -> Seen:
    """The report at its matrix, one page for all filters."""
    return open_for_all(pages.report(), "#matrix")


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_leaves_what_fits_and_its_address_gives_the_same_again(name: str, on_matrix: Seen) -> None:
    act, address, wanted = FILTERS[name]
    page = on_matrix.page
    page.goto(f"{page.url.partition('#')[0]}#matrix")
    assert set(order(page)) == ALL
    assert page.locator("#shown").inner_text() == "4 cases"
    act(page)
    cases = {CASES[area] for area in wanted}
    assert shown(page) == cases
    assert page.locator("#shown").inner_text() == f"{len(cases)} of 4 cases"
    assert page.locator("#nothing").is_visible() == (not cases)
    fragment = page.url.partition("#")[2]
    assert fragment.startswith("matrix?") and address in fragment
    page.reload()
    page.locator("html[data-ready=true]").wait_for(state="attached")
    assert set(order(page)) == cases
    assert page.url.partition("#")[2] == fragment
    page.locator("#filters").get_by_role("button", name="Clear").click()
    assert shown(page) == ALL
    assert page.url.partition("#")[2] == "matrix"
    on_matrix.assert_harmless()


def test_filters_are_joined(open_page: Open) -> None:
    page = open_page(pages.report(), "#matrix?modes=1&verdict.torch=inaccurate&q=cast").page
    assert shown(page) == {CASES["casting"]}
    page.locator("#filters select[name='verdict.torch']").select_option("")
    page.locator("#filters").get_by_role("searchbox").fill("")
    assert shown(page) == {CASES["casting"], CASES["lifecycle"]}


def test_what_fails_comes_first_on_request(open_page: Open) -> None:
    page = open_page(pages.report(), "#matrix").page

    documents = order(page)
    page.locator("#filters select[name='order']").select_option("failing")
    settle(page)
    failing = order(page)
    assert failing[-1] == CASES["watching"]
    assert sorted(failing) == sorted(documents)
    page.locator("#filters").get_by_role("button", name="Clear").click()
    settle(page)
    assert order(page) == documents


def test_a_count_of_the_head_leads_to_its_cells(open_page: Open) -> None:
    page = open_page(pages.report()).page
    page.get_by_role("list", name="Cells by verdict").get_by_role("link", name=re.compile("contradicts")).click()
    assert shown(page) == {CASES["lifecycle"], CASES["training"]}


def test_every_cell_of_the_matrix_has_a_sign_and_a_word(open_page: Open) -> None:
    page = open_page(pages.report(), "#matrix").page
    texts = page.locator("tr.case td").all_text_contents()
    known = {f"{sign} {word}" for word, sign in summary.SYMBOLS.items()}
    for text in texts:
        assert text == "no cell" or any(text.startswith(pair) for pair in known), text


def test_the_drawer_shows_the_question_and_the_answers_side_by_side(open_page: Open) -> None:
    page = open_page(pages.report(), "#matrix").page
    page.locator(f"tr.case[data-case='{CASES['lifecycle']}']").get_by_role("link").first.click()
    drawer = page.get_by_role("dialog")
    drawer.wait_for(state="visible")
    assert drawer.get_by_role("heading", level=2).inner_text() == "A second gradient call on a used tape raises"
    text = drawer.inner_text()
    for wanted in (
        "second = t.gradient(y, x)",
        "A second call to gradient on a tape that is not persistent returns None.",
        "dy_dx is 12; expected 6 within 3.8e-06; off by 6",
        "gradconf repro lifecycle/tape-is-consumed -f torch --mode compiled",
        "no answer within 30 s",
        "A gradient is a pure function: there is nothing that could be consumed.",
        "eager ≠ compiled",
        "with tf.GradientTape() as t:",
        "dy_dx, = torch.autograd.grad(y, x)",
        "absolute",
        "relative",
        "ULP",
        "of the tolerance",
    ):
        assert wanted in text, wanted
    panels = [box for panel in drawer.locator(".panel").all() if (box := panel.bounding_box()) is not None]
    assert len({round(box["y"]) for box in panels}) == 1, "the frameworks do not stand side by side"
    assert f"case={CASES['lifecycle']}" in page.url
    page.keyboard.press("Escape")
    drawer.wait_for(state="hidden")
    assert "case=" not in page.url
    row = page.locator(f"tr.case[data-case='{CASES['lifecycle']}']")
    assert row.evaluate("node => node.contains(document.activeElement)")


@pytest.mark.parametrize("fragment", ["#case/casting/through-a-cast", "#matrix?case=casting/through-a-cast"])
def test_the_address_of_a_case_opens_it(fragment: str, open_page: Open) -> None:
    page = open_page(pages.report(), fragment).page
    drawer = page.get_by_role("dialog")
    assert drawer.get_by_role("heading", level=2).inner_text().startswith("A gradient flows through a cast")
    assert "dtype=float16" in drawer.inner_text()


def test_the_address_of_a_variant_opens_that_variant(open_page: Open) -> None:
    page = open_page(pages.report(), "#case/casting/through-a-cast-dtype-int32").page
    open_ = page.get_by_role("dialog").locator("details.variant[open] > summary").all_inner_texts()
    assert len(open_) == 1 and "dtype=int32" in open_[0]


def test_training_curves_are_drawn_with_their_band(open_page: Open) -> None:
    page = open_page(pages.report(), "#case/training/linear-model").page
    charts = page.get_by_role("dialog").locator(".charts svg[role=img], .charts figure svg")
    assert charts.count() >= 2
    assert "loss by step" in page.get_by_role("dialog").inner_text()
    assert "0.01 ± 0.005" in page.get_by_role("dialog").inner_text()


def test_sources_commands_and_links_are_copied(open_page: Open) -> None:
    page = open_page(pages.report(), "#matrix?area=lifecycle", permissions=["clipboard-read", "clipboard-write"]).page

    def clipboard() -> str:
        page.get_by_text(re.compile("^Copied$")).first.wait_for()
        return str(page.evaluate("() => navigator.clipboard.readText()"))

    page.get_by_role("button", name="Copy link to this view").click()
    assert clipboard() == page.url
    page.locator("tr.case:visible").get_by_role("link").first.click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="Copy PyTorch").first.click()
    drawer.get_by_role("button", name="Copy PyTorch").first.get_by_text("Copied").wait_for()
    source = str(page.evaluate("() => navigator.clipboard.readText()"))
    assert source.startswith("import torch\n") and source.endswith("dy_dx, = torch.autograd.grad(y, x)\n")
    drawer.locator("#drawer-link").click()
    drawer.locator("#drawer-link").get_by_text("Copied").wait_for()
    assert str(page.evaluate("() => navigator.clipboard.readText()")) == page.url


def test_everything_is_done_with_the_keyboard(open_page: Open) -> None:
    page = open_page(pages.report()).page
    keys = page.keyboard

    def focused() -> str:
        return str(page.evaluate("() => document.activeElement.textContent || document.activeElement.name"))

    keys.press("Tab")
    assert focused() == "Skip to the cases"
    keys.press("Enter")
    page.locator("#matrix").wait_for(state="visible")
    keys.press("/")
    page.wait_for_timeout(50)
    assert page.evaluate("() => document.activeElement.name") == "q"
    keys.type("gradient")
    cases = shown(page)
    assert len(cases) == 4
    keys.press("Escape")
    assert page.evaluate("() => document.activeElement === document.body")
    titles: list[str] = []
    for _ in cases:
        keys.press("j")
        titles.append(focused())
    assert len(set(titles)) == 4
    keys.press("k")
    assert focused() == titles[-2]
    keys.press("Enter")
    drawer = page.get_by_role("dialog")
    drawer.wait_for(state="visible")
    assert drawer.get_by_role("heading", level=2).inner_text() == titles[-2]
    for _ in range(40):
        keys.press("Tab")
        inside = "() => document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        assert page.evaluate(inside), "the focus left the drawer"
    keys.press("j")
    assert drawer.get_by_role("heading", level=2).inner_text() == titles[-1]
    keys.press("k")
    assert drawer.get_by_role("heading", level=2).inner_text() == titles[-2]
    keys.press("Escape")
    drawer.wait_for(state="hidden")
    assert focused() == titles[-2]


def test_a_key_that_is_typed_into_a_field_is_text(open_page: Open) -> None:
    page = open_page(pages.report(), "#matrix").page
    page.locator("#filters").get_by_role("searchbox").focus()
    page.keyboard.type("j/k")
    assert page.locator("#filters").get_by_role("searchbox").input_value() == "j/k"


def luminance(page: Page, selector: str, name: str) -> float:
    colour = str(page.locator(selector).first.evaluate(f"node => getComputedStyle(node).{name}"))
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_it_is_light_or_dark_as_the_reader_has_it(open_page: Open) -> None:
    for scheme, bright in (("light", True), ("dark", False)):
        page = open_page(pages.report(), "#matrix", color_scheme=scheme).page
        assert (luminance(page, "body", "backgroundColor") > 0.5) == bright
        assert (luminance(page, "body", "color") < 0.5) == bright
        assert (luminance(page, "#filters select", "color") < 0.5) == bright


def test_print_shows_what_is_there_and_no_controls(open_page: Open) -> None:
    page = open_page(pages.report(), "#matrix?q=tape").page
    settle(page)
    page.emulate_media(media="print")
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.locator("#filters").is_hidden()
    assert page.get_by_role("navigation").first.is_hidden()
    assert page.locator("table.matrix").is_visible()
    assert len(page.pdf()) > 10_000
    page.goto(page.url.partition("#")[0] + "#case/lifecycle/tape-is-consumed")
    page.emulate_media(media="print")
    page.get_by_role("dialog").wait_for(state="visible")
    assert page.locator(".copy").first.is_hidden()


def test_without_javascript_everything_is_there_as_plain_tables(open_page: Open) -> None:
    page = open_page(pages.report(), ready=False, java_script_enabled=False).page
    text = page.locator("body").inner_text()
    for case in ALL:
        assert case in text
    assert page.locator("form").first.is_hidden()
    for details in page.locator("details.plain").all():
        details.locator("summary").first.click()
    text = page.locator("body").inner_text()
    for wanted in (
        summary.verdict_sentence(pages.rich()),
        "second = t.gradient(y, x)",
        "✗ contradicts",
        "dy_dx is 12; expected 6",
        "torch worker ended with signal 11",
        "A gradient is a pure function: there is nothing that could be consumed.",
        "≠ differs",
    ):
        assert wanted in text, wanted
    assert page.locator("[data-tab]").filter(visible=True).count() == len(pages.SECTIONS)


@pytest.mark.parametrize(("report", "cases"), [(pages.report, ALL), (pages.operations, {"derivatives/elementary"})])
@pytest.mark.parametrize("width", [400, 1400])
def test_nothing_is_wider_than_the_window(
    width: int, report: Callable[[], str], cases: frozenset[str], open_page: Open
) -> None:
    page = open_page(report(), viewport={"width": width, "height": 900}).page
    for name in pages.open_sections(page):
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, name
    for case in cases:
        page.evaluate("name => { location.hash = name }", f"case/{case}")
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        assert dialog.evaluate("node => node.scrollWidth <= node.clientWidth"), case


def test_the_phrasebook_says_it_in_three_languages_and_is_searched(open_page: Open) -> None:
    page = open_page(pages.report(), "#phrasebook").page
    form = page.locator("#phrasebook-filters")
    form.get_by_role("searchbox").fill("used tape")
    settle(page)
    phrases = page.locator(".phrase:visible")
    assert phrases.count() == 1
    phrases.first.scroll_into_view_if_needed()
    page.locator(".phrase:visible .panel").first.wait_for()
    text = phrases.first.inner_text()
    for wanted in ("tf.GradientTape", "torch.autograd.grad", "second = t.gradient(y, x)"):
        assert wanted in text, wanted
    page.reload()
    page.locator("html[data-ready=true]").wait_for(state="attached")
    assert phrases.count() == 1
    form.locator("select[name=only]").select_option("torch")
    settle(page)
    assert "tf.GradientTape" not in phrases.first.inner_text()


def test_requirements_are_searched_and_lead_to_their_cases(open_page: Open) -> None:
    page = open_page(pages.report(), "#requirements?q=tf-watch-constant-is-not-automatic").page
    settle(page)
    section = page.locator("#requirements")
    assert "its gradient is None until it is watched" in section.inner_text()
    section.get_by_role("link", name=CASES["watching"]).first.click()
    assert page.get_by_role("dialog").get_by_role("heading", level=2).inner_text().startswith("A constant has no")


def test_the_policy_forbids_every_load_and_every_other_script(open_page: Open) -> None:
    seen = open_page(pages.report())
    seen.page.evaluate(
        """async () => {
          const add = (name, fields) => document.body.append(Object.assign(document.createElement(name), fields));
          add("script", {textContent: "window.ran = 1"});
          add("img", {src: "http://127.0.0.1:9/x.png"});
          add("iframe", {src: "http://127.0.0.1:9/"});
          add("link", {rel: "stylesheet", href: "http://127.0.0.1:9/x.css"});
          add("div", {innerHTML: "<b onclick='window.ran = 1' id=trap style='position:fixed'>x</b>"});
          document.getElementById("trap").click();
          await fetch("http://127.0.0.1:9/").catch(() => 0);
          await new Promise((done) => setTimeout(done, 100));
        }"""
    )
    assert seen.page.evaluate("() => window.ran") is None
    assert len([line for line in seen.console if "Content Security Policy" in line]) >= 5
    seen.console.clear()
    seen.requests.clear()  # asked for by this test, and refused before they were sent


NONSENSE = (
    "%", "%ff", "matrix?q=%", "case/nothing", "__proto__", "matrix?__proto__=1&constructor=1", "?", "filters",
    "matrix?verdict=%3Cscript%3Ealert(1)%3C/script%3E", "matrix?case=__proto__", "matrix?document=none",
    "javascript:alert(1)", "matrix?q=" + "x" * 20_000, "matrix?q=%00%E2%80%AE", "case/<img src=x onerror=alert(1)>",
)  # fmt: skip


def test_an_address_that_makes_no_sense_breaks_nothing(open_page: Open) -> None:
    page = open_page(pages.report()).page
    for fragment in NONSENSE:
        page.goto(f"{page.url.partition('#')[0]}#{fragment}")
        page.reload()
        page.locator("html[data-ready=true]").wait_for(state="attached")
        assert page.locator("[data-tab]:visible").count() == 1, fragment
        assert page.get_by_role("dialog").count() == 0, fragment
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Matrix").click()
    page.locator("table.matrix").wait_for()


def test_the_diff_opens_and_its_changes_unfold(open_page: Open) -> None:
    page = open_page(pages.difference(), ready=False).page
    assert page.get_by_role("heading", level=1).inner_text() == "1 broken, 1 fixed, 1 added, 1 removed; 34 the same."
    assert page.locator("#broken details[open]").count() == 1
    fixed = page.locator("#fixed details")
    assert fixed.get_by_role("table").is_hidden()
    page.get_by_role("link", name=re.compile("fixed")).click()
    fixed.locator("summary").press("Enter")
    assert "contradicts" in fixed.get_by_role("table").inner_text()
    for width in (400, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_a_cell_of_a_derivative_case_has_a_table_of_points(open_page: Open) -> None:
    page = open_page(pages.operations(), "#findings").page
    page.locator("#findings a", has_text="op=abs").click()
    drawer = page.locator("#drawer")
    drawer.locator("h3", has_text="Function").first.wait_for()  # the drawer opens after the click
    assert drawer.locator("h3", has_text="Function").count() == 1
    drawer.locator("summary", has_text="2 points").click()
    assert "where rules divide by the input" in drawer.locator("dl.points").inner_text()
    opened = drawer.locator("details.variant[open]")
    assert "way=forward" in opened.locator("summary").first.inner_text().replace(" ", "")
    torch = opened.locator("article.panel", has_text="PyTorch")
    assert torch.locator("thead").inner_text().split() == ["Point", "Exact", "Observed"]
    zero = torch.locator("tbody tr", has_text="zero").inner_text()
    assert "d f / d x [-1, 1]" in zero
    assert "d f / d x 7" in zero
    assert "of the tolerance" in zero
    assert "the rule forgets the sign" in torch.inner_text()
    assert "def f(x)" in torch.locator("pre").first.inner_text()
