"""One expectation held against one observed value, turned into a finding that says where they part and by how much.

Nothing here knows of exceptions or verdicts; ``conformance.judge`` puts the findings together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from conformance import tolerance as policy
from conformance.case import Tolerance
from conformance.elements import LITERAL, as_array, as_floats, as_numbers, flatten, is_bool, literal, rows_of, shape_of
from conformance.expectation import (
    DictOf,
    Equals,
    Expectation,
    HasForm,
    IsWord,
    ListOf,
    Raises,
    SameAs,
    SameStructure,
    Series,
    Within,
)
from conformance.formats import format_of
from conformance.observation import Array, Entries, Items, Nothing, Observed, Outcome, Scalar
from conformance.wording import count, describe, digits, element, expected_text, target_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from conformance.adapter import Unconnected

SEVERITY: Final = ("ok", "not-reached", "undocumented", "inaccurate", "contradicts")
"""The kinds of a finding, the worst last."""


_TELLING: Final = 1e6
"""From so many times the bound on, the multiple says nothing: the bound is that of an expected zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came of one comparison; numbers as in ``CheckRecord``."""

    kind: str = "ok"
    message: str = ""
    absolute: float | None = None
    relative: float | None = None
    ulp: float | None = None
    used: float | None = None


OK: Final = Finding()


def contradicts(message: str) -> Finding:
    """Return the finding that a value is not what is documented."""
    return Finding(kind="contradicts", message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What every comparison may need beside the two sides."""

    outcome: Outcome
    unconnected: Unconnected
    lines: Mapping[str, int]
    compiled: bool
    device: str
    tolerance: Tolerance | None
    reference: Mapping[str, Observed] | None


def compare(place: str, form: Expectation, value: Observed, scene: Scene, name: str) -> Finding:
    """Return what comes of one expectation and the value at ``place``, which is part of the observed ``name``."""
    match form:
        case IsWord():
            return _word(place, form, value, scene, name)
        case Equals():
            return _equals(place, form, value, scene)
        case HasForm():
            return _has_form(place, form, value)
        case Within():
            return _within(place, form.lo, form.hi, value, scene)
        case SameAs():
            other = scene.outcome.observations.get(form.name)
            if other is None:
                return contradicts(f"{place} cannot be compared: {form.name} was never bound")
            return _same(place, value, other, scene)
        case SameStructure():
            other = scene.outcome.observations.get(form.name)
            if other is None:
                return contradicts(f"{place} cannot be compared: {form.name} was never bound")
            return _same_structure(place, value, other, form.name)
        case Series():
            return _series(place, form, value, scene)
        case ListOf():
            return _list_of(place, form, value, scene, name)
        case DictOf():
            return _dict_of(place, form, value, scene, name)
        case Raises():  # pragma: no cover - settled by _check_raises
            return contradicts(f"{place} is {describe(value)}; expected {form.type}")


def _word(place: str, form: IsWord, value: Observed, scene: Scene, name: str) -> Finding:
    match form.word:
        case "undocumented":
            return Finding(
                kind="undocumented", message=f"{place} is {describe(value)}, of which the documents say nothing"
            )
        case "none":
            return OK if isinstance(value, Nothing) else contradicts(f"{place} is {describe(value)}; expected None")
        case "unconnected" if scene.unconnected.as_ == "zeros":
            if isinstance(value, Array | Scalar):
                return _all_elements(place, "zeros", value, scene)
            return contradicts(f"{place} is {describe(value)}; expected unconnected, which is zeros here")
        case "unconnected":
            if isinstance(value, Nothing):
                return OK
            return contradicts(f"{place} is {describe(value)}; expected unconnected, which is None here")
        case "numeric":
            target = None if scene.reference is None else scene.reference.get(name)
            for step in _steps(place, name):
                target = None if target is None else _step(target, step)
            if target is None:
                return contradicts(
                    f"{place} cannot be judged: the reference has no value for it; see `gradconf check --oracle`"
                )
            return _same(place, value, _as_literal(target), scene)
        case word:
            return _all_elements(place, word, value, scene)


