"""Who runs which cells: threads take those of a framework some at a time, and help with another when none are left.

A lane is one of a target's workers. The first thread that comes to a target has lane 0, and keeps it until nothing is
left there; who has nothing left takes a target that nobody is at, else helps where most cells wait for each worker.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from conformance.plan import Cell

TOGETHER: Final = 24
"""Cells that a worker takes at a time, or up to twice as many of one case: they share what their framework compiled."""

WORTH_A_WORKER: Final = 150
"""Cells that wait for each worker of a target when another one joins, for its start takes seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Cells that run one after the other, on one worker of their target."""

    framework: str
    device: str
    lane: int
    cells: Sequence[Cell]


def _most(before: Sequence[Cell], cell: Cell) -> int:
    """Return how many cells may stand before a cell that runs with them."""
    return 2 * TOGETHER if before[-1].variant.loaded is cell.variant.loaded else TOGETHER


@dataclass(slots=True)
class _Target:
    waiting: deque[list[Cell]] = field(default_factory=deque)
    lanes: set[int] = field(default_factory=set)

    @property
    def cells(self) -> int:
        return sum(map(len, self.waiting))


class Lanes:
    """The cells that wait, by target; safe to use from several threads.

    A GPU has one lane: the frameworks take most of its memory for one process.
    """

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._lock = threading.Lock()
        self._targets: dict[tuple[str, str], _Target] = {}
        for cell in cells:
            target = self._targets.setdefault((cell.target.framework, cell.target.device), _Target())
            last = target.waiting[-1] if target.waiting else None
            if last is not None and len(last) < _most(last, cell):
                last.append(cell)
            else:
                target.waiting.append([cell])

    def take(self, done: Share | None = None) -> Share | None:
        """Return what a thread runs after ``done``, or None where it is not needed any more."""
        with self._lock:
            if done is not None:
                target = self._targets[done.framework, done.device]
                if target.waiting:
                    return self._share((done.framework, done.device), done.lane)
                target.lanes.discard(done.lane)
            key = self._neediest()
            if key is None:
                return None
            lanes = self._targets[key].lanes
            lane = next(number for number in range(len(lanes) + 1) if number not in lanes)
            return self._share(key, lane)

    def _share(self, key: tuple[str, str], lane: int) -> Share:
        target = self._targets[key]
        target.lanes.add(lane)
        return Share(framework=key[0], device=key[1], lane=lane, cells=target.waiting.popleft())

    def _neediest(self) -> tuple[str, str] | None:
        """Return the target that nobody is at with most cells, or that with most for each worker, if worth one."""
        free = [key for key, target in self._targets.items() if target.waiting and not target.lanes]
        if free:
            return max(free, key=lambda key: self._targets[key].cells)
        shared = {
            key: target.cells / len(target.lanes)
            for key, target in self._targets.items()
            if target.waiting and key[1] == "cpu"
        }
        key = max(shared, key=lambda key: shared[key], default=None)
        return key if key is not None and shared[key] >= WORTH_A_WORKER else None
