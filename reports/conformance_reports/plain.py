"""A variant turned into the rows of its plain table, in which targets that answered alike share a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from conformance_reports.page import Answer, Panel, Variant

SHORT: Final = 240
"""Characters of an answer that are shown: the whole is in the data, and a page may hold ten thousand of them."""

NOTE: Final = 600
"""Characters of a message or a reason that are shown."""

FEW: Final = 3
"""Of very many checks, so many that fail are shown: the data has more of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One answer: who gave it, the verdict in words, what it was, and what there is to say of it."""

    who: str
    verdict: str
    answers: tuple[str, ...]
    notes: tuple[str, ...]
    issue: str | None
    issue_text: str


def rows_of(variant: Variant) -> tuple[Row, ...]:
    """Return a row for every answer that differs from the others, in the order of the frameworks."""
    found: dict[tuple[object, ...], tuple[list[str], Answer]] = {}
    for panel in variant.panels:
        for answer in panel.answers:
            key = (answer.verdict.word, answer.stale, _answers(answer), _notes(answer), answer.issue_text)
            found.setdefault(key, ([], answer))[0].append(_who(panel, answer))
    return tuple(
        Row(
            who=", ".join(who),
            verdict=f"{answer.verdict.symbol} {answer.verdict.word}"
            + (", no longer fails as stated" if answer.stale else ""),
            answers=_answers(answer),
            notes=_notes(answer),
            issue=answer.issue,
            issue_text=answer.issue_text,
        )
        for who, answer in found.values()
    )


def _who(panel: Panel, answer: Answer) -> str:
    device = "" if panel.device in ("", "cpu") else panel.device
    modes = answer.modes if len(panel.answers) > 1 or answer.modes != "eager and compiled" else ""
    return " ".join(part for part in (panel.title, device, "" if panel.wide else modes) if part)


def _answers(answer: Answer) -> tuple[str, ...]:
    lines: list[str] = []
    for check in answer.checks:
        if answer.checked and (check.ok or len(lines) == FEW):
            continue
        wrong = "" if check.ok or not check.kind else f" ({', '.join(filter(None, (check.kind, check.error)))})"
        lines.append(f"{check.name}: {_short(check.expected)} → {_short(check.observed)}{wrong}")
    return (*lines, f"{answer.held} of {answer.checked} checks hold") if answer.checked else tuple(lines)


def _notes(answer: Answer) -> tuple[str, ...]:
    said = answer.message if answer.verdict.word not in ("conforms", "differs") else ""
    return tuple(_short(part, NOTE) for part in (said, answer.because, *answer.warnings[:3]) if part)


def _short(text: str, most: int = SHORT) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
