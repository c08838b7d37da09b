"""Holds what a framework gave at every point of a derivative case against the exact values: one check a point.

A number must be the exact one within ``tolerance.derivative_bound``. At a kink any member of the interval is right, at
a pole anything that is not finite, at a jump anything: no derivative exists, and the framework's convention is told.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance import tolerance as policy
from conformance.expectation import Equals, Expectation, IsWord, Raises, parse_expected
from conformance.formats import FORMATS, PARTS
from conformance.frozen_point import FrozenPoint, column_sizes, has_no_number
from conformance.judge import Judgement
from conformance.observation import Array, Entries, Items, Observed, Scalar
from conformance.points import SIGNATURES
from conformance.results import CheckRecord
from conformance.wording import digits, exception_line, short

if TYPE_CHECKING:
    from conformance.case import Known

Shape = tuple[int, ...]

OVERFLOW: Final = 4e307
"""Near the largest float64: terms of this size may overflow although their sum does not."""

SHOWN: Final = 4
"""Points that a message tells of; the checks have all of them."""

NEAR: Final = 1e-2
"""How near the wrong number of a known failure must be to the one it is recognised by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One number that is expected: its name in the answer, the exact value as frozen, its terms and their size."""

    name: str
    exact: Any
    size: float
    terms: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One number of an answer beside what it must be; ``fault`` is how it is wrong, or ``ok`` or ``inaccurate``.

    ``lost``: it is inaccurate because it is lost beside one (``tolerance.lost_beside_one``), whatever its digits are.
    """

    part: Part
    value: float
    fault: str
    allowed: float = 0.0
    off: float = 0.0
    lost: bool = False


def parts_of(point: FrozenPoint, order: int, arguments: Mapping[str, Shape], signature: str | None) -> Iterator[Part]:
    """Yield what a point's answer must hold, in its order: the slope and the Jacobians, or the curvature.

    ``arguments`` are their names and shapes. An element of the Jacobian of an elementwise function is no sum.
    """
    if order == 2:
        yield Part(name="curvature", exact=point["curvature"], size=float(point["curvature_size"]))
        return
    if "gradient" in point:
        yield Part(name="slope", exact=point["slope"], size=float(point["slope_size"]))
        names = [f"d total / d {part} {lower}" for name, shape in arguments.items() for lower in elements(name, shape)
                 for part in ("Re", "Im")]  # fmt: skip
        for name, exact, size in zip(names, point["gradient"], point["gradient_sizes"], strict=True):
            yield Part(name=name, exact=exact, size=float(size))
        return
    jacobian = point["jacobian"]
    count = sum(math.prod(shape) for shape in arguments.values())
    yield Part(name="slope", exact=point["slope"], size=float(point["slope_size"]), terms=max(count, len(jacobian)))
    alone = signature is not None and SIGNATURES[signature].elementwise
    sizes = [0.0 for _ in jacobian[0]] if alone and jacobian else column_sizes(point)
    terms = 1 if alone else len(jacobian)
    above, start = elements("f", point["shape"]), 0
    for name, shape in arguments.items():
        below = elements(name, shape)
        for upper, row in zip(above, jacobian, strict=True):
            for i, lower in enumerate(below, start=start):
                yield Part(name=f"d {upper} / d {lower}", exact=row[i], size=sizes[i], terms=terms)
        start += len(below)


def elements(name: str, shape: Sequence[int]) -> list[str]:
    """Return the elements of an array as a reader names them: ``x``, ``x[1]``, ``x[1,2]``."""
    if not shape:
        return [name]
    return [f"{name}[{','.join(map(str, place))}]" for place in itertools.product(*map(range, shape))]


def numbers_of(value: Observed, imaginary_sign: int = 1) -> list[float] | None:
    """Return the numbers of an answer, flat; None where there is something else in it.

    A complex number is two: the derivatives by a real and by an imaginary part. ``imaginary_sign`` is the sign that the
    framework gives the second in a gradient.
    """
    match value:
        case Array(data=data):
            pairs = [(x.real, imaginary_sign * x.imag) if isinstance(x, complex) else (x,) for x in data]
            return [float(part) for pair in pairs for part in pair]
        case Scalar(value=float() | int() as number):
            return [float(number)]
        case Items(items=items):
            parts = [numbers_of(item, imaginary_sign) for item in items]
            return None if any(part is None for part in parts) else [x for part in parts if part for x in part]
        case _:
            return None


