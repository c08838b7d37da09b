"""The Python API: cases in, results out, with the frameworks in processes of their own.

>>> import conformance
>>> results = conformance.run(frameworks=["torch"], text="watch")  # doctest: +SKIP
>>> results.verdicts()  # doctest: +SKIP
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.load import LoadedCase, load_cases
from conformance.results import Results, read_results

if TYPE_CHECKING:
    from conformance.pool import Pool

__all__ = ["load_cases", "read_results", "run"]


def run(
    cases: Sequence[LoadedCase] | None = None,
    *,
    frameworks: Sequence[str] | None = None,
    device: str = "auto",
    modes: Sequence[str] = ("eager", "compiled"),
    text: str = "",
    areas: Sequence[str] = (),
    tags: Sequence[str] = (),
    jobs: int | None = None,
    timeout: float | None = None,
    tier: str = "quick",
    native: bool = True,
    output: Path | str | None = None,
    pool: Pool | None = None,
) -> Results:
    """Run cases (the bundled ones where none are given) and return their results.

    ``frameworks`` None: all that are installed; one that is named and not installed has cells that are ``not-run``.
    ``tier``: how much of the derivative cases: ``quick``, ``standard`` or ``exhaustive``. ``output``: a folder for
    ``results.jsonl``, written as the cells come. ``pool``: workers to use and leave running.

    Raises:
        CaseErrors: cases that cannot be used.
        UsageError: a selection that fits nothing, a framework without an adapter, or a tier that there is not.
    """
    from conformance.commands.options import checked_selection, frameworks_of, modes_of
    from conformance.pool import Pool as OwnPool
    from conformance.session import TIMEOUT, Options, discover, perform, prepare

    loaded = tuple(load_cases() if cases is None else cases)
    asked = Options(
        frameworks=None if frameworks is None else frameworks_of(",".join(frameworks)),
        device=device,
        modes=modes_of(",".join(modes)),
        selection=checked_selection(loaded, text=text, areas=areas, tags=tags, tier=tier, native=native),
        jobs=jobs or os.cpu_count() or 1,
        timeout=timeout or TIMEOUT,
    )
    workers = pool or OwnPool()
    try:
        planned = prepare(loaded, discover(asked, workers), asked)
        return perform(planned, asked, workers, output=None if output is None else Path(output))
    finally:
        if pool is None:
            workers.close()
