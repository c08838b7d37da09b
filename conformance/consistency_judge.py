"""Holds pairs of answers that must agree against each other: forward and reverse, compiled and eager, and their like.

The two sides may differ by what both may differ from the exact value, whose terms are frozen. Where a check cannot be
made, because the framework has no such rule, it is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from conformance import tolerance as policy
from conformance.consistency_checks import EXACT_CHECKS, SMOOTH_CHECKS, faults_text
from conformance.derivative_judge import PointCheck, numbers_of, raising
from conformance.formats import FORMATS
from conformance.frozen_point import FrozenPoint, column_sizes, has_no_number
from conformance.judge import Judgement
from conformance.observation import Entries, Items, Observed, Scalar
from conformance.results import CheckRecord
from conformance.wording import digits, exception_line, short


def judge_consistency(
    points: Mapping[str, FrozenPoint],
    answers: Observed | None,
    *,
    dtype: str,
    device: str,
    signature: str | None,
    lacks: Sequence[str],
) -> tuple[Judgement, tuple[PointCheck, ...]]:
    """Return the judgement of a cell of consistency checks, and a check for each point.

    ``lacks``: parts of the messages by which the framework says that it has no such rule or no such kernel.
    """
    found = answers.items if isinstance(answers, Entries) else {}
    checks = tuple(
        _point(name, point, found.get(name), dtype=dtype, device=device, signature=signature, lacks=lacks)
        for name, point in points.items()
    )
    told = [check.record.message for check in checks if check.record.message]
    kinds = [check.record.kind for check in checks]
    judgement = Judgement(
        verdict=next((kind for kind in ("contradicts", "inaccurate") if kind in kinds), "conforms"),
        message="; ".join(told[:4]) + (f"; and {len(told) - 4} more points" if len(told) > 4 else ""),
        checks=tuple(check.record for check in checks),
        margin=max((check.record.used for check in checks if check.record.used is not None), default=None),
    )
    return judgement, checks


def _point(
    name: str,
    point: FrozenPoint,
    answer: Observed | None,
    *,
    dtype: str,
    device: str,
    signature: str | None,
    lacks: Sequence[str],
) -> PointCheck:
    said = answer.value if isinstance(answer, Scalar) and isinstance(answer.value, str) else None
    if said is not None or not isinstance(answer, Entries):
        text = "no answer" if said is None else exception_line(said, 300)
        if said is not None and _is_nowhere(point):
            record = CheckRecord(name=name, kind="ok", observed=text)
            return PointCheck(record=record, worst=None, raised=said)
        record = CheckRecord(name=name, kind="contradicts", observed=text, message=f"{name}: {text}",
                             fault=raising(text))  # fmt: skip
        return PointCheck(record=record, worst=None, raised=said)
    wrong: list[tuple[str, str, str]] = []
    used = 0.0
    for check, both in answer.items.items():
        if isinstance(both, Scalar) and isinstance(both.value, str):
            if not any(part in both.value for part in lacks):
                wrong.append((check, raising(both.value), exception_line(both.value, 200)))
            continue
        if check in SMOOTH_CHECKS and not _is_smooth(point, check):
            continue
        left, right = map(numbers_of, both.items) if isinstance(both, Items) else (None, None)
        if left is None or right is None or len(left) != len(right):
            wrong.append((check, "wrong", "the two sides have different shapes"))
            continue
        bounds = _bounds(point, check, left, right, dtype=dtype, device=device, signature=signature)
        apart: list[tuple[str, str, str]] = []
        for i, (one, two, bound) in enumerate(zip(left, right, bounds, strict=True)):
            part, fault = _compared(one, two, bound, dtype)
            used = max(used, part if math.isfinite(part) else 0.0)
            if fault:
                apart.append((check, fault, f"{digits(one)} and {digits(two)} (element {i})"))
        wrong += sorted(apart, key=_is_mild)[:1]
    if not wrong:
        return PointCheck(record=CheckRecord(name=name, kind="ok", used=float(f"{used:.3g}") or None), worst=None)
    faults = faults_text((check, fault) for check, fault, _ in wrong)
    wrong.sort(key=_is_mild)
    text = "; ".join(f"{check}: {seen}" for check, _, seen in wrong)
    kind = "inaccurate" if _is_mild(wrong[0]) else "contradicts"
    record = CheckRecord(
        name=name, kind=kind, expected="both sides equal", observed=short(text, 300),
        message=f"{name}: {text}", fault=faults,
    )  # fmt: skip
    return PointCheck(record=record, worst=None)


def _is_mild(found: tuple[str, str, str]) -> bool:
    return found[1] == "inaccurate"


def _is_nowhere(point: FrozenPoint) -> bool:
    """Return whether a point has no finite derivative by any element: an error says so as well as an infinity."""
    found = [exact for row in point["jacobian"] for exact in row]
    return bool(found) and all(map(has_no_number, found))


def _is_smooth(point: FrozenPoint, check: str) -> bool:
    """Return whether a point has the derivative that a check is about, everywhere."""
    if check == "Hessian symmetry" and not _is_number(point.get("curvature")):
        return False
    return all(_is_number(exact) for row in point["jacobian"] for exact in row)


def _is_number(exact: Any) -> bool:
    return isinstance(exact, str) and ":" not in exact and exact not in ("inf", "-inf")


def _bounds(
    point: FrozenPoint,
    check: str,
    left: Sequence[float],
    right: Sequence[float],
    *,
    dtype: str,
    device: str,
    signature: str | None,
) -> list[float]:
    """Return by element how far two sides may be apart: twice what each may be off; infinite where terms overflow."""
    if check in EXACT_CHECKS:
        return [0.0 for _ in left]
    order = 2 if check == "Hessian symmetry" else 1
    if check == "Hessian symmetry":
        sizes = [2.0 * float(point["curvature_size"])]
    elif check == "forward against reverse":
        sizes = [float(point["slope_size"])]
    else:
        sizes = [2.0 * size for size in column_sizes(point)] or [0.0 for _ in left]
    largest = [max(abs(x) for x in (one, two, size) if math.isfinite(x)) if math.isfinite(size) else size
               for one, two, size in zip(left, right, sizes, strict=True)]  # fmt: skip
    over = min(FORMATS[dtype].overflow / 4, 4e307)
    return [
        math.inf if size >= over
        else 2 * policy.derivative_bound(size, size, dtype=dtype, device=device, order=order, signature=signature)
        for size in largest
    ]  # fmt: skip


def _compared(one: float, two: float, bound: float, dtype: str) -> tuple[float, str]:
    """Return the part of the bound that the difference of two sides takes, and how they disagree, or nothing.

    Two sides are ``inaccurate``, not ``wrong``, as a derivative beside the exact value is; sides that must be the same
    bits, whose bound is zero, never are.
    """
    if one == two or (math.isnan(one) and math.isnan(two)) or math.isinf(bound):
        return 0.0, ""
    if not (math.isfinite(one) and math.isfinite(two)):
        return math.inf, "nan" if math.isnan(one) or math.isnan(two) else "inf"
    off = abs(one - two)
    if bound == 0.0:
        return math.inf, "wrong"
    if off <= bound:
        return off / bound, ""
    near = off < policy.leading(dtype) * max(abs(one), abs(two)) or off <= policy.lost_beside_one(dtype)
    return off / bound, "inaccurate" if near else "wrong"
