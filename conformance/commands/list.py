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
    """List the cases of PATH (or the bundled ones), or the operations that a program may call."""
    if operations:
        _list_operations(text, as_json)
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


def _list_operations(text: str, as_json: bool) -> None:
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
