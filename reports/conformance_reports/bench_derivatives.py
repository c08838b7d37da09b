"""Made-up cells of one derivative case, as large as real ones: a source with a table of points, a check a point."""

from __future__ import annotations

import random
from typing import Final

from conformance.results import CaseRecord, CellRecord, CheckRecord

CASE: Final = "derivatives/elementary"
WAYS: Final = (
    "reverse", "forward",
    "reverse-over-reverse", "forward-over-reverse", "reverse-over-forward", "forward-over-forward",
)  # fmt: skip
DTYPES: Final = ("float32", "float64")
FRAMEWORKS: Final = (("tensorflow", "2.21.0"), ("torch", "2.13.0"), ("jax", "0.10.2"))
POINTS: Final = tuple(f"point-{n}" for n in range(25))

_TABLE: Final = "\n".join(f"    {name!r}: [{n / 8!r}]," for n, name in enumerate(POINTS))
KNOWN: Final = 0.15
"""The share of the cells that are known failures, at four points each."""


def derivative_cells(count: int, dice: random.Random) -> tuple[CaseRecord, list[CellRecord]]:
    """Return a derivative case and so many of its cells: operations in all ways and data types on all frameworks."""
    record = CaseRecord(
        case=CASE,
        area="derivatives",
        title="The derivatives of elementary functions of one argument",
        program="def f(x):\n    return $op(x)\n",
        covers=(),
        refutes=(),
        points={name: f"{n / 8!r}: where rules divide by the input" for n, name in enumerate(POINTS)},
    )
    each = [(way, dtype, name, version) for way in WAYS for dtype in DTYPES for name, version in FRAMEWORKS]
    return record, [_cell(n // len(each), *each[n % len(each)], dice) for n in range(count)]


def _cell(operation: int, way: str, dtype: str, framework: str, version: str, dice: random.Random) -> CellRecord:
    failing = set(dice.sample(POINTS, 4)) if dice.random() < KNOWN else set()
    exact = random.Random(operation)
    checks = tuple(_check(name, 10 * exact.random(), name in failing, dice) for name in POINTS)
    name = f"{CASE}[op=op_{operation},way={way},dtype={dtype}]"
    return CellRecord(
        cell=f"{name}@{framework}-cpu-eager",
        case=CASE,
        axes={"op": f"op_{operation}", "way": way, "dtype": dtype},
        framework=framework,
        version=version,
        device="cpu",
        mode="eager",
        verdict="known" if failing else "conforms",
        message="; ".join(check.message for check in checks if check.message),
        checks=checks,
        because=f"What is seen of the rules of group {operation % 12} on {framework}." if failing else None,
        known="bug" if failing else None,
        native=_source(operation, way, dtype, framework),
        seconds={"run": dice.random() / 10},
        margin=1.0,
        key=f"{dice.getrandbits(128):032x}",
    )


def _check(name: str, exact: float, wrong: bool, dice: random.Random) -> CheckRecord:
    seen = exact * (1 + (0.5 if wrong else 1e-8) * dice.random())
    return CheckRecord(
        name=name,
        kind="contradicts" if wrong else "ok",
        expected=f"curvature {exact!r}; d f / d x {exact / 3!r}",
        observed=f"curvature {seen!r}; d f / d x {seen / 3!r}",
        message=f"{name}: curvature is {seen!r}; expected {exact!r} within 1e-07" if wrong else "",
        absolute=abs(seen - exact),
        relative=abs(seen - exact) / exact,
        ulp=round(8 * dice.random(), 2),
        used=round(dice.random(), 3),
        fault="wrong" if wrong else "",
    )


def _source(operation: int, way: str, dtype: str, framework: str) -> str:
    rule = "\n".join(f"    step_{n} = {framework}_{way.replace('-', '_')}(step_{n}, {dtype!r})" for n in range(24))
    function = f"def f(x):\n    return {framework}.op_{operation}(x)"
    return f"import {framework}\n\n{function}\n\n\ndef differentiate(x):\n{rule}\n\npoints = {{\n{_TABLE}\n}}\n"
