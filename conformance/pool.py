"""Supervised worker processes, one a framework and device: a native source in, an outcome or the loss of it out.

A worker is started when it is first needed, and replaced after a crash, an abort, a time limit or an answer that makes
no sense; only the cell that it ran is lost. Everything that it prints is read by the pool, so that it can never block.
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, Self

from conformance.errors import UsageError, WorkerError
from conformance.protocol import Hello, NoFramework, Uncompilable, decode_hello, decode_reply, encode_request
from conformance.remembered import default_cache

if TYPE_CHECKING:
    from conformance.lowering.native import NativeSource
    from conformance.observation import Outcome

START_SECONDS: Final = 300.0
"""How long a framework may take to be imported: TensorFlow from a cold network disk took over a minute."""
STARTS: Final = 3
"""A worker that dies at its start this many times in a row is not started again."""
LONGEST_REPLY: Final = 64 * 2**20
"""Bytes of one reply; a worker sends at most some 20 MB, so that more is garbage."""
KEPT: Final = 4096
"""Bytes of a cell's output that are kept, from its start and from its end."""

LossKind = Literal["timed-out", "crashed", "harness-error", "not-run"]


class TargetLike(Protocol):
    """What the pool needs to know of a target."""

    @property
    def framework(self) -> str:
        """The adapter's name."""

    @property
    def device(self) -> str:
        """``cpu`` or ``gpu``."""

    @property
    def mode(self) -> str:
        """``eager`` or ``compiled``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A cell that has no outcome, and why; ``output`` is what the worker printed before."""

    kind: LossKind
    message: str
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetInfo:
    """A target as it was found: versions, names and times, or the reason why it is not there."""

    framework: str
    device: str
    mode: str
    available: bool
    reason: str = ""
    version: str = ""
    device_name: str = ""
    python: str = ""
    os: str = ""
    import_seconds: float | None = None


