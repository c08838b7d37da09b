"""``gradconf repro``: a cell as a script for an upstream bug report."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.commands import options
from conformance.errors import UsageError


@click.command(name="repro")
@click.argument("case")
@click.option("-f", "--framework", required=True, metavar="FW", help="The framework: tensorflow, torch, jax …")
@click.option("--mode", default="eager", show_default=True, type=click.Choice(options.MODES))
@click.option("--device", default="cpu", show_default=True, type=click.Choice(["cpu", "gpu"]))
@click.option(
    "--path", "paths", multiple=True, type=click.Path(path_type=Path), help="Where the case is; else bundled."
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def command(case: str, framework: str, mode: str, device: str, paths: tuple[Path, ...], output: Path | None) -> None:
    """Print the script that shows CASE on a framework, with nothing needed but the framework and NumPy.

    \b
      gradconf repro watching/constant-needs-watch -f torch | python
      gradconf repro 'casting/breaks[dtype=int32]' -f tensorflow --mode compiled --output repro.py

    A case with axes is named with their values in brackets, as `gradconf list --json` and the reports show them.
    """
    from conformance.commands.repro_script import repro_script
    from conformance.commands.terminal import console, print_source
    from conformance.plan import Target, cell_of

    named = options.frameworks_of(framework) or ()
    if len(named) != 1:
        raise UsageError(f"--framework: {framework!r} is more than one; a script is of one framework")
    variants = options.find_variants(options.loaded_cases(paths), case)
    if len(variants) > 1:
        shown = ", ".join(repr(variant.id) for variant in variants[:6])
        raise UsageError(f"{case}: has {len(variants)} variants; name one of {shown}")
    native = variants[0].loaded.case.native
    if native is not None and named[0] not in native:
        raise UsageError(f"{case}: is native source of {', '.join(native)}; there is none for {named[0]}")
    cell = cell_of(variants[0], Target(framework=named[0], device=device, mode=mode))
    if cell.native is None:
        raise UsageError(f"{cell.id}: has no source: {cell.unsupported or cell.broken}")
    script = repro_script(cell)
    if output is not None:
        output.write_text(script, encoding="utf-8")
        click.echo(f"wrote {output}", err=True)
        return
    print_source(script, console())
