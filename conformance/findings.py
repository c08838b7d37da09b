"""Known failures → findings: for each operation of a framework what is wrong, where, what is seen, and how to see it.

A finding is an operation (a derivative case with one choice of its own axes) whose derivative is not the exact one on a
framework. It is shown at one cell and point: the exact value comes from the frozen file, what is seen from the known
failure, and ``gradconf repro`` prints the script.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance.consistency_checks import faults_in
from conformance.derivative_judge import parts_of
from conformance.derivatives import CONSISTENCY, TIERS, frozen_name, in_mode, order_of, points_of
from conformance.errors import CaseErrors
from conformance.frozen import frozen_points, points_asked
from conformance.known_failures import axis_values, combinations, known_path, read_known
from conformance.plan import expand, function_program
from conformance.points import GENERIC
from conformance.wording import digits

if TYPE_CHECKING:
    from conformance.errors import CaseError
    from conformance.known_failures import KnownFailure, Reason
    from conformance.load import LoadedCase
    from conformance.plan import Variant

CLASSES: Final = ("contradicts", "inaccurate", "formula")
"""What a finding is: another number, nan or an exception; only digits that are lost; or what a formula loses where the
framework has no such function."""

WORST: Final = ("inaccurate", "raises", "crashed", "timed-out", "nan", "inf", "-inf", "finite", "zeros", "wrong")
"""What is observed, the worst last: a wrong number is worse than what everybody notices; a number itself is wrong."""

BOTH_EQUAL: Final = "both sides equal"
"""What is exact of two answers that must agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One cell and point of a finding: what shows it, what is exact there, what is seen, and its reason's kind."""

    variant: str
    mode: str
    point: str
    observed: str
    seen: str
    exact: str

    kind: str

    @property
    def tells(self) -> tuple[bool, int, bool, bool]:
        """How well it shows a finding: one number before two that disagree, what looks right before a nan, a bug."""
        worst = WORST.index(self.observed) if self.observed in WORST else len(WORST)
        return self.exact != BOTH_EQUAL, worst, self.kind == "bug", self.point.startswith(GENERIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with one operation on one framework.

    Where a formula loses something too, its class and its example are those of what the framework does itself.
    """

    framework: str
    case: str
    operation: str
    kind: str
    reasons: tuple[Reason, ...]
    ways: tuple[str, ...]
    dtypes: tuple[str, ...]
    points: tuple[str, ...]
    modes: tuple[str, ...]
    example: Example


def findings(loaded_cases: Sequence[LoadedCase]) -> Iterator[Finding]:
    """Yield the findings of derivative cases, in the order of the cases.

    Raises:
        CaseErrors: a file of known failures that cannot be used.
    """
    for loaded in loaded_cases:
        if loaded.case.function is None or not loaded.case.known or loaded.path is None:
            continue
        errors: list[CaseError] = []
        read = read_known(known_path(loaded.path), loaded.file, errors)
        if read is None:
            raise CaseErrors(errors)
        by_operation: dict[tuple[str, str], list[tuple[Reason, KnownFailure]]] = {}
        for reason in read[0].known:
            for failure in reason.failures:
                if failure.case == loaded.case.id:
                    for own in _operations(loaded, failure):
                        by_operation.setdefault((own, reason.framework), []).append((reason, failure))
        for own in dict.fromkeys(frozen_name(variant.labels) for variant in expand(loaded)):
            for (operation, framework), entries in by_operation.items():
                found = _finding(loaded, framework, own, entries) if operation == own else None
                if found is not None:
                    yield found


def _operations(loaded: LoadedCase, failure: KnownFailure) -> Iterator[str]:
    """Yield the names of the choices of the case's own axes that a failure is about."""
    axes = {axis: values for axis, values in axis_values(loaded.case).items() if axis in loaded.case.for_each}
    for values in combinations(failure.where, axes):
        yield ",".join(f"{axis}={value}" for axis, value in zip(axes, values, strict=True))


def _finding(
    loaded: LoadedCase, framework: str, own: str, entries: Sequence[tuple[Reason, KnownFailure]]
) -> Finding | None:  # fmt: skip
    """Return what the entries say of an operation, None where all their points lie outside its domain."""
    variants = [variant for variant in expand(loaded) if frozen_name(variant.labels) == own]
    own_faults = [entry for entry in entries if entry[0].kind != "formula"] or entries
    examples = [
        example for reason, failure in own_faults if (example := _example(variants, reason, failure)) is not None
    ]  # fmt: skip
    if not examples:
        return None
    formula = own_faults[0][0].kind == "formula"
    inaccurate = all(example.observed == "inaccurate" for example in examples)
    axes = axis_values(loaded.case)

    def named(axis: str, default: Sequence[str]) -> tuple[str, ...]:
        said = {value for _, failure in entries for value in failure.where.get(axis, default)}
        return tuple(value for value in axes[axis] if value in said)

    there = [(str(variant.axes["way"]), str(variant.axes["dtype"])) for variant in variants]
    asked = [
        (way, dtype) for way, dtype in there
        if any(way in failure.where.get("way", [way]) and dtype in failure.where.get("dtype", [dtype])
               and any(in_mode(way, dtype, mode, TIERS[-1]) for mode in failure.where.get("mode", axes["mode"]))
               for _, failure in entries)
    ]  # fmt: skip
    frozen = frozen_points(variants[0])
    return Finding(
        framework=framework,
        case=loaded.full_id,
        operation=", ".join(part.partition("=")[2] for part in own.split(",")) if own else loaded.case.id,
        kind="formula" if formula else "inaccurate" if inaccurate else "contradicts",
        reasons=tuple({id(reason): reason for reason, _ in entries}.values()),
        ways=tuple(dict.fromkeys(way for way, _ in asked)),
        dtypes=tuple(value for value in axes["dtype"] if value in {dtype for _, dtype in asked}),
        points=named("point", [point.name for point in points_of(loaded.case) if point.name in frozen]),
        modes=named("mode", axes["mode"]),
        example=max(examples, key=lambda example: example.tells),
    )


def _example(variants: Sequence[Variant], reason: Reason, failure: KnownFailure) -> Example | None:
    """Return the first cell and point that a failure holds for, None where all of them lie outside the domain."""
    axes = axis_values(variants[0].loaded.case)
    inner = [axis for axis in axes if axis in variants[0].labels]
    by_labels = {tuple(variant.labels[axis] for axis in inner): variant for variant in variants}
    point = list(axes).index("point")
    for one in combinations(failure.where, axes):
        variant, mode = by_labels.get(one[: len(inner)]), dict(zip(axes, one, strict=True))["mode"]
        if variant is None or one[point] not in {asked.name for asked in points_asked(variant)}:
            continue
        if not in_mode(str(variant.axes["way"]), str(variant.axes["dtype"]), mode, TIERS[-1]):
            continue
        raised = failure.observed["raises"]["type"] if isinstance(failure.observed, dict) else None
        seen = failure.ends or (f"raises {raised}" if raised else failure.seen)
        return Example(
            variant=variant.id,
            mode=mode,
            point=one[point],
            observed=_word(failure),
            seen=seen or str(failure.observed),
            exact=exact_text(variant, one[point], (seen or "").rpartition(" is ")[0]),
            kind=reason.kind,
        )
    return None


def _word(failure: KnownFailure) -> str:
    """Return how a failure shows in one word of ``WORST`` (a number as it is), the worst of several checks."""
    if failure.ends is not None:
        return failure.ends
    if isinstance(failure.observed, dict):
        return "raises"
    observed = str(failure.observed)
    words = [fault.split(" ")[0] for _, fault in faults_in(observed)]
    return max(words, key=WORST.index) if words else observed


def exact_text(variant: Variant, point: str, part: str) -> str:
    """Return the exact value of a part of a point's answer as its readers see it, or of all; pairs need none."""
    exact = exact_parts(variant, point)
    if part in exact:
        return shown(exact[part])
    if variant.axes["way"] == CONSISTENCY:
        return BOTH_EQUAL
    return "; ".join(f"{name} {shown(value)}" for name, value in list(exact.items())[:4])


def exact_parts(variant: Variant, point: str) -> Mapping[str, Any]:
    """Return the frozen value of every part of a point's answer, by the part's name and in the answer's order."""
    import numpy as np

    (values,) = (one.values for one in points_of(variant.loaded.case) if one.name == point)
    arguments = function_program(variant).functions["f"]
    shapes = {name: np.shape(value) for name, value in zip(arguments, values, strict=True)}
    order = order_of(str(variant.axes["way"]))
    parts = parts_of(frozen_points(variant)[point], order, shapes, variant.loaded.case.signature)
    return {part.name: part.exact for part in parts}


def shown(exact: Any) -> str:
    """Return a frozen value in the digits of a float64: a number, ``[lo, hi]`` at a kink, or its word."""
    if isinstance(exact, list):
        return f"[{', '.join(map(shown, exact))}]"
    word = str(exact).partition(":")
    return word[0] if word[1] or not math.isfinite(float(exact)) else digits(float(exact))
