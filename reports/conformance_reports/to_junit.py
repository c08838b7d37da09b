"""Results turned into JUnit XML that GitLab, Jenkins and GitHub's viewers read: a suite a target, a test a cell."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from conformance_reports import summary
from conformance_reports.values import title_text
from conformance_reports.visible import MESSAGE, SOURCE, one_line, visible

if TYPE_CHECKING:
    from conformance.results import CellRecord, Results

_OUTCOMES: Final[Mapping[str, str]] = {
    "contradicts": "failure",
    "inaccurate": "failure",
    "crashed": "error",
    "timed-out": "error",
    "harness-error": "error",
    "unsupported": "skipped",
    "not-run": "skipped",
}
"""The element of each verdict that is no pass; a stale known failure is a failure as well."""

_COUNTED: Final = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def render(results: Results) -> str:
    """Return the JUnit document, with nothing in it that XML 1.0 forbids."""
    suites = ET.Element("testsuites", {"name": "gradient-conformance"})
    names = summary.titles(results)
    groups: dict[summary.Column, list[CellRecord]] = {column: [] for column in summary.columns(results)}
    for cell in results.cells:
        groups[summary.column_of(cell, names)].append(cell)
    totals = _counts(results.cells)
    suites.attrib.update(totals)
    if results.footer is not None:
        suites.set("time", f"{results.footer.seconds:.3f}")
    for column, cells in groups.items():
        name = "-".join(part for part in (one_line(column.framework), column.device, column.mode) if part)
        suite = ET.SubElement(suites, "testsuite", {"name": name, **_counts(cells)})
        suite.set("time", f"{sum(sum(cell.seconds.values()) for cell in cells):.3f}")
        suite.set("timestamp", one_line(results.header.started))
        _properties(suite, _environment(results, column))
        for cell in cells:
            _testcase(suite, cell, results)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _counts(cells: Iterable[CellRecord]) -> dict[str, str]:
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for cell in cells:
        counts["tests"] += 1
        outcome = _outcome(cell)
        if outcome:
            counts[_COUNTED[outcome]] += 1
    return {name: str(count) for name, count in counts.items()}


def _outcome(cell: CellRecord) -> str | None:
    return _OUTCOMES.get(cell.verdict, "failure" if cell.stale else None)


def _environment(results: Results, column: summary.Column) -> dict[str, str]:
    for t in results.header.targets:
        if (t.framework, one_line(t.version), one_line(t.device), one_line(t.mode)) == (
            column.framework,
            column.version,
            column.device,
            column.mode,
        ):
            return {
                "framework": t.framework,
                "version": t.version,
                "device": t.device_name or t.device,
                "mode": t.mode,
                "python": t.python,
                "os": t.os,
                "available": "yes" if t.available else f"no: {t.reason}",
                "suite": results.header.suite_version,
                "complete": "yes" if results.complete else "no",
            }
    return {"framework": column.framework, "complete": "yes" if results.complete else "no"}


def _properties(parent: ET.Element, values: Mapping[str, str]) -> None:
    shown = {name: value for name, value in values.items() if value}
    if shown:
        properties = ET.SubElement(parent, "properties")
        for name, value in shown.items():
            ET.SubElement(properties, "property", {"name": name, "value": one_line(value)})


def _testcase(suite: ET.Element, cell: CellRecord, results: Results) -> None:
    area, _, name = summary.variant_id(cell).partition("/")
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": one_line(area),
            "name": title_text(name or area),
            "time": f"{sum(cell.seconds.values()):.3f}",
        },
    )
    _properties(
        case,
        {
            "cell": cell.cell,
            "verdict": cell.verdict,
            "margin": "" if cell.margin is None else f"{cell.margin:.3g}",
            "issue": cell.issue or "",
            "repro": summary.repro_command(cell) or "",
        },
    )
    outcome = _outcome(cell)
    if outcome is None:
        return
    message = one_line(cell.message or cell.because or cell.verdict)
    if cell.stale and cell.verdict not in _OUTCOMES:
        message = f"known failure no longer fails as stated: {message}"
    if outcome == "skipped":
        ET.SubElement(case, outcome, {"message": f"{cell.verdict}: {one_line(cell.because or message)}"})
        return
    element = ET.SubElement(case, outcome, {"type": cell.verdict, "message": message})
    element.text = detail(cell)


def detail(cell: CellRecord) -> str:
    """Return all that explains a cell that failed, as plain text: checks, error, repro command, source, output."""
    lines = [visible(cell.message)] if cell.message else []
    for check in cell.checks:
        if check.kind not in ("ok", "not-reached"):
            lines += [
                f"{one_line(check.name)}: {one_line(check.kind)}",
                f"  expected {visible(check.expected)}",
                f"  observed {visible(check.observed)}",
            ]
    if cell.raised:
        at = f" at program line {cell.raised['program_line']}" if cell.raised.get("program_line") else ""
        lines.append(
            visible(f"raised {cell.raised.get('type', 'exception')}{at}: {cell.raised.get('message', '')}", MESSAGE)
        )
    command = summary.repro_command(cell)
    if command:
        lines += ["", command]
    if cell.native:
        lines += ["", visible(cell.native.rstrip("\n"), SOURCE)]
    if cell.output:
        lines += ["", "captured output:", visible(cell.output)]
    return "\n".join(lines)
