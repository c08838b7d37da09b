"""The messages between the pool and a worker: requests to JSON lines, JSON lines to hellos and outcomes.

The worker itself cannot import this (it runs in the target's environment); a test holds both sides together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance.errors import WorkerError
from conformance.observation import Outcome, Raised, Warned, decode

if TYPE_CHECKING:
    from conformance.lowering.native import NativeSource

PROTOCOL: Final = 1
"""The version that both sides must speak; it is the first thing a worker says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device that a framework found: ``kind`` is ``cpu`` or ``gpu``."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """What a worker says of itself once its framework is imported."""

    version: str
    devices: tuple[Device, ...]
    python: str
    os: str
    import_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFramework:
    """What a worker says when its framework cannot be imported."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncompilable:
    """What a worker says of a native source that is not Python: a fault of the lowering, or of a native case."""

    reason: str


def encode_request(number: int, native: NativeSource, *, filename: str, seed: int, mode: str) -> bytes:
    """Return the line that asks a worker to run a native source."""
    fields = {
        "id": number,
        "source": native.text,
        "filename": filename,
        "observe": dict(native.observe),
        "seed": seed,
        "mode": mode,
    }
    return json.dumps(fields).encode() + b"\n"


def decode_hello(line: bytes) -> Hello | NoFramework:
    """Return what a worker says first.

    Raises:
        WorkerError: it is not a hello, or one of another protocol.
    """
    fields = _object(line)
    spoken = fields.get("hello")
    if spoken != PROTOCOL:
        raise WorkerError(
            f"it speaks protocol {spoken!r}; this version of the suite speaks {PROTOCOL}"
            if "hello" in fields
            else f"its first line is no hello: {_start(line)}"
        )
    if "failed" in fields:
        return NoFramework(reason=str(fields["failed"]))
    try:
        return Hello(
            version=str(fields["version"]),
            devices=tuple(Device(kind=str(d["kind"]), name=str(d["name"])) for d in fields["devices"]),
            python=str(fields["python"]),
            os=str(fields["os"]),
            import_seconds=float(fields["import_seconds"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WorkerError(f"its hello cannot be read: {error!r} in {_start(line)}") from error


def decode_reply(line: bytes, number: int, native: NativeSource, *, output: str = "") -> Outcome | Uncompilable:
    """Return the outcome that a reply tells of; native lines are led back to program lines.

    Raises:
        WorkerError: it is no reply, or it answers another request.
    """
    fields = _object(line)
    if fields.get("id") != number:
        raise WorkerError(f"it answered request {fields.get('id')!r} where {number} was asked: {_start(line)}")
    if "uncompilable" in fields:
        return Uncompilable(reason=str(fields["uncompilable"]))
    try:
        peak = fields["peak_memory"]
        return Outcome(
            observations={str(name): decode(value) for name, value in fields["observations"].items()},
            raised=None if fields["raised"] is None else _raised(fields["raised"], native),
            warnings=tuple(
                Warned(category=str(w["category"]), bases=tuple(map(str, w["bases"])), message=str(w["message"]))
                for w in fields["warnings"]
            ),
            seconds={str(phase): float(took) for phase, took in fields["seconds"].items()},
            peak_memory=None if peak is None else int(peak),
            output=output,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WorkerError(f"its reply cannot be read: {error!r} in {_start(line)}") from error


def _raised(fields: Mapping[str, Any], native: NativeSource) -> Raised:
    line = None if fields["line"] is None else int(fields["line"])
    return Raised(
        type=str(fields["type"]),
        bases=tuple(map(str, fields["bases"])),
        message=str(fields["message"]),
        native_line=line,
        program_line=native.program_line(line),
        traceback=str(fields["traceback"]),
        statement_line=native.program_line(None if fields.get("statement") is None else int(fields["statement"])),
    )


def _object(line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WorkerError(f"it sent what is not JSON: {_start(line)}") from error
    if not isinstance(fields, dict):
        raise WorkerError(f"it sent what is no message: {_start(line)}")
    return fields


def _start(line: bytes) -> str:
    return repr(line[:120].decode("utf-8", "replace"))
