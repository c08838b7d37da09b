"""Derivative cases into what is asked of them: the points of each signature, and the cells of each tier and way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from conformance.load import LoadedCase

OWN: Final = "(of the case)"
"""Stands for a signature where a case gives its own points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRow:
    """A signature, its points by name, and how many functions of derivative cases take them."""

    signature: str
    points: tuple[str, ...]
    functions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WayRow:
    """The cells of a way in a tier, by framework; those that a framework has no function for are not counted."""

    tier: str
    way: str
    cells: Mapping[str, int]


def signature_rows(loaded: Sequence[LoadedCase]) -> tuple[SignatureRow, ...]:
    """Return a row for every signature of the catalogue, and one for the cases that give their own points."""
    from conformance.freezing import one_of_each
    from conformance.points import SIGNATURES

    functions = Counter[str]()
    own: dict[str, None] = {}
    for item in loaded:
        if item.case.function is None:
            continue
        named = item.case.points == "catalogue"
        functions[item.case.signature or "" if named else OWN] += sum(1 for _ in one_of_each(item))
        own.update(dict.fromkeys(item.case.points) if isinstance(item.case.points, dict) else {})
    rows = [
        SignatureRow(signature=name, points=tuple(point.name for point in signature.points), functions=functions[name])
        for name, signature in SIGNATURES.items()
    ]
    return (*rows, SignatureRow(signature=OWN, points=tuple(own), functions=functions[OWN]))


def way_rows(loaded: Sequence[LoadedCase]) -> tuple[WayRow, ...]:
    """Return a row for every tier and way. A framework that lacks the function of a variant has no cell of it."""
    from conformance.derivatives import TIERS, WAYS, frozen_name
    from conformance.plan import Target, applies, expand
    from conformance.registry import adapter, adapter_names

    counts: dict[tuple[str, str], Counter[str]] = {(tier, way): Counter() for tier in TIERS for way in WAYS}
    for item in (item for item in loaded if item.case.function is not None):
        there = {framework: _functions(item, framework) for framework in adapter_names()}
        for tier in TIERS:
            for variant in expand(item, tier):
                way = str(variant.axes["way"])
                for framework, names in there.items():
                    if frozen_name(variant.labels) in names and way in _ways(framework):
                        modes = adapter(framework).profile.modes
                        cells = sum(applies(variant, Target(framework=framework, mode=mode)) for mode in modes)
                        counts[tier, way][framework] += cells
    return tuple(
        WayRow(tier=tier, way=way, cells={name: found[name] for name in adapter_names()})
        for (tier, way), found in counts.items()
        if found.total()
    )


def _ways(framework: str) -> Collection[str]:
    from conformance.derivatives import CONSISTENCY
    from conformance.registry import adapter

    ways = getattr(adapter(framework), "ways", None)
    return () if ways is None else (*ways.ways, CONSISTENCY)


def _functions(item: LoadedCase, framework: str) -> frozenset[str]:
    """Return the choices of a case's own axes for which a framework has the function."""
    from conformance.derivatives import frozen_name
    from conformance.errors import Unsupported
    from conformance.freezing import one_of_each
    from conformance.plan import function_program
    from conformance.registry import adapter

    found = set()
    for variant in one_of_each(item):
        try:
            adapter(framework).lower(function_program(variant), observe=(), mode="eager", wide=False)
        except Unsupported:
            continue
        found.add(frozen_name(variant.labels))
    return frozenset(found)
