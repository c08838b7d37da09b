"""Derivative cases into their exact values: computed by the reference, written beside the file, proved again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from conformance.derivatives import frozen_key, frozen_name, points_of
from conformance.frozen import FORMAT, frozen_path, frozen_points
from conformance.frozen_point import FrozenPoint, column_sizes
from conformance.observation import Entries, Items, Observed, Outcome, Scalar
from conformance.oracle import Proof, sharper
from conformance.plan import expand, function_program
from conformance.points import SIGNATURES
from conformance.registry import reference

if TYPE_CHECKING:
    from conformance.load import LoadedCase
    from conformance.lowering.native import NativeSource
    from conformance.plan import Variant

AGREE: Final = 1e-15
"""How near the reference at a second precision and step must come to a frozen value, relative to its terms."""

SECONDS: Final = 600.0
"""For all points of one function on the reference: a Hurwitz zeta function at 500 digits takes minutes."""

Run = Callable[["NativeSource", str], Outcome | str]
"""Runs a source on the reference under a name: what it saw, or the reason why it could not."""


def exact_by_point(variant: Variant, run: Run, *, sharply: bool = False) -> dict[str, Any] | str:
    """Return what the reference computes at every point of a variant, or why it does not."""
    from conformance.lowering.derivative import exact_source

    case = variant.loaded.case
    assert case.derivatives is not None
    signature = SIGNATURES.get(case.signature or "")
    native = exact_source(
        reference(),
        function_program(variant),
        points={point.name: point.values for point in points_of(case)},
        orders=tuple(case.derivatives.orders),
        conditioned=signature is not None and signature.conditioned,
        elementwise=signature is not None and signature.elementwise,
        complex=signature is not None and signature.complex,
    )
    outcome = run(sharper(native) if sharply else native, f"{variant.id}@reference")
    if isinstance(outcome, str):
        return outcome
    if outcome.raised is not None:
        return f"the reference raised {outcome.raised.type}: {outcome.raised.message}"
    answers = _plain(outcome.observations["answers"])
    assert isinstance(answers, dict)
    return answers


def _plain(value: Observed) -> Any:
    match value:
        case Entries():
            return {key: _plain(item) for key, item in value.items.items()}
        case Items():
            return [_plain(item) for item in value.items]
        case Scalar():
            return value.value
        case _:
            raise TypeError(f"no exact value: {value}")


def one_of_each(loaded: LoadedCase) -> Iterator[Variant]:
    """Yield a variant of a derivative case for every combination of its own axes, whatever way and dtype."""
    seen: set[str] = set()
    for variant in expand(loaded):
        name = frozen_name(variant.labels)
        if name not in seen:
            seen.add(name)
            yield variant


def vacuous(points: Mapping[str, FrozenPoint], orders: Sequence[int]) -> str | None:
    """Return why exact values can find no mistake, or None: a derivative that is zero at every point says nothing."""
    inside = [point for point in points.values() if "outside" not in point]
    if not inside:
        return "no point lies in the domain of the function"
    if 1 in orders and not any(
        _tells(point["slope"]) or _tells(point.get("jacobian", point.get("gradient"))) for point in inside
    ):
        return "the first derivative is zero at every point"
    if 2 in orders and not any(_tells(point["curvature"]) for point in inside):
        return "the second derivative is zero at every point; claim order 1 alone"
    return None


def _tells(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_tells, value))
    return isinstance(value, str) and not value.startswith(("pole", "jump")) and float(value) != 0


def freeze(loaded_cases: Sequence[LoadedCase], run: Run) -> Iterator[tuple[Path, str]]:
    """Compute and write the exact values of the derivative cases; yield each file with what is wrong, or nothing."""
    files: dict[Path, list[LoadedCase]] = {}
    for loaded in loaded_cases:
        if loaded.case.function is not None:
            files.setdefault(frozen_path(loaded), []).append(loaded)
    for path, cases in files.items():
        there = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        before: Mapping[str, Any] = there["cases"] if there.get("format") == FORMAT else {}
        written: dict[str, Any] = {}
        for loaded in cases:
            orders = tuple(loaded.case.derivatives.orders) if loaded.case.derivatives else ()
            entries: dict[str, Any] = {}
            for variant in one_of_each(loaded):
                name, key = frozen_name(variant.labels), frozen_key(loaded.case, variant.axes)
                old = before.get(loaded.case.id, {}).get(name)
                if old is not None and old["key"] == key:
                    entries[name] = old
                    continue
                points = exact_by_point(variant, run)
                problem = points if isinstance(points, str) else vacuous(points, orders)
                if problem is not None:
                    yield path, str(loaded.error(f"{loaded.full_id}[{name}] cannot be frozen: {problem}"))
                    continue
                entries[name] = {"key": key, "points": points}
            written[loaded.case.id] = entries
        path.write_text(_laid_out({"format": FORMAT, "cases": written}), encoding="utf-8")
        yield path, ""


def _laid_out(values: Mapping[str, Any]) -> str:
    """Return JSON with one point a line, so that a change is seen in a diff."""
    lines = ["{", f'"format": {values["format"]},', '"cases": {']
    cases = list(values["cases"].items())
    for i, (case, entries) in enumerate(cases):
        lines.append(f"{json.dumps(case)}: {{")
        for j, (name, entry) in enumerate(entries.items()):
            lines.append(f' {json.dumps(name)}: {{"key": {json.dumps(entry["key"])}, "points": {{')
            points = [f"  {json.dumps(point)}: {json.dumps(answer)}" for point, answer in entry["points"].items()]
            lines.append(",\n".join(points))
            lines.append(" }}" + ("," if j < len(entries) - 1 else ""))
        lines.append("}" + ("," if i < len(cases) - 1 else ""))
    return "\n".join([*lines, "}", "}"]) + "\n"


def prove(loaded: LoadedCase, run: Run) -> Iterator[tuple[Variant, str | None]]:
    """Yield for every frozen variant of a case what the reference, at another precision and step, says otherwise."""
    for variant in one_of_each(loaded):
        frozen = frozen_points(variant)
        again = exact_by_point(variant, run, sharply=True)
        if isinstance(again, str):
            yield variant, again
            continue
        assert loaded.case.derivatives is not None
        problem = vacuous(frozen, loaded.case.derivatives.orders)
        wrong = [
            f"{name}: {part} is frozen as {one.get(part)}, the reference has {again.get(name, {}).get(part)}"
            for name, one in frozen.items()
            for part in ("outside", "slope", "jacobian", "gradient", "curvature")
            if not _agree(one.get(part), again.get(name, {}).get(part), _size(one, part))
        ]
        yield variant, problem or ("; ".join(wrong[:3]) or None)


def derivative_proofs(loaded: LoadedCase, run: Run) -> Iterator[Proof]:
    """Yield a proof for the exact values of every variant of a derivative case; nothing for another kind of case."""
    if loaded.case.function is None:
        return
    for variant, wrong in prove(loaded, run):
        name = frozen_name(variant.labels)
        yield Proof(
            variant=f"{loaded.full_id}[{name}]" if name else loaded.full_id,
            file=loaded.file,
            line=loaded.line,
            name="derivatives",
            claimed_by="frozen",
            kind="proved" if wrong is None else "refuted",
            message=wrong or "the reference has the same at a second precision and step",
        )


def _size(point: FrozenPoint, part: str) -> float:
    if part == "gradient":
        return max(map(float, point.get("gradient_sizes", [])), default=0.0)
    if part == "jacobian" and part in point:
        return max(column_sizes(point), default=0.0)
    return float(point.get(f"{part}_size", 0.0))


def _agree(one: Any, two: Any, size: float) -> bool:
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(_agree(a, b, size) for a, b in zip(one, two, strict=True))
    if not isinstance(one, str) or not isinstance(two, str):
        return one is None and two is None
    if one == two or one.split(":")[0] == two.split(":")[0]:
        return True
    try:
        first, second = float(one), float(two)
    except ValueError:
        return False
    return abs(first - second) <= AGREE * max(abs(first), abs(second), size)
