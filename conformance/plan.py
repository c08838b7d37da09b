"""Loaded cases and targets into cells: axes expanded, expectations merged, programs lowered, the selection applied.

The command line, the pytest plugin and the Python API share this, so that all give the same ids.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from conformance.axes import label_of, substitute
from conformance.derivatives import asked_of, function_text, in_mode
from conformance.errors import CaseError, ProgramError, Unsupported, UsageError
from conformance.expectation import ExpectationError, Expected, parse_expected
from conformance.formats import WIDE
from conformance.lowering.native import NativeSource
from conformance.observation import encode_number

if TYPE_CHECKING:
    from conformance.case import AxisValue, Case, Difference, Known
    from conformance.load import LoadedCase
    from conformance.program import Program

REFUSED: Final = "native source, which --no-native refuses to run; trust the folder and drop --no-native to run it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a cell runs: a framework, on a device, in a mode."""

    framework: str
    device: str = "cpu"
    mode: str = "eager"

    @property
    def id(self) -> str:
        """The target's part of a cell's id: ``torch-cpu-eager``."""
        return f"{self.framework}-{self.device}-{self.mode}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A case with one value for each of its axes; ``labels`` are the axes as the id shows them.

    ``tier`` says which points of a derivative case are asked for; every other case is the same in all tiers.
    """

    loaded: LoadedCase
    axes: Mapping[str, AxisValue]
    labels: Mapping[str, str] = field(default_factory=dict)
    tier: str = "exhaustive"

    @property
    def id(self) -> str:
        """The variant's id: ``watching/constant-needs-watch`` or ``casting/x[dtype=float16]``."""
        if not self.labels:
            return self.loaded.full_id
        return f"{self.loaded.full_id}[{','.join(f'{name}={text}' for name, text in self.labels.items())}]"

    @property
    def plain_axes(self) -> dict[str, Any]:
        """The axes as a results file takes them: NaN and the infinities are the strings ``nan``, ``inf``, ``-inf``."""
        return {name: _plain(value) for name, value in self.axes.items()}

    @property
    def known(self) -> tuple[Known, ...]:
        """The case's known failures that this variant may have, with the axes put into what is observed."""
        there = (known for known in self.loaded.case.known if known.holds_for(self.labels))
        if self.loaded.case.function is not None:
            return tuple(there)
        return tuple(known.model_copy(update={"observed": substitute(known.observed, self.axes)}) for known in there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A variant on a target: its native source, or why there is none, and what it must show.

    ``lines`` leads from an expected name to the program line that binds it. ``broken`` says how an adapter failed to
    lower the program by its own fault (the cell is a ``harness-error``), ``refused`` why it may not run (``not-run``).
    """

    variant: Variant
    target: Target
    native: NativeSource | None
    unsupported: str | None
    expected: Expected
    difference: Difference | None
    lines: Mapping[str, int]
    broken: str | None = None
    refused: str | None = None

    @property
    def id(self) -> str:
        """The cell's id: ``watching/constant-needs-watch@torch-cpu-eager``."""
        return f"{self.variant.id}@{self.target.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What of the cases is asked for; empty means all. ``shard`` is (I, N), I from 1.

    ``tier`` says how much of the derivative cases; every other case is in all tiers.
    """

    text: str = ""
    areas: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    shard: tuple[int, int] | None = None
    native: bool = True
    tier: str = "quick"

    def picks(self, variant: Variant) -> bool:
        """Return whether a variant is asked for."""
        case = variant.loaded.case
        return (
            (not self.areas or variant.loaded.area in self.areas)
            and (not self.tags or bool(set(self.tags) & set(case.tags)))
            and matches_text(self.text, f"{variant.id} {case.title}")
            and (self.shard is None or in_shard(variant.id, *self.shard))
        )


def parse_shard(text: str) -> tuple[int, int]:
    """Return (I, N) of ``I/N``; raise ``UsageError`` where it is not one."""
    found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(f"--shard: {text!r} is no part; it takes I/N with I from 1 to N, such as 2/4")
    return int(found[1]), int(found[2])


def in_shard(variant_id: str, part: int, parts: int) -> bool:
    """Return whether a variant belongs to a part; all targets of a variant do, so that agreement can be judged."""
    return int(hashlib.sha256(variant_id.encode()).hexdigest()[:12], 16) % parts == part - 1


def matches_text(text: str, haystack: str) -> bool:
    """Return whether the words of ``text`` (joined by ``and``, ``or``, ``not``) occur, whatever their capitals."""
    lowered = haystack.lower()

    def holds(term: str) -> bool:
        term = term.strip()
        return not holds(term[4:]) if term.startswith("not ") else term in lowered

    return any(all(holds(term) for term in either.split(" and ")) for either in text.lower().split(" or "))


def _plain(value: AxisValue) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return encode_number(value) if isinstance(value, float) else value


def expand(loaded: LoadedCase, tier: str = "exhaustive") -> tuple[Variant, ...]:
    """Return the variants of a case: the product of its axes in the order of the file, ``dtype`` last.

    A derivative case has the axes ``way`` and ``dtype``, with what the tier asks for.
    """
    case = loaded.case
    axes: list[list[tuple[str, str, Mapping[str, AxisValue]]]] = []
    for name, values in case.for_each.items():
        if isinstance(values, Mapping):  # labelled rows of several names: the label is for the id alone
            axes.append([(name, label, row) for label, row in values.items()])
        else:
            axes.append([(name, label_of(value), {name: value}) for value in values])
    if case.dtypes and "dtype" not in case.for_each:
        axes.append([("dtype", dtype, {"dtype": dtype}) for dtype in case.dtypes])
    if case.function is not None:
        axes.append([("way", way, {"way": way, "dtype": dtype}) for way, dtype in asked_of(case, tier)])
    variants = []
    for steps in itertools.product(*axes):
        values_of: dict[str, AxisValue] = {}
        for _, _, row in steps:
            values_of.update(row)
        labels = {name: label for name, label, _ in steps}
        if case.function is not None:
            labels["dtype"] = str(values_of["dtype"])
        variants.append(Variant(loaded=loaded, axes=values_of, labels=labels, tier=tier))
    return tuple(variants)


def expected_of(variant: Variant, framework: str, mode: str) -> tuple[Expected, Difference | None]:
    """Return what a variant must show on a framework in a mode, and the documented difference that made it so.

    A difference replaces the entries that it names. With ``raises``, only what it names is expected; a ``raises`` of
    the case falls where the difference does not raise.
    """
    case = variant.loaded.case
    if case.function is not None:
        return Expected(names={}), None
    wanted: Mapping[str, Any] = case.expect if case.native is None else case.expect[framework]
    difference = case.difference(framework, mode)
    if difference is not None and "raises" in difference.expect:
        wanted = difference.expect
    elif difference is not None:
        wanted = {**{name: item for name, item in wanted.items() if name != "raises"}, **difference.expect}
    try:
        return parse_expected(substitute(dict(wanted), variant.axes)), difference
    except ExpectationError as error:
        raise _case_error(
            variant, f"expect.{'.'.join(map(str, error.path))}: {error} (with its axes put in)"
        ) from error


def modes_of(case: Case) -> tuple[str, ...]:
    """Return the modes of a case; native source is not compiled for its author, so it is eager unless it says more."""
    if case.native is not None and "modes" not in case.model_fields_set:
        return ("eager",)
    return tuple(case.modes)


def cell_of(variant: Variant, target: Target) -> Cell:
    """Return the cell of a variant on a target, lowered to native source; what a framework lacks becomes its reason."""
    case = variant.loaded.case
    expected, difference = expected_of(variant, target.framework, target.mode)
    native: NativeSource | None = None
    lines: Mapping[str, int] = {}
    unsupported = case.unsupported.get(f"{target.framework}-{target.mode}") or case.unsupported.get(target.framework)
    broken: str | None = None
    if unsupported is None:
        try:
            if case.function is not None:
                native = _derivative(variant, target)
            elif case.native is not None:
                native, lines = _native(variant, target, expected)
            else:
                native, lines = _lowered(variant, target, expected)
        except Unsupported as reason:
            unsupported = reason.reason
        except CaseError:
            raise
        except Exception as error:  # an adapter's fault costs its own cells, never the run
            broken = f"the {target.framework} adapter could not lower it: {type(error).__name__}: {error}"
    return Cell(
        variant=variant, target=target, native=native, unsupported=unsupported,
        expected=expected, difference=difference, lines=lines, broken=broken,
    )  # fmt: skip


def _native(variant: Variant, target: Target, expected: Expected) -> tuple[NativeSource, Mapping[str, int]]:
    """Return native source as it is written, with the axes put in; every line stands for itself."""
    assert variant.loaded.case.native is not None
    text = substitute(f"{variant.loaded.case.native[target.framework].rstrip()}\n", variant.axes)
    source = NativeSource(
        text=text,
        line_map=tuple(range(1, text.count("\n") + 1)),
        observe={name: name for name in expected.names},
    )
    return source, {name: line for name, line in _bound_lines(text).items() if name in expected.names}


def _derivative(variant: Variant, target: Target) -> NativeSource:
    """Return the program of a way at all points that were frozen for the variant.

    Raises:
        Unsupported: the framework has no such function or way, or no point is exact in the data type.
    """
    from conformance.frozen import points_asked
    from conformance.lowering.derivative import lower_derivative
    from conformance.points import SIGNATURES
    from conformance.registry import adapter

    signature = variant.loaded.case.signature
    points = points_asked(variant)
    if not points:
        raise Unsupported(f"no point of it is exact in {variant.axes['dtype']}")
    return lower_derivative(
        adapter(target.framework),
        function_program(variant),
        way=str(variant.axes["way"]),
        dtype=str(variant.axes["dtype"]),
        mode=target.mode,
        device=target.device,
        elementwise=signature is not None and SIGNATURES[signature].elementwise,
        points={point.name: point.values for point in points},
    )


def function_program(variant: Variant) -> Program:
    """Return the parsed function of a derivative variant."""
    from conformance.program import parse_program

    case = variant.loaded.case
    try:
        return parse_program(function_text(case, variant.axes), axes={"dtype": variant.axes.get("dtype", "float64")})
    except ProgramError as error:
        raise _case_error(variant, str(error)) from error


def _bound_lines(text: str) -> dict[str, int]:
    """Return the first line that binds each name of Python source; empty where it cannot be parsed."""
    lines: dict[str, int] = {}
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return lines
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    return lines


def _lowered(variant: Variant, target: Target, expected: Expected) -> tuple[NativeSource, Mapping[str, int]]:
    from conformance.registry import adapter

    program, data = _program(variant)
    lowering = adapter(target.framework)
    native = lowering.lower(
        program,
        observe=tuple(expected.names),
        mode=target.mode,
        device=target.device,
        wide=variant.axes.get("dtype") in WIDE,
        data=data,
    )
    return native, {name: line for name, line in program.bound.items() if name in expected.names}


def reference_source(variant: Variant) -> NativeSource:
    """Return a variant's program for the reference, observing every name that the case or a difference expects.

    Raises:
        Unsupported: the reference cannot compute it; or the case is native source, which it cannot run.
    """
    from conformance.registry import reference

    case = variant.loaded.case
    if case.program is None:
        raise Unsupported("there is no program for the reference")
    program, data = _program(variant)
    expected = [case.expect, *(difference.expect for difference in case.differs.values())]
    names = dict.fromkeys(name for mapping in expected for name in mapping if name in program.bound)
    tracked = [name for mapping in expected for name in mapping if name in program.tracked]
    return reference().lower(
        program,
        observe=tuple(dict.fromkeys((*names, *tracked))),
        mode="eager",
        device="cpu",
        wide=True,
        data=data,
    )


def _program(variant: Variant) -> tuple[Program, Mapping[str, str]]:
    case = variant.loaded.case
    assert case.program is not None
    try:
        return _parsed(
            case.program,
            json.dumps(dict(variant.axes), sort_keys=False),
            json.dumps(substitute(dict(case.data), variant.axes)),
        )
    except ProgramError as error:
        raise _case_error(variant, str(error)) from error


@functools.lru_cache(maxsize=4096)
def _parsed(text: str, axes_json: str, data_json: str) -> tuple[Program, Mapping[str, str]]:
    """Parse once for all targets; the arguments are text so that they can be a key."""
    from conformance.data import data_lines
    from conformance.program import parse_program

    axes, data = json.loads(axes_json), json.loads(data_json)
    lines = data_lines(data, axes) if data else {}
    return parse_program(text, axes=axes, data=[name for name in data if name != "seed"]), lines


def _case_error(variant: Variant, message: str) -> CaseError:
    return variant.loaded.error(f"{variant.id}: {message}")


def applies(variant: Variant, target: Target) -> bool:
    """Return whether a variant has a cell on a target: its modes and devices, and native source for the framework."""
    case, axes = variant.loaded.case, variant.axes
    return (
        target.mode in modes_of(case)
        and (case.function is None or in_mode(str(axes["way"]), str(axes["dtype"]), target.mode, variant.tier))
        and target.device in case.devices
        and (case.native is None or target.framework in case.native)
    )


def variants(loaded_cases: Iterable[LoadedCase], *, selection: Selection | None = None) -> Iterator[Variant]:
    """Yield the variants of the cases that the selection picks."""
    chosen = selection or Selection()
    for loaded in loaded_cases:
        yield from (variant for variant in expand(loaded, chosen.tier) if chosen.picks(variant))


def plan(
    loaded_cases: Iterable[LoadedCase], targets: Sequence[Target], *, selection: Selection | None = None
) -> tuple[Cell, ...]:
    """Return the cells of the cases on the targets, case by case.

    Raises:
        CaseError: a case that cannot be used with its axes put in.
    """
    chosen = selection or Selection()
    cells = (
        cell_of(variant, target)
        for variant in variants(loaded_cases, selection=chosen)
        for target in targets
        if applies(variant, target)
    )
    if chosen.native:
        return tuple(cells)
    return tuple(
        cell if cell.variant.loaded.case.native is None else dataclasses.replace(cell, native=None, refused=REFUSED)
        for cell in cells
    )
