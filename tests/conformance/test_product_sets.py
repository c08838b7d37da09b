"""Sets of combinations said as product sets: nothing is lost, nothing is added, and whole axes are found."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from conformance.product_sets import products

AXES = {"op": ("sin", "exp", "log"), "way": ("reverse", "forward"), "point": ("zero", "one", "huge", "tiny")}
ALL = tuple(itertools.product(*AXES.values()))


@given(st.sets(st.sampled_from(ALL)))
def test_the_products_hold_every_combination_once_and_no_other(wanted: set[tuple[str, ...]]) -> None:
    said = [one for product in products(wanted, AXES) for one in itertools.product(*product)]
    assert sorted(said) == sorted(wanted)


@given(st.sets(st.sampled_from(ALL)), st.sets(st.sampled_from(ALL)))
def test_besides_what_is_wanted_only_free_combinations_are_said(
    wanted: set[tuple[str, ...]], free: set[tuple[str, ...]]
) -> None:
    said = [one for product in products(wanted, AXES, free.__contains__) for one in itertools.product(*product)]
    assert len(said) == len(set(said))
    assert wanted <= set(said) <= wanted | free


def test_one_product_is_found_where_there_is_one() -> None:
    wanted = set(itertools.product(("sin", "log"), AXES["way"], ("zero", "huge")))
    assert list(products(wanted, AXES)) == [(("sin", "log"), ("reverse", "forward"), ("zero", "huge"))]


def test_free_combinations_make_an_axis_whole_but_are_not_named_for_themselves() -> None:
    wanted = {("sin", "reverse", "zero")}
    forward = list(products(wanted, AXES, lambda one: one[1] == "forward" or one[0] == "exp"))
    assert forward == [(("sin",), ("reverse", "forward"), ("zero",))]
