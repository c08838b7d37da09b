"""Findings into the document ``FINDINGS.md``: counts, then for each framework its operations and the reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from conformance.findings import CLASSES
from conformance.registry import adapter

if TYPE_CHECKING:
    from conformance.findings import Finding
    from conformance.known_failures import Reason

MOST_POINTS: Final = 6
"""Points that a row names; the file of known failures has all of them."""

HEAD: Final = """\
# Findings of the derivative cases

Made by `make findings` from the known failures in `cases/derivatives/`; a test holds the two together.

Every row is an operation whose derivative, in at least one way and at one catalogued point, is not the exact one.
Exact values come from the reference (difference quotients of function values at high precision, no derivative rule);
they are frozen beside the cases, and `gradconf check --oracle` proves them again at a second precision and step. A run
fails when a row no longer holds, and `make repro` runs every script. `gradconf findings --check RESULTS.jsonl` says
for each contradiction which framework has the exact value.

| class | meaning |
|---|---|
| contradicts | another number, nan, an infinity or an exception, where the derivative is a number |
| inaccurate | sign and leading digits are right, or what is lost is below the rounding of one |
| formula | the framework has no such function; the formula that stands for it loses what is lost |
"""


def findings_text(found: Sequence[Finding]) -> str:
    """Return the document."""
    frameworks = list(dict.fromkeys(sorted(finding.framework for finding in found)))
    return "\n".join([HEAD, *_counts(found, frameworks), *(line for name in frameworks for line in _section(
        name, [finding for finding in found if finding.framework == name]))]).rstrip() + "\n"  # fmt: skip


def _counts(found: Sequence[Finding], frameworks: Sequence[str]) -> Iterator[str]:
    counts = Counter((finding.framework, finding.kind) for finding in found)
    yield "## Operations by framework and class"
    yield ""
    yield f"| framework | versions | {' | '.join(CLASSES)} |"
    yield "|---" * (2 + len(CLASSES)) + "|"
    for name in frameworks:
        versions = {reason.versions for finding in found if finding.framework == name for reason in finding.reasons}
        numbers = " | ".join(str(counts[name, kind]) for kind in CLASSES)
        yield f"| {adapter(name).profile.title} | {', '.join(sorted(versions))} | {numbers} |"
    yield ""


def _section(framework: str, found: Sequence[Finding]) -> Iterator[str]:
    title = adapter(framework).profile.title
    reasons: dict[tuple[str, ...], tuple[str, Reason]] = {}
    for finding in found:
        for reason in finding.reasons:
            reasons.setdefault(_said(reason), (f"{title[0]}{len(reasons) + 1}", reason))
    for kind in CLASSES:
        rows = [finding for finding in found if finding.kind == kind]
        if not rows:
            continue
        yield f"## {title}: {kind}"
        yield ""
        yield "| operation | ways | dtypes | points | shown at | exact | seen | reason | repro |"
        yield "|---|---|---|---|---|---|---|---|---|"
        for row in rows:
            yield _row(row, ", ".join(dict.fromkeys(reasons[_said(reason)][0] for reason in row.reasons)))
        yield ""
    yield f"## {title}: reasons"
    yield ""
    for number, reason in reasons.values():
        yield f"- **{number}** ({reason.kind}; {_upstream(reason)}): {_plain(reason.because)}"
    yield ""


def _said(reason: Reason) -> tuple[str, ...]:
    return reason.kind, _upstream(reason), reason.because


def _row(row: Finding, reasons: str) -> str:
    example = row.example
    mode = "" if example.mode == "eager" else f" --mode {example.mode}"
    part, _, number = example.seen.rpartition(" is ")
    cells = [
        f"`{row.operation}`",
        _ways(row.ways) + (f" ({', '.join(row.modes)} only)" if row.modes == ("compiled",) else ""),
        ", ".join(row.dtypes),
        _few(row.points),
        f"`{example.point}`" + (f", {_plain(part)}" if part else ""),
        _plain(example.exact),
        _plain(number),
        reasons,
        f"`gradconf repro '{example.variant}' -f {row.framework}{mode}`",
    ]
    return f"| {' | '.join(cells)} |"


def _ways(ways: Sequence[str]) -> str:
    from conformance.derivatives import CONSISTENCY, WAYS

    return "all" if [*ways, CONSISTENCY] == list(WAYS) else ", ".join(ways)


def _few(points: Sequence[str]) -> str:
    more = f" and {len(points) - MOST_POINTS} more" if len(points) > MOST_POINTS else ""
    return ", ".join(points[:MOST_POINTS]) + more


def _upstream(reason: Reason) -> str:
    if reason.issue is None:
        return "none found upstream" if reason.searched else "upstream not searched"
    return f"[{_label(reason.issue)}]({reason.issue})"


def _label(address: str) -> str:
    """Return how a thread is called: ``pytorch#196703``; another page by the last part of its address."""
    parts = address.removeprefix("https://").rstrip("/").split("/")
    numbered = len(parts) == len(("github.com", "owner", "repository", "issues", "7")) and parts[-1].isdigit()
    return f"{parts[2]}#{parts[-1]}" if numbered else parts[-1]


def _plain(text: str) -> str:
    """Return text that a Markdown table shows as it is."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
