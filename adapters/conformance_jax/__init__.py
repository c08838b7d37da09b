"""The JAX adapter: functional, with JAX's own transformations."""

from pathlib import Path
from typing import Final

from conformance.adapter import Adapter, Profile, Unconnected
from conformance.lowering.spelling import SpellingTable
from conformance.lowering.table_adapter import TableAdapter
from conformance_jax.checks import CHECKS
from conformance_jax.lower import JaxLowering
from conformance_jax.spellings import SPELLINGS
from conformance_jax.ways import WAYS

ADAPTER: Final[Adapter] = TableAdapter(
    profile=Profile(
        name="jax",
        title="JAX",
        distribution=("jax",),
        module="jax",
        unconnected=Unconnected(as_="zeros", statement="jax-unused-argument-gets-zeros"),
    ),
    spellings=SpellingTable.parse("jax", SPELLINGS, roots=("jax", "jnp", "np", "math", "float", "tuple")),
    lowering=JaxLowering,
    runtime=Path(__file__).with_name("runtime.py"),
    ways=WAYS,
    checks=CHECKS,
)
"""JAX answers zeros where the output does not depend on an argument."""
