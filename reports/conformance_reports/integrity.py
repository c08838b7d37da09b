"""Results that were read, held against themselves: what a file that was changed after it was written gives away."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from conformance.errors import ResultsError
from conformance.results import FAILED, VERDICTS
from conformance_reports.summary import NOT_FRAMEWORKS
from conformance_reports.visible import one_line

if TYPE_CHECKING:
    from conformance.results import Results


def refuse_tampered(results: Results, file: str) -> Results:
    """Return the results as they are; no report is made of a file that contradicts itself.

    Raises:
        ResultsError: counts, ids, targets or verdicts that do not fit together.
    """
    problem = _problem(results)
    if problem:
        raise ResultsError(
            f"{problem}; it was changed after it was written, or joined by hand; run again, or join the parts with "
            "`gradconf report`",
            file=file,
        )
    return results


def _problem(results: Results) -> str:
    """Return what does not fit together, empty where all does."""
    footer = results.footer
    if footer is not None:
        counts = Counter(cell.verdict for cell in results.cells)
        for verdict in (*VERDICTS, *(set(footer.verdicts) - set(VERDICTS))):
            counted = footer.verdicts.get(verdict, 0)
            if counted != counts[verdict]:
                return f"the footer counts {counted:,} {one_line(verdict)}, the file holds {counts[verdict]:,}"
    for kind, ids in (
        ("cell", Counter(f"{cell.cell} {cell.version}".rstrip() for cell in results.cells)),
        ("case", Counter(case.case for case in results.cases)),
    ):
        twice = next((name for name, n in ids.items() if n > 1), None)
        if twice is not None:
            return f"{kind} {one_line(twice)} is there twice"
    targets = {(t.framework, t.version, t.device, t.mode) for t in results.header.targets}
    for cell in results.cells:
        if not cell.cell.startswith(cell.case):
            return f"cell {one_line(cell.cell)} says that it belongs to the case {one_line(cell.case)}"
        target = (cell.framework, cell.version, cell.device, cell.mode)
        if cell.framework not in NOT_FRAMEWORKS and target not in targets:
            seen = " ".join(one_line(text) for text in target)
            return f"cell {one_line(cell.cell)} ran on {seen}, which the header does not name"
        if cell.verdict in ("conforms", "differs"):
            wrong = next((check for check in cell.checks if check.kind in FAILED), None)
            if wrong is not None:
                name = one_line(wrong.name)
                return f"cell {one_line(cell.cell)} is {cell.verdict}, but its check of {name} says {wrong.kind}"
    return ""
