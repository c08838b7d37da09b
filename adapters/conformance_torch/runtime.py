"""What a worker calls in PyTorch: its version and devices, its state put back, its tensors as NumPy arrays."""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    import numpy as np

LOGGERS = ("torch",)

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))


def describe(device: str) -> dict[str, Any]:
    """Return the version and the devices that were found."""
    devices = [{"kind": "cpu", "name": _cpu_name()}]
    if device == "gpu" and torch.cuda.is_available():
        devices += [{"kind": "gpu", "name": torch.cuda.get_device_name(i)} for i in range(torch.cuda.device_count())]
    return {"version": torch.__version__.partition("+")[0], "devices": devices}


def _cpu_name() -> str:
    return f"CPU ({torch.backends.cpu.get_cpu_capability()})"


def _settings() -> list[tuple[Callable[[], Any], Callable[[Any], object]]]:
    """Return how each switch of the process is read and written."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    pairs: list[tuple[Callable[[], Any], Callable[[Any], object]]] = [
        (torch.get_default_dtype, torch.set_default_dtype),
        (torch.is_grad_enabled, torch.set_grad_enabled),
        (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
        (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
        (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
        (torch.get_num_threads, torch.set_num_threads),
        (torch.is_warn_always_enabled, torch.set_warn_always),
        (
            torch.autograd.is_multithreading_enabled,
            lambda value: _switch(torch.autograd.set_multithreading_enabled, value),
        ),
        (lambda: cudnn.deterministic, lambda value: setattr(cudnn, "deterministic", value)),
        (lambda: cudnn.benchmark, lambda value: setattr(cudnn, "benchmark", value)),
        (lambda: cudnn.allow_tf32, lambda value: setattr(cudnn, "allow_tf32", value)),
    ]
    reduced = ("allow_tf32", "allow_fp16_reduced_precision_reduction", "allow_bf16_reduced_precision_reduction")
    pairs += [(functools.partial(getattr, matmul, name), functools.partial(setattr, matmul, name)) for name in reduced]
    return [pair for pair in pairs if _readable(pair[0])]


def _readable(read: Callable[[], Any]) -> bool:
    try:
        read()
    except (RuntimeError, AttributeError):  # a switch of another version, or of a back end that is not built in
        return False
    return True


def _switch(manager: Any, value: bool) -> None:
    if torch.autograd.is_multithreading_enabled() != value:
        manager(value)


torch.set_warn_always(True)  # a warning that only the first cell sees would make the order of the cells matter
_SETTINGS = _settings()
_DEFAULTS = [read() for read, _ in _SETTINGS]


def _dispatch_keys() -> dict[Any, tuple[bool, bool]]:
    """Return for each dispatch key whether this thread excludes and includes it; none where it has no such switch."""
    c = torch._C
    if not hasattr(c, "_dispatch_tls_set_dispatch_key_excluded"):
        return {}
    return {
        key: (c._dispatch_tls_is_dispatch_key_excluded(key), c._dispatch_tls_is_dispatch_key_included(key))
        for key in c.DispatchKey.__members__.values()
    }


_KEYS = _dispatch_keys()


def _forget_compilations() -> None:
    """Begin as a new process does, where a cell before has compiled.

    What operations return on fake tensors is remembered in the process, without whether a tangent is a ZeroTensor: a
    nested jvp then raises, or does not, by what was compiled before (https://github.com/pytorch/pytorch/pull/186160).
    And what a compilation that failed leaves to the garbage collector puts the dispatch keys of its inside back as it
    goes: every later one would raise "This indicates you set no_dispatch()". Both seen with PyTorch 2.13.0. For that
    the collector also waits while a cell runs: else the number of objects made so far would decide what a point shows.
    """
    fake = sys.modules.get("torch._subclasses.fake_tensor")
    if fake is None or not hasattr(fake.FakeTensorMode, "cache_info"):
        return
    asked = fake.FakeTensorMode.cache_info()
    if not (asked.hits or asked.misses or asked.bypasses):
        return
    gc.collect()
    torch.compiler.reset()
    fake.FakeTensorMode.cache_clear()
    for key, (excluded, included) in _dispatch_keys().items():
        if (excluded, included) != _KEYS[key]:
            torch._C._dispatch_tls_set_dispatch_key_excluded(key, _KEYS[key][0])
            torch._C._dispatch_tls_set_dispatch_key_included(key, _KEYS[key][1])


@contextlib.contextmanager
def isolate(device: str, seed: int) -> Iterator[None]:
    """Begin as a new process does, seed PyTorch, and put every switch of the process back afterwards."""
    _forget_compilations()
    torch.default_generator.manual_seed(seed)  # torch.manual_seed keeps a formatted stack each time without a GPU
    if device == "gpu":
        torch.cuda.manual_seed_all(seed)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        _restore()


def _restore() -> None:
    for (read, write), value in zip(_SETTINGS, _DEFAULTS, strict=True):
        if read() != value:
            write(value)
    if torch.get_default_device().type != "cpu":
        torch.set_default_device(None)
    if torch.is_autocast_enabled("cpu"):
        torch.set_autocast_enabled("cpu", False)
    if torch.is_autocast_enabled("cuda"):
        torch.set_autocast_enabled("cuda", False)
    forward = torch.autograd.forward_ad
    while getattr(forward, "_current_level", -1) >= 0:  # a dual level that was entered and never left
        forward.exit_dual_level()


def to_host(value: object) -> tuple[np.ndarray[Any, Any], str, str | None] | None:
    """Return the numbers of a tensor, its dtype's name, and its form where it is not dense."""
    if not isinstance(value, torch.Tensor):
        return None
    form = None if value.layout == torch.strided else str(value.layout).removeprefix("torch.")
    plain = value.detach()
    if form is not None:
        plain = plain.to_dense()
    if plain.is_quantized:
        plain = plain.dequantize()
    dtype = str(value.dtype).removeprefix("torch.")
    if plain.dtype in (torch.bfloat16, torch.float16) or (plain.dtype.itemsize == 1 and plain.dtype.is_floating_point):
        plain = plain.to(torch.float64)
    elif dtype == "complex32":
        plain = plain.to(torch.complex128)
    return plain.resolve_conj().resolve_neg().cpu().numpy(), dtype, form


def compile_seconds() -> float:
    """Return the seconds that ``torch.compile`` has taken in this process; 0.0 until it is used."""
    found = sys.modules.get("torch._dynamo.utils")
    metrics = getattr(found, "compilation_time_metrics", {})
    return float(sum(metrics.get("_compile.compile_inner", ())))


def peak_memory(device: str) -> int | None:
    """Return the most bytes that PyTorch held on the GPU since the last question, or None on the CPU."""
    if device != "gpu":
        return None
    peak = int(torch.cuda.max_memory_allocated())
    torch.cuda.reset_peak_memory_stats()
    return peak
