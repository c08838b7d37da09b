"""The loop of a worker, driven over its own pipes, and its encoding against ``conformance.observation``."""

from __future__ import annotations

import importlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conformance import protocol, worker
from conformance.lowering.native import NativeSource
from conformance.observation import Array, Entries, Items, Nothing, Observed, Other, Outcome, Scalar, decode, encode

MINIATURES = Path(__file__).parents[1] / "miniatures"


class Channel:
    """A worker on the arithmetic miniature, spoken to without the pool."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, worker.__file__, "--runtime", str(MINIATURES / "arithmetic.py"), "--device", "cpu"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder
        )
        self.hello = protocol.decode_hello(self.read())

    def read(self) -> bytes:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def ask(self, text: str, *names: str, seed: int = 0, mode: str = "eager") -> Outcome:
        native = NativeSource(
            text=text, line_map=tuple(range(1, text.count("\n") + 2)), observe={name: name for name in names}
        )
        assert self.process.stdin is not None
        self.process.stdin.write(
            protocol.encode_request(7, native, filename="/gradconf/a_cell.py", seed=seed, mode=mode)
        )
        self.process.stdin.flush()
        reply = protocol.decode_reply(self.read(), 7, native)
        assert isinstance(reply, Outcome)
        return reply


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Any:
    found = Channel(tmp_path_factory.mktemp("worker"))
    yield found
    assert found.process.stdin is not None
    found.process.stdin.close()
    assert found.process.wait(10) == 0, "an end of file is the end"


def encoded(value: object) -> Observed:
    encoder = worker._Encoder(np, lambda _value: None)
    return decode(json.loads(json.dumps(encoder.encode(value), allow_nan=False)))


def test_both_sides_speak_one_protocol() -> None:
    assert worker.PROTOCOL == protocol.PROTOCOL


def test_hello_says_what_runs(channel: Channel) -> None:
    assert isinstance(channel.hello, protocol.Hello)
    assert channel.hello.version == "1.0"
    assert channel.hello.devices == (protocol.Device(kind="cpu", name="a miniature"),)
    assert channel.hello.python == ".".join(map(str, sys.version_info[:3]))


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (None, Nothing()),
        (True, Scalar(value=True)),
        (3, Scalar(value=3)),
        (0.1, Scalar(value=0.1)),
        (float("inf"), Scalar(value=math.inf)),
        ("a\ud800b", Scalar(value="a\\ud800b")),
        (1 - 2j, Array(dtype="complex128", shape=(), data=(1 - 2j,))),
        (np.float16(0.1), Array(dtype="float16", shape=(), data=(float(np.float16(0.1)),))),
        (np.float32(0.1), Array(dtype="float32", shape=(), data=(float(np.float32(0.1)),))),
        (np.zeros((0, 3)), Array(dtype="float64", shape=(0, 3), data=())),
        (np.array([[True], [False]]), Array(dtype="bool", shape=(2, 1), data=(True, False))),
        (np.array([-(2**63), 2**63 - 1]), Array(dtype="int64", shape=(2,), data=(-(2**63), 2**63 - 1))),
        (np.array(2**64 - 1, np.uint64), Array(dtype="uint64", shape=(), data=(2**64 - 1,))),
        (np.array([math.inf, 5e-324]), Array(dtype="float64", shape=(2,), data=(math.inf, 5e-324))),
        (np.array([complex(-math.inf, -0.0)]), Array(dtype="complex128", shape=(1,), data=(complex(-math.inf, -0.0),))),
        ((1, [None]), Items(items=(Scalar(value=1), Items(items=(Nothing(),))))),
        (
            {"w": 1.0, 2: None, (3,): True},
            Entries(items={"w": Scalar(value=1.0), "2": Nothing(), "(3,)": Scalar(value=True)}),
        ),
        (2**2000, Other(type="int", repr=repr(2**2000)[:500])),
    ],
    ids=str,
)  # fmt: skip
def test_a_value_arrives_as_it_is(value: object, seen: Observed) -> None:
    found = encoded(value)
    if isinstance(found, Other) and isinstance(seen, Other):
        assert found.type == seen.type
        assert found.repr.startswith(seen.repr[:200])
    else:
        assert found == seen
        assert decode(json.loads(json.dumps(encode(found)))) == found


def test_nan_arrives_as_nan() -> None:
    found = encoded(np.array([math.nan, 1.0], np.float32))
    assert isinstance(found, Array)
    assert isinstance(found.data[0], float)
    assert math.isnan(found.data[0])
    assert found.data[1] == 1.0


def test_bfloat16_arrives_by_name_and_exactly() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    numbers = np.array([1.5, -3.140625], ml_dtypes.bfloat16)
    found = decode(worker._Encoder(np, lambda value: (value, "bfloat16", None)).encode(numbers))
    assert found == Array(dtype="bfloat16", shape=(2,), data=(1.5, -3.140625))


def test_minus_zero_keeps_its_sign() -> None:
    found = encoded(np.array([-0.0]))
    assert isinstance(found, Array)
    assert isinstance(found.data[0], float)
    assert math.copysign(1.0, found.data[0]) == -1.0


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.zeros(worker.MAX_ELEMENTS + 1), "elements are sent"),
        ([0] * (worker.MAX_ELEMENTS + 1), "at most 100000 are sent"),
        (np.array(["text"]), "array(['text']"),
    ],
    ids=["array", "list", "strings"],
)
def test_what_is_not_sent_is_described(value: object, said: str) -> None:
    found = encoded(value)
    assert isinstance(found, Other)
    assert said in found.repr


def test_a_list_that_holds_itself_ends() -> None:
    loop: list[Any] = []
    loop += [loop, loop]
    assert isinstance(encoded(loop), Items)


def test_a_value_that_cannot_be_read_says_why() -> None:
    def deleted(_value: object) -> None:
        raise RuntimeError("Array has been deleted.")

    found = decode(worker._Encoder(np, deleted).encode(object()))
    assert found == Other(type="object", repr="cannot be read: RuntimeError: Array has been deleted.")


def test_a_name_that_is_never_bound_is_absent(channel: Channel) -> None:
    assert channel.ask("y = 2.0\n", "y", "z").observations == {"y": Scalar(value=2.0)}


def test_names_are_read_after_an_exception(channel: Channel) -> None:
    outcome = channel.ask("y = 2.0\n\ndef f():\n    return 1 // 0\nz = f()\n", "y", "z")
    assert outcome.observations == {"y": Scalar(value=2.0)}
    assert outcome.raised is not None
    assert outcome.raised.type == "ZeroDivisionError"
    assert outcome.raised.bases == ("ArithmeticError", "Exception", "BaseException")
    assert outcome.raised.native_line == 4
    assert outcome.raised.program_line == 4
    assert outcome.raised.statement_line == 5
    assert "return 1 // 0" in outcome.raised.traceback
    assert "worker.py" not in outcome.raised.traceback


def test_a_line_that_the_message_names_is_deeper_than_the_frames(channel: Channel) -> None:
    text = "y = 1\n\nraise TypeError('in user code:\\n  File \"/gradconf/a_cell.py\", line 2, in f\\n  bad')\n"
    outcome = channel.ask(text, "y", mode="compiled")
    assert outcome.raised is not None
    assert outcome.raised.native_line == 2


def test_warnings_and_log_records_are_told_once_and_again_in_the_next_cell(channel: Channel) -> None:
    text = (
        "import logging, warnings\nfor _ in range(3):\n    warnings.warn('beware', DeprecationWarning)\n"
        "logging.getLogger('a.framework').warning('%s is slow', 'it')\n"
    )
    for _ in range(2):
        told = channel.ask(text).warnings
        assert [(w.category, w.bases[0], w.message) for w in told] == [
            ("DeprecationWarning", "Warning", "beware"),
            ("logging.WARNING", "a.framework", "it is slow"),
        ]


def test_source_can_be_read_back(channel: Channel) -> None:
    text = (
        "import inspect\ndef f(x):\n    return x + 1\ny = inspect.getsource(f)\nz = __name__.startswith('gradconf')\n"
    )
    assert channel.ask(text, "y", "z").observations == {
        "y": Scalar(value="def f(x):\n    return x + 1\n"),
        "z": Scalar(value=True),
    }


STATE = {
    "environment": ("import os; os.environ['LEFT'] = '1'; del os.environ['PATH']",
        "import os; y = ('LEFT' in os.environ, 'PATH' in os.environ)", (False, True)),
    "folder": ("import os; os.chdir('/')", "import os; y = os.getcwd() == '/'", False),
    "import path": ("import sys; sys.path.insert(0, '/left')", "import sys; y = '/left' in sys.path", False),
    "printing": ("import numpy as np; np.set_printoptions(precision=1)",
        "import numpy as np; y = np.get_printoptions()['precision']", 8),
    "floating-point errors": ("import numpy as np; np.seterr(all='raise')",
        "import numpy as np; y = np.geterr()['over']", "warn"),
    "warnings": ("import warnings; warnings.simplefilter('error')",
        "import warnings; warnings.warn('only told'); y = 1", 1),
    "recursion": ("import sys; sys.setrecursionlimit(150)", "import sys; y = sys.getrecursionlimit() > 150", True),
    "alarm": ("import signal; signal.alarm(1)", "import signal; y = signal.alarm(0)", 0),
    "globals": ("left = 1", "y = 'left' in globals()", False),
    "collection": ("import gc; gc.disable()", "import gc; y = gc.isenabled()", True),
    "streams": ("import os, sys; sys.stdout = None; os.close(1); os.close(2)", "print('seen'); y = 1", 1),
    "NumPy's seed": ("import numpy as np; np.random.rand(5)",
        "import numpy as np; np2 = np.random.rand(); np.random.seed(3); y = np2 == np.random.rand()", True),
}  # fmt: skip


@pytest.mark.parametrize("what", STATE)
def test_a_cell_leaves_nothing_behind(channel: Channel, what: str) -> None:
    before, after, seen = STATE[what]
    assert channel.ask(before).raised is None
    outcome = channel.ask(after, "y", seed=3)
    assert outcome.raised is None
    assert outcome.observations["y"] == encoded(seen)


def test_memory_and_seconds_are_those_of_the_cell(channel: Channel) -> None:
    hungry = channel.ask("import time\nx = bytearray(80_000_000)\ntime.sleep(0.05)\n")
    frugal = channel.ask("x = 1\n")
    assert hungry.seconds is not None
    assert frugal.seconds is not None
    assert hungry.seconds["run"] >= 0.05 > frugal.seconds["run"]
    assert hungry.peak_memory is not None
    assert frugal.peak_memory is not None
    if sys.platform == "linux" and os.access("/proc/self/clear_refs", os.W_OK):
        assert hungry.peak_memory - frugal.peak_memory > 70_000_000


def test_a_child_that_the_program_forks_does_not_answer(channel: Channel) -> None:
    assert channel.ask("import os\npid = os.fork()\ny = pid > 0\n", "y").observations == {"y": Scalar(value=True)}
    assert channel.ask("y = 1\n", "y").observations == {"y": Scalar(value=1)}


def test_it_needs_nothing_of_the_suite() -> None:
    code = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('worker', {worker.__file__!r})\n"
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)\n"
        "assert not any(name.partition('.')[0] in ('conformance', 'numpy') for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-I", "-c", code], check=True)
    assert importlib.util.find_spec("conformance.worker") is not None


def test_a_float_of_a_class_of_its_own_is_a_float() -> None:
    class Typed(float):
        dtype = "float32"

    assert encoded(Typed(2.5)) == Scalar(value=2.5)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024", "550.54.15"),
        ("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build", "570.86.15"),
    ],
)
def test_the_name_of_a_gpu_has_the_version_of_its_driver(
    told: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "version"
    place.write_text(told)
    pattern = worker._DRIVERS[0][1]
    monkeypatch.setattr(worker, "_DRIVERS", ((str(tmp_path / "missing"), pattern), (str(place), pattern)))
    assert worker._with_driver({"kind": "gpu", "name": "A GPU"}) == {"kind": "gpu", "name": f"A GPU, driver {name}"}
    assert worker._with_driver({"kind": "cpu", "name": "CPU"}) == {"kind": "cpu", "name": "CPU"}
