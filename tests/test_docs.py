"""The documents: their commands run, the paths and lists in them are true, and no tracked file names a machine.

A block is run when the comment ``<!-- run -->`` stands before it; ``<!-- run: torch jax -->`` names what it needs.
In a console block, a line that starts with ``$ `` is a command, which must end 0, and the lines after it must come in
its output, in that order; a line of ``…`` stands for any number of lines.
``<!-- source: CASE FRAMEWORK -->`` says that the block is the native source of that case, ``<!-- case: FILE -->``
that it is a part of that case file.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "adapters/README.md", "cases/README.md"]
PRODUCED = {"summary.md", "repro.py"}  # files that commands write, and documents speak of
OURS = os.pathsep.join(str(ROOT / part) for part in (".", "adapters", "reports"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block of a document: its language, its text, and what the comment before it says."""

    file: str
    line: int
    language: str
    text: str
    comment: str

    @property
    def id(self) -> str:
        """The place of the block."""
        return f"{self.file}:{self.line}"


def blocks_of(file: str, text: str) -> list[Block]:
    """Return the fenced blocks of a Markdown text."""
    found: list[Block] = []
    lines = text.splitlines()
    comment, start = "", None
    for number, line in enumerate(lines, start=1):
        if start is not None:
            if line.strip() == "```":
                body = "\n".join(lines[start : number - 1])
                found.append(
                    Block(file=file, line=start, language=lines[start - 1].strip("` "), text=body, comment=comment)
                )
                comment, start = "", None
        elif line.startswith("```"):
            start = number
        elif match := re.fullmatch(r"<!-- (.*) -->", line.strip()):
            comment = match[1]
        elif line.strip():
            comment = ""
    assert start is None, f"{file}:{start}: a block that is not closed"
    return found


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


BLOCKS = [block for name in DOCUMENTS if (ROOT / name).exists() for block in blocks_of(name, read(name))]
RUN = [block for block in BLOCKS if block.comment.split(":")[0] == "run"]
SOURCES = [block for block in BLOCKS if block.comment.startswith("source: ")]
EXCERPTS = [block for block in BLOCKS if block.comment.startswith("case: ")]


def tracked_files() -> list[Path]:
    """Return the files that git tracks or would track."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if listing.returncode != 0:
        pytest.skip("this is no git checkout")
    return sorted({ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that shows the checkout by links, so that what a block writes stays out of it."""
    here = tmp_path / "checkout"
    here.mkdir()
    for entry in ROOT.iterdir():
        if entry.name not in ("out", ".git") and not entry.name.startswith(".venv"):
            (here / entry.name).symlink_to(entry)
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, start in (
        ("gradconf", "-m conformance "),
        ("pytest", "-m pytest -p conformance.pytest_plugin "),  # as its entry point does where the suite is installed
        ("python", ""),
    ):
        script = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {start}"$@"\n'
        (commands / name).write_text(script, encoding="utf-8")
        (commands / name).chmod(0o755)
    return here


def seen(command: list[str], folder: Path) -> str:
    """Return what a command prints, standard error included."""
    path = os.pathsep.join((str(folder.parent / "bin"), os.environ.get("PATH", os.defpath)))
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": OURS, "COLUMNS": "160", "NO_COLOR": "1"},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert ended.returncode == 0, f"{shlex.join(command)} ended {ended.returncode}\n{ended.stdout}"
    return ended.stdout


def first_missing(promised: list[str], output: str) -> str | None:
    """Return the first promised line that does not come in the output, in order; ``…`` stands for any lines."""
    got = [line.rstrip() for line in output.splitlines()]
    at, free = 0, True
    for line in (line.rstrip() for line in promised):
        if line.strip() == "…":
            free = True
            continue
        if line in got[at:] if free else got[at : at + 1] == [line]:
            at = got.index(line, at) + 1
        else:
            return line
        free = False
    return None


@pytest.mark.parametrize("block", RUN, ids=lambda block: block.id)
def test_a_block_that_is_marked_runs(block: Block, folder: Path) -> None:
    for framework in block.comment.partition(":")[2].split():
        if importlib.util.find_spec(framework) is None:
            pytest.skip(f"{framework} is not installed: {block.id} was not run")
    if block.language == "python":
        seen([sys.executable, "-c", block.text], folder)
        return
    assert block.language == "console", f"{block.id}: only console and python blocks can be run"
    commands: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        else:
            assert commands, f"{block.id}: output before the first command"
            commands[-1][1].append(line)
    for command, promised in commands:
        output = seen(["sh", "-c", command], folder)
        missing = first_missing(promised, output)
        assert missing is None, f"{block.id}: `{command}` does not print {missing!r}; it prints\n{output}"


