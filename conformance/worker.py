"""The loop inside a worker process: native source in, observations out, one JSON line each way.

Started by ``conformance.pool`` with the interpreter of a target, which may be another Python in another environment:
this one file needs the standard library, NumPy and the runtime file of an adapter, and nothing else of the suite.

The channel is the process's first standard input (requests) and standard output (replies). Both are moved out of reach
before the framework is imported; from then on, standard output and standard error are one pipe, which the pool reads.
The encoding of observations is that of ``conformance.observation``; a test holds both together.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import fcntl
import gc
import importlib
import importlib.util
import json
import linecache
import logging
import os
import platform
import random
import re
import signal
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

PROTOCOL = 1
"""The version of the messages; ``conformance.protocol`` has the same."""

MAX_ELEMENTS = 100_000
"""Elements of one observed name that are sent (about 2 MB of JSON); what holds more is described instead."""
MAX_DEPTH = 32
"""Nesting of an observed value; deeper ones (a list that holds itself) are described instead."""
MAX_TEXT = 8_000
"""Characters of a message, a string or a traceback that are sent."""
MAX_WARNINGS = 100
COLLECT_EVERY = 25
"""Cells between collections of cyclic garbage: one takes 0.2 to 0.8 ms, and Python's own go on in between."""
SLOW_COLLECTION = 0.003
"""Seconds after which what survived a collection is no longer looked at: 60 ms a cell once torch.compile is loaded."""
START, DONE = b"\x02", b"\x03"
"""What stands before the mark in the output where a cell begins, and where it is done."""
LOST = 81
"""The exit code of a worker whose channel was closed by its program."""
CHANNEL_FROM = 100
"""The channel's descriptors are at least this, out of the way of programs that close or write to the low ones."""


_DRIVERS = (
    ("/proc/driver/nvidia/version", r"Kernel Module\s+(?:for \S+\s+)?([\d.]+)"),
    ("/sys/module/amdgpu/version", r"([\d.]+)"),
)
"""Where Linux tells the version of a GPU's driver, and how it is written there."""


def _with_driver(device: Mapping[str, str]) -> Mapping[str, str]:
    """Return a device; the name of a GPU with the version of its driver, where the system tells it."""
    for place, pattern in _DRIVERS if device["kind"] == "gpu" else ():
        with contextlib.suppress(OSError):
            found = re.search(pattern, Path(place).read_text(encoding="utf-8", errors="replace"))
            if found:
                return {**device, "name": f"{device['name']}, driver {found[1]}"}
    return device


def main() -> None:
    """Import the framework, say hello, and answer requests until the pool closes the channel."""
    _leave_own_folder()
    options = argparse.ArgumentParser(description="Runs native sources for conformance.pool.")
    options.add_argument("--runtime", required=True, help="the runtime file of an adapter")
    options.add_argument("--device", required=True, help="cpu or gpu")
    options.add_argument("--path", action="append", default=[], help="a folder to append to sys.path")
    options.add_argument("--parent", type=int, default=0, help="the process whose end is also the end of this one")
    options.add_argument("--fork", action="store_true", help="answer each request in a child that begins as new")
    options.add_argument("--import", action="append", default=[], dest="imports", help="a module that children share")
    options.add_argument("--mark", default="", help="what is written into the output around that of a cell")
    given = options.parse_args()
    _end_with_parent(given.parent)
    channel = _Channel(given.mark.encode())
    faulthandler.enable(file=channel.output)
    sys.path.extend(given.path)
    began = time.perf_counter()
    try:
        runtime = _load(given.runtime)
        described = _in_child(runtime.describe, given.device) if given.fork else runtime.describe(given.device)
        for name in given.imports:
            importlib.import_module(name)
    except BaseException as error:
        channel.send({"hello": PROTOCOL, "failed": _clip(f"{type(error).__name__}: {error}")})
        return
    channel.send(
        {
            "hello": PROTOCOL,
            "version": described["version"],
            "devices": [_with_driver(device) for device in described["devices"]],
            "python": platform.python_version(),
            "os": f"{platform.system()} {platform.release()} {platform.machine()}",
            "import_seconds": time.perf_counter() - began,
        }
    )
    gc.collect()
    gc.freeze()  # what the framework made at import never has to be looked at again: a collection takes 1 ms, not 100
    cells = _Cells(runtime, given.device)
    for line in channel.requests:
        if given.fork:
            if _forked():
                continue
            channel.owner = os.getpid()
        request = json.loads(line)
        channel.begin()
        reply = cells.answer(request)
        if os.getpid() != channel.owner:
            os._exit(0)  # a child that the program forked came back from it; only the parent answers
        channel.finish()
        if given.fork:
            channel.send(reply)
            os._exit(0)
        cells.clean()  # before the reply: a crash or an endless loop of a destructor is the cell's that made the object
        channel.send(reply)


