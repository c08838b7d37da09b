"""What a worker calls in TensorFlow: its version and devices, its state put back, its tensors as NumPy arrays."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # read when TensorFlow is imported

import tensorflow as tf

LOGGERS = ("tensorflow",)

_Pair = tuple[Callable[[], Any], Callable[[Any], object]]


def describe(device: str) -> dict[str, Any]:
    """Return the version and the devices that were found."""
    devices = [{"kind": "cpu", "name": "CPU"}]
    if device == "gpu":
        for found in tf.config.list_physical_devices("GPU"):
            details = tf.config.experimental.get_device_details(found)
            devices.append({"kind": "gpu", "name": str(details.get("device_name", found.name))})
    tf.constant(0.0)  # the runtime starts now, not in the first cell
    return {"version": tf.__version__, "devices": devices}


_SETTINGS: list[_Pair] = [
    (tf.config.functions_run_eagerly, tf.config.run_functions_eagerly),
    (tf.config.experimental.tensor_float_32_execution_enabled, tf.config.experimental.enable_tensor_float_32_execution),
    (tf.config.get_soft_device_placement, tf.config.set_soft_device_placement),
    (tf.config.optimizer.get_jit, tf.config.optimizer.set_jit),
]
_DEFAULTS = [read() for read, _ in _SETTINGS]


class _Randomness:
    """Whether a random number was drawn since the last seeding, which takes 4 ms: it drops all kernels."""

    def __init__(self) -> None:
        self._seed: int | None = None
        self._drawn = True
        with contextlib.suppress(ImportError, AttributeError):
            from tensorflow.python.framework import random_seed

            get_seed = random_seed.get_seed  # every random operation asks it

            def noted(op_seed: int | None) -> Any:
                self._drawn = True
                return get_seed(op_seed)

            random_seed.get_seed = noted
            self._noted = noted

    def begin(self, seed: int) -> None:
        """Seed TensorFlow where that makes a difference."""
        from tensorflow.python.eager import context

        if self._drawn or not hasattr(self, "_noted") or self._seed != seed or context.global_seed() != seed:
            tf.random.set_seed(seed)
        self._seed, self._drawn = seed, False


_randomness = _Randomness()


def _differentiate_by_exact_shapes() -> None:
    """Keep forward rules traced for the shapes that they are asked for, however many there were before.

    After 32 traces of an operation's forward rule TensorFlow takes one that was traced for any shape, which fails in
    some places where the exact ones do not: what a cell shows would depend on the cells before it in the process.
    Source: tensorflow/python/eager/forwardprop.py, seen with TensorFlow 2.21.
    """
    with contextlib.suppress(ImportError):
        from tensorflow.python.eager import forwardprop

        if hasattr(forwardprop, "_TRACE_COUNT_LIMIT"):
            forwardprop._TRACE_COUNT_LIMIT = sys.maxsize


_differentiate_by_exact_shapes()


@contextlib.contextmanager
def isolate(device: str, seed: int) -> Iterator[None]:
    """Seed TensorFlow, and put the switches of the process back afterwards."""
    _randomness.begin(seed)
    _forget_what_was_logged()
    _forget_forward_rules()
    try:
        yield
    finally:
        for (read, write), value in zip(_SETTINGS, _DEFAULTS, strict=True):
            if read() != value:
                write(value)
        with contextlib.suppress(RuntimeError, AttributeError):
            tf.debugging.disable_check_numerics()
        _leave_keras()


def _forget_what_was_logged() -> None:
    """Have messages that TensorFlow logs once a process be logged once a cell, so that the order does not matter."""
    with contextlib.suppress(ImportError, AttributeError):
        from tensorflow.python.platform import tf_logging

        tf_logging._log_counter_per_token.clear()


def _forget_forward_rules() -> None:
    """Drop the forward rules that TensorFlow traced for earlier cells, which are not right for every later one.

    A rule is traced once for an operation, its dtypes and shapes. One that was traced for ``m * m``, both operands the
    same tensor, is then used for ``m * x`` as well, and a second derivative by nested accumulators lacks a term
    (https://github.com/tensorflow/tensorflow/issues/127753, seen with TensorFlow 2.21). A cell must not depend on which
    cells ran before it in its process.
    """
    with contextlib.suppress(ImportError, AttributeError):
        from tensorflow.python.eager import forwardprop

        forwardprop._jvp_function_cache.clear()


def _leave_keras() -> None:
    """Put Keras's own switches back where a cell has imported it."""
    import sys

    keras = sys.modules.get("keras")
    if keras is not None and hasattr(keras, "config"):
        if keras.config.floatx() != "float32":
            keras.config.set_floatx("float32")
        if keras.config.dtype_policy().name != "float32":
            keras.config.set_dtype_policy("float32")


def to_host(value: object) -> tuple[np.ndarray[Any, Any], str, str | None] | None:
    """Return the numbers of a tensor or variable, its dtype's name, and its form where it is not dense."""
    if isinstance(value, tf.IndexedSlices):
        return _numbers(tf.convert_to_tensor(value)), value.dtype.name, "IndexedSlices"
    if isinstance(value, tf.SparseTensor):
        return _numbers(tf.sparse.to_dense(value, validate_indices=False)), value.dtype.name, "SparseTensor"
    if isinstance(value, tf.Tensor | tf.Variable) and hasattr(value, "numpy"):
        if value.dtype in (tf.resource, tf.variant, tf.string):
            return None
        return _numbers(value), value.dtype.name, None
    return None


def _numbers(value: Any) -> np.ndarray[Any, Any]:
    numbers = np.asarray(value.numpy())
    return numbers if numbers.dtype.kind in "biufc" else numbers.astype(np.float64)  # bfloat16: exact in float64


def compile_seconds() -> float:
    """Return 0.0: TensorFlow does not tell the time that tracing took."""
    return 0.0


def peak_memory(device: str) -> int | None:
    """Return the most bytes that TensorFlow held on the GPU since the last question, or None on the CPU."""
    if device != "gpu":
        return None
    peak = int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
    tf.config.experimental.reset_memory_stats("GPU:0")
    return peak
