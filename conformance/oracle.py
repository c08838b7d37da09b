"""Turns the expectations of a case and what the independent reference computed into proofs: which claims hold.

A literal in a case file is a claim. It is *proved* where the reference, which shares no rule with any framework, comes
to the same number; a *member* where the mathematics gives an interval (a kink) and the claim lies in it; *refuted*
where the reference says otherwise; *unproved* where it cannot say; and *not-numeric* where nothing of it is a number.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from conformance import tolerance as policy
from conformance.axes import substitute
from conformance.elements import as_array, is_bool, literal, rows_of
from conformance.expectation import (
    DictOf,
    Equals,
    Expectation,
    Expected,
    HasForm,
    IsWord,
    ListOf,
    Raises,
    SameAs,
    SameStructure,
    Series,
    Within,
    parse_expected,
)
from conformance.formats import format_of
from conformance.observation import Array, Entries, Items, Number, Observed, Outcome, Raised, Scalar
from conformance.plan import expand
from conformance.wording import describe, digits

if TYPE_CHECKING:
    from conformance.case import Tolerance
    from conformance.load import LoadedCase
    from conformance.lowering.native import NativeSource
    from conformance.plan import Variant

Kind = Literal["proved", "member", "not-numeric", "refuted", "unproved"]
RunReference = Callable[["Variant"], Outcome | str]
"""Runs a variant on the reference: what it saw, or the reason why it could not run."""

ULPS: Final = 8.0
"""How near a literal must be: the bound by which ``conformance.tolerance`` holds an elementwise result to it.