def _forked() -> bool:
    """Return False in a new child; in the parent, wait for the child, end in the way it ended, or return True."""
    child = os.fork()
    if not child:
        return False
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        faulthandler.disable()
        with contextlib.suppress(OSError):  # SIGKILL has no handler
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    if os.WEXITSTATUS(status):
        os._exit(os.WEXITSTATUS(status))
    return True


def _in_child(function: Callable[[str], dict[str, Any]], device: str) -> dict[str, Any]:
    """Return what a function returns in a child, so that this process starts no threads, which a fork would lose."""
    ours, theirs = os.pipe()
    if not os.fork():
        try:
            answer = json.dumps(function(device))
        except BaseException as error:
            answer = json.dumps({"failed": f"{type(error).__name__}: {error}"})
        os.write(theirs, answer.encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as stream:
        described: dict[str, Any] = json.loads(stream.read())
    os.wait()
    if "failed" in described:
        raise RuntimeError(described["failed"])
    return described


def _leave_own_folder() -> None:
    """Take the folder of this file off the import path: its neighbours are no top-level modules."""
    own = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib is not needed otherwise
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != own]  # noqa: PTH100


def _end_with_parent(parent: int) -> None:
    """Have the kernel end this process with its parent, which an end of file cannot do while a cell runs or hangs."""
    if sys.platform == "linux" and parent:
        import ctypes

        set_death_signal = 1  # PR_SET_PDEATHSIG, linux/prctl.h
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(0)


