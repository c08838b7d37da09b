"""Supervised worker processes, one a framework and device: a native source in, an outcome or the loss of it out.

A worker is started when it is first needed, and replaced after a crash, an abort, a time limit or an answer that makes
no sense; only the cell that it ran is lost. Everything that it prints is read by the pool, so that it can never block.
"""

from __future__ import annotations

import contextlib
import os
import secrets
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
from conformance.protocol import Hello, NoFramework, Uncompilable, decode_hello, decode_reply
from conformance.remembered import default_cache
from conformance.worker_process import Request, WorkerProcess, kill

if TYPE_CHECKING:
    from conformance.adapter import Profile
    from conformance.lowering.native import NativeSource
    from conformance.observation import Outcome

START_SECONDS: Final = 300.0
"""How long a framework may take to be imported: TensorFlow from a cold network disk took over a minute."""
MOST_MEMORY: Final = 3 << 30
"""What a worker may have held before it gives way to a new one: TensorFlow never frees the graphs of what it traced,
JAX holds some 1 MB for each operation and shape that it compiled, and no run frees what leaked."""
STARTS: Final = 3
"""A worker that dies at its start this many times in a row is not started again."""

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

    A target has a worker in each of its lanes that is used; lane 0 is the one that is asked what there is.

    Args:
        interpreters: framework name → Python to start its worker with; others use this one.
        runtimes: framework name → runtime file, instead of that of the registered adapter.
        cache: where frameworks keep what they compiled; by default in the user's cache folder.
        threads: threads a framework may use on the CPU.
        forks: whether a worker only imports its framework, and forks a child that is as new for every cell (Linux).
        start_seconds: how long the import of a framework may take.
        most_memory: bytes that a worker may have held in a cell; one that held more is ended, and a new one goes on.
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
        most_memory: int = MOST_MEMORY,
    ) -> None:
        self._interpreters = dict(interpreters or {})
        self._runtimes = dict(runtimes or {})
        self._cache = cache or default_cache()
        self._threads = threads
        self.forks = forks
        self._start_seconds = start_seconds
        self.most_memory = most_memory
        self._slots: dict[tuple[str, str, int], _Slot] = {}
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

    def retire(self, framework: str, device: str = "cpu", *, lane: int = 0) -> None:
        """End a worker that is not busy; its next cell starts a new one."""
        self._slot(framework, device, lane).retire()

    def run(
        self,
        target: TargetLike,
        native: NativeSource,
        *,
        cell_id: str,
        timeout: float,
        seed: int = 0,
        ahead: Sequence[Request] = (),
        lane: int = 0,
    ) -> Outcome | Lost:
        """Return what the worker of a target saw of a native source, or how the cell was lost.

        ``ahead``: what the same worker will be asked next, in order, so that it need not wait for it. A worker that is
        then asked something else is ended, and a new one is started.
        """
        request = Request(native=native, cell_id=cell_id, mode=target.mode, seed=seed)
        return self._slot(target.framework, target.device, lane).run(request, timeout=timeout, ahead=ahead)

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

    def _slot(self, framework: str, device: str, lane: int = 0) -> _Slot:
        with self._lock:
            slot = self._slots.get((framework, device, lane))
            if slot is None:
                slot = self._slots[framework, device, lane] = _Slot(self, framework, device)
            return slot

    def _start(self, framework: str, device: str) -> WorkerProcess:
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
            for module in _late_imports(framework):
                command += ["--import", module]  # once, and not in every child
        environment = worker_environment(os.environ, device=device, cache=self._cache, threads=self._threads)
        mark = secrets.token_hex(8)
        process = self._starter.submit(_popen, [*command, "--mark", mark], environment, folder).result()
        return WorkerProcess(process, self._live, mark=mark)

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

    return registry.adapter(framework).runtime


def _profile(framework: str) -> Profile | None:
    from conformance import registry
    from conformance.errors import AdapterError

    try:
        return registry.adapter(framework).profile
    except AdapterError:  # a runtime without an adapter, which only tests have
        return None


