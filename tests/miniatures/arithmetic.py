"""A runtime that needs only NumPy: a framework without gradients, for tests of the engine."""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

seeds: list[int] = []


def describe(device: str) -> dict[str, Any]:
    return {"version": "1.0", "devices": [{"kind": "cpu", "name": "a miniature"}]}


@contextlib.contextmanager
def isolate(device: str, seed: int) -> Iterator[None]:
    seeds.append(seed)
    yield


def to_host(value: object) -> tuple[np.ndarray[Any, Any], str, str | None] | None:
    return None


def compile_seconds() -> float:
    return 0.0


def peak_memory(device: str) -> int | None:
    return None