class Pool:
    """Runs native sources in worker processes; safe to use from several threads, one at a time a worker.

    Args:
        interpreters: framework name → Python to start its worker with; others use this one.
        runtimes: framework name → runtime file, instead of that of the registered adapter.
        cache: where frameworks keep what they compiled; by default in the user's cache folder.
        threads: threads a framework may use on the CPU.
        forks: whether a worker only imports its framework, and forks a child that is as new for every cell (Linux).
        start_seconds: how long the import of a framework may take.
    """

    def __init__(
        self,
        *,
        interpreters: Mapping[str, str] | None = None,
        runtimes: Mapping[str, Path] | None = None,
        cache: Path | None = None,
        threads: int = 1,
        forks: bool = False,
        start_seconds: float = START_SECONDS,
    ) -> None:
        self._interpreters = dict(interpreters or {})
        self._runtimes = dict(runtimes or {})
        self._cache = cache or default_cache()
        self._threads = threads
        self.forks = forks
        self._start_seconds = start_seconds
        self._slots: dict[tuple[str, str], _Slot] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._folder = tempfile.mkdtemp(prefix="gradconf-")
        # The kernel ends a worker when the thread that started it ends, so one thread that stays starts them all.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="gradconf-starter")
        self._live: set[subprocess.Popen[bytes]] = set()
        self._finalizer = weakref.finalize(self, _finish, self._live, self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers at once; cells that run are ``not-run``, and no new ones are started."""
        self._stopped.set()
        self.interrupt()
        self._starter.shutdown(wait=True, cancel_futures=True)
        self._finalizer()

    def interrupt(self) -> None:
        """Kill the workers that are alive, whatever they do; the next cell starts a new one."""
        with self._lock:
            slots = list(self._slots.values())
        for slot in slots:
            slot.interrupt()

    def retire(self, framework: str, device: str = "cpu") -> None:
        """End a worker that is not busy; its next cell starts a new one."""
        self._slot(framework, device).retire()

    def run(
        self, target: TargetLike, native: NativeSource, *, cell_id: str, timeout: float, seed: int = 0
    ) -> Outcome | Lost:
        """Return what the worker of a target saw of a native source, or how the cell was lost."""
        return self._slot(target.framework, target.device).run(
            native, mode=target.mode, cell_id=cell_id, timeout=timeout, seed=seed
        )

    def hello(self, framework: str, device: str = "cpu") -> Hello | str:
        """Return what the worker says of itself, started if need be, or the reason why there is none."""
        return self._slot(framework, device).hello()

    def discover(
        self, frameworks: Sequence[str], device: str = "auto", modes: Sequence[str] = ("eager", "compiled")
    ) -> list[TargetInfo]:
        """Return the targets that there are, and those that were asked for by name and are not, with the reason.

        ``device``: ``cpu``, ``gpu``, or ``auto`` for each device that is found. Workers start at the same time.
        """
        if device not in ("auto", "cpu", "gpu"):
            raise UsageError(f"--device: {device!r} is none; it takes auto, cpu or gpu")
        devices = {"cpu": ["cpu"], "gpu": ["gpu"], "auto": ["cpu", "gpu"] if _machine_has_gpu() else ["cpu"]}[device]
        wanted = [
            (framework, kind)
            for framework in frameworks
            for kind in devices
            if not (framework == "reference" and kind == "gpu" and device == "auto")
        ]
        with ThreadPoolExecutor(max_workers=max(1, len(wanted))) as threads:
            hellos = list(threads.map(lambda pair: self.hello(*pair), wanted))
        return [
            _target(framework, kind, mode, hello)
            for (framework, kind), hello in zip(wanted, hellos, strict=True)
            if not (device == "auto" and kind == "gpu" and isinstance(hello, str))
            for mode in modes
            if mode in _modes(framework)
        ]

    def _slot(self, framework: str, device: str) -> _Slot:
        with self._lock:
            slot = self._slots.get((framework, device))
            if slot is None:
                slot = self._slots[framework, device] = _Slot(self, framework, device)
            return slot

    def _start(self, framework: str, device: str) -> _Worker:
        """Start a worker and wait for nothing but the start of the process."""
        runtime = self._runtimes.get(framework) or _runtime_of(framework)
        interpreter = self._interpreters.get(framework, sys.executable)
        folder = tempfile.mkdtemp(prefix=f"{framework}-{device}-", dir=self._folder)
        command = [interpreter, str(Path(__file__).with_name("worker.py")), "--runtime", str(runtime)]
        command += ["--device", device, "--parent", str(os.getpid())]
        if framework not in self._interpreters:
            # Our own environment: the reference's runtime imports its own package, which a checkout has not installed.
            for root in dict.fromkeys((str(Path(runtime).parent.parent), str(Path(__file__).parent.parent))):
                command += ["--path", root]
        if self.forks:
            command.append("--fork")
        environment = worker_environment(os.environ, device=device, cache=self._cache, threads=self._threads)
        return _Worker(self._starter.submit(_popen, command, environment, folder).result(), self._live)

    @property
    def stopped(self) -> bool:
        """Whether the pool was closed."""
        return self._stopped.is_set()

    @property
    def start_seconds(self) -> float:
        """How long a framework may take to be imported."""
        return self._start_seconds


def discover(
    frameworks: Sequence[str],
    device: str = "auto",
    modes: Sequence[str] = ("eager", "compiled"),
    *,
    pool: Pool | None = None,
) -> list[TargetInfo]:
    """Return the targets of ``Pool.discover``, with a pool of its own where none is given."""
    if pool is not None:
        return pool.discover(frameworks, device, modes)
    with Pool() as own:
        return own.discover(frameworks, device, modes)


def worker_environment(own: Mapping[str, str], *, device: str, cache: Path, threads: int) -> dict[str, str]:
    """Return the environment of a worker: ours, without what changes how Python runs, with device and threads set."""
    dropped = {
        "PYTHONHOME",
        "PYTHONSTARTUP",
        "PYTHONINSPECT",
        "PYTHONWARNINGS",
        "PYTHONOPTIMIZE",
        "PYTHONDEBUG",
        "PYTHONVERBOSE",
    }
    environment = {name: value for name, value in own.items() if name not in dropped}
    environment |= {
        "PYTHONHASHSEED": "0",  # sets of strings are walked in the same order in every run
        "GRADCONF_CACHE_DIR": str(cache),
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": str(threads),
    }
    defaults = {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # several frameworks share one GPU
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        "TORCHINDUCTOR_CACHE_DIR": str(cache / "inductor"),
        "TORCHINDUCTOR_COMPILE_THREADS": str(threads),  # more of them are processes, which cost seconds to start
    }
    environment = {**defaults, **environment}
    if device == "cpu":  # a GPU that is there would be used, and initialised, unasked
        environment |= {"CUDA_VISIBLE_DEVICES": "-1", "HIP_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
    return environment


def _machine_has_gpu() -> bool:
    """Return whether a driver of a GPU is loaded; whether a framework can use it, its worker finds out."""
    return any(Path(node).exists() for node in ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg"))


def _runtime_of(framework: str) -> Path:
    from conformance import registry

    return registry.reference().runtime if framework == "reference" else registry.adapter(framework).runtime


def _modes(framework: str) -> tuple[str, ...]:
    from conformance import registry
    from conformance.errors import AdapterError

    try:
        found = registry.reference() if framework == "reference" else registry.adapter(framework)
    except AdapterError:  # a runtime without an adapter, which only tests have
        return ("eager", "compiled")
    return found.profile.modes


def _target(framework: str, device: str, mode: str, hello: Hello | str) -> TargetInfo:
    if isinstance(hello, str):
        return TargetInfo(framework=framework, device=device, mode=mode, available=False, reason=hello)
    return TargetInfo(
        framework=framework,
        device=device,
        mode=mode,
        available=True,
        version=hello.version,
        device_name=next((d.name for d in hello.devices if d.kind == device), device),
        python=hello.python,
        os=hello.os,
        import_seconds=hello.import_seconds,
    )


class _Slot:
    """The place of one worker: starts it, replaces it, and gives up where it cannot be started."""

    def __init__(self, pool: Pool, framework: str, device: str) -> None:
        self._pool: Pool = weakref.proxy(pool)
        self._framework, self._device = framework, device
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self._hello: Hello | None = None
        self._unavailable: str | None = None
        self._requests = 0

    def hello(self) -> Hello | str:
        """Return the first words of the worker, or why there is none."""
        with self._lock:
            if self._hello is None and self._unavailable is None:
                found = self._ready()
                if isinstance(found, str):
                    return found
            return self._hello or self._unavailable or "it did not start"

    def interrupt(self) -> None:
        """Kill the worker from another thread; the thread that waits for it sees its end."""
        worker = self._worker
        if worker is not None:
            worker.kill()

    def retire(self) -> None:
        """End the worker once it is not busy."""
        with self._lock:
            self._discard()

    def run(self, native: NativeSource, *, mode: str, cell_id: str, timeout: float, seed: int) -> Outcome | Lost:
        """Run one cell."""
        with self._lock:
            worker = self._ready()
            if isinstance(worker, str):
                return Lost(kind="not-run", message=f"{cell_id}: not run; {worker}")
            self._requests += 1
            line = encode_request(self._requests, native, filename=_filename(cell_id), seed=seed, mode=mode)
            started = time.monotonic()
            answer = worker.ask(line, timeout)
            name = f"{self._framework} worker"
            if self._pool.stopped:
                self._discard()
                return Lost(kind="not-run", message=f"{cell_id}: not run; the run was interrupted")
            if isinstance(answer, bytes):
                try:
                    outcome = decode_reply(answer, self._requests, native, output=worker.output())
                except WorkerError as error:
                    output = worker.output()
                    self._discard()
                    return Lost(
                        kind="harness-error",
                        message=f"{name} gave an answer that makes no sense while running {cell_id}: {error}; "
                        "a new worker runs the next cell.",
                        output=output,
                    )
                if isinstance(outcome, Uncompilable):
                    return Lost(
                        kind="harness-error",
                        message=f"{cell_id}: the native source is not valid Python: {outcome.reason}; "
                        "look at it with `gradconf show`, and report it if it was lowered from a program.",
                    )
                return outcome
            status = self._discard()
            if answer == "timeout":
                took = time.monotonic() - started
                return Lost(
                    kind="timed-out",
                    message=f"{name} ran {cell_id} for {took:.1f} s; its limit is {timeout:g} s: it was ended, and a "
                    "new worker runs the next cell. `timeout:` of the case or --timeout allows more.",
                    output=worker.output(),
                )
            return Lost(
                kind="crashed",
                message=f"{name} {_ending(status)} while running {cell_id}: recorded as crashed; "
                "a new worker runs the next cell.",
                output=worker.output(),
            )

    def _ready(self) -> _Worker | str:
        """Return a worker that has said hello, or why there is none."""
        if self._unavailable is not None:
            return self._unavailable
        if self._worker is not None:
            if self._worker.alive():
                return self._worker
            self._discard()
        reason = ""
        for _ in range(STARTS):
            if self._pool.stopped:
                return "the run was interrupted"
            try:
                worker = self._worker = self._pool._start(self._framework, self._device)
            except OSError as error:
                reason = f"its interpreter cannot be started: {error}"
                break
            line = worker.hear(self._pool.start_seconds)
            if isinstance(line, bytes):
                try:
                    said = decode_hello(line)
                except WorkerError as error:
                    reason = f"its worker cannot be used: {error}"
                    break
                if isinstance(said, NoFramework):
                    reason = f"{self._framework} cannot be used: {said.reason}"
                    break
                if not any(found.kind == self._device for found in said.devices):
                    reason = f"no {self._device.upper()} found by {self._framework} {said.version}"
                    break
                worker.forget_output()
                self._hello = said
                return worker
            status = self._discard()
            if line == "timeout":
                reason = f"{self._framework} was not imported within {self._pool.start_seconds:g} s"
                break
            reason = f"its worker {_ending(status)} at its start, {STARTS} times in a row{_last_line(worker.output())}"
        if self._pool.stopped:
            return "the run was interrupted"
        self._discard()
        self._unavailable = reason
        return reason

    def _discard(self) -> int | None:
        """End the worker and its process group; return its exit status."""
        worker, self._worker = self._worker, None
        return None if worker is None else worker.end()


class _Worker:
    """One process and its three pipes."""

    def __init__(self, process: subprocess.Popen[bytes], live: set[subprocess.Popen[bytes]]) -> None:
        self._process = process
        self._live = live
        live.add(process)
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        self._requests, self._replies, self._output = (
            s.fileno() for s in (process.stdin, process.stdout, process.stderr)
        )
        for descriptor in (self._requests, self._replies, self._output):
            os.set_blocking(descriptor, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._replies, selectors.EVENT_READ)
        self._selector.register(self._output, selectors.EVENT_READ)
        self._heard = bytearray()
        self._printed = _Clipped(KEPT)
        self._ended = False

    def alive(self) -> bool:
        """Return whether the process runs and has said nothing unasked."""
        self._drain_output()
        with contextlib.suppress(BlockingIOError):
            self._heard += os.read(self._replies, 1 << 16)
        return self._process.poll() is None and not self._heard

    def ask(self, line: bytes, timeout: float) -> bytes | Literal["timeout", "ended"]:
        """Send a request and return the line that comes back, or how none came."""
        self.forget_output()
        return self._exchange(line, time.monotonic() + timeout)

    def hear(self, timeout: float) -> bytes | Literal["timeout", "ended"]:
        """Return the next line, or how none came."""
        return self._exchange(b"", time.monotonic() + timeout)

    def _exchange(self, line: bytes, deadline: float) -> bytes | Literal["timeout", "ended"]:
        rest = memoryview(line)
        searched = 0
        if rest:
            self._selector.register(self._requests, selectors.EVENT_WRITE)
        try:
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    return "timeout"
                # A child that the program left behind can hold the pipes open after the worker's end: so look, too.
                ready = self._selector.select(min(left, 0.2))
                if not ready and self._process.poll() is not None:
                    return "ended"
                for key, _ in ready:
                    if key.fd == self._output:
                        self._drain_output(once=True)
                    elif key.fd == self._requests:
                        try:
                            rest = rest[os.write(self._requests, rest) :]
                        except BlockingIOError:
                            continue
                        except BrokenPipeError:
                            rest = rest[:0]  # what it says, or its end, follows
                        if not rest:
                            self._selector.unregister(self._requests)
                    else:
                        try:
                            chunk = os.read(self._replies, 1 << 20)
                        except BlockingIOError:
                            continue
                        if not chunk:
                            return "ended"
                        self._heard += chunk
                        end = self._heard.find(b"\n", searched)
                        if end >= 0 or len(self._heard) > LONGEST_REPLY:
                            found = bytes(self._heard[:end] if end >= 0 else self._heard[:1000])
                            del self._heard[: end + 1 if end >= 0 else None]
                            self._drain_output()  # all that was printed before the reply is in the pipe by now
                            return found
                        searched = len(self._heard)
        finally:
            if rest:
                self._selector.unregister(self._requests)

    def _drain_output(self, *, once: bool = False) -> None:
        while True:
            try:
                chunk = os.read(self._output, 1 << 16)
            except (BlockingIOError, OSError):
                return
            if not chunk:
                with contextlib.suppress(KeyError):
                    self._selector.unregister(self._output)
                return
            self._printed.add(chunk)
            if once:
                return

    def output(self) -> str:
        """Return what was printed since the last request: its start and its end."""
        return self._printed.text()

    def forget_output(self) -> None:
        """Leave out what was printed until now."""
        if not self._ended:
            self._drain_output()
        self._printed = _Clipped(KEPT)

    def kill(self) -> None:
        """Kill the process and all that it started; may be called from any thread."""
        if not self._ended:
            _kill(self._process)

    def end(self) -> int | None:
        """Kill the process group, read what is left of the output, and return the exit status from before."""
        if self._ended:
            return self._process.returncode
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self._replies_closed():  # it is ending by itself: its status is worth a moment
                self._process.wait(2.0)
        status = self._process.poll()
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10.0)
        self._drain_output()
        self._ended = True
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._live.discard(self._process)
        return status

    def _replies_closed(self) -> bool:
        try:
            return os.read(self._replies, 1 << 16) == b""
        except OSError:
            return False


class _Clipped:
    """Keeps the first and the last bytes of what is added, and counts what it leaves out."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._first, self._last, self._total = bytearray(), bytearray(), 0

    def add(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        self._total += len(chunk)
        room = self._limit - len(self._first)
        self._first += chunk[:room]
        self._last += chunk[room:]
        if len(self._last) > 2 * self._limit:
            del self._last[: -self._limit]

    def text(self) -> str:
        """Return the text, with the number of bytes left out where there are any."""
        last = self._last[-self._limit :]
        left_out = self._total - len(self._first) - len(last)
        between = f"\n… {left_out} bytes left out …\n" if left_out else ""
        return f"{self._first.decode('utf-8', 'replace')}{between}{last.decode('utf-8', 'replace')}"


def _popen(command: Sequence[str], environment: Mapping[str, str], folder: str) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that all that it starts can be ended with it."""
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment),
        cwd=folder,
        start_new_session=True,
        bufsize=0,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # the session that it leads has its own id


def _finish(live: Iterable[subprocess.Popen[bytes]], folder: str) -> None:
    for process in list(live):
        _kill(process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5.0)
    shutil.rmtree(folder, ignore_errors=True)


def _filename(cell_id: str) -> str:
    """Return the name under which a native source is compiled, which tracebacks and frameworks show."""
    return f"/gradconf/{re.sub(r'[^A-Za-z0-9]+', '_', cell_id).strip('_')[:120]}.py"


def _ending(status: int | None) -> str:
    """Return how a process ended, in words."""
    if status is None:
        return "closed its channel"
    if status == 81:
        return "lost its channel"
    if status >= 0:
        return f"ended with exit code {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        return f"ended with signal {-status}"
    hint = ", which is also how a system that runs out of memory ends a process" if name == "SIGKILL" else ""
    return f"ended with signal {-status} ({name}{hint})"


def _last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return f": {lines[-1][:300]}" if lines else ""
