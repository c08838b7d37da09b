"""Results turned into SVG badges, one a framework and one for all: the counts in words, and nothing to fetch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from conformance_reports import summary
from conformance_reports.visible import one_line

if TYPE_CHECKING:
    from conformance.results import CellRecord, Results

_TONES: Final[Mapping[str, str]] = {"good": "#116329", "bad": "#a40e26", "incomplete": "#7d4e00", "none": "#57606a"}
"""White on each of them has a contrast of 6 or more; the words say it as well."""

_WIDE, _NARROW = frozenset("mwMW@%—"), frozenset("iljtfrI.,:;'|! ()[]")

_STEM: Final = re.compile(r"[^a-z0-9]+")


def render(results: Results) -> dict[str, str]:
    """Return file name → SVG: ``all.svg`` and one for each framework at each version, ``torch.svg`` say.

    Where a file holds several versions of a framework the version is a part of the name.
    """
    names = summary.titles(results)
    targets = [t for t in results.header.targets if t.framework not in summary.NOT_FRAMEWORKS]
    groups: dict[tuple[str, str], list[CellRecord]] = {(t.framework, t.version): [] for t in targets}
    for cell in results.cells:
        if cell.framework not in summary.NOT_FRAMEWORKS:
            groups.setdefault((cell.framework, cell.version), []).append(cell)
    frameworks = [framework for framework, _ in groups]
    badges = {"all.svg": _badge("gradients", list(results.cells), complete=results.complete)}
    for (framework, version), cells in groups.items():
        several = frameworks.count(framework) > 1
        stem = _STEM.sub("-", (f"{framework}-{version}" if several else framework).lower()).strip("-")[:80] or "target"
        name, number = f"{stem}.svg", 2
        while name in badges:
            name, number = f"{stem}-{number}.svg", number + 1
        title = one_line(f"{names.get(framework, framework)} {version}".strip(), 40)
        badges[name] = _badge(title, cells, complete=results.complete)
    return badges


def message_of(cells: list[CellRecord], *, complete: bool) -> tuple[str, str]:
    """Return the words of a badge and its tone (``good``, ``bad``, ``incomplete`` or ``none``)."""
    counts = summary.tally(cells)
    stale = sum(cell.stale for cell in cells)
    if not cells or set(counts.counts) <= {"not-run"}:
        return "not run", "none"
    if not counts.planned:
        return "nothing supported", "none"
    text = f"{counts.as_documented:,} of {counts.planned:,} as documented"
    known, missing = counts.counts.get("known", 0) - stale, counts.counts.get("not-run", 0)
    parts = ((counts.failed, "failing"), (stale, "stale"), (known, "known"), (missing, "not run"))
    notes = [f"{n:,} {word}" for n, word in parts if n > 0]
    whole = complete and not missing
    tone = "bad" if counts.failed or stale else "good" if whole else "incomplete"
    if not complete:
        notes.append("incomplete")
    return ", ".join([text, *notes]), tone


def _badge(label: str, cells: list[CellRecord], *, complete: bool) -> str:
    message, tone = message_of(cells, complete=complete)
    environment = Environment(
        loader=PackageLoader("conformance_reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("badge.svg").render(
        label=label, message=message, colour=_TONES[tone], left=_width(label) + 12, right=_width(message) + 12
    )


def _width(text: str) -> int:
    """Return about how wide a text of 11 pixels is; the SVG fits it into exactly that.

    Units: pixels. Source: the mean advances of DejaVu Sans and Verdana at 11 px, by three classes of letters.
    """
    return round(sum(10.0 if c in _WIDE or ord(c) > 0x2E80 else 4.2 if c in _NARROW else 7.0 for c in text))
