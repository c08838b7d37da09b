"""``gradconf known``: results of derivative cases into the known failures that stand beside them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from conformance.commands import options
from conformance.commands.terminal import count_text

if TYPE_CHECKING:
    from conformance.load import LoadedCase

SHOWN: Final = 12
"""Messages of points that make no entry; more of them say no more."""


@click.command(name="known")
@click.argument("results", nargs=-1, required=True, metavar="RESULTS.jsonl...", type=click.Path(path_type=Path))
@click.option("--path", "paths", multiple=True, type=click.Path(path_type=Path),
              help="The case files or folders to bring up to date; else the bundled ones.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
def command(results: tuple[Path, ...], paths: tuple[Path, ...], dry_run: bool) -> None:
    """Bring the known failures of derivative cases up to date with what RESULTS show.

    cases/derivatives/unary.yaml has its known failures in unary.known.yaml: a list of reasons, each with a framework,
    a range of versions, a kind (bug, wont-fix; formula: the framework has no such function, and what is lost is lost
    by the formula that stands for it), an issue where there is one, `because`, and the failures that it explains. A
    failure is a product set: `where` names values of the case's axes, of way, dtype and point (and of mode and device
    where they matter), and what it does not name is any; `observed` is what is seen there: nan, inf, -inf, zeros,
    wrong, inaccurate, finite, a number, or {raises: {type: ...}}; `seen` shows the wrong number of the first cell.

    \b
      gradconf run cases/derivatives/unary.yaml --tier standard -f torch --output out
      gradconf known out/results.jsonl --path cases/derivatives/unary.yaml
      $EDITOR cases/derivatives/unary.known.yaml      # write the reasons where it says TODO
      gradconf known out/results.jsonl --path cases/derivatives/unary.yaml    # joins what has one reason
      gradconf check cases/derivatives/unary.yaml     # refuses a TODO

    What fails and is not known gets a reason `TODO` for each operation. What is known and is right in RESULTS is taken
    out. What still fails keeps its reason, with another word where it fails in another way. What RESULTS do not hold,
    of other frameworks and versions too, stays. Reasons with equal text, framework, versions, kind and issue become
    one, and their failures are said again in as few product sets as possible; comments in the file are lost.
    """
    from conformance.errors import CaseError, CaseErrors
    from conformance.known_failures import KnownFile, known_path, read_known
    from conformance.known_text import known_text
    from conformance.known_update import updated
    from conformance.results import read_results

    cells = [cell for path in results for cell in read_results(path).cells]
    by_file: dict[Path, list[LoadedCase]] = {}
    for loaded in options.loaded_cases(paths):
        if loaded.case.function is not None and loaded.path is not None:
            by_file.setdefault(loaded.path, []).append(loaded)
    ran = {cell.case for cell in cells}
    for path, cases in by_file.items():
        known = known_path(path)
        if not known.exists() and not any(loaded.full_id in ran for loaded in cases):
            continue
        errors: list[CaseError] = []
        read = read_known(known, str(known), errors) if known.exists() else None
        if errors:
            raise CaseErrors(errors)
        before = read[0] if read is not None else KnownFile(known=[])
        update = updated(before, cases, cells)
        for line in update.unrecognisable[:SHOWN]:
            click.echo(f"not recognisable, and no entry: {line}", err=True)
        text = known_text(update.content, cases=path.name, schema=_schema(known))
        if not dry_run and (update.content.known or known.exists()):
            known.write_text(text, encoding="utf-8")
        click.echo(f"{known}: {_told(update.counts)}; {_size(update.content, text)}")


def _schema(known: Path) -> str:
    """Return the path from a file to the schema at the root of the cases."""
    import os

    from conformance.bundled import cases_root
    from conformance.known_failures import SCHEMA_NAME

    return Path(os.path.relpath(cases_root() / SCHEMA_NAME, known.resolve().parent)).as_posix()


def _told(counts: Counter[str]) -> str:
    parts = [f"{counts[word]} {word}" for word in ("new", "changed", "gone", "kept") if counts[word]]
    return f"points that fail: {', '.join(parts)}" if parts else "no point fails"


def _size(content: object, text: str) -> str:
    from conformance.known_failures import TODO, KnownFile

    assert isinstance(content, KnownFile)
    failures = sum(len(reason.failures) for reason in content.known)
    todo = sum(reason.because.startswith(TODO) for reason in content.known)
    said = f"{count_text(len(content.known), 'reason')}, {count_text(failures, 'failure')}, {len(text):,} bytes"
    return f"{said}; {count_text(todo, 'reason')} to write" if todo else said
