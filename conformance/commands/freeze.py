"""``gradconf freeze``: the exact values of derivative cases, computed by the reference and written beside the cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.commands import options

if TYPE_CHECKING:
    from conformance.lowering.native import NativeSource
    from conformance.observation import Outcome


@click.command(name="freeze")
@options.paths
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...]) -> None:
    """Compute the exact derivatives of the derivative cases of PATH (or of all), and freeze them beside the files.

    What is frozen already for the same function and points is kept; `gradconf check --oracle` proves it again.

    \b
      gradconf freeze cases/derivatives/unary.yaml    # writes cases/derivatives/unary.frozen.json
    """
    from conformance.freezing import SECONDS, freeze
    from conformance.observation import Outcome
    from conformance.plan import Target
    from conformance.pool import Pool

    loaded = options.loaded_cases(paths)
    wrong = 0
    with Pool() as pool:

        def run(native: NativeSource, name: str) -> Outcome | str:
            answer = pool.run(Target(framework="reference"), native, cell_id=name, timeout=SECONDS)
            return answer if isinstance(answer, Outcome) else answer.message

        for path, problem in freeze(loaded, run):
            click.echo(problem or f"wrote {path}")
            wrong += bool(problem)
    if wrong:
        ctx.exit(2)