def _steps(place: str, name: str) -> tuple[str, ...]:
    """Return the keys and indices that lead from an observed name to a place in it: ``g[0][w]`` to ``("0", "w")``."""
    inside = place.removeprefix(name)
    return tuple(inside[1:-1].split("][")) if inside else ()


def _step(value: Observed, step: str) -> Observed | None:
    if isinstance(value, Entries):
        return value.items.get(step)
    rows = rows_of(value)
    return rows[int(step)] if rows is not None and step.isdigit() and int(step) < len(rows) else None


def _as_literal(target: Observed) -> Observed:
    """Return the reference's value without its dtype, which says how it was computed and nothing of the framework."""
    match target:
        case Array():
            return replace(target, dtype=LITERAL)
        case Items():
            return Items(items=tuple(_as_literal(item) for item in target.items))
        case Entries():
            return Entries(items={key: _as_literal(item) for key, item in target.items.items()})
    return target


def _all_elements(place: str, word: str, value: Observed, scene: Scene) -> Finding:
    """Return whether every element is as the word says; ``nan`` and the infinities need at least one element."""
    if isinstance(value, Items):
        return _worst([_all_elements(f"{place}[{i}]", word, item, scene) for i, item in enumerate(value.items)])
    if isinstance(value, Entries):
        return _worst([_all_elements(f"{place}[{key}]", word, item, scene) for key, item in value.items.items()])
    numbers = as_array(value)
    if numbers is None:
        return contradicts(f"{place} is {describe(value)}; expected {word}")
    data = as_floats(numbers)
    near = 0.0 if scene.tolerance is None else scene.tolerance.atol
    with np.errstate(invalid="ignore"):
        good = {
            "zeros": lambda: np.abs(data) <= near,
            "finite": lambda: np.isfinite(data),
            "nan": lambda: np.isnan(data),
            "inf": lambda: data == np.inf,
            "-inf": lambda: data == -np.inf,
        }[word]()
    if good.all() and (good.size or word in ("zeros", "finite")):
        return OK
    if not good.size:
        return contradicts(f"{place} has no elements (shape {numbers.shape}); expected {word}")
    wrong = int(np.argmin(good))
    more = count(int((~good).sum()), good.size)
    return contradicts(f"{element(place, wrong, numbers)}; expected {word}{more}")


def _has_form(place: str, form: HasForm, value: Observed) -> Finding:
    numbers = as_array(value)
    text = expected_text(form)
    if numbers is None:
        return contradicts(f"{place} is {describe(value)}; expected {text}")
    wrong = _wrong_dtype(form.dtype, numbers) or (form.shape is not None and form.shape != numbers.shape)
    return contradicts(f"{place} is {describe(value)}; expected {text}") if wrong else OK


def _wrong_dtype(wanted: str | None, numbers: Array) -> bool:
    return wanted is not None and wanted != numbers.dtype


def _equals(place: str, form: Equals, value: Observed, scene: Scene) -> Finding:
    if isinstance(form.value, str):
        good = isinstance(value, Scalar) and value.value == form.value
        return OK if good else contradicts(f"{place} is {describe(value)}; expected {form.value!r}")
    return _same(place, value, literal(form.value), scene, dtype=form.dtype)


