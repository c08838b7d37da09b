"""Every operation on one generic input, in every framework: value and gradient agree with the reference."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator, Mapping
from typing import Final

import pytest
from samples import INPUTS, differentiated, inputs_of, operation_of, samples

from conformance.errors import Unsupported
from conformance.observation import Array, Observed, Scalar
from conformance.operations import operations
from conformance.plan import Target
from conformance.pool import Lost, Pool
from conformance.program import parse_program
from conformance.registry import adapter

RTOL: Final = {"float32": 5e-5, "float64": 1e-9}
"""Of the largest element. The worst samples solve linear systems; some special functions are approximations."""

FLOAT32_ONLY: Final = frozenset({"zeros", "ones", "full", "eye", "asarray", "astype", "to_numpy", "to_float"})
"""Operations whose samples make float32 arrays themselves."""

KNOWN: Final[Mapping[tuple[str, str], str]] = {
    ("tensorflow", "fmod(m, n)"): "gradient registry has no entry for: TruncateMod",
    ("tensorflow", "linalg.lu_solve(square, other)"): "gradient registry has no entry for: Lu",
    ("tensorflow", "conv2d(image, filter2, dilation=2)"): "do not yet support dilation rates larger than 1",
    ("torch", "floor_divide(m, n)"): "derivative for aten::floor_divide is not implemented",
    ("torch", "bessel_j0(p)"): "does not require grad",
    ("torch", "bessel_j1(p)"): "does not require grad",
    # the factor is read as lower triangular, and the gradient is not zero above the diagonal
    ("torch", "linalg.cholesky_solve(square, other)"): "d_square: ",
    ("jax", "at_multiply(square, picks, other)"): "only implemented if `unique_indices=True`",
    ("jax", "segment_prod(tall, segments, 3)"): "only implemented if `unique_indices=True`",
    # the recurrence overflows float32 for small arguments
    ("jax", "bessel_j0(p)"): "nan",
    ("jax", "bessel_j1(p)"): "nan",
    # not-a-number between 1 and 1.5
    ("jax", "spence(p)"): "d_p: ",
}
"""What is wrong or not there in a framework, not in its spelling, with a part of what is seen then."""

KNOWN_FLOAT64: Final[Mapping[tuple[str, str], str]] = {
    # constants, and JAX's softmax, that are rounded to float32 on their way
    ("tensorflow", "gelu(m)"): "y: ",
    ("tensorflow", "geglu(rows4)"): "d_rows4: ",
    ("tensorflow", "log_cosh_loss(m, n)"): "y: ",
    ("torch", "hardsigmoid(m)"): "d_m: ",
    ("jax", "scaled_dot_product_attention(heads, heads2, heads3)"): "d_heads: ",
    ("jax", "causal_attention(heads, heads2, heads3)"): "d_heads: ",
    # the result is float32 whatever the input is
    ("tensorflow", "resize_bilinear(image, 2)"): "was expected to be a float tensor but is a double tensor",
}
"""The same, in float64 alone."""


FLOAT32_FAULTS: Final = frozenset({("jax", "bessel_j0(p)"), ("jax", "bessel_j1(p)")})
"""What is known in float32 and right in float64."""


def program_of(call: str, dtype: str, shape: tuple[int, ...] | None, *, complex_: bool = False) -> str:
    """Return the program of a sample for a data type; without a shape, only its value is asked for."""
    wide = ", dtype=float64" if dtype == "float64" else ""
    lines = [f"{name} = constant({INPUTS[name]}{wide if '.' in INPUTS[name] else ''})" for name in inputs_of(call)]
    sources = differentiated(call)
    if shape is None or not sources:
        return "\n".join([*lines, f"y = {call}"])
    lines.append(f"weights = constant({weights(shape)}{wide})")
    lines.append("with tape() as t:")
    lines.extend(f"    t.watch({name})" for name in sources)
    lines.append(f"    y = {call}")
    total = "sum(real(y) * weights) - 0.5 * sum(imag(y) * weights)" if complex_ else "sum(y * weights)"
    lines.append(f"    total = {total}")
    lines.append(f'gradients = t.gradient(total, [{", ".join(sources)}], unconnected="zero")')
    lines.extend(f"d_{name} = gradients[{place}]" for place, name in enumerate(sources))
    return "\n".join(lines)


def weights(shape: tuple[int, ...]) -> object:
    """Return uneven signed weights of a shape as nested lists."""
    values = iter((0.5 + 0.75 * k) * (-1) ** (k // 2) / (1 + k % 5) for k in range(math.prod(shape)))

    def build(rest: tuple[int, ...]) -> object:
        return [build(rest[1:]) for _ in range(rest[0])] if rest else round(next(values) * 64) / 64

    return build(shape)


def seen(pool: Pool, framework: str, text: str) -> dict[str, Observed] | str:
    """Return what a framework gives for the names of a program, or why it gives nothing."""
    program = parse_program(text)
    names = [name for name in program.bound if name == "y" or name.startswith("d_")]
    native = adapter(framework).lower(program, observe=names, wide="float64" in text)
    outcome = pool.run(Target(framework=framework), native, cell_id=f"agree/{framework}", timeout=120.0)
    if isinstance(outcome, Lost):
        return outcome.message
    if outcome.raised is not None:
        return f"{outcome.raised.type}: {outcome.raised.message}"
    return dict(outcome.observations.items())


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool() as found:
        yield found


Expected = dict[str, tuple[str, dict[str, Observed]]]


@pytest.fixture(scope="module", params=["float32", "float64"])
def expected(request: pytest.FixtureRequest, pool: Pool) -> tuple[str, Expected]:
    """Return a data type, and the program of every sample with the reference's values and gradients."""
    answers: Expected = {}
    dtype: str = request.param
    for call in samples():
        if dtype == "float64" and operation_of(call) in FLOAT32_ONLY:
            continue
        text = program_of(call, dtype, None)
        value = seen(pool, "reference", text)
        assert not isinstance(value, str), f"{call}: {value}"
        found = value.get("y")
        if isinstance(found, Array) and found.dtype.startswith(("float", "complex")) and differentiated(call):
            text = program_of(call, dtype, found.shape, complex_=found.dtype.startswith("complex"))
            value = seen(pool, "reference", text)
            assert not isinstance(value, str), f"{call}: {value}"
        answers[call] = text, value
    return dtype, answers


