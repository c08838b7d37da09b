"""Faults planted in the native source of derivative cases are noticed, and by a verdict; the right source conforms."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Iterator

import pytest

from conformance.bundled import cases_root
from conformance.cell_record import record_of
from conformance.load import load_cases
from conformance.plan import Cell, Selection, Target, plan
from conformance.pool import Lost, Pool

pytestmark = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")

RULE = "@jax.custom_jvp\ndef f(x):\n    return {value}\n\n\n@f.defjvp\ndef f_jvp(primals, tangents):\n    {rule}\n"

MUTANTS: dict[str, tuple[str, str, str, str, str]] = {
    # name: case and operation, way, the function's value, its wrong rule, the verdict
    "one element wrong by one per cent": (
        "elementary[op=exp", "reverse", "jnp.exp(x)",
        "x, v = primals[0], tangents[0]; return f(x), f(x) * v * (jnp.ones(3).at[1].set(1.01) if x.ndim else 1.0)",
        "contradicts",
    ),
    "a dropped second-order term": (
        "elementary[op=exp", "forward-over-forward", "jnp.exp(x)",
        "x, v = primals[0], tangents[0]; return f(x), jax.lax.stop_gradient(jnp.exp(x)) * v", "contradicts",
    ),
    "a wrong rule at the kink": (
        "activation[op=relu", "reverse", "jnp.maximum(x, 0)",
        "x, v = primals[0], tangents[0]; return f(x), v * jnp.where(x == 0, 2.0, (x > 0) * 1.0)", "contradicts",
    ),
    "a zero in a tail": (
        "activation[op=sigmoid", "reverse", "jax.nn.sigmoid(x)",
        "x, v = primals[0], tangents[0]; s = jax.nn.sigmoid(x); return s, v * jnp.where(x < -8, 0.0, s * (1 - s))",
        "contradicts",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool() as found:
        yield found


def cell_of(name: str, way: str, framework: str = "jax", *, file: str = "unary", dtype: str = "float32") -> Cell:
    loaded = load_cases([cases_root() / "derivatives" / f"{file}.yaml"])
    text = f"derivatives/{name},way={way},dtype={dtype}"
    cells = plan(loaded, [Target(framework=framework)], selection=Selection(tier="exhaustive", text=text))
    (cell,) = [cell for cell in cells if cell.variant.id.startswith(f"derivatives/{name},way={way},")]
    known = cell.variant.loaded.case.model_copy(update={"known": []})
    loaded_case = dataclasses.replace(cell.variant.loaded, case=known)
    return dataclasses.replace(cell, variant=dataclasses.replace(cell.variant, loaded=loaded_case))


def verdict(pool: Pool, cell: Cell, text: str) -> tuple[str, str]:
    assert cell.native is not None
    native = dataclasses.replace(cell.native, text=text, line_map=(None,) * text.count("\n"))
    outcome = pool.run(cell.target, native, cell_id=cell.id, timeout=120.0)
    assert not isinstance(outcome, Lost), outcome
    record = record_of(cell, outcome, version="0")
    return record.verdict, record.message


def with_definition(cell: Cell, definition: str) -> str:
    """Return the source with another definition of ``f``."""
    assert cell.native is not None
    before, _, rest = cell.native.text.partition("def f(x):\n")
    return before + definition + rest.partition("\n")[2]


def with_rule(cell: Cell, value: str, rule: str) -> str:
    """Return the source with a definition of ``f`` that brings its own forward rule."""
    return with_definition(cell, RULE.format(value=value, rule=rule.replace("; ", "\n    ")))


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_fault_is_noticed(pool: Pool, name: str) -> None:
    case, way, value, rule, expected = MUTANTS[name]
    cell = cell_of(case, way)
    seen, message = verdict(pool, cell, with_rule(cell, value, rule))
    assert seen == expected, message


def test_a_wrong_forward_rule_beside_a_right_reverse_rule_is_noticed_forward_alone(pool: Pool) -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    rule = (
        "class Exp(torch.autograd.Function):\n"
        "    @staticmethod\n    def forward(x):\n        return torch.exp(x)\n\n"
        "    @staticmethod\n    def setup_context(ctx, inputs, output):\n"
        "        ctx.save_for_backward(output)\n        ctx.save_for_forward(output)\n\n"
        "    @staticmethod\n    def backward(ctx, v):\n        return ctx.saved_tensors[0] * v\n\n"
        "    @staticmethod\n    def jvp(ctx, v):\n        return ctx.saved_tensors[0] * v * 1.5\n\n\n"
        "def f(x):\n    return Exp.apply(x)\n"
    )
    verdicts = {}
    for way in ("reverse", "forward"):
        cell = cell_of("elementary[op=exp", way, "torch")
        verdicts[way] = verdict(pool, cell, with_definition(cell, rule))
    assert verdicts["reverse"][0] == "conforms", verdicts
    assert verdicts["forward"][0] == "contradicts", verdicts


def test_a_wrong_forward_rule_is_seen_by_comparing_forward_with_reverse(pool: Pool) -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    cell = cell_of("elementary[op=sin", "consistency", "torch")
    assert cell.native is not None
    right, _ = verdict(pool, cell, cell.native.text)
    wrong = cell.native.text.replace(
        "return torch.func.jvp(g, inputs, tangents)[1]",
        "return torch.func.jvp(lambda *x: 1.5 * g(*x) if g is total else g(*x), inputs, tangents)[1]",
    )
    seen, message = verdict(pool, cell, wrong)
    assert (right, seen) == ("conforms", "contradicts")
    assert "forward against reverse" in message


CONJUGATES = {
    "a conjugate missing in the rule": ("conj", "jnp.conj(x)", "return f(*primals), tangents[0]"),
    "a conjugate too many": ("square", "x * x", "return f(*primals), 2 * jnp.conj(primals[0]) * tangents[0]"),
}


@pytest.mark.parametrize("name", CONJUGATES)
def test_a_wrong_conjugate_is_noticed(pool: Pool, name: str) -> None:
    op, value, rule = CONJUGATES[name]
    cell = cell_of(f"complex-functions[op={op}", "forward", file="complex", dtype="complex64")
    seen, message = verdict(pool, cell, with_rule(cell, value, rule))
    assert seen == "contradicts", message


_TORCH_SQUARE = """\
class Square(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, v):
        return v * {slope}(2 * ctx.saved_tensors[0])


