"""A set of combinations into few product sets: {a, b} × {1, 2} says four of them in one line."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

Combination = tuple[str, ...]
Product = tuple[tuple[str, ...], ...]
"""For each axis the values, in the axis' own order."""


def products(
    wanted: Collection[Combination],
    axes: Mapping[str, Sequence[str]],
    free: Callable[[Combination], bool] = lambda _: False,
) -> Iterator[Product]:
    """Yield product sets that together hold every wanted combination once, and besides them only free ones.

    Greedy: from the first combination that is left, the largest set that grows from it, axis by axis. No two sets
    have a combination in common. A value that only free combinations have is named where its axis is whole by it.
    """
    index = [{value: i for i, value in enumerate(values)} for values in axes.values()]
    left = dict.fromkeys(sorted(wanted, key=lambda one: [at[value] for at, value in zip(index, one, strict=True)]))
    taken: set[Combination] = set()
    orders = _orders(len(index))
    while left:
        seed = next(iter(left))
        grown = (_grow(seed, order, axes, lambda one: one in left or (one not in taken and free(one)))
                 for order in orders)  # fmt: skip
        best = max(grown, key=lambda product: sum(one in left for one in itertools.product(*product)))
        here = [one for one in itertools.product(*best) if one in left]
        for i, (values, whole) in enumerate(zip(best, axes.values(), strict=True)):
            if len(values) < len(whole):
                best[i] = list({one[i] for one in here})
        for one in itertools.product(*best):
            left.pop(one, None)
            taken.add(one)
        yield tuple(
            tuple(sorted(values, key=at.__getitem__)) for values, at in zip(best, index, strict=True)
        )  # fmt: skip


def _orders(count: int) -> list[tuple[int, ...]]:
    """Return some orders in which axes may be grown: every axis comes first, and every one last."""
    forward = tuple(range(count))
    turned = [forward[i:] + forward[:i] for i in range(count)]
    return list(dict.fromkeys([*turned, *(order[::-1] for order in turned)]))


def _grow(
    seed: Combination, order: Sequence[int], axes: Mapping[str, Sequence[str]], allowed: Callable[[Combination], bool]
) -> list[list[str]]:
    values = [[value] for value in seed]
    lists = list(axes.values())
    for axis in order:
        for value in lists[axis]:
            if value in values[axis]:
                continue
            step = [[value] if i == axis else given for i, given in enumerate(values)]
            if all(map(allowed, itertools.product(*step))):
                values[axis].append(value)
    return values