def _late_imports(framework: str) -> tuple[str, ...]:
    profile = _profile(framework)
    return () if profile is None else profile.late_imports


def _modes(framework: str) -> tuple[str, ...]:
    profile = _profile(framework)
    return ("eager", "compiled") if profile is None else profile.modes


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
        self._worker: WorkerProcess | None = None
        self._hello: Hello | None = None
        self._unavailable: str | None = None
        self._interrupted = False

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
        self._interrupted = True
        worker = self._worker
        if worker is not None:
            worker.kill()

    def retire(self) -> None:
        """End the worker once it is not busy."""
        with self._lock:
            self._discard()

    def run(self, request: Request, *, timeout: float, ahead: Sequence[Request]) -> Outcome | Lost:
        """Run one cell, and send those that come next ahead of their turn."""
        with self._lock:
            self._interrupted = False
            while True:
                worker = self._ready(request)
                if isinstance(worker, str):
                    return Lost(kind="not-run", message=f"{request.cell_id}: not run; {worker}")
                worker.send(request, *ahead)
                started = time.monotonic()
                answer = worker.reply(timeout)
                took = time.monotonic() - started
                if isinstance(answer, bytes) and not self._pool.stopped:
                    return self._outcome(worker, request, answer)
                status = self._discard()
                if self._pool.stopped:
                    message = f"{request.cell_id}: not run; the run was interrupted"
                    return Lost(kind="not-run", message=message)
                if answer == "timeout" or worker.begun or not worker.answered or self._interrupted:
                    break  # else it ended between two cells, and the second of them runs on another
            return self._lost(worker, request, None if answer == "timeout" else _ending(status), took, timeout)

    def _outcome(self, worker: WorkerProcess, request: Request, answer: bytes) -> Outcome | Lost:
        """Return what an answer says; a worker that makes no sense is ended."""
        output = worker.finish()
        try:
            outcome = decode_reply(answer, worker.answered, request.native, output=output)
        except WorkerError as error:
            self._discard()
            return Lost(
                kind="harness-error",
                message=f"{self._framework} worker gave an answer that makes no sense while running "
                f"{request.cell_id}: {error}; a new worker runs the next cell.",
                output=output,
            )
        if isinstance(outcome, Uncompilable):
            return Lost(
                kind="harness-error",
                message=f"{request.cell_id}: the native source is not valid Python: {outcome.reason}; "
                "look at it with `gradconf show`, and report it if it was lowered from a program.",
            )
        held = (outcome.peak_memory or 0) if self._device == "cpu" else 0  # that of a GPU is its allocator's
        if held > self._pool.most_memory and not self._pool.forks:
            self._discard()
        return outcome

    def _lost(self, worker: WorkerProcess, request: Request, ending: str | None, took: float, timeout: float) -> Lost:
        """Return how a cell was lost: by the end of its worker, in words, or by its time limit where that is None."""
        name = f"{self._framework} worker"
        if ending is None:
            return Lost(
                kind="timed-out",
                message=f"{name} ran {request.cell_id} for {took:.1f} s; its limit is {timeout:g} s: it was ended, "
                "and a new worker runs the next cell. `timeout:` of the case or --timeout allows more.",
                output=worker.output(),
            )
        return Lost(
            kind="crashed",
            message=f"{name} {ending} while running {request.cell_id}: recorded as crashed; "
            "a new worker runs the next cell.",
            output=worker.output(),
        )

    def _ready(self, request: Request | None = None) -> WorkerProcess | str:
        """Return a worker that has said hello and runs nothing but the request, or why there is none."""
        if self._unavailable is not None:
            return self._unavailable
        if self._worker is not None:
            waiting = self._worker.waiting
            if waiting[0] == request if waiting else self._worker.alive():
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
            line = worker.reply(self._pool.start_seconds)
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


def _finish(live: Iterable[subprocess.Popen[bytes]], folder: str) -> None:
    for process in list(live):
        kill(process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5.0)
    shutil.rmtree(folder, ignore_errors=True)


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
