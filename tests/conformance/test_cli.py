"""The commands: what they print, write and end with; the frameworks are stubs, and the light commands import none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stub_pool import CASES, VERDICTS, StubPool

import conformance
import conformance.pool
from conformance import cli
from conformance.bundled import cases_root
from conformance.derivatives import CONSISTENCY, WAYS
from conformance.errors import UsageError
from conformance.load import load_cases
from conformance.results import read_results
from conformance.session import write_results

ROOT = Path(__file__).resolve().parents[2]
Gradconf = Callable[..., int]


@pytest.fixture
def gradconf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gradconf:
    """Run the command line in this process, with a pool of stubs, beside a case file; return its exit code."""
    (tmp_path / "stub").mkdir()
    (tmp_path / "stub" / "square.yaml").write_text(CASES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(conformance.pool, "Pool", StubPool)

    def call(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["gradconf", *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert isinstance(end.value.code, int)
        return end.value.code

    return call


def python(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    roots = os.pathsep.join(str(ROOT / name) for name in (".", "adapters", "reports"))
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "PYTHONPATH": roots, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# run


def test_run_writes_results_and_reports_and_ends_with_what_it_found(
    gradconf: Gradconf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gradconf("run", "stub", "-f", "torch,jax", "--output", "out") == 1
    results = read_results("out/results.jsonl")
    assert {cell.cell: cell.verdict for cell in results.cells} == VERDICTS
    assert results.complete
    assert [record.id for record in results.statements] == ["tf-watch-constant-is-not-automatic"]
    for name in ("report.html", "junit.xml", "summary.md"):
        assert "stub/wrong" in Path("out", name).read_text(encoding="utf-8")
    shown = capsys.readouterr().out
    assert "gradconf repro stub/wrong -f torch --mode compiled --path stub/square.yaml" in shown
    assert "out/report.html" in shown


def test_run_selects_cases_frameworks_and_modes(gradconf: Gradconf) -> None:
    assert gradconf("run", "stub", "-f", "jax", "--mode", "eager", "-k", "RIGHT or native", "--output", "out") == 0
    assert [cell.cell for cell in read_results("out/results.jsonl").cells] == ["stub/right@jax-cpu-eager"]


def test_shards_together_are_the_whole_run(gradconf: Gradconf, tmp_path: Path) -> None:
    for part in ("1/3", "2/3", "3/3"):
        gradconf("run", "stub", "--shard", part, "--output", f"part-{part[0]}")
    assert gradconf("report", "part-1", "part-2", "part-3/results.jsonl", "--output", "whole") == 1
    assert {cell.cell: cell.verdict for cell in read_results("whole/results.jsonl").cells} == VERDICTS
    assert (tmp_path / "whole" / "report.html").exists()


def test_a_framework_that_is_not_installed_is_named_and_costs_nothing_unless_asked_for(
    gradconf: Gradconf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gradconf("run", "stub", "-k", "right", "--output", "out") == 0
    assert "TensorFlow was not run: tensorflow is not installed for cpu" in capsys.readouterr().out
    assert any(not target.available for target in read_results("out/results.jsonl").header.targets)
    assert gradconf("run", "stub", "-k", "right", "-f", "tensorflow", "--output", "out") == 3
    assert {cell.verdict for cell in read_results("out/results.jsonl").cells} == {"not-run"}


def test_a_device_that_is_not_there_is_never_green(gradconf: Gradconf) -> None:
    assert gradconf("run", "stub", "-k", "right", "--device", "gpu", "--output", "out") == 3
    verdicts = {cell.verdict for cell in read_results("out/results.jsonl").cells if cell.framework != "agreement"}
    assert verdicts == {"not-run"}


def test_native_source_can_be_refused(gradconf: Gradconf) -> None:
    assert gradconf("run", "stub", "-k", "native", "--no-native", "--output", "out") == 3
    (cell,) = read_results("out/results.jsonl").cells
    assert (cell.verdict, "--no-native" in cell.message) == ("not-run", True)


def test_fail_fast_ends_at_the_first_failure_and_says_so(gradconf: Gradconf) -> None:
    assert gradconf("run", "stub", "-f", "torch", "-k", "wrong or crashing", "--fail-fast", "--output", "out") == 1
    results = read_results("out/results.jsonl")
    assert len(results.cells) == 1
    assert not results.complete


def test_resume_runs_only_what_has_no_lasting_result(
    gradconf: Gradconf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gradconf("run", "stub", "--output", "out")
    before = read_results("out/results.jsonl")
    log = tmp_path / "runs"
    monkeypatch.setenv("STUB_RUNS", str(log))
    gradconf("run", "stub", "--output", "out", "--resume")
    ran = {line.split()[1] for line in log.read_text(encoding="utf-8").splitlines()}
    assert ran == {cell for cell, verdict in VERDICTS.items() if verdict == "crashed"}
    after = read_results("out/results.jsonl")
    assert {cell.cell: cell.verdict for cell in after.cells} == {cell.cell: cell.verdict for cell in before.cells}


def test_another_order_gives_the_same_verdicts(gradconf: Gradconf) -> None:
    gradconf("run", "stub", "--output", "out", "--order", "random:7", "-j", "1")
    assert {cell.cell: cell.verdict for cell in read_results("out/results.jsonl").cells} == VERDICTS


def test_an_interrupt_leaves_a_partial_file_and_its_reports(
    gradconf: Gradconf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STUB_FAULT", "interrupt")
    assert gradconf("run", "stub", "-f", "torch", "-j", "1", "--output", "out") == 130
    results = read_results("out/results.jsonl")
    assert results.footer is None
    assert [cell.cell for cell in results.cells][:1] == ["stub/right@torch-cpu-eager"]
    assert "stub/right" in Path("out/report.html").read_text(encoding="utf-8")
    assert "interrupted" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "stub", "-f", "toch"], "did you mean 'torch'?"),
        (["run", "stub", "--mode", "compild"], "did you mean 'compiled'?"),
        (["run", "stub", "--shard", "5/4"], "--shard: '5/4' is no part"),
        (["run", "stub", "--order", "sorted"], "--order: 'sorted' is no order"),
        (["run", "stub", "--area", "stab"], "did you mean 'stub'?"),
        (["run", "stub", "--tag", "nothing"], "there are slow"),
        (["run", "stub", "-k", "no such words"], "nothing is selected"),
        (["run", "nowhere.yaml"], "there is no such file or folder"),
        (["repro", "stub/rihgt", "-f", "torch", "--path", "stub"], "did you mean 'stub/right'?"),
        (["repro", "stub/native", "-f", "jax", "--path", "stub"], "there is none for jax"),
        (["repro", "stub/nowhere", "-f", "torch", "--path", "stub"], "there is no such thing"),
        (["coverage", "stub", "--source", "guide-autodif"], "did you mean 'guide-autodiff'?"),
        (["report", "stub/square.yaml"], "stub/square.yaml:1: not a line of JSON"),
        (["rn"], "did you mean 'run'?"),
    ],
)
def test_what_makes_no_sense_ends_with_2_and_advice(
    gradconf: Gradconf, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert gradconf(*words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_an_invalid_case_is_named_with_its_place(
    gradconf: Gradconf, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "stub" / "square.yaml").write_text(CASES.replace("title:", "titel:", 1), encoding="utf-8")
    assert gradconf("run", "stub") == 2
    assert "stub/square.yaml:5:5" in capsys.readouterr().err
    assert gradconf("check", "stub") == 2
    assert "stub/square.yaml:5:5" in capsys.readouterr().out


# list, show, repro, check, coverage, diff


def test_list_names_the_cases(gradconf: Gradconf, capsys: pytest.CaptureFixture[str]) -> None:
    assert gradconf("list", "stub", "--tag", "slow") == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == ["stub/crashing  The square, with a worker that dies"]
    assert shown.err.strip() == "1 case in 1 area"


def test_list_as_json(gradconf: Gradconf, capsys: pytest.CaptureFixture[str]) -> None:
    assert gradconf("list", "stub", "--json", "-k", "native") == 0
    (case,) = json.loads(capsys.readouterr().out)
    assert (case["case"], case["native"], case["variants"]) == ("stub/native", ["torch"], ["stub/native"])


def test_list_of_operations_says_what_derivative_cases_ask(
    gradconf: Gradconf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gradconf("list", "--operations", str(cases_root() / "derivatives" / "linear-algebra.yaml")) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert any(line[:2] == ["matrix", "14"] and "singular," in line for line in lines)
    assert any(line[:2] == ["special", "0"] and line[3:] == ["as", "unary"] for line in lines)
    standard = [line for line in lines if line[:1] == ["standard"]]
    assert [line[1] for line in standard] == [*(way for way in WAYS if way != CONSISTENCY), "all"]
    assert [sum(int(line[i]) for line in standard[:-1]) for i in (2, 3, 4)] == [int(n) for n in standard[-1][2:]]


def test_list_of_operations_says_who_has_them(gradconf: Gradconf, capsys: pytest.CaptureFixture[str]) -> None:
    assert gradconf("list", "--operations", "--json", "-k", "matmul") == 0
    rows = json.loads(capsys.readouterr().out)
    row = next(row for row in rows if row["operation"] == "matmul(x1, x2)")
    assert set(row["supported"]) == {"tensorflow", "torch", "jax"}


def test_show_has_everything_of_a_case(gradconf: Gradconf, capsys: pytest.CaptureFixture[str]) -> None:
    assert gradconf("show", "known", "--path", "stub") == 0
    shown = capsys.readouterr().out
    for part in (
        "The square, with a known failure",
        "dy_dx = t.gradient(y, x)",
        "dy_dx: 7.0",
        "known failure on torch (bug): it is six",
        "tf-watch-constant-is-not-automatic",
        "import tensorflow as tf",
        "torch.autograd.grad",
        "jax.grad",
    ):
        assert part in shown
    assert "\x1b[" not in shown


def test_show_of_a_derivative_case_has_function_points_and_each_reason_once(
    gradconf: Gradconf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gradconf("show", "derivatives/matrix") == 0
    shown = capsys.readouterr().out
    assert "return $op(x)" in shown
    assert "singular: [[1.0, 2.0], [2.0, 4.0]]: the cofactor is finite" in shown
    (matrix,) = (item for item in load_cases() if item.full_id == "derivatives/matrix")
    reasons = {(known.framework, known.issue, known.because) for known in matrix.case.known}
    assert shown.count("known failure on") == len(reasons) < len(matrix.case.known)


def test_repro_is_the_native_source_and_prints(gradconf: Gradconf, capsys: pytest.CaptureFixture[str]) -> None:
    assert gradconf("repro", "stub/native", "-f", "torch", "--path", "stub") == 0
    script = capsys.readouterr().out
    assert script.startswith("dy_dx = 6.0\n")
    ran = python("-c", script)
    assert (ran.stdout, ran.stderr) == ("dy_dx = 6.0\n", "")


def test_repro_of_an_error_prints_what_was_there_before_it(
    gradconf: Gradconf, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = CASES.replace("dy_dx = 6.0", "dy_dx = 6.0\n        dy_dy = dy_dx / 0.0")
    text = text.replace("{torch: {dy_dx: 6.0}}", "{torch: {dy_dx: 6.0, raises: {type: ZeroDivisionError}}}")
    (tmp_path / "stub" / "square.yaml").write_text(text, encoding="utf-8")
    assert gradconf("repro", "stub/native", "-f", "torch", "--path", "stub") == 0
    ran = python("-c", capsys.readouterr().out)
    assert "dy_dx = 6.0" in ran.stdout
    assert "ZeroDivisionError" in ran.stderr
    assert ran.returncode == 1


def test_repro_to_a_file(gradconf: Gradconf, capsys: pytest.CaptureFixture[str]) -> None:
    assert gradconf("repro", "native", "-f", "torch", "--path", "stub", "--output", "repro.py") == 0
    assert Path("repro.py").read_text(encoding="utf-8").startswith("dy_dx = 6.0\n")
    assert capsys.readouterr().out == ""


def test_check_counts_what_it_lowered(gradconf: Gradconf, capsys: pytest.CaptureFixture[str]) -> None:
    assert gradconf("check", "stub") == 0
    shown = capsys.readouterr().out
    assert "6 cases, 6 variants" in shown
    # right and wrong in two modes, crashing and known in one, native in one; nowhere is unsupported
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "torch 7 cells of native source, 1 unsupported" in lines
    assert "jax 7 cells of native source, 0 unsupported" in lines


def test_coverage_counts_what_ran(gradconf: Gradconf, capsys: pytest.CaptureFixture[str]) -> None:
    gradconf("run", "stub", "--output", "out")
    capsys.readouterr()
    assert gradconf("coverage", "stub", "--results", "out", "--json") == 0
    documents = json.loads(capsys.readouterr().out)
    (covered,) = [document for document in documents if document["covered"]]
    assert covered["covered"] == ["tf-watch-constant-is-not-automatic"]
    assert covered["ran"] == []  # TensorFlow is not there, and it is TensorFlow's statement


def test_diff_of_equal_and_of_changed_results(gradconf: Gradconf, capsys: pytest.CaptureFixture[str]) -> None:
    gradconf("run", "stub", "--output", "a")
    before = read_results("a/results.jsonl")
    cells = [replace(cell, verdict="conforms") if cell.verdict == "crashed" else cell for cell in before.cells]
    after = replace(before, cells=tuple(cells))
    assert after.footer is not None
    write_results(replace(after, footer=replace(after.footer, verdicts=after.verdicts())), Path("b.jsonl"))
    capsys.readouterr()
    assert gradconf("diff", "a", "a") == 0
    assert "No cell changed" in capsys.readouterr().out
    assert gradconf("diff", "a", "b.jsonl", "--markdown") == 0
    assert "stub/crashing" in capsys.readouterr().out
    assert gradconf("diff", "b.jsonl", "a", "--html", "diff.html") == 1
    assert Path("diff.html").exists()


def test_a_results_file_that_was_changed_by_hand_is_refused(
    gradconf: Gradconf, capsys: pytest.CaptureFixture[str]
) -> None:
    gradconf("run", "stub", "--output", "a")
    text = Path("a/results.jsonl").read_text(encoding="utf-8")
    Path("b.jsonl").write_text(text.replace('"verdict": "crashed"', '"verdict": "conforms"'), encoding="utf-8")
    for words in (("diff", "a", "b.jsonl"), ("report", "b.jsonl", "--output", "site")):
        capsys.readouterr()
        assert gradconf(*words) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert "b.jsonl: the footer counts 7 conforms, the file holds 9; it was changed" in shown.err
    assert not Path("site").exists()


def test_report_writes_badges_and_marks_what_changed_since(gradconf: Gradconf) -> None:
    gradconf("run", "stub", "--output", "a")
    code = gradconf("report", "a", "--output", "site", "--badges", "--since", "a", "-q")
    assert code == gradconf("report", "a", "--output", "other", "-q")
    assert {path.name for path in Path("site").iterdir()} == {
        "results.jsonl", "report.html", "junit.xml", "summary.md", "badges"
    }  # fmt: skip
    assert "all.svg" in {path.name for path in Path("site/badges").iterdir()}


def test_doctor_names_what_is_there_and_what_to_install(gradconf: Gradconf, capsys: pytest.CaptureFixture[str]) -> None:
    assert gradconf("doctor") == 0
    shown = capsys.readouterr().out
    assert conformance.__version__ in shown
    assert "9.9 on cpu (stub)" in shown
    assert "gradient-conformance[tensorflow]" in shown


def test_help_shows_every_command_examples_and_exit_codes(
    gradconf: Gradconf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gradconf("--help") == 0
    shown = capsys.readouterr().out
    for word in (*cli.COMMANDS, "Examples:", "Exit codes:"):
        assert word in shown
    for name in cli.COMMANDS:
        assert gradconf(name, "--help") == 0


# in processes of their own


LIGHT = ["list", "show basics/square-at-three", "check", "coverage", "list --operations", "--help"]

SPY = """
import sys
sys.argv = ["gradconf", *{words!r}.split()]
from conformance import cli
try:
    cli.main()
