"""The judge: what a case expects held against what a worker saw, turned into a verdict that says where and by how much.

A pure comparison of records; no framework is imported. One ``CheckRecord`` is made for every expected name, one for
what the program raises and one for what it warns of; the verdict is the worst of them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from conformance.comparison import OK, SEVERITY, Finding, Scene, compare, contradicts
from conformance.errors import UsageError
from conformance.expectation import DictOf, Expectation, Expected, IsWord, ListOf, Raises, Warns
from conformance.results import CheckRecord
from conformance.wording import describe, exception_line, expected_text, short

if TYPE_CHECKING:
    from conformance.adapter import Unconnected
    from conformance.case import Difference, Known, Tolerance
    from conformance.observation import Observed, Outcome, Raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict of one cell before documented differences and known failures are looked at.

    ``verdict``: ``conforms``, ``contradicts``, ``inaccurate`` or ``undocumented``. ``margin``: the largest part of its
    tolerance that any number used (1.0 is the bound), None where nothing was numeric.
    """

    verdict: str
    message: str
    checks: tuple[CheckRecord, ...]
    margin: float | None


def judge(
    expected: Expected,
    outcome: Outcome,
    *,
    unconnected: Unconnected,
    lines: Mapping[str, int],
    compiled: bool,
    device: str,
    tolerance: Tolerance | None,
    reference: Mapping[str, Observed] | None,
) -> Judgement:
    """Return the judgement of what a worker saw.

    ``lines`` leads from an expected name to the program line that binds it; an exception that is expected under a
    name must come from that line. A compiled program is one statement, so there lines are not compared and names
    may be missing once it raised. ``reference`` holds the reference's observations, for expectations that say
    ``numeric``.
    """
    scene = Scene(
        outcome=outcome,
        unconnected=unconnected,
        lines=lines,
        compiled=compiled,
        device=device,
        tolerance=tolerance,
        reference=reference,
    )
    checks = [*_check_raises(expected, scene)]
    settled = {check.name for check in checks}
    checks += [_check_value(name, form, scene) for name, form in expected.names.items() if name not in settled]
    if expected.warns is not None:
        checks.append(_check_warns(expected.warns, outcome))
    order = [*expected.names, "raises", "warns"]
    checks.sort(key=lambda check: order.index(check.name))
    return _judgement(checks)


