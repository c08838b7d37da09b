"""Where the bundled cases are: inside the package in a wheel, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path


def cases_root() -> Path:
    """Return the folder of the bundled cases: ``conformance/cases`` in a wheel, ``cases`` beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "cases"
    return inside if inside.is_dir() else package.parent / "cases"


def display_name(path: Path) -> str:
    """Return how a file is named in messages and results: the same on every machine for the bundled cases.

    Bundled files are ``cases/…``, files below the working folder are relative to it, others as they were given.
    """
    resolved = path.resolve()
    root = cases_root()
    if resolved.is_relative_to(root):
        return f"cases/{resolved.relative_to(root).as_posix()}"
    here = Path.cwd()
    return resolved.relative_to(here).as_posix() if resolved.is_relative_to(here) else path.as_posix()
