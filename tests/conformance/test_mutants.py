"""The suite can fail: every mutant of every framework is caught by a verdict, and for the fault that it has."""

from __future__ import annotations

import ast
import importlib
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from types import CodeType
from typing import Any

import numpy as np
import pytest

from conformance.adapter import Unconnected
from conformance.case import Case
from conformance.expectation import parse_expected
from conformance.load import LoadedCase
from conformance.lowering.native import NativeSource
from conformance.mutants import FAULTS, MUTANTS, Kill, Mutant, kill_matrix, mutate, restoring, run_mutants
from conformance.observation import Array, Entries, Items, Nothing, Observed, Other, Outcome, Raised, Scalar
from conformance.plan import Cell, Target, Variant

UNCONNECTED = {
    "tensorflow": Unconnected(as_="none", statement="s"),
    "torch": Unconnected(
        as_="raises", statement="s", type="RuntimeError", matches=("not have been used", "not require")
    ),
    "jax": Unconnected(as_="zeros", statement="s"),
}
IMPORTS = {
    "tensorflow": "import tensorflow as tf",
    "torch": "import torch",
    "jax": "import jax\nimport jax.numpy as jnp",
}

# Native sources as DESIGN 5 has them, one a fault: what each framework shows without the fault, and what the message
# must say with it.
Probe = tuple[str, Mapping[str, Any], str]

TF_SQUARE = """
x = tf.Variable(3.0)
with tf.GradientTape() as t:
    y = x ** 2
g = t.gradient(y, x)
"""
TF_CONSTANT = """
x = tf.Variable(3.0)
c = tf.constant(2.0)
with tf.GradientTape() as t:
    y = x ** 2
g = t.gradient(y, c)
"""
TORCH_SQUARE = """
x = torch.tensor(3.0, requires_grad=True)
y = x ** 2
g, = torch.autograd.grad(y, x)
"""
JAX_SQUARE = """
x = jnp.asarray(3.0)
def y_of_x(x):
    y = x ** 2
    return y
g = jax.grad(y_of_x)(x)
"""
ERROR = {"raises": {"type": "RuntimeError"}}

