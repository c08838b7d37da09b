"""Results → who confirms the reference where a framework contradicts it: no alarm rests on the reference alone.

For every point that contradicts, somebody who has the exact value there is looked for: another framework in the same
way, else any framework in another way of the same order, else in another data type. What is left is listed: a person
has to see whether the reference is wrong.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conformance.derivatives import CONSISTENCY, order_of

if TYPE_CHECKING:
    from conformance.results import CellRecord

LEVELS: Final = (
    "another framework has it, in the same way",
    "a framework has it, in another way of the same order",
    "a framework has it, in another data type",
    "no framework agrees with the reference",
)
"""Who confirms, the strongest first."""

_LABELS: Final = re.compile(r"(?:,|\[)way=([\w-]+),dtype=(\w+)\]@")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A point of an operation, in one order of derivative."""

    operation: str
    order: int
    point: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Who:
    framework: str
    way: str
    dtype: str


Alarm = tuple[_Place, _Who, str]
"""A contradiction: where, whose, and the message."""


def confirmed(cells: Iterable[CellRecord]) -> Mapping[str, list[Alarm]]:
    """Return by level the contradictions of the cells of derivative cases."""
    right: dict[_Place, set[_Who]] = defaultdict(set)
    wrong: list[Alarm] = []
    for cell in cells:
        found = _LABELS.search(cell.cell)
        if found is None or found[1] == CONSISTENCY:  # its two sides are the framework's own
            continue
        operation = cell.cell[: found.start()] + ("]" if "[" in cell.cell[: found.start()] else "")
        who = _Who(framework=cell.framework, way=found[1], dtype=found[2])
        for check in cell.checks:
            place = _Place(operation=operation, order=order_of(found[1]), point=check.name)
            if check.kind == "ok":
                right[place].add(who)
            elif check.kind == "contradicts":
                wrong.append((place, who, check.message))
    by_level: dict[str, list[Alarm]] = {level: [] for level in LEVELS}
    for place, who, message in wrong:
        by_level[_level(who, right[place])].append((place, who, message))
    return by_level


def _level(who: _Who, right: set[_Who]) -> str:
    if any(other.way == who.way and other.dtype == who.dtype for other in right):
        return LEVELS[0]
    if any(other.dtype == who.dtype for other in right):
        return LEVELS[1]
    return LEVELS[2] if right else LEVELS[3]


def confirmation_text(cells: Iterable[CellRecord]) -> str:
    """Return the counts by level, and every place at which no framework confirms the reference, with one answer."""
    return "".join(f"{line}\n" for line in _lines(confirmed(cells)))


def _lines(by_level: Mapping[str, list[Alarm]]) -> Iterator[str]:
    yield f"{sum(map(len, by_level.values()))} points contradict:"
    for level, lines in by_level.items():
        yield f"  {len(lines):>6}  {level}"
    alone: dict[_Place, list[tuple[_Who, str]]] = defaultdict(list)
    for place, who, message in by_level[LEVELS[-1]]:
        alone[place].append((who, message))
    if alone:
        yield ""
        yield f"{LEVELS[-1]}; a person has to look at {len(alone)} places:"
    for place, answers in alone.items():
        frameworks = ", ".join(dict.fromkeys(who.framework for who, _ in answers))
        who, message = answers[0]
        yield f"  {place.operation} order {place.order}, {len(answers)} answers of {frameworks}; {who.way}: {message}"
