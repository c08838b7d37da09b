"""The native source of a cell: the exact text that a worker executes, a report shows and ``gradconf repro`` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeSource:
    """Python source that stands alone with its framework installed.

    ``line_map[i]`` is the program line (1-based) that native line ``i + 1`` came from, or None.
    ``observe`` leads from an expected name to the native variable that holds it (a series has a name of its own).
    """

    text: str
    line_map: tuple[int | None, ...]
    observe: Mapping[str, str]

    def program_line(self, native_line: int | None) -> int | None:
        """Return the program line of a native line (both 1-based)."""
        if native_line is None or not 1 <= native_line <= len(self.line_map):
            return None
        return self.line_map[native_line - 1]