TENSORFLOW: dict[str, Probe] = {
    "doubled": (TF_SQUARE, {"g": 6.0}, "g is 12"),
    "wrong-sign": (TF_SQUARE, {"g": 6.0}, "g is -6"),
    "wrong-dtype": (TF_SQUARE, {"g": {"value": 6.0, "dtype": "float32"}}, "g is 6 (float16"),
    "swapped-sources": (
        """
x, z = tf.Variable(3.0), tf.Variable(5.0)
with tf.GradientTape() as t:
    y = x * z
g = t.gradient(y, [x, z])
""",
        {"g": [5.0, 3.0]},
        "g[0] is 3",
    ),
    "zero-for-none": (TF_CONSTANT, {"g": "unconnected"}, "g is 0 (float32, shape ()); expected unconnected"),
    "none-for-zero": (
        TF_CONSTANT.replace("c)\n", "c, unconnected_gradients=tf.UnconnectedGradients.ZERO)\n"),
        {"g": "zeros"},
        "g is None; expected zeros",
    ),
    "watch-ignored": (
        """
x = tf.constant(3.0)
with tf.GradientTape() as t:
    t.watch(x)
    y = x ** 2
g = t.gradient(y, x)
""",
        {"g": 6.0},
        "g is None; expected 6",
    ),
    "non-trainable-watched": (
        TF_SQUARE.replace("3.0", "3.0, trainable=False"), {"g": "unconnected"}, "g is 6 (float32, shape ())"),
    "never-consumed": (TF_SQUARE + "h = t.gradient(y, x)\n", {"g": 6.0, "h": ERROR}, "h is 6"),
    "persistent-ignored": (
        TF_SQUARE.replace("Tape()", "Tape(persistent=True)") + "h = t.gradient(y, x)\n",
        {"g": 6.0, "h": 6.0},
        "raised RuntimeError (program line 5)",
    ),
    "second-order-dropped": (
        """
x = tf.Variable(2.0)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = x ** 4
    first = inner.gradient(y, x)
second = outer.gradient(first, x)
""",
        {"first": 32.0, "second": 48.0},
        "second is None; expected 48",
    ),
    "stop-gradient-ignored": (TF_SQUARE.replace("x ** 2", "x * tf.stop_gradient(x)"), {"g": 3.0}, "g is 6"),
    "recording-never-stops": (
        """
x = tf.Variable(3.0)
with tf.GradientTape() as t:
    with t.stop_recording():
        z = x ** 2
    y = z * x
g = t.gradient(y, x)
""",
        {"g": 9.0},
        "g is 27",
    ),
    "cast-keeps-the-flow": (
        TF_SQUARE.replace("x ** 2", "tf.cast(tf.cast(x, tf.int32), tf.float32)"),
        {"g": "unconnected"},
        "g is 1 (float32, shape ()); expected unconnected",
    ),
    "assign-does-nothing": ("\nx = tf.Variable(3.0)\nx.assign_add(1.0)\ny = x * 2\n", {"y": 8.0}, "y is 6"),
    "cotangent-ignored": (
        """
x = tf.Variable([1.0, 2.0])
with tf.GradientTape() as t:
    y = x * x
g = t.gradient(y, x, output_gradients=tf.constant([1.0, 10.0]))
""",
        {"g": [2.0, 40.0]},
        "g[1] is 4",
    ),
    "transposed-jacobian": (
        """
x = tf.Variable([1.0, 2.0])
with tf.GradientTape() as t:
    y = tf.stack([x[0] * x[1], x[1] ** 2])
J = t.jacobian(y, x)
""",
        {"J": [[2.0, 1.0], [0.0, 4.0]]},
        "J[1, 0] is 1",
    ),
    "always-watching": (
        TF_SQUARE.replace("Tape()", "Tape(watch_accessed_variables=False)"), {"g": "unconnected"}, "g is 6"),
    "tangent-ignored": (
        """
x = tf.constant(3.0)
with tf.autodiff.ForwardAccumulator(x, tf.constant(2.0)) as acc:
    y = x ** 2
v = acc.jvp(y)
""",
        {"v": 12.0},
        "v is 6",
    ),
    "custom-gradient-ignored": (
        """
@tf.custom_gradient
def f(x):
    y = x ** 2
    def backward(cotangent):
        return 10.0 * cotangent
    return y, backward
x = tf.Variable(3.0)
with tf.GradientTape() as t:
    y = f(x)
g = t.gradient(y, x)
""",
        {"g": 10.0},
        "g is 6",
    ),
}  # fmt: skip

