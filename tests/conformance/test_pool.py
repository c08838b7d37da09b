"""Every fault of a program costs exactly its own cell; the next one runs on a new worker, or on the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.lowering.native import NativeSource
from conformance.observation import Array, Outcome, Scalar
from conformance.plan import Target
from conformance.pool import Lost, Pool, discover, worker_environment
from conformance.worker_process import KEPT

ROOT = Path(__file__).parents[2]
MINIATURES = ROOT / "tests" / "miniatures"
RUNTIMES = {
    name: MINIATURES / f"{name}.py"
    for name in ("arithmetic", "missing_framework", "dies_at_start", "speaks_old_protocol", "never_starts")
}
TARGET = Target(framework="arithmetic")


def native(text: str) -> NativeSource:
    text = textwrap.dedent(text)
    return NativeSource(text=text, line_map=tuple(range(1, text.count("\n") + 2)), observe={"y": "y"})


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    with Pool(runtimes=RUNTIMES, cache=tmp_path_factory.mktemp("cache"), start_seconds=20.0) as found:
        yield found


def run(pool: Pool, text: str, *, timeout: float = 20.0) -> Outcome | Lost:
    return pool.run(TARGET, native(text), cell_id="faults/one@arithmetic-cpu-eager", timeout=timeout)


FAULTS = {
    "SIGKILL": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "crashed", "signal 9 (SIGKILL"),
    "SIGSEGV": ("import ctypes; ctypes.string_at(0)", "crashed", "signal 11 (SIGSEGV)"),
    "abort": ("import os; os.abort()", "crashed", "signal 6 (SIGABRT)"),
    "os._exit": ("import os; os._exit(3)", "crashed", "ended with exit code 3"),
    "closes all descriptors": ("import os; os.closerange(0, 5000)", "crashed", "lost its channel"),
    "endless loop": ("while True: pass", "timed-out", "its limit is 0.5 s"),
    "hangs in C": ("import ctypes; ctypes.PyDLL(None).sleep(60)", "timed-out", "its limit is 0.5 s"),
    "ignores signals": (
        "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: pass", "timed-out", "limit",
    ),
    "garbage": (
        "import os\nfor n in range(3, 200):\n    try: os.write(n, b'garbage\\n')\n    except OSError: pass\n",
        "harness-error", "it sent what is not JSON: 'garbage'",
    ),
    "another's answer": (
        "import os\nfor n in range(3, 200):\n    try: os.write(n, b'{\"id\": 0}\\n')\n    except OSError: pass\n",
        "harness-error", "it answered request 0",
    ),
    "an endless line": (
        ("import os\nfor n in range(101, 110):\n    try:\n        while True: os.write(n, b'x' * 65536)\n"
        "    except OSError: pass\n"),
        "harness-error", "it sent what is not JSON: 'xxx",
    ),
    "a child that stays": (
        "import os, time\nif os.fork() == 0:\n    time.sleep(60)\nos._exit(4)", "crashed", "ended with exit code 4",
    ),
    "does not compile": ("y = (", "harness-error", "the native source is not valid Python: SyntaxError"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_its_own_cell(pool: Pool, fault: str) -> None:
    text, kind, said = FAULTS[fault]
    lost = run(pool, text, timeout=0.5 if kind == "timed-out" else 20.0)
    assert isinstance(lost, Lost)
    assert lost.kind == kind
    assert said in lost.message
    assert "faults/one@arithmetic-cpu-eager" in lost.message
    after = run(pool, "y = 5.0")
    assert isinstance(after, Outcome)
    assert after.observations == {"y": Scalar(value=5.0)}
    assert after.output == ""


ANSWERS = {
    "sys.exit": ("import sys; sys.exit(3)", "SystemExit"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "recursion": ("def f(): return f()\nf()", "RecursionError"),
    "memory": ("y = bytearray(2**62)", "MemoryError"),
    "a deep traceback": ("def f(n):\n    if n: f(n - 1)\n    raise ValueError('x' * 10**6)\nf(500)", "ValueError"),
}


@pytest.mark.parametrize("fault", ANSWERS)
def test_what_python_survives_is_an_answer_and_costs_no_worker(pool: Pool, fault: str) -> None:
    text, kind = ANSWERS[fault]
    before = run(pool, "import os; y = os.getpid()")
    outcome = run(pool, text)
    assert isinstance(outcome, Outcome)
    assert outcome.raised is not None
    assert outcome.raised.type == kind
    assert len(outcome.raised.message) < 10_000
    after = run(pool, "import os; y = os.getpid()")
    assert isinstance(before, Outcome)
    assert isinstance(after, Outcome)
    assert before.observations == after.observations


@pytest.mark.parametrize("way", ["print('x' * 10**6)", "os.write(1, b'x' * 10**6)", "os.write(2, b'x' * 10**6)"])
def test_100_megabytes_of_output_are_cut_and_nothing_blocks(pool: Pool, way: str) -> None:
    outcome = run(pool, f"import os\nprint('first')\nfor _ in range(100):\n    {way}\ny = 1\nprint('last')")
    assert isinstance(outcome, Outcome)
    assert outcome.observations == {"y": Scalar(value=1)}
    assert outcome.output.startswith("first\nxxx")
    assert outcome.output.endswith("last\n")
    assert "bytes left out" in outcome.output
    assert len(outcome.output) < 2 * KEPT + 100


def test_output_without_the_interpreter_lock_held_elsewhere_does_not_block(pool: Pool) -> None:
    text = "import ctypes\nc = ctypes.PyDLL(None)\nfor _ in range(100): c.write(1, b'x' * 10**6, 10**6)\ny = 1"
    assert isinstance(run(pool, text), Outcome)


def test_output_before_a_crash_is_kept(pool: Pool) -> None:
    lost = run(pool, "import os\nprint('the last words')\nos.abort()")
    assert isinstance(lost, Lost)
    assert lost.output.startswith("the last words\n")
    assert "faults_one_arithmetic_cpu_eager.py" in lost.output, "the stack is printed"


def test_standard_input_is_empty(pool: Pool) -> None:
    outcome = run(pool, "import sys; y = sys.stdin.read()")
    assert isinstance(outcome, Outcome)
    assert outcome.observations == {"y": Scalar(value="")}


def test_a_worker_that_speaks_unasked_is_replaced_before_the_next_cell(pool: Pool) -> None:
    text = (
        "import os, threading\ndef late():\n    for n in range(100, 110):\n        try: os.write(n, b'late\\n')\n"
        "        except OSError: pass\nthreading.Timer(0.1, late).start()\ny = 1"
    )
    assert isinstance(run(pool, text), Outcome)
    time.sleep(0.4)
    assert isinstance(run(pool, "y = 2"), Outcome)


def test_a_worker_that_held_too_much_is_replaced_before_the_next_cell(tmp_path: Path) -> None:
    process = "import os; y = os.getpid()"
    for most, workers in ((1 << 40, 1), (1 << 20, 3)):
        with Pool(runtimes=RUNTIMES, cache=tmp_path, most_memory=most) as found:
            outcomes = [run(found, process) for _ in range(3)]
        assert all(isinstance(outcome, Outcome) for outcome in outcomes)
        assert len({outcome.observations["y"] for outcome in outcomes if isinstance(outcome, Outcome)}) == workers


def test_a_large_source_and_a_large_answer_pass(pool: Pool) -> None:
    outcome = run(pool, "# " + "x" * 3_000_000 + "\nimport numpy as np\ny = np.arange(100_000.0)")
    assert isinstance(outcome, Outcome)
    assert isinstance(outcome.observations["y"], Array)
    assert outcome.observations["y"].data[-1] == 99_999.0


def test_a_framework_that_is_not_installed_is_named_with_the_reason(pool: Pool) -> None:
    target = Target(framework="missing_framework")
    lost = pool.run(target, native("y = 1"), cell_id="a/b@missing", timeout=5)
    assert isinstance(lost, Lost)
    assert lost.kind == "not-run"
    assert "No module named 'a_framework_that_nobody_installed'" in lost.message
    infos = pool.discover(["missing_framework", "arithmetic"], "cpu", ["eager"])
    assert [(info.framework, info.available, info.version) for info in infos] == [
        ("missing_framework", False, ""),
        ("arithmetic", True, "1.0"),
    ]
    assert infos[1].device_name == "a miniature"
    assert infos[1].import_seconds is not None


def test_a_gpu_that_is_not_there_is_said_to_be_missing(pool: Pool) -> None:
    infos = pool.discover(["arithmetic"], "gpu", ["eager", "compiled"])
    assert {(info.available, info.reason) for info in infos} == {(False, "no GPU found by arithmetic 1.0")}
    assert [info.mode for info in infos] == ["eager", "compiled"]


def test_an_unknown_device_is_refused(pool: Pool) -> None:
    with pytest.raises(UsageError, match="'tpu' is none; it takes auto, cpu or gpu"):
        pool.discover(["arithmetic"], "tpu")


def test_another_protocol_is_not_spoken_with(pool: Pool) -> None:
    said = pool.hello("speaks_old_protocol")
    assert said == "its worker cannot be used: it speaks protocol 0; this version of the suite speaks 1"


def test_a_worker_that_dies_at_its_start_is_started_three_times(tmp_path: Path) -> None:
    with Pool(runtimes=RUNTIMES, cache=tmp_path) as pool:
        for _ in range(2):
            said = pool.hello("dies_at_start")
            assert isinstance(said, str)
            assert "ended with exit code 3 at its start, 3 times in a row: the last words" in said
    assert (tmp_path / "starts").read_text().count("started") == 3


def test_an_import_that_never_ends_is_given_up(tmp_path: Path) -> None:
    with Pool(runtimes=RUNTIMES, cache=tmp_path, start_seconds=0.5) as pool:
        assert pool.hello("never_starts") == "never_starts was not imported within 0.5 s"


def test_an_interpreter_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with Pool(runtimes=RUNTIMES, cache=tmp_path, interpreters={"arithmetic": str(tmp_path / "python")}) as pool:
        said = pool.hello("arithmetic")
        assert isinstance(said, str)
        assert "its interpreter cannot be started" in said


def test_discover_needs_no_pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("conformance.pool._runtime_of", RUNTIMES.__getitem__)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert [info.available for info in discover(["arithmetic"], "cpu", ["eager"])] == [True]


def test_closing_ends_what_runs(tmp_path: Path) -> None:
    pool = Pool(runtimes=RUNTIMES, cache=tmp_path)
    assert not isinstance(pool.hello("arithmetic"), str)
    found: list[Outcome | Lost] = []
    thread = threading.Thread(target=lambda: found.append(run(pool, "while True: pass", timeout=60)))
    thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    pool.close()
    thread.join(10)
    assert time.monotonic() - began < 5
    assert isinstance(found[0], Lost)
    assert found[0].kind == "not-run"
    assert isinstance(run(pool, "y = 1"), Lost)


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: the death signal, and /proc")
@pytest.mark.parametrize("doing", ["y = 1", "while True: pass", "import ctypes; ctypes.PyDLL(None).sleep(60)"])
def test_no_worker_outlives_a_parent_that_is_killed(tmp_path: Path, doing: str) -> None:
    script = f"""
        import sys
        sys.path[:0] = {[str(ROOT), str(ROOT / "tests" / "conformance")]!r}
        from pathlib import Path
        from test_pool import RUNTIMES, Outcome, Pool, run
        pool = Pool(runtimes=RUNTIMES, cache=Path({str(tmp_path)!r}))
        outcome = run(pool, "import os; y = os.getpid()")
        assert isinstance(outcome, Outcome)
        print(outcome.observations["y"].value, flush=True)
        run(pool, {doing!r}, timeout=60)
        print("done", flush=True)
        import time; time.sleep(60)
    """
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", textwrap.dedent(script)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    if doing == "y = 1":
        parent.stdout.readline()
    else:
        time.sleep(0.3)
    assert Path(f"/proc/{worker}/stat").exists()
    parent.send_signal(signal.SIGKILL)
    parent.wait(10)
    parent.stdout.close()
    for _ in range(100):
        if not alive(worker):
            return
        time.sleep(0.05)
    pytest.fail(f"worker {worker} outlived its parent")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_environment_of_a_worker_is_clean() -> None:
    own = {"PATH": "/bin", "PYTHONWARNINGS": "error", "PYTHONPATH": "/mine", "TF_CPP_MIN_LOG_LEVEL": "0"}
    found = worker_environment(own, device="cpu", cache=Path("/c"), threads=2)
    assert "PYTHONWARNINGS" not in found
    assert found["PYTHONPATH"] == "/mine", "a framework that is built from source is found there"
    assert found["TF_CPP_MIN_LOG_LEVEL"] == "0", "what the user sets counts"
    assert found["OMP_NUM_THREADS"] == "2"
    assert found["CUDA_VISIBLE_DEVICES"] == "-1"
    assert "CUDA_VISIBLE_DEVICES" not in worker_environment(own, device="gpu", cache=Path("/c"), threads=2)


@pytest.mark.skipif(sys.platform != "linux", reason="workers fork on Linux only")
def test_a_worker_that_forks_begins_every_cell_as_new(tmp_path: Path) -> None:
    with Pool(runtimes=RUNTIMES, cache=tmp_path, start_seconds=20.0, forks=True) as forking:
        assert isinstance(run(forking, "import math\nmath.left_behind = 1.0\ny = 1.0\n"), Outcome)
        outcome = run(forking, "import math\ny = hasattr(math, 'left_behind')\n")
        assert isinstance(outcome, Outcome)
        assert outcome.observations == {"y": Scalar(value=False)}
        for text, kind in (
            ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "crashed"),
            ("import os; os.abort()", "crashed"),
            ("import os; os._exit(3)", "crashed"),
            ("while True: pass", "timed-out"),
        ):
            lost = run(forking, text, timeout=2.0)
            assert isinstance(lost, Lost)
            assert lost.kind == kind
            assert isinstance(run(forking, "y = 1.0\n"), Outcome)
