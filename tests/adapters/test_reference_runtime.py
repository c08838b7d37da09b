"""What the worker gets from the reference: doubles, dtypes, intervals, and nothing left behind by a cell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import conformance_reference as ref
from conformance_reference import runtime
from conformance_reference.arrays import asarray, context


def test_an_array_is_doubles_and_the_dtype_that_a_framework_would_have() -> None:
    found = runtime.to_host(asarray([[1.5, 2.0]]))
    assert found is not None
    numbers, dtype, form = found
    assert (numbers.tolist(), numbers.dtype, dtype, form) == ([[1.5, 2.0]], np.float64, "float32", None)


@pytest.mark.parametrize(
    ("value", "dtype", "numpy"),
    [(True, "bool", np.bool_), (3, "int32", np.int64), (2j, "complex64", np.complex128)],
)
def test_other_kinds(value: complex, dtype: str, numpy: type) -> None:
    found = runtime.to_host(asarray(value))
    assert found is not None
    assert (found[0].item(), found[0].dtype, found[1], found[0].shape) == (value, numpy, dtype, ())


def test_a_kink_is_an_interval_with_a_last_axis_of_two() -> None:
    found = runtime.to_host(ref.grad(ref.relu)(asarray([0.0, 2.0])))
    assert found is not None
    assert (found[0].tolist(), found[2]) == ([[0.0, 1.0], [1.0, 1.0]], "interval")


def test_empty_and_huge_and_tiny() -> None:
    found = runtime.to_host(asarray(np.zeros((0, 2), np.float32)))
    assert found is not None
    assert found[0].shape == (0, 2)
    huge = runtime.to_host(ref.exp(asarray([1e4, -1e4])))
    assert huge is not None
    assert huge[0].tolist() == [np.inf, 0.0]


def test_what_is_no_array_is_left_to_the_worker() -> None:
    assert runtime.to_host([1.0]) is None
    assert runtime.to_host("x") is None


def test_a_cell_leaves_its_precision_behind() -> None:
    with runtime.isolate("cpu", 0):
        ref.precision(120, "1e-30")
        assert context.dps == 120
    assert context.dps == 80


def test_it_describes_itself() -> None:
    described = runtime.describe("gpu")
    assert [device["kind"] for device in described["devices"]] == ["cpu"]
    assert (runtime.compile_seconds(), runtime.peak_memory("cpu")) == (0.0, None)


def test_it_loads_by_path_without_anything_on_the_path() -> None:
    path = Path(runtime.__file__)
    code = (
        "import importlib.util as u, sys\n"
        f"s = u.spec_from_file_location('runtime', {str(path)!r}); m = u.module_from_spec(s); s.loader.exec_module(m)\n"
        "import conformance_reference as ref\n"
        "assert 'conformance' not in sys.modules\n"
        "print(m.to_host(ref.grad(ref.square)(ref.asarray(3.0)))[0])"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False, cwd="/")
    assert (done.stdout.strip(), done.returncode) == ("6.0", 0), done.stderr