TORCH: dict[str, Probe] = {
    "doubled": (TORCH_SQUARE, {"g": 6.0}, "g is 12"),
    "wrong-sign": (TORCH_SQUARE, {"g": 6.0}, "g is -6"),
    "wrong-dtype": (TORCH_SQUARE, {"g": {"value": 6.0, "dtype": "float32"}}, "g is 6 (float16"),
    "swapped-sources": (
        """
x, z = torch.tensor(3.0, requires_grad=True), torch.tensor(5.0, requires_grad=True)
y = x * z
g = torch.autograd.grad(y, [x, z])
""",
        {"g": [5.0, 3.0]},
        "g[0] is 3",
    ),
    "zero-for-none": (
        TORCH_SQUARE.replace("y, x)", "y, z)").replace("y =", "z = torch.tensor(1.0, requires_grad=True)\ny ="),
        {"g": "unconnected"},
        "g is 0 (float32, shape ()); expected RuntimeError",
    ),
    "none-for-error": (
        TORCH_SQUARE.replace("y, x)", "y, z)").replace("y =", "z = torch.tensor(1.0, requires_grad=True)\ny ="),
        {"g": "unconnected"},
        "g is None; expected RuntimeError",
    ),
    "none-for-zero": (
        TORCH_SQUARE.replace("y, x)", "y, z, materialize_grads=True)").replace(
            "y =", "z = torch.tensor(1.0, requires_grad=True)\ny ="
        ),
        {"g": "zeros"},
        "g is None; expected zeros",
    ),
    "watch-ignored": (
        TORCH_SQUARE.replace(", requires_grad=True)", ")\nx.requires_grad_()"),
        {"g": 6.0},
        "does not require grad",
    ),
    "non-trainable-watched": (TORCH_SQUARE.replace("=True", "=False"), {"g": "unconnected"}, "g is 6"),
    "never-consumed": (TORCH_SQUARE + "h, = torch.autograd.grad(y, x)\n", {"g": 6.0, "h": ERROR}, "h is 6"),
    "persistent-ignored": (
        TORCH_SQUARE.replace("(y, x)", "(y, x, retain_graph=True)") + "h, = torch.autograd.grad(y, x)\n",
        {"g": 6.0, "h": 6.0},
        "backward through the graph a second time",
    ),
    "second-order-dropped": (
        """
x = torch.tensor(2.0, requires_grad=True)
y = x ** 4
first, = torch.autograd.grad(y, x, create_graph=True)
second, = torch.autograd.grad(first, x)
""",
        {"first": 32.0, "second": 48.0},
        "raised RuntimeError (program line 4)",
    ),
    "stop-gradient-ignored": (TORCH_SQUARE.replace("x ** 2", "x * x.detach()"), {"g": 3.0}, "g is 6"),
    "recording-never-stops": (
        """
x = torch.tensor(3.0, requires_grad=True)
with torch.no_grad():
    z = x ** 2
y = z * x
g, = torch.autograd.grad(y, x)
""",
        {"g": 9.0},
        "g is 27",
    ),
    "cast-keeps-the-flow": (
        TORCH_SQUARE.replace("x ** 2", "x.to(torch.int32).to(torch.float32)"),
        {"g": "unconnected"},
        "g is 1 (float32, shape ()); expected RuntimeError",
    ),
    "assign-does-nothing": (
        "\nx = torch.tensor(3.0, requires_grad=True)\nwith torch.no_grad():\n    x += 1.0\ny = x * 2\n",
        {"y": 8.0},
        "y is 6",
    ),
    "cotangent-ignored": (
        """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
g, = torch.autograd.grad(y, x, grad_outputs=torch.tensor([1.0, 10.0]))
""",
        {"g": [2.0, 40.0]},
        "g[1] is 4",
    ),
    "transposed-jacobian": (
        """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = torch.stack([x[0] * x[1], x[1] ** 2])
J, = torch.autograd.grad(y, [x], torch.eye(2), is_grads_batched=True)
K = torch.func.jacrev(lambda x: torch.stack([x[0] * x[1], x[1] ** 2]))(x)
""",
        {"J": [[2.0, 1.0], [0.0, 4.0]], "K": [[2.0, 1.0], [0.0, 4.0]]},
        "J[1, 0] is 1",
    ),
    "tangent-ignored": (
        "\nx = torch.tensor(3.0)\ny, v = torch.func.jvp(lambda x: x ** 2, (x,), (torch.tensor(2.0),))\n",
        {"y": 9.0, "v": 12.0},
        "v is 6",
    ),
    "silent-sum": (
        "\nx = torch.tensor([1.0, 2.0], requires_grad=True)\ny = x * x\ng, = torch.autograd.grad(y, x)\n",
        {"g": {"raises": {"type": "RuntimeError", "match": "scalar outputs"}}},
        "but nothing was raised",
    ),
}

TWO = "\ndef f(x, z):\n    return x * z\nx, z = jnp.asarray(3.0), jnp.asarray(5.0)\n"

