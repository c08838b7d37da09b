"""Ways of order 2: the outer mode is said around the inner one, as the names of the ways say."""

from __future__ import annotations

from conformance.derivatives import WAYS, order_of
from conformance.lowering.composition import second_order

DERIVATIVE = {"reverse": "pull({g}, {t})", "forward": "push({g}, {t}, one)"}


def test_the_outer_mode_differentiates_what_the_inner_one_gives() -> None:
    assert second_order(DERIVATIVE, of="curve") == {
        "reverse-over-reverse": "pull(lambda t: pull(curve, t), zero)",
        "forward-over-reverse": "push(lambda t: pull(curve, t), zero, one)",
        "reverse-over-forward": "pull(lambda t: push(curve, t, one), zero)",
        "forward-over-forward": "push(lambda t: push(curve, t, one), zero, one)",
    }


def test_a_mode_that_gives_a_function_is_not_wrapped_in_another() -> None:
    found = second_order(DERIVATIVE, of="g", as_function={"reverse": "grad({g})"})
    assert found["forward-over-reverse"] == "push(grad(g), zero, one)"
    assert found["reverse-over-forward"] == "pull(lambda t: push(g, t, one), zero)"


def test_these_are_all_ways_of_order_two() -> None:
    assert set(second_order(DERIVATIVE, of="g")) == {way for way in WAYS if order_of(way) == 2}
