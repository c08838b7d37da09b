"""``gradconf check``: everything about the cases that can be known without running a framework."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from conformance.commands import options
from conformance.commands.terminal import count_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.load import LoadedCase
    from conformance.lowering.native import NativeSource
    from conformance.mutants import Kill
    from conformance.oracle import Proof
    from conformance.plan import Cell, Variant


WORTH_REMEMBERING: Final = 200
"""Cases from which on they are lowered again only when one of them, or the suite, has changed."""

ORACLE_SECONDS: Final = 120.0
"""For one program on the reference, or on a mutant, where its case does not say."""


@click.command(name="check")
@options.paths
@click.option("--oracle", is_flag=True, help="Prove every expected number by the independent reference.")
@click.option("--mutants", is_flag=True, help="Break the adapters on purpose, and show that the cases notice.")
@click.option("--trust", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write what --oracle and --mutants found, for `gradconf report --trust FILE`.")  # fmt: skip
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], oracle: bool, mutants: bool, trust: Path | None) -> None:
    """Check the case files of PATH (or the bundled ones): syntax, names, links to statements, and native source.

    Every case is lowered for every framework and mode. Ends with 2 where there is a problem; each is printed with
    its file, line and column, and what to do.

    \b
      gradconf check cases/watching
      gradconf check --oracle        # the expected numbers as well; takes a few seconds
      gradconf check --mutants       # needs the frameworks; takes minutes
    """
    from conformance.errors import CaseErrors, UsageError

    if trust is not None and not (oracle or mutants):
        raise UsageError("--trust: nothing is proved without --oracle or --mutants; give one of them or both")
    try:
        loaded = options.loaded_cases(paths)
    except CaseErrors as errors:
        for error in errors.errors:
            click.echo(str(error))
        click.echo(f"{count_text(len(errors.errors), 'problem')}", err=True)
        ctx.exit(2)
    counts, unlowered = _lowered_before(loaded)
    for line in counts:
        click.echo(line)
    problems = [*_linted(loaded), *unlowered]
    for problem in problems:
        click.echo(problem)
    failed = len(problems)
    proofs = _oracle(loaded) if oracle and not failed else ()
    failed += sum(not proof.ok for proof in proofs)
    kills = _mutants(loaded) if mutants and not failed else ()
    failed += sum(not kill.killed for kill in kills)
    if trust is not None and (proofs or kills):
        _write_trust(trust, loaded, proofs, kills)
    click.echo(f"{count_text(failed, 'problem')}" if failed else "no problems", err=True)
    if failed:
        ctx.exit(2)


def _linted(loaded: Sequence[LoadedCase]) -> list[str]:
    from conformance.catalogue import load_catalogue
    from conformance.lint import lint

    return [str(error) for error in lint(loaded, load_catalogue())]


def _lowered_before(loaded: Sequence[LoadedCase]) -> tuple[list[str], list[str]]:
    """Return what ``_lowered`` returns; without lowering anything where the very same cases were lowered before."""
    from conformance.remembered import remembered

    files = dict.fromkeys(case.path for case in loaded)
    if None in files or len(loaded) < WORTH_REMEMBERING:
        return _lowered(loaded)
    deciding = (part for file in files if file is not None for part in (str(file).encode(), file.read_bytes()))
    return remembered("lowered", deciding, lambda: _lowered(loaded))


def _lowered(loaded: Sequence[LoadedCase]) -> tuple[list[str], list[str]]:
    """Lower everything for every framework and mode; return lines that count the cells, and what is wrong."""
    from conformance.errors import CaseError
    from conformance.plan import Target, applies, cell_of, variants
    from conformance.registry import adapter, adapter_names

    targets = [Target(framework=name, mode=mode) for name in adapter_names() for mode in adapter(name).profile.modes]
    problems: dict[str, None] = {}
    lowered, unsupported = Counter[str](), Counter[str]()
    count = 0
    for variant in variants(loaded):
        count += 1
        for target in targets:
            if not applies(variant, target):
                continue
            try:
                cell = cell_of(variant, target)
            except CaseError as error:
                problems[str(error)] = None
                continue
            lowered[target.framework] += cell.native is not None
            unsupported[target.framework] += cell.unsupported is not None
            if cell.broken is not None:
                problems[f"{variant.loaded.file}:{variant.loaded.line}: {cell.id}: {cell.broken}"] = None
    counts = [f"{count_text(len(loaded), 'case')}, {count_text(count, 'variant')}"]
    for name in adapter_names():
        counts.append(f"  {name:<12}{lowered[name]:>5} cells of native source,{unsupported[name]:>4} unsupported")
    return counts, list(problems)


def _write_trust(path: Path, loaded: Sequence[LoadedCase], proofs: Sequence[Proof], kills: Sequence[Kill]) -> None:
    """Write what was proved as the record that a report shows."""
    import datetime

    from conformance import __version__
    from conformance.mutants import FAULTS
    from conformance.results import MutantRecord, TrustRecord, encode_record
    from conformance.session import cases_digest

    record = TrustRecord(
        suite_version=__version__,
        cases_sha256=cases_digest(loaded),
        made=datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        oracle=dict(_kinds(proofs)),
        failed=tuple(str(proof) for proof in proofs if not proof.ok),
        mutants=tuple(
            MutantRecord(
                mutant=kill.mutant.fault,
                framework=kill.mutant.framework,
                fault=FAULTS[kill.mutant.fault][0] if kill.mutant.fault in FAULTS else kill.mutant.description,
                ran=kill.ran,
                killed_by=tuple(kill.killed_by),
                message=kill.message,
            )
            for kill in kills
        ),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(encode_record(record) + "\n", encoding="utf-8")


def _kinds(proofs: Sequence[Proof]) -> Counter[str]:
    return Counter("excused" if proof.excused else proof.kind for proof in proofs)


def _oracle(loaded: Sequence[LoadedCase]) -> Sequence[Proof]:
    """Prove the expected numbers by the reference; print the counts and what does not hold, return every proof."""
    from concurrent.futures import ThreadPoolExecutor

    jobs = max(1, min(os.cpu_count() or 1, len(loaded)))
    with ThreadPoolExecutor(max_workers=jobs) as threads:  # each with a worker of its own, and every n-th case
        parts = threads.map(_proofs, [loaded[first::jobs] for first in range(jobs)])
        proofs = sorted((proof for part in parts for proof in part), key=lambda proof: (proof.file, proof.line))
    failed = [proof for proof in proofs if not proof.ok]
    for proof in failed:
        click.echo(str(proof))
    counts = _kinds(proofs).most_common()
    click.echo(f"oracle: {', '.join(f'{n} {kind}' for kind, n in counts) or 'nothing to prove'}")
    return proofs


def _proofs(loaded: Sequence[LoadedCase]) -> list[Proof]:
    """Return the proofs of some cases, every value computed twice, at two precisions."""
    from conformance.errors import Unsupported
    from conformance.freezing import SECONDS, derivative_proofs
    from conformance.observation import Outcome
    from conformance.oracle import check_oracle, sharper
    from conformance.plan import Target, reference_source
    from conformance.pool import Pool

    with Pool() as pool:

        def run(variant: Variant, *, sharply: bool = False) -> Outcome | str:
            try:
                native = reference_source(variant)
            except Unsupported as reason:
                return reason.reason
            answer = pool.run(
                Target(framework="reference"),
                sharper(native) if sharply else native,
                cell_id=f"{variant.id}@reference",
                timeout=variant.loaded.case.timeout or ORACLE_SECONDS,
            )
            return answer if isinstance(answer, Outcome) else answer.message

        def again(native: NativeSource, name: str) -> Outcome | str:
            answer = pool.run(Target(framework="reference"), native, cell_id=name, timeout=SECONDS)
            return answer if isinstance(answer, Outcome) else answer.message

        proofs = list(check_oracle(loaded, run, confirm=lambda variant: run(variant, sharply=True)))
        return [*proofs, *(proof for item in loaded for proof in derivative_proofs(item, again))]


def _mutants(loaded: Sequence[LoadedCase]) -> Sequence[Kill]:
    """Run every mutant of every framework that is there; print the kill matrix, return what became of each."""
    from conformance.mutants import FAULTS, kill_matrix, run_mutants
    from conformance.plan import Target, plan
    from conformance.pool import Pool
    from conformance.registry import adapter, adapter_names

    with Pool() as pool:

        def run(cell: Cell, native: NativeSource) -> object:
            return pool.run(cell.target, native, cell_id=cell.id, timeout=ORACLE_SECONDS)

        infos = pool.discover(adapter_names(), "cpu", ("eager",))
        targets = [Target(framework=info.framework) for info in infos if info.available]
        noticing = {case for _, cases in FAULTS.values() for case in cases}
        cells = plan([item for item in loaded if item.full_id in noticing], targets)
        unconnected = {target.framework: adapter(target.framework).profile.unconnected for target in targets}
        kills = run_mutants(cells, run, unconnected=unconnected)
    click.echo(kill_matrix(kills))
    for info in infos:
        if not info.available:
            click.echo(f"{info.framework} is not there: {info.reason}")
    return kills
