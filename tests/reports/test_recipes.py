"""The recipes of ``reports/README.md``: YAML that is read, commands and options that exist, Python that runs."""

import importlib
import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sample
import yaml

from conformance.cli import COMMANDS
from conformance.results import encode_record

if TYPE_CHECKING:
    import click

README = Path(__file__).resolve().parents[2] / "reports" / "README.md"

BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def commands() -> list[str]:
    lines = "\n".join(text for language, text in BLOCKS if language in ("yaml", "groovy")).splitlines()
    return [line for line in lines if re.search(r"\bgradconf [a-z]", line)]


def test_there_is_a_recipe_for_each() -> None:
    github, gitlab = (yaml.safe_load(text) for text in blocks("yaml"))
    assert set(github["jobs"]) == {"cases", "report"}
    assert gitlab["gradients"]["artifacts"]["reports"]["junit"] == "part-*/junit.xml"
    assert len(commands()) >= 6


@pytest.mark.parametrize("line", commands())
def test_every_command_and_option_exists(line: str) -> None:
    text = re.sub(r"\$\{\{.*?\}\}", "1", line[line.index("gradconf ") :].rstrip("'"))
    words = shlex.split(re.split(r"\|\||>", text)[0])
    assert words[1] in COMMANDS
    command: click.Command = importlib.import_module(f"conformance.commands.{words[1]}").command
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= known


def test_the_reader_of_another_program_accepts_a_results_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    results = sample.sample()
    assert results.footer is not None
    records: tuple[Any, ...] = (results.header, *results.cases, *results.statements, *results.cells, results.footer)
    (tmp_path / "gradconf-out").mkdir()
    (tmp_path / "gradconf-out" / "results.jsonl").write_text("".join(f"{encode_record(r)}\n" for r in records))
    monkeypatch.chdir(tmp_path)
    (reader,) = blocks("python")
    exec(compile(reader, "README.md", "exec"), {})
    wrong = json.dumps({**json.loads(encode_record(results.cells[0])), "verdict": "perfect"})
    (tmp_path / "gradconf-out" / "results.jsonl").write_text(wrong + "\n")
    with pytest.raises(Exception, match="perfect"):
        exec(compile(reader, "README.md", "exec"), {})
