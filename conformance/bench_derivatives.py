"""Derivative cases beside the frameworks' own derivative checks: how many a second, and which faults each notices.

Both sides check the same operations in the same worker process and in the same run, each after a pass that is not
counted; then both are given the same functions with planted wrong rules (``conformance.planted``). A framework's own
checker is called as its documentation shows, on random normal inputs of the shape that the case's first point has
(made positive, or put between 0 and 1, where the operation has no value elsewhere). The derivative cases take the path
of every case: catalogued points, the exact value that was frozen, every way of the tier, and a verdict.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance.bundled import cases_root
from conformance.derivatives import TIERS
from conformance.errors import WorkerError
from conformance.frozen import points_asked
from conformance.load import load_cases
from conformance.lowering.derivative import lower_derivative
from conformance.lowering.native import NativeSource
from conformance.observation import Outcome, Scalar
from conformance.plan import Cell, Selection, Target, function_program, plan
from conformance.planted import FAULTS, Checks, Fault
from conformance.registry import adapter
from conformance.results import FAILED, CellRecord
from conformance.runner import run_cells

if TYPE_CHECKING:
    from conformance.adapter import Adapter
    from conformance.load import LoadedCase
    from conformance.planted import Checker
    from conformance.pool import Pool
    from conformance.program import Program

MEASURED: Final[Mapping[str, tuple[str, ...]]] = {
    "derivatives/elementary": (
        "abs", "negative", "reciprocal", "square", "sqrt", "exp", "exp2", "expm1", "log", "log1p", "sin", "cos", "tan",
        "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    ),
    "derivatives/activation": (
        "relu", "elu", "gelu", "silu", "softplus", "softsign", "hardswish", "mish", "sigmoid", "log_sigmoid",
    ),
    "derivatives/special": ("erf", "lgamma", "sinc", "bessel_i0e"),
    "derivatives/binary": ("add", "multiply", "divide", "atan2", "hypot", "maximum"),
    "derivatives/reduction": ("sum", "prod", "logsumexp", "softmax", "cumulative_prod", "linalg.vector_norm", "max"),
    "derivatives/matrix": ("linalg.det", "linalg.inv", "linalg.matrix_exp"),
}  # fmt: skip
"""The fifty operations: of every kind, and in all three frameworks."""

MEASURED_TIERS: Final = tuple(tier for tier in TIERS if tier != "exhaustive")
"""The tiers that are eager, as the frameworks' own checkers are."""

INPUTS: Final[Mapping[str, str]] = {
    "generic": "random.standard_normal(shape)",
    "generic-positive": "np.abs(random.standard_normal(shape)) + 0.1",
    "generic-unit": "1 / (1 + np.exp(-random.standard_normal(shape)))",
    "generic-above-one": "np.abs(random.standard_normal(shape)) + 1.1",
    "symmetric": "(lambda m: m @ m.T + np.eye(len(m)))(random.standard_normal(shape))",
}
"""What a checker is given, by the first catalogued point that lies in the domain of the operation."""

CALL: Final = """\
import time

import numpy as np
{imports}
{definition}

{array}

{check}

random = np.random.default_rng(0)
inputs = tuple(array({inputs}) for shape in {shapes})
began = time.perf_counter()
try:
    check(f, inputs)
    said = ""
except Exception as error:
    said = f"{{type(error).__name__}}: {{error}}"[:2000]
seconds = time.perf_counter() - began
"""
"""One call of a framework's own checker: what it said and how long it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one checker did: ``cells`` of ours or calls of theirs, and ``answers``, derivatives one way at one point.

    ``wrong``: operations of the fifty of which it says that a derivative is wrong, known failures included;
    ``noticed``: planted faults that it notices where it finds nothing wrong with the right rule of the same function;
    ``alarms``: those right rules that it says are wrong, each with the way, or with what it said.
    """

    checker: str
    operations: int
    cells: int
    answers: int
    seconds: float
    wrong: tuple[str, ...]
    noticed: tuple[str, ...]
    alarms: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lowered:
    """An adapter that lowers every program to the same text, so that a planted rule goes the way of every case."""

    whole: Adapter
    text: str

    @property
    def profile(self) -> Any:
        """The framework's own."""
        return self.whole.profile

    @property
    def ways(self) -> Any:
        """The framework's own."""
        return getattr(self.whole, "ways", None)

    def lower(self, program: Program, **_: Any) -> NativeSource:
        """Return the text, whatever the program."""
        del program
        return NativeSource(text=self.text, line_map=(None,) * len(self.text.splitlines()), observe={})


