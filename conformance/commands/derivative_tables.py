"""Derivative cases into what is asked of them: the points of each signature, and the cells of each tier and way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
    from conformance.derivatives import TIERS, WAYS
    from conformance.registry import adapter, adapter_names

    counts: dict[tuple[str, str], Counter[str]] = {(tier, way): Counter() for tier in TIERS for way in WAYS}
    for item in loaded:
        if item.case.function is None:
            continue
        for framework in adapter_names():
            ways = getattr(adapter(framework), "ways", None)
            there = _functions(item, framework)
            for tier in TIERS:
                for way, cells in _cells(item, framework, tier):
                    counts[tier, way][framework] += there * cells if ways is not None and way in ways.ways else 0
    return tuple(
        WayRow(tier=tier, way=way, cells={name: found[name] for name in adapter_names()})
        for (tier, way), found in counts.items() if found.total()
    )  # fmt: skip


def _functions(item: LoadedCase, framework: str) -> int:
    """Return for how many choices of a case's own axes a framework has the function."""
    from conformance.errors import Unsupported
    from conformance.freezing import one_of_each
    from conformance.plan import function_program
    from conformance.registry import adapter

    count = 0
    for variant in one_of_each(item):
        try:
            adapter(framework).lower(function_program(variant), observe=(), mode="eager", wide=False)
        except Unsupported:
            continue
        count += 1
    return count


def _cells(item: LoadedCase, framework: str, tier: str) -> Iterator[tuple[str, int]]:
    """Yield each way of a case in a tier with the cells that one function has: data types times modes."""
    from conformance.derivatives import dtypes_of, ways_of
    from conformance.plan import Target, applies
    from conformance.registry import adapter

    modes = [
        mode for mode in adapter(framework).profile.modes
        if applies(item.case, Target(framework=framework, mode=mode), tier)
    ]  # fmt: skip
    for way in ways_of(item.case, tier):
        yield way, len(dtypes_of(item.case, tier)) * len(modes)