class _Channel:
    """The requests and replies of this process, apart from its standard streams."""

    def __init__(self, mark: bytes = b"") -> None:
        self.owner = os.getpid()
        self._mark = mark
        self.output = fcntl.fcntl(2, fcntl.F_DUPFD_CLOEXEC, CHANNEL_FROM)
        self.requests: IO[bytes] = os.fdopen(fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, CHANNEL_FROM), "rb")
        self._replies = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, CHANNEL_FROM)
        self._nothing = fcntl.fcntl(os.open(os.devnull, os.O_RDONLY), fcntl.F_DUPFD_CLOEXEC, CHANNEL_FROM)
        self._streams = (sys.stdin, sys.stdout, sys.stderr)
        self._point_standard_streams()
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)

    def _point_standard_streams(self) -> None:
        """Standard input is empty, output and error are the captured pipe, whatever the program did to them."""
        os.dup2(self._nothing, 0)
        os.dup2(self.output, 1)
        os.dup2(self.output, 2)
        sys.stdin, sys.stdout, sys.stderr = self._streams

    def begin(self) -> None:
        """Mark in the output that a cell begins: what was written since the one before belongs to none."""
        self._flush()
        self._write(START + self._mark)

    def finish(self) -> None:
        """Mark in the output that a cell is done, and put the standard streams back."""
        self._flush()
        try:
            self._point_standard_streams()
        except OSError:
            os._exit(LOST)
        self._write(DONE + self._mark)

    def _flush(self) -> None:
        for stream in (*self._streams[1:], sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()

    def _write(self, mark: bytes) -> None:
        if len(mark) == 1:  # nobody reads the marks
            return
        try:
            os.set_blocking(self.output, True)  # the program may have made it otherwise
            os.write(self.output, mark)
        except OSError:
            os._exit(LOST)

    def send(self, message: Mapping[str, Any]) -> None:
        """Write one line; a channel that is gone is the end."""
        try:
            rest = memoryview(json.dumps(message, allow_nan=False).encode() + b"\n")
            while rest:
                rest = rest[os.write(self._replies, rest) :]
        except OSError:
            os._exit(LOST)


def _load(path: str) -> types.ModuleType:
    """Import the runtime file of an adapter by its path."""
    spec = importlib.util.spec_from_file_location("gradconf_runtime", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class _Cells:
    """Runs one native source after another, each in a module of its own, and puts the process back in between."""

    def __init__(self, runtime: types.ModuleType, device: str) -> None:
        import numpy as np

        self._np = np
        self._runtime = runtime
        self._device = device
        self._count = 0
        self._module: types.ModuleType | None = None
        self._filename = ""

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the reply to one request; nothing that the source raises gets out."""
        self._count += 1
        filename, source = str(request["filename"]), str(request["source"])
        try:
            code = compile(source, filename, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            return {"id": request["id"], "uncompilable": _clip(f"{type(error).__name__}: {error}")}
        module = types.ModuleType(f"gradconf_cell_{self._count}")
        module.__file__ = filename
        module.__dict__["__loader__"] = _Source(source)
        sys.modules[module.__name__] = module
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        self._module, self._filename = module, filename
        raised: dict[str, Any] | None = None
        observed: dict[str, Any] = {}
        _reset_peak()
        seed = int(request["seed"])
        with self._restored(), self._recorded() as heard:
            random.seed(seed)
            self._np.random.seed(seed)
            with self._runtime.isolate(self._device, seed):
                compiling, began = self._runtime.compile_seconds(), time.perf_counter()
                try:
                    exec(code, module.__dict__)
                except BaseException as error:
                    raised = _describe_error(error, filename)
                for name, variable in request["observe"].items():
                    if variable in module.__dict__:
                        observed[name] = _Encoder(self._np, self._runtime.to_host).encode(module.__dict__[variable])
                took = time.perf_counter() - began
                compiling = self._runtime.compile_seconds() - compiling
                peak = self._runtime.peak_memory(self._device)
        return {
            "id": request["id"],
            "observations": observed,
            "raised": raised,
            "warnings": heard,
            "seconds": {"compile": compiling, "run": max(0.0, took - compiling)},
            "peak_memory": _peak() if peak is None else peak,
        }

    def clean(self) -> None:
        """Drop what the last cell made."""
        if self._module is not None:
            sys.modules.pop(self._module.__name__, None)
            linecache.cache.pop(self._filename, None)
            self._module.__dict__.clear()
            self._module = None
        if self._count % COLLECT_EVERY:
            return
        began = time.perf_counter()
        gc.collect()
        if time.perf_counter() - began > SLOW_COLLECTION:
            gc.freeze()  # a framework has loaded more of itself (torch.compile does), which stays

    @contextlib.contextmanager
    def _restored(self) -> Iterator[None]:
        """Put back what belongs to the process: environment, folder, import path, NumPy's state, signals, limits."""
        np = self._np
        environment = dict(getattr(os.environ, "_data", os.environ))  # the bytes: 40 names are decoded in 70 us
        folder, path = os.getcwd(), list(sys.path)  # noqa: PTH109
        printing, errors = np.get_printoptions(), np.geterr()
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
        recursion, hooks = sys.getrecursionlimit(), (sys.excepthook, sys.displayhook)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            if dict(getattr(os.environ, "_data", os.environ)) != environment:
                os.environ.clear()
                os.environ.update({os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()})
            with contextlib.suppress(OSError):
                os.chdir(folder)
            sys.path[:] = path
            np.set_printoptions(**printing)
            np.seterr(**errors)
            for number, handler in handlers.items():
                if handler is not None and signal.getsignal(number) is not handler:
                    signal.signal(number, handler)
            sys.setrecursionlimit(recursion)
            sys.excepthook, sys.displayhook = hooks
            sys.settrace(None)
            gc.enable()

    @contextlib.contextmanager
    def _recorded(self) -> Iterator[list[dict[str, Any]]]:
        """Collect warnings, and log records from WARNING up, as messages; each once, in order."""
        heard: list[dict[str, Any]] = []

        def add(category: str, bases: list[str], message: str) -> None:
            entry = {"category": category, "bases": bases, "message": _clip(message)}
            if len(heard) < MAX_WARNINGS and entry not in heard:
                heard.append(entry)

        listener = _Listener(add)
        loggers = [logging.getLogger(), *(logging.getLogger(name) for name in getattr(self._runtime, "LOGGERS", ()))]
        levels = [(logger, logger.level) for logger in loggers]
        for logger in loggers:
            logger.addHandler(listener)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("always")  # a warning is told to every cell that causes it, not to the first only

                def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
                    add(category.__name__, _bases(category), str(message))

                warnings.showwarning = show
                yield heard
        finally:
            for logger, level in levels:
                logger.removeHandler(listener)
                if logger.level != level:
                    logger.setLevel(level)


class _Listener(logging.Handler):
    """Tells log records from WARNING up as messages."""

    def __init__(self, add: Callable[[str, list[str], str], None]) -> None:
        super().__init__(logging.WARNING)
        self._add = add

    def emit(self, record: logging.LogRecord) -> None:
        """Tell one record; one that cannot be formatted is left out."""
        with contextlib.suppress(Exception):
            self._add(f"logging.{record.levelname}", [record.name], record.getMessage())


class _Source:
    """Gives the source of a cell's module to whoever asks its loader: ``tf.function`` reads what it converts anew."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_source(self, name: str) -> str:
        """Return the text, whatever the name."""
        return self._text


class _Encoder:
    """Turns the value of one name into the JSON form that ``conformance.observation`` decodes."""

    def __init__(self, np: Any, to_host: Any) -> None:
        self._np = np
        self._to_host = to_host
        self._left = MAX_ELEMENTS

    def encode(self, value: Any, depth: int = 0) -> dict[str, Any]:
        """Return the JSON form; a value that cannot be read is described, with the reason."""
        try:
            return self._plain(value, depth) or self._tensor(value) or self._subclass(value) or _other(value)
        except Exception as error:
            return _other(value, f"cannot be read: {type(error).__name__}: {error}")

    def _plain(self, value: Any, depth: int) -> dict[str, Any] | None:
        kind = type(value)
        if value is None:
            return {"kind": "none"}
        if kind is bool or (kind is int and value.bit_length() <= 1024):
            return {"kind": "scalar", "value": value, "type": kind.__name__}
        if kind is float:
            return {"kind": "scalar", "value": _number(value), "type": "float"}
        if kind is str:
            return {"kind": "scalar", "value": _clip(value), "type": "str"}
        if kind is complex:
            return {"kind": "array", "dtype": "complex128", "shape": [], "data": [_number(value)]}
        if isinstance(value, list | tuple | dict):
            self._left -= len(value)
            if self._left < 0:
                return _other(value, f"{len(value)} items; at most {MAX_ELEMENTS} are sent")
            if depth >= MAX_DEPTH:
                return _other(value, f"nested more than {MAX_DEPTH} deep")
            if isinstance(value, dict):
                items = {
                    _clip(k) if isinstance(k, str) else _repr(k): self.encode(v, depth + 1) for k, v in value.items()
                }
                return {"kind": "dict", "items": items}
            return {"kind": "list", "items": [self.encode(item, depth + 1) for item in value]}
        return None

    def _subclass(self, value: Any) -> dict[str, Any] | None:
        """Return a float or an int of a class of its own as what it is (JAX has a float that knows its dtype)."""
        for kind in (float, int):
            if isinstance(value, kind) and type(value) is not bool:
                return self._plain(kind(value), 0)
        return None

    def _tensor(self, value: Any) -> dict[str, Any] | None:
        np = self._np
        if isinstance(value, np.ndarray | np.generic) and np.asarray(value).dtype.kind in "biufc":
            found = np.asarray(value), str(value.dtype), None
        else:
            found = self._to_host(value)
        if found is None:
            return None
        numbers, dtype, form = found
        self._left -= numbers.size
        if self._left < 0:
            return _other(value, f"{dtype} array of shape {numbers.shape}; at most {MAX_ELEMENTS} elements are sent")
        if numbers.dtype.kind not in "biufc":
            numbers = numbers.astype(np.float64)  # NumPy knows bfloat16 and its like as extensions; exact in float64
        flat = numbers.ravel().tolist()
        if numbers.dtype.kind in "fc" and not np.isfinite(numbers).all():
            flat = [_number(x) for x in flat]
        elif numbers.dtype.kind == "c":
            flat = [[x.real, x.imag] for x in flat]
        fields = {"kind": "array", "dtype": dtype, "shape": list(numbers.shape), "data": flat}
        return fields if form is None else {**fields, "form": form}


def _number(x: Any) -> Any:
    if isinstance(x, complex):
        return [_number(x.real), _number(x.imag)]
    if isinstance(x, float) and (x != x or x in (float("inf"), float("-inf"))):
        return str(x)
    return x


def _other(value: Any, text: str | None = None) -> dict[str, Any]:
    return {"kind": "other", "type": type(value).__name__, "repr": _clip(_repr(value) if text is None else text, 500)}


def _repr(value: Any) -> str:
    try:
        return _clip(repr(value), 500)
    except Exception as error:
        return f"<repr raised {type(error).__name__}>"


def _clip(text: str, limit: int = MAX_TEXT) -> str:
    """Return text that is valid Unicode and not longer than the limit, its middle left out."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    if len(text) <= limit:
        return text
    return f"{text[: limit // 2]} … {len(text) - limit} characters left out … {text[-limit // 2 :]}"


def _bases(kind: type) -> list[str]:
    return [base.__name__ for base in kind.__mro__[1:] if base is not object]


def _describe_error(error: BaseException, filename: str) -> dict[str, Any]:
    """Return type, bases, message, the line of the source that raised, and the traceback from the source on."""
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename != filename:
        frame = frame.tb_next
    try:
        message = str(error)
    except Exception as broken:
        message = f"<str of it raised {type(broken).__name__}>"
    try:
        lines = traceback.format_exception(type(error), error, frame or error.__traceback__, chain=True)
    except Exception as broken:
        lines = [f"{type(error).__name__}: (the traceback could not be formatted: {type(broken).__name__})"]
    return {
        "type": type(error).__name__,
        "bases": _bases(type(error)),
        "message": _clip(message),
        "line": _line_of(error, message, filename),
        "statement": None if frame is None else frame.tb_lineno,
        "traceback": _clip("".join(lines)),
    }


def _line_of(error: BaseException, message: str, filename: str) -> int | None:
    """Return the deepest line of the source: compiled functions name it in the message, others have it as a frame."""
    named = re.findall(rf'File "{re.escape(filename)}", line (\d+)', message)
    if named:
        return int(named[-1])
    line, frame = None, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == filename:
            line = frame.tb_lineno
        frame = frame.tb_next
    return line


def _reset_peak() -> None:
    """Begin to count the peak of the resident memory anew, where Linux allows it."""
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:  # noqa: PTH123 - once a cell
        file.write("5")


def _peak() -> int | None:
    """Return the peak of the resident memory in bytes, since the last reset where that is possible."""
    try:
        with open("/proc/self/status") as file:  # noqa: PTH123 - once a cell
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes on macOS, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
