"""An adapter put together from its four parts: profile, table of spellings, lowering and runtime file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.adapter import Profile
    from conformance.lowering.derivative import Ways
    from conformance.lowering.native import NativeSource
    from conformance.lowering.spelling import SpellingTable
    from conformance.lowering.statements import Lowering
    from conformance.planted import Checks
    from conformance.program import Program


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TableAdapter:
    """An adapter of either family; ``lowering`` is made anew for each program.

    ``ways`` are for derivative cases, ``checks`` are the framework's own, which those are measured against.
    """

    profile: Profile
    spellings: SpellingTable
    lowering: type[Lowering]
    runtime: Path
    ways: Ways | None = None
    checks: Checks | None = None

    def lower(
        self,
        program: Program,
        *,
        observe: Collection[str],
        mode: str = "eager",
        device: str = "cpu",
        wide: bool = False,
        data: Mapping[str, str] = MappingProxyType({}),
    ) -> NativeSource:
        """Return the native source of a program; raise ``Unsupported`` where the framework has no such thing."""
        lowering = self.lowering(program, self.spellings, observe=observe, mode=mode)
        return lowering.lower(wide=wide, device=device, data=data)
