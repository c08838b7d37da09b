"""The TensorFlow adapter: tape-style, with TensorFlow's own tape."""

from pathlib import Path
from typing import Final

from conformance.adapter import Adapter, Profile, Unconnected
from conformance.lowering.spelling import SpellingTable
from conformance.lowering.table_adapter import TableAdapter
from conformance_tensorflow.checks import CHECKS
from conformance_tensorflow.lower import TensorFlowLowering
from conformance_tensorflow.spellings import SPELLINGS
from conformance_tensorflow.ways import WAYS

ADAPTER: Final[Adapter] = TableAdapter(
    profile=Profile(
        name="tensorflow",
        title="TensorFlow",
        distribution=("tensorflow", "tensorflow-cpu", "tf-nightly"),
        module="tensorflow",
        unconnected=Unconnected(as_="none", statement="tf-unconnected-source-is-none"),
    ),
    spellings=SpellingTable.parse("tensorflow", SPELLINGS, roots=("tf", "np", "math", "float", "tuple")),
    lowering=TensorFlowLowering,
    runtime=Path(__file__).with_name("runtime.py"),
    ways=WAYS,
    checks=CHECKS,
)
"""TensorFlow says None where there is no gradient (https://www.tensorflow.org/guide/autodiff)."""
