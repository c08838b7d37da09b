"""What an adapter is: a profile, a table of spellings, a way to lower a program, and the file its worker loads.

An adapter never imports its framework; only ``runtime`` does, inside a worker started with the target's interpreter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from conformance.lowering.native import NativeSource
    from conformance.lowering.spelling import SpellingTable
    from conformance.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconnected:
    """How a framework says "no gradient", with the statement that documents it.

    ``as_``: ``none`` (the value None), ``zeros`` (zeros of the source's shape) or ``raises`` (the gradient call raises
    an exception of ``type`` whose message contains one of ``matches``).
    """

    as_: Literal["none", "zeros", "raises"]
    statement: str
    type: str = ""
    matches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is fixed about a framework: how it says unconnected, and its name in prose and on the package index.

    ``late_imports``: what it imports when that is first needed, and takes long over: a process that forks one child for
    each program imports it beforehand.
    """

    name: str
    title: str
    distribution: tuple[str, ...]
    module: str
    unconnected: Unconnected
    modes: tuple[str, ...] = ("eager", "compiled")
    late_imports: tuple[str, ...] = ()


class Adapter(Protocol):
    """One framework's adapter."""

    def __hash__(self) -> int:
        """Return what tells adapters apart, for what is remembered of one."""

    @property
    def profile(self) -> Profile:
        """What is fixed about the framework."""

    @property
    def spellings(self) -> SpellingTable:
        """The native spelling of every operation that the framework has."""

    @property
    def runtime(self) -> Path:
        """The file that the worker loads: standard library, NumPy and the framework only."""

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
        """Return the native source of a program; raise ``Unsupported`` where the framework has no such thing.

        ``observe``: the names that a case expects something of. ``wide``: float64 or complex128 is used on purpose.
        ``data``: NumPy expressions that make the inputs, by name, as ``conformance.data.data_lines`` returns them.
        """
