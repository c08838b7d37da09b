"""The cost of the page: made-up results into sizes and seconds, each beside its aim.

The size of the page, the seconds in which it is rendered, and, in a headless Chromium, the seconds until it is there
after it was opened from disk and until its matrix has answered a filter: from the key stroke to the frame after the one
in which the rows and their count are right, the slowest of several words.

Run by ``make bench-report``, or ``python -m conformance_reports.bench --help``. The browser is Debian's Chromium,
driven by Playwright (``pip install playwright``; no browser is downloaded); where either is missing the table says so.
"""

from __future__ import annotations

import importlib
import random
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from conformance.results import (
    CaseRecord,
    CellRecord,
    CheckRecord,
    Footer,
    Header,
    Results,
    StatementRecord,
    TargetRecord,
)
from conformance_reports import to_html
from conformance_reports.bench_derivatives import derivative_cells

FILTER_AIM: Final = 1.0
"""Seconds until the matrix answers a filter."""

AIMS: Final = ((1_500, 2_000_000), (10_000, 5_000_000), (15_000, 8_000_000))
"""Cells of a report, and the bytes that it aims to stay below; the largest is that of the standard tier."""

ORDINARY: Final = 10_000
"""Of more cells than these, the others are of derivative cases: one operation in every way, with a check a point."""

WORDS: Final = ("case-7", "softmax", "zzz", "gradient")
"""What is searched for: one case or a few, a share of them, none, and all."""

FRAMEWORKS: Final = (("tensorflow", "TensorFlow", "2.21.0"), ("torch", "PyTorch", "2.13.0"), ("jax", "JAX", "0.10.2"))

_OPERATIONS: Final = ("exp", "tanh", "softmax", "matmul", "logsumexp", "cumsum", "where", "sqrt", "mean", "einsum")

_IMPORTS: Final = {
    "tensorflow": "import tensorflow as tf\n",
    "torch": "import torch\n",
    "jax": "import jax\nimport jax.numpy as jnp\n",
}

