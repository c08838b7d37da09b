"""The options that several commands share: what they are called, what they take, and what they become."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from conformance.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.load import LoadedCase
    from conformance.plan import Selection, Variant

F = TypeVar("F", bound=Callable[..., Any])

MODES: Final = ("eager", "compiled")

paths = click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))


def words(text: str | None) -> tuple[str, ...]:
    """Return the words of a comma-separated list, without doubles."""
    return tuple(dict.fromkeys(word.strip() for word in (text or "").split(",") if word.strip()))


def selecting(command: F) -> F:
    """Add ``-k``, ``--area`` and ``--tag`` to a command."""
    for option in (
        click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only cases with this tag; may be repeated."),
        click.option("--area", "areas", multiple=True, metavar="AREA", help="Only this area; may be repeated."),
        click.option(
            "-k",
            "text",
            default="",
            metavar="TEXT",
            help="Only cases with TEXT in their id or title; words may be joined by and, or, not.",
        ),
    ):
        command = option(command)
    return command


def frameworks_of(text: str | None) -> tuple[str, ...] | None:
    """Return the frameworks of a comma-separated list, None where there is none; raise ``UsageError`` at an unknown."""
    if text is None:
        return None
    from conformance.registry import adapter_names

    named = words(text)
    allowed = (*adapter_names(), "reference")
    for name in named:
        if name not in allowed:
            raise UsageError(
                f"--framework: no adapter {name!r}; there are {', '.join(allowed)}{nearest(name, allowed)}"
            )
    if not named:
        raise UsageError(f"--framework: names nothing; it takes one or several of {', '.join(allowed)}")
    return named


def modes_of(text: str) -> tuple[str, ...]:
    """Return the modes of a comma-separated list; raise ``UsageError`` at an unknown one."""
    named = words(text)
    for name in named:
        if name not in MODES:
            raise UsageError(f"--mode: no mode {name!r}; there are {', '.join(MODES)}{nearest(name, MODES)}")
    return named or MODES


def loaded_cases(paths: Sequence[Path]) -> tuple[LoadedCase, ...]:
    """Return the cases of the paths, or the bundled ones; raise ``UsageError`` where a path is not there."""
    from conformance.load import load_cases

    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: there is no such file or folder; give a case file or a folder of case files")
    return load_cases(list(paths) or None)


def checked_selection(
    loaded: Sequence[LoadedCase],
    *,
    text: str = "",
    areas: Sequence[str] = (),
    tags: Sequence[str] = (),
    shard: str | None = None,
    native: bool = True,
    tier: str = "quick",
) -> Selection:
    """Return the selection; raise ``UsageError`` where an area or a tag occurs in no case, or a tier does not exist."""
    from conformance.derivatives import TIERS
    from conformance.plan import Selection, parse_shard

    if tier not in TIERS:
        raise UsageError(f"--tier: there is no {tier!r}; there are {', '.join(TIERS)}{nearest(tier, TIERS)}")
    for option, named, there in (
        ("--area", areas, {item.area for item in loaded}),
        ("--tag", tags, {tag for item in loaded for tag in item.case.tags}),
    ):
        for name in named:
            if name not in there:
                raise UsageError(
                    f"{option}: no case has {name!r}; there are {', '.join(sorted(there)) or 'none'}"
                    f"{nearest(name, there)}"
                )
    return Selection(
        text=text,
        areas=tuple(areas),
        tags=tuple(tags),
        shard=parse_shard(shard) if shard else None,
        native=native,
        tier=tier,
    )


def find_variants(loaded: Sequence[LoadedCase], name: str) -> tuple[Variant, ...]:
    """Return the variants of the case that ``name`` names (with or without area or axes); raise ``UsageError``."""
    from conformance.plan import expand

    name = name.split("@", 1)[0]
    case_name, bracket, _ = name.partition("[")
    found = [item for item in loaded if case_name in (item.full_id, item.case.id)]
    if len(found) > 1:
        raise UsageError(f"{case_name!r} is the id of {len(found)} cases: {', '.join(i.full_id for i in found)}")
    if not found:
        ids = [item.full_id for item in loaded]
        hint = nearest(case_name, ids) or nearest(case_name, [item.case.id for item in loaded])
        raise UsageError(f"no case {case_name!r} among {len(ids)}{hint or '; `gradconf list` shows all'}")
    variants = expand(found[0])
    if not bracket:
        return variants
    exact = tuple(v for v in variants if v.id in (name, f"{found[0].area}/{name}"))
    if not exact:
        ids = [variant.id for variant in variants]
        raise UsageError(f"{found[0].full_id} has no variant {name!r}; it has {', '.join(ids[:8])}{nearest(name, ids)}")
    return exact
