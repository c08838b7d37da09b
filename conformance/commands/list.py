"""``gradconf list``: the cases, or the operations with who has them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from conformance.commands import options
from conformance.commands.terminal import count_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conformance.load import LoadedCase
    from conformance.plan import Variant


@click.command(name="list")
@options.paths
@options.selecting
@click.option("--operations", is_flag=True, help="The operations of the language, and which framework has them.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other tools.")
def command(
    paths: tuple[Path, ...],
    text: str,
    areas: tuple[str, ...],
    tags: tuple[str, ...],
    operations: bool,
    as_json: bool,
) -> None:
    """List the cases of PATH (or the bundled ones), or the operations that a program may call.

    With --operations: every operation with who has it and why not, then the points of each signature, and the cells
    of derivative cases by tier, way and framework (the tier exhaustive counts eager and compiled).
    """
    if operations:
        _list_operations(text, as_json, paths)
        return
    from conformance.plan import variants

    loaded = options.loaded_cases(paths)
    selection = options.checked_selection(loaded, text=text, areas=areas, tags=tags)
    by_case: dict[str, tuple[LoadedCase, list[Variant]]] = {}
    for variant in variants(loaded, selection=selection):
        by_case.setdefault(variant.loaded.full_id, (variant.loaded, []))[1].append(variant)
    if as_json:
        click.echo(json.dumps([_fields(item, found) for item, found in by_case.values()], indent=2, ensure_ascii=False))
        return
    _print_cases(list(by_case.values()))


def _fields(item: LoadedCase, variants: Sequence[Variant]) -> dict[str, Any]:
    case = item.case
    return {
        "case": item.full_id, "area": item.area, "title": case.title, "variants": [v.id for v in variants],
        "modes": list(case.modes), "devices": list(case.devices), "tags": list(case.tags),
        "native": sorted(case.native or ()), "covers": list(case.covers), "refutes": list(case.refutes),
        "file": item.file, "line": item.line,
    }  # fmt: skip


def _print_cases(found: Sequence[tuple[LoadedCase, Sequence[Variant]]]) -> None:
    width = max((len(item.full_id) for item, _ in found), default=0)
    for item, variants in found:
        times = f" (×{len(variants)})" if len(variants) > 1 else ""
        native = f" [{', '.join(item.case.native)} only]" if item.case.native else ""
        click.echo(f"{item.full_id:<{width}}  {item.case.title}{times}{native}")
    areas = {item.area for item, _ in found}
    count = sum(len(variants) for _, variants in found)
    axes = f", {count_text(count, 'variant')} with their axes" if count != len(found) else ""
    click.echo(f"{count_text(len(found), 'case')} in {count_text(len(areas), 'area')}{axes}", err=True)


def _list_operations(text: str, as_json: bool, paths: Sequence[Path]) -> None:
    """Print the operations; where none is searched for, what derivative cases ask of them as well."""
    from conformance.commands.operation_table import operation_rows

    rows = [row for row in operation_rows() if text.lower() in f"{row.signature} {row.meaning}".lower()]
    if as_json:
        fields = [
            {"operation": row.signature, "section": row.section, "meaning": row.meaning,
             "supported": [name for name, reason in row.reasons.items() if reason is None],
             "unsupported": {name: reason for name, reason in row.reasons.items() if reason is not None}}
            for row in rows
        ]  # fmt: skip
        click.echo(json.dumps(fields, indent=2, ensure_ascii=False))
        return
    from rich import box
    from rich.table import Table

    from conformance.commands.terminal import console

    frameworks = list(rows[0].reasons) if rows else []
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("operation", overflow="fold")
    table.add_column("meaning", overflow="fold")
    for name in frameworks:
        table.add_column(name, overflow="fold")
    for row in rows:
        answers = ["yes" if reason is None else f"no: {reason}" for reason in row.reasons.values()]
        table.add_row(row.signature, row.meaning, *answers)
    console().print(table)
    counts = ", ".join(f"{name} {sum(row.reasons[name] is None for row in rows)}" for name in frameworks)
    click.echo(f"{len(rows)} operations: {counts}", err=True)
    if not text:
        _list_derivatives(options.loaded_cases(paths))


def _list_derivatives(loaded: Sequence[LoadedCase]) -> None:
    """Print the points of each signature, and the cells of derivative cases by tier, way and framework."""
    from rich import box
    from rich.table import Table

    from conformance.commands.derivative_tables import signature_rows, way_rows
    from conformance.commands.terminal import console

    points = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("signature", "functions", "points", ""):
        points.add_column(name, overflow="fold", justify="right" if name in ("functions", "points") else "left")
    first: dict[tuple[str, ...], str] = {}
    for kind in signature_rows(loaded):
        same = first.setdefault(kind.points, kind.signature)
        names = ", ".join(kind.points) if same == kind.signature else f"as {same}"
        points.add_row(kind.signature, str(kind.functions), str(len(kind.points)), names)
    console().print(points)
    ways = way_rows(loaded)
    cells = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("tier", "way", *(ways[0].cells if ways else ())):
        cells.add_column(name, justify="left" if name in ("tier", "way") else "right")
    for tier in dict.fromkeys(row.tier for row in ways):
        mine = [row for row in ways if row.tier == tier]
        for row in mine:
            cells.add_row(tier, row.way, *(f"{count:,}" for count in row.cells.values()))
        whole = (sum(row.cells[name] for row in mine) for name in mine[0].cells)
        cells.add_row(tier, "all", *(f"{count:,}" for count in whole), style="bold", end_section=True)
    console().print(cells)
