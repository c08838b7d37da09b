"""The same cells in three circumstances → whether every verdict is the same: as planned, in random order, each as new.

What a cell leaves behind, and what it takes over from the one before it, shows as a verdict that changes. Run by
``make steady``, or ``python -m conformance.steady --help``.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click

from conformance.cli import gradconf
from conformance.results import read_results

CIRCUMSTANCES: dict[str, tuple[str, ...]] = {
    "as planned": (),
    "in random order": ("--order", "random:1"),
    "each in a new process": ("--fresh",),
}
"""What is told to ``gradconf run`` in each."""


def verdicts(options: Sequence[str], folder: Path) -> dict[str, str]:
    """Return the verdict of every cell of one run."""
    command = ["run", "--quiet", "--device", "cpu", "--output", str(folder), *options]
    gradconf.main(args=command, prog_name="gradconf", standalone_mode=False)
    return {cell.cell: cell.verdict for cell in read_results(folder / "results.jsonl").cells}


@click.command()
@click.option("-f", "--framework", default="tensorflow,torch,jax", show_default=True)
@click.option("--mode", default="eager", show_default=True, help="Compiled cells take a second each in a new process.")
def main(framework: str, mode: str) -> None:
    """Run the eager cells three times, in different circumstances, and compare verdicts. Ends with 1 on a change."""
    first: dict[str, str] = {}
    changed = 0
    for name, options in CIRCUMSTANCES.items():
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="gradconf-steady-") as folder:
            found = verdicts(["-f", framework, "--mode", mode, *options], Path(folder))
        first = first or found
        other = sorted(cell for cell in first.keys() | found.keys() if first.get(cell) != found.get(cell))
        changed += len(other)
        took = time.perf_counter() - began
        click.echo(f"{name:<24}{len(found):>6} cells{took:>8.0f} s{len(other):>6} with another verdict")
        for cell in other:
            click.echo(f"  {cell}: {first.get(cell)} as planned, {found.get(cell)} {name}")
    if changed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