_LIKELY: Final = ("conforms",) * 17 + ("differs", "differs", "known", "unsupported", "undocumented", "contradicts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One report: cells, bytes, and seconds; the browser's are None where there is none."""

    cells: int
    size: int
    size_aim: int
    rendered: float
    opened: float | None
    answered: float | None

    @property
    def within(self) -> bool:
        """Whether every aim that could be measured is met."""
        return self.size <= self.size_aim and (self.answered is None or self.answered <= FILTER_AIM)


def made_up(cells: int, seed: int = 0) -> Results:
    """Return results of so many cells, as varied as real ones: three frameworks, two modes, a source each."""
    dice = random.Random(seed)
    targets = [(name, title, version, mode) for name, title, version in FRAMEWORKS for mode in ("eager", "compiled")]
    cases: list[CaseRecord] = []
    statements: list[StatementRecord] = []
    found: list[CellRecord] = []
    for n in range(-(-min(cells, ORDINARY) // len(targets))):
        case, program = _case(n, dice)
        cases.append(case)
        statements.append(
            StatementRecord(
                id=case.covers[0],
                source="guide",
                title="A guide to gradients",
                url=f"https://example.org/guide#{n}",
                section=f"Section {n // 12}",
                says=f"The gradient of {_OPERATIONS[n % 10]} in example {n} is what the calculus gives for {n / 8:g}.",
            )
        )
        for name, _, version, mode in targets[: min(cells, ORDINARY) - len(found)]:
            found.append(_cell(case, program, name, version, mode, dice))
    if cells > ORDINARY:
        derivative, extra = derivative_cells(cells - ORDINARY, dice)
        cases.append(derivative)
        found.extend(extra)
    results = Results(
        header=Header(
            suite_version="0.0.0",
            cases_sha256="0" * 64,
            targets=tuple(_target(*target) for target in targets),
            selection={},
            started="2026-01-01T00:00:00+00:00",
        ),
        cases=tuple(cases),
        statements=tuple(statements),
        cells=tuple(found),
        footer=None,
    )
    footer = Footer(cells=len(found), verdicts=results.verdicts(), complete=True, seconds=cells / 20)
    return Results(
        header=results.header, cases=results.cases, statements=results.statements, cells=results.cells, footer=footer
    )


def _target(framework: str, title: str, version: str, mode: str) -> TargetRecord:
    return TargetRecord(
        framework=framework,
        title=title,
        version=version,
        device="cpu",
        device_name="CPU",
        mode=mode,
        python="3.11.2",
        os="Linux 6.1 x86_64",
        import_seconds=2.0,
    )


def _case(n: int, dice: random.Random) -> tuple[CaseRecord, list[str]]:
    """Return a case, and the lines of its program that every framework says alike."""
    steps = [
        f"step_{i} = {dice.choice(_OPERATIONS)}(x * {dice.randint(1, 999) / 8:g}) + {dice.randint(1, 99)}"
        for i in range(dice.randint(2, 12))
    ]
    body = "\n".join(f"    {line}" for line in steps)
    area = f"area-{n // 40}"
    program = f"x = variable({n / 8:g})\nwith tape() as t:\n{body}\n    y = step_0 ** 2\ndy_dx = t.gradient(y, x)\n"
    record = CaseRecord(
        case=f"{area}/case-{n}",
        area=area,
        title=f"Case {n}: the gradient of {_OPERATIONS[n % 10]} after {len(steps)} steps",
        program=program,
        covers=(f"guide-statement-{n}",),
        refutes=(),
        tags=("tutorial",) if n % 9 == 0 else (),
        about=f"What area {n // 40} asks.",
        file=f"cases/{area}/cases.yaml",
        line=10 * n + 1,
    )
    return record, steps


def _cell(
    case: CaseRecord, steps: list[str], framework: str, version: str, mode: str, dice: random.Random
) -> CellRecord:
    verdict = dice.choice(_LIKELY)
    value = dice.random() * 100
    source = _IMPORTS[framework] + f"\nx = {framework}.constant({case.line / 8:g})\n"
    source += "".join(f"{line.replace('(', f'_{framework}(')}\n" for line in steps)
    if mode == "compiled":
        source = source.replace("\nx = ", f"\n\n@{framework}.compile\ndef run():\n    return x\n\nx = ", 1)
    check = CheckRecord(
        name="dy_dx",
        kind="contradicts" if verdict == "contradicts" else "ok",
        expected=f"{value:.7g}",
        observed=f"{value * (1 + dice.random() * 1e-7):.9g} (float32, shape ())",
        absolute=value * 1e-7,
        relative=1e-7,
        ulp=round(dice.random() * 8, 1),
        used=round(dice.random(), 3),
    )
    return CellRecord(
        cell=f"{case.case}@{framework}-cpu-{mode}",
        case=case.case,
        axes={},
        framework=framework,
        version=version,
        device="cpu",
        mode=mode,
        verdict=verdict,
        message=f"dy_dx is {value:.7g}; expected another value" if verdict == "contradicts" else "",
        checks=(check,),
        observations={"dy_dx": {"kind": "array", "dtype": "float32", "shape": [], "data": [value]}},
        expected={"dy_dx": value},
        because="A documented reason of a sentence or so." if verdict in ("differs", "known", "unsupported") else None,
        native=source,
        seconds={"compile": 0.02 if mode == "compiled" else 0.0, "run": dice.random() / 50},
        margin=check.used,
        key=f"{dice.getrandbits(128):032x}",
    )


def measure(cells: int, aim: int) -> Measure:
    """Return the size and the seconds of a report of so many cells."""
    results = made_up(cells)
    began = time.perf_counter()
    page = to_html.render(results)
    rendered = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        file.write_text(page, encoding="utf-8")
        seen = in_browser(file)
    opened, answered = seen or (None, None)
    return Measure(
        cells=cells, size=len(page.encode()), size_aim=aim, rendered=rendered, opened=opened, answered=answered
    )


ANSWER: Final = """async (word) => {
  const form = document.getElementById("filters"), shown = document.getElementById("shown");
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  shown.textContent = "";
  const field = form.elements.namedItem("q"), began = performance.now();
  field.value = word;
  field.dispatchEvent(new Event("input", {bubbles: true}));
  while (!shown.textContent) await frame();
  await frame();
  return (performance.now() - began) / 1000;
}"""
"""Types a word into the page's search and returns the seconds until the count and the rows have been painted."""


def in_browser(file: Path) -> tuple[float, float] | None:
    """Return the seconds until the page is there and until its matrix answers a filter; None without a browser."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    try:
        playwright: Any = importlib.import_module("playwright.sync_api")
    except ImportError:
        return None
    if chromium is None:
        return None
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            began = time.perf_counter()
            page.goto(f"{file.as_uri()}#matrix")
            page.locator("html[data-ready=true]").wait_for(state="attached", timeout=60_000)
            opened = time.perf_counter() - began
            answered = max(float(page.evaluate(ANSWER, word)) for word in WORDS)
        finally:
            browser.close()
    return opened, answered


def table(measures: list[Measure]) -> str:
    """Return the measures as text, a row each."""
    rows = [("cells", "size", "aim", "rendered", "opened", "filter", "aim", "")]
    for m in measures:
        rows.append(
            (
                f"{m.cells:,}",
                f"{m.size / 1e6:.2f} MB",
                f"{m.size_aim / 1e6:g} MB",
                f"{m.rendered:.2f} s",
                "no browser" if m.opened is None else f"{m.opened:.2f} s",
                "no browser" if m.answered is None else f"{m.answered:.3f} s",
                f"{FILTER_AIM:g} s",
                "✓ within" if m.within else "✗ beyond its aim",
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


@click.command()
@click.option("--cells", type=click.IntRange(min=1), help="So many cells alone, in place of 1,500, 10,000 and 15,000.")
@click.pass_context
def main(ctx: click.Context, cells: int | None) -> None:
    """Measure the report page on made-up results. Ends with 1 where an aim is missed."""
    sizes = [(n, aim) for n, aim in AIMS if cells is None]
    if cells is not None:
        sizes = [(cells, next((aim for n, aim in AIMS if cells <= n), AIMS[-1][1]))]
    measures = [measure(n, aim) for n, aim in sizes]
    click.echo(table(measures))
    ctx.exit(0 if all(m.within for m in measures) else 1)


if __name__ == "__main__":
    main()