def measured_rows(
    framework: str, *, pool: Pool, timeout: float, operations: int | None = None, faults: Sequence[Fault] = FAULTS
) -> list[Row]:
    """Return a row for each of a framework's own checkers and for each tier of ours, with the first ``operations``.

    Raises:
        WorkerError: the framework cannot be used, or a call of its own checker has no end.
    """
    asked = [(case, op) for case, ops in MEASURED.items() for op in ops][:operations]
    loaded = {case.full_id: case for case in load_cases([cases_root() / "derivatives"]) if case.case.function}
    checks: Checks = adapter(framework).checks  # type: ignore[attr-defined]
    sides: list[_Theirs | _Ours] = [
        _Theirs(framework, title, checks, checker, pool=pool, timeout=timeout)
        for title, checker in checks.checkers.items()
    ]
    sides += [_Ours(framework, tier, checks, pool=pool, timeout=timeout) for tier in MEASURED_TIERS]
    return [side.row(asked, loaded, faults) for side in sides]


def _cells(loaded: LoadedCase, operation: str, *, framework: str, tier: str) -> list[Cell]:
    """Return the eager cells of one operation of a derivative case."""
    cells = plan([loaded], [Target(framework=framework)], selection=Selection(tier=tier, text=f"[op={operation},"))
    return [cell for cell in cells if cell.variant.labels["op"] == operation]


def _head(framework: str, cell: Cell, *, wide: bool) -> tuple[str, str]:
    """Return the lines before the definition of ``f`` in the lowered function of a cell, and the definition."""
    lowered = adapter(framework).lower(function_program(cell.variant), observe=(), mode="eager", wide=wide)
    before, name, definition = lowered.text.partition("def f(")
    return before, name + definition


class _Theirs:
    """One of a framework's own checkers."""

    def __init__(
        self, framework: str, title: str, checks: Checks, checker: Checker, *, pool: Pool, timeout: float
    ) -> None:
        self._framework, self._title, self._checks, self._checker = framework, title, checks, checker
        self._pool, self._timeout = pool, timeout

    def row(self, asked: Sequence[tuple[str, str]], loaded: Mapping[str, LoadedCase], faults: Sequence[Fault]) -> Row:
        """Return what it did."""
        calls = {(case, op): self._call(loaded[case], op) for case, op in asked}
        for call in calls.values():
            self._said(call)
        seconds, wrong = 0.0, []
        for (_, op), call in calls.items():
            said, took = self._said(call)
            seconds += took
            if said:
                wrong.append(op)
        noticed, alarms = [], []
        for fault in faults:
            inputs = "" if fault.inputs == "normal" else fault.inputs
            right, planted = (
                self._said(self._call(loaded[fault.case], fault.operation, rule=rule, inputs=inputs))[0]
                for rule in self._checks.rules[fault.name]
            )
            if right:
                alarms.append((fault.name, right))
            elif planted:
                noticed.append(fault.name)
        return Row(
            checker=self._title, operations=len(asked), cells=len(asked), answers=len(asked) * self._checker.answers,
            seconds=seconds, wrong=tuple(wrong), noticed=tuple(noticed), alarms=tuple(alarms),
        )  # fmt: skip

    def _call(self, loaded: LoadedCase, operation: str, *, rule: str = "", inputs: str = "") -> NativeSource:
        cell = _cells(loaded, operation, framework=self._framework, tier="quick")[0]
        point = points_asked(cell.variant)[0]
        head, definition = _head(self._framework, cell, wide=self._checker.wide)
        text = CALL.format(
            imports="\n".join((*self._checks.imports, head)),
            definition=rule or definition,
            array=self._checks.array,
            check=self._checker.check,
            inputs=INPUTS[inputs or point.name],
            shapes=[_shape(value) for value in point.values],
        )
        return NativeSource(text=text, line_map=(), observe={"said": "said", "seconds": "seconds"})

    def _said(self, call: NativeSource) -> tuple[str, float]:
        """Return what the checker said, nothing where it found no fault, and the seconds that it took."""
        name = f"bench/{self._title}"
        outcome = self._pool.run(Target(framework=self._framework), call, cell_id=name, timeout=self._timeout)
        if not isinstance(outcome, Outcome):
            raise WorkerError(f"bench: {outcome.message}")
        match outcome.observations.get("said"), outcome.observations.get("seconds"):
            case Scalar(value=str() as said), Scalar(value=float() as seconds):
                return said, seconds
        raise WorkerError(f"bench: {self._title} could not be called: {outcome.raised}")


