"""The runtimes of the real frameworks, in their workers: values, errors with their line, and state put back."""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.lowering.native import NativeSource
from conformance.observation import Array, Items, Nothing, Observed, Other, Outcome, Scalar
from conformance.plan import Target
from conformance.pool import Pool

ADAPTERS = Path(__file__).parents[2] / "adapters"
FRAMEWORKS = ("tensorflow", "torch", "jax")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    runtimes = {name: ADAPTERS / f"conformance_{name}" / "runtime.py" for name in FRAMEWORKS}
    with Pool(runtimes=runtimes, cache=tmp_path_factory.mktemp("cache")) as found:
        yield found


def run(pool: Pool, framework: str, text: str, *names: str, mode: str = "eager") -> Outcome:
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    native = NativeSource(
        text=text, line_map=tuple(range(1, text.count("\n") + 2)), observe={name: name for name in names}
    )
    run.count += 1  # type: ignore[attr-defined]
    outcome = pool.run(
        Target(framework=framework, mode=mode),
        native,
        cell_id=f"area/{run.count}@{framework}",  # type: ignore[attr-defined]
        timeout=200,
    )
    assert isinstance(outcome, Outcome), outcome.message
    return outcome


run.count = 0  # type: ignore[attr-defined]


def scalar(value: float, dtype: str = "float32") -> Array:
    return Array(dtype=dtype, shape=(), data=(value,))


