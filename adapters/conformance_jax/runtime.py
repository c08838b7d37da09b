"""What a worker calls in JAX: its version and devices, its configuration put back, its arrays as NumPy arrays."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np

LOGGERS = ("jax",)


def _keep_compiled() -> None:
    """Turn the persistent compilation cache on: 200 small gradients took 3.6 ms each instead of 22 ms with it."""
    folder = os.environ.get("GRADCONF_CACHE_DIR")
    if folder:
        jax.config.update("jax_compilation_cache_dir", str(Path(folder) / "jax"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
        if "jax_persistent_cache_enable_xla_caches" in jax.config.values:
            # XLA's own caches take the folder's name into the key of every entry.
            jax.config.update("jax_persistent_cache_enable_xla_caches", "none")


def _lower_in_one_context() -> None:
    """Have all lowerings share one MLIR context, which JAX makes anew for each and keeps with what was lowered.

    The quick tier of the derivative cases took 39 s of processor time instead of 71 s, and 1.0 GB instead of 3.5 GB.
    Source: jax/_src/interpreters/mlir.py, seen with JAX 0.10.2. Where another version lacks the name, nothing changes.
    """
    with contextlib.suppress(ImportError):
        from jax._src.interpreters import mlir

        if hasattr(mlir, "make_ir_context"):
            mlir.make_ir_context = functools.cache(mlir.make_ir_context)


_keep_compiled()
_lower_in_one_context()
_compiling = 0.0


def _count(event: str, seconds: float, **_: object) -> None:
    global _compiling
    if event.startswith("/jax/core/compile/"):
        _compiling += seconds


jax.monitoring.register_event_duration_secs_listener(_count)


def describe(device: str) -> dict[str, Any]:
    """Return the version and the devices that were found."""
    devices = [{"kind": "cpu", "name": "CPU (XLA)"}]
    if device == "gpu":
        found = [d for d in jax.devices() if d.platform in ("gpu", "cuda", "rocm")]
        devices += [{"kind": "gpu", "name": str(d.device_kind)} for d in found]
    else:
        jax.devices()  # the back end starts now, not in the first cell
    return {"version": jax.__version__, "devices": devices}


_DEFAULTS = dict(jax.config.values)


@contextlib.contextmanager
def isolate(device: str, seed: int) -> Iterator[None]:
    """Put every option of the configuration back afterwards; JAX's random keys are explicit, so there is no seed."""
    try:
        yield
    finally:
        now = jax.config.values
        for name, value in _DEFAULTS.items():
            if now.get(name) is not value and now.get(name) != value:
                jax.config.update(name, value)


def to_host(value: object) -> tuple[np.ndarray[Any, Any], str, str | None] | None:
    """Return the numbers of an array and its dtype's name; a float0, which has no numbers, as zeros."""
    dtype = getattr(value, "dtype", None)
    if dtype is not None and dtype == jax.dtypes.float0:
        return np.zeros(getattr(value, "shape", ()), np.float64), "float0", None
    if not isinstance(value, jax.Array):
        literal = type(value).__module__.startswith("jax.") and isinstance(value, np.ndarray)
        if not literal:
            return None
    if jax.dtypes.issubdtype(dtype, jax.dtypes.prng_key):
        return np.asarray(jax.random.key_data(value)), str(dtype), "prng_key"
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "biufc":
        numbers = numbers.astype(np.float64)  # bfloat16 and its like are extensions of NumPy; exact in float64
    return numbers, str(dtype), None


def compile_seconds() -> float:
    """Return the seconds that tracing, lowering and compiling have taken in this process."""
    return _compiling


def peak_memory(device: str) -> int | None:
    """Return the most bytes that the GPU's allocator held in this process, or None on the CPU."""
    if device != "gpu":
        return None
    statistics = jax.devices()[0].memory_stats() or {}
    peak = statistics.get("peak_bytes_in_use")
    return None if peak is None else int(peak)
