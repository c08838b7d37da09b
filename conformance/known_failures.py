"""Known failures of derivative cases: the file beside a case file, one reason for many cells → ``Known`` of its cases.

``cases/derivatives/unary.yaml`` has ``unary.known.yaml``: a list of reasons, each with the failures that it explains. A
failure is a product set: it holds for every combination of the values that its ``where`` names, of the case's axes, of
``way``, ``dtype`` and ``point``, and of ``mode`` and ``device``; what ``where`` does not name, it holds for all of.
``gradconf known`` writes these files from results; a person writes the reasons.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from conformance.axes import axis_labels
from conformance.bundled import display_name
from conformance.case import Identifier, Known, KnownKind, Sentence
from conformance.consistency_checks import faults_in
from conformance.derivatives import dtypes_of, points_of, ways_of
from conformance.documented import misplaced
from conformance.expectation import Raises, parse_expected
from conformance.refusal import choices, refusals
from conformance.yaml_nodes import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.case import Case
    from conformance.errors import CaseError
    from conformance.load import LoadedCase
    from conformance.yaml_nodes import Document

SUFFIX: Final = ".known.yaml"
SCHEMA_NAME: Final = "known.schema.json"

FAULTS: Final = ("inaccurate", "zeros", "wrong", "finite", "-inf", "inf", "nan")
"""The words for how a derivative is wrong, the mildest first; the judge finds them."""

TODO: Final = "TODO"
"""What a reason begins with that no person has written yet; ``gradconf check`` refuses it."""

TARGET_AXES: Final = ("mode", "device")


class KnownFailure(BaseModel):
    """The cells and points of one case that fail in one way, as a product set."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    case: Identifier = Field(description="The id of a case of the file beside this one.")
    where: dict[str, list[str]] = Field(
        default={}, description="Values of the case's axes, of way, dtype, point, mode and device; others: all."
    )
    observed: str | int | float | dict[str, Any] | None = Field(
        default=None,
        description=f"What is seen instead: {', '.join(FAULTS)}, a number, or {{raises: {{type: …}}}}; "
        "of consistency each check that fails, such as `called again: wrong`.",
    )
    seen: str | None = Field(
        default=None, description="What the first of these cells shows instead of the number, such as `curvature is 0`."
    )
    ends: Literal["crashed", "timed-out"] | None = Field(
        default=None, description="How the process ends, where the failure leaves nothing to observe."
    )

    @field_validator("observed")
    @classmethod
    def _a_fault(cls, value: Any) -> Any:
        if isinstance(value, str) and value not in FAULTS:
            pairs = faults_in(value)
            odd = next((fault for _, fault in pairs if fault not in FAULTS and not fault.startswith("raises ")), None)
            if not pairs or odd is not None:
                raise ValueError(f"{odd or value!r} is no way to be wrong{choices(odd or value, FAULTS)}")
        if isinstance(value, dict) and not isinstance(parse_expected({"observed": value}).names["observed"], Raises):
            raise ValueError("a mapping as observed is {raises: {type: …}}; write a number as it is")
        return value

    @model_validator(mode="after")
    def _recognised(self) -> KnownFailure:
        if (self.observed is None) == (self.ends is None):
            raise ValueError("a known failure is recognised by what is observed, or by how the process ends; give one")
        return self


class Reason(BaseModel):
    """Why a framework fails, and everything that fails for this reason."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    framework: str
    versions: str = Field(default="", description="A version range such as '>=2.20,<2.22'; empty for every version.")
    kind: KnownKind
    issue: str | None = Field(default=None, description="The address of the upstream issue, where there is one.")
    searched: bool = Field(
        default=False, description="Without an issue: whether the framework's issues were searched for one."
    )
    because: Sentence
    failures: list[KnownFailure] = Field(min_length=1)


class KnownFile(BaseModel):
    """A file of known failures."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    known: list[Reason]


class KnownAt(Known):
    """A known failure of some variants of a derivative case, by the points at which it shows."""

    where: dict[str, list[str]] = Field(default={})

    def holds_for(self, labels: Mapping[str, str]) -> bool:
        """Return whether this is a failure of the variant with these labels."""
        return all(labels.get(axis) in values for axis, values in self.where.items())


def known_path(case_file: Path) -> Path:
    """Return the file of the known failures of a case file."""
    return case_file.with_name(f"{case_file.stem}{SUFFIX}")


def is_known_file(file: Path) -> bool:
    """Return whether a file holds known failures, by its name."""
    return file.name.endswith(SUFFIX)


def axis_values(case: Case) -> Mapping[str, Sequence[str]]:
    """Return what ``where`` may name for a derivative case: each axis with its values, in the case's order."""
    return {
        **axis_labels(case),
        "way": ways_of(case, "exhaustive"),
        "dtype": dtypes_of(case, "exhaustive"),
        "point": tuple(point.name for point in points_of(case)),
        "mode": ("eager", "compiled"),
        "device": ("cpu", "gpu"),
    }


