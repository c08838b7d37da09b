"""A results record of one derivative case: two operations on two frameworks, a kink, a known failure, a rounding."""

from __future__ import annotations

import sample

from conformance.results import CaseRecord, CellRecord, CheckRecord, Results

CASE = CaseRecord(
    case="derivatives/elementary",
    area="derivatives",
    title="The derivatives of elementary functions",
    program="def f(x):\n    return $op(x)\n",
    covers=(),
    refutes=(),
    points={"generic": "[0.5, -1.25]: an ordinary input", "zero": "0.0: where rules divide by the input"},
)

KINK = "d f / d x [-1, 1]"


def point(name: str, expected: str, observed: str, kind: str = "ok", fault: str = "") -> CheckRecord:
    message = f"{name}: {observed.replace(' x ', ' x is ')}; expected {expected} within 1e-07" if kind != "ok" else ""
    return CheckRecord(
        name=name, kind=kind, expected=expected, observed=observed, message=message, fault=fault,
        absolute=1e-8, relative=1e-8, ulp=0.5, used=0.25 if kind == "ok" else 8.0,
    )  # fmt: skip


def cell(
    op: str, way: str, dtype: str, framework: str, checks: tuple[CheckRecord, ...], because: str = ""
) -> CellRecord:
    name = f"{CASE.case}[op={op},way={way},dtype={dtype}]"
    message = "; ".join(check.message for check in checks if check.message)
    return CellRecord(
        cell=f"{name}@{framework}-cpu-eager", case=CASE.case, axes={"op": op, "way": way, "dtype": dtype},
        framework=framework, version={"torch": "2.13.0", "jax": "0.10.2"}[framework], device="cpu", mode="eager",
        verdict="known" if because else "conforms", message=message,
        checks=checks, because=because or None, known="bug" if because else None, margin=0.25,
        issue="https://example.org/issues/7" if because else None,
        native=f"import {framework}\n\ndef f(x):\n    return {framework}.{op}(x)\n\npoints = {{'zero': [0.0]}}\n",
    )  # fmt: skip


def derivatives() -> Results:
    """The case on PyTorch, which gets ``abs`` wrong at zero in its forward mode, and on JAX, which is right."""
    smooth = (point("generic", "d f / d x 0.5", "d f / d x 0.5"), point("zero", "d f / d x 1", "d f / d x 1"))
    choice = (smooth[0], point("zero", KINK, "d f / d x 0"))
    other = (smooth[0], point("zero", KINK, "d f / d x 1"))
    wrong = (smooth[0], point("zero", KINK, "d f / d x 7", "contradicts", "wrong"))
    cells = []
    for dtype in ("float32", "float64"):
        for framework in ("torch", "jax"):
            for way in ("reverse", "forward"):
                cells.append(cell("sin", way, dtype, framework, smooth))
        cells.append(cell("abs", "reverse", dtype, "torch", choice))
        cells.append(cell("abs", "forward", dtype, "torch", wrong, "the rule forgets the sign"))
        cells.append(cell("abs", "reverse", dtype, "jax", other))
        cells.append(cell("abs", "forward", dtype, "jax", other))
    return sample.results_of(cells, cases=(CASE,))
