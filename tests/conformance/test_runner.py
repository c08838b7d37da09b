"""Cells into records: verdicts, losses, keys, the reference, and the agreement of frameworks."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance import cell_record, runner
from conformance.adapter import Profile, Unconnected
from conformance.agreement import agreement_cells
from conformance.case import Case
from conformance.cell_record import key_of, needs_reference
from conformance.expectation import parse_expected, plain_expected
from conformance.load import LoadedCase
from conformance.lowering.native import NativeSource
from conformance.observation import Array, Observed
from conformance.plan import Cell, Target, Variant
from conformance.pool import Pool
from conformance.results import CellRecord, decode_record, encode_record
from conformance.runner import run_cells

MINIATURES = Path(__file__).parents[1] / "miniatures"


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    def miniature(name: str) -> Any:
        profile = Profile(
            name=name,
            title=name.title(),
            distribution=(name,),
            module=name,
            unconnected=Unconnected(as_="none", statement="mini-none"),
        )
        return SimpleNamespace(profile=profile, runtime=MINIATURES / f"{name}.py")

    monkeypatch.setattr(cell_record, "adapter", miniature)
    names = ("arithmetic", "missing_framework")
    with Pool(runtimes={name: MINIATURES / f"{name}.py" for name in names}, cache=tmp_path) as found:
        yield found


def loaded(name: str = "one", **fields: Any) -> LoadedCase:
    body = {"id": name, "title": "A case", "covers": ["a-statement"], "program": "y = 1.0\n", "expect": {"y": 1.0}}
    return LoadedCase(case=Case.model_validate({**body, **fields}), area="area", about=None, file="a.yaml", line=1)


def cell(
    text: str = "y = 1.0\n", *, framework: str = "arithmetic", case: LoadedCase | None = None, **fields: Any
) -> Cell:  # fmt: skip
    case = case or loaded()
    made = Cell(
        variant=Variant(loaded=case, axes={}),
        target=Target(framework=framework),
        native=NativeSource(
            text=text,
            line_map=tuple(range(1, text.count("\n") + 2)),
            observe={name: name for name in case.case.expect},
        ),
        unsupported=None,
        expected=parse_expected(case.case.expect),
        difference=None,
        lines={"y": 1},
    )
    return dataclasses.replace(made, **fields)


def records(cells: list[Cell], pool: Pool, **options: Any) -> dict[str, CellRecord]:
    found = list(run_cells(cells, **{"jobs": 2, "timeout": 20.0, "pool": pool, **options}))
    for record in found:
        assert decode_record(json.loads(encode_record(record))) == record
    assert len(found) == len(cells)
    return {record.cell: record for record in found}


def test_a_cell_that_is_as_expected_conforms(pool: Pool) -> None:
    (record,) = records([cell()], pool).values()
    assert record.cell == "area/one@arithmetic-cpu-eager"
    assert (record.verdict, record.version, record.native) == ("conforms", "1.0", "y = 1.0\n")
    assert record.expected == {"y": 1.0}
    assert record.observations == {"y": {"kind": "scalar", "value": 1.0, "type": "float"}}
    assert record.documents == ("a-statement",)
    assert record.peak_memory
    assert record.seconds["run"] >= 0.0
    assert len(record.key) == 64


def test_a_wrong_value_contradicts_and_the_message_names_place_and_values(pool: Pool) -> None:
    (record,) = records([cell("y = 2.0\n")], pool).values()
    assert record.verdict == "contradicts"
    assert record.message.startswith("area/one on arithmetic: y is 2")
    assert "expected 1" in record.message


@pytest.mark.parametrize(
    ("text", "verdict", "said"),
    [
        ("raise ValueError('no')\n", "contradicts", "ValueError"),
        ("import os; os._exit(9)\n", "crashed", "ended with exit code 9 while running area/one@arithmetic-cpu-eager"),
        ("while True: pass\n", "timed-out", "its limit is 0.5 s"),
        ("y = (\n", "harness-error", "not valid Python"),
    ],
)
def test_what_goes_wrong_is_a_verdict_and_the_next_cell_runs(pool: Pool, text: str, verdict: str, said: str) -> None:
    limit: dict[str, Any] = {"timeout": 0.5} if verdict == "timed-out" else {}
    found = records([cell(text, case=loaded(**limit)), cell(case=loaded("two"))], pool)
    record = found["area/one@arithmetic-cpu-eager"]
    assert record.verdict == verdict
    assert said in record.message
    assert found["area/two@arithmetic-cpu-eager"].verdict == "conforms"


def test_a_framework_that_is_not_installed_is_not_run_by_name(pool: Pool) -> None:
    (record,) = records([cell(framework="missing_framework")], pool).values()
    assert record.verdict == "not-run"
    assert "No module named 'a_framework_that_nobody_installed'" in record.message


def test_cells_that_are_not_for_running_never_reach_a_worker(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was sent to a worker")

    monkeypatch.setattr(pool, "run", never)
    cells = [
        cell(native=None, unsupported="there is no tape", case=loaded("a")),
        cell(native=None, refused="native source is refused", case=loaded("b")),
        cell(native=None, broken="the adapter failed", case=loaded("c")),
    ]
    found = list(records(cells, pool).values())
    assert [(r.verdict, r.message, r.because) for r in found] == [
        ("unsupported", "there is no tape", "there is no tape"),
        ("not-run", "native source is refused", None),
        ("harness-error", "the adapter failed", None),
    ]


def test_a_documented_difference_carries_its_reason_and_documents(pool: Pool) -> None:
    case = loaded(differs={"arithmetic": {"expect": {"y": 1.0}, "because": "it says so", "covers": ["its-own"]}})
    (record,) = records([cell(case=case, difference=case.case.difference("arithmetic", "eager"))], pool).values()
    assert (record.verdict, record.because) == ("differs", "it says so")
    assert record.documents == ("its-own", "a-statement")


def test_a_known_failure_is_known_and_stale_once_it_is_gone(pool: Pool) -> None:
    known = {
        "framework": "arithmetic",
        "kind": "bug",
        "because": "it is twice too large",
        "issue": "https://issues.example/1",
        "observed": {"y": 2.0},
    }
    case = loaded(known=[known])
    (record,) = records([cell("y = 2.0\n", case=case)], pool).values()
    assert (record.verdict, record.stale, record.because) == ("known", False, "it is twice too large")
    assert record.issue == "https://issues.example/1"
    (record,) = records([cell("y = 1.0\n", case=case)], pool).values()
    assert (record.verdict, record.stale) == ("conforms", True)
    (record,) = records([cell("y = 3.0\n", case=case)], pool).values()
    assert (record.verdict, record.stale) == ("contradicts", False)


def test_a_known_end_of_the_process_is_known(pool: Pool) -> None:
    known = {"framework": "arithmetic", "kind": "bug", "because": "it aborts", "ends": "crashed"}
    case = loaded(known=[known])
    (record,) = records([cell("import os\nos.abort()\n", case=case)], pool).values()
    assert (record.verdict, record.because) == ("known", "it aborts")
    (record,) = records([cell("y = 1.0\n", case=case)], pool).values()
    assert (record.verdict, record.stale) == ("conforms", True)
    (record,) = records([cell("import os\nos.abort()\n")], pool).values()
    assert record.verdict == "crashed"


def test_the_same_source_runs_once_for_all_its_cells(pool: Pool) -> None:
    text = "import os, time\nnow = time.monotonic()\ny = 1.0\nz = 2.0\n"
    cases = [
        loaded("a", expect={"y": 1.0, "now": "undocumented"}),
        loaded("b", expect={"z": 2.0, "now": "undocumented"}),
    ]
    first, second = records([cell(text, case=case) for case in cases], pool).values()
    assert set(first.observations) == {"y", "now"}
    assert set(second.observations) == {"z", "now"}
    assert first.observations["now"] == second.observations["now"]
    assert first.seconds
    assert not second.seconds
    first, second = records([cell(text, case=case) for case in cases], pool, fresh=True).values()
    assert first.observations["now"] != second.observations["now"]


def test_cells_of_a_worker_keep_their_order(pool: Pool) -> None:
    names = [f"c{number}" for number in range(20)]
    found = records([cell(case=loaded(name)) for name in names], pool)
    assert [record.case for record in found.values()] == [f"area/{name}" for name in names]


def test_an_equal_key_is_not_run_again(pool: Pool) -> None:
    one = cell()
    (first,) = records([one], pool).values()
    marked = dataclasses.replace(first, message="from before")
    (again,) = records([one], pool, resume={first.key: marked}).values()
    assert again.message == "from before"
    (other,) = records([cell("y = 2.0 / 2.0\n")], pool, resume={first.key: marked}).values()
    assert other.message == ""


def test_a_key_depends_on_all_that_decides_a_cell(pool: Pool) -> None:
    one = cell()
    keys = [
        key_of(one, "1.0"),
        key_of(one, "1.1"),
        key_of(cell("y = 1.00\n"), "1.0"),
        key_of(cell(case=loaded(expect={"y": 1.5})), "1.0"),
        key_of(cell(case=loaded(tolerance={"rtol": 0.1, "because": "it is coarse"})), "1.0"),
        key_of(cell(target=Target(framework="arithmetic", mode="compiled")), "1.0"),
        key_of(cell(framework="missing_framework"), "1.0"),
    ]
    assert len(set(keys)) == len(keys)
    assert key_of(cell(), "1.0") == keys[0]


def test_fresh_gives_every_cell_a_worker_of_its_own(pool: Pool) -> None:
    text = "import os\npid = os.getpid()\ny = 1.0\n"
    cells = [cell(text, case=loaded(name, expect={"y": 1.0, "pid": "undocumented"})) for name in ("a", "b")]
    seen = [record.observations["pid"]["value"] for record in records(cells, pool, fresh=True).values()]
    assert seen[0] != seen[1]
    seen = [record.observations["pid"]["value"] for record in records(cells, pool).values()]
    assert seen[0] == seen[1]


def test_closing_the_iterator_ends_what_runs(pool: Pool) -> None:
    cells = [cell(case=loaded("a")), cell("while True: pass\n", case=loaded("b")), cell(case=loaded("c"))]
    running = run_cells(cells, jobs=1, timeout=60.0, pool=pool)
    assert next(running).verdict == "conforms"
    began = time.monotonic()
    running.close()
    assert time.monotonic() - began < 10
    (record,) = records([cell()], pool).values()
    assert record.verdict == "conforms", "the pool can be used again"


def test_an_error_of_ours_in_a_thread_is_raised_and_does_not_hang(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(pool, "run", broken)
    with pytest.raises(RuntimeError, match="ours"):
        list(run_cells([cell()], jobs=1, timeout=5.0, pool=pool))


def value(x: float) -> Observed:
    return Array(dtype="float64", shape=(), data=(x,))


@pytest.mark.parametrize(
    ("reference", "verdict", "said"),
    [
        ({"y": value(1.0)}, "conforms", ""),
        ({"y": value(2.0)}, "contradicts", "expected 2"),
        (
            "it raised ValueError: no",
            "harness-error",
            "the reference gave no value to hold the answer against: it raised",
        ),
    ],
)
def test_numeric_is_held_against_the_reference(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, reference: Mapping[str, Observed] | str, verdict: str, said: str
) -> None:
    asked: list[str] = []

    def values(variant: Variant, _pool: Pool, *, timeout: float) -> Mapping[str, Observed] | str:
        asked.append(variant.id)
        return reference

    monkeypatch.setattr(runner, "reference_values", values)
    monkeypatch.setattr(cell_record, "_adapter_hash", lambda framework: framework)
    case = loaded(expect={"y": "numeric"})
    cells = [cell(case=case), cell(case=case, target=Target(framework="arithmetic", mode="compiled"))]
    found = list(records(cells, pool).values())
    assert [record.verdict for record in found] == [verdict, verdict]
    assert all(said in record.message for record in found)
    assert asked == ["area/one"], "the reference runs once for a variant"


def test_numeric_is_found_inside_of_lists_and_dictionaries() -> None:
    assert needs_reference(cell(case=loaded(expect={"y": ["numeric", 1.0]})))
    assert needs_reference(cell(case=loaded(expect={"y": {"w": "numeric"}})))
    assert not needs_reference(cell(case=loaded(expect={"y": "finite"})))


EXPECTATIONS: dict[str, Any] = {
    "a": 1.5,
    "b": [[1, 2], [3, 4]],
    "c": "unconnected",
    "d": {"raises": {"type": "ValueError", "match": "no", "at": 3}},
    "e": {"within": [0.0, 1.0]},
    "f": {"equals": "a"},
    "g": {"same_structure": "a"},
    "h": {"value": 2.0, "dtype": "float16"},
    "i": {"shape": [2, 3], "dtype": "float32"},
    "j": {"decreases": True, "below": 0.5, "final": {"near": 3.0, "atol": 0.1}, "length": 100},
    "k": {"w": 1.0, "b": "none"},
    "l": ["none", 1.0],
    "raises": {"type": "TypeError"},
    "warns": {"match": "slow", "category": "UserWarning"},
}


def test_an_expectation_is_written_as_the_case_writes_it() -> None:
    assert plain_expected(parse_expected(EXPECTATIONS)) == EXPECTATIONS


def answer(framework: str, observed: Any, *, case: str = "area/one", **fields: Any) -> CellRecord:
    record = CellRecord(
        cell=f"{case}@{framework}-cpu-eager",
        case=case,
        axes={},
        framework=framework,
        version="1",
        device="cpu",
        mode="eager",
        verdict="conforms",
        message="",
        observations={} if observed is None else {"y": observed},
        expected={"y": 1.0},
    )
    return dataclasses.replace(record, **fields)


def array(*data: Any, dtype: str = "float32") -> dict[str, Any]:
    return {"kind": "array", "dtype": dtype, "shape": [len(data)], "data": list(data)}


AGREEING = loaded(agreement={"atol": 0.1})


@pytest.mark.parametrize(
    ("left", "right", "verdict", "said"),
    [
        (array(1.0, 2.0), array(1.0, 2.05), "conforms", ""),
        (array(1.0, 2.0), array(1.0, 2.05, dtype="float64"), "conforms", ""),
        (array(1.0, 2.0), array(1.0, 2.3), "contradicts", "y is 0.3 apart between a-cpu-eager and b-cpu-eager"),
        (array(1.0), array(1.0, 2.0), "contradicts", "one has shape (1,) and the other (2,)"),
        (array("nan"), array("nan"), "conforms", ""),
        (array("nan"), array(1.0), "contradicts", "one has nan and the other 1.0"),
        ({"kind": "none"}, {"kind": "none"}, "conforms", ""),
        ({"kind": "none"}, array(0.0), "contradicts", "they are not of the same kind"),
        ({"kind": "list", "items": [array(1.0)]}, {"kind": "list", "items": [array(1.05)]}, "conforms", ""),
        ({"kind": "list", "items": [array(1.0)]}, {"kind": "list", "items": []}, "contradicts", "1 items"),
        ({"kind": "dict", "items": {"w": array(1.0)}}, {"kind": "dict", "items": {}}, "contradicts", "has the keys"),
        (array(1.0), None, "contradicts", "shows nothing"),
    ],
)  # fmt: skip
def test_agreement_compares_the_frameworks(left: Any, right: Any, verdict: str, said: str) -> None:
    (record,) = agreement_cells([answer("a", left), answer("b", right)], [AGREEING])
    assert record.cell == "area/one@agreement"
    assert record.framework == "agreement"
    assert record.verdict == verdict
    assert said in record.message
    assert decode_record(json.loads(encode_record(record))) == record


def test_agreement_tells_how_much_of_its_bound_was_used() -> None:
    (record,) = agreement_cells(
        [answer("a", array(1.0)), answer("b", array(1.05)), answer("c", array(1.025))], [AGREEING]
    )
    assert record.margin == pytest.approx(0.5)
    assert "between a-cpu-eager and b-cpu-eager" in record.checks[0].observed


def test_agreement_needs_two_frameworks() -> None:
    assert agreement_cells([answer("a", array(1.0))], [AGREEING]) == ()
    assert agreement_cells([answer("a", array(1.0)), answer("b", array(1.0))], [loaded()]) == ()
    missing = answer("b", None, verdict="crashed")
    (record,) = agreement_cells([answer("a", array(1.0)), missing], [AGREEING])
    assert record.verdict == "not-run"
    assert "b-cpu-eager gave no answer" in record.message


def test_agreement_leaves_out_a_documented_difference() -> None:
    case = loaded(agreement={"atol": 0.1}, differs={"b": {"expect": {"y": 9.0}, "because": "it says so"}})
    (record,) = agreement_cells([answer("a", array(1.0)), answer("b", array(9.0)), answer("c", array(1.0))], [case])
    assert record.verdict == "conforms"
    (record,) = agreement_cells([answer("a", array(1.0)), answer("b", array(9.0)), answer("c", array(5.0))], [case])
    assert record.verdict == "contradicts"


@pytest.mark.parametrize("framework", ["tensorflow", "torch", "jax"])
def test_a_real_framework_from_source_to_verdict(tmp_path: Path, framework: str) -> None:
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    source = {
        "tensorflow": "import tensorflow as tf\nx = tf.Variable(3.0)\nwith tf.GradientTape() as t:\n    z = x * x\n"
        "y = t.gradient(z, x)\n",
        "torch": "import torch\nx = torch.tensor(3.0, requires_grad=True)\ny, = torch.autograd.grad(x * x, x)\n",
        "jax": "import jax\ny = jax.grad(lambda x: x * x)(3.0)\n",
    }[framework]  # fmt: skip
    case = loaded(expect={"y": 6.0})
    with Pool(cache=tmp_path) as pool:
        (record,) = records([cell(source, framework=framework, case=case)], pool).values()
    assert (record.verdict, record.message) == ("conforms", "")
    assert record.observations["y"]["dtype"] == "float32"
