"""Results turned into JUnit XML that GitLab, Jenkins and GitHub's viewers read: a suite a target, a test a cell.

JUnit XML has no one schema; this stays within what all of its readers agree on. The class of a test begins with its
target, because GitLab throws the suites of a file together and keeps the first of two tests of equal class and name,
and because Jenkins makes its packages of it. What explains a test is text of an element, because GitLab reads no
attribute of it; ``system-out`` holds what ``properties`` would, which the schema of Jenkins has for a suite alone. A
suite began at a time in UTC without an offset, which is all that the schema of Ant allows.
"""

from __future__ import annotations

import datetime
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
    suites.attrib.update({name: totals[name] for name in ("tests", "failures", "errors")})
    if results.footer is not None:
        suites.set("time", f"{max(0.0, results.footer.seconds):.3f}")
    labels = _labels(list(groups))
    for column, cells in groups.items():
        suite = ET.SubElement(suites, "testsuite", {"name": labels[column], **_counts(cells)})
        suite.set("time", f"{sum(_seconds(cell) for cell in cells):.3f}")
        started = _utc(results.header.started)
        if started:
            suite.set("timestamp", started)
        _properties(suite, _environment(results, column))
        taken: set[tuple[str, str]] = set()
        for cell in cells:
            _testcase(suite, cell, labels[column], taken)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _labels(columns: list[summary.Column]) -> dict[summary.Column, str]:
    """Return the name of every suite, ``torch-cpu-eager``, with the version where a framework has several."""
    found: dict[summary.Column, str] = {}
    for column in columns:
        parts = [one_line(column.framework), column.device, column.mode]
        if any(c.framework == column.framework and c.version != column.version for c in columns):
            parts.insert(1, column.version.replace(".", "_"))  # a dot begins a new package in Jenkins
        found[column] = "-".join(part for part in parts if part)
    return found


def _seconds(cell: CellRecord) -> float:
    return max(0.0, sum(cell.seconds.values()))


def _utc(started: str) -> str:
    """Return an ISO 8601 time in UTC to the second, without an offset; empty where it is no time."""
    try:
        moment = datetime.datetime.fromisoformat(started)
        if moment.tzinfo is not None:
            moment = moment.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        return ""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


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


def _testcase(suite: ET.Element, cell: CellRecord, label: str, taken: set[tuple[str, str]]) -> None:
    area, _, name = summary.variant_id(cell).partition("/")
    classname, title = f"{label}.{one_line(area)}", title_text(name or area)
    number = 2
    while (classname, title) in taken:  # two long or hidden names that look alike
        title, number = f"{title_text(name or area)} ({number})", number + 1
    taken.add((classname, title))
    case = ET.SubElement(
        suite, "testcase", {"classname": classname, "name": title, "time": f"{_seconds(cell):.3f}"}
    )  # fmt: skip
    outcome = _outcome(cell)
    message = one_line(cell.message or cell.because or cell.verdict)
    if cell.stale and cell.verdict not in _OUTCOMES:
        message = f"known failure no longer fails as stated: {message}"
    if outcome == "skipped":
        reason = f"{cell.verdict}: {one_line(cell.because or message)}"
        ET.SubElement(case, outcome, {"message": reason}).text = reason
    elif outcome is not None:
        element = ET.SubElement(case, outcome, {"type": cell.verdict, "message": message})
        element.text = detail(cell)
    ET.SubElement(case, "system-out").text = _facts(cell)


def _facts(cell: CellRecord) -> str:
    """Return what there is to know of a test whatever its outcome, a line each."""
    facts = {
        "cell": one_line(cell.cell),
        "verdict": cell.verdict + (" (stale)" if cell.stale else ""),
        "margin": "" if cell.margin is None else f"{cell.margin:.3g} of the tolerance",
        "because": one_line(cell.because or ""),
        "issue": one_line(cell.issue or ""),
        "repro": summary.repro_command(cell) or "",
    }
    return "\n".join(f"{name}: {text}" for name, text in facts.items() if text)


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