SQUARE = {
    "tensorflow": (
        "import tensorflow as tf\nx = tf.Variable(3.0)\nwith tf.GradientTape() as t:\n    y = x ** 2\n"
        "g = t.gradient(y, x)\n"
    ),
    "torch": (
        "import torch\nx = torch.tensor(3.0, requires_grad=True)\ny = x ** 2\ng, = torch.autograd.grad(y, x)\n"
    ),
    "jax": (
        "import jax\nimport jax.numpy as jnp\nx = jnp.asarray(3.0)\n"
        "def f(x):\n    return x ** 2\ny = f(x)\ng = jax.grad(f)(x)\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_gradient_of_a_square(pool: Pool, framework: str) -> None:
    outcome = run(pool, framework, SQUARE[framework], "x", "y", "g")
    assert outcome.raised is None
    assert outcome.observations == {"x": scalar(3.0), "y": scalar(9.0), "g": scalar(6.0)}
    assert outcome.output == ""


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_a_worker_says_of_itself(pool: Pool, framework: str) -> None:
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    (info,) = pool.discover([framework], "cpu", ["eager"])
    from importlib.metadata import version

    names = {"tensorflow": ("tensorflow", "tensorflow-cpu"), "torch": ("torch",), "jax": ("jax",)}[framework]
    installed = next(version(name) for name in names if importlib.util.find_spec(framework) and _has(name))
    assert info.available
    assert info.version == installed.partition("+")[0]
    assert info.device_name


def _has(distribution: str) -> bool:
    from importlib.metadata import PackageNotFoundError, version

    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


VALUES: dict[str, tuple[str, dict[str, Observed]]] = {
    "tensorflow": (
        """
import tensorflow as tf
b = tf.constant([1.5, float("inf")], tf.bfloat16)
h = tf.Variable(0.5, dtype=tf.float16)
z = tf.zeros((0, 3))
i = tf.constant(2**63 - 1, tf.int64)
c = tf.constant(1 - 2j)
t = tf.constant([True, False])
x = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
with tf.GradientTape() as tape:
    y = tf.gather(x, [0, 0])
s, n = tape.gradient(y, [x, h])
d = x.dtype
""",
        {
            "b": Array(dtype="bfloat16", shape=(2,), data=(1.5, math.inf)),
            "h": scalar(0.5, "float16"),
            "z": Array(dtype="float32", shape=(0, 3), data=()),
            "i": Array(dtype="int64", shape=(), data=(2**63 - 1,)),
            "c": Array(dtype="complex128", shape=(), data=(1 - 2j,)),
            "t": Array(dtype="bool", shape=(2,), data=(True, False)),
            "s": Array(dtype="float32", shape=(2, 2), data=(2.0, 2.0, 0.0, 0.0), form="IndexedSlices"),
            "n": Nothing(),
            "d": Other(type="DType", repr="tf.float32"),
        },
    ),
    "torch": (
        """
import torch
b = torch.tensor([1.5, float("-inf")], dtype=torch.bfloat16, requires_grad=True)
h = torch.tensor(0.5, dtype=torch.float16)
z = torch.zeros(0, 3)
i = torch.tensor(-(2**63))
c = torch.tensor(1 - 2j, dtype=torch.complex128).conj()
t = torch.tensor([True, False])
s = torch.tensor([[0.0, 2.0]]).to_sparse()
p = torch.nn.Parameter(torch.ones(1))
n = torch.ones(2, requires_grad=True).grad
d = b.dtype
""",
        {
            "b": Array(dtype="bfloat16", shape=(2,), data=(1.5, -math.inf)),
            "h": scalar(0.5, "float16"),
            "z": Array(dtype="float32", shape=(0, 3), data=()),
            "i": Array(dtype="int64", shape=(), data=(-(2**63),)),
            "c": Array(dtype="complex128", shape=(), data=(1 + 2j,)),
            "t": Array(dtype="bool", shape=(2,), data=(True, False)),
            "s": Array(dtype="float32", shape=(1, 2), data=(0.0, 2.0), form="sparse_coo"),
            "p": Array(dtype="float32", shape=(1,), data=(1.0,)),
            "n": Nothing(),
            "d": Other(type="dtype", repr="torch.bfloat16"),
        },
    ),
    "jax": (
        """
import jax
import jax.numpy as jnp
b = jnp.asarray([1.5, float("inf")], jnp.bfloat16)
h = jnp.asarray(0.5, jnp.float16)
z = jnp.zeros((0, 3))
c = jnp.asarray(1 - 2j)
t = jnp.asarray([True, False])
g = jax.grad(lambda x: x * 1.0, allow_int=True)(3)
with jax.enable_x64(True):
    w = jnp.asarray(2**62)
n = None
""",
        {
            "b": Array(dtype="bfloat16", shape=(2,), data=(1.5, math.inf)),
            "h": scalar(0.5, "float16"),
            "z": Array(dtype="float32", shape=(0, 3), data=()),
            "c": Array(dtype="complex64", shape=(), data=(1 - 2j,)),
            "t": Array(dtype="bool", shape=(2,), data=(True, False)),
            "g": scalar(0.0, "float0"),
            "w": Array(dtype="int64", shape=(), data=(2**62,)),
            "n": Nothing(),
        },
    ),
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_values_of_every_kind_arrive(pool: Pool, framework: str) -> None:
    text, seen = VALUES[framework]
    outcome = run(pool, framework, text, *seen)
    assert outcome.raised is None
    assert outcome.observations == seen


ERRORS = {
    "tensorflow": (
        ("import tensorflow as tf\n@tf.function\ndef f(x):\n    y = x + 1\n"
        "    return tf.matmul(y, [1.0])\nz = f(tf.constant(3.0))\n"),
        "ValueError",
    ),
    "jax": (
        "import jax\n@jax.jit\ndef f(x):\n    y = x + 1\n    if y > 2:\n        return x\n    return y\nz = f(3.0)\n",
        "TracerBoolConversionError",
    ),
    "torch": (
        ("import torch\n@torch.compile(backend='eager')\ndef f(x):\n    y = x + 1\n"
        "    return y @ torch.ones(4)\nz = f(torch.ones(3))\n"),
        "TorchRuntimeError",
    ),
}  # fmt: skip


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_line_inside_a_compiled_function_is_found(pool: Pool, framework: str) -> None:
    text, kind = ERRORS[framework]
    outcome = run(pool, framework, text, "z", mode="compiled")
    assert outcome.raised is not None
    assert outcome.raised.type == kind
    assert outcome.raised.native_line == 5


def test_tf_function_sees_the_source_of_what_it_converts(pool: Pool) -> None:
    text = (
        "import tensorflow as tf\n@tf.function\ndef f(x):\n    while x < 10.0:\n        x = x * 2.0\n    return x\n"
        "z = f(tf.constant(3.0))\n"
    )
    for _ in range(2):
        outcome = run(pool, "tensorflow", text, "z", mode="compiled")
        assert outcome.raised is None
        assert outcome.observations == {"z": scalar(12.0)}


LEFT_BEHIND = {
    "torch": (
        (
            "import torch\ntorch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)\n"
            "torch.set_default_device('meta')\ntorch.use_deterministic_algorithms(True)\n"
            "torch.set_float32_matmul_precision('medium')\ntorch.autograd.set_detect_anomaly(True)\n"
            "torch.autograd.forward_ad.enter_dual_level()\ntorch.set_num_threads(2)\n"
            "torch.set_autocast_enabled('cpu', True)\ntorch.rand(3)\n"
        ),
        (
            "import torch\nr = torch.rand(1)\ny = [str(r.dtype), torch.is_grad_enabled(), str(r.device),"
            "torch.are_deterministic_algorithms_enabled(), torch.get_float32_matmul_precision(),"
            "torch.is_anomaly_enabled(),"
            "torch.autograd.forward_ad._current_level, torch.get_num_threads(), torch.is_autocast_enabled('cpu'),"
            "float(r)]\n"
        ),
    ),
    "jax": (
        (
            "import jax\njax.config.update('jax_enable_x64', True)\njax.config.update('jax_disable_jit', True)\n"
            "jax.config.update('jax_default_matmul_precision', 'float32')\njax.config.update('jax_debug_nans', True)\n"
            "jax.config.update('jax_default_device', jax.devices()[0])\n"
        ),
        (
            "import jax\nimport jax.numpy as jnp\ny = [str(jnp.asarray(1.0).dtype), jax.config.jax_disable_jit,"
            "str(jax.config.jax_default_matmul_precision), jax.config.jax_debug_nans,"
            "str(jax.config.jax_default_device)]\n"
        ),
    ),
    "tensorflow": (
        (
            "import tensorflow as tf\ntf.config.run_functions_eagerly(True)\n"
            "tf.config.experimental.enable_tensor_float_32_execution(False)\ntf.config.set_soft_device_placement(False)\n"
            "tf.config.optimizer.set_jit(True)\ntf.random.uniform(())\ntf.random.set_seed(99)\n"
            "tf.random.uniform((), seed=5)\n"
        ),
        (
            "import tensorflow as tf\ny = [tf.config.functions_run_eagerly(),"
            "tf.config.experimental.tensor_float_32_execution_enabled(), tf.config.get_soft_device_placement(),"
            "str(tf.config.optimizer.get_jit()), float(tf.random.uniform(())), float(tf.random.uniform((), seed=5))]\n"
        ),
    ),
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_cell_finds_the_state_of_a_fresh_worker(pool: Pool, framework: str) -> None:
    spoil, look = LEFT_BEHIND[framework]
    fresh = run(pool, framework, look, "y")
    spoiled = run(pool, framework, spoil)
    after = run(pool, framework, look, "y")
    assert fresh.raised is None
    assert spoiled.raised is None
    assert after.observations == fresh.observations


def test_a_warning_that_torch_gives_once_a_process_is_told_to_every_cell(pool: Pool) -> None:
    text = "import torch\nx = torch.ones(1, requires_grad=True)\n(x * 2).sum().backward(create_graph=True)\n"
    for _ in range(2):
        assert any("create_graph=True" in warned.message for warned in run(pool, "torch", text).warnings)


def test_what_tensorflow_logs_once_a_process_is_told_to_every_cell(pool: Pool) -> None:
    text = (
        "import tensorflow as tf\nx = tf.Variable(1.0)\nwith tf.GradientTape(persistent=True) as t:\n    y = x * x\n"
        "    g = t.gradient(y, x)\n"
    )
    for _ in range(2):
        told = run(pool, "tensorflow", text).warnings
        assert any("persistent tape inside" in warned.message for warned in told)


def test_the_seconds_of_compiling_are_told_apart(pool: Pool) -> None:
    text = "import jax\nimport jax.numpy as jnp\n@jax.jit\ndef f(x):\n    return jnp.sin(x) * 2.5\ny = f(1.25)\n"
    outcome = run(pool, "jax", text, "y", mode="compiled")
    assert outcome.seconds is not None
    assert outcome.seconds["compile"] > 0.0
    assert outcome.seconds["run"] >= 0.0


def test_jax_lowers_in_one_context(pool: Pool) -> None:
    text = """
import jax
first, second = (jax.jit(lambda x: x * n).lower(1.0).compiler_ir().context for n in (3, 4))
shared = first is second
"""
    assert run(pool, "jax", text, "shared").observations["shared"] == Scalar(value=True)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_runtime_needs_nothing_of_the_suite(framework: str) -> None:
    file = ADAPTERS / f"conformance_{framework}" / "runtime.py"
    code = (
        "import ast, json, sys\n"
        f"tree = ast.parse(open({str(file)!r}).read())\n"
        "names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}\n"
        "names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}\n"
        "print(json.dumps(sorted({n.partition('.')[0] for n in names} - set(sys.stdlib_module_names))))\n"
    )
    found = json.loads(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)
    assert set(found) <= {"numpy", framework}


# second derivatives by nested accumulators: the operands of both products have one shape
SECOND = """
import tensorflow as tf
from tensorflow.python.eager import forwardprop
def second(f):
    x, one = tf.constant(3.0), tf.constant(1.0)
    with tf.autodiff.ForwardAccumulator(x, one) as outer:
        with tf.autodiff.ForwardAccumulator(x, one) as inner:
            y = f(x)
        slope = inner.jvp(y)
    return outer.jvp(slope)
def square(x):
    m = tf.sin(x)
    return m * m
def product(x):
    return tf.sin(x) * tf.cos(x)
before = sum(forwardprop._TRACE_COUNT.values())
"""
TRACED = "traced = sum(forwardprop._TRACE_COUNT.values()) - before\n"


@pytest.fixture
def new_pool(tmp_path: Path) -> Iterator[Pool]:
    runtimes = {"tensorflow": ADAPTERS / "conformance_tensorflow" / "runtime.py"}
    with Pool(runtimes=runtimes, cache=tmp_path) as found:
        yield found


def test_a_forward_rule_of_tensorflow_that_saw_one_tensor_twice_is_not_used_for_two(new_pool: Pool) -> None:
    product = SECOND + "y = second(product)\n" + TRACED
    both = SECOND + "a = second(square)\ny = second(product)\n" + TRACED
    of_both = run(new_pool, "tensorflow", both, "y").observations["y"]  # what TensorFlow says, right or not
    told = run(new_pool, "tensorflow", product, "y").observations["y"]
    assert isinstance(told, Array)
    assert told.data[0] == pytest.approx(-2 * math.sin(6.0), rel=1e-5)
    assert run(new_pool, "tensorflow", both, "y").observations["y"] == of_both


def test_a_forward_rule_of_tensorflow_is_traced_once_for_cells_that_call_it_alike(new_pool: Pool) -> None:
    product = SECOND + "y = second(product)\n" + TRACED
    first, again = (run(new_pool, "tensorflow", product, "y", "traced").observations for _ in range(2))
    assert first["y"] == again["y"]
    assert first["traced"] != Scalar(value=0)
    assert again["traced"] == Scalar(value=0)


def test_an_error_in_a_forward_rule_names_the_lines_of_its_own_cell(new_pool: Pool) -> None:
    text = """
import tensorflow as tf
x = tf.constant([[1.0, 2.0], [2.0, {}]])
with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
    y = tf.linalg.det(x)
"""
    assert run(new_pool, "tensorflow", text.format(3.0)).raised is None
    raised = run(new_pool, "tensorflow", text.format(4.0)).raised
    assert raised is not None
    assert f"area_{run.count}_" in raised.message  # type: ignore[attr-defined]
    assert f"area_{run.count - 1}_" not in raised.message  # type: ignore[attr-defined]


def test_a_tangent_of_tensorflow_that_is_a_slice_makes_no_difference(pool: Pool) -> None:
    text = """
import tensorflow as tf
x, v = tf.constant([1.0, 2.0, 3.0]), tf.constant([1.0, -1.0, 0.5])
with tf.autodiff.ForwardAccumulator(x, v) as forward:
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.gather(2 * x, [2, 0, 2]) ** 3)
    g = tape.gradient(y, x)
hv = forward.jvp(g)
"""
    for _ in range(2):
        assert run(pool, "tensorflow", text, "hv").observations["hv"] == Array(
            dtype="float32", shape=(3,), data=(48.0, 0.0, 144.0)
        )


def test_what_torch_compiles_does_not_depend_on_what_was_compiled_before(pool: Pool) -> None:
    failing = (
        "import gc, torch\nx = torch.arange(3.0)\n@torch.compile(backend='aot_eager')\n"
        "def f(t):\n    return torch.func.jvp(lambda t: torch.quantile(t * x, 0.5), (t,), (torch.tensor(1.0),))[1]\n"
        "y = []\nfor i in range(3):\n    try:\n        f(torch.tensor(2.0))\n        y.append('no error')\n"
        "    except Exception as error:\n        y.append(type(error).__name__)\n"
        "    many = [[i] for i in range(10**6)]\n"
        "gc.collect()\n"
    )
    error = Scalar(value="TorchRuntimeError")
    assert run(pool, "torch", failing, "y", mode="compiled").observations == {"y": Items(items=(error, error, error))}
    after = run(
        pool, "torch",
        "import torch\nfrom torch._subclasses.fake_tensor import FakeTensorMode\n"
        "n = len(FakeTensorMode.cache)\n@torch.compile(backend='aot_eager')\ndef f(x):\n    return torch.sin(x)\n"
        "y = f(torch.tensor(0.0))\n", "n", "y", mode="compiled",
    )  # fmt: skip
    assert after.raised is None, after.raised
    assert after.observations == {"n": Scalar(value=0), "y": scalar(0.0)}
