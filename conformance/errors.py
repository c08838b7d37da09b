"""Every error that the suite raises itself; facts are fields, the text is made in ``__str__``.

    ConformanceError
    ├── CaseError            a case file that cannot be used, with its place
    │   └── CaseErrors       several of them, all that were found
    ├── ProgramError         a program text that the language does not allow (line and column within the program)
    ├── Unsupported          a concept or an operation that a framework does not have (a verdict, not a fault)
    ├── AdapterError         an adapter that is wrong or cannot be found
    ├── WorkerError          a worker that could not be started or spoke nonsense
    ├── ResultsError         a results file that cannot be read
    └── UsageError           options that make no sense together

Every text reads ``place: what was seen; what is allowed; what to do next``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class ConformanceError(Exception):
    """The base of every error of the suite; shown to users without a traceback."""


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest allowed word, or an empty string."""
    close = difflib.get_close_matches(word, list(allowed), n=3, cutoff=0.6)
    close.sort(key=lambda other: len(other) != len(word))  # a wrong letter is likelier than a missing one
    return f"; did you mean {close[0]!r}?" if close else ""


class CaseError(ConformanceError):
    """A case file that cannot be used: file, line and column (1-based), and what is wrong."""

    def __init__(self, message: str, *, file: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.file, self.line, self.column = message, file, line, column

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class CaseErrors(CaseError):  # noqa: N818 - the plural of the one above
    """All the errors that were found in a set of case files."""

    def __init__(self, errors: Sequence[CaseError]) -> None:
        first = errors[0]
        super().__init__(first.message, file=first.file, line=first.line, column=first.column)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


class ProgramError(ConformanceError):
    """A program that the language does not allow; line and column are 1-based and within the program text."""

    def __init__(self, message: str, *, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column

    def __str__(self) -> str:
        return f"program line {self.line}, column {self.column}: {self.message}"


class Unsupported(ConformanceError):  # noqa: N818 - it is a verdict, not an error
    """What a framework does not have; ``reason`` is shown to the reader of the report."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AdapterError(ConformanceError):
    """An adapter that is wrong (a spelling with a stray name, say) or cannot be found."""


class WorkerError(ConformanceError):
    """A worker that could not be started, or whose answer makes no sense."""


class ResultsError(ConformanceError):
    """A results file that cannot be read: file, line (1-based) and what is wrong."""

    def __init__(self, message: str, *, file: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message, self.file, self.line = message, file, line

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}"


class UsageError(ConformanceError):
    """Options that make no sense, or that name something which is not there."""