The reference has the exact value for the rounded inputs, the author the exact value for the inputs as written; the two
differ by what rounding an input does, which is half a unit for each input.
"""

LOW_PRECISION_ULPS: Final = 2.0
"""The same for float16 and bfloat16, of which 8 units would be several per cent."""

SMALLEST: Final = 1e-36
"""Below this nothing is told apart from zero: a central difference with a step of 1e-20 is right to 1e-40 of f'''."""

SHARPER_DIGITS: Final = 120
SHARPER_STEP: Final = "1e-30"
"""The second precision and step, at which every value must come out the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One claim of a case and what became of it.

    ``name`` is the expected name with the way inside it (``grads[0][w]``), ``claimed_by`` is ``expect``,
    ``differs.jax`` or ``expect.torch`` (a native case). ``excused``: it is unproved, and the case says why.
    """

    variant: str
    file: str
    line: int
    name: str
    claimed_by: str
    kind: Kind
    message: str
    excused: bool = False

    @property
    def ok(self) -> bool:
        """Whether the claim may judge a framework."""
        return self.kind in ("proved", "member", "not-numeric") or self.excused

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.variant}: {self.claimed_by}: {self.name}: {self.kind}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of one leaf of an expectation."""

    name: str
    kind: Kind
    message: str


def sharper(native: NativeSource) -> NativeSource:
    """Return the reference's source with a line that asks for more digits and a smaller step, after its import."""
    lines = native.text.splitlines()
    place = next((i for i, line in enumerate(lines, start=1) if line.startswith("import conformance_reference")), None)
    if place is None:
        raise ValueError("the source imports no conformance_reference; only the reference can be made more precise")
    lines.insert(place, f"ref.precision({SHARPER_DIGITS}, {SHARPER_STEP!r})")
    line_map = (*native.line_map[:place], None, *native.line_map[place:])
    return dataclasses.replace(native, text="\n".join(lines) + "\n", line_map=line_map)


def check_oracle(
    loaded_cases: Iterable[LoadedCase], run_reference: RunReference, *, confirm: RunReference | None = None
) -> Iterator[Proof]:
    """Yield a proof for every expectation of every variant, those under ``differs`` too.

    ``confirm`` runs the reference a second time at another precision and step (``sharper``): a value that then comes
    out otherwise proves nothing. Of variants that differ in their ``seed`` alone the first is confirmed: other data,
    the same arithmetic.
    """
    for loaded in loaded_cases:
        if loaded.case.function is not None:
            continue  # its exact values are frozen, and proved by conformance.frozen
        confirmed: list[Mapping[str, object]] = []
        for variant in expand(loaded):
            if loaded.case.native is not None:
                yield from _of_native(variant)
                continue
            arithmetic = {name: value for name, value in variant.axes.items() if name != "seed"}
            yield from _of_program(variant, run_reference, None if arithmetic in confirmed else confirm)
            confirmed.append(arithmetic)


def _claims(variant: Variant) -> Iterator[tuple[str, Expected]]:
    case = variant.loaded.case
    if case.native is None:
        yield "expect", parse_expected(substitute(case.expect, variant.axes))
    else:
        for framework, expect in case.expect.items():
            yield f"expect.{framework}", parse_expected(substitute(expect, variant.axes))
    for key, difference in case.differs.items():
        yield f"differs.{key}", parse_expected(substitute(difference.expect, variant.axes))


def _of_program(variant: Variant, run_reference: RunReference, confirm: RunReference | None) -> Iterator[Proof]:
    case = variant.loaded.case
    claims = list(_claims(variant))
    outcome: Outcome | str = "nothing numeric is expected"
    again: Outcome | str | None = None
    if any(is_numeric(form) for _, expected in claims for form in expected.names.values()):
        outcome = run_reference(variant)
        again = None if confirm is None or isinstance(outcome, str) else confirm(variant)
    for claimed_by, expected in claims:
        for name, form in expected.names.items():
            skipped = case.oracle is not None and name in case.oracle.skip and is_numeric(form)
            if skipped and case.oracle is not None:
                findings = [Finding(name=name, kind="unproved", message=case.oracle.because)]
            else:
                findings = prove(name, form, outcome, confirmed=again, tolerance=case.tolerance)
            yield from (_proof(variant, claimed_by, finding, excused=skipped) for finding in findings)


def _of_native(variant: Variant) -> Iterator[Proof]:
    for claimed_by, expected in _claims(variant):
        for name, form in expected.names.items():
            if is_numeric(form):
                reason = "native source is one framework's own code; there is no program for the reference to compute"
                yield _proof(variant, claimed_by, Finding(name=name, kind="unproved", message=reason), excused=True)
            else:
                yield _proof(variant, claimed_by, _not_numeric(name, form), excused=False)


def _proof(variant: Variant, claimed_by: str, finding: Finding, *, excused: bool) -> Proof:
    loaded = variant.loaded
    return Proof(
        variant=variant.id, file=loaded.file, line=loaded.line, name=finding.name, claimed_by=claimed_by,
        kind=finding.kind, message=finding.message, excused=excused,
    )  # fmt: skip


def is_numeric(form: Expectation) -> bool:
    """Return whether anything of an expectation is a claim about numbers that mathematics can decide."""
    match form:
        case IsWord():
            return form.word not in ("unconnected", "none", "undocumented")
        case Equals():
            return not isinstance(form.value, str)
        case Within() | SameAs():
            return True
        case Series():
            return form.decreases or form.below is not None or form.near is not None
        case ListOf():
            return any(is_numeric(item) for item in form.items)
        case DictOf():
            return any(is_numeric(item) for item in form.items.values())
        case HasForm() | Raises() | SameStructure():
            return False


def prove(
    name: str,
    form: Expectation,
    outcome: Outcome | str,
    *,
    confirmed: Outcome | str | None = None,
    tolerance: Tolerance | None = None,
) -> list[Finding]:
    """Return what becomes of each leaf of one expected name, from what the reference observed (or why it did not)."""
    if not is_numeric(form):
        return [_not_numeric(name, form)]
    if isinstance(outcome, str):
        return [Finding(name=name, kind="unproved", message=f"the reference could not run: {outcome}")]
    observed = outcome.observations.get(name)
    if observed is None:
        return [Finding(name=name, kind="unproved", message=_absence(outcome.raised))]
    if confirmed is not None:
        unstable = _instability(name, observed, confirmed)
        if unstable:
            return [Finding(name=name, kind="unproved", message=unstable)]
    return list(_leaves(name, form, observed, outcome.observations, tolerance))


def _not_numeric(name: str, form: Expectation) -> Finding:
    said = form.word if isinstance(form, IsWord) else type(form).__name__
    return Finding(name=name, kind="not-numeric", message=f"{said} says nothing that arithmetic could prove")


def _absence(raised: Raised | None) -> str:
    if raised is None:
        return "the reference's program binds no such name"
    place = "" if raised.program_line is None else f" at program line {raised.program_line}"
    return f"the reference raised {raised.type}{place}: {raised.message}"


def _instability(name: str, observed: Observed, confirmed: Outcome | str) -> str:
    if isinstance(confirmed, str):
        return f"the reference could not run a second time: {confirmed}"
    other = confirmed.observations.get(name)
    if other is None:
        return f"at {SHARPER_DIGITS} digits {_absence(confirmed.raised)}"
    for one, two in zip(_all_numbers(observed), _all_numbers(other), strict=False):
        if not _same_double(one, two):
            return (
                f"the reference has {digits(one)} at first and {digits(two)} with {SHARPER_DIGITS} digits and a step "
                f"of {SHARPER_STEP}"
            )
    return ""


def _all_numbers(value: Observed) -> Iterator[Number]:
    match value:
        case Array():
            yield from value.data
        case Scalar():
            if not isinstance(value.value, str):
                yield value.value
        case Items():
            for item in value.items:
                yield from _all_numbers(item)
        case Entries():
            for item in value.items.values():
                yield from _all_numbers(item)
        case _:
            return


def _same_double(one: Number, two: Number) -> bool:
    """Return whether two doubles are the same but for the last rounding, which is all that can travel of 18 digits."""
    if one == two or (one != one and two != two):
        return True
    return abs(one - two) <= max(4e-16 * abs(one), SMALLEST)


def _leaves(
    name: str, form: Expectation, observed: Observed, others: Mapping[str, Observed], tolerance: Tolerance | None
) -> Iterator[Finding]:
    match form:
        case ListOf():
            rows = tuple(observed.items.values()) if isinstance(observed, Entries) else rows_of(observed)
            if rows is None or len(rows) != len(form.items):
                yield _refuted(name, f"a list of {len(form.items)}", observed)
                return
            for i, (item, row) in enumerate(zip(form.items, rows, strict=True)):
                yield from _leaf_or_word(f"{name}[{i}]", item, row, others, tolerance)
        case DictOf():
            if not isinstance(observed, Entries) or set(observed.items) != set(form.items):
                yield _refuted(name, f"a dictionary of {', '.join(form.items)}", observed)
                return
            for key, item in form.items.items():
                yield from _leaf_or_word(f"{name}[{key}]", item, observed.items[key], others, tolerance)
        case _:
            yield _leaf(name, form, observed, others, tolerance)


def _leaf_or_word(
    name: str, form: Expectation, observed: Observed, others: Mapping[str, Observed], tolerance: Tolerance | None
) -> Iterator[Finding]:
    if is_numeric(form):
        yield from _leaves(name, form, observed, others, tolerance)
    else:
        yield _not_numeric(name, form)


def _leaf(
    name: str, form: Expectation, observed: Observed, others: Mapping[str, Observed], tolerance: Tolerance | None
) -> Finding:
    match form:
        case Equals():
            return _equals(name, form, observed, tolerance)
        case Within():
            return _within(name, form, observed)
        case Series():
            return _series(name, form, observed)
        case SameAs():
            return _same_as(name, form, observed, others.get(form.name))
        case IsWord():
            return _word(name, form, observed)
        case _:
            return _not_numeric(name, form)


def _refuted(name: str, claimed: str, observed: Observed) -> Finding:
    message = f"the case says {claimed}; the reference has {describe(observed)}"
    return Finding(name=name, kind="refuted", message=message)


@dataclass(frozen=True, slots=True)
class _Ends:
    """The reference's value of one element: a number, or the ends of the subgradients at a kink."""

    lo: Number
    hi: Number

    @property
    def kink(self) -> bool:
        return self.lo != self.hi and not (self.lo != self.lo and self.hi != self.hi)


def _elements(values: Array) -> tuple[tuple[int, ...], list[_Ends]]:
    """Return the shape and the elements of an array, intervals taken together."""
    if values.form == "interval":
        pairs = zip(values.data[::2], values.data[1::2], strict=True)
        return values.shape[:-1], [_Ends(lo, hi) for lo, hi in pairs]
    return values.shape, [_Ends(x, x) for x in values.data]


def _stacked(observed: Observed) -> Array | None:
    """Return an array, a number, or a list of arrays of one shape as one array; None for anything else.

    The variables of a module are a dictionary here and a list elsewhere, in the same order.
    """
    if isinstance(observed, Items):
        parts = [_stacked(item) for item in observed.items]
    elif isinstance(observed, Entries):
        parts = [_stacked(item) for item in observed.items.values()]
    else:
        return as_array(observed)
    arrays = [part for part in parts if part is not None]
    if len(arrays) != len(parts) or not arrays:
        return None
    if len({part.shape for part in arrays}) != 1 or len({part.form for part in arrays}) != 1:
        return None
    data = tuple(x for part in arrays for x in part.data)
    return dataclasses.replace(arrays[0], shape=(len(arrays), *arrays[0].shape), data=data)


def allowed(value: Number, dtype: str, written: Number) -> float:
    """Return how far a literal may be from the reference: some units in the last place, or half its last digit."""
    form = format_of("float32" if dtype in ("float", "literal") else dtype)
    if form is None:
        return 0.0
    size = float(abs(value))
    units = ULPS if form.precision > 11 else LOW_PRECISION_ULPS
    unit = float(policy.ulp(np.array([size]), form)[0])
    slack = policy.written_slack(written) if isinstance(written, float) else 0.0
    return max(units * unit, slack, form.smallest_normal, SMALLEST)


def _equals(name: str, form: Equals, observed: Observed, tolerance: Tolerance | None) -> Finding:
    claimed = literal(form.value)
    if is_bool(claimed) and isinstance(observed, Scalar):
        return Finding(name=name, kind="not-numeric", message="a truth value of Python itself")
    values = _stacked(observed)
    if values is None:
        return _refuted(name, str(form.value), observed)
    if is_bool(claimed) != is_bool(values):
        return _refuted(name, str(form.value), observed)
    shape, elements = _elements(values)
    if shape != claimed.shape:
        return _refuted(name, f"{form.value}, of shape {claimed.shape}", observed)
    results = [_element(x, ends, values.dtype, tolerance) for x, ends in zip(claimed.data, elements, strict=True)]
    wrong = [i for i, result in enumerate(results) if result is None]
    if wrong:
        place = wrong[0]
        claim, ends = claimed.data[place], elements[place]
        where = f"element {place}: " if shape else ""
        return Finding(name=name, kind="refuted", message=f"{where}{_both(claim, ends, values.dtype)}")
    if any(ends.kink for ends in elements):
        return Finding(name=name, kind="member", message=f"one of the subgradients, {describe(observed)}")
    return Finding(name=name, kind="proved", message=_nearness(claimed, elements))


def _both(claim: Number, ends: _Ends, dtype: str) -> str:
    seen = f"[{_exact(ends.lo)}, {_exact(ends.hi)}]" if ends.kink else _exact(ends.lo)
    off = "" if ends.kink else f"; off by {abs(claim - ends.lo):.2g}, {allowed(ends.lo, dtype, claim):.2g} is allowed"
    return f"the case says {_exact(claim)}; the reference has {seen}{off}"


def _exact(x: Number) -> str:
    return repr(x)


def _nearness(claimed: Array, elements: list[_Ends]) -> str:
    off = [abs(x - ends.lo) for x, ends in zip(claimed.data, elements, strict=True) if x == x and math.isfinite(abs(x))]
    worst = max(off, default=0.0)
    return "exactly the reference's number" if worst == 0 else f"within {worst:.2g} of the reference's number"


def _element(claim: Number, ends: _Ends, dtype: str, tolerance: Tolerance | None) -> bool | None:
    """Return True where the claim is the reference's number or one of its subgradients, None where it is neither."""
    lo, hi = ends.lo, ends.hi
    if isinstance(lo, complex) or isinstance(hi, complex) or isinstance(claim, complex):
        slack = allowed(abs(lo), dtype, 0)
        near = min(abs(complex(claim) - complex(lo)), abs(complex(claim) - complex(lo).conjugate()))
        return True if near <= slack else None
    if claim != claim or lo != lo:
        return True if claim != claim and lo != lo else None
    if math.isinf(claim) or math.isinf(lo):
        return True if lo <= claim <= hi else None
    below, above = (allowed(end, dtype, claim) for end in (lo, hi))
    if tolerance is not None:
        wider = tolerance.atol + tolerance.rtol * abs(lo)
        below, above = max(below, wider), max(above, wider)
    return True if lo - below <= claim <= hi + above else None


def _bound(value: object, shape: tuple[int, ...]) -> list[float] | None:
    bound = literal(value)
    if bound.shape == shape:
        return [float(x) for x in bound.data if not isinstance(x, complex)]
    if bound.shape == () and not isinstance(bound.data[0], complex):
        return [float(bound.data[0])] * math.prod(shape)
    return None


def _within(name: str, form: Within, observed: Observed) -> Finding:
    claimed = f"within [{form.lo}, {form.hi}]"
    values = _stacked(observed)
    if values is None or values.dtype.startswith("complex"):
        return _refuted(name, claimed, observed)
    shape, elements = _elements(values)
    lows, highs = _bound(form.lo, shape), _bound(form.hi, shape)
    if lows is None or highs is None:
        return _refuted(name, f"{claimed}, of another shape", observed)
    for lo, hi, ends in zip(lows, highs, elements, strict=True):
        assert not isinstance(ends.lo, complex) and not isinstance(ends.hi, complex)
        slack = max(allowed(ends.lo, values.dtype, lo), allowed(ends.hi, values.dtype, hi))
        inside = lo - slack <= ends.lo and ends.hi <= hi + slack
        subset = ends.lo - slack <= lo and hi <= ends.hi + slack
        if not (inside or (ends.kink and subset)):
            return _refuted(name, claimed, observed)
    return Finding(name=name, kind="member", message=f"the reference has {describe(observed)}")


def _series(name: str, form: Series, observed: Observed) -> Finding:
    values = _stacked(observed)
    if values is None or not values.shape or values.form is not None:
        return _refuted(name, "a series of numbers", observed)
    shape, elements = _elements(values)
    length, width = shape[0], math.prod(shape[1:])
    numbers = [float(abs(x.lo)) if isinstance(x.lo, complex) else float(x.lo) for x in elements]
    if form.length is not None and length != form.length:
        return _refuted(name, f"a series of {form.length} values", observed)
    if not length:
        return _refuted(name, "a series with values", observed)
    last = numbers[-width:]
    if form.decreases:
        rise = next((i for i in range(width, len(numbers)) if numbers[i] > numbers[i - width]), None)
        if rise is not None:
            said = f"the reference goes from {numbers[rise - width]!r} to {numbers[rise]!r} at value {rise // width}"
            return Finding(name=name, kind="refuted", message=f"the case says it never rises; {said}")
    if form.below is not None and not all(x < form.below for x in last):
        said = f"the case says below {form.below}; the reference ends at {last}"
        return Finding(name=name, kind="refuted", message=said)
    if form.near is not None and form.atol is not None:
        goal = _bound(form.near, shape[1:])
        if goal is None or not all(abs(x - y) <= form.atol for x, y in zip(last, goal, strict=True)):
            said = f"the case says within {form.atol} of {form.near}; the reference ends at {last}"
            return Finding(name=name, kind="refuted", message=said)
    return Finding(name=name, kind="proved", message=f"the reference's series of {length} ends at {last}")


def _same_as(name: str, form: SameAs, observed: Observed, other: Observed | None) -> Finding:
    if other is None:
        return Finding(name=name, kind="unproved", message=f"the reference has no value for {form.name}")
    one, two = list(_all_numbers(observed)), list(_all_numbers(other))
    same = len(one) == len(two) and all(_same_double(a, b) for a, b in zip(one, two, strict=True))
    if not same:
        return _refuted(name, f"equal to {form.name}, which is {describe(other)}", observed)
    return Finding(name=name, kind="proved", message=f"the reference has the same for {form.name}")


def _word(name: str, form: IsWord, observed: Observed) -> Finding:
    numbers = list(_all_numbers(observed))
    if form.word == "numeric":
        values = _stacked(observed)
        kink = values is not None and values.form == "interval"
        kind: Kind = "unproved" if not numbers and values is None else "member" if kink else "proved"
        return Finding(name=name, kind=kind, message=f"the reference has {describe(observed)}")
    tests: Mapping[str, Callable[[Number], bool]] = {
        "zeros": lambda x: abs(x) <= SMALLEST,
        "nan": lambda x: x != x,
        "inf": lambda x: x == math.inf,
        "-inf": lambda x: x == -math.inf,
        "finite": lambda x: math.isfinite(abs(x)),
    }
    if all(tests[form.word](x) for x in numbers) and (numbers or _stacked(observed) is not None):
        return Finding(name=name, kind="proved", message=f"the reference has {describe(observed)}")
    values = _stacked(observed)
    if form.word == "zeros" and values is not None and values.form == "interval":
        elements = _elements(values)[1]
        if all(isinstance(x.lo, float) and isinstance(x.hi, float) and x.lo <= 0.0 <= x.hi for x in elements):
            return Finding(name=name, kind="member", message=f"one of the subgradients, {describe(observed)}")
    if form.word == "nan":
        said = f"nan comes from floating-point arithmetic; the reference has {describe(observed)}"
        return Finding(name=name, kind="unproved", message=f"{said}; say why under oracle")
    return _refuted(name, form.word, observed)