class _Ours:
    """The derivative cases in one tier."""

    def __init__(self, framework: str, tier: str, checks: Checks, *, pool: Pool, timeout: float) -> None:
        self._framework, self._tier, self._checks = framework, tier, checks
        self._pool, self._timeout = pool, timeout

    def row(self, asked: Sequence[tuple[str, str]], loaded: Mapping[str, LoadedCase], faults: Sequence[Fault]) -> Row:
        """Return what they did."""
        cells = [cell for case, op in asked for cell in self._cells(loaded[case], op) if cell.native is not None]
        self._run(cells)
        began = time.perf_counter()
        records = self._run(cells)
        seconds = time.perf_counter() - began
        faulty = {record.axes["op"] for record in records if record.verdict in FAILED | {"known"}}
        noticed, alarms = [], []
        for fault in faults:
            of_fault = [_without_known(cell) for cell in self._cells(loaded[fault.case], fault.operation)]
            right, planted = (
                {record.cell: record for record in self._run([self._with_rule(cell, rule) for cell in of_fault])}
                for rule in self._checks.rules[fault.name]
            )
            failing = {cell for cell, record in right.items() if record.verdict in FAILED}
            alarms += [(fault.name, str(right[cell].axes["way"])) for cell in right if cell in failing]
            if any(record.verdict in FAILED for cell, record in planted.items() if cell not in failing):
                noticed.append(fault.name)
        return Row(
            checker=f"derivative cases, {self._tier}", operations=len(asked), cells=len(cells),
            answers=sum(len(points_asked(cell.variant)) for cell in cells), seconds=seconds,
            wrong=tuple(op for _, op in asked if op in faulty), noticed=tuple(noticed), alarms=tuple(alarms),
        )  # fmt: skip

    def _cells(self, loaded: LoadedCase, operation: str) -> list[Cell]:
        return _cells(loaded, operation, framework=self._framework, tier=self._tier)

    def _run(self, cells: Iterable[Cell]) -> list[CellRecord]:
        return list(run_cells(tuple(cells), jobs=1, timeout=self._timeout, pool=self._pool))

    def _with_rule(self, cell: Cell, rule: str) -> Cell:
        """Return the cell of the same variant whose function is defined by a rule."""
        wide = cell.variant.axes["dtype"] == "float64"
        head, _ = _head(self._framework, cell, wide=wide)
        imports = [line for line in self._checks.imports if line not in head]
        lowered = _Lowered(whole=adapter(self._framework), text="\n".join((*imports, head, rule)))
        native = lower_derivative(
            lowered,  # type: ignore[arg-type]  # it lowers, which is all that is asked of it
            function_program(cell.variant),
            way=str(cell.variant.axes["way"]),
            dtype=str(cell.variant.axes["dtype"]),
            mode="eager",
            device=cell.target.device,
            points={point.name: point.values for point in points_asked(cell.variant)},
        )
        return dataclasses.replace(cell, native=native)


def _without_known(cell: Cell) -> Cell:
    """Return a cell whose case knows of no failures: those of the framework's own rule are not the planted one's."""
    loaded = cell.variant.loaded
    case = loaded.case.model_copy(update={"known": []})
    variant = dataclasses.replace(cell.variant, loaded=dataclasses.replace(loaded, case=case))
    return dataclasses.replace(cell, variant=variant)


def _shape(value: Any) -> tuple[int, ...]:
    return (len(value), *_shape(value[0])) if isinstance(value, list) else ()


def table(rows: Sequence[Row], faults: Sequence[Fault] = FAULTS) -> list[str]:
    """Return two tables as lines: how fast each checker is and what it found, and which fault it noticed."""
    width = max(len(row.checker) for row in rows)
    count = f"of {len(faults)}"
    head = (
        f"{'checker':<{width}}  {'ops':>3}  {'cells':>5}  {'answers':>7}  {'seconds':>8}  {'cells/s':>8}"
        f"  {'answers/s':>9}  {'wrong':>5}  {'noticed':>7}  {'alarms':>6}"
    )
    lines = [head, "-" * len(head)]
    lines += [
        f"{row.checker:<{width}}  {row.operations:>3}  {row.cells:>5}  {row.answers:>7}  {row.seconds:>8.3f}"
        f"  {row.cells / row.seconds:>8.1f}  {row.answers / row.seconds:>9.1f}  {len(row.wrong):>5}"
        f"  {f'{len(row.noticed)} {count}':>7}  {len({name for name, _ in row.alarms}):>6}"
        for row in rows
    ]
    names = max(len(fault.name) for fault in faults)
    about = max(len(fault.about) for fault in faults)
    marks = [f"{'planted fault':<{names}}  {'':<{about}}  {'  '.join(f'({i})' for i, _ in enumerate(rows, start=1))}"]
    marks += [
        f"{fault.name:<{names}}  {fault.about:<{about}}  "
        + "  ".join("yes" if fault.name in row.noticed else " - " for row in rows)
        for fault in faults
    ]
    key = [f"({i}) {row.checker}{_alarms(row)}" for i, row in enumerate(rows, start=1)]
    return [*lines, *EXPLAINED, "", *marks, "", *key]


def _alarms(row: Row) -> str:
    """Return of how many functions with a right rule a checker says that they are wrong, by way."""
    by_way: dict[str, set[str]] = {}
    for name, way in row.alarms:
        by_way.setdefault(way, set()).add(name)
    told = [f"{way} of {', '.join(sorted(names))}" for way, names in by_way.items()]
    return f"; says that a right rule is wrong: {'; '.join(told)}" if told else ""


EXPLAINED: Final = (
    "cells: cells of ours, calls of theirs. answers: derivatives taken one way at one point and compared.",
    "wrong: operations of which it says that a derivative is wrong. noticed: planted wrong rules that it notices.",
    "alarms: the same functions with a right rule of which it says that a derivative is wrong, as told below.",
    "Inputs of theirs: random normal numbers (a covariance matrix of such for the inverse).",
)
