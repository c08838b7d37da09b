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


KEPT_RULES = 1000
"""Forward rules that are kept for later cells: about 0.5 MB each."""

_Call = tuple[tuple[Any, ...], tuple[int, ...]]


class _Rule:
    """A forward rule that TensorFlow traced, and how the functions came about that TensorFlow derived from it.

    Such a function belongs to a key. It is made by the first call that needs it, and depends on the rule's outputs, to
    which making another one may add, and on which tensors of that call are one and the same.
    """

    def __init__(self, traced: Any) -> None:
        self.traced = traced
        self.derived: dict[Any, tuple[int, ...]] = {}
        self.used: set[Any] = set()  # the keys of this cell
        self.first: _Call | None = None
        self.outputs = 0
        self.sure = True
        self.lent = False  # by an earlier cell

    def prepare(self, call: _Call | None) -> None:
        """Drop what earlier cells derived where a new process would derive it otherwise for this call."""
        if call and (call[0] in self.used or self.derived.get(call[0], call[1]) == call[1]):
            return
        for key in self.derived.keys() - self.used:
            del self.derived[key]
            for functions in (self.traced._first_order_tape_functions, self.traced._higher_order_tape_functions):
                functions.pop(key[1:], None)

    def note(self, call: _Call | None) -> None:
        """Note how a call was made that has ended; None if nobody can be sure what it depended on."""
        if call is None:
            self.sure = False
        elif call[0] not in self.used:
            if not self.used:
                self.first, self.outputs = call, len(self.traced.outputs)
            self.used.add(call[0])
            self.derived[call[0]] = call[1]

    def keep(self) -> bool:
        """End a cell, and return whether what was derived after the first call can be taken in any order."""
        self.used = set()
        self.lent = True
        named = hasattr(self.traced, "_first_order_tape_functions") and hasattr(
            self.traced, "_higher_order_tape_functions"
        )
        return named and self.sure and len(self.traced.outputs) == self.outputs and not self.traced.captured_inputs


def _keep_forward_rules() -> Callable[[], None]:
    """Have cells share the forward rules that they would trace alike, and return what begins a cell.

    TensorFlow traces a rule once for an operation, its dtypes and shapes. What it derives from one that was first
    called for ``m * m``, both operands the same tensor, is then used for ``m * x`` as well, and a second derivative by
    nested accumulators lacks a term (https://github.com/tensorflow/tensorflow/issues/127753). A cell must not depend on
    which cells ran before it in its process. So it begins without rules, and where TensorFlow would trace one it gets
    the one of an earlier cell, if the first calls are alike. To trace all of them anew takes half of the time.

    Source: tensorflow/python/eager/forwardprop.py and polymorphic_function/concrete_function.py, seen with TensorFlow
    2.21. Where another version lacks one of the names, every cell traces its own.
    """
    try:
        from tensorflow.core.function.polymorphism.function_cache import FunctionCache
        from tensorflow.python import pywrap_tfe
        from tensorflow.python.eager import context, forwardprop, record
        from tensorflow.python.eager.forwardprop_util import pack_tangents
        from tensorflow.python.ops.gradients_util import PossibleTapeGradientTypes

        dispatch, config, executing = forwardprop._jvp_dispatch, forwardprop._jvp_exact_config, context.context()
        _ = FunctionCache()._primary, executing.op_callbacks, record.should_record_backprop, config.function_cache
        register = pywrap_tfe.TFE_Py_RegisterJVPFunction
    except (ImportError, AttributeError):
        return _forget_forward_rules

    def call_of(tensors: list[Any]) -> _Call | None:
        """Return the key of the functions that a call needs, and its tensors, numbered; None outside of plain eager."""
        now = context.context()
        if not now.executing_eagerly() or now.device_name or now.op_callbacks or tf.config.functions_run_eagerly():
            return None
        if not all(isinstance(tensor, tf.Tensor) for tensor in tensors):  # a tangent may be IndexedSlices
            return None
        indices, tangents = pack_tangents(tensors)
        key = (PossibleTapeGradientTypes(tensors), record.should_record_backprop(tangents), indices)
        identities = [id(tensor) for tensor in (*tensors, *tangents)]
        return key, tuple(map(identities.index, identities))

    class Rules(FunctionCache):  # type: ignore[misc]
        """TensorFlow's cache of rules, which holds those of this cell, and beside it those of earlier ones."""

        def __init__(self) -> None:
            super().__init__()
            self.kept: dict[Any, _Rule] = {}
            self.rules: dict[int, _Rule] = {}
            self.rule: _Rule | None = None
            self.call: _Call | None = None
            self.place: tuple[Any, Any] = (None, None)
            self.calling = self.nested = False

        def begin(self) -> None:
            for (where, signature), traced in self._primary.items():
                rule = self.rules.get(id(traced))
                if rule and rule.keep() and not self.nested:
                    self.kept[where, signature, rule.first] = rule
            for oldest in list(self.kept)[:-KEPT_RULES]:
                del self.kept[oldest]
            self.clear()
            self.rules.clear()
            self.calling = self.nested = False

        def lookup(self, function_type: Any, context: Any = None) -> Any:
            self.place = (function_type, context)
            traced = super().lookup(*self.place)
            if traced is None and (rule := self.kept.pop((context, function_type, self.call), None)):
                traced = rule.traced
                super().add(traced, context)
                self.rules[id(traced)] = rule
            self.rule = self.rules.get(id(traced))
            if self.rule:
                self.rule.prepare(self.call)
            return traced

        def add(self, fn: Any, context: Any = None) -> None:
            super().add(fn, context)
            self.rule = self.rules[id(fn)] = _Rule(fn)

        def dispatch(
            self, op_name: str, attributes: Any, inputs: Any, outputs: Any, tangents: Any, use_batch: bool = False
        ) -> Any:
            self.nested |= self.calling  # not seen: then nothing of this cell is kept
            self.calling, self.rule = True, None
            call = self.call = call_of([each for each in (*inputs, *outputs, *tangents) if each is not None])
            ended = None
            try:
                result = self.trace_again_if_it_fails(op_name, attributes, inputs, outputs, tangents, use_batch)
                ended = call
            finally:
                self.calling = False
                if self.rule:
                    self.rule.note(ended)
            return result

        def trace_again_if_it_fails(self, *arguments: Any) -> Any:
            """Call a rule; the message of an error names the lines that traced it, which are to be this cell's."""
            try:
                return dispatch(*arguments)
            except Exception:
                if not (self.rule and self.rule.lent):
                    raise
            self.delete(*self.place)
            return dispatch(*arguments)

    rules = Rules()
    config.function_cache = forwardprop._jvp_function_cache = rules
    register(rules.dispatch)
    return rules.begin


def _forget_forward_rules() -> None:
    """Drop the forward rules that TensorFlow traced for earlier cells."""
    with contextlib.suppress(ImportError, AttributeError):
        from tensorflow.python.eager import forwardprop

        forwardprop._jvp_function_cache.clear()


_begin_forward_rules = _keep_forward_rules()


@contextlib.contextmanager
def isolate(device: str, seed: int) -> Iterator[None]:
    """Seed TensorFlow, and put the switches of the process back afterwards."""
    _randomness.begin(seed)
    _forget_what_was_logged()
    _begin_forward_rules()
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
