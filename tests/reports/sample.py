"""A results record made by hand: three frameworks, two modes, every verdict, a training case, and text that attacks."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.results import (
    CaseRecord,
    CellRecord,
    CheckRecord,
    Footer,
    Header,
    Results,
    StatementRecord,
    TargetRecord,
)

VERSIONS = {"tensorflow": "2.21.0", "torch": "2.13.0", "jax": "0.10.2"}
TITLES = {"tensorflow": "TensorFlow", "torch": "PyTorch", "jax": "JAX"}
MODES = ("eager", "compiled")

HOSTILE = (
    "<script>alert(1)</script> \"quoted' & </pre></details></script> "
    "\u202egnp.exe \x00 \x1b[31m ]]> `tick` | pipe {{ 7*7 }}"
)


def targets() -> tuple[TargetRecord, ...]:
    return tuple(
        TargetRecord(
            framework=framework,
            title=TITLES[framework],
            version=version,
            device="cpu",
            device_name="8-core x86-64",
            mode=mode,
            python="3.11.2",
            os="Linux 6.1 (Debian 12)",
            import_seconds={"tensorflow": 3.1, "torch": 1.62, "jax": 0.71}[framework],
        )
        for framework, version in VERSIONS.items()
        for mode in MODES
    )


STATEMENTS = (
    StatementRecord(
        id="tf-watch-constant-is-not-automatic",
        source="guide-autodiff",
        title="Introduction to gradients and automatic differentiation",
        url="https://www.tensorflow.org/guide/autodiff",
        section="Controlling what the tape watches",
        says="A tensor that is not a variable is not watched by itself: its gradient is None until it is watched.",
    ),
    StatementRecord(
        id="jax-grad-argnums-int",
        source="jax-api",
        title="jax.grad",
        url="https://docs.jax.dev/en/latest/_autosummary/jax.grad.html",
        section="Parameters",
        says="argnums says which positional arguments to differentiate with respect to; nothing is watched.",
    ),
    StatementRecord(
        id="tf-seed-second-gradient-returns-none",
        source="seed-gradienttape-tutorial",
        title="GradientTape tutorial",
        url="https://www.tensorflow.org/guide/autodiff#intermediate_results",
        section="Persistent tapes",
        says="A second call to gradient on a tape that is not persistent returns None.",
    ),
    StatementRecord(
        id="tf-seed-linear-model-converges",
        source="seed-gradienttape-tutorial",
        title="GradientTape tutorial",
        url="https://www.tensorflow.org/guide/basic_training_loops",
        section="Training loop",
        says="Gradient descent on the linear model finds a weight near 3 and a bias near 2.",
    ),
    StatementRecord(
        id="hostile-link",
        source=HOSTILE,
        title=HOSTILE,
        url="javascript:alert(1)",
        section=HOSTILE,
        says=HOSTILE,
    ),
)

CONSTANT = """x = constant(3.0)
with tape() as t:
    y = x ** 2
dy_dx = t.gradient(y, x)
"""

PERSISTENT = """x = variable(2.0)
with tape() as t:
    y = x ** 3
first = t.gradient(y, x)
second = t.gradient(y, x)
"""

CAST = """x = variable(2.0)
with tape() as t:
    y = astype(x, dtype) ** 2
dy_dx = t.gradient(y, x)
"""

TRAINING = """w = variable(5.0)
b = variable(0.0)
for epoch in range(100):
    with tape() as t:
        loss = mean((w * xs + b - ys) ** 2)
    dw, db = t.gradient(loss, [w, b])
    w.assign_sub(0.1 * dw)
    b.assign_sub(0.1 * db)
    track(loss)
fit = w * xs + b
"""

NATIVE = {
    "tensorflow": """import tensorflow as tf

{name} = tf.constant(3.0)
with tf.GradientTape() as t:
    y = {name} ** 2  # the tape records what it watches
dy_dx = t.gradient(y, {name})
""",
    "torch": """import torch

{name} = torch.tensor(3.0)
y = {name} ** 2
dy_dx, = torch.autograd.grad(y, {name})
""",
    "jax": """import jax
import jax.numpy as jnp

{name} = jnp.asarray(3.0)


def y_of_{name}({name}):
    y = {name} ** 2
    return y


