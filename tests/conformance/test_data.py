from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from conformance.data import data_lines
from conformance.errors import ProgramError


def evaluate(lines: Mapping[str, str]) -> dict[str, Any]:
    space: dict[str, Any] = {"np": np}
    for name, expression in lines.items():
        space[name] = eval(expression, space)
    return space


def test_data_are_made_by_numpy_from_the_seed() -> None:
    lines = data_lines({"seed": 42, "xs": "uniform(-1.0, 1.0, (4, 1))", "ys": "3 * xs + 2"})
    made = evaluate(lines)
    expected = np.random.default_rng(42).uniform(-1.0, 1.0, (4, 1)).astype(np.float32)
    np.testing.assert_array_equal(made["xs"], expected)
    np.testing.assert_array_equal(made["ys"], (3 * expected + 2).astype(np.float32))
    assert made["xs"].dtype == made["ys"].dtype == np.float32


def test_an_axis_may_be_the_seed() -> None:
    assert data_lines({"seed": "$s"}, {"s": 7})["rng"] == "np.random.default_rng(7)"


def test_integers_stay_integers() -> None:
    made = evaluate(data_lines({"seed": 0, "labels": "integers(0, 3, (5,))"}))
    assert made["labels"].dtype == np.int64


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"xs": "normal(0.0, 1.0, (2,))"}, "no seed stands before it"),
        ({"seed": -1}, "allowed: a natural number"),
        ({"seed": 1, "xs": "uniforn(0.0, 1.0, (2,))"}, "did you mean 'uniform'?"),
        ({"xs": "ys + 1"}, "is not bound before it"),
        ({"xs": "__import__('os')"}, "calls '__import__'"),
        ({"xs": "zeros.__class__"}, "holds Attribute"),
        ({"xs": "zeros((2,)"}, "is not an expression"),
        ({"xs": "[i for i in (1,)]"}, "holds ListComp"),
    ],
)
def test_what_is_no_data_is_refused(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ProgramError) as caught:
        data_lines(data)
    assert message in caught.value.message