def add_known(path: Path, cases: Sequence[LoadedCase], errors: list[CaseError]) -> list[LoadedCase]:
    """Return the cases of a case file with the known failures of the file beside it."""
    known = known_path(path)
    if not known.exists():
        return list(cases)
    derivative = {loaded.case.id: loaded for loaded in cases if loaded.case.function is not None}
    read = read_known(known, display_name(known), errors)
    found = known_of_cases(*read, derivative, errors) if read is not None else {}
    return [
        dataclasses.replace(loaded, case=loaded.case.model_copy(update={"known": found[loaded.case.id]}))
        if loaded.case.id in found
        else loaded
        for loaded in cases
    ]


def read_known(path: Path, file: str, errors: list[CaseError]) -> tuple[KnownFile, Document] | None:
    """Return a file of known failures with its places, or None where it cannot be used; what is wrong is added."""
    from conformance.errors import CaseError

    try:
        document = read_yaml(path, file=file)
    except CaseError as error:
        errors.append(error)
        return None
    if not isinstance(document.value, dict):
        errors.append(document.error("not a file of known failures; one has `known:`, a list of reasons", ()))
        return None
    try:
        return KnownFile.model_validate(document.value), document
    except ValidationError as error:
        errors.extend(refusals(error, document, (), KnownFile, what="a file of known failures"))
        return None


def known_of_cases(
    content: KnownFile, document: Document, cases: Mapping[str, LoadedCase], errors: list[CaseError]
) -> Mapping[str, list[Known]]:
    """Return the known failures by case; those that fit no case, axis or value are added to ``errors``."""
    from conformance.registry import adapter_names

    found: dict[str, list[Known]] = {}
    for i, reason in enumerate(content.known):
        if reason.framework not in adapter_names():
            problem = f"known: no adapter is called {reason.framework!r}{choices(reason.framework, adapter_names())}"
            errors.append(document.error(problem, ("known", i, "framework")))
        if not is_range(reason.versions):
            problem = f"versions is {reason.versions!r}; it takes a range such as '>=2.20,<2.22'"
            errors.append(document.error(problem, ("known", i, "versions")))
        for j, failure in enumerate(reason.failures):
            steps = ("known", i, "failures", j)
            loaded = cases.get(failure.case)
            if loaded is None:
                problem = f"no derivative case {failure.case!r} in the file beside this{choices(failure.case, cases)}"
                errors.append(document.error(problem, (*steps, "case")))
                continue
            before = len(errors)
            axes = axis_values(loaded.case)
            for problem, place in misplaced(failure.where, axes):
                errors.append(document.error(problem, (*steps, "where", *place), key=place[0] not in axes))
            if len(errors) == before:
                found.setdefault(failure.case, []).extend(_known(reason, failure, loaded.case))
    return found


def is_range(text: str) -> bool:
    """Return whether a text is a range of versions."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


def _known(reason: Reason, failure: KnownFailure, case: Case) -> Iterator[KnownAt]:
    """Yield the failure as known failures of its case; one, or one for each mode and device that it names."""
    points = failure.where.get("point") or [point.name for point in points_of(case)]
    where = {axis: values for axis, values in failure.where.items() if axis not in ("point", *TARGET_AXES)}
    for mode, device in itertools.product(*(failure.where.get(axis, [None]) for axis in TARGET_AXES)):
        target: dict[str, Any] = {"mode": mode, "device": device}
        yield KnownAt(
            framework=reason.framework, versions=reason.versions, **target, issue=reason.issue,
            kind=reason.kind, because=reason.because, where=where, ends=failure.ends,
            observed={} if failure.observed is None else dict.fromkeys(points, failure.observed),
        )  # fmt: skip


def combinations(where: Mapping[str, Sequence[str]], axes: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield every combination of values that a failure holds for, in the order of the axes."""
    return itertools.product(*(where.get(axis, values) for axis, values in axes.items()))


def lint_known(content: KnownFile, document: Document, cases: Mapping[str, LoadedCase]) -> Iterator[CaseError]:
    """Yield what is wrong with a file that can be used: a reason not written, a failure twice or showing nothing."""
    taken: dict[tuple[str, ...], int] = {}
    for i, reason in enumerate(content.known):
        if reason.because.lstrip().upper().startswith(TODO):
            problem = "because: no one has looked into it; write what is seen, and a cause where you know it"
            yield document.error(problem, ("known", i, "because"))
        if reason.issue is not None and not reason.issue.startswith("https://"):
            yield document.error("issue: takes the address of a thread that you opened", ("known", i, "issue"))
        for j, failure in enumerate(reason.failures):
            if isinstance(failure.observed, str) and failure.seen is None and "raises " not in failure.observed:
                problem = (
                    "seen: says what these cells show, such as `curvature is 0`; `gradconf known` takes it from a run"
                )
                yield document.error(problem, ("known", i, "failures", j))
            axes = axis_values(cases[failure.case].case)
            for values in combinations(failure.where, axes):
                key = (reason.framework, reason.versions, failure.case, *values)
                line = document.place(("known", i, "failures", j))[0]
                if taken.setdefault(key, line) != line:
                    named = ", ".join(f"{axis}={value}" for axis, value in zip(axes, values, strict=True))
                    problem = f"{failure.case} with {named} is known from line {taken[key]}; take it out of one of them"
                    yield document.error(problem, ("known", i, "failures", j))
                    break
