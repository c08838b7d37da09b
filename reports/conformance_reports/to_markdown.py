"""Results turned into Markdown for the step summary of a CI run: the sentence, the table, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from conformance.results import VERDICTS, CellRecord, Results
from conformance_reports import summary
from conformance_reports.markdown import block, code, html_text, plain, table

MOST: Final = 1_000_000
"""Bytes of the whole: a step summary of more than 1 MiB is refused, and only hostile or huge results come near it."""

CELLS: Final = 50
"""Failing cells that are listed; the report has all."""

SOURCES: Final = 10
"""Failing cells that come with their native source."""


def render(results: Results) -> str:
    """Return the summary as GitHub-flavoured Markdown."""
    how = summary.state(results)
    parts = ["# Gradient conformance", "", f"**{plain(summary.verdict_sentence(results), 2000)}**", ""]
    parts += [f"> {plain(reason, 2000)}\n>" if i + 1 < len(how.reasons) else f"> {plain(reason, 2000)}\n"
              for i, reason in enumerate(how.reasons)]  # fmt: skip
    rows = summary.table(results)
    parts += [table([[plain(text) for text in row] for row in rows]), "", _legend(results), ""]
    failing = summary.failing_first(results)
    if failing:
        parts += ["## Needs attention", "", table([_HEADINGS, *(_row(cell) for cell in failing[:CELLS])]), ""]
        if len(failing) > CELLS:
            parts += [f"{len(failing) - CELLS:,} more are in the HTML report.", ""]
        for cell in failing[:SOURCES]:
            if cell.native:
                parts += [_source(cell), ""]
    return _within(parts, MOST)


def _within(parts: Sequence[str], most: int) -> str:
    """Return the parts as lines, whole ones only, in at most so many bytes; what is left out is said."""
    text = "\n".join(parts)
    if len(text.encode()) <= most:
        return text
    note = "\n> The rest is left out: a summary may not be larger. The HTML report has all.\n"
    kept: list[str] = []
    room = most - len(note.encode())
    for part in parts:
        for line in [part] if part.startswith("<details>") else part.split("\n"):
            room -= len(line.encode()) + 1
            if room < 0:
                return "\n".join(kept) + "\n" + note
            kept.append(line)
    return "\n".join(kept)


_HEADINGS: Final = ["Cell", "Verdict", "Expected", "Observed", "Repro"]


def _legend(results: Results) -> str:
    counts = results.verdicts()
    signs = [f"{summary.SYMBOLS[word]} {word}" for word in VERDICTS if word in counts and word not in _IN_THE_FRACTION]
    fraction = "As documented, of all that were planned and are supported"
    return f"{fraction}; {', '.join(signs)}." if signs else f"{fraction}."


_IN_THE_FRACTION: Final = frozenset({"conforms", "differs", "undocumented"})


def _row(cell: CellRecord) -> list[str]:
    check = next((check for check in cell.checks if check.kind not in ("ok", "not-reached")), None)
    seen = cell.message or (f"{cell.raised.get('type')}: {cell.raised.get('message')}" if cell.raised else "")
    return [
        code(cell.cell),
        f"{summary.SYMBOLS[cell.verdict]} {cell.verdict}" + (" (stale)" if cell.stale else ""),
        code(f"{check.name}: {check.expected}") if check else "–",
        code(check.observed) if check else code(seen) or "–",
        code(summary.repro_command(cell) or "") or "–",
    ]


def _source(cell: CellRecord) -> str:
    label = html_text(cell.cell)
    return f"<details><summary>{label}</summary>\n\n{block(cell.native, 'python')}\n\n</details>"
