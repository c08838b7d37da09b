"""Every finding can be seen: the script that ``gradconf repro`` prints shows the value that FINDINGS.md gives."""

from __future__ import annotations

import math
import os
import random
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Any

import pytest

from conformance.commands.options import find_variants
from conformance.consistency_checks import faults_in
from conformance.derivative_judge import NEAR, numbers_of
from conformance.findings import Finding, exact_parts, findings
from conformance.load import LoadedCase, load_cases
from conformance.observation import Entries, Items, Scalar, decode
from conformance.plan import Cell, Target, cell_of
from conformance.registry import adapter, adapter_names
from conformance.standalone import BATCH, bare_answers

SAMPLE = 3
"""Findings of each framework that the default tests look at."""


@pytest.fixture(scope="session")
def loaded() -> tuple[LoadedCase, ...]:
    return tuple(case for case in load_cases() if case.case.function is not None)


@pytest.fixture(scope="session")
def found(loaded: tuple[LoadedCase, ...]) -> list[Finding]:
    return list(findings(loaded))


def otherwise(finding: Finding, loaded: tuple[LoadedCase, ...], answer: dict[str, Any]) -> str | None:
    """Return what a script shows instead of what the finding says, or None."""
    example = finding.example
    if "ended" in answer or example.observed == "crashed":
        return None if "ended" in answer and example.observed == "crashed" else f"ended with {answer.get('ended', 0)}"
    (variant,) = find_variants(loaded, example.variant)
    answers = decode(answer["observations"]["answers"])
    assert isinstance(answers, Entries)
    at = answers.items[example.point]
    if isinstance(at, Scalar) and isinstance(at.value, str):
        wanted = example.seen.removeprefix("raises ")
        return None if example.seen.startswith("raises ") and wanted in at.value else at.value
    if isinstance(at, Entries):
        return disagreement(at, example.seen)
    part, _, number = example.seen.rpartition(" is ")
    ways = getattr(adapter(finding.framework), "ways", None)
    parts = exact_parts(variant, example.point)
    numbers = dict(zip(parts, numbers_of(at, ways.imaginary_sign if ways else 1) or [], strict=True))
    seen = numbers[part]
    return None if near(seen, number) else f"{part} is {seen}, FINDINGS.md says {number}"


def disagreement(checks: Entries, seen: str) -> str | None:
    """Return what the two sides of a check are instead of what the finding says, or None."""
    raising = [(check, fault) for check, fault in faults_in(seen) if fault.startswith("raises ")]
    if raising:
        answers = [(checks.items[check], fault.removeprefix("raises ")) for check, fault in raising]
        right = all(isinstance(one, Scalar) and name in str(one.value) for one, name in answers)
        return None if right else f"{answers}, FINDINGS.md says {seen}"
    check, _, said = seen.partition(": ")
    both = checks.items[check]
    assert isinstance(both, Items)
    pairs = list(zip(*(numbers_of(side) or [] for side in both.items), strict=True))
    one, _, two = said.partition(" and ")
    return None if any(near(a, one) and near(b, two) for a, b in pairs) else f"{pairs}, FINDINGS.md says {said}"


def near(seen: float, said: str) -> bool:
    return math.isclose(seen, float(said), rel_tol=NEAR) or str(seen) == str(float(said))


def not_shown(framework: str, chosen: list[Finding], loaded: tuple[LoadedCase, ...]) -> list[str]:
    """Run the scripts of findings; return those that show something else, with what it is."""
    if not find_spec(adapter(framework).profile.module):
        pytest.skip(f"{framework} is not installed")
    cells = [cell_showing(finding, loaded) for finding in chosen]
    batches = [cells[start : start + BATCH] for start in range(0, len(cells), BATCH)]
    answers: dict[str, Any] = {}
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        for found in threads.map(lambda batch: bare_answers(framework, batch), batches):
            answers |= found
    told = [otherwise(finding, loaded, answers[cell.id]) for finding, cell in zip(chosen, cells, strict=True)]
    return [
        f"{finding.example.variant} on {framework} at {finding.example.point}: {text}"
        for finding, text in zip(chosen, told, strict=True)
        if text
    ]


def cell_showing(finding: Finding, loaded: tuple[LoadedCase, ...]) -> Cell:
    (variant,) = find_variants(loaded, finding.example.variant)
    return cell_of(variant, Target(framework=finding.framework, mode=finding.example.mode))


def runnable(found: list[Finding], framework: str) -> list[Finding]:
    """Return the findings of a framework that can be shown in a while."""
    return [one for one in found if one.framework == framework and one.example.observed != "timed-out"]


@pytest.mark.every_cell
@pytest.mark.parametrize("framework", adapter_names())
def test_every_finding_is_shown_by_its_repro(
    framework: str, found: list[Finding], loaded: tuple[LoadedCase, ...]
) -> None:
    assert not_shown(framework, runnable(found, framework), loaded) == []


@pytest.mark.parametrize("framework", adapter_names())
def test_a_few_findings_are_shown_by_their_repros(
    framework: str, found: list[Finding], loaded: tuple[LoadedCase, ...]
) -> None:
    of_framework = runnable(found, framework)
    chosen = random.Random(len(of_framework)).sample(of_framework, min(SAMPLE, len(of_framework)))
    assert not_shown(framework, chosen, loaded) == []
