"""``gradconf coverage``: which documented statements the cases cover, document by document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.commands import options
from conformance.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.catalogue import Catalogue, DocumentCoverage
    from conformance.load import LoadedCase
    from conformance.results import Results


@click.command(name="coverage")
@options.paths
@click.option("--results", "file", type=click.Path(path_type=Path),
              help="Count a statement only where a case that covers it ran, by this results file.")  # fmt: skip
@click.option("--errata", is_flag=True, help="The statements that are false when run, with the cases that show it.")
@click.option("--all", "every", is_flag=True, help="Every document, also those that no case speaks of yet.")
@click.option("--source", "sources", multiple=True, metavar="ID", help="Only this document; may be repeated.")
@click.option("--missing", is_flag=True, help="Name every statement that is neither covered nor excluded.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other tools.")
def command(
    paths: tuple[Path, ...],
    file: Path | None,
    errata: bool,
    every: bool,
    sources: tuple[str, ...],
    missing: bool,
    as_json: bool,
) -> None:
    """Show how much of each document the cases of PATH (or the bundled ones) cover.

    \b
      gradconf coverage --results gradconf-out    # only what ran counts
      gradconf coverage --source guide-autodiff --missing
      gradconf coverage --errata
    """
    from conformance.catalogue import coverage, load_catalogue
    from conformance.results import read_results
    from conformance.session import RESULTS_FILE

    loaded = options.loaded_cases(paths)
    catalogue = load_catalogue()
    results = None
    if file is not None:
        results = read_results(file / RESULTS_FILE if file.is_dir() else file)
    if errata:
        _print_errata(loaded, catalogue, results)
        return
    documents = coverage(loaded, catalogue, results)
    known = {document.source for document in documents}
    for name in sources:
        if name not in known:
            raise UsageError(f"--source: no document is called {name!r}{nearest(name, known) or '; --json names all'}")
    if sources:
        documents = tuple(document for document in documents if document.source in sources)
    if as_json:
        import dataclasses

        click.echo(json.dumps([dataclasses.asdict(document) for document in documents], indent=2, ensure_ascii=False))
        return
    shown = documents if every or sources else [d for d in documents if d.covered or d.excluded]
    _print_documents(documents, shown, ran=results is not None)
    if missing:
        for document in documents:
            for name in document.uncovered:
                click.echo(f"{name}: {catalogue.statements[name].says}")


def _print_documents(documents: Sequence[DocumentCoverage], shown: Sequence[DocumentCoverage], *, ran: bool) -> None:
    from rich import box
    from rich.table import Table

    from conformance.commands.terminal import console

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    heads = ["framework", "document", "statements", "covered", *(["ran"] if ran else []), "refuted", "excluded", "open"]
    for number, head in enumerate(heads):
        table.add_column(head, justify="left" if number < 2 else "right", overflow="fold")
    totals = [0] * (len(heads) - 2)
    for document in documents:
        counts = [len(document.statements), len(document.covered)]
        counts += [len(document.ran or ())] if ran else []
        counts += [len(document.refuted), len(document.excluded), len(document.uncovered)]
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
        if document in shown:
            style = "green" if document.complete else None
            table.add_row(document.framework, document.title, *map(str, counts), style=style)
    table.add_section()
    if len(shown) < len(documents):
        rest = sum(len(document.statements) for document in documents if document not in shown)
        table.add_row("", f"{len(documents) - len(shown)} documents that no case speaks of yet (--all)", str(rest))
    table.add_row("all", f"{len(documents)} documents", *map(str, totals), style="bold")
    console().print(table)


def _print_errata(loaded: Sequence[LoadedCase], catalogue: Catalogue, results: Results | None) -> None:
    """Print every refuted statement with the cases that refute it, and what they came to where they ran."""
    verdicts: dict[str, list[str]] = {}
    for cell in results.cells if results is not None else ():
        verdicts.setdefault(cell.case, []).append(f"{cell.framework} {cell.mode}: {cell.verdict}")
    count = 0
    for name, statement in catalogue.statements.items():
        cases = [item for item in loaded if name in item.case.refutes]
        if not cases:
            continue
        count += 1
        click.echo(f"{name} ({statement.framework}: {statement.title}, {statement.section})")
        click.echo(f"  says: {statement.says}")
        click.echo(f"  at:   {statement.url}")
        for item in cases:
            click.echo(f"  shown false by {item.full_id}: {item.case.title}")
            for verdict in verdicts.get(item.full_id, ()):
                click.echo(f"    {verdict}")
    click.echo(f"{count} documented statements are false when run", err=True)