except SystemExit as end:
    code = end.code
loaded = {{"tensorflow", "torch", "jax", "jaxlib", "mpmath", "keras"}} & set(sys.modules)
print("LOADED", sorted(loaded), code)
"""


@pytest.mark.parametrize("words", LIGHT)
def test_light_commands_import_no_framework(words: str) -> None:
    ran = python("-c", SPY.format(words=words))
    assert ran.stdout.splitlines()[-1] == "LOADED [] 0", ran.stdout + ran.stderr


def test_python_m_is_the_same_command() -> None:
    ran = python("-m", "conformance", "--version")
    assert (ran.returncode, ran.stdout.split()[-1]) == (0, conformance.__version__)


def test_a_closed_pipe_is_no_error() -> None:
    roots = os.pathsep.join(str(ROOT / name) for name in (".", "adapters", "reports"))
    ran = subprocess.run(
        f"{sys.executable} -m conformance list | head -n 1",
        shell=True,
        env={**os.environ, "PYTHONPATH": roots},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in ran.stderr
    assert "Exception" not in ran.stderr


def test_importing_the_package_is_cheap() -> None:
    ran = python("-c", "import sys, conformance; print(sorted(m for m in sys.modules if m.startswith('conformance')))")
    assert ran.stdout.strip() == "['conformance']"


# the Python API


def test_the_api_runs_cases(gradconf: Gradconf) -> None:
    cases = conformance.load_cases([Path("stub")])
    results = conformance.run(cases, frameworks=["torch"], modes=["eager"], output="out", pool=pool_of_stubs())
    wanted = {cell: verdict for cell, verdict in VERDICTS.items() if cell.endswith("@torch-cpu-eager")}
    assert {cell.cell: cell.verdict for cell in results.cells} == wanted
    assert conformance.read_results("out/results.jsonl") == results


def test_the_api_takes_a_tier(gradconf: Gradconf) -> None:
    cases = conformance.load_cases([Path("stub")])
    results = conformance.run(cases, frameworks=["torch"], modes=["eager"], tier="standard", pool=pool_of_stubs())
    assert results.header.selection["tier"] == "standard"
    with pytest.raises(UsageError, match="did you mean 'standard'"):
        conformance.run(cases, tier="standart", pool=pool_of_stubs())


def pool_of_stubs() -> Any:
    return StubPool()


def test_the_api_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        conformance.runn  # noqa: B018
