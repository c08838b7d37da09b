"""Results into known failures: what fails and is not known becomes an entry, what no longer fails goes.

An entry of which nothing ran stays as it is; one that still holds keeps its reason. What is new gets a reason of its
own for each operation, which begins with TODO until a person has written it; reasons that say the same are one, and
their failures are said again in as few product sets as the axes allow.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from conformance.derivatives import CONSISTENCY, TIERS, order_of
from conformance.frozen import points_asked
from conformance.judge import in_range
from conformance.known_failures import TARGET_AXES, TODO, KnownFailure, KnownFile, Reason, axis_values, combinations
from conformance.plan import expand
from conformance.product_sets import products
from conformance.results import CellRecord, CheckRecord

if TYPE_CHECKING:
    from conformance.load import LoadedCase
    from conformance.plan import Variant
    from conformance.product_sets import Combination

DEFAULTS: Final = {"mode": "eager", "device": "cpu"}
"""The target that every entry speaks of; another one counts where results or entries name it."""

NEAR: Final = 1e-3
"""How near the number that an entry shows must stay for its text to stay: machines differ in the last digits."""

_SEEN: Final = re.compile(r"^[^:]+: (?:(.+? is \S+); expected |([^:;]+: \S+ and \S+) \(element )")
"""What the message of a check shows first: a number that is wrong, or two sides that should agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How something fails: a word, a number, an exception's type or the end of its process; and a number it shows."""

    observed: str | float | None = None
    raises: str | None = None
    ends: str | None = None
    seen: str | None = field(default=None, compare=False)


@dataclass(slots=True, kw_only=True)
class Update:
    """The new content of a file of known failures; counts of what is new, gone, kept or changed; what is no entry."""

    content: KnownFile
    counts: Counter[str]
    unrecognisable: list[str]


Key = tuple[str, str, str, str | None, bool, str]
"""What makes two reasons one: framework, versions, kind, issue, searched, because."""

Shown = Mapping[str, CheckRecord] | str | None
"""What a cell showed: checks by point; how its process ended; or None, where the framework has no such thing."""


def updated(content: KnownFile, cases: Sequence[LoadedCase], cells: Iterable[CellRecord]) -> Update:
    """Return the known failures of the cases of one file, brought up to date by the cells of a run."""
    of: dict[tuple[str, str], list[CellRecord]] = {}
    for cell in cells:
        of.setdefault((cell.case, cell.framework), []).append(cell)
    update = Update(content=content, counts=Counter(), unrecognisable=[])
    reasons: dict[Key, list[KnownFailure]] = {}
    frameworks = sorted({framework for _, framework in of} | {reason.framework for reason in content.known})
    for loaded, framework in itertools.product(cases, frameworks):
        entries = [
            (reason, failure) for reason in content.known if reason.framework == framework
            for failure in reason.failures if failure.case == loaded.case.id
        ]  # fmt: skip
        work = _CaseOnFramework(loaded, framework, of.get((loaded.full_id, framework), []), entries, update)
        for key, failures in work.failures().items():
            reasons.setdefault(key, []).extend(failures)
    axes = {loaded.case.id: axis_values(loaded.case) for loaded in cases}
    placed = {key: sorted(failures, key=lambda one: _place(one, axes)) for key, failures in reasons.items()}
    ranked = sorted(placed.items(), key=lambda item: (item[0][0], _place(item[1][0], axes), str(item[0])))
    update.content = KnownFile(known=[_reason(key, failures) for key, failures in ranked])
    return update


def _place(failure: KnownFailure, cases: Mapping[str, Mapping[str, Sequence[str]]]) -> tuple[int, list[list[int]]]:
    """Return where a failure stands among the cases and the values of their axes: no two failures stand together."""
    axes = cases[failure.case].items()
    places = [[values.index(value) for value in failure.where.get(axis, values)] for axis, values in axes]
    return list(cases).index(failure.case), places


def _reason(key: Key, failures: Sequence[KnownFailure]) -> Reason:
    framework, versions, kind, issue, searched, because = key
    fields: dict[str, Any] = {"framework": framework, "versions": versions, "kind": kind, "issue": issue}
    return Reason(**fields, searched=searched, because=because, failures=list(failures))


def _key(reason: Reason) -> Key:
    return reason.framework, reason.versions, reason.kind, reason.issue, reason.searched, reason.because


def fault_of(check: CheckRecord) -> Fault:
    """Return how a failing check fails."""
    if check.fault.startswith("raises "):
        return Fault(raises=check.fault.removeprefix("raises "))
    number = _SEEN.search(check.message)
    return Fault(observed=check.fault, seen=(number[1] or number[2]) if number else None)


