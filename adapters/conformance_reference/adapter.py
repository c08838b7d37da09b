"""The reference adapter: functional, on NumPy arrays of mpmath numbers."""

from pathlib import Path
from typing import Final

from conformance.adapter import Adapter, Profile, Unconnected
from conformance.lowering.spelling import SpellingTable
from conformance.lowering.table_adapter import TableAdapter
from conformance_reference.lower import ReferenceLowering
from conformance_reference.spellings import SPELLINGS

ADAPTER: Final[Adapter] = TableAdapter(
    profile=Profile(
        name="reference",
        title="Reference",
        distribution=("mpmath",),
        module="mpmath",
        unconnected=Unconnected(as_="zeros", statement=""),
        modes=("eager",),
    ),
    spellings=SpellingTable.parse("reference", SPELLINGS, roots=("ref", "np", "math", "float", "tuple")),
    lowering=ReferenceLowering,
    runtime=Path(__file__).with_name("runtime.py"),
)
"""Mathematics has no word for unconnected: its derivative is zero."""
