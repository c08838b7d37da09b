"""A pool without processes: answers by the words in a cell's id, so that the front ends can be tested in a moment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import conformance.pool
from conformance.observation import Array, Outcome
from conformance.pool import Lost, TargetInfo
from conformance.protocol import Device, Hello

if TYPE_CHECKING:
    from conformance.lowering.native import NativeSource

INSTALLED = ("torch", "jax")

STATEMENT = "tf-watch-constant-is-not-automatic"
SQUARE = (
    "|\n      x = variable(3.0)\n      with tape() as t:\n          y = x ** 2 + NUMBER\n      dy_dx = t.gradient(y, x)"
)
"""Every case has a number of its own in it: cells of equal source would run once."""

CASES = """\
# yaml-language-server: $schema=../case.schema.json
area: stub
cases:
  - id: right
    title: The square, as it is
    covers: [STATEMENT]
    agreement: {atol: 0.5}
    program: SQUARE
    expect: {dy_dx: 6.0}
  - id: wrong
    title: The square, with a wrong answer
    covers: [STATEMENT]
    program: SQUARE
    expect: {dy_dx: 7.0}
  - id: crashing
    title: The square, with a worker that dies
    covers: [STATEMENT]
    tags: [slow]
    modes: [eager]
    program: SQUARE
    expect: {dy_dx: 6.0}
  - id: known
    title: The square, with a known failure
    covers: [STATEMENT]
    modes: [eager]
    program: SQUARE
    expect: {dy_dx: 7.0}
    known:
      - {framework: torch, kind: bug, because: it is six, observed: {dy_dx: 6.0}}
      - {framework: jax, kind: bug, because: it is eight, observed: {dy_dx: 8.0}}
  - id: nowhere
    title: The square, where the concept does not exist
    covers: [STATEMENT]
    modes: [eager]
    program: SQUARE
    expect: {dy_dx: 6.0}
    unsupported: {torch: there is no such thing}
  - id: native
    title: The square in its own words
    covers: [STATEMENT]
    native:
      torch: |
        dy_dx = 6.0
    expect: {torch: {dy_dx: 6.0}}
""".replace("SQUARE", SQUARE).replace("STATEMENT", STATEMENT)
for number in range(CASES.count("NUMBER")):
    CASES = CASES.replace("NUMBER", f"{number}.0", 1)

VERDICTS = {
    "stub/right@torch-cpu-eager": "conforms",
    "stub/right@torch-cpu-compiled": "conforms",
    "stub/right@jax-cpu-eager": "conforms",
    "stub/right@jax-cpu-compiled": "conforms",
    "stub/right@agreement": "conforms",
    "stub/wrong@torch-cpu-eager": "contradicts",
    "stub/wrong@torch-cpu-compiled": "contradicts",
    "stub/wrong@jax-cpu-eager": "contradicts",
    "stub/wrong@jax-cpu-compiled": "contradicts",
    "stub/crashing@torch-cpu-eager": "crashed",
    "stub/crashing@jax-cpu-eager": "crashed",
    "stub/known@torch-cpu-eager": "known",
    "stub/known@jax-cpu-eager": "contradicts",
    "stub/nowhere@torch-cpu-eager": "unsupported",
    "stub/nowhere@jax-cpu-eager": "conforms",
    "stub/native@torch-cpu-eager": "conforms",
}
"""What becomes of the cells of ``CASES`` where every gradient is 6."""


class StubPool:
    """Knows torch and jax on the CPU; every gradient is 6, and ``crashing`` cells are lost."""

    stopped = False

    def __init__(self, **_: Any) -> None:
        self.ran: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def close(self) -> None:
        """End nothing."""

    def interrupt(self) -> None:
        """End nothing."""

    def retire(self, framework: str, device: str = "cpu", *, lane: int = 0) -> None:
        """End nothing."""

    def hello(self, framework: str, device: str = "cpu") -> Hello | str:
        if framework not in INSTALLED or device != "cpu":
            return f"{framework} is not installed for {device}"
        return Hello(
            version="9.9", devices=(Device(kind="cpu", name="stub"),), python="3.11", os="none", import_seconds=0.0
        )

    def discover(
        self, frameworks: Sequence[str], device: str = "auto", modes: Sequence[str] = ("eager", "compiled")
    ) -> list[TargetInfo]:
        if log := os.environ.get("STUB_DISCOVERIES"):
            with open(log, "a", encoding="utf-8") as stream:  # noqa: PTH123
                stream.write(f"{os.getpid()}\n")
        kind = "cpu" if device == "auto" else device
        found = []
        for framework in frameworks:
            hello = self.hello(framework, kind)
            reason, version = (hello, "") if isinstance(hello, str) else ("", hello.version)
            for mode in modes:
                found.append(
                    TargetInfo(
                        framework=framework, device=kind, mode=mode, available=not reason, reason=reason,
                        version=version, device_name="stub", python="3.11", os="none", import_seconds=0.0,
                    )
                )  # fmt: skip
        return found

    def run(
        self,
        target: Any,
        native: NativeSource,
        *,
        cell_id: str,
        timeout: float,
        seed: int = 0,
        ahead: Any = (),
        lane: int = 0,
    ) -> Outcome | Lost:
        self.ran.append(cell_id)
        if log := os.environ.get("STUB_RUNS"):
            with open(log, "a", encoding="utf-8") as stream:  # noqa: PTH123
                stream.write(f"{os.getpid()} {cell_id}\n")
        if "interrupt" in os.environ.get("STUB_FAULT", "") and "wrong" in cell_id:
            raise KeyboardInterrupt
        if "crashing" in cell_id:
            return Lost(kind="crashed", message=f"{target.framework} worker died while running {cell_id}")
        value = float(os.environ.get("STUB_JAX", "6")) if target.framework == "jax" else 6.0
        answer = Array(dtype="float32", shape=(), data=(value,))
        return Outcome(observations={"dy_dx": answer}, seconds={"run": 0.001})


def pytest_configure() -> None:
    """Take the place of the pool, where this file is loaded as a plugin of a pytest that is itself under test."""
    conformance.pool.Pool = StubPool  # type: ignore[misc,assignment]
