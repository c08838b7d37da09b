"""Every finding can be seen: the script that ``gradconf repro`` prints shows the value that FINDINGS.md gives."""

from __future__ import annotations

import math
import random
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from bare_scripts import answers_of

from conformance.commands.options import find_variants
from conformance.commands.repro_script import repro_script
from conformance.derivative_judge import NEAR, numbers_of
from conformance.findings import Finding, exact_parts, findings
from conformance.load import LoadedCase, load_cases
from conformance.observation import Entries, Scalar, decode
from conformance.plan import Target, cell_of
from conformance.registry import adapter, adapter_names

SAMPLE = 3
"""Findings of each framework that the default tests look at."""


@pytest.fixture(scope="session")
def loaded() -> tuple[LoadedCase, ...]:
    return tuple(case for case in load_cases() if case.case.function is not None)


@pytest.fixture(scope="session")
def found(loaded: tuple[LoadedCase, ...]) -> list[Finding]:
    return list(findings(loaded))


def script_of(finding: Finding, loaded: tuple[LoadedCase, ...], folder: Path, number: int) -> dict[str, Any]:
    (variant,) = find_variants(loaded, finding.example.variant)
    cell = cell_of(variant, Target(framework=finding.framework, mode=finding.example.mode))
    assert cell.native is not None, finding.example.variant
    script = folder / f"finding_{number}.py"
    script.write_text(repro_script(cell), encoding="utf-8")
    return {"cell": finding.example.variant, "script": str(script), "observe": dict(cell.native.observe)}


def otherwise(finding: Finding, loaded: tuple[LoadedCase, ...], answer: dict[str, Any]) -> str | None:
    """Return what a script shows instead of what the finding says, or None."""
    example = finding.example
    (variant,) = find_variants(loaded, example.variant)
    answers = decode(answer["observations"]["answers"])
    assert isinstance(answers, Entries)
    at = answers.items[example.point]
    if isinstance(at, Scalar) and isinstance(at.value, str):
        wanted = example.seen.removeprefix("raises ")
        return None if example.seen.startswith("raises ") and wanted in at.value else at.value
    part, _, number = example.seen.rpartition(" is ")
    numbers = dict(zip(exact_parts(variant, example.point), numbers_of(at) or [], strict=True))
    seen = numbers[part]
    near = math.isclose(seen, float(number), rel_tol=NEAR) or str(seen) == str(float(number))
    return None if near else f"{part} is {seen}, FINDINGS.md says {number}"


def not_shown(framework: str, chosen: list[Finding], loaded: tuple[LoadedCase, ...], folder: Path) -> list[str]:
    """Run the scripts of findings; return those that show something else, with what it is."""
    if not find_spec(adapter(framework).profile.module):
        pytest.skip(f"{framework} is not installed")
    jobs = [script_of(finding, loaded, folder, number) for number, finding in enumerate(chosen)]
    fatal = [job for job, finding in zip(jobs, chosen, strict=True) if finding.example.observed == "crashed"]
    status, answers, complaint = answers_of(framework, [job for job in jobs if job not in fatal], folder)
    assert status == 0, complaint
    for job in fatal:
        assert answers_of(framework, [job], folder)[0] < 0, f"{job['cell']} does not crash"
    told = [(finding, otherwise(finding, loaded, answers[finding.example.variant])) for finding in chosen
            if finding.example.variant in answers]  # fmt: skip
    return [
        f"{finding.example.variant} on {framework} at {finding.example.point}: {text}" for finding, text in told if text
    ]


def runnable(found: list[Finding], framework: str) -> list[Finding]:
    """Return the findings of a framework that can be shown in a while."""
    return [one for one in found if one.framework == framework and one.example.observed != "timed-out"]


@pytest.mark.every_cell
@pytest.mark.parametrize("framework", adapter_names())
def test_every_finding_is_shown_by_its_repro(
    framework: str, found: list[Finding], loaded: tuple[LoadedCase, ...], tmp_path: Path
) -> None:
    assert not_shown(framework, runnable(found, framework), loaded, tmp_path) == []


@pytest.mark.parametrize("framework", adapter_names())
def test_a_few_findings_are_shown_by_their_repros(
    framework: str, found: list[Finding], loaded: tuple[LoadedCase, ...], tmp_path: Path
) -> None:
    of_framework = runnable(found, framework)
    chosen = random.Random(len(of_framework)).sample(of_framework, min(SAMPLE, len(of_framework)))
    assert not_shown(framework, chosen, loaded, tmp_path) == []