def f(x):
    return Square.apply(x)
"""

_TENSORFLOW_SQUARE = """\
@tf.custom_gradient
def f(x):
    return x * x, lambda v: v * {slope}(2 * x)
"""

_JAX_SQUARE = """\
@jax.custom_vjp
def f(x):
    return x * x


f.defvjp(lambda x: (x * x, x), lambda x, v: (v * {slope}(2 * x),))
"""

REVERSE_SQUARES = {
    "torch": (_TORCH_SQUARE, "torch.conj", ""),
    "tensorflow": (_TENSORFLOW_SQUARE, "tf.math.conj", ""),
    "jax": (_JAX_SQUARE, "", "jnp.conj"),
}
"""A reverse rule of ``x * x``, and what a right and a wrong one apply to the slope: JAX alone conjugates nothing."""


@pytest.mark.parametrize("framework", REVERSE_SQUARES)
def test_a_wrong_conjugate_in_a_reverse_rule_is_noticed(pool: Pool, framework: str) -> None:
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    rule, *slopes = REVERSE_SQUARES[framework]
    cell = cell_of("complex-functions[op=square", "reverse", framework, file="complex", dtype="complex64")
    seen = [verdict(pool, cell, with_definition(cell, rule.format(slope=slope)))[0] for slope in slopes]
    assert seen == ["conforms", "contradicts"]


@pytest.mark.parametrize("framework", ["torch", "tensorflow", "jax"])
def test_each_framework_has_its_own_convention_of_complex_gradients(pool: Pool, framework: str) -> None:
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    cell = cell_of("complex-functions[op=exp", "reverse", framework, file="complex", dtype="complex64")
    assert cell.native is not None
    seen, message = verdict(pool, cell, cell.native.text)
    assert seen == "conforms", message


@pytest.mark.parametrize("way", ["reverse", "forward-over-forward"])
def test_the_source_as_it_is_conforms(pool: Pool, way: str) -> None:
    cell = cell_of("elementary[op=exp", way)
    assert cell.native is not None
    seen, message = verdict(pool, cell, cell.native.text)
    assert seen == "conforms", message