def _same(place: str, value: Observed, target: Observed, scene: Scene, *, dtype: str | None = None) -> Finding:
    """Return whether a value equals a target of the same structure and shape, within the tolerance."""
    if isinstance(target, Nothing):
        return OK if isinstance(value, Nothing) else contradicts(f"{place} is {describe(value)}; expected None")
    if isinstance(target, Entries):
        if not isinstance(value, Entries) or set(value.items) != set(target.items):
            return contradicts(f"{place} is {describe(value)}; expected {describe(target)}")
        return _worst(
            [_same(f"{place}[{key}]", value.items[key], item, scene, dtype=dtype) for key, item in target.items.items()]
        )
    if isinstance(value, Items) or isinstance(target, Items):
        rows, wanted = rows_of(value), rows_of(target)
        if rows is None or wanted is None or len(rows) != len(wanted):
            return contradicts(f"{place} is {describe(value)}; expected {target_text(target)}")
        return _worst(
            [_same(f"{place}[{i}]", *pair, scene, dtype=dtype) for i, pair in enumerate(zip(rows, wanted, strict=True))]
        )
    if isinstance(value, Scalar) and isinstance(target, Scalar) and isinstance(target.value, str):
        good = value.value == target.value
        return OK if good else contradicts(f"{place} is {describe(value)}; expected {describe(target)}")
    numbers, wanted_numbers = as_array(value), as_array(target)
    if numbers is None or wanted_numbers is None:
        return contradicts(f"{place} is {describe(value)}; expected {target_text(target)}")
    if _wrong_dtype(dtype, numbers):
        return contradicts(f"{place} is {describe(value)}; expected dtype {dtype}")
    return _same_numbers(place, numbers, wanted_numbers, scene)


def _same_numbers(place: str, value: Array, target: Array, scene: Scene) -> Finding:
    if target.form == "interval":
        if target.shape[:-1] != value.shape:
            return contradicts(f"{place} is {describe(value)}; expected shape {target.shape[:-1]}")
        ends = as_floats(target).reshape(-1, 2)
        return _inside(place, value, ends[:, 0], ends[:, 1], scene)
    if value.dtype.startswith("complex") and target.dtype == LITERAL and target.shape == (*value.shape, 2):
        pairs = as_floats(target).reshape(-1, 2)
        target = replace(target, shape=value.shape, data=tuple(complex(*pair) for pair in pairs.tolist()))
    if value.shape != target.shape:
        return contradicts(f"{place} is {describe(value)}; expected shape {target.shape}: {target_text(target)}")
    if is_bool(value) != is_bool(target):
        return contradicts(f"{place} is {describe(value)}; expected {target_text(target)}: a bool is not a number")
    dtype = _judged_as(value)
    if target.dtype != LITERAL:
        dtype = policy.coarser(dtype, _judged_as(target))
    if format_of(dtype) is None:
        return _same_exactly(place, value, target)
    wanted = as_numbers(target)
    slack = np.zeros(wanted.shape)
    if target.dtype == LITERAL:
        slack = np.array([0.0 if isinstance(x, complex) else policy.written_slack(x) for x in target.data])
    allowed = policy.bounds(wanted, dtype=dtype, device=scene.device, slack=slack, case=scene.tolerance)
    errors = policy.measure(as_numbers(value), wanted, allowed, dtype=dtype)
    return _numeric(place, value, errors, lambda i: f"{digits(target.data[i])} within {allowed[i]:.2g}")


def _judged_as(numbers: Array) -> str:
    return policy.PYTHON_FLOAT if numbers.dtype == "float" else numbers.dtype


def _same_exactly(place: str, value: Array, target: Array) -> Finding:
    wrong = [i for i, (seen, wanted) in enumerate(zip(value.data, target.data, strict=True)) if seen != wanted]
    if not wrong:
        return Finding(absolute=0.0, relative=0.0, used=0.0) if value.data and not is_bool(value) else OK
    first = wrong[0]
    return contradicts(
        f"{element(place, first, value)}; expected exactly {digits(target.data[first])}"
        f"{count(len(wrong), len(value.data))}"
    )