def hold(part: Part, value: float, *, dtype: str, order: int, signature: str | None, device: str) -> Seen:
    """Return how a number compares with the exact one."""
    ends = part.exact if isinstance(part.exact, list) else [part.exact, part.exact]
    if isinstance(part.exact, str) and part.exact.startswith("jump"):
        return Seen(part=part, value=value, fault="ok")
    if isinstance(part.exact, str) and part.exact.startswith("pole"):
        return Seen(part=part, value=value, fault="zeros" if value == 0 else "finite" if math.isfinite(value) else "ok")
    lo, hi = float(ends[0]), float(ends[1])
    form = FORMATS[dtype]
    largest = max(abs(lo), abs(hi), part.size)
    allowed = policy.derivative_bound(max(abs(lo), abs(hi)), part.size, dtype=dtype, device=device,
                                      order=order, signature=signature, terms=part.terms)  # fmt: skip
    if not math.isfinite(value):
        wanted = lo if lo == hi else math.nan
        overflows = part.exact not in ("inf", "-inf") and largest >= min(form.overflow / 4, OVERFLOW)
        good = overflows or (math.isinf(wanted) and (order == 2 or value == wanted))
        fault = "ok" if good else "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
        return Seen(part=part, value=value, fault=fault, allowed=allowed)
    if math.isinf(lo) or math.isinf(hi):
        return Seen(part=part, value=value, fault="zeros" if value == 0 else "wrong", off=math.inf)
    off = max(lo - value, value - hi, 0.0)
    if off <= allowed:
        return Seen(part=part, value=value, fault="ok", allowed=allowed, off=off)
    leading = off < policy.leading(dtype) * max(abs(lo), abs(hi))
    lost = not leading and off <= policy.lost_beside_one(dtype)
    fault = "inaccurate" if leading or lost else "zeros" if value == 0 else "wrong"
    return Seen(part=part, value=value, fault=fault, allowed=allowed, off=off, lost=lost)


def _told(seen: Seen) -> str:
    exact = seen.part.exact
    if isinstance(exact, list):
        wanted = f"a value within [{digits(float(exact[0]))}, {digits(float(exact[1]))}]"
    elif isinstance(exact, str) and exact.startswith("pole"):
        return f"{seen.part.name} is {digits(seen.value)}; expected nan or an infinity ({exact})"
    else:
        wanted = digits(float(exact))
    off = (
        "" if not 0 < seen.off < math.inf else f"; off by {seen.off:.2g}, {seen.off / seen.allowed:.3g} times the bound"
    )
    lost = ", and below 8 ULP of one" if seen.lost else ""
    return f"{seen.part.name} is {digits(seen.value)}; expected {wanted} within {seen.allowed:.2g}{off}{lost}"


def _expected(parts: Sequence[Part]) -> str:
    def text(exact: Any) -> str:
        if isinstance(exact, list):
            return f"[{', '.join(digits(float(end)) for end in exact)}]"
        return exact.split(":")[0] if ":" in exact else digits(float(exact))

    return short("; ".join(f"{part.name} {text(part.exact)}" for part in parts), 300)


