"""Requests that are sent ahead: each has its own answer, output, time limit and fault, as if it had been sent alone."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.lowering.native import NativeSource
from conformance.observation import Outcome, Scalar
from conformance.plan import Target
from conformance.pool import Lost, Pool
from conformance.worker_process import KEPT, Request, _Printed

MINIATURES = Path(__file__).parents[1] / "miniatures"
TARGET = Target(framework="arithmetic")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    runtimes = {"arithmetic": MINIATURES / "arithmetic.py"}
    with Pool(runtimes=runtimes, cache=tmp_path_factory.mktemp("cache"), start_seconds=20.0) as found:
        yield found


def request(text: str, name: str) -> Request:
    text = textwrap.dedent(text)
    native = NativeSource(text=text, line_map=tuple(range(1, text.count("\n") + 2)), observe={"y": "y"})
    return Request(native=native, cell_id=f"ahead/{name}@arithmetic-cpu-eager", mode=TARGET.mode)


def run_all(pool: Pool, *texts: str, timeout: float = 20.0) -> list[Outcome | Lost]:
    """Run sources in order, all that follow sent ahead with each."""
    requests = [request(text, str(number)) for number, text in enumerate(texts)]
    return [
        pool.run(TARGET, one.native, cell_id=one.cell_id, timeout=timeout, ahead=requests[number + 1 :])
        for number, one in enumerate(requests)
    ]


def values(found: list[Outcome | Lost]) -> list[object]:
    seen = [one.observations.get("y") if isinstance(one, Outcome) else one.kind for one in found]
    return [one.value if isinstance(one, Scalar) else one for one in seen]


PID = "import os\ny = os.getpid()\n"


def test_answers_come_in_order_and_from_one_worker(pool: Pool) -> None:
    assert values(run_all(pool, *(f"y = {number}" for number in range(20)))) == list(range(20))
    assert len(set(values(run_all(pool, PID, PID, PID)))) == 1


def test_each_cell_has_its_own_output(pool: Pool) -> None:
    ways = ("print('{}')", "import sys; print('{}', file=sys.stderr, end='')", "import os; os.write(1, b'{}')", "y = 1")
    found = run_all(pool, *(way.format(f"cell {number}") for number, way in enumerate(ways * 5)))
    outputs = [one.output.strip() for one in found]
    assert outputs == [("" if number % 4 == 3 else f"cell {number}") for number in range(20)]


def test_much_output_is_cut_for_its_own_cell_alone(pool: Pool) -> None:
    found = run_all(pool, "print('first')", "print('x' * 10**7)", "print('last')")
    assert found[0].output == "first\n"
    assert "bytes left out" in found[1].output
    assert len(found[1].output) < 2 * KEPT + 100
    assert found[2].output == "last\n"


def test_a_crash_costs_its_own_cell_and_the_next_ones_run_on_a_new_worker(pool: Pool) -> None:
    found = run_all(pool, PID, "import os\nprint('last words')\nos.abort()", PID, PID)
    assert isinstance(found[1], Lost)
    assert found[1].kind == "crashed"
    assert found[1].output.startswith("last words\n")
    assert "ahead/1@" in found[1].message
    before, _, *after = values(found)
    assert len(set(after)) == 1
    assert before not in after


def test_what_makes_no_sense_costs_its_own_cell(pool: Pool) -> None:
    garbage = (
        "import os\nfor n in range(100, 110):\n    try: os.write(n, b'garbage\\n')\n    except OSError: pass\ny = 1"
    )
    assert values(run_all(pool, "y = 1", garbage, "y = 3")) == [1, "harness-error", 3]


def test_the_time_limit_counts_from_the_start_of_the_cell(pool: Pool) -> None:
    pool.hello("arithmetic")
    slow = "import time\ntime.sleep(0.6)\ny = 1"
    assert values(run_all(pool, slow, slow, slow, timeout=1.5)) == [1, 1, 1]
    began = time.monotonic()
    assert values(run_all(pool, "y = 1", "while True: pass", "y = 3", timeout=0.5)) == [1, "timed-out", 3]
    assert time.monotonic() - began < 20


def test_a_worker_that_was_sent_something_else_is_not_believed(pool: Pool) -> None:
    one, other = request("y = 1", "one"), request("y = 'not asked for'", "other")
    first = pool.run(TARGET, one.native, cell_id=one.cell_id, timeout=20.0, ahead=[other])
    second = pool.run(TARGET, one.native, cell_id=one.cell_id, timeout=20.0)
    assert values([first, second]) == [1, 1]


def test_a_worker_that_ends_between_two_cells_costs_neither(pool: Pool) -> None:
    leaves = "import json, os\njson.loads = lambda *_: os._exit(9)\ny = 1"
    assert values(run_all(pool, leaves, "y = 2", "y = 3")) == [1, 2, 3]


def test_a_destructor_that_ends_the_process_costs_the_cell_that_made_the_object(pool: Pool) -> None:
    ends = "import os\nclass Ends:\n    def __del__(self, os=os): os._exit(7)\nkept = Ends()\ny = 1"
    found = run_all(pool, "y = 1", ends, "y = 3")
    assert values(found) == [1, "crashed", 3]
    assert isinstance(found[1], Lost)
    assert "ended with exit code 7" in found[1].message


def test_what_a_destructor_prints_is_no_cells_output(pool: Pool) -> None:
    prints = "class Prints:\n    def __del__(self): print('from the destructor')\nkept = Prints()\nprint('mine')"
    assert [one.output for one in run_all(pool, prints, "print('next')")] == ["mine\n", "next\n"]


def test_requests_larger_than_a_pipe_pass(pool: Pool) -> None:
    large = "# " + "x" * 1_000_000 + "\ny = {}"
    assert values(run_all(pool, *(large.format(number) for number in range(4)))) == [0, 1, 2, 3]


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_output_is_taken_apart_wherever_the_pipe_cuts_it(size: int) -> None:
    stream = b"import\x02MARKone\x03MARKbetween\x02MARK\x03MARK\x02MARKthree MARK\x02\x03MA\x03MARK\x02MARKfour"
    printed = _Printed(b"MARK")
    for at in range(0, len(stream), size):
        printed.add(stream[at : at + size])
    assert printed.begun == 4
    assert [printed.of_done() for _ in range(2)] == ["one", ""]
    assert printed.of_running() == "four"