def _within(place: str, lo: Any, hi: Any, value: Observed, scene: Scene) -> Finding:
    if isinstance(value, Items):
        lows, highs = (end if isinstance(end, list) else [end] * len(value.items) for end in (lo, hi))
        if not len(lows) == len(highs) == len(value.items):
            return contradicts(f"{place} is {describe(value)}; expected {max(len(lows), len(highs))} items")
        return _worst([_within(f"{place}[{i}]", lows[i], highs[i], item, scene) for i, item in enumerate(value.items)])
    numbers = as_array(value)
    if numbers is None:
        return contradicts(f"{place} is {describe(value)}; expected a number within [{lo}, {hi}]")
    ends = []
    for end in (lo, hi):
        if isinstance(end, list) and shape_of(end) != numbers.shape:
            return contradicts(f"{place} is {describe(value)}; expected shape {shape_of(end)}, that of its bounds")
        flat = np.array([float(x) for x in flatten(end) if not isinstance(x, complex)])
        ends.append(flat if isinstance(end, list) else np.full(len(numbers.data), flat[0]))
    return _inside(place, numbers, ends[0], ends[1], scene)


def _inside(place: str, value: Array, lo: NDArray[np.float64], hi: NDArray[np.float64], scene: Scene) -> Finding:
    dtype = _judged_as(value)
    if dtype.startswith("complex") or is_bool(value):
        return contradicts(f"{place} is {describe(value)}; expected real numbers within bounds")
    below, above = (policy.bounds(end, dtype=dtype, device=scene.device, case=scene.tolerance) for end in (lo, hi))
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = policy.measure_interval(as_floats(value), lo, hi, below, above, dtype=dtype)
    return _numeric(place, value, errors, lambda i: f"a value within [{digits(float(lo[i]))}, {digits(float(hi[i]))}]")


def _numeric(place: str, value: Array, errors: policy.Errors, expected: Callable[[int], str]) -> Finding:
    """Return the finding of numeric errors; ``expected`` gives the text for the element at a flat index."""
    if not value.data:
        return OK
    worst = int(np.argmax(errors.used))
    figures = [_finite(float(part[worst])) for part in (errors.absolute, errors.relative, errors.ulp, errors.used)]
    finding = Finding(absolute=figures[0], relative=figures[1], ulp=figures[2], used=figures[3])
    outside = errors.outside
    if not outside.any():
        return finding
    off = "" if figures[0] is None else f"; off by {figures[0]:.2g}"
    if figures[0] is not None and figures[3] is not None and figures[3] < _TELLING:
        off += f", {figures[3]:.3g} times the bound"
    message = (
        f"{element(place, worst, value)}; expected {expected(worst)}{off}{count(int(outside.sum()), len(value.data))}"
    )
    kind = "inaccurate" if errors.leading[outside].all() else "contradicts"
    return replace(finding, kind=kind, message=message)


def _same_structure(place: str, value: Observed, other: Observed, name: str) -> Finding:
    match value, other:
        case Items(), Items() if len(value.items) == len(other.items):
            pairs = enumerate(zip(value.items, other.items, strict=True))
            return _worst([_same_structure(f"{place}[{i}]", *pair, f"{name}[{i}]") for i, pair in pairs])
        case Entries(), Entries() if set(value.items) == set(other.items):
            return _worst(
                [
                    _same_structure(f"{place}[{k}]", item, other.items[k], f"{name}[{k}]")
                    for k, item in value.items.items()
                ]
            )
        case (Items() | Entries(), _) | (_, Items() | Entries()):
            return contradicts(
                f"{place} is {describe(value)}; expected the structure of {name}, which is {describe(other)}"
            )
    return OK


def _list_of(place: str, form: ListOf, value: Observed, scene: Scene, name: str) -> Finding:
    rows = rows_of(value)
    if rows is None:
        return contradicts(f"{place} is {describe(value)}; expected a list of {len(form.items)}")
    if len(rows) != len(form.items):
        missing = f", {place}[{len(rows)}] is missing" if len(rows) < len(form.items) else ""
        return contradicts(f"{place} has {len(rows)} items; expected {len(form.items)}{missing}")
    pairs = enumerate(zip(form.items, rows, strict=True))
    return _worst([compare(f"{place}[{i}]", item, row, scene, name) for i, (item, row) in pairs])


