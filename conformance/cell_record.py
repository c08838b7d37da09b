"""A cell and what came of it → its record: judged, with its reason, and with the key by which it may be kept."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from conformance.consistency_judge import judge_consistency
from conformance.derivative_judge import judge_points, known_points, missing_rule, reasons_of, with_known
from conformance.derivatives import CONSISTENCY, order_of
from conformance.expectation import DictOf, Expectation, Expected, IsWord, ListOf, parse_expected, plain_expected
from conformance.frozen import frozen_points, points_asked
from conformance.judge import judge, known_applies, verdict_of
from conformance.observation import Observed, Outcome, Raised, Warned, encode
from conformance.plan import Cell, Target, function_program
from conformance.pool import Lost
from conformance.registry import adapter
from conformance.results import FAILED, CellRecord

if TYPE_CHECKING:
    from conformance.case import Known
    from conformance.derivative_judge import PointCheck
    from conformance.frozen_point import FrozenPoint
    from conformance.judge import Judgement
    from conformance.points import Point

_DECIDING: Final = (
    "cell_record", "comparison", "consistency_judge", "derivative_judge", "elements", "expectation", "formats",
    "frozen_point", "judge", "observation", "tolerance", "worker",
)  # fmt: skip
"""The modules of the engine that take part in a verdict: a change in one of them makes every key another."""


def record_of(
    cell: Cell,
    outcome: Outcome | Lost | None,
    *,
    version: str,
    reference_values: Mapping[str, Observed] | str | None = None,
) -> CellRecord:
    """Return the record of a cell: judged where there is an outcome, else with the reason why there is none."""
    case, target = cell.variant.loaded.case, cell.target
    record = CellRecord(
        cell=cell.id,
        case=cell.variant.loaded.full_id,
        axes=cell.variant.plain_axes,
        framework=target.framework,
        version=version,
        device=target.device,
        mode=target.mode,
        verdict="harness-error",
        message="",
        expected=plain_expected(cell.expected),
        because=None if cell.difference is None else cell.difference.because,
        documents=_documents(cell),
        native="" if cell.native is None else cell.native.text,
        key=key_of(cell, version) if cell.native is not None else "",
    )
    if cell.broken is not None:
        return dataclasses.replace(record, message=cell.broken)
    if cell.refused is not None:
        return dataclasses.replace(record, verdict="not-run", message=cell.refused)
    if cell.unsupported is not None or outcome is None:
        reason = cell.unsupported or f"there is no native source for {target.framework}"
        return dataclasses.replace(record, verdict="unsupported", message=reason, because=reason)
    knowns = [known for known in cell.variant.known if _applies(known, target, version)]
    known = next(iter(knowns), None)
    if isinstance(outcome, Lost):
        record = dataclasses.replace(record, verdict=outcome.kind, message=outcome.message, output=outcome.output)
        known = next((known for known in knowns if known.ends == outcome.kind), None)
        if known is None:
            return record
        return dataclasses.replace(record, verdict="known", because=known.because, issue=known.issue, known=known.kind)
    record = dataclasses.replace(
        record,
        observations={name: encode(value) for name, value in outcome.observations.items()},
        raised=None if outcome.raised is None else _json_fields(outcome.raised),
        warnings=tuple(_json_fields(warned) for warned in outcome.warnings),
        seconds=dict(outcome.seconds or {}),
        peak_memory=outcome.peak_memory,
        output=outcome.output,
    )
    if case.function is not None:
        return _derivative_record(record, cell, outcome, knowns)
    if isinstance(reference_values, str):
        message = (
            f"{_place(cell)}: the reference gave no value to hold the answer against: {reference_values}; "
            "write the expected value out, or look at `gradconf check --oracle`"
        )
        return dataclasses.replace(record, message=message)

    def judged(expected: Expected) -> Any:
        return judge(
            expected,
            outcome,
            unconnected=adapter(target.framework).profile.unconnected,
            lines=cell.lines,
            compiled=target.mode == "compiled",
            device=target.device,
            tolerance=case.tolerance,
            reference=reference_values,
        )

    judgement = judged(cell.expected)
    verdict, stale, message = verdict_of(
        judgement,
        difference=cell.difference,
        known=known,
        known_judgement=None if known is None else judged(parse_expected(known.observed)),
    )
    return dataclasses.replace(
        _told(record, cell, judgement, verdict, stale=stale, message=message),
        because=known.because if known is not None and verdict == "known" else record.because,
        issue=None if known is None else known.issue,
        known=None if known is None else known.kind,
    )


def _told(
    record: CellRecord, cell: Cell, judgement: Judgement, verdict: str, *, stale: bool, message: str
) -> CellRecord:  # fmt: skip
    """Return the record with what was judged; a message that a person has to act on begins with its place."""
    return dataclasses.replace(
        record,
        verdict=verdict,
        stale=stale,
        message=f"{_place(cell)}: {message}" if message and (verdict in FAILED or stale) else message,
        checks=judgement.checks,
        margin=judgement.margin,
    )


def _held_against_frozen(
    cell: Cell, chosen: Mapping[str, FrozenPoint], asked: Sequence[Point], outcome: Outcome
) -> tuple[Judgement, tuple[PointCheck, ...]]:
    case, axes = cell.variant.loaded.case, cell.variant.axes
    ways = getattr(adapter(cell.target.framework), "ways", None)
    return judge_points(
        chosen,
        outcome.observations.get("answers"),
        order=order_of(str(axes["way"])),
        dtype=str(axes["dtype"]),
        device=cell.target.device,
        signature=case.signature,
        arguments=tuple(function_program(cell.variant).functions["f"]),
        imaginary_sign=1 if ways is None else ways.imaginary_sign,
        shapes={point.name: [np.shape(value) for value in point.values] for point in asked},
    )


def _derivative_record(record: CellRecord, cell: Cell, outcome: Outcome, knowns: Sequence[Known]) -> CellRecord:
    """Return the record of a cell of a derivative case, every point held against its frozen value."""
    case, axes = cell.variant.loaded.case, cell.variant.axes
    if outcome.raised is not None:
        message = f"{_place(cell)}: raised {outcome.raised.type} outside its points: {outcome.raised.message}"
        return dataclasses.replace(record, message=message)
    ways = getattr(adapter(cell.target.framework), "ways", None)
    asked, frozen = points_asked(cell.variant), frozen_points(cell.variant)
    lacks = [] if ways is None else [*ways.no_rule, *ways.no_kernel]
    chosen = {point.name: frozen[point.name] for point in asked}
    if axes["way"] == CONSISTENCY:
        judgement, checks = judge_consistency(
            chosen,
            outcome.observations.get("answers"),
            dtype=str(axes["dtype"]),
            device=cell.target.device,
            signature=case.signature,
            lacks=lacks,
        )
    else:
        judgement, checks = _held_against_frozen(cell, chosen, asked, outcome)
    lacking = missing_rule(checks, lacks)
    if lacking is not None:
        return dataclasses.replace(record, verdict="unsupported", message=lacking, because=lacking)
    there = {check.record.name for check in checks}
    known = {name: item for name, item in known_points(knowns).items() if name in there}
    verdict, stale, message = with_known(judgement, checks, known)
    because, issue, kind = reasons_of(checks, known)
    return dataclasses.replace(
        _told(record, cell, judgement, verdict, stale=stale, message=message),
        because=because if verdict == "known" else None,
        issue=issue,
        known=kind,
    )


def _json_fields(record: Raised | Warned) -> dict[str, Any]:
    return {**dataclasses.asdict(record), "bases": list(record.bases)}


def _applies(known: Known, target: Target, version: str) -> bool:
    return known_applies(known, target.framework, version, target.device, target.mode)


def _place(cell: Cell) -> str:
    special = [word for word in (cell.target.device, cell.target.mode) if word not in ("cpu", "eager")]
    return f"{cell.variant.id} on {cell.target.framework}" + (f" ({', '.join(special)})" if special else "")


def _documents(cell: Cell) -> tuple[str, ...]:
    """Return the ids of the statements behind what is expected, the difference's own first."""
    case = cell.variant.loaded.case
    statements = [] if cell.difference is None else list(cell.difference.covers)
    statements += [*case.covers, *case.refutes]
    if any(form == IsWord(word="unconnected") for form in cell.expected.names.values()):
        statements.append(adapter(cell.target.framework).profile.unconnected.statement)
    return tuple(dict.fromkeys(statement for statement in statements if statement))


