"""YAML case files → checked cases; every problem of every file is found and named with file, line and column."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from conformance.bundled import cases_root, display_name
from conformance.case import Case, CaseFile
from conformance.case_check import check_case
from conformance.errors import CaseError, CaseErrors
from conformance.known_failures import SUFFIX as KNOWN_SUFFIX
from conformance.known_failures import add_known, is_known_file, known_path
from conformance.refusal import refusals
from conformance.remembered import remembered
from conformance.yaml_nodes import Document, Steps, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

WORTH_REMEMBERING: Final = 20
"""Files from which on they are read again only when one of them has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedCase:
    """A case and where it stands. ``source`` and ``steps`` lead to the places of its parts, for messages."""

    case: Case
    area: str
    about: str | None
    file: str
    line: int
    path: Path | None = field(default=None, repr=False, compare=False)
    source: Document | None = field(default=None, repr=False, compare=False)
    steps: Steps = field(default=(), repr=False, compare=False)

    @property
    def full_id(self) -> str:
        """The case's id in its area: ``watching/constant-needs-watch``."""
        return f"{self.area}/{self.case.id}"

    def error(self, message: str, *steps: str | int) -> CaseError:
        """Return an error at a part of the case, such as ``("covers", 0)``."""
        document = self.document
        if document is None:
            return CaseError(message, file=self.file, line=self.line)
        return document.error(message, (*self.steps, *steps))

    @property
    def document(self) -> Document | None:
        """The file that the case stands in; read again where the case was remembered."""
        if self.source is None and self.path is not None:
            return read_yaml(self.path, file=self.file)
        return self.source


def load_cases(paths: Sequence[Path] | None = None) -> tuple[LoadedCase, ...]:
    """Return the cases of files and folders, in the order of the paths; of the suite itself where none is given.

    Folders are searched for ``*.yaml`` and ``*.yml``; ``catalogue`` folders are left out. The known failures that
    stand beside a case file are those of its cases.

    Raises:
        CaseErrors: all that is wrong with any of the files.
    """
    errors: list[CaseError] = []
    files = list(_files([cases_root()] if paths is None else paths, errors))
    if errors or len(files) < WORTH_REMEMBERING:
        return _loaded(files, errors)
    read = [part for file in files for part in (file, known_path(file))]
    deciding = (part for file in read for part in (display_name(file).encode(), str(file).encode(), _bytes(file)))

    def make() -> tuple[LoadedCase, ...]:
        return tuple(dataclasses.replace(case, source=None) for case in _loaded(files, errors))

    return remembered("cases", deciding, make)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        return str(error).encode()


def _loaded(files: Sequence[Path], errors: list[CaseError]) -> tuple[LoadedCase, ...]:
    loaded: list[LoadedCase] = []
    for path in files:
        try:
            document = read_yaml(path, file=display_name(path))
        except CaseError as error:
            errors.append(error)
            continue
        cases = [dataclasses.replace(case, path=path) for case in _cases_of(document, errors)]
        loaded.extend(add_known(path, cases, errors))
    first: dict[str, LoadedCase] = {}
    for case in loaded:
        other = first.setdefault(case.full_id, case)
        if other is not case:
            problem = (
                f"case {case.full_id} again, first at {other.file}:{other.line}; ids are unique; rename one of them"
            )
            errors.append(case.error(problem, "id"))
    if errors:
        raise CaseErrors(sorted(errors, key=lambda error: (error.file, error.line, error.column, error.message)))
    return tuple(loaded)


def _files(paths: Sequence[Path], errors: list[CaseError]) -> Iterator[Path]:
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found = sorted(
                file
                for pattern in ("*.yaml", "*.yml")
                for file in path.rglob(pattern)
                if "catalogue" not in file.relative_to(path).parts[:-1]
            )
            errors.extend(
                _without_cases(file) for file in found if is_known_file(file) and not _case_file(file).exists()
            )
            found = [file for file in found if not is_known_file(file)]
        elif is_known_file(path):
            errors.append(CaseError(f"holds known failures; name {_case_file(path).name}", file=display_name(path)))
            continue
        elif path.exists():
            found = [path]
        else:
            errors.append(CaseError("no such file or folder; name one that is there", file=path.as_posix()))
            continue
        for file in found:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _case_file(known: Path) -> Path:
    return known.with_name(f"{known.name.removesuffix(KNOWN_SUFFIX)}.yaml")


def _without_cases(known: Path) -> CaseError:
    problem = f"known failures of no case file; they belong beside {_case_file(known).name}; rename or delete the file"
    return CaseError(problem, file=display_name(known))


def _cases_of(document: Document, errors: list[CaseError]) -> Iterator[LoadedCase]:
    """Yield the cases of a file; what is wrong is added to ``errors``, and the other cases are still checked."""
    whole = document.value
    if not isinstance(whole, dict):
        errors.append(document.error("not a case file; one has `area:` and `cases:`; see cases/README.md", ()))
        return
    try:
        head = CaseFile.model_validate({key: [] if key == "cases" else value for key, value in whole.items()})
    except ValidationError as error:
        errors.extend(refusals(error, document, (), CaseFile, what="a case file"))
        head = None
    written = whole.get("cases")
    if not isinstance(written, list) or not written:
        if "cases" in whole:
            errors.append(
                document.error("cases holds none; it takes a list of cases; add one or delete the file", ("cases",))
            )
        return
    for index, fields in enumerate(written):
        steps: Steps = ("cases", index)
        try:
            case = Case.model_validate(fields)
        except ValidationError as error:
            errors.extend(refusals(error, document, steps, Case, what="a case"))
            continue
        errors.extend(check_case(case, document, steps))
        if head is not None:
            yield LoadedCase(
                case=case, area=head.area, about=head.about, file=document.file,
                line=document.place(steps)[0], source=document, steps=steps,
            )  # fmt: skip