JAX: dict[str, Probe] = {
    "doubled": (JAX_SQUARE, {"g": 6.0}, "g is 12"),
    "wrong-sign": (JAX_SQUARE, {"g": 6.0}, "g is -6"),
    "wrong-dtype": (JAX_SQUARE, {"g": {"value": 6.0, "dtype": "float32"}}, "g is 6 (float16"),
    "swapped-sources": (TWO + "g = jax.grad(f, argnums=(0, 1))(x, z)\n", {"g": [5.0, 3.0]}, "g[0] is 3"),
    "argnums-ignored": (TWO + "g = jax.grad(f, argnums=1)(x, z)\n", {"g": 3.0}, "g is 5"),
    "none-for-zero": (
        TWO.replace("x * z", "x * 2") + "g = jax.grad(f, argnums=1)(x, z)\n",
        {"g": "unconnected"},
        "g is None; expected unconnected, which is zeros here",
    ),
    "second-order-dropped": (
        """
x = jnp.asarray(2.0)
def first_of_x(x):
    def y_of_x(x):
        return x ** 4
    return jax.grad(y_of_x)(x)
first = first_of_x(x)
second = jax.grad(first_of_x)(x)
""",
        {"first": 32.0, "second": 48.0},
        "second is 0",
    ),
    "silent-sum": (
        JAX_SQUARE.replace("3.0", "[1.0, 2.0]"),
        {"g": {"raises": {"type": "TypeError", "match": "scalar-output functions"}}},
        "but nothing was raised",
    ),
    "stop-gradient-ignored": (JAX_SQUARE.replace("x ** 2", "x * jax.lax.stop_gradient(x)"), {"g": 3.0}, "g is 6"),
    "cotangent-ignored": (
        """
y, pullback = jax.vjp(lambda x: x * x, jnp.asarray([1.0, 2.0]))
g, = pullback(jnp.asarray([1.0, 10.0]))
""",
        {"g": [2.0, 40.0]},
        "g[1] is 4",
    ),
    "tangent-ignored": (
        "\ny, v = jax.jvp(lambda x: x ** 2, (jnp.asarray(3.0),), (jnp.asarray(2.0),))\n", {"v": 12.0}, "v is 6"),
    "transposed-jacobian": (
        "\nJ = jax.jacrev(lambda x: jnp.stack([x[0] * x[1], x[1] ** 2]))(jnp.asarray([1.0, 2.0]))\n",
        {"J": [[2.0, 1.0], [0.0, 4.0]]},
        "J[1, 0] is 1",
    ),
    "custom-gradient-ignored": (
        """
@jax.custom_gradient
def f(x):
    return x ** 2, lambda cotangent: 10.0 * cotangent
g = jax.grad(f)(jnp.asarray(3.0))
""",
        {"g": 10.0},
        "g is 6",
    ),
}  # fmt: skip

PROBES = {"tensorflow": TENSORFLOW, "torch": TORCH, "jax": JAX}