def numbers(value: Observed) -> list[complex]:
    """Return an observation as plain numbers."""
    match value:
        case Array():
            return [complex(x) for x in value.data]
        case Scalar():
            return [complex(value.value)]
        case _:
            raise AssertionError(f"not numbers: {value}")


def disagreement(name: str, got: Observed, wanted: Observed, rtol: float) -> str | None:
    """Return how two observations differ, or None."""
    if not isinstance(wanted, Array | Scalar):
        return None
    if not isinstance(got, Array | Scalar):
        return f"{name}: {got}"
    if isinstance(got, Array) and isinstance(wanted, Array) and got.shape != wanted.shape:
        return f"{name}: shape {got.shape}, the reference has {wanted.shape}"
    one, two = numbers(got), numbers(wanted)
    scale = max([abs(x) for x in two if x == x], default=0.0)
    off = [abs(x - y) for x, y in zip(one, two, strict=True) if not (x != x and y != y)]
    if all(d <= rtol * (scale + 0.1) for d in off):
        return None
    return f"{name}: {[x.real if x.imag == 0 else x for x in one]}, the reference has {two}"[:400]


def test_every_operation_has_a_sample() -> None:
    assert len(operations()) >= 260
    assert [name for name in operations() if name not in {operation_of(call) for call in samples()}] == []


def test_the_samples_are_told_apart_by_a_wrong_answer() -> None:
    right = Array(dtype="float32", shape=(2,), data=(1.0, 2.0))
    wrong = Array(dtype="float32", shape=(2,), data=(1.0, 2.001))
    assert disagreement("y", right, right, 5e-5) is None
    assert disagreement("y", wrong, right, 5e-5) is not None


def problems_of(
    pool: Pool, framework: str, call: str, dtype: str, text: str, wanted: Mapping[str, Observed]
) -> list[str]:
    """Return where a framework disagrees on a sample; its value alone is looked at where there is no gradient."""
    got = seen(pool, framework, text)
    problems = []
    if isinstance(got, str):
        problems.append(f"{call}: {got[:300]}")
        alone = seen(pool, framework, program_of(call, dtype, None)) if " t:" in text else {}
        got = {} if isinstance(alone, str) else alone
        wanted = {name: value for name, value in wanted.items() if name in got}
    for name, value in wanted.items():
        found = disagreement(name, got[name], value, RTOL[dtype]) if name in got else f"{name} is missing"
        if found:
            problems.append(f"{call}: {found}")
    return problems


@pytest.mark.slow
@pytest.mark.parametrize("framework", ["tensorflow", "torch", "jax"])
def test_values_and_gradients_agree_with_the_reference(
    framework: str, pool: Pool, expected: tuple[str, Expected]
) -> None:
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    problems: list[str] = []
    dtype, answers = expected
    for call, (text, wanted) in answers.items():
        try:
            found = problems_of(pool, framework, call, dtype, text, wanted)
        except Unsupported:
            continue
        known = KNOWN.get((framework, call))
        if dtype == "float64":
            known = KNOWN_FLOAT64.get((framework, call), known)
        if dtype == "float64" and (framework, call) in FLOAT32_FAULTS:
            known = None
        if known is None:
            problems.extend(found)
        elif not any(known in problem for problem in found):
            problems.append(f"{call}: is known for {known!r}, and gives {found or 'the right answer'}")
    assert not problems, f"{len(problems)} of {len(answers)}\n" + "\n".join(problems)