SEVERITY: Final = ("ok", "inaccurate", "zeros", "wrong", "finite", "-inf", "inf", "nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class PointCheck:
    """A point's check, with the worst of its numbers (None where the point raised) and what it raised."""

    record: CheckRecord
    worst: Seen | None
    raised: str | None = None


def check_point(
    name: str,
    point: FrozenPoint,
    answer: Observed | None,
    *,
    order: int,
    dtype: str,
    device: str,
    signature: str | None,
    arguments: Mapping[str, Shape],
    imaginary_sign: int = 1,
) -> PointCheck:
    """Return the check of one point; ``arguments`` are their names and shapes."""
    dtype = PARTS.get(dtype, dtype)
    parts = list(parts_of(point, order, arguments, signature))
    if isinstance(answer, Scalar) and isinstance(answer.value, str):
        fits = all(has_no_number(p.exact) for p in parts)
        said = exception_line(answer.value, 300)
        told = "" if fits else f"{name}: {said}"
        fault = "" if fits else raising(answer.value)
        record = CheckRecord(name=name, kind="ok" if fits else "contradicts", expected=_expected(parts),
                             observed=said, message=told, fault=fault)  # fmt: skip
        return PointCheck(record=record, worst=None, raised=answer.value)
    numbers = None if answer is None else numbers_of(answer, imaginary_sign)
    if numbers is None or len(numbers) != len(parts):
        expected = _expected(parts)
        seen_text = "missing" if answer is None else f"{len(numbers or ())} numbers"
        told = f"{name}: {seen_text}; expected {len(parts)} numbers: {expected}"
        record = CheckRecord(name=name, kind="contradicts", expected=expected, observed=seen_text, message=told)
        return PointCheck(record=record, worst=None)
    held = [hold(part, value, dtype=dtype, order=order, signature=signature, device=device)
            for part, value in zip(parts, numbers, strict=True)]  # fmt: skip
    worst = max(held, key=lambda seen: (SEVERITY.index(seen.fault), seen.off / seen.allowed if seen.allowed else 0.0))
    return PointCheck(record=_record(name, held, worst, dtype), worst=worst)


def _record(name: str, held: Sequence[Seen], worst: Seen, dtype: str) -> CheckRecord:
    """Return the record of a point's numbers: of those that are wrong; where all are right, of those at a kink.

    What else is right stands in the cell's observations, and in the frozen file: once is enough.
    """
    used = float(f"{worst.off / worst.allowed:.3g}") if 0 < worst.off < math.inf and worst.allowed else None
    if worst.fault == "ok":
        told = [seen for seen in held if isinstance(seen.part.exact, list)]
    else:
        told = [seen for seen in held if seen.fault != "ok"]
    record = CheckRecord(
        name=name,
        kind=worst.fault if worst.fault in ("ok", "inaccurate") else "contradicts",
        expected=_expected([seen.part for seen in told]),
        observed=short("; ".join(f"{seen.part.name} {digits(seen.value)}" for seen in told), 300),
        used=used,
    )
    if worst.fault == "ok":
        return record
    finite = 0 < worst.off < math.inf
    exact = None if isinstance(worst.part.exact, list) or ":" in worst.part.exact else abs(float(worst.part.exact))
    form = FORMATS[dtype]
    unit = math.ldexp(1.0, max(math.frexp(exact)[1] - 1, form.lowest) - form.precision + 1) if exact else None
    return dataclasses.replace(
        record,
        message=f"{name}: {_told(worst)}",
        fault=worst.fault,
        absolute=worst.off if finite else None,
        relative=worst.off / exact if finite and exact else None,
        ulp=worst.off / unit if finite and unit else None,
    )


def judge_points(
    points: Mapping[str, FrozenPoint],
    answers: Observed | None,
    *,
    order: int,
    dtype: str,
    device: str,
    signature: str | None,
    arguments: Sequence[str],
    shapes: Mapping[str, Sequence[Shape]],
    imaginary_sign: int = 1,
) -> tuple[Judgement, tuple[PointCheck, ...]]:
    """Return the judgement of a cell of a derivative case, and its checks; ``shapes`` are those of the inputs."""
    found = answers.items if isinstance(answers, Entries) else {}
    checks = tuple(
        check_point(name, point, found.get(name), order=order, dtype=dtype, device=device, signature=signature,
                    arguments=dict(zip(arguments, shapes[name], strict=True)), imaginary_sign=imaginary_sign)
        for name, point in points.items()
    )  # fmt: skip
    kinds = [check.record.kind for check in checks]
    verdict = next((kind for kind in ("contradicts", "inaccurate") if kind in kinds), "conforms")
    told = [check.record.message for check in checks if check.record.kind == verdict and check.record.message]
    told += [check.record.message for check in checks if verdict == "contradicts" and check.record.kind == "inaccurate"]
    more = f"; and {len(told) - SHOWN} more points" if len(told) > SHOWN else ""
    judgement = Judgement(
        verdict=verdict,
        message="; ".join(told[:SHOWN]) + more,
        checks=tuple(check.record for check in checks),
        margin=max((check.record.used for check in checks if check.record.used is not None), default=None),
    )
    return judgement, checks


def missing_rule(checks: Sequence[PointCheck], no_rule: Sequence[str]) -> str | None:
    """Return what the framework says where it has no derivative rule for the function, in this way, at any point."""
    said = [check.raised for check in checks if check.raised is not None]
    lacks = [text for text in said if any(part in text for part in no_rule)]
    return exception_line(lacks[0].removeprefix("raised "), 300) if lacks and len(said) == len(checks) else None


def known_points(known: Sequence[Known]) -> Mapping[str, tuple[Expectation, Known]]:
    """Return by point what known failures are recognised by."""
    return {
        name: (form, item) for item in known for name, form in parse_expected(item.observed).names.items()
    }  # fmt: skip


def raising(answer: str) -> str:
    """Return the fault of a point that raised, from its answer: ``raised ValueError: …``."""
    return f"raises {answer.removeprefix('raised ').split(':')[0]}"


def recognised(check: PointCheck, form: Expectation) -> bool:
    """Return whether a failing point fails in the way that it is known for."""
    if check.record.kind == "ok":
        return False
    fault = check.record.fault
    match form:
        case Raises(type=kind, match=fragment):
            said = check.raised
            return said is not None and kind in said and (fragment or "") in said
        case IsWord(word=word) | Equals(value=str() as word):
            return fault == word
        case Equals(value=int() | float() as number):
            seen = None if check.worst is None else check.worst.value
            return seen is not None and abs(seen - number) <= NEAR * abs(number)
        case _:
            return False


def with_known(
    judgement: Judgement, checks: Sequence[PointCheck], known: Mapping[str, tuple[Expectation, Known]]
) -> tuple[str, bool, str]:
    """Return verdict, whether a known failure is stale, and the message.

    Every failing point must be known, and fail in the known way; a known point that is right is stale.
    """
    if not known:
        return judgement.verdict, False, judgement.message
    there = {check.record.name: check for check in checks}
    gone = [name for name in known if name in there and there[name].record.kind == "ok"]
    failing = [check for check in checks if check.record.kind != "ok"]
    explained = [c for c in failing if c.record.name in known and recognised(c, known[c.record.name][0])]
    other = [check.record.message for check in failing if check not in explained]
    if other:
        told = "; ".join(other[:SHOWN]) + (f"; and {len(other) - SHOWN} more points" if len(other) > SHOWN else "")
        verdict = "contradicts" if judgement.verdict == "contradicts" else "inaccurate"
        return verdict, False, f"{told}; beside what is known of this cell"
    if gone:
        told = f"the known failure is gone at {', '.join(gone)}; take the points out of `known` or narrow its versions"
        return ("known" if len(gone) < len(known) else judgement.verdict), True, told
    if judgement.verdict == "conforms":
        return "conforms", False, judgement.message
    return "known", False, judgement.message


def reasons_of(
    checks: Sequence[PointCheck], known: Mapping[str, tuple[Expectation, Known]]
) -> tuple[str | None, str | None, str | None]:
    """Return why the points of a cell fail that are known to, the issue and the kind: those of the first that fails.

    Where points have several reasons, each stands on a line of its own, behind the points that it is for.
    """
    found: dict[str, tuple[Known, list[str]]] = {}
    for check in checks:
        if check.record.kind != "ok" and check.record.name in known:
            item = known[check.record.name][1]
            found.setdefault(item.because, (item, []))[1].append(check.record.name)
    if not found:
        return None, None, None
    reasons = [(" ".join(item.because.split()), ", ".join(points)) for item, points in found.values()]
    because = "\n".join(reason if len(reasons) == 1 else f"{points}: {reason}" for reason, points in reasons)
    items = [item for item, _ in found.values()]
    return because, next((item.issue for item in items if item.issue), None), items[0].kind
