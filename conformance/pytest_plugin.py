"""Case files into pytest items; it imports nothing of the suite until there is a case file to collect.

Every option has a long name of its own. The short ones (``--framework``, ``--device``, ``--mode``) are added only
where no other plugin and no conftest has them, so that it never breaks a project in whose environment it is.
"""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from conformance.pytest_session import ConformanceSession


HEADER_START: Final = "# yaml-language-server: $schema="
HEADER_END: Final = "case.schema.json"
"""The first line of a case file; ``conformance.lint`` has the same, and a test holds them together."""

SESSION: Final[pytest.StashKey[ConformanceSession]] = pytest.StashKey()
"""Where a pytest configuration keeps what belongs to the cases; absent while no case file was seen."""

_SHORT: Final = ("framework", "device", "mode", "tier")
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "framework": {
        "metavar": "FW[,FW]",
        "help": "Run cases on these frameworks only; else on all that are installed.",
    },
    "device": {
        "choices": ["auto", "cpu", "gpu"],
        "help": "Run cases on this device; auto, the default: on every device that is there.",
    },
    "mode": {"metavar": "MODE[,MODE]", "help": "Run cases in these modes only: eager, compiled."},
    "tier": {
        "choices": ["quick", "standard", "exhaustive"],
        "help": "How much of the derivative cases to run; quick is the default.",
    },
    "report": {"metavar": "DIR", "help": "Write results.jsonl, report.html, junit.xml and summary.md here."},
    "timeout": {"metavar": "SECONDS", "type": float, "help": "For a cell, where its case does not say."},
    "no-native": {"action": "store_true", "help": "Refuse native source, for case folders that are not trusted."},
}

_GROUP: Final = "gradient conformance"


def _destination(name: str) -> str:
    return f"conformance_{name.replace('-', '_')}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options under their long names."""
    group = parser.getgroup(_GROUP, "gradient conformance cases (YAML)")
    for name, words in _OPTIONS.items():
        group.addoption(f"--conformance-{name}", dest=_destination(name), **words)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> Generator[None, Any, Any]:
    """Add the short names, once every plugin and conftest has had its own."""
    result = yield
    group = parser.getgroup(_GROUP)
    groups = [*getattr(parser, "_groups", ()), getattr(parser, "_anonymous", group)]
    taken = {name for each in groups for option in each.options for name in option.names()}
    for name in _SHORT:
        if f"--{name}" not in taken:
            words = {**_OPTIONS[name], "help": f"The same as --conformance-{name}."}
            with contextlib.suppress(ValueError, argparse.ArgumentError):
                group.addoption(f"--{name}", dest=_destination(name), **words)
    return result


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Return a scheduler for xdist that keeps a framework's cells in one process; None where the user chose another.

    It stands in for ``--dist loadgroup``, which puts the group into an item's id, and which xdist 3.8 with pytest 9.2
    no longer does.
    """
    dist = config.getvalue("dist")
    given = [str(word) for word in (*config.invocation_params.args, *config.getini("addopts"))]
    chosen = any(word.startswith("--dist") or word == "-d" for word in given)
    if dist != "loadgroup" and (dist != "load" or chosen):
        return None
    if not any(_holds_cases(Path(argument.split("::")[0])) for argument in config.args):
        return None
    from conformance.pytest_schedule import FrameworkScheduling

    return FrameworkScheduling(config, log)


def is_case_file(path: Path) -> bool:
    """Return whether a file is a case file, by its first line."""
    if path.suffix not in (".yaml", ".yml") or path.parent.name == "catalogue":
        return False
    try:
        with path.open("rb") as stream:
            first = stream.readline(300).decode("utf-8", "replace").strip()
    except OSError:
        return False
    return first.startswith(HEADER_START) and first.endswith(HEADER_END)


def _holds_cases(path: Path) -> bool:
    """Return whether a path is a case file, or a folder with one in it or in one of its folders."""
    if path.is_dir():
        found = (file for pattern in ("*.y*ml", "*/*.y*ml") for file in path.glob(pattern))
        return any(is_case_file(file) for file in found)
    return is_case_file(path)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a case file."""
    if not is_case_file(file_path):
        return None
    from conformance.pytest_items import CaseFile

    return CaseFile.from_parent(parent, path=file_path)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Count the cells that will run, once all that is deselected is gone."""
    state = session.config.stash.get(SESSION, None)
    if state is not None:
        state.planned = sum(hasattr(item, "conformance_cell") for item in session.items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the result of a cell on its report, which is what reaches the process that writes the results."""
    report = yield
    state = item.config.stash.get(SESSION, None)
    if state is not None and report.when == "call" and hasattr(item, "conformance_cell"):
        report.conformance = state.message(item)  # type: ignore[attr-defined]
    return report


class _Collecting:
    """What the process that writes the results does: under xdist the controller, which collects no case file itself."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result that a report carries."""
        message = getattr(report, "conformance", None)
        if message is None:
            return
        from conformance.pytest_session import session_of

        session_of(self._config).receive(message)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Compare the frameworks with each other, write the files, and end the workers."""
        state = self._config.stash.get(SESSION, None)
        if state is None:
            return
        if state.finish() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what came out."""
        state = self._config.stash.get(SESSION, None)
        if state is None:
            return
        lines = state.summary()
        if lines:
            terminalreporter.section("gradient conformance")
            for line in lines:
                terminalreporter.line(line)


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Take the results here, where this is not a worker of xdist."""
    if not hasattr(session.config, "workerinput"):
        session.config.pluginmanager.register(_Collecting(session.config), "conformance-collecting")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the workers, however the session ended."""
    state = config.stash.get(SESSION, None)
    if state is not None:
        state.close()
