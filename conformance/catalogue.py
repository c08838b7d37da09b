"""What the frameworks' documents state, read from ``cases/catalogue``, and which of it is covered by cases that ran."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from conformance.bundled import cases_root, display_name
from conformance.case import Identifier, Sentence  # noqa: TC001 - pydantic reads the annotations
from conformance.errors import CaseError, CaseErrors
from conformance.refusal import choices, refusals
from conformance.yaml_nodes import Document, read_yaml

if TYPE_CHECKING:
    from conformance.load import LoadedCase
    from conformance.results import Results

RAN: Final = frozenset({"conforms", "differs", "undocumented", "contradicts", "inaccurate", "known"})
"""The verdicts of cells that ran to an observation."""

EXCLUDED_FILE: Final = "excluded.yaml"

Line = Annotated[str, StringConstraints(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One documented statement: what it says in our words, where it stands, and whether it was found true when run.

    ``source``, ``title`` and ``url`` name the document. ``neutral``: other frameworks can be asked the same.
    """

    id: str
    framework: str
    source: str
    title: str
    url: str
    section: str
    area: str
    says: str
    verdict: str
    neutral: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All documented statements by id, in the order of the files, and those that no case can cover, with the reason."""

    statements: Mapping[str, Statement]
    excluded: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentCoverage:
    """How much of one document is covered; each field holds statement ids in the order of the catalogue.

    ``covered``: a case names it; ``ran``: such a case has a cell of the statement's framework that ran, None where no
    results were given; ``refuted``: a case shows it to be false; ``excluded``: no case can cover it, for a reason;
    ``uncovered``: neither covered nor excluded.
    """

    framework: str
    source: str
    title: str
    url: str
    statements: tuple[str, ...]
    covered: tuple[str, ...]
    ran: tuple[str, ...] | None
    refuted: tuple[str, ...]
    excluded: tuple[str, ...]
    uncovered: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every statement is excluded, or covered by a case (that ran, where results were given)."""
        return set(self.statements) == {*(self.covered if self.ran is None else self.ran), *self.excluded}


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Source(_Model):
    title: Line
    url: str = Field(max_length=2000)


class _Entry(_Model):
    id: Identifier
    source: Identifier
    section: Line
    area: Identifier
    says: Sentence
    verdict: Literal["as-documented", "contradicts-docs", "doc-is-vague"]
    neutral: bool


class _File(_Model):
    sources: dict[Identifier, _Source]
    statements: list[_Entry]


class _Excluded(_Model):
    excluded: dict[Identifier, Sentence]


def load_catalogue(root: Path | None = None) -> Catalogue:
    """Return the catalogue below a folder of cases, the bundled one where none is given; a process reads it once.

    The framework of a statement is the name of its file.

    Raises:
        CaseErrors: files that cannot be used, ids that stand twice, sources that are missing or not used.
    """
    return _load((root or cases_root()) / "catalogue")


@functools.lru_cache(maxsize=4)
def _load(folder: Path) -> Catalogue:
    errors: list[CaseError] = []
    statements: dict[str, Statement] = {}
    places: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name == EXCLUDED_FILE:
            continue
        try:
            document = read_yaml(path, file=display_name(path))
            contents = _FILE.validate_python(document.value)
        except CaseError as error:
            errors.append(error)
        except ValidationError as error:
            errors.extend(refusals(error, document, (), _File, what="a catalogue file"))
        else:
            _add(path.stem, contents, document, statements, places, errors)
    excluded = _excluded(folder / EXCLUDED_FILE, statements, errors)
    if not statements and not errors:
        errors.append(CaseError("no statements; the folder holds <framework>.yaml files", file=display_name(folder)))
    if errors:
        raise CaseErrors(sorted(errors, key=lambda error: (error.file, error.line, error.column, error.message)))
    return Catalogue(statements=MappingProxyType(statements), excluded=MappingProxyType(excluded))


_FILE: Final = TypeAdapter(_File)


