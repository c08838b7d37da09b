"""The PyTorch adapter: tape-style, with ``torch.autograd.grad`` on what was computed."""

from pathlib import Path
from typing import Final

from conformance.adapter import Adapter, Profile, Unconnected
from conformance.lowering.spelling import SpellingTable
from conformance.lowering.table_adapter import TableAdapter
from conformance_torch.checks import CHECKS
from conformance_torch.lower import TorchLowering
from conformance_torch.spellings import SPELLINGS
from conformance_torch.ways import WAYS

ROOTS: Final = ("torch", "F", "np", "math", "float", "tuple", "range", "slice", "zip")
"""The names that native expressions may use freely."""

ADAPTER: Final[Adapter] = TableAdapter(
    profile=Profile(
        name="torch",
        title="PyTorch",
        distribution=("torch",),
        module="torch",
        late_imports=("torch._dynamo", "torch._inductor.compile_fx"),  # torch.func needs the first, for a second
        unconnected=Unconnected(
            as_="raises",
            statement="torch-grad-unused-input-raises",
            type="RuntimeError",
            matches=(
                "appears to not have been used in the graph",
                "does not require grad and does not have a grad_fn",
                "One of the differentiated Tensors does not require grad",
            ),
        ),
    ),
    spellings=SpellingTable.parse("torch", SPELLINGS, roots=ROOTS),
    lowering=TorchLowering,
    runtime=Path(__file__).with_name("runtime.py"),
    ways=WAYS,
    checks=CHECKS,
)
"""PyTorch refuses the call where there is no gradient, unless ``allow_unused`` or ``materialize_grads`` is given."""
