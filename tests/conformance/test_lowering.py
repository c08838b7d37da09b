"""The native sources of the programs in ``programs.py``; run as a script, this file writes them anew."""

import ast
import dataclasses
from pathlib import Path

import pytest
from programs import PROGRAMS

from conformance.data import data_lines
from conformance.errors import Unsupported
from conformance.lowering.native import NativeSource
from conformance.lowering.spelling import SpellingTable
from conformance.lowering.table_adapter import TableAdapter
from conformance.program import parse_program
from conformance.registry import adapter

GOLD = Path(__file__).with_name("gold")
TARGETS = [(fw, mode) for fw in ("tensorflow", "torch", "jax") for mode in ("eager", "compiled")] + [
    ("reference", "eager")
]


def lowered(name: str, framework: str, mode: str) -> NativeSource:
    text, observe = PROGRAMS[name]
    data = {"seed": 1, "xs": "uniform(-1.0, 1.0, (100, 1))", "ys": "3.0 * xs + 2.0"} if "xs" in text else {}
    lines = data_lines(data)
    return adapter(framework).lower(parse_program(text, data=tuple(lines)), observe=observe, mode=mode, data=lines)


def all_of(framework: str, mode: str) -> str:
    parts = []
    for name in PROGRAMS:
        try:
            shown = lowered(name, framework, mode).text
        except Unsupported as error:
            shown = f"unsupported: {error.reason}\n"
        parts.append(f"##### {name}\n{shown}")
    return "\n".join(parts)


@pytest.mark.parametrize(("framework", "mode"), TARGETS)
def test_native_sources_are_those_on_record(framework: str, mode: str) -> None:
    assert all_of(framework, mode) == (GOLD / f"{framework}-{mode}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("framework", "mode"), TARGETS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_every_line_has_its_program_line(name: str, framework: str, mode: str) -> None:
    try:
        native = lowered(name, framework, mode)
    except Unsupported:
        return
    ast.parse(native.text)
    assert len(native.line_map) == len(native.text.splitlines())
    mapped = [line for line in native.line_map if line is not None]
    assert mapped
    assert max(mapped) <= len(PROGRAMS[name][0].splitlines())


def test_the_line_that_asks_for_the_gradient_leads_back_to_the_program() -> None:
    native = lowered("second-call", "torch", "eager")
    place = native.text.splitlines().index("second = torch.autograd.grad(y, x)[0]") + 1
    assert native.program_line(place) == 5


def test_the_worked_example_of_nested_tapes() -> None:
    text = "x = variable(2.0)\nwith tape() as outer:\n    with tape() as inner:\n        y = x ** 4\n"
    text += "    first = inner.gradient(y, x)\nsecond = outer.gradient(first, x)\n"
    native = adapter("jax").lower(parse_program(text), observe=["second"])
    assert native.text == (
        "import jax\n"
        "import jax.numpy as jnp\n"
        "\n"
        "x = jnp.asarray(2.0)\n"
        "\n"
        "def first_of_x(x):\n"
        "    def y_of_x(x):\n"
        "        y = x ** 4\n"
        "        return y\n"
        "    first = jax.grad(y_of_x)(x)\n"
        "    return first\n"
        "\n"
        "second = jax.grad(first_of_x)(x)\n"
    )


@pytest.mark.parametrize("framework", ["torch", "jax"])
@pytest.mark.parametrize("line", ["t.reset()", "names = t.watched_variables()"])
def test_what_only_a_tape_has_is_unsupported_with_its_reason(framework: str, line: str) -> None:
    program = parse_program(f"x = variable(1.0)\nwith tape() as t:\n    y = x * x\n    {line}\ng = t.gradient(y, x)\n")
    with pytest.raises(Unsupported, match="no tape object"):
        adapter(framework).lower(program, observe=["g", "names"])


def test_a_gpu_target_says_so_in_its_source() -> None:
    program = parse_program("x = variable(1.0)\n")
    native = adapter("torch").lower(program, observe=["x"], device="gpu")
    assert "torch.set_default_device('cuda')" in native.text.splitlines()


def test_wide_types_are_turned_on_where_the_case_uses_them() -> None:
    program = parse_program("x = variable(1.0, dtype=float64)\n")
    assert "jax_enable_x64" in adapter("jax").lower(program, observe=["x"], wide=True).text
    assert "jax_enable_x64" not in adapter("jax").lower(program, observe=["x"]).text


if __name__ == "__main__":
    for target in TARGETS:
        (GOLD / "-".join([*target])).with_suffix(".txt").write_text(all_of(*target), encoding="utf-8")


def test_an_argument_that_a_spelling_names_twice_is_computed_once() -> None:
    text = "x = variable([3.0, 4.0])\nwith tape() as t:\n    y = sum(x * x)\ng = leaky_relu(t.gradient(y, x), 0.5)\n"
    table = SpellingTable.parse(
        "torch", "leaky_relu(x, negative_slope): torch.where(x > 0, x, negative_slope * x)\nsum(x): torch.sum(x)",
        roots=("torch",),
    )  # fmt: skip
    torch = adapter("torch")
    assert isinstance(torch, TableAdapter)
    native = dataclasses.replace(torch, spellings=table).lower(parse_program(text), observe=["g"])
    assert native.text.count("torch.autograd.grad(") == 1
