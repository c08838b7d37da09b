"""What is wrong between cases that load by themselves: links to statements, editor headers, folders of areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.bundled import display_name
from conformance.documented import documented_axes, misplaced
from conformance.errors import CaseError, nearest
from conformance.known_failures import SCHEMA_NAME as KNOWN_SCHEMA
from conformance.known_failures import known_path, lint_known, read_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.catalogue import Catalogue
    from conformance.load import LoadedCase
    from conformance.yaml_nodes import Steps

SCHEMA_NAME: Final = "case.schema.json"
EDITOR_HEADER: Final = "# yaml-language-server: $schema="
"""What the first line of a case file begins with, so that editors complete and check it."""


def lint(cases: Sequence[LoadedCase], catalogue: Catalogue) -> list[CaseError]:
    """Return what is wrong between cases that load: links to statements, editor headers, folders of areas."""
    errors: list[CaseError] = []
    for case in cases:
        errors.extend(_lint_links(case, catalogue))
    seen: set[str] = set()
    for case in cases:
        if case.file not in seen and (case.path is not None or case.source is not None):
            seen.add(case.file)
            errors.extend(_lint_file(case))
            errors.extend(_lint_known(case, {item.case.id: item for item in cases if item.file == case.file}))
    return sorted(errors, key=lambda error: (error.file, error.line, error.column, error.message))


def _lint_links(case: LoadedCase, catalogue: Catalogue) -> Iterator[CaseError]:
    lists: list[tuple[Sequence[str], Steps]] = [(case.case.covers, ("covers",)), (case.case.refutes, ("refutes",))]
    lists += [(difference.covers, ("differs", key, "covers")) for key, difference in case.case.differs.items()]
    for ids, steps in lists:
        for i, statement in enumerate(ids):
            if statement not in catalogue.statements:
                yield case.error(_no_statement(str(steps[-1]), statement, catalogue), *steps, i)
            elif statement in ids[:i]:
                yield case.error(f"{statement!r} stands twice; name it once", *steps, i)
            elif statement in catalogue.excluded:
                problem = f"{statement!r} is covered here, but excluded in cases/catalogue/excluded.yaml; take it out"
                yield case.error(problem, *steps, i)
    for i, statement in enumerate(case.case.refutes):
        if statement in case.case.covers:
            yield case.error(f"{statement!r} is both covered and refuted; a case does one of them", "refutes", i)

    for statement, where in case.case.documented.items():
        if statement not in catalogue.statements:
            yield case.error(_no_statement("documented", statement, catalogue), "documented", statement)
        for problem, place in misplaced(where, documented_axes(case.case)):
            yield case.error(problem, "documented", statement, *place)


def _no_statement(key: str, statement: str, catalogue: Catalogue) -> str:
    close = nearest(statement, catalogue.statements)
    return f"{key} names no statement: {statement!r}{close}{' ' if close else '; '}ids are in cases/catalogue/"


def _lint_file(case: LoadedCase) -> Iterator[CaseError]:
    first = _first_line(case)
    yield from _lint_header(first, case.file, SCHEMA_NAME)
    below_root = case.file.removeprefix("cases/").split("/")
    if case.file.startswith("cases/") and below_root[0] != case.area:
        problem = f"area is {case.area!r} in the folder {below_root[0]!r}; the two are equal; change one of them"
        document = case.document
        assert document is not None
        yield document.error(problem, ("area",))


def _lint_header(first: str, file: str, schema: str) -> Iterator[CaseError]:
    """Yield that the first line of a file does not name the schema by which editors check it."""
    if not file.startswith("cases/"):
        if not (first.startswith(EDITOR_HEADER) and first.endswith(schema)):
            yield CaseError(
                f"the first line is {first[:60]!r}; such a file begins with `{EDITOR_HEADER}<path to {schema}>`, "
                "so that editors check it; add the line",
                file=file,
            )
        return
    header = f"{EDITOR_HEADER}{'../' * (file.count('/') - 1)}{schema}"
    if first != header:
        yield CaseError(f"the first line is {first[:60]!r}; it must be `{header}`; write that", file=file)


def _lint_known(case: LoadedCase, of_file: Mapping[str, LoadedCase]) -> Iterator[CaseError]:
    if case.path is None or not known_path(case.path).exists():
        return
    file = display_name(known_path(case.path))
    errors: list[CaseError] = []
    read = read_known(known_path(case.path), file, errors)
    yield from errors
    if read is not None:
        content, document = read
        yield from _lint_header(document.text.split("\n", 1)[0].rstrip("\r"), file, KNOWN_SCHEMA)
        yield from lint_known(content, document, of_file)


def _first_line(case: LoadedCase) -> str:
    if case.source is not None:
        return case.source.text.split("\n", 1)[0].rstrip("\r")
    assert case.path is not None
    with case.path.open(encoding="utf-8-sig") as stream:
        return stream.readline().rstrip("\r\n")