def _add(
    framework: str,
    contents: _File,
    document: Document,
    statements: dict[str, Statement],
    places: dict[str, str],
    errors: list[CaseError],
) -> None:
    for i, entry in enumerate(contents.statements):
        source = contents.sources.get(entry.source)
        if source is None:
            problem = f"no source is called {entry.source!r}{choices(entry.source, contents.sources)}"
            errors.append(document.error(problem, ("statements", i, "source")))
            continue
        if entry.id in statements:
            problem = f"statement {entry.id!r} again, first at {places[entry.id]}; ids are unique; rename one of them"
            errors.append(document.error(problem, ("statements", i, "id")))
            continue
        places[entry.id] = f"{document.file}:{document.place(('statements', i))[0]}"
        statements[entry.id] = Statement(
            id=entry.id,
            framework=framework,
            source=entry.source,
            title=source.title,
            url=source.url,
            section=entry.section,
            area=entry.area,
            says=entry.says,
            verdict=entry.verdict,
            neutral=entry.neutral,
        )
    used = {entry.source for entry in contents.statements}
    for name in contents.sources:
        if name not in used:
            problem = f"source {name!r} has no statements; take it out"
            errors.append(document.error(problem, ("sources", name), key=True))


def _excluded(path: Path, statements: Mapping[str, Statement], errors: list[CaseError]) -> Mapping[str, str]:
    if not path.exists():
        return {}
    try:
        document = read_yaml(path, file=display_name(path))
        contents = _Excluded.model_validate(document.value)
    except CaseError as error:
        errors.append(error)
        return {}
    except ValidationError as error:
        errors.extend(refusals(error, document, (), _Excluded, what="the file of exclusions"))
        return {}
    for statement in contents.excluded:
        if statement not in statements:
            problem = f"no statement is called {statement!r}; ids are in cases/catalogue/; correct it or take it out"
            errors.append(document.error(problem, ("excluded", statement), key=True))
    return contents.excluded


def coverage(
    cases: Iterable[LoadedCase], catalogue: Catalogue, results: Results | None = None
) -> tuple[DocumentCoverage, ...]:
    """Return the coverage of every document, in the order of the catalogue.

    A statement is covered by a case that names it under ``covers``, ``refutes`` or the ``covers`` of a difference. With
    results, it counts as run where such a case has a cell that ran on the statement's own framework; for a difference,
    on the framework (and in the mode) of the difference.
    """
    covered: set[str] = set()
    refuted: set[str] = set()
    ran: set[str] = set()
    cells = _cells_that_ran(results)
    for loaded in cases:
        at = cells[loaded.full_id]
        refuted.update(loaded.case.refutes)
        for statement in (*loaded.case.covers, *loaded.case.refutes):
            covered.add(statement)
            known = catalogue.statements.get(statement)
            if known is not None and known.framework in at:
                ran.add(statement)
        for key, difference in loaded.case.differs.items():
            covered.update(difference.covers)
            if key in at:
                ran.update(difference.covers)
    documents: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    for entry in catalogue.statements.values():
        documents[entry.framework, entry.source].append(entry)

    def those(ids: Sequence[str], chosen: set[str]) -> tuple[str, ...]:
        return tuple(statement for statement in ids if statement in chosen)

    found = []
    for (framework, source), entries in documents.items():
        ids = tuple(entry.id for entry in entries)
        found.append(
            DocumentCoverage(
                framework=framework,
                source=source,
                title=entries[0].title,
                url=entries[0].url,
                statements=ids,
                covered=those(ids, covered),
                ran=None if results is None else those(ids, ran),
                refuted=those(ids, refuted),
                excluded=those(ids, set(catalogue.excluded)),
                uncovered=those(ids, set(ids) - covered - set(catalogue.excluded)),
            )
        )
    return tuple(found)


def _cells_that_ran(results: Results | None) -> Mapping[str, Counter[str]]:
    """Return, by case, the frameworks and framework-modes that have a cell which ran."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for cell in results.cells if results is not None else ():
        if cell.verdict in RAN:
            found[cell.case].update((cell.framework, f"{cell.framework}-{cell.mode}"))
    return found
