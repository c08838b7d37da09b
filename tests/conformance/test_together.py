"""Elementwise points asked as one array: the answers are those of each point asked by itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from conformance.lowering.derivative import lower_derivative
from conformance.lowering.together import BODIES, LOOP, fitting
from conformance.program import parse_program
from conformance.registry import adapter

FRAMEWORKS = ["jax", "torch", "tensorflow"]
ONE_BY_ONE = "answers = ask_one_by_one(points)\n"
POINTS = {
    "generic": ([0.625, -1.25, 2.125], [1.375, 0.375, -0.875]),
    "half": (0.5, -0.25),
    "broadcast": ([0.625, 1.25, 2.125], 1.5),
    "pair": ([1.5, -2.0], [0.5, 0.25]),
}


@pytest.fixture(autouse=True)
def narrow_afterwards() -> Iterator[None]:
    """Put JAX's 64-bit mode back, which a source in float64 turns on for the process and so for other tests."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].config.update("jax_enable_x64", False)


def answers(framework: str, way: str, *, together: bool = True, body: str = "x * y * y") -> dict[str, Any]:
    pytest.importorskip(framework)
    program = parse_program(f"def f(x, y):\n    return {body}\n")
    native = lower_derivative(adapter(framework), program, way=way, dtype="float64", mode="eager", device="cpu",
                              points=POINTS, elementwise=True)  # fmt: skip
    text = native.text if together else native.text.replace(LOOP, ONE_BY_ONE)
    assert together or text != native.text
    space: dict[str, Any] = {}
    exec(compile(text, "cell", "exec"), space)
    found: dict[str, Any] = space["answers"]
    return found


def flat(answer: Any) -> list[float]:
    parts = answer if isinstance(answer, list) else [answer]
    return [float(x) for part in parts for x in np.ravel(np.asarray(part))]


def test_points_of_one_shape_fit_and_broadcast_empty_and_complex_ones_do_not() -> None:
    assert fitting(POINTS, "float32") == ("generic", "half", "pair")
    assert fitting({"a": ([],), "b": (1.0,), "c": (2.0,)}, "float32") == ("b", "c")
    assert fitting(POINTS, "complex64") == ()
    assert fitting({"only": (1.0,)}, "float32") == ()


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("way", BODIES)
def test_together_and_one_by_one_are_the_same(framework: str, way: str) -> None:
    one_array, alone = answers(framework, way), answers(framework, way, together=False)
    assert set(one_array) == set(alone) == set(POINTS)
    for name in POINTS:
        np.testing.assert_allclose(flat(one_array[name]), flat(alone[name]), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("way", ["reverse", "forward"])
def test_the_jacobian_of_a_point_is_its_own_rows_and_columns(way: str) -> None:
    """A function that is not elementwise after all, so that rows and columns differ and are not mixed up."""
    found = answers("torch", way, body="cumulative_sum(x, axis=0) * y" if way == "forward" else "x * y")
    block = np.asarray(found["generic"][1])
    y = POINTS["generic"][1]
    wanted = (
        np.tril(np.ones((3, 3))) * np.asarray(y)[:, None]
        if way == "forward"
        else np.diag(np.asarray(y, dtype=np.float64))
    )
    np.testing.assert_allclose(block, wanted)


def test_a_point_that_raises_does_not_take_the_others_with_it() -> None:
    pytest.importorskip("torch")
    program = parse_program("def f(x, y):\n    return x * y\n")
    native = lower_derivative(adapter("torch"), program, way="reverse", dtype="float64", mode="eager", device="cpu",
                              points=POINTS, elementwise=True)  # fmt: skip
    refuses = "    assert not (x == 0.5).any(), 'no half'\n    return x * y\n"
    space: dict[str, Any] = {}
    exec(compile(native.text.replace("    return x * y\n", refuses), "cell", "exec"), space)
    found = space["answers"]
    assert found["half"] == "raised AssertionError: no half"
    assert flat(found["pair"])[1:5] == [0.5, 0.0, 0.0, 0.25]
