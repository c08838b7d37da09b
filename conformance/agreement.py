"""Records of several frameworks → one more record for each variant in which they must agree."""

from __future__ import annotations

import dataclasses
import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.observation import Array, Entries, Items, Nothing, Observed, Scalar, decode
from conformance.results import INCOMPLETE, CellRecord, CheckRecord

if TYPE_CHECKING:
    from conformance.case import Agreement
    from conformance.load import LoadedCase


def agreement_cells(records: Sequence[CellRecord], loaded_cases: Sequence[LoadedCase]) -> tuple[CellRecord, ...]:
    """Return one record for each variant whose frameworks must agree, with the widest distance between two of them.

    A name in which a framework is documented to differ is left out for it. Where only one framework was asked, there
    is nothing to compare and no record.
    """
    demanding = {loaded.full_id: loaded for loaded in loaded_cases if loaded.case.agreement is not None}
    variants: dict[str, list[CellRecord]] = defaultdict(list)
    for record in records:
        if record.case in demanding and record.framework not in ("agreement", "reference"):
            variants[record.cell.rpartition("@")[0]].append(record)
    found = []
    for variant_id, of_variant in variants.items():
        takes_part = [record for record in of_variant if record.verdict not in ("unsupported", "known")]
        if len({record.framework for record in takes_part}) > 1:
            found.append(_agreement(variant_id, takes_part, demanding[of_variant[0].case]))
    return tuple(found)


def _agreement(variant_id: str, records: Sequence[CellRecord], loaded: LoadedCase) -> CellRecord:
    bound = loaded.case.agreement
    assert bound is not None
    ran = [record for record in records if record.verdict not in INCOMPLETE | {"harness-error"}]
    missing = [_target_id(record) for record in records if record not in ran]
    first = records[0]
    record = CellRecord(
        cell=f"{variant_id}@agreement",
        case=loaded.full_id,
        axes=first.axes,
        framework="agreement",
        version="",
        device=first.device,
        mode=first.mode,
        verdict="not-run",
        message=f"{variant_id}@agreement: {', '.join(missing)} gave no answer to compare",
        expected={"agreement": {"rtol": bound.rtol, "atol": bound.atol}},
        documents=tuple(loaded.case.covers),
    )
    if len({one.framework for one in ran}) < 2:
        return record
    checks = tuple(
        check
        for name in dict.fromkeys(itertools.chain.from_iterable(one.observations or one.expected for one in ran))
        if name not in ("raises", "warns") and (check := _agreement_check(name, ran, loaded, bound)) is not None
    )
    if not checks:
        return dataclasses.replace(record, message=f"{variant_id}@agreement: there is no name that two frameworks show")
    failed = [check for check in checks if check.kind != "ok"]
    message = "; ".join(check.message for check in failed)
    if not failed and missing:
        message = f"without {', '.join(missing)}, which gave no answer"
    return dataclasses.replace(
        record,
        verdict="contradicts" if failed else "conforms",
        message=f"{variant_id} on {', '.join(sorted({one.framework for one in ran}))}: {message}" if message else "",
        checks=checks,
        margin=max((check.used for check in checks if check.used is not None), default=None),
    )


def _target_id(record: CellRecord) -> str:
    return f"{record.framework}-{record.device}-{record.mode}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Distance:
    """The widest distance between elements of two observations: ``used`` is its part of the bound."""

    used: float
    absolute: float
    relative: float


def _agreement_check(
    name: str, records: Sequence[CellRecord], loaded: LoadedCase, bound: Agreement
) -> CheckRecord | None:
    """Return how far apart the answers under one name are, or None where fewer than two frameworks must show it."""
    compared: list[tuple[str, Observed | None]] = []
    for record in records:
        difference = loaded.case.difference(record.framework, record.mode)
        if difference is not None and ("raises" in difference.expect or name in difference.expect):
            continue
        seen = record.observations.get(name)
        compared.append((_target_id(record), None if seen is None else decode(seen)))
    if len({target.partition("-")[0] for target, _ in compared}) < 2:
        return None
    expected = f"the same on all, within atol {bound.atol:g} and rtol {bound.rtol:g}"
    worst = _Distance(used=0.0, absolute=0.0, relative=0.0)
    between = ""
    for (one, left), (other, right) in itertools.combinations(compared, 2):
        distance = _distance(left, right, bound)
        if isinstance(distance, str):
            message = f"{name}: {one} and {other} do not agree: {distance}; allowed: {expected}"
            return CheckRecord(name=name, kind="contradicts", expected=expected, observed=distance, message=message)
        if not between or distance.used > worst.used:
            worst, between = distance, f"{one} and {other}"
    observed = f"at most {worst.absolute:.3g} apart, between {between}"
    ok = worst.used <= 1.0
    told = f"{name} is {worst.absolute:.3g} apart between {between}; allowed: {expected}"
    return CheckRecord(
        name=name,
        kind="ok" if ok else "contradicts",
        expected=expected,
        observed=observed,
        message="" if ok else f"{told}; {worst.used:.3g} times the bound",
        absolute=worst.absolute,
        relative=worst.relative,
        used=worst.used,
    )


def _distance(left: Observed | None, right: Observed | None, bound: Agreement) -> _Distance | str:
    """Return how far two observations are apart, or in words why they cannot be compared."""
    if left is None or right is None:
        return "one of them shows nothing under this name"
    if isinstance(left, Nothing) and isinstance(right, Nothing):
        return _Distance(used=0.0, absolute=0.0, relative=0.0)
    if isinstance(left, Items) and isinstance(right, Items):
        if len(left.items) != len(right.items):
            return f"one has {len(left.items)} items and the other {len(right.items)}"
        return _widest([_distance(a, b, bound) for a, b in zip(left.items, right.items, strict=True)])
    if isinstance(left, Entries) and isinstance(right, Entries):
        if set(left.items) != set(right.items):
            return f"one has the keys {sorted(left.items)} and the other {sorted(right.items)}"
        return _widest([_distance(value, right.items[key], bound) for key, value in left.items.items()])
    a, b = _elements(left), _elements(right)
    if a is None or b is None:
        return _Distance(used=0.0, absolute=0.0, relative=0.0) if left == right else "they are not of the same kind"
    if a[0] != b[0]:
        return f"one has shape {a[0]} and the other {b[0]}"
    return _widest([_apart(x, y, bound) for x, y in zip(a[1], b[1], strict=True)])


def _elements(value: Observed) -> tuple[tuple[int, ...], Sequence[Any]] | None:
    if isinstance(value, Array):
        return value.shape, value.data
    if isinstance(value, Scalar) and not isinstance(value.value, str):
        return (), (value.value,)
    return None


def _apart(x: complex, y: complex, bound: Agreement) -> _Distance | str:
    if x == y or (x != x and y != y):
        return _Distance(used=0.0, absolute=0.0, relative=0.0)
    apart, size = abs(x - y), max(abs(x), abs(y))
    allowed = bound.atol + bound.rtol * size
    if not apart < float("inf") or not allowed > 0.0:  # NaN, an infinity, or a bound of zero: no finite part of it
        return f"one has {x} and the other {y}"
    return _Distance(used=apart / allowed, absolute=apart, relative=apart / size)


def _widest(distances: Sequence[_Distance | str]) -> _Distance | str:
    worst = _Distance(used=0.0, absolute=0.0, relative=0.0)
    for distance in distances:
        if isinstance(distance, str):
            return distance
        if distance.used > worst.used:
            worst = distance
    return worst
