"""``gradconf doctor``: what is installed here, what each framework finds, and what to do about what is missing."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.pool import Pool


@click.command(name="doctor")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show the suite, the interpreter, and every framework with its version, devices and time to import.

    It starts a worker for each framework, which takes the seconds that their imports take. Ends with 3 where no
    framework is there at all.
    """
    from conformance import __version__
    from conformance.bundled import cases_root
    from conformance.commands.terminal import console
    from conformance.pool import Pool
    from conformance.registry import adapter_names
    from conformance.remembered import default_cache

    out = console()
    out.print(f"gradient-conformance {__version__}", style="bold")
    out.print(f"  cases   {cases_root()}{'' if cases_root().is_dir() else ' (not there: the installation is broken)'}")
    out.print(f"  python  {platform.python_version()} at {sys.executable}", soft_wrap=True)
    out.print(f"  system  {platform.platform()}")
    out.print(f"  cache   {default_cache()}", soft_wrap=True)
    with Pool() as pool:
        found = [_print_framework(name, pool, out) for name in adapter_names()]
    if not any(found):
        ctx.exit(3)


def _print_framework(name: str, pool: Pool, out: Console) -> bool:
    from conformance.registry import adapter

    profile = adapter(name).profile
    infos = pool.discover((name,), "auto", ("eager",))
    there = [info for info in infos if info.available]
    out.print(f"{profile.title}", style="bold")
    for info in there:
        seconds = f", imported in {info.import_seconds:.1f} s" if info.import_seconds is not None else ""
        out.print(f"  {info.version} on {info.device} ({info.device_name}){seconds}", soft_wrap=True)
    for info in infos:
        if not info.available:
            out.print(f"  not available: {info.reason}", style="magenta", soft_wrap=True)
            out.print(f"  to install: pip install 'gradient-conformance[{name}]'", soft_wrap=True)
    return bool(there)
