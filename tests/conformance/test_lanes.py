"""Which worker gets which cells, with cells that never run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from conformance.lanes import TOGETHER, WORTH_A_WORKER, Lanes, Share

if TYPE_CHECKING:
    from conformance.plan import Cell


def cells(framework: str, number: int, *, case: str = "one", device: str = "cpu") -> list[Cell]:
    target = SimpleNamespace(framework=framework, device=device)
    loaded = SimpleNamespace(case=case)
    made = [SimpleNamespace(target=target, variant=SimpleNamespace(loaded=loaded), place=k) for k in range(number)]
    return cast("list[Cell]", made)


def place(share: Share | None) -> tuple[str, int] | None:
    return None if share is None else (share.framework, share.lane)


def test_a_thread_keeps_its_target_and_every_cell_is_given_once_and_in_order() -> None:
    waiting = [*cells("torch", 100), *cells("torch", 5, case="two"), *cells("jax", 30)]
    lanes, share, given = Lanes(waiting), None, []
    while (share := lanes.take(share)) is not None:
        given.append(share)
    assert [cell for share in given for cell in share.cells] == waiting
    assert [place(share) for share in given] == [("torch", 0)] * 3 + [("jax", 0)]


def test_cells_of_one_case_stay_together_and_small_cases_share_a_turn() -> None:
    many = [cell for number in range(20) for cell in cells("torch", 3, case=str(number))]
    first = Lanes(many).take()
    assert first is not None
    assert len(first.cells) == TOGETHER
    first = Lanes(cells("torch", 3 * TOGETHER)).take()
    assert first is not None
    assert len(first.cells) == 2 * TOGETHER


def test_threads_take_the_targets_one_each_before_two_share_one() -> None:
    lanes = Lanes([*cells("tensorflow", 1000), *cells("torch", 10), *cells("jax", 2000)])
    assert [place(lanes.take()) for _ in range(3)] == [("jax", 0), ("tensorflow", 0), ("torch", 0)]
    assert [place(lanes.take()) for _ in range(2)] == [("jax", 1), ("tensorflow", 1)]


def test_who_has_nothing_left_helps_where_enough_is_waiting() -> None:
    lanes = Lanes([*cells("jax", WORTH_A_WORKER + 4 * TOGETHER), *cells("torch", 1)])
    jax, torch = lanes.take(), lanes.take()
    assert place(torch) == ("torch", 0)
    helping = lanes.take(torch)
    assert place(helping) == ("jax", 1)
    assert lanes.take() is None, "not enough for a third"
    while (helping := lanes.take(helping)) is not None:
        assert place(helping) == ("jax", 1)
    assert lanes.take(jax) is None


def test_a_lane_that_was_left_is_taken_again() -> None:
    lanes = Lanes([*cells("jax", 3 * WORTH_A_WORKER), *cells("torch", 1)])
    first, torch = lanes.take(), lanes.take()
    assert place(lanes.take(torch)) == ("jax", 1)
    assert place(lanes.take(first)) == ("jax", 0)


def test_a_gpu_has_one_worker() -> None:
    lanes = Lanes(cells("torch", 1000, device="gpu"))
    assert place(lanes.take()) == ("torch", 0)
    assert lanes.take() is None
