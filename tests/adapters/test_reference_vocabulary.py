"""Every operation of the reference against NumPy, Python's math or a formula, and the table that spells them."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np
import pytest

import conformance_reference as ref
from conformance.lowering.spelling import SpellingTable
from conformance.operations import operations
from conformance_reference import held
from conformance_reference.arrays import Array, asarray, astype, context, precision, promote
from conformance_reference.spellings import SPELLINGS

X = np.array([0.25, 0.5, 0.75])
WIDE = np.array([-2.5, -1.0, -0.0, 0.5, 1.5, 2.5, 3.0])
MATRIX = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.25], [0.5, -0.25, 2.0]])
GRID = np.arange(24.0).reshape(2, 3, 4) / 8 - 1


@pytest.fixture(autouse=True)
def _fresh() -> None:
    precision()
    held.reset()


def numbers(value: Array) -> Any:
    return np.array([complex(x) if isinstance(x, context.mpc) else float(x) for x in value.elements()]).reshape(
        value.shape
    )


def elementwise(function: Any, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.array([function(float(value)) for value in x.flat]).reshape(x.shape)


def normal(x: float) -> float:
    return x * math.erfc(-x / math.sqrt(2)) / 2


UNARY: dict[str, tuple[np.ndarray[Any, Any], Any]] = {
    "abs": (WIDE, np.abs), "negative": (WIDE, np.negative), "reciprocal": (X, np.reciprocal),
    "square": (WIDE, np.square),
    "sqrt": (X, np.sqrt), "rsqrt": (X, lambda x: 1 / np.sqrt(x)), "exp": (WIDE, np.exp), "expm1": (WIDE, np.expm1),
    "log": (X, np.log), "log1p": (X, np.log1p), "log2": (X, np.log2), "log10": (X, np.log10), "sin": (WIDE, np.sin),
    "cos": (WIDE, np.cos), "tan": (WIDE, np.tan), "asin": (X, np.arcsin), "acos": (X, np.arccos),
    "atan": (WIDE, np.arctan),
    "sinh": (WIDE, np.sinh), "cosh": (WIDE, np.cosh), "tanh": (WIDE, np.tanh), "asinh": (WIDE, np.arcsinh),
    "acosh": (X + 1, np.arccosh), "atanh": (X, np.arctanh), "sign": (WIDE, np.sign), "floor": (WIDE, np.floor),
    "ceil": (WIDE, np.ceil), "round": (WIDE, np.round), "trunc": (WIDE, np.trunc), "isfinite": (WIDE, np.isfinite),
    "isnan": (WIDE, np.isnan), "logical_not": (WIDE, np.logical_not),
    "erf": (WIDE, lambda x: elementwise(math.erf, x)), "erfc": (WIDE, lambda x: elementwise(math.erfc, x)),
    "lgamma": (np.array([-1.5, 0.5, 1.5, 30.0]), lambda x: elementwise(math.lgamma, x)),
    "relu": (WIDE, lambda x: np.maximum(x, 0)), "relu6": (WIDE * 4, lambda x: np.clip(x, 0, 6)),
    "elu": (WIDE, lambda x: np.where(x > 0, x, np.expm1(x))), "gelu": (WIDE, lambda x: elementwise(normal, x)),
    "silu": (WIDE, lambda x: x / (1 + np.exp(-x))), "sigmoid": (WIDE, lambda x: 1 / (1 + np.exp(-x))),
    "softplus": (WIDE, lambda x: np.log1p(np.exp(x))),
    "softmax": (GRID, lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)),
    "log_softmax": (GRID, lambda x: np.log(np.exp(x) / np.exp(x).sum(-1, keepdims=True))),
    "sum": (GRID, np.sum), "prod": (X, np.prod), "mean": (GRID, np.mean), "var": (GRID, np.var),
    "std": (GRID, np.std),
    "max": (GRID, np.max), "min": (GRID, np.min), "all": (WIDE, np.all), "any": (WIDE, np.any),
    "argmax": (WIDE, np.argmax), "argmin": (WIDE, np.argmin), "logsumexp": (GRID, lambda x: np.log(np.exp(x).sum())),
    "cumulative_sum": (X, np.cumsum), "cumulative_prod": (X, np.cumprod), "sort": (-WIDE, np.sort),
    "argsort": (-WIDE, np.argsort), "matrix_transpose": (GRID, lambda x: np.swapaxes(x, -1, -2)),
    "tril": (MATRIX, np.tril), "triu": (MATRIX, np.triu), "zeros_like": (GRID, np.zeros_like),
    "ones_like": (GRID, np.ones_like), "linalg_det": (MATRIX, np.linalg.det), "linalg_inv": (MATRIX, np.linalg.inv),
    "linalg_cholesky": (MATRIX, np.linalg.cholesky), "linalg_trace": (MATRIX, np.trace),
    "linalg_diagonal": (MATRIX, np.diagonal), "linalg_vector_norm": (X, np.linalg.norm),
    "to_numpy": (WIDE, lambda x: x),
}  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_array(name: str) -> None:
    x, expected = UNARY[name]
    value = getattr(ref, name)(asarray(x, "float64"))
    assert value.shape == np.shape(expected(x))
    np.testing.assert_allclose(numbers(value), expected(x), rtol=4e-15, atol=1e-300)


def test_digamma_is_the_derivative_of_lgamma() -> None:
    x = asarray([0.5, 1.0, 7.25])
    for one, two in zip(ref.grad(ref.lgamma)(x).elements(), ref.digamma(x).elements(), strict=True):
        assert abs(one - two) <= abs(two) * context.mpf("1e-20")
    assert abs(ref.digamma(1.0).item() + context.euler) < context.mpf("1e-70")


BINARY: dict[str, Any] = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "pow": np.power,
    "remainder": np.remainder, "floor_divide": np.floor_divide, "atan2": np.arctan2, "hypot": np.hypot,
    "logaddexp": np.logaddexp, "maximum": np.maximum, "minimum": np.minimum, "equal": np.equal, "less": np.less,
    "greater": np.greater, "logical_and": np.logical_and,
}  # fmt: skip


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_arrays(name: str) -> None:
    one, two = np.array([2.5, 0.5, 3.0]), np.array([[0.75], [-2.0], [3.0]])
    value = getattr(ref, name)(asarray(one), asarray(two))
    np.testing.assert_allclose(numbers(value), BINARY[name](one, two), rtol=1e-15)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
@pytest.mark.parametrize("name", ["sum", "mean", "var", "max", "min", "prod"])
def test_reductions_along_axes(name: str, axis: Any, keepdims: bool) -> None:
    value = getattr(ref, name)(asarray(GRID), axis=axis, keepdims=keepdims)
    expected = getattr(np, name)(GRID, axis=axis, keepdims=keepdims)
    assert value.shape == np.shape(expected)
    np.testing.assert_allclose(numbers(value), expected, rtol=1e-14)


def test_empty_reductions() -> None:
    empty = asarray(np.zeros((0, 3), np.float32))
    assert numbers(ref.sum(empty, axis=0)).tolist() == [0, 0, 0]
    assert ref.sum(empty, axis=1).shape == (0,)
    assert ref.prod(empty).item() == 1
    assert context.isnan(ref.mean(empty).item())


MOVED: list[tuple[Any, Any]] = [
    (lambda x: ref.reshape(x, (4, -1)), GRID.reshape(4, -1)),
    (lambda x: ref.permute_dims(x, (2, 0, 1)), GRID.transpose(2, 0, 1)),
    (lambda x: ref.squeeze(ref.expand_dims(x, 1), 1), GRID),
    (lambda x: ref.expand_dims(x, -1), GRID[..., None]),
    (lambda x: ref.broadcast_to(x[0, 0], (3, 4)), np.broadcast_to(GRID[0, 0], (3, 4))),
    (lambda x: ref.concat([x, x], axis=1), np.concatenate([GRID, GRID], axis=1)),
    (lambda x: ref.stack([x, x], axis=-1), np.stack([GRID, GRID], axis=-1)),
    (lambda x: ref.flip(x, 1), np.flip(GRID, 1)),
    (lambda x: ref.roll(x, 1, 2), np.roll(GRID, 1, 2)),
    (lambda x: ref.tile(x, (1, 2, 1)), np.tile(GRID, (1, 2, 1))),
    (lambda x: ref.take(x, [2, 0, 2], axis=1), np.take(GRID, [2, 0, 2], axis=1)),
    (lambda x: ref.clip(x, -0.5, 0.5), np.clip(GRID, -0.5, 0.5)),
    (lambda x: ref.where(x > 0, x, -x), np.abs(GRID)),
    (lambda x: ref.leaky_relu(x, 0.5), np.where(GRID > 0, GRID, GRID / 2)),
    (lambda x: ref.tensordot(x, x, axes=([0, 2], [0, 2])), np.tensordot(GRID, GRID, axes=([0, 2], [0, 2]))),
    (lambda x: ref.tensordot(x[0], x[0].T, axes=1), np.tensordot(GRID[0], GRID[0].T, axes=1)),
    (lambda x: ref.matmul(x, ref.matrix_transpose(x)), GRID @ np.swapaxes(GRID, 1, 2)),
    (lambda x: ref.vecdot(x, x), (GRID * GRID).sum(-1)),
    (lambda x: ref.outer(x[0, 0], x[0, 1]), np.outer(GRID[0, 0], GRID[0, 1])),
    (lambda x: x[1, :, ::2], GRID[1, :, ::2]),
    (lambda x: x[..., -1], GRID[..., -1]),
    (lambda x: x[ref.asarray([1, 0])], GRID[[1, 0]]),
    (lambda x: x[x > 0], GRID[GRID > 0]),
    (lambda x: ref.full((2, 2), 1.5) + ref.ones((2, 2)) + ref.zeros(2), np.full((2, 2), 2.5)),
    (lambda x: ref.eye(3), np.eye(3)),
    (lambda x: ref.arange(1, 7, 2), np.arange(1, 7, 2)),
    (lambda x: ref.arange(4), np.arange(4)),
    (lambda x: ref.linspace(0.0, 1.0, 5), np.linspace(0.0, 1.0, 5)),
    (lambda x: ref.one_hot([1, 0], 3), np.array([[0, 1, 0], [1, 0, 0]])),
    (lambda x: ref.linalg_solve(MATRIX, [1.0, 2.0, 3.0]), np.linalg.solve(MATRIX, [1.0, 2.0, 3.0])),
    (
        lambda x: ref.linalg_det(ref.stack([asarray(MATRIX), 2 * asarray(MATRIX)])),
        np.linalg.det(MATRIX) * np.array([1, 8]),
    ),
    (
        lambda x: ref.batch_diagonal(ref.reshape(ref.arange(16), (2, 2, 2, 2))),
        np.array([[[0, 1], [4, 5]], [[10, 11], [14, 15]]]),
    ),
]


@pytest.mark.parametrize("place", range(len(MOVED)))
def test_shapes_indices_and_products(place: int) -> None:
    function, expected = MOVED[place]
    value = function(asarray(GRID))
    assert value.shape == expected.shape
    np.testing.assert_allclose(numbers(value), expected, rtol=1e-14)


@pytest.mark.parametrize("update", [ref.at_set, ref.at_add, ref.at_multiply, ref.at_min, ref.at_max])
def test_an_updated_vector_holds_numbers_where_it_was_updated(update: Any) -> None:
    value = update(asarray([1.0, 2.0, 3.0]), asarray([0, 2]), asarray([0.5, 4.0]))
    assert all(isinstance(element, context.mpf) for element in value.elements())


def test_what_is_not_finite_follows_ieee() -> None:
    x = asarray([0.0, -1.0])
    assert str(numbers(ref.log(x))) == "[-inf  nan]"
    assert str(numbers(ref.reciprocal(asarray([0.0])))) == "[inf]"
    assert str(numbers(ref.divide(asarray([0.0, -1.0]), 0.0))) == "[ nan -inf]"
    assert str(numbers(ref.sqrt(x))) == "[ 0. nan]"
    assert str(numbers(ref.pow(x, asarray([-1.0, 0.5])))) == "[inf nan]"
    assert str(numbers(ref.lgamma(asarray([0.0, -2.0])))) == "[inf inf]"
    assert ref.isnan(ref.maximum(asarray(math.nan), 1.0)).item()
    assert ref.atanh(asarray(1.0)).item() == context.inf


OUTSIDE: dict[str, list[tuple[float, ...]]] = {
    "rel_entr": [(-1.0, 2.0), (1.0, -2.0), (-1.0, -2.0)],
    "polar": [(-1.5, 0.5)],
    "betaln": [(0.0, 1.5), (1.5, -0.5)],
    "zeta": [(1.0, 2.0), (0.5, 2.0), (2.5, 0.0), (3.0, -1.5)],
    "igamma": [(0.0, 1.0), (2.0, -1.0)],
    "igammac": [(-1.5, 1.0), (2.0, -1.0)],
    "betainc": [(1.5, 2.5, -0.25), (1.5, 2.5, 1.25), (0.0, 2.5, 0.5), (1.5, -1.0, 0.5)],
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_function_is_not_a_number_outside_its_domain(name: str) -> None:
    for arguments in OUTSIDE[name]:
        value = getattr(ref, name)(*(asarray([x], "float64") for x in arguments))
        assert np.isnan(numbers(value)).all(), arguments


@pytest.mark.parametrize("name", ["linalg_qr_r_abs", "linalg_svd_polar", "linalg_pinv", "linalg_lstsq"])
@pytest.mark.parametrize("rows", [[[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0]], [[1.5, 0.0], [-0.5, 0.0], [0.25, 0.0]]])
def test_factors_that_are_not_unique_are_no_value(name: str, rows: list[list[float]]) -> None:
    sides = [asarray([[1.0], [2.0], [3.0]])] if name == "linalg_lstsq" else []
    with pytest.raises(ValueError, match=r"rank|dependent|singular"):
        getattr(ref, name)(asarray(rows, "float64"), *sides)


def test_the_edges_of_a_domain_belong_to_it() -> None:
    def at(function: Any, *arguments: float) -> float:
        return float(np.real(numbers(function(*(asarray(x, "float64") for x in arguments)))))

    assert at(ref.rel_entr, 0.0, 0.0) == 0.0
    assert at(ref.rel_entr, 1.5, 0.0) == math.inf
    assert at(ref.polar, 0.0, 0.5) == 0.0
    assert (at(ref.igamma, 2.5, 0.0), at(ref.igammac, 2.5, 0.0)) == (0.0, 1.0)
    assert (at(ref.betainc, 2.5, 1.5, 0.0), at(ref.betainc, 2.5, 1.5, 1.0)) == (0.0, 1.0)
    assert at(ref.multiply_no_nan, math.inf, 0.0) == 0.0


def test_every_operation_is_spelled_and_every_spelling_leads_to_a_function() -> None:
    table = SpellingTable.parse("reference", SPELLINGS, roots=("ref",))
    for name, operation in operations().items():
        assert table.support(name) is None, name
        given = {parameter: ast.Name(parameter, ast.Load()) for parameter in operation.parameters}
        call = table.spell(name, given)
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Attribute)
        assert callable(getattr(ref, call.func.attr))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'softmaxx'"):
        ref.softmaxx  # noqa: B018


def test_dtype_names_are_attributes() -> None:
    assert (ref.float32, ref.bool, ref.bfloat16) == ("float32", "bool", "bfloat16")


# literals and casts


def test_a_literal_is_rounded_once_to_its_dtype() -> None:
    assert asarray(0.1).item() == float(np.float32(0.1))
    assert asarray(0.1, "float64").item() == 0.1
    assert asarray(0.1, "float16").item() == float(np.float16(0.1))
    assert asarray(0.1, "bfloat16").item() == 0.10009765625  # 0x3dcd: 205 / 2048
    assert asarray(np.array([0.1])).item() == 0.1
    assert asarray(1e-46).item() == 0


def test_a_cast_between_floating_types_keeps_the_value() -> None:
    x = asarray(0.1, "float64")
    assert astype(x, "float16").item() == x.item()
    assert astype(x, "float16").dtype == "float16"
    assert astype(asarray(-2.75), "int32").item() == -2
    assert astype(asarray([0.0, 2.0]), "bool").elements() == [False, True]
    assert isinstance(astype(asarray(3), "float32").item(), context.mpf)


def test_dtypes_of_literals_and_of_combinations() -> None:
    assert [asarray(x).dtype for x in (1, 1.0, True, 1j, [1, 2.0])] == [
        "int32",
        "float32",
        "bool",
        "complex64",
        "float32",
    ]
    assert (asarray(1) + 1.5).dtype == "float32"
    assert (asarray(1.0, "float16") * 2.5).dtype == "float16"
    assert (asarray(1) / asarray(2)).item() == 0.5
    assert promote("float16", "bfloat16") == "float32"
    assert promote("int64", "float32") == "float32"
    assert promote("float64", "complex64") == "complex128"


def test_python_meets_arrays() -> None:
    x = asarray([1.0, 2.0])
    assert [float(v) for v in x] == [1.0, 2.0]
    assert (len(x), bool(x[0] < x[1]), int(x[1]), x.shape) == (2, True, 2, (2,))
    assert numbers(np.array([1.0, 1.0]) + x).tolist() == [2.0, 3.0]
    assert numbers(2.0**x).tolist() == [2.0, 4.0]
    with pytest.raises(TypeError, match="not one number"):
        bool(x)
    with pytest.raises(ValueError, match="ragged"):
        asarray([[1.0], [1.0, 2.0]])
    with pytest.raises(ValueError, match="singular"):
        ref.linalg_inv(asarray([[1.0, 2.0], [2.0, 4.0]]))
