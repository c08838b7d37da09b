"""Difference quotients of the reference against closed forms, which mpmath evaluates by formula at other digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numpy as np
import pytest

import conformance_reference as ref
from conformance_reference import held
from conformance_reference.arrays import Array, Interval, NotDifferentiable, asarray, context, precision
from conformance_reference.held import custom_gradient


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    precision()
    held.reset()
    with mpmath.workdps(60):
        yield


def near(value: Any, exact: Any, digits: int = 18) -> bool:
    number = value.item() if isinstance(value, Array) else value
    with mpmath.workdps(60):
        if exact == 0:
            return bool(abs(number) < mpmath.mpf(10) ** -36)
        return bool(abs(number - exact) <= abs(exact) * mpmath.mpf(10) ** -digits)


def all_near(value: Array, exact: list[Any]) -> bool:
    return len(value.elements()) == len(exact) and all(near(x, y) for x, y in zip(value.elements(), exact, strict=True))


# first, second and third order


@pytest.mark.parametrize("order", [1, 2, 3])
def test_sine_at_a_thousand(order: int) -> None:
    f: Callable[..., Any] = ref.sin
    for _ in range(order):
        f = ref.grad(f)
    exact = {1: mpmath.cos(1000), 2: -mpmath.sin(1000), 3: -mpmath.cos(1000)}[order]
    assert near(f(asarray(1000.0)), exact)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_a_power_has_the_falling_factorial(order: int) -> None:
    f: Callable[..., Any] = lambda x: x**4  # noqa: E731
    for _ in range(order):
        f = ref.grad(f)
    assert near(f(asarray(2.0)), {1: 32, 2: 48, 3: 48, 4: 24}[order])


@pytest.mark.parametrize("x", [20.0, -20.0, 40.0, 90.0])
def test_saturated_tanh_keeps_its_digits(x: float) -> None:
    assert near(ref.grad(ref.tanh)(asarray(x)), mpmath.sech(x) ** 2)
    second = ref.grad(ref.grad(ref.tanh))(asarray(x))
    assert near(second, -2 * mpmath.sech(x) ** 2 * mpmath.tanh(x))


def test_a_tail_beside_one_that_only_float64_can_hold() -> None:
    with mpmath.workdps(300):
        exact = mpmath.exp(-300) / (1 + mpmath.exp(-300)) ** 2
    assert near(ref.grad(ref.sigmoid)(asarray(300.0)), exact)


def test_a_tiny_argument_gets_a_tiny_step() -> None:
    x = asarray(1e-30)
    assert near(ref.grad(ref.log)(x), 1 / x.item())
    assert near(ref.grad(lambda x: x**2)(x), 2 * x.item())


def test_powers_have_derivative_zero_at_zero() -> None:
    for power in (2, 3, 4, 5):
        assert ref.grad(lambda x, p=power: x**p)(asarray(0.0)).item() == 0


def test_softmax_of_a_matrix_product() -> None:
    weights = [mpmath.mpf(1), mpmath.mpf(-2), mpmath.mpf(3)]
    a = [[0.5, -1.25], [2.0, 0.25], [-0.75, 1.5]]
    x = [1.5, -0.5]

    def f(x: Any) -> Any:
        return ref.sum(ref.softmax(ref.asarray(a) @ x) * ref.asarray([1.0, -2.0, 3.0]))

    z = [sum((mpmath.mpf(row[j]) * x[j] for j in range(2)), mpmath.mpf(0)) for row in a]
    total = sum((mpmath.exp(value) for value in z), mpmath.mpf(0))
    s = [mpmath.exp(value) / total for value in z]
    mean = sum((w * p for w, p in zip(weights, s, strict=True)), mpmath.mpf(0))
    exact = [sum((s[i] * (weights[i] - mean) * a[i][j] for i in range(3)), mpmath.mpf(0)) for j in range(2)]
    assert all_near(ref.grad(f)(asarray(x)), exact)


def test_the_gradient_of_det_at_a_singular_matrix_is_the_cofactor() -> None:
    gradient = ref.grad(ref.linalg_det)(asarray([[1.0, 2.0], [2.0, 4.0]]))
    assert all_near(gradient, [4, -2, -2, 1])
    rank_one = ref.grad(ref.linalg_det)(asarray([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]]))
    assert all_near(rank_one, [0] * 9)


def test_the_gradient_of_a_large_determinant_is_the_cofactor() -> None:
    rows = [[2.0 if i == j else 1.0 / (1 + i + 2 * j) for j in range(5)] for i in range(5)]
    matrix = asarray(rows, "float64")
    plain = mpmath.matrix([[mpmath.mpf(x) for x in row] for row in rows])
    cofactors = mpmath.det(plain) * (plain**-1).T
    assert all_near(ref.grad(ref.linalg_det)(matrix), [cofactors[i, j] for i in range(5) for j in range(5)])


def test_the_gradient_of_a_solution() -> None:
    a, b = [[2.0, 1.0], [0.5, 3.0]], [1.0, -2.0]
    gradient = ref.grad(lambda b: ref.linalg_solve(ref.asarray(a), b))(asarray(b))
    # the sum of A^-1 b: its gradient is A^-T times ones, and A^-1 is [[3, -1], [-0.5, 2]] / 5.5
    assert all_near(gradient, [mpmath.mpf("2.5") / mpmath.mpf("5.5"), mpmath.mpf(1) / mpmath.mpf("5.5")])


@pytest.mark.parametrize(
    ("x", "exact"),
    [([2.0, 3.0, 4.0], [12, 8, 6]), ([0.0, 3.0, 4.0], [12, 0, 0]), ([0.0, 0.0, 4.0], [0, 0, 0])],
)
def test_products_with_zeros(x: list[float], exact: list[int]) -> None:
    assert all_near(ref.grad(ref.prod)(asarray(x)), exact)


def test_second_derivatives_of_a_product_with_zeros() -> None:
    hessian = ref.hessian(ref.prod)(asarray([0.0, 0.0, 4.0]))
    assert hessian.shape == (3, 3)
    assert all_near(hessian, [0, 4, 0, 4, 0, 0, 0, 0, 0])


# kinks, poles, jumps


def interval(value: Array) -> tuple[float, float]:
    element = value.item()
    assert isinstance(element, Interval)
    return float(element.lo), float(element.hi)


def test_kinks_are_intervals() -> None:
    assert interval(ref.grad(ref.relu)(asarray(0.0))) == (0.0, 1.0)
    assert interval(ref.grad(ref.abs)(asarray(0.0))) == (-1.0, 1.0)
    assert interval(ref.grad(lambda x: ref.sqrt(x * x))(asarray(0.0))) == (-1.0, 1.0)
    assert interval(ref.grad(lambda x: ref.relu(x - 1.0))(asarray(1.0))) == (0.0, 1.0)
    assert interval(ref.grad(lambda x: 3.0 * ref.abs(x) - x)(asarray(0.0))) == (-4.0, 2.0)


def test_a_tie_of_the_maximum_is_an_interval_for_each_that_takes_part() -> None:
    first, second, third = ref.grad(ref.max)(asarray([1.0, 1.0, 0.5])).elements()
    assert (first.lo, first.hi, second.lo, second.hi, third) == (0, 1, 0, 1, 0)


def test_kinks_that_cancel_are_none() -> None:
    assert near(ref.grad(lambda x: ref.relu(x) - ref.relu(-x))(asarray(0.0)), 1)
    assert ref.grad(lambda x: ref.stack([ref.abs(x), -ref.abs(x)]))(asarray(0.0)).item() == 0


def test_beside_a_kink_the_derivative_is_a_number() -> None:
    assert near(ref.grad(ref.relu)(asarray(1e-30)), 1)
    assert near(ref.grad(ref.relu)(asarray(-1e-30)), 0)


def test_a_kink_of_the_first_derivative_shows_in_the_second() -> None:
    assert near(ref.grad(lambda x: x * ref.relu(x))(asarray(0.0)), 0)
    assert interval(ref.grad(ref.grad(lambda x: x * ref.relu(x)))(asarray(0.0))) == (0.0, 2.0)


def test_an_infinite_slope_is_infinite() -> None:
    assert ref.grad(ref.sqrt)(asarray(0.0)).item() == context.inf
    assert ref.grad(ref.asin)(asarray(1.0)).item() == context.inf
    assert ref.grad(ref.acos)(asarray(1.0)).item() == -context.inf


@pytest.mark.parametrize(
    ("f", "x", "reason"),
    [
        (lambda x: 1.0 / x, 0.0, "pole"),
        (ref.log, 0.0, "pole"),
        (ref.sign, 0.0, "jump"),
        (ref.floor, 2.0, "jump"),
        (lambda x: ref.astype(x, "int32"), 2.0, "jump"),
        (lambda x: ref.sqrt(ref.abs(x)), 0.0, "cusp"),
        (ref.log, -1.0, "not a number"),
        (ref.grad(ref.relu), 0.0, "kink"),
    ],
)
def test_where_there_is_no_derivative_the_argument_is_named(f: Any, x: float, reason: str) -> None:
    with pytest.raises(NotDifferentiable, match=rf"argument 0.*{reason}"):
        ref.grad(f)(asarray(x))


def test_the_element_is_named() -> None:
    with pytest.raises(NotDifferentiable, match=r"element \[1, 0\] of argument 0"):
        ref.grad(lambda x: 1.0 / x)(asarray([[1.0, 2.0], [0.0, 4.0]]))


def test_one_sided_domains_give_the_derivative_of_their_side() -> None:
    assert near(ref.grad(lambda x: x**1.5)(asarray(0.0)), 0)
    assert near(ref.grad(lambda x: x * ref.sqrt(x) + 2.0 * x)(asarray(0.0)), 2)


def test_an_untaken_branch_that_is_not_finite_does_not_matter() -> None:
    f = lambda x: ref.where(x > 0, ref.log(x), x)  # noqa: E731
    assert near(ref.grad(f)(asarray(-1.0)), 1)
    assert all_near(ref.grad(f)(asarray([-1.0, 4.0])), [1, mpmath.mpf(1) / 4])


def test_a_constant_infinity_beside_it_does_not_matter() -> None:
    assert all_near(
        ref.grad(lambda x: ref.log(ref.concat([x, ref.asarray([0.0])])))(asarray([2.0])), [mpmath.mpf(1) / 2]
    )


# the operators


def test_argnums_and_aux() -> None:
    f = lambda x, y: (x**2 * y, {"y": y})  # noqa: E731
    x, y = asarray(3.0), asarray(5.0)
    gradient, aux = ref.grad(f, argnums=1, has_aux=True)(x, y)
    assert near(gradient, 9)
    assert aux["y"].item() == 5
    (value, aux), (by_y, by_x) = ref.value_and_grad(f, argnums=(1, 0), has_aux=True)(x, y)
    assert (near(value, 45), near(by_y, 9), near(by_x, 30)) == (True, True, True)


def test_structures_keep_their_nesting() -> None:
    tree = {"w": asarray([1.0, 2.0]), "more": [asarray(3.0), (asarray(4.0),)]}
    gradient = ref.grad(lambda t: ref.sum(t["w"] ** 2) + t["more"][0] * t["more"][1][0])(tree)
    assert all_near(gradient["w"], [2, 4])
    assert near(gradient["more"][0], 4)
    assert isinstance(gradient["more"][1], tuple)
    assert near(gradient["more"][1][0], 3)


def test_a_target_of_several_parts_is_summed() -> None:
    assert all_near(ref.grad(lambda x: [x**2, {"a": 3.0 * x}])(asarray([1.0, 2.0])), [5, 7])


def test_vjp_and_jvp() -> None:
    f = lambda x, y: ref.stack([x * y, x + 2.0 * y])  # noqa: E731
    value, pullback = ref.vjp(f, asarray(3.0), asarray(5.0))
    assert all_near(value, [15, 13])
    by_x, by_y = pullback(asarray([10.0, 1.0]))
    assert (near(by_x, 51), near(by_y, 32)) == (True, True)
    value, tangent = ref.jvp(f, (asarray(3.0), asarray(5.0)), (asarray(1.0), asarray(-2.0)))
    assert all_near(value, [15, 13])
    assert all_near(tangent, [-1, -3])


def test_a_pullback_is_itself_differentiable() -> None:
    def f(x: Any) -> Any:
        _, pullback = ref.vjp(lambda y: y**3, x)
        return pullback(ref.asarray(2.0))[0]

    assert near(ref.grad(f)(asarray(4.0)), 48)  # 2 * 3 * 2 * x


def test_the_jacobian_has_rows_of_the_output() -> None:
    jacobian = ref.jacobian(lambda x: ref.stack([x[0] * x[1], x[1] ** 2, x[0]]))(asarray([2.0, 3.0]))
    assert jacobian.shape == (3, 2)
    assert all_near(jacobian, [3, 2, 0, 6, 1, 0])


def test_the_jacobian_of_structures() -> None:
    f = lambda t: {"a": t["x"] * t["y"], "b": t["y"]}  # noqa: E731
    jacobian = ref.jacobian(f)({"x": asarray(2.0), "y": asarray([3.0, 4.0])})
    assert all_near(jacobian["a"]["x"], [3, 4])
    assert all_near(jacobian["a"]["y"], [2, 0, 0, 2])
    assert all_near(jacobian["b"]["x"], [0, 0])


def test_hessian_and_its_product_with_a_vector() -> None:
    f = lambda x: x[0] ** 2 * x[1] + ref.sin(x[1])  # noqa: E731
    x = asarray([2.0, 3.0])
    assert all_near(ref.hessian(f)(x), [6, 4, 4, -mpmath.sin(3)])
    assert all_near(ref.hvp(f, x, asarray([1.0, -1.0])), [2, 4 + mpmath.sin(3)])


def test_vmap_of_a_gradient() -> None:
    x = asarray([1.0, 2.0, 3.0])
    assert all_near(ref.vmap(ref.grad(lambda x: x**3))(x), [3, 12, 27])
    both = ref.vmap(lambda row, w: (ref.sum(row * w), row), in_axes=(1, None))(
        asarray([[1.0, 2.0], [3.0, 4.0]]), asarray([1.0, 10.0])
    )
    assert all_near(both[0], [31, 42])
    assert both[1].shape == (2, 2)


def test_an_integer_argument_has_a_zero_gradient() -> None:
    by_n, by_x = ref.grad(lambda n, x: n * x, argnums=(0, 1))(asarray(3), asarray(2.0))
    assert by_n.item() == 0
    assert near(by_x, 3)


def test_a_cast_to_integers_breaks_the_flow() -> None:
    f = lambda x: ref.astype(ref.astype(x, "int32"), "float32") * x  # noqa: E731
    assert near(ref.grad(f)(asarray(2.5)), 2)


def test_a_complex_argument_gets_the_direction_of_steepest_ascent() -> None:
    gradient = ref.grad(lambda z: ref.abs(z) ** 2)(asarray(3 + 4j))
    assert near(gradient.item().real, 6)
    assert near(gradient.item().imag, 8)


# what stays constant


def test_stop_gradient_keeps_its_value_and_loses_its_derivative() -> None:
    def f(x: Any) -> Any:
        return x * ref.stop_gradient(x) ** 2

    assert near(f(asarray(3.0)), 27)
    assert near(ref.grad(f)(asarray(3.0)), 9)
    assert near(ref.grad(ref.grad(f))(asarray(3.0)), 0)


def test_stop_gradient_of_an_outer_argument_inside_an_inner_derivative() -> None:
    def inner(x: Any) -> Any:
        return ref.grad(lambda y: ref.stop_gradient(x) * y**3)(x)  # 3 x y^2 at y = x, the first factor cut

    assert near(inner(asarray(2.0)), 24)
    assert near(ref.grad(inner)(asarray(2.0)), 24)  # 2 * d(3 y^2)/dy, not d(3 x^3)/dx = 36


def test_stop_gradient_beside_a_kink_of_the_inner_function() -> None:
    # the inner quotient takes a second step at the kink only, and must not disturb what the outer one replays
    f = lambda x: ref.grad(lambda y: y * ref.relu(y - 1.0) * ref.stop_gradient(y))(x) + ref.stop_gradient(x)  # noqa: E731
    assert near(ref.grad(f)(asarray(2.0)), 4)  # d(2y - 1)*2 with the cut factor 2


def test_numbers_on_the_host_are_constants() -> None:
    assert near(ref.grad(lambda x: x * ref.to_numpy(x))(asarray(5.0)), 5)
    assert near(ref.grad(lambda x: x * ref.to_float(x))(asarray(5.0)), 5)


def test_a_branch_may_cut_differently_and_says_so() -> None:
    def f(x: Any) -> Any:
        return ref.stop_gradient(x) + ref.stop_gradient(x) if x > 0 else x

    with pytest.raises(NotDifferentiable, match="another path"):
        ref.grad(lambda x: f(-x) if x == 0 else f(x))(asarray(0.0))


# functions that bring their own derivative


def test_custom_gradient_overrides_the_derivative() -> None:
    @custom_gradient
    def doubled(x: Any) -> Any:
        return x**2, lambda g: g * 100.0

    assert near(doubled(asarray(3.0)), 9)
    assert near(ref.grad(doubled)(asarray(3.0)), 100)
    assert near(ref.grad(lambda x: 2.0 * doubled(x**2))(asarray(3.0)), 1200)


def test_the_second_derivative_differentiates_the_rule() -> None:
    @custom_gradient
    def f(x: Any) -> Any:
        return x, lambda g: g * x**3

    assert near(ref.grad(f)(asarray(2.0)), 8)
    assert near(ref.grad(ref.grad(f))(asarray(2.0)), 12)
    assert near(ref.grad(ref.grad(ref.grad(f)))(asarray(2.0)), 12)


def test_log1pexp_by_its_own_rule() -> None:
    @custom_gradient
    def f(x: Any) -> Any:
        e = ref.exp(x)
        return ref.log(1.0 + e), lambda g: g * (1.0 - 1.0 / (1.0 + e))

    s = 1 / (1 + mpmath.exp(-2))
    assert near(ref.grad(f)(asarray(2.0)), s)
    assert near(ref.grad(ref.grad(f))(asarray(2.0)), s * (1 - s))


def test_custom_gradient_of_several_arguments_and_elements() -> None:
    @custom_gradient
    def f(x: Any, y: Any) -> Any:
        return x * y, lambda g: (g * 2.0, g * 3.0)

    by_x, by_y = ref.grad(f, argnums=(0, 1))(asarray([1.0, 2.0]), asarray([5.0, 7.0]))
    assert all_near(by_x, [2, 2])
    assert all_near(by_y, [3, 3])


def test_a_rule_with_too_few_gradients_is_told() -> None:
    f = ref.custom_gradient(lambda x, y: (x * y, lambda g: g))
    with pytest.raises(TypeError, match="1 gradients for 2 arguments"):
        ref.grad(f)(asarray(1.0), asarray(2.0))


def test_checkpoint_and_snapshot_change_nothing() -> None:
    assert near(ref.grad(ref.checkpoint(lambda x: x**2))(asarray(3.0)), 6)
    assert ref.snapshot(asarray(2.0)).item() == 2


# precision


def test_another_precision_gives_the_same_eighteen_digits() -> None:
    f = ref.grad(ref.grad(lambda x: ref.exp(ref.sin(x)) / x))
    first = f(asarray(1.25)).item()
    precision(120, "1e-30")
    second = f(asarray(1.25)).item()
    assert first != second
    assert near(first, second)


def test_after_an_error_nothing_is_left_behind() -> None:
    digits = context.dps
    with pytest.raises(NotDifferentiable):
        ref.grad(ref.grad(lambda x: ref.stop_gradient(x) / x))(asarray(0.0))
    assert context.dps == digits
    assert near(ref.grad(ref.sin)(asarray(1000.0)), mpmath.cos(1000))


def test_a_short_training_run_comes_near_its_solution() -> None:
    xs = np.linspace(-1.0, 1.0, 10).astype(np.float32)
    x, y = asarray(xs), asarray((3.0 * xs + 2.0).astype(np.float32))
    w, b = asarray(0.0), asarray(0.0)
    step = ref.value_and_grad(lambda w, b: ref.mean(ref.square(w * x + b - y)), argnums=(0, 1))
    losses = []
    for _ in range(15):
        loss, (by_w, by_b) = step(w, b)
        losses.append(float(loss))
        w, b = w - 0.5 * by_w, b - 0.5 * by_b
    assert losses == sorted(losses, reverse=True)
    assert abs(float(w) - 3.0) < 0.01
    assert abs(float(b) - 2.0) < 0.01
