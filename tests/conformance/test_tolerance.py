"""The tolerance policy, against IEEE 754 and NumPy's own spacing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import tolerance as policy
from conformance.case import Tolerance
from conformance.formats import FORMATS, format_of


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_formats_are_those_of_numpy(dtype: str) -> None:
    info, form = np.finfo(dtype), FORMATS[dtype]
    assert form.precision == info.nmant + 1
    assert form.smallest_normal == float(info.smallest_normal)
    assert math.ldexp(2.0 - math.ldexp(1.0, 1 - form.precision), form.highest) == float(info.max)


def test_bfloat16_has_the_range_of_float32_and_eight_bits() -> None:
    form = FORMATS["bfloat16"]
    assert (form.lowest, form.highest) == (-126, 127)
    assert policy.ulp(np.array([1.0]), form)[0] == 2.0**-7


@given(st.floats(min_value=-(2.0**127), max_value=2.0**127, width=32))
def test_ulp_is_numpys_spacing_above_the_subnormals(value: float) -> None:
    at = max(abs(value), 2.0**-126)
    assert policy.ulp(np.array([value]), FORMATS["float32"])[0] == float(np.spacing(np.float32(at)))


def test_ulp_of_a_power_of_two_is_that_above_it() -> None:
    form = FORMATS["float32"]
    below = float(np.nextafter(np.float32(1.0), np.float32(0.0)))
    assert policy.ulp(np.array([1.0, below, 0.0]), form).tolist() == [2.0**-23, 2.0**-24, 2.0**-149]


@pytest.mark.parametrize(
    ("literal", "slack"),
    [
        (6.0, 0.0),
        (0.1, 0.0),  # short literals mean what they say
        (0.33333, 0.0),  # five digits
        (0.333333, 5e-7),
        (0.7310586, 5e-8),
        (-0.7310586, 5e-8),
        (1.234567e25, 0.5e19),
        (0.015625, 0.0),  # six decimals, exact in binary
        (123456.0, 0.0),
        (float("nan"), 0.0),
        (float("inf"), 0.0),
        (7, 0.0),
        (True, 0.0),
    ],
)
def test_a_rounded_literal_allows_half_a_unit_of_its_last_digit(literal: float, slack: float) -> None:
    assert policy.written_slack(literal) == pytest.approx(slack, rel=1e-12)


def test_bound_is_64_ulp_of_the_observed_dtype() -> None:
    for dtype, unit in (("float32", 2.0**-23), ("float64", 2.0**-52), ("complex64", 2.0**-23)):
        assert policy.bounds(np.array([1.5]), dtype=dtype, device="cpu")[0] == 64 * unit
    for dtype, unit in (("float16", 2.0**-10), ("bfloat16", 2.0**-7)):
        assert policy.bounds(np.array([1.5]), dtype=dtype, device="cpu")[0] == 4 * unit


def test_elementwise_is_narrower_than_a_program() -> None:
    one = np.array([1.0])
    bound = policy.bounds(one, dtype="float32", device="cpu", kind="elementwise")
    assert bound[0] == 8 * 2.0**-23 < policy.bounds(one, dtype="float32", device="cpu")[0]


def test_a_gpu_is_held_to_the_bounds_of_a_cpu() -> None:
    values = np.array([1.0, 1e3])
    assert np.array_equal(
        policy.bounds(values, dtype="float32", device="gpu"), policy.bounds(values, dtype="float32", device="cpu")
    )


def test_the_bound_at_zero_is_the_smallest_normal_and_no_neighbour_widens_it() -> None:
    bound = policy.bounds(np.array([0.0, 1e6]), dtype="float32", device="cpu")
    assert bound[0] == 2.0**-126


def test_integers_and_bools_have_no_bound() -> None:
    for dtype in ("int32", "bool", "uint8", "int64"):
        assert policy.bounds(np.array([3.0]), dtype=dtype, device="cpu")[0] == 0.0
        assert format_of(dtype) is None


def test_a_case_widens_and_never_narrows() -> None:
    wide = Tolerance(rtol=1e-3, atol=0.5, because="the sum cancels")
    assert policy.bounds(np.array([100.0]), dtype="float32", device="cpu", case=wide)[0] == pytest.approx(0.6)
    narrow = Tolerance(atol=1e-30, because="a wish")
    assert policy.bounds(np.array([1.0]), dtype="float32", device="cpu", case=narrow)[0] == 64 * 2.0**-23


def test_the_slack_of_a_literal_is_added() -> None:
    bound = policy.bounds(np.array([1.0]), dtype="float32", device="cpu", slack=np.array([0.25]))
    assert bound[0] == 0.25 + 64 * 2.0**-23


def measured(observed: list[complex], expected: list[complex], dtype: str) -> policy.Errors:
    real = all(isinstance(x, float) for x in observed + expected)
    kind = np.float64 if real else np.complex128
    wanted = np.array(expected, dtype=kind)
    allowed = policy.bounds(wanted, dtype=dtype, device="cpu")
    return policy.measure(np.array(observed, dtype=kind), wanted, allowed, dtype=dtype)


def test_one_float_away_is_one_ulp() -> None:
    for value in (1.0, 3.14, 1e-30, 1e30):
        near = np.float32(value)
        errors = measured([float(np.nextafter(near, np.float32(np.inf)))], [float(near)], "float32")
        assert errors.ulp[0] == 1.0
        assert errors.used[0] == 1 / 64


def test_errors_in_all_three_measures() -> None:
    errors = measured([6.5], [6.0], "float32")
    assert errors.absolute[0] == 0.5
    assert errors.relative[0] == 0.5 / 6
    assert errors.ulp[0] == 0.5 / 2.0**-21
    assert errors.outside[0]
    assert not errors.leading[0]


def test_leading_digits() -> None:
    assert measured([6.0 * (1 + 0.009)], [6.0], "float32").leading[0]
    assert not measured([6.0 * (1 + 0.011)], [6.0], "float32").leading[0]
    assert not measured([-6.0], [6.0], "float32").leading[0]
    assert not measured([1e-20], [0.0], "float32").leading[0]


def test_nan_and_infinities_stand_for_themselves() -> None:
    inf, nan = math.inf, math.nan
    errors = measured([nan, inf, -inf, inf, nan, 1.0, 1.0], [nan, inf, -inf, -inf, 1.0, nan, inf], "float32")
    assert errors.outside.tolist() == [False, False, False, True, True, True, True]
    assert not errors.leading[3:].any()


def test_a_number_too_large_for_the_dtype_is_infinity() -> None:
    assert not measured([math.inf], [1e5], "float16").outside[0]
    assert measured([math.inf], [65504.0], "float16").outside[0]
    assert measured([-math.inf], [1e5], "float16").outside[0]
    assert not measured([math.inf], [1e39], "float32").outside[0]


def test_subnormals_may_be_flushed() -> None:
    assert not measured([0.0], [1e-40], "float32").outside[0]
    assert measured([0.0], [1e-37], "float32").outside[0]


def test_complex_is_held_to_the_modulus_in_both_parts() -> None:
    assert not measured([complex(-1.0, 8.7e-8)], [complex(-1.0, 0.0)], "complex64").outside[0]
    assert measured([complex(-1.0, 1e-4)], [complex(-1.0, 0.0)], "complex64").outside[0]
    assert measured([complex(3.0, -4.0)], [complex(3.0, 4.0)], "complex128").outside[0]
    assert measured([complex(math.nan, 0.0)], [complex(1.0, 0.0)], "complex64").outside[0]


@given(st.floats(min_value=-(2.0**100), max_value=2.0**100, width=32), st.integers(min_value=65, max_value=2**20))
def test_more_than_64_ulp_off_is_outside(value: float, steps: int) -> None:
    unit = float(policy.ulp(np.array([value]), FORMATS["float32"])[0])
    off = max(steps * unit, 2.0**-126 * 2)
    assert measured([value + off], [value], "float32").outside[0]


def test_intervals_are_closed_and_bounded_at_their_ends() -> None:
    seen = np.array([0.0, 1.0, 0.5, 1.0 + 2.0**-20, 1.1, -0.1, math.nan])
    lo, hi = np.zeros(7), np.ones(7)
    below, above = (policy.bounds(end, dtype="float32", device="cpu") for end in (lo, hi))
    with np.errstate(all="ignore"):
        errors = policy.measure_interval(seen, lo, hi, below, above, dtype="float32")
    assert errors.outside.tolist() == [False, False, False, False, True, True, True]
    assert errors.absolute[4] == pytest.approx(0.1)


def test_coarser() -> None:
    assert policy.coarser("float32", "float64") == "float32"
    assert policy.coarser("float64", "bfloat16") == "bfloat16"
    assert policy.coarser("int32", "float64") == "float64"
    assert policy.coarser("float64", "int32") == "float64"
    assert policy.coarser("complex64", "complex128") == "complex64"


def test_few_digits_are_held_to_the_steps_that_round() -> None:
    def units(signature: str, terms: int = 1, dtype: str = "bfloat16") -> float:
        unit = 2.0 ** (1 - FORMATS[dtype].precision)
        bound = policy.derivative_bound(1.0, 0.0, dtype=dtype, device="cpu", order=1, signature=signature, terms=terms)
        return bound / unit

    assert (units("unary"), units("special"), units("unary", terms=9)) == (4.0, 8.0, 8.0)
    assert units("unary", dtype="float16") == 4.0
    assert units("unary", dtype="float32") == 8.0
    assert policy.leading("bfloat16") == 2**-4
    assert policy.leading("float32") == policy.LEADING
