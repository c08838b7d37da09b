"""``gradconf show``: one case with all that belongs to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.commands import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from conformance.load import LoadedCase
    from conformance.plan import Variant


@click.command(name="show")
@click.argument("case")
@click.option("-f", "--framework", metavar="FW", help="Only these frameworks' native source, comma-separated.")
@click.option("--mode", default="eager", show_default=True, type=click.Choice(options.MODES))
@click.option("--device", default="cpu", show_default=True, type=click.Choice(["cpu", "gpu"]))
@click.option(
    "--path", "paths", multiple=True, type=click.Path(path_type=Path), help="Where the case is; else bundled."
)
def command(case: str, framework: str | None, mode: str, device: str, paths: tuple[Path, ...]) -> None:
    """Show CASE: its program, the documented statements, what it must show, and every framework's native source.

    \b
      gradconf show watching/constant-needs-watch
      gradconf show constant-needs-watch -f jax --mode compiled
    """
    from conformance.commands.terminal import console
    from conformance.registry import adapter_names

    frameworks = options.frameworks_of(framework) or adapter_names()
    variants = options.find_variants(options.loaded_cases(paths), case)
    out = console()
    _show_case(variants[0].loaded, out)
    _show_known(variants, out)
    _show_statements(variants[0].loaded, out)
    if len(variants) > 1:
        out.print("\nVariants", style="bold")
        for variant in variants:
            out.print(f"  {variant.id}")
    for name in frameworks:
        _show_native(variants[0], name, mode, device, out)


def _show_case(item: LoadedCase, out: Console) -> None:
    from conformance.commands.terminal import print_source

    case = item.case
    out.print(item.full_id, style="bold")
    out.print(case.title)
    out.print(f"{item.file}:{item.line}", style="dim")
    if case.note:
        out.print(case.note)
    if case.program is not None:
        out.print("\nProgram", style="bold")
        print_source(case.program, out)
    if case.function is not None:
        _show_function(item, out)
        return
    out.print("\nMust show", style="bold")
    for name, expectation in case.expect.items():
        out.print(f"  {name}: {_yaml(expectation)}")
    for where, difference in case.differs.items():
        out.print(f"  on {where}:", style="cyan")
        for name, expectation in difference.expect.items():
            out.print(f"    {name}: {_yaml(expectation)}")
        out.print(f"    because {difference.because}")
    for where, reason in case.unsupported.items():
        out.print(f"  unsupported on {where}: {reason}")


def _show_function(item: LoadedCase, out: Console) -> None:
    from conformance.commands.terminal import print_source
    from conformance.derivatives import point_texts

    out.print("\nFunction", style="bold")
    print_source(item.case.function or "", out)
    out.print("\nPoints", style="bold")
    for name, text in point_texts(item.case).items():
        out.print(f"  {name}: {text}", highlight=False)


def _show_known(variants: Sequence[Variant], out: Console) -> None:
    """Show what is known to fail of the case, or of the one variant that was asked for, each reason once."""
    case = variants[0].loaded.case
    found: dict[tuple[str, ...], dict[str, None]] = {}
    targets: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for known in variants[0].known if len(variants) == 1 else case.known:
        reason = (known.framework, known.versions or "", known.kind, known.because, known.issue or "")
        found.setdefault(reason, {}).update(dict.fromkeys(known.observed))
        targets.setdefault(reason, set()).add((known.device or "", known.mode or ""))
    if found and case.function is not None:
        out.print("\nKnown failures", style="bold")
    for told, names in found.items():
        framework, versions, kind, because, issue = told
        target = min(targets[told]) if len(targets[told]) == 1 else ()
        where = " ".join(filter(None, (framework, versions, *target)))
        out.print(f"  known failure on {where} ({kind}): {because} {issue}".rstrip(), highlight=False)
        if case.function is not None and len(variants) == 1:
            out.print(f"    at {', '.join(names)}", highlight=False)


def _yaml(value: Any) -> str:
    import yaml

    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")


def _show_statements(item: LoadedCase, out: Console) -> None:
    from conformance.catalogue import load_catalogue

    case = item.case
    named = [("covers", name) for name in case.covers] + [("refutes", name) for name in case.refutes]
    named += [(f"covers, on {where},", name) for where, d in case.differs.items() for name in d.covers]
    named += [("on its choices,", name) for name in case.documented]
    if not named:
        return
    statements = load_catalogue().statements
    out.print("\nDocumented statements", style="bold")
    for how, name in named:
        statement = statements.get(name)
        out.print(f"  {how} {name}")
        if statement is not None:
            out.print(f"    “{statement.says}”")
            out.print(f"    {statement.title}, {statement.section}: {statement.url}", style="dim")


def _show_native(variant: Variant, framework: str, mode: str, device: str, out: Console) -> None:
    from conformance.commands.terminal import print_source
    from conformance.plan import Target, cell_of

    native = variant.loaded.case.native
    if native is not None and framework not in native:
        return
    cell = cell_of(variant, Target(framework=framework, device=device, mode=mode))
    out.print(f"\n{cell.id}", style="bold")
    if cell.native is None:
        out.print(f"unsupported: {cell.unsupported}" if cell.unsupported else str(cell.broken))
        return
    print_source(cell.native.text, out)