@pytest.mark.parametrize(
    ("promised", "missing"),
    [
        (["a", "b"], None),
        (["b", "c"], None),
        (["a", "c"], "c"),
        (["a", "…", "c"], None),
        (["c", "…", "a"], "a"),
        (["d"], "d"),
    ],
)
def test_output_is_held_against_what_a_document_promises(promised: list[str], missing: str | None) -> None:
    assert first_missing(promised, "a\nb\nc\n") == missing


def test_blocks_are_read_with_the_comment_before_them() -> None:
    text = "<!-- run -->\n```console\n$ true\n```\nwords\n```python\nx = 1\n```\n"
    found = blocks_of("x.md", text)
    assert [(b.line, b.language, b.text, b.comment) for b in found] == [
        (2, "console", "$ true", "run"),
        (6, "python", "x = 1", ""),
    ]


def test_the_readme_has_blocks_that_run() -> None:
    assert [block for block in RUN if block.file == "README.md"]


@pytest.mark.parametrize("block", SOURCES, ids=lambda block: block.id)
def test_a_native_source_in_a_document_is_what_is_executed(block: Block) -> None:
    from conformance.load import load_cases
    from conformance.plan import Target, cell_of, expand

    case, framework = block.comment.removeprefix("source: ").split()
    (loaded,) = (loaded for loaded in load_cases() if loaded.full_id == case)
    cell = cell_of(expand(loaded)[0], Target(framework=framework))
    assert cell.native is not None
    assert block.text.strip() == cell.native.text.strip()


@pytest.mark.parametrize("block", EXCERPTS, ids=lambda block: block.id)
def test_a_case_in_a_document_is_a_part_of_its_file(block: Block) -> None:
    file = block.comment.removeprefix("case: ")
    assert block.text in read(file), f"{block.id}: {file} reads differently now"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_in_a_document_exist(name: str) -> None:
    text = read(name)
    tops = "conformance|adapters|cases|reports|tests|\\.ci|\\.github"
    paths = re.findall(rf"`((?:{tops})/[\w./-]*)`", text)
    names = set(re.findall(r"`(Makefile|\w+\.(?:py|toml|txt|md|yaml))`", text)) - PRODUCED
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    base = (ROOT / name).parent
    placeholder = re.compile(r"NAME|AREA|TOPIC")
    missing = [path for path in paths if not placeholder.search(path) and not (ROOT / path).exists()]
    missing += sorted(names - {file.name for file in tracked_files()})
    missing += [link for link in links if link and not (base / link).exists()]
    assert not missing, f"{name} speaks of what is not there: {', '.join(missing)}"


def first_column(text: str, heading: str) -> list[str]:
    """Return the code words in the first column of the table that stands under a heading."""
    section = re.split(r"^#+ ", text.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE)


def test_the_readme_lists_every_verdict() -> None:
    from conformance.results import VERDICTS

    assert first_column(read("README.md"), "Verdicts") == list(VERDICTS)


def test_the_readme_lists_every_command() -> None:
    from conformance.cli import COMMANDS

    assert sorted(first_column(read("README.md"), "Commands")) == sorted(COMMANDS)


def test_the_documents_name_every_make_target() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", read("Makefile"), flags=re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", read("README.md") + read("CONTRIBUTING.md")))
    assert targets - {"help", "setup", "clean"} <= named
    assert not set(re.findall(r"`make ([a-z]+)`", read("README.md") + read("CONTRIBUTING.md"))) - targets


# Written so that this file does not name one itself.
MACHINE = re.compile(r"(?<![\w.~-])/(?:home|root|Users|work|opt)/\w|/tmp/[w]/|\.\./[s]hared/")
REGISTRY = re.compile(r"\b(?:pypi\.[o]rg|python[h]osted\.org|registry\.npmjs|download\.py[t]orch|deb\.[d]ebian)")


def test_pictures_are_kept_where_the_readme_shows_them() -> None:
    pictures = {file.parent.relative_to(ROOT).as_posix() for file in tracked_files() if file.suffix == ".png"}
    assert pictures == {"reports/screenshots"}


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    wrong: list[str] = []
    for file in tracked_files():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            wrong += [
                f"{file.relative_to(ROOT)}:{number}: {match[0]}"
                for pattern in (MACHINE, REGISTRY)
                if (match := pattern.search(line))
            ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("line", ["see /" + "root/x", "(/" + "home/me)", "pip install -i https://pypi." + "org/simple"])
def test_a_machine_or_registry_would_be_found(line: str) -> None:
    assert MACHINE.search(line) or REGISTRY.search(line)


@pytest.mark.parametrize("line", ["https://example.org/root/x", "conformance/work/x", "a/home/b"])
def test_an_address_is_no_machine(line: str) -> None:
    assert not MACHINE.search(line)