dy_dx = jax.grad(y_of_{name})({name})
""",
}

COMPILED = {"tensorflow": "@tf.function", "torch": "@torch.compile", "jax": "@jax.jit"}


def array(values: Sequence[float], shape: Sequence[int] | None = None) -> dict[str, Any]:
    data = [v if math.isfinite(v) else str(v) for v in values]
    return {
        "kind": "array",
        "dtype": "float32",
        "shape": list(shape if shape is not None else [len(data)]),
        "data": data,
    }


def native_of(framework: str, mode: str, name: str = "x") -> str:
    text = NATIVE[framework].format(name=name)
    if mode == "eager":
        return text
    head, _, body = text.partition("\n\n")
    inner = "\n".join(f"    {line}" if line else "" for line in body.strip("\n").split("\n"))
    return f"{head}\n\n\n{COMPILED[framework]}\ndef run():\n{inner}\n    return dy_dx\n\n\ndy_dx = run()\n"


def cell(case: str, framework: str, mode: str, verdict: str = "conforms", **fields: Any) -> CellRecord:
    axes: Mapping[str, Any] = fields.pop("axes", {})
    label = f"{case}[{','.join(f'{k}={v}' for k, v in axes.items())}]" if axes else case
    ident = f"{label}@{framework}-cpu-{mode}"
    values: dict[str, Any] = {
        "cell": ident,
        "case": case,
        "axes": axes,
        "framework": framework,
        "version": VERSIONS.get(framework, ""),
        "device": "cpu",
        "mode": mode,
        "verdict": verdict,
        "message": "",
        "checks": (number_check("dy_dx", 6.0),),
        "observations": {"dy_dx": array([6.0], [])},
        "expected": {"dy_dx": 6.0},
        "native": native_of(framework, mode) if framework in NATIVE else "",
        "margin": 0.0,
        "seconds": {"compile": 0.0 if mode == "eager" else 0.043, "run": 0.0021},
        "key": hashlib.sha256(ident.encode()).hexdigest()[:16],
    }
    return CellRecord(**{**values, **fields})


def number_check(
    name: str, expected: float, off: float = 0.0, kind: str = "ok", message: str = "", bound: float = 3.8e-06
) -> CheckRecord:
    return CheckRecord(
        name=name,
        kind=kind,
        expected=f"{expected:g}",
        observed=f"{expected + off:.9g} (float32, shape ())",
        message=message,
        absolute=abs(off),
        relative=abs(off / expected),
        ulp=round(abs(off) / 4.77e-07, 1),
        used=round(abs(off) / bound, 3),
    )


def losses(start: float, floor: float, rate: float, count: int = 100) -> list[float]:
    return [floor + (start - floor) * math.exp(-rate * step) for step in range(count)]


def _watching() -> list[CellRecord]:
    case = "watching/constant-needs-watch"
    none = CheckRecord(name="dy_dx", kind="ok", expected="unconnected: None", observed="None")
    raised = {
        "type": "RuntimeError",
        "bases": ["Exception", "BaseException"],
        "message": "element 0 of tensors does not require grad and does not have a grad_fn",
        "native_line": 5,
        "program_line": 4,
        "traceback": "",
    }
    raises = CheckRecord(
        name="dy_dx",
        kind="ok",
        expected="unconnected: raises RuntimeError at line 4",
        observed="RuntimeError at line 4: element 0 of tensors does not require grad",
    )
    cells = []
    for mode in MODES:
        cells.append(
            cell(case, "tensorflow", mode, checks=(none,), observations={"dy_dx": {"kind": "none"}},
                 expected={"dy_dx": "unconnected"}, margin=None)
        )  # fmt: skip
        cells.append(
            cell(case, "torch", mode, checks=(raises,), observations={}, raised=raised,
                 expected={"dy_dx": "unconnected"}, margin=None)
        )  # fmt: skip
        cells.append(
            cell(case, "jax", mode, "differs",
                 because="jax.grad differentiates with respect to the arguments it is told to; there is no watch list.",
                 documents=("jax-grad-argnums-int",))
        )  # fmt: skip
    return cells


def _lifecycle() -> list[CellRecord]:
    case = "lifecycle/tape-is-consumed"
    raised = {
        "type": "RuntimeError",
        "bases": ["Exception"],
        "message": "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)",
        "native_line": 7,
        "program_line": 5,
        "traceback": "",
    }
    second = CheckRecord(
        name="second", kind="ok", expected="raises RuntimeError at line 5", observed="RuntimeError at line 5"
    )
    wrong = number_check("dy_dx", 6.0, 6.0, "contradicts", "dy_dx is 12; expected 6 within 3.8e-06; off by 6")
    return [
        cell(case, "tensorflow", "eager", checks=(number_check("first", 12.0), second), raised=raised),
        cell(case, "tensorflow", "compiled", "timed-out", message="no answer within 30 s", checks=(), observations={},
             seconds={"run": 30.0}, margin=None),
        cell(case, "torch", "eager"),
        cell(case, "torch", "compiled", "contradicts", checks=(wrong,), observations={"dy_dx": array([12.0], [])},
             message="dy_dx is 12; expected 6 within 3.8e-06; off by 6, 1.6e+06 times the bound", margin=1.6e6,
             warnings=({"category": "UserWarning", "bases": ["Warning"], "message": "lru_cache is ignored by dynamo"},),
             output="[dynamo] graph break in run()\n"),
        cell(case, "jax", "eager", "unsupported", checks=(), observations={}, margin=None, native="", seconds={},
             because="A gradient is a pure function: there is nothing that could be consumed."),
        cell(case, "jax", "compiled", "unsupported", checks=(), observations={}, margin=None, native="", seconds={},
             because="A gradient is a pure function: there is nothing that could be consumed."),
    ]  # fmt: skip


def _casting() -> list[CellRecord]:
    case = "casting/through-a-cast"
    cells = []
    for dtype in ("float16", "float64", "int32"):
        for framework in VERSIONS:
            for mode in MODES:
                cells.append(cell(case, framework, mode, axes={"dtype": dtype}, native=native_of(framework, mode, "v")))
    off = number_check("dy_dx", 6.0, 1.0e-4, "inaccurate", "dy_dx is 6.0001; expected 6 within 6.1e-07")
    changes: dict[int, dict[str, Any]] = {
        2: {"verdict": "inaccurate", "checks": (off,), "message": "the last digits are lost", "margin": 164.0},
        3: {"verdict": "undocumented", "message": "the documents say nothing of float16 here"},
        8: {"verdict": "known", "because": "The cast loses its gradient on this version.",
            "issue": "https://github.com/pytorch/pytorch/issues/1", "message": "fails as stated"},
        9: {"verdict": "known", "stale": True, "because": "The cast lost its gradient.", "message": "it conforms now"},
        14: {"verdict": "crashed", "checks": (), "observations": {}, "margin": None,
             "message": "torch worker ended with signal 11 while running casting/through-a-cast"},
        15: {"verdict": "harness-error", "checks": (), "observations": {}, "margin": None,
             "message": "the worker answered something that is no reply"},
        16: {"verdict": "not-run", "checks": (), "observations": {}, "margin": None, "seconds": {},
             "message": "the run was stopped before this cell"},
    }  # fmt: skip
    return [replace(c, **changes.get(i, {})) for i, c in enumerate(cells)]


def _training() -> list[CellRecord]:
    case = "training/linear-model"
    xs = [-1.0 + 2.0 * i / 99 for i in range(100)]
    ys = [3.0 * x + 2.0 + 0.1 * math.sin(17.0 * x) for x in xs]
    cells = []
    for framework in VERSIONS:
        for mode in MODES:
            series = losses(5.2, 0.0094, 0.09 if framework != "jax" else 0.085)
            checks = (
                CheckRecord(
                    name="loss",
                    kind="ok",
                    expected="100 values that never rise, the last below 0.02",
                    observed=f"100 values, {series[0]:.4g} to {series[-1]:.4g}",
                ),
                number_check("w", 3.0, 0.004, bound=0.05),
            )
            cells.append(
                cell(case, framework, mode, checks=checks, seconds={"compile": 0.1, "run": 0.31},
                     peak_memory=412_000_000,
                     observations={"loss": array(series), "fit": array([2.99 * x + 2.01 for x in xs], [100, 1]),
                                   "xs": array(xs, [100, 1]), "ys": array(ys, [100, 1])},
                     expected={"loss": {"decreases": True, "below": 0.02, "length": 100,
                                        "final": {"near": 0.01, "atol": 0.005}}, "fit": {"shape": [100, 1]}})
            )  # fmt: skip
    agreement = CheckRecord(
        name="loss", kind="ok", expected="the same on every framework within rtol 1e-3", observed="worst 2.1e-04 apart"
    )
    cells.append(
        CellRecord(
            cell=f"{case}@agreement",
            case=case,
            axes={},
            framework="agreement",
            version="",
            device="",
            mode="",
            verdict="conforms",
            message="",
            checks=(agreement,),
        )
    )
    return cells


def _hostile() -> list[CellRecord]:
    case = "hostile/text"
    check = CheckRecord(name=HOSTILE, kind="contradicts", expected=HOSTILE, observed=HOSTILE, message=HOSTILE)
    raised = {"type": HOSTILE, "message": HOSTILE, "native_line": 1, "program_line": 1, "traceback": HOSTILE}
    return [
        cell(case, "torch", "eager", "contradicts", axes={HOSTILE: HOSTILE}, message=HOSTILE, checks=(check,),
             native=HOSTILE, output=HOSTILE, because=HOSTILE, issue="javascript:alert(1)", raised=raised,
             observations={HOSTILE: {"kind": "other", "type": HOSTILE, "repr": HOSTILE}},
             warnings=({"category": HOSTILE, "bases": [], "message": HOSTILE},)),
    ]  # fmt: skip


CASES = (
    CaseRecord(
        case="watching/constant-needs-watch",
        area="watching",
        title="A constant has no gradient unless it is watched",
        program=CONSTANT,
        covers=("tf-watch-constant-is-not-automatic",),
        refutes=(),
        tags=("tutorial",),
        about="What a tape follows by itself, and what it has to be told to follow.",
        file="watching/constants.yaml",
        line=14,
    ),
    CaseRecord(
        case="lifecycle/tape-is-consumed",
        area="lifecycle",
        title="A second gradient call on a used tape raises",
        program=PERSISTENT,
        covers=(),
        refutes=("tf-seed-second-gradient-returns-none",),
        note="The tutorial says that the second call returns None; no released version did.",
        file="lifecycle/persistence.yaml",
        line=8,
    ),
    CaseRecord(
        case="casting/through-a-cast",
        area="casting",
        title="A gradient flows through a cast between floating-point types",
        program=CAST,
        covers=("tf-watch-constant-is-not-automatic",),
        refutes=(),
        file="casting/casts.yaml",
        line=5,
    ),
    CaseRecord(
        case="training/linear-model",
        area="training",
        title="Gradient descent finds the line y = 3x + 2",
        program=TRAINING,
        covers=("tf-seed-linear-model-converges",),
        refutes=(),
        about="Whole training runs: convergence, and agreement of the trajectories.",
        file="training/linear.yaml",
        line=4,
    ),
)

HOSTILE_CASE = CaseRecord(
    case="hostile/text",
    area="hostile",
    title=HOSTILE,
    program=HOSTILE,
    covers=("hostile-link",),
    refutes=("hostile-link",),
    tags=(HOSTILE,),
    note=HOSTILE,
    about=HOSTILE,
    file=HOSTILE,
    line=1,
)


def header(**selection: Any) -> Header:
    return Header(
        suite_version="0.1.0",
        cases_sha256="5d41402abc4b2a76b9719d911017c592",
        targets=targets(),
        selection={"frameworks": ["tensorflow", "torch", "jax"], "modes": ["eager", "compiled"], **selection},
        started="2026-01-01T09:30:00+00:00",
    )


def results_of(
    cells: Sequence[CellRecord],
    *,
    cases: Sequence[CaseRecord] = CASES,
    complete: bool = True,
    footer: bool = True,
    **selection: Any,
) -> Results:
    results = Results(
        header=header(**selection), cases=tuple(cases), statements=STATEMENTS, cells=tuple(cells), footer=None
    )
    if not footer:
        return results
    return replace(
        results, footer=Footer(cells=len(cells), verdicts=results.verdicts(), complete=complete, seconds=74.2)
    )


def green() -> Results:
    """Everything as documented: one case, three frameworks."""
    return results_of(_watching(), cases=CASES[:1])


def sample() -> Results:
    """Every verdict, without the hostile text."""
    return results_of([*_watching(), *_lifecycle(), *_casting(), *_training()])


def hostile() -> Results:
    """The sample with a case in which every text attacks."""
    cells = [*_watching(), *_lifecycle(), *_casting(), *_training(), *_hostile()]
    return results_of(cells, cases=(*CASES, HOSTILE_CASE), text=HOSTILE)


def many(cells: int) -> Results:
    """A results record of about so many cells, each source its own, as long as the ones of real cases."""
    records, found = [], []
    for n in range(cells // 6):
        case = f"area-{n // 20}/case-{n}"
        records.append(
            replace(
                CASES[0], case=case, area=f"area-{n // 20}", title=f"Case {n}: the square of a constant", line=n + 1
            )
        )
        padding = "".join(f"z{i} = {i}.0 * {n}.0\n" for i in range(8))
        for framework in VERSIONS:
            for mode in MODES:
                found.append(cell(case, framework, mode, native=native_of(framework, mode, f"x{n}") + padding))
    return results_of(found, cases=records)
