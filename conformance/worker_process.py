"""One worker process and its three pipes: requests go in, some ahead of their turn, replies and output come out.

A worker takes up the next request as soon as it has answered, so that it does not wait for the pool. What it prints is
one stream; it marks in it where a cell begins and where it is done, and what stands between the marks is that cell's.
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from conformance.protocol import encode_request

if TYPE_CHECKING:
    from conformance.lowering.native import NativeSource

LONGEST_REPLY: Final = 64 * 2**20
"""Bytes of one reply; a worker sends at most some 20 MB, so that more is garbage."""
KEPT: Final = 4096
"""Bytes of a cell's output that are kept, from its start and from its end."""
START: Final = 2
"""The byte before the mark where a cell begins; ``conformance.worker`` has the same, and another where it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a worker is asked: a native source, for which cell, in which mode and with which seed."""

    native: NativeSource
    cell_id: str
    mode: str
    seed: int = 0


class WorkerProcess:
    """One process and its three pipes.

    Args:
        process: the worker, started with ``mark``.
        live: the processes that have to be ended some time; this one is among them until its end.
        mark: what the worker writes into its output around that of a cell.
    """

    def __init__(self, process: subprocess.Popen[bytes], live: set[subprocess.Popen[bytes]], *, mark: str) -> None:
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
        self._unsent = bytearray()
        self._heard = bytearray()
        self._printed = _Printed(mark.encode())
        self._ended = False
        self.waiting: deque[Request] = deque()
        self.answered = 0

    @property
    def begun(self) -> bool:
        """Whether the worker has begun with the first of the requests that wait for an answer."""
        return self._printed.begun > self.answered

    def alive(self) -> bool:
        """Return whether the process runs and has said nothing unasked."""
        self._drain_output()
        with contextlib.suppress(BlockingIOError):
            self._heard += os.read(self._replies, 1 << 16)
        return self._process.poll() is None and not self._heard

    def send(self, *requests: Request) -> None:
        """Send what was not sent before; the first of the requests is the one that is answered next."""
        for place, request in enumerate(requests):
            if place < len(self.waiting):
                if self.waiting[place] != request:
                    return
                continue
            self.waiting.append(request)
            self._unsent += encode_request(
                self.answered + len(self.waiting), request.native, filename=_filename(request.cell_id),
                seed=request.seed, mode=request.mode,
            )  # fmt: skip

    def reply(self, timeout: float) -> bytes | Literal["timeout", "ended"]:
        """Return the next line, or how none came within the seconds from now on."""
        return self._exchange(time.monotonic() + timeout)

    def finish(self) -> str:
        """Return what the cell printed that was just answered, which waits no more."""
        self.waiting.popleft()
        self.answered += 1
        return self._printed.of_done()

    def _exchange(self, deadline: float) -> bytes | Literal["timeout", "ended"]:
        writing = not self._push()
        if writing:
            self._selector.register(self._requests, selectors.EVENT_WRITE)
        searched = 0
        try:
            while True:
                end = self._heard.find(b"\n", searched)
                if end >= 0 or len(self._heard) > LONGEST_REPLY:
                    found = bytes(self._heard[:end] if end >= 0 else self._heard[:1000])
                    del self._heard[: end + 1 if end >= 0 else None]
                    self._drain_output()  # all that was printed before the reply is in the pipe by now
                    return found
                searched = len(self._heard)
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
                        if self._push():
                            self._selector.unregister(self._requests)
                            writing = False
                    else:
                        try:
                            chunk = os.read(self._replies, 1 << 20)
                        except BlockingIOError:
                            continue
                        if not chunk:
                            return "ended"
                        self._heard += chunk
        finally:
            if writing:
                self._selector.unregister(self._requests)

    def _push(self) -> bool:
        """Write what the pipe takes of the requests; return whether nothing is left."""
        while self._unsent:
            try:
                del self._unsent[: os.write(self._requests, self._unsent)]
            except BlockingIOError:
                return False
            except BrokenPipeError:
                self._unsent.clear()  # what it says, or its end, follows
        return True

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
        """Return what was printed by the cell that runs, or at the start of a worker that runs none."""
        return self._printed.of_running()

    def kill(self) -> None:
        """Kill the process and all that it started; may be called from any thread."""
        if not self._ended:
            kill(self._process)

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


class _Printed:
    """Takes the output of a worker apart at its marks: of each cell that is done, and of the one that runs."""

    def __init__(self, mark: bytes) -> None:
        self.begun = 0
        self._mark = mark
        self._tail = b""
        self._done: deque[_Clipped] = deque()
        self._running = _Clipped(KEPT)

    def add(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        text = self._tail + chunk
        at, searched = 0, 0
        while (found := text.find(self._mark, searched)) >= 0:
            searched = found + len(self._mark)
            if found == at:  # the byte that tells which mark it is is missing: it is none of the worker's
                continue
            self._running.add(text[at : found - 1])
            if text[found - 1] == START:
                self.begun += 1  # what was printed since the cell before is nobody's
            else:
                self._done.append(self._running)
            self._running = _Clipped(KEPT)
            at = searched
        kept = min(len(self._mark), len(text) - at)  # the first part of a mark may be there
        self._running.add(text[at : len(text) - kept])
        self._tail = text[len(text) - kept :]

    def of_done(self) -> str:
        """Return what the first cell printed that is done and was not asked for."""
        return self._done.popleft().text() if self._done else self.of_running()

    def of_running(self) -> str:
        """Return what was printed since the last mark."""
        self._running.add(self._tail)
        self._tail = b""
        return self._running.text()


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


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads a session, and all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # the session that it leads has its own id


def _filename(cell_id: str) -> str:
    """Return the name under which a native source is compiled, which tracebacks and frameworks show."""
    return f"/gradconf/{re.sub(r'[^A-Za-z0-9]+', '_', cell_id).strip('_')[:120]}.py"