def key_of(cell: Cell, version: str) -> str:
    """Return the hash of all that decides a cell: source, expectation, version, device, adapter and engine."""
    case = cell.variant.loaded.case
    native = cell.native
    deciding = {
        "cell": cell.id,
        "native": None if native is None else [native.text, list(native.line_map), dict(native.observe)],
        "expected": plain_expected(cell.expected),
        "difference": None if cell.difference is None else cell.difference.because,
        "known": [known.model_dump() for known in cell.variant.known if known.framework == cell.target.framework],
        "tolerance": None if case.tolerance is None else case.tolerance.model_dump(),
        "lines": dict(cell.lines),
        "frozen": frozen_points(cell.variant) if case.function is not None else None,
        "version": version,
        "adapter": _adapter_hash(cell.target.framework),
        "reference": _adapter_hash("reference") if needs_reference(cell) else "",
        "engine": _engine_hash(),
    }
    return hashlib.sha256(json.dumps(deciding, sort_keys=True, default=repr).encode()).hexdigest()


def needs_reference(cell: Cell) -> bool:
    """Return whether a cell (or a known failure of its case) expects the reference's value of something."""
    if cell.variant.loaded.case.function is not None:
        return False
    known = (parse_expected(known.observed) for known in cell.variant.known)
    return any(_numeric(form) for expected in (cell.expected, *known) for form in expected.names.values())


def _numeric(form: Expectation) -> bool:
    match form:
        case IsWord(word="numeric"):
            return True
        case ListOf(items=items):
            return any(map(_numeric, items))
        case DictOf(items=entries):
            return any(map(_numeric, entries.values()))
    return False


@functools.cache
def _adapter_hash(framework: str) -> str:
    return _hash_of(sorted(adapter(framework).runtime.parent.glob("*.py")))


@functools.cache
def _engine_hash() -> str:
    folder = Path(__file__).parent
    return _hash_of([file for name in _DECIDING if (file := folder / f"{name}.py").exists()])


def _hash_of(files: Sequence[Path]) -> str:
    total = hashlib.sha256()
    for file in files:
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()