def _dict_of(place: str, form: DictOf, value: Observed, scene: Scene, name: str) -> Finding:
    if not isinstance(value, Entries):
        return contradicts(f"{place} is {describe(value)}; expected a dictionary with {', '.join(form.items)}")
    missing = [key for key in form.items if key not in value.items]
    stray = [key for key in value.items if key not in form.items]
    if missing or stray:
        said = [f"is without {', '.join(missing)}"] if missing else []
        said += [f"has {', '.join(stray)} as well"] if stray else []
        return contradicts(f"{place} {' and '.join(said)}; expected exactly the keys {', '.join(form.items)}")
    return _worst([compare(f"{place}[{key}]", item, value.items[key], scene, name) for key, item in form.items.items()])


def _series(place: str, form: Series, value: Observed, scene: Scene) -> Finding:
    rows = rows_of(value)
    if rows is None:
        return contradicts(f"{place} is {describe(value)}; expected a series")
    if form.length is not None and len(rows) != form.length:
        return contradicts(f"{place} has {len(rows)} values; expected {form.length}")
    if not rows:
        return contradicts(f"{place} is an empty series; nothing was tracked")
    findings = []
    if form.decreases or form.below is not None:
        findings.append(_falls(place, form, rows, scene))
    if form.near is not None:
        near = Tolerance(atol=form.atol or 0.0, because="the distance that the case gives for the final value")
        final = _equals(f"{place}[{len(rows) - 1}]", Equals(value=form.near), rows[-1], replace(scene, tolerance=near))
        # A final value is near or it is not: there is no last digit to lose within a distance that the case chose.
        findings.append(replace(final, kind="contradicts") if final.kind == "inaccurate" else final)
    return _worst(findings)


def _falls(place: str, form: Series, rows: Sequence[Observed], scene: Scene) -> Finding:
    """Return whether a series of single numbers never rises by more than rounding, falls as a whole and ends below."""
    numbers = [as_array(row) for row in rows]
    if any(one is None or one.shape != () or isinstance(one.data[0], complex) for one in numbers):
        return contradicts(f"{place} is a series of {describe(rows[0])}; only single numbers can fall")
    data = np.array([float(one.data[0]) for one in numbers if one is not None])  # type: ignore[arg-type]
    if not np.isfinite(data).all():
        wrong = int(np.argmin(np.isfinite(data)))
        return contradicts(f"{place}[{wrong}] is {digits(float(data[wrong]))}; expected a finite number")
    findings = []
    if form.decreases:
        dtype = _judged_as(numbers[0]) if numbers[0] is not None else policy.PYTHON_FLOAT
        rises = np.diff(data) - policy.bounds(data[:-1], dtype=dtype, device=scene.device, case=scene.tolerance)
        if rises.size and rises.max() > 0:
            step = int(np.argmax(rises))
            findings.append(
                contradicts(
                    f"{place} rises from {digits(float(data[step]))} to {digits(float(data[step + 1]))} at value"
                    f" {step + 1}; expected it never to rise{count(int((rises > 0).sum()), rises.size, 'steps rise')}"
                )
            )
        elif data[-1] >= data[0]:
            findings.append(contradicts(f"{place} starts and ends at {digits(float(data[-1]))}; expected it to fall"))
    if form.below is not None and not data[-1] < form.below:
        findings.append(contradicts(f"{place} ends at {digits(float(data[-1]))}; expected below {digits(form.below)}"))
    return _worst(findings)


def _worst(findings: Sequence[Finding]) -> Finding:
    """Return the worst kind with its messages, and the figures of the element that used most of its tolerance."""
    if not findings:
        return OK
    kind = max((finding.kind for finding in findings), key=SEVERITY.index)
    told = [finding.message for finding in findings if finding.kind == kind and finding.message]
    message = "; ".join(told[:3]) + (f"; and {len(told) - 3} more" if len(told) > 3 else "")
    figures = max(findings, key=lambda finding: -1.0 if finding.used is None else finding.used)
    return replace(figures, kind=kind, message=message)


def _finite(x: float) -> float | None:
    return x if math.isfinite(x) else None