def native_source(framework: str, body: str) -> NativeSource:
    """Return the imports and the body; program lines are those of the body without its first, empty line."""
    head, rest = IMPORTS[framework].split("\n"), body.strip("\n").split("\n")
    names = {node.id: node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    return NativeSource(
        text="\n".join([*head, "", *rest]) + "\n",
        line_map=(*(None for _ in range(len(head) + 1)), *range(1, len(rest) + 1)),
        observe=names,
    )


def cell(framework: str, fault: str, probe: Probe, mode: str = "eager") -> Cell:
    body, expect, _ = probe
    native = native_source(framework, body)
    case = Case(
        id=fault, title="a probe", covers=["s"], native={framework: native.text}, expect={framework: dict(expect)}
    )
    lines: dict[str, int] = {}
    for node in ast.walk(ast.parse(body.strip("\n"))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    loaded = LoadedCase(case=case, area="probe", about=None, file="probe.yaml", line=1)
    return Cell(
        variant=Variant(loaded=loaded, axes={}),
        target=Target(framework=framework, mode=mode),
        native=native,
        unsupported=None,
        expected=parse_expected(expect),
        difference=None,
        lines=lines,
    )


def observed(value: object) -> Observed:
    match value:
        case None:
            return Nothing()
        case bool() | int() | float() | str():
            return Scalar(value=value)
        case list() | tuple():
            return Items(items=tuple(observed(item) for item in value))
        case dict():
            return Entries(items={str(key): observed(item) for key, item in value.items()})
    plain: Any = value.detach() if hasattr(value, "detach") else value
    if not hasattr(plain, "dtype") or not hasattr(plain, "shape"):
        return Other(type=type(value).__name__, repr="")
    numbers = np.asarray(plain)
    return Array(dtype=str(numbers.dtype), shape=numbers.shape, data=tuple(numbers.reshape(-1).tolist()))


def execute(one: Cell, native: NativeSource) -> Outcome:
    """Run a native source in this process, as a worker would in its own."""
    code: CodeType = compile(native.text, "<probe>", "exec")
    found: dict[str, Any] = {"__name__": "probe"}
    error = None
    try:
        exec(code, found)
    except Exception as raised:
        frames = [frame for frame in traceback.extract_tb(raised.__traceback__) if frame.filename == "<probe>"]
        line = frames[-1].lineno if frames else None  # the innermost of the source, as a worker reports it
        error = Raised(
            type=type(raised).__name__,
            bases=tuple(base.__name__ for base in type(raised).__mro__[1:]),
            message=str(raised),
            native_line=line,
            program_line=native.program_line(line),
        )
    seen = {name: observed(found[name]) for name in one.expected.names if name in found}
    return Outcome(observations=seen, raised=error)


@pytest.fixture(params=list(PROBES))
def framework(request: pytest.FixtureRequest) -> Iterator[str]:
    name = str(request.param)
    pytest.importorskip(name, reason=f"{name} is not installed")
    yield name
    exec(IMPORTS[name] + "\n" + restoring(name), {})


def mutants_of(framework: str) -> list[Mutant]:
    return [mutant for mutant in MUTANTS if mutant.framework == framework]


def test_every_mutant_is_caught_for_its_own_fault(framework: str, capsys: pytest.CaptureFixture[str]) -> None:
    kills = []
    for mutant in mutants_of(framework):
        probe = PROBES[framework][mutant.fault]
        (kill,) = run_mutants(
            [cell(framework, mutant.fault, probe)],
            execute,
            unconnected={framework: UNCONNECTED[framework]},
            mutants=[mutant],
        )
        kills.append(kill)
        assert kill.ran == 1, f"{mutant.id}: the probe does not conform without the fault"
        assert set(kill.killed_by.values()) == {"contradicts"}, f"{mutant.id} survived"
        assert probe[2] in kill.message, f"{mutant.id} was caught for another reason: {kill.message}"
    with capsys.disabled():
        print(f"\n{kill_matrix(kills)}")  # noqa: T201 - the matrix is asked for


def test_a_mutant_leaves_nothing_to_the_next(framework: str) -> None:
    doubled, sign = (next(m for m in mutants_of(framework) if m.fault == fault) for fault in ("doubled", "wrong-sign"))
    one = cell(framework, "doubled", PROBES[framework]["doubled"])
    assert one.native is not None
    execute(one, mutate(one.native, doubled))
    after = execute(one, mutate(one.native, sign)).observations["g"]
    assert isinstance(after, Array)
    assert after.data == (-6.0,)
    exec(IMPORTS[framework] + "\n" + restoring(framework), {})
    sound = execute(one, one.native).observations["g"]
    assert isinstance(sound, Array)
    assert sound.data == (6.0,)


# without a framework


def test_there_are_enough_mutants_of_each_framework() -> None:
    assert len(FAULTS) >= 15
    for name, probes in PROBES.items():
        assert len(mutants_of(name)) >= 10
        assert {mutant.fault for mutant in mutants_of(name)} == set(probes)


def test_mutants_are_described_and_name_cases() -> None:
    ids = [mutant.id for mutant in MUTANTS]
    assert len(set(ids)) == len(ids)
    for mutant in MUTANTS:
        assert mutant.description
        assert mutant.notices
        assert mutant.prelude or mutant.edits
        assert all(re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", case) for case in mutant.notices)


def test_every_mutated_source_is_python_with_its_lines_mapped() -> None:
    for mutant in MUTANTS:
        native = native_source(mutant.framework, PROBES[mutant.framework][mutant.fault][0])
        mutated = mutate(native, mutant)
        ast.parse(mutated.text)
        lines, before = mutated.text.splitlines(), native.text.splitlines()
        assert len(mutated.line_map) == len(lines)
        assert [line for line in mutated.line_map if line] == [line for line in native.line_map if line]
        assert lines[: len(IMPORTS[mutant.framework].split("\n"))] == IMPORTS[mutant.framework].split("\n")
        if not mutant.edits:
            moved = {line: text for line, text in zip(mutated.line_map, lines, strict=True) if line}
            assert moved == {line: text for line, text in zip(native.line_map, before, strict=True) if line}


def test_no_framework_is_imported_by_the_mutants() -> None:
    source = importlib.import_module("conformance.mutants").__file__
    assert source is not None
    with open(source, encoding="utf-8") as file:  # noqa: PTH123 - a path of a module is text
        imported = {
            alias.name
            for node in ast.walk(ast.parse(file.read()))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
    assert not imported & set(PROBES) & set(sys.modules) - {"ast", "textwrap"}


FAKE = Mutant(fault="doubled", framework="torch", description="d", notices=("probe/a",), prelude="faulty = True")


def fake_run(answers: Mapping[str, object]) -> Any:
    """Return a runner that gives 6.0 to sound sources, and to mutated ones what is stated for their cell."""

    def run(one: Cell, native: NativeSource) -> object:
        if "faulty = True" not in native.text:
            return Outcome(observations={"g": Scalar(value=6.0)})
        return answers[one.variant.loaded.case.id]

    return run


def seen(value: float) -> Outcome:
    return Outcome(observations={"g": Scalar(value=value)})


def kills_of(answers: Mapping[str, object], cells: list[Cell] | None = None) -> Kill:
    probe: Probe = (TORCH_SQUARE, {"g": 6.0}, "")
    (kill,) = run_mutants(
        cells or [cell("torch", id_, probe) for id_ in answers],
        fake_run(answers),
        unconnected=UNCONNECTED,
        mutants=[FAKE],
    )
    return kill


def test_a_lost_cell_kills_nothing() -> None:
    kill = kills_of({"a": "crashed", "b": seen(6.0)})
    assert not kill.killed
    assert kill.lost == ("probe/a@torch-cpu-eager",)
    assert "SURVIVED 0/2, 1 lost" in kill_matrix([kill])
    assert "0 of 1 mutants caught" in kill_matrix([kill])


def test_the_kills_are_recorded_with_their_verdicts() -> None:
    kill = kills_of({"b": seen(12.0), "a": seen(6.01), "c": seen(6.0)})
    assert kill.killed_by == {"probe/b@torch-cpu-eager": "contradicts", "probe/a@torch-cpu-eager": "inaccurate"}
    assert kill.message.startswith("probe/a@torch-cpu-eager: g is 6.01")
    matrix = kill_matrix([kill]).splitlines()
    assert [line.split() for line in matrix[:2]] == [["fault", "torch"], ["doubled", "2/3"]]


def test_only_eager_cells_that_conform_without_the_fault_count() -> None:
    wrong = cell("torch", "a", (TORCH_SQUARE, {"g": 7.0}, ""))
    compiled = cell("torch", "a", (TORCH_SQUARE, {"g": 6.0}, ""), mode="compiled")
    kill = kills_of({"a": seen(12.0)}, [wrong, compiled])
    assert (kill.ran, kill.killed) == (0, False)


def test_the_matrix_shows_frameworks_without_the_notion() -> None:
    other = Mutant(fault="wrong-sign", framework="jax", description="d", notices=("probe/a",), prelude="pass")
    kills = [
        Kill(mutant=FAKE, ran=2, killed_by={"x": "contradicts"}, lost=(), message=""),
        Kill(mutant=other, ran=2, killed_by={}, lost=(), message=""),
    ]
    rows = [line.split() for line in kill_matrix(kills).splitlines()]
    assert rows[0] == ["fault", "torch", "jax"]
    assert rows[1] == ["doubled", "1/2", "-"]
    assert rows[2] == ["wrong-sign", "-", "SURVIVED", "0/2"]