def _judgement(checks: Sequence[CheckRecord]) -> Judgement:
    if not any(check.kind != "not-reached" for check in checks):
        return Judgement(
            verdict="contradicts",
            message="nothing was checked; a case must expect at least one name, an exception or a warning",
            checks=tuple(checks),
            margin=None,
        )
    worst = max((check.kind for check in checks), key=SEVERITY.index)
    verdict = worst if worst in ("contradicts", "inaccurate", "undocumented") else "conforms"
    told = [check.message for check in checks if check.message and check.kind == verdict]
    if verdict == "contradicts":
        told += [check.message for check in checks if check.kind == "inaccurate"]
    return Judgement(
        verdict=verdict,
        message="; ".join(told),
        checks=tuple(checks),
        margin=max((check.used for check in checks if check.used is not None), default=None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Awaited:
    """An exception that is expected: under which name, of what type, with one of which fragments, from which line."""

    name: str
    type: str
    matches: tuple[str, ...]
    line: int | None
    why: str = ""

    def fits(self, raised: Raised, *, compiled: bool) -> bool:
        """Return whether this is the exception that was expected, from where it was expected."""
        return (
            _is_a(self.type, (raised.type, *raised.bases))
            and (not self.matches or any(fragment in raised.message for fragment in self.matches))
            and (compiled or self.line is None or self.line in (raised.program_line, raised.statement))
        )

    def __str__(self) -> str:
        fragments = " or ".join(repr(fragment) for fragment in self.matches)
        text = self.type + (f" with {fragments} in its message" if fragments else "")
        return text + (f" at program line {self.line}" if self.line is not None else "") + self.why


def _awaited(expected: Expected, scene: Scene) -> Iterator[_Awaited]:
    if expected.raises is not None:
        yield _of_raises("raises", expected.raises, None)
    for name, form in expected.names.items():
        for leaf in _leaves(form):
            if isinstance(leaf, Raises):
                yield _of_raises(name, leaf, scene.lines.get(name))
                break
            if leaf == IsWord(word="unconnected") and scene.unconnected.as_ == "raises":
                yield _Awaited(
                    name=name,
                    type=scene.unconnected.type,
                    matches=scene.unconnected.matches,
                    line=scene.lines.get(name),
                    why=", which is how this framework says unconnected",
                )
                break


def _of_raises(name: str, form: Raises, line: int | None) -> _Awaited:
    return _Awaited(
        name=name,
        type=form.type,
        matches=() if form.match is None else (form.match,),
        line=line if form.at is None else form.at,
    )


def _leaves(form: Expectation) -> Iterator[Expectation]:
    match form:
        case ListOf():
            for item in form.items:
                yield from _leaves(item)
        case DictOf():
            for item in form.items.values():
                yield from _leaves(item)
        case _:
            yield form


def _check_raises(expected: Expected, scene: Scene) -> Iterator[CheckRecord]:
    """Yield the checks of all exceptions: those that are expected, and the one that nobody expected."""
    awaited = list(_awaited(expected, scene))
    raised = scene.outcome.raised
    if raised is None:
        for one in awaited:
            yield _raise_check(one, scene, contradicts(f"{_seen(one, scene)}; expected {one}, but nothing was raised"))
        return
    fitting = [one for one in awaited if one.fits(raised, compiled=scene.compiled)]
    for one in awaited:
        if one in fitting:
            yield _raise_check(one, scene, OK)
        elif fitting and _not_yet(one.line, scene):
            yield _raise_check(one, scene, Finding(kind="not-reached"))
        else:
            yield _raise_check(one, scene, contradicts(f"{_raised_text(raised)}; {one.name}: expected {one}"))
    if awaited:
        return
    undocumented = [name for name, form in expected.names.items() if _silent(name, form, expected, scene)]
    for name in undocumented:
        yield CheckRecord(
            name=name,
            kind="undocumented",
            expected="undocumented",
            observed=_raised_text(raised),
            message=f"{name}: {_raised_text(raised)}",
        )
    if not undocumented:
        yield CheckRecord(
            name="raises",
            kind="contradicts",
            expected="no exception",
            observed=_raised_text(raised),
            message=f"{_raised_text(raised)}; no exception is expected",
        )


def _silent(name: str, form: Expectation, expected: Expected, scene: Scene) -> bool:
    """Return whether the exception is that of an undocumented name: it came from its line, or all names are so."""
    if form != IsWord(word="undocumented") or scene.outcome.raised is None:
        return False
    raised = scene.outcome.raised
    line = scene.lines.get(name)
    return (line is not None and line in (raised.statement, raised.program_line)) or all(
        other == form for other in expected.names.values()
    )


def _not_yet(line: int | None, scene: Scene) -> bool:
    """Return whether a program line had not been done when the program raised (unknown lines: it may be so)."""
    raised = scene.outcome.raised
    if raised is None:
        return False
    return scene.compiled or line is None or raised.statement is None or line >= raised.statement


def _raise_check(one: _Awaited, scene: Scene, finding: Finding) -> CheckRecord:
    raised = scene.outcome.raised
    seen = _raised_text(raised) if raised is not None and finding.kind != "not-reached" else _seen(one, scene)
    return _record(one.name, str(one), seen, finding)


def _seen(one: _Awaited, scene: Scene) -> str:
    value = scene.outcome.observations.get(one.name)
    return "the program ended" if value is None else f"{one.name} is {describe(value)}"


def _raised_text(raised: Raised) -> str:
    where = f"program line {raised.program_line}" if raised.program_line is not None else "outside the program's lines"
    return f"raised {raised.type} ({where}): {exception_line(raised.message, 300)}"


def _is_a(wanted: str, names: Sequence[str]) -> bool:
    """Return whether a type is one of the names, by its last part or by a longer dotted ending."""
    return any(name == wanted or name.endswith(f".{wanted}") for name in names)


def _check_warns(form: Warns, outcome: Outcome) -> CheckRecord:
    text = f"{form.category or 'a warning'} with {form.match!r} in its message"
    seen = [f"{warning.category}: {short(warning.message, 200)}" for warning in outcome.warnings]
    found = any(
        form.match in warning.message
        and (form.category is None or _is_a(form.category, (warning.category, *warning.bases)))
        for warning in outcome.warnings
    )
    observed = "; ".join(seen) or "no warning"
    finding = OK if found else contradicts(f"the program gave {observed}; expected {text}")
    return _record("warns", text, observed, finding)


def _check_value(name: str, form: Expectation, scene: Scene) -> CheckRecord:
    text = expected_text(form, scene.unconnected)
    value = scene.outcome.observations.get(name)
    if value is not None:
        return _record(name, text, describe(value), compare(name, form, value, scene, name))
    if _not_yet(scene.lines.get(name), scene):
        return _record(name, text, "not reached", Finding(kind="not-reached"))
    return _record(name, text, "missing", contradicts(f"{name} was never bound; expected {text}"))


def _record(name: str, expected: str, observed: str, finding: Finding) -> CheckRecord:
    return CheckRecord(
        name=name,
        kind=finding.kind,
        expected=expected,
        observed=observed,
        message=finding.message,
        absolute=finding.absolute,
        relative=finding.relative,
        ulp=finding.ulp,
        used=finding.used,
    )


def verdict_of(
    judgement: Judgement, *, difference: Difference | None, known: Known | None, known_judgement: Judgement | None
) -> tuple[str, bool, str]:
    """Return the verdict of a cell, whether its known failure is stale, and the message.

    ``known`` is the known failure that applies to the cell, ``known_judgement`` the judgement of the same outcome
    against what that failure is recognised by. A known failure that no longer fails is stale; one that fails in
    another way is no excuse.
    """
    passed = judgement.verdict not in ("contradicts", "inaccurate")
    verdict = "differs" if judgement.verdict == "conforms" and difference is not None else judgement.verdict
    if known is None:
        return verdict, False, judgement.message
    if passed:
        told = f"the known failure is gone ({_known_text(known)}); take its entry out of `known` or narrow its versions"
        return verdict, True, "; ".join(part for part in (judgement.message, told) if part)
    if known_judgement is not None and known_judgement.verdict == "conforms":
        return "known", False, f"{_known_text(known)}; {judgement.message}"
    otherwise = "" if known_judgement is None else f": {known_judgement.message}"
    return verdict, False, f"{judgement.message}; this is not the known failure ({_known_text(known)}){otherwise}"


def _known_text(known: Known) -> str:
    return f"{known.kind}: {short(known.because, 200)}" + (f", {known.issue}" if known.issue else "")


def known_applies(known: Known, framework: str, version: str, device: str, mode: str) -> bool:
    """Return whether a known failure is one of this target; pre-releases count as their version.

    A version that cannot be read is in no range but the empty one, so that the failure stays visible.

    Raises:
        UsageError: a version range that cannot be read.
    """
    if known.framework != framework or known.device not in (None, device) or known.mode not in (None, mode):
        return False
    return in_range(version, known.versions)


@functools.lru_cache(maxsize=1024)
def in_range(version: str, versions: str) -> bool:
    """Return whether a version is in a range; every one is in the empty range, and pre-releases count as their version.

    Raises:
        UsageError: a version range that cannot be read.
    """
    try:
        allowed = SpecifierSet(versions, prereleases=True)
    except InvalidSpecifier as error:
        raise UsageError(f"known.versions: {versions!r} is no version range; write it as '>=2.20,<2.22'") from error
    if not versions.strip():
        return True
    try:
        return Version(version) in allowed
    except InvalidVersion:
        return False