def _fault_before(failure: KnownFailure) -> Fault:
    if isinstance(failure.observed, dict):
        return Fault(raises=failure.observed["raises"]["type"])
    return Fault(observed=failure.observed, ends=failure.ends, seen=failure.seen)


class _CaseOnFramework:
    """One case on one framework: what ran of it, what is known of it, and what is to be known from now on."""

    def __init__(
        self,
        loaded: LoadedCase,
        framework: str,
        cells: Sequence[CellRecord],
        entries: Sequence[tuple[Reason, KnownFailure]],
        update: Update,
    ) -> None:
        self._loaded, self._framework, self._entries, self._update = loaded, framework, entries, update
        self._version = next((cell.version for cell in cells if cell.version), "")
        self._axes = dict(axis_values(loaded.case))
        for axis in TARGET_AXES:
            said = {str(getattr(cell, axis)) for cell in cells} | {DEFAULTS[axis]}
            if not any(axis in failure.where for _, failure in entries):
                self._axes[axis] = tuple(value for value in self._axes[axis] if value in said)
        self._point = list(self._axes).index("point")
        self._variants: set[Combination] = set()
        self._largest: dict[Combination, Variant] = {}
        self._said: set[Combination] = set()
        self._shown = dict(self._by_labels(cells))

    def _by_labels(self, cells: Sequence[CellRecord]) -> Iterator[tuple[Combination, Shown]]:
        """Yield what each cell showed, by its labels and target."""
        inner = [axis for axis in self._axes if axis not in ("point", *TARGET_AXES)]
        labels = {variant.id: variant.labels for variant in expand(self._loaded)}
        self._variants = {tuple(there[axis] for axis in inner) for there in labels.values()}
        self._largest = {tuple(v.labels[axis] for axis in inner): v for v in expand(self._loaded, TIERS[-1])}
        for cell in cells:
            there = labels.get(cell.cell.rpartition("@")[0])
            if there is None:  # the case has changed since
                continue
            at = (*(there[axis] for axis in inner), cell.mode, cell.device)
            if cell.verdict == "unsupported":
                yield at, None
            elif cell.verdict in ("crashed", "timed-out"):
                yield at, cell.verdict
            elif cell.checks:
                yield at, {check.name: check for check in cell.checks}

    def _cell(self, one: Combination) -> Combination:
        return one[: self._point] + one[self._point + 1 :]

    def _default(self, one: Combination) -> bool:
        """Return whether a combination is of the target that every entry speaks of."""
        return one[-len(TARGET_AXES) :] == tuple(DEFAULTS[axis] for axis in TARGET_AXES)

    def _free(self, one: Combination) -> bool:
        """Return whether nothing can fail there: no such variant or point, or a target that no one has asked.

        What the framework does not have is not free: entries name the ways that there are.
        """
        if one[: self._point] not in self._variants:
            return True
        if self._cell(one) not in self._shown:
            return not self._default(one)
        shown = self._shown[self._cell(one)]
        return isinstance(shown, Mapping) and one[self._point] not in shown and self._ran(one)

    def _ran(self, one: Combination) -> bool:
        """Return whether the cell ran, and did not leave the point to a larger tier."""
        if self._cell(one) not in self._shown:
            return False
        shown, point = self._shown[self._cell(one)], one[self._point]
        if not isinstance(shown, Mapping) or point in shown or one[: self._point] not in self._largest:
            return True
        return all(point != asked.name for asked in points_asked(self._largest[one[: self._point]]))

    def _left_out(self, failure: KnownFailure) -> Iterator[Combination]:
        """Yield what an entry leaves out by naming its targets, as far as nothing ran there that says more."""
        if any(axis in failure.where for axis in TARGET_AXES):
            where = {axis: values for axis, values in failure.where.items() if axis not in TARGET_AXES}
            named = set(combinations(failure.where, self._axes))
            yield from (one for one in combinations(where, self._axes) if one not in named and not self._ran(one))

    def _fits(self, seen: str | None, one: Combination) -> bool:
        """Return whether an answer of a combination has the part that a text such as ``slope is 0`` names."""
        way = dict(zip(self._axes, one, strict=True))["way"]
        if seen is None or way == CONSISTENCY:
            return seen is None or " is " not in seen
        return " is " in seen and seen.startswith("curvature ") == (order_of(way) == 2)

    def failures(self) -> Mapping[Key, list[KnownFailure]]:
        """Return the failures of the case on the framework, by reason."""
        failing = dict(self._failing())
        faults: dict[Key, dict[Combination, Fault]] = {}
        said: dict[Key, list[KnownFailure]] = {}
        self._said.update(one for _, failure in self._entries for one in self._left_out(failure))
        for reason, failure in self._entries:
            if self._version and not in_range(self._version, reason.versions):
                said.setdefault(_key(reason), []).append(failure)
                continue
            if not any(self._cell(one) in self._shown for one in combinations(failure.where, self._axes)):
                said.setdefault(_key(reason), []).append(failure)
                self._said.update(combinations(failure.where, self._axes))
                continue
            targeted = any(axis in failure.where for axis in TARGET_AXES)
            for i, one in enumerate(combinations(failure.where, self._axes)):
                shown = failure.seen if i == 0 or (not self._ran(one) and self._fits(failure.seen, one)) else None
                before = dataclasses.replace(_fault_before(failure), seen=shown)
                fault = self._now(one, before, failing.pop(one, None), targeted=targeted)
                if fault is not None:
                    faults.setdefault(_key(reason), {}).setdefault(one, fault)
        self._update.counts["new"] += len(failing)
        for one, fault in failing.items():
            faults.setdefault(self._new(one), {})[one] = fault
        for key, of_reason in faults.items():
            said.setdefault(key, []).extend(self._said_shortly(of_reason))
        return said

    def _failing(self) -> Iterator[tuple[Combination, Fault]]:
        """Yield everything that fails in the results."""
        for cell, shown in self._shown.items():
            around = cell[: self._point], cell[self._point :]
            if isinstance(shown, str):
                yield from (((*around[0], name, *around[1]), Fault(ends=shown)) for name in self._axes["point"])
                continue
            for name, check in (shown or {}).items():
                if check.kind != "ok" and check.fault:
                    yield (*around[0], name, *around[1]), fault_of(check)
                elif check.kind != "ok":
                    self._update.unrecognisable.append(f"{self._loaded.full_id} on {self._framework}: {check.message}")

    def _now(self, one: Combination, before: Fault, now: Fault | None, *, targeted: bool) -> Fault | None:
        """Return how something that was known to fail does now, None where it does not, or is of no target asked."""
        if not self._ran(one):
            there = one[: self._point] in self._variants
            return before if there and (targeted or self._default(one)) else None
        if now is None:
            self._update.counts["gone"] += not self._free(one)
            return None
        same = (
            now == before
            or (isinstance(before.observed, float | int) and _near(before.observed, now.seen))
            or (before.raises is not None and now.raises is not None and before.raises in now.raises)  # as judged
        )
        self._update.counts["kept" if same else "changed"] += 1
        if not same:
            return now
        return (
            before
            if before.seen is not None and _same(before.seen, now.seen)
            else dataclasses.replace(before, seen=now.seen)
        )

    def _new(self, one: Combination) -> Key:
        own = ", ".join(one[: len(self._loaded.case.for_each)]) or self._loaded.case.id
        major, minor = (*self._version.split("."), "0")[:2]
        following = f"{major}.{int(minor) + 1}" if minor.isdigit() else f"{int(major) + 1}"
        because = f"{TODO}: what is seen of {own}, and why where you know it"
        return self._framework, f">={major}.{minor},<{following}", "bug", None, False, because

    def _said_shortly(self, faults: Mapping[Combination, Fault]) -> Iterator[KnownFailure]:
        """Yield the failures of a reason in few product sets; one that shows a number is of one operation."""
        own = len(self._loaded.case.for_each)
        by_fault: dict[tuple[Fault, Combination], list[Combination]] = {}
        for one, fault in faults.items():
            by_fault.setdefault((fault, one[:own] if fault.observed is not None else ()), []).append(one)
        for (fault, operation), wanted in by_fault.items():
            axes = {
                **dict(zip(self._axes, zip(operation), strict=False)),
                **dict(itertools.islice(self._axes.items(), len(operation), None)),
            }
            for product in list(products(wanted, axes, lambda one: one not in self._said and self._free(one))):
                self._said.update(itertools.product(*product))
                first = next(one for one in itertools.product(*product) if one in faults)
                whole = zip(self._axes.items(), product, strict=True)
                ends: Any = fault.ends
                yield KnownFailure(
                    case=self._loaded.case.id,
                    where={axis: list(values) for (axis, all_of), values in whole if len(values) < len(all_of)},
                    observed=fault.observed if fault.raises is None else {"raises": {"type": fault.raises}},
                    ends=ends,
                    seen=faults[first].seen,
                )  # fmt: skip


def _near(number: float, seen: str | None) -> bool:
    return seen is not None and abs(float(seen.rpartition(" ")[2]) - number) <= NEAR * abs(number)


def _same(before: str, now: str | None) -> bool:
    """Return whether two texts such as ``curvature is 0.5`` show the same number of the same part."""
    part, _, number = before.rpartition(" ")
    return now == before or (now is not None and now.rpartition(" ")[0] == part and _near(float(number), now))
