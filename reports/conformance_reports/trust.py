"""The trust record of a results file turned into the oracle's counts and the kill matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from conformance_reports.page import Kill, Trust
from conformance_reports.visible import one_line

if TYPE_CHECKING:
    from conformance.results import MutantRecord, TrustRecord
    from conformance_reports.index import Index

ORACLE_MEANINGS: Final[Mapping[str, str]] = {
    "proved": "the reference computes the same number, twice, at two precisions",
    "member": "the reference's interval of subgradients has it as a member",
    "not-numeric": "not a number: an error, a missing gradient, a shape",
    "excused": "cannot be proved, and the case says why",
}
"""What the oracle can have made of a claim that may judge."""


def trust_of(index: Index) -> Trust | None:
    """Return what the suite was proved with, None where the file does not say."""
    record: TrustRecord | None = index.results.trust
    if record is None:
        return None
    frameworks = tuple(dict.fromkeys(mutant.framework for mutant in record.mutants))
    found = {(mutant.mutant, mutant.framework): mutant for mutant in record.mutants}
    faults = {mutant.mutant: mutant.fault for mutant in record.mutants}
    return Trust(
        made=one_line(record.made),
        suite=one_line(record.suite_version),
        same_cases=record.cases_sha256 == index.results.header.cases_sha256,
        oracle=tuple(
            (one_line(kind), ORACLE_MEANINGS.get(kind, "not confirmed: it may not judge a framework"), n)
            for kind, n in sorted(record.oracle.items(), key=lambda item: -item[1])
        ),
        failed=tuple(one_line(text) for text in record.failed[:100]),
        frameworks=tuple(index.titles.get(framework, one_line(framework)) for framework in frameworks),
        kills=tuple(
            Kill(
                fault=one_line(name),
                meaning=one_line(meaning),
                entries=tuple(_entry(found.get((name, framework))) for framework in frameworks),
            )
            for name, meaning in faults.items()
        ),
        caught=sum(bool(mutant.killed_by) for mutant in record.mutants),
        mutants=len(record.mutants),
    )


def _entry(mutant: MutantRecord | None) -> tuple[str, str, str] | None:
    """Return (verdict whose colours it wears, sign and word, what caught it) of one mutant."""
    if mutant is None:
        return None
    if not mutant.killed_by:
        return ("contradicts", f"✗ survived {mutant.ran} cells", one_line(mutant.message))
    return ("conforms", f"✓ caught by {len(mutant.killed_by)} of {mutant.ran}", one_line(mutant.killed_by[0]))
