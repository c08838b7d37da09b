"""The plugin inside a pytest of its own: items, outcomes, results under xdist, and no trace where no cases are."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from stub_pool import CASES, INSTALLED, VERDICTS

from conformance import lint, pytest_plugin
from conformance.results import read_results

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent

# one item a cell; the comparison of the frameworks is no item
OUTCOMES = {"passed": 6, "failed": 7, "skipped": 1, "xfailed": 1}


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with a case file, and the plugin with its pool of stubs on the path."""
    roots = [ROOT, ROOT / "adapters", ROOT / "reports", HERE]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, roots)))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    folder = pytester.mkdir("stub")
    (folder / "square.yaml").write_text(CASES, encoding="utf-8")
    return pytester


def run(project: pytest.Pytester, *words: str) -> pytest.RunResult:
    plugins = ("-p", "stub_pool", "-p", "conformance.pytest_plugin", "-p", "no:cacheprovider")
    return project.runpytest_subprocess(*plugins, *words, timeout=120)


def test_the_header_is_that_of_the_loader() -> None:
    assert pytest_plugin.HEADER_START == lint.EDITOR_HEADER
    assert pytest_plugin.HEADER_END == lint.SCHEMA_NAME


def test_items_are_named_by_file_variant_and_target(project: pytest.Pytester) -> None:
    seen = run(project, "stub", "--collect-only", "-q").stdout.str()
    cells = [cell for cell in VERDICTS if not cell.endswith("@agreement")]
    named = {f"stub/square.yaml::{c.removeprefix('stub/').replace('@', '[')}]" for c in cells}
    assert {line for line in seen.splitlines() if "::" in line} == named


def test_verdicts_become_outcomes(project: pytest.Pytester) -> None:
    result = run(project, "stub", "-rs")
    result.assert_outcomes(**OUTCOMES)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*unsupported: there is no such thing*"])


def test_a_failure_shows_what_a_reader_needs_and_no_traceback_of_ours(project: pytest.Pytester) -> None:
    seen = run(project, "stub", "--framework", "torch", "--mode", "eager", "-k", "wrong").stdout.str()
    for part in (
        "stub/wrong@torch-cpu-eager: contradicts",
        "expected  7",
        "observed  6",
        "torch.autograd.grad",
        "gradconf repro stub/wrong -f torch --path",
    ):
        assert part in seen
    assert "pytest_items.py" not in seen
    assert re.search(r"[\d.e+]+ times the bound", seen)


def test_the_results_are_those_of_the_command_line(project: pytest.Pytester) -> None:
    run(project, "stub", "--conformance-report", "out")
    by_pytest = read_results(project.path / "out" / "results.jsonl")
    script = "import stub_pool; stub_pool.pytest_configure(); from conformance.cli import main; main()"
    assert project.run(sys.executable, "-c", script, "run", "stub", "--output", "command").ret == 1
    by_command = read_results(project.path / "command" / "results.jsonl")
    assert {cell.cell: cell for cell in by_pytest.cells} == {cell.cell: cell for cell in by_command.cells}
    assert {cell.cell: cell.verdict for cell in by_pytest.cells} == VERDICTS
    assert by_pytest.cases == by_command.cases
    assert by_pytest.statements == by_command.statements
    assert by_pytest.header.cases_sha256 == by_command.header.cases_sha256
    assert by_pytest.header.targets == by_command.header.targets
    assert by_pytest.complete
    assert {file.name for file in (project.path / "out").iterdir()} == {
        "results.jsonl",
        "report.html",
        "junit.xml",
        "summary.md",
    }


def test_under_xdist_frameworks_stay_together_and_results_are_one_file(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    runs, discoveries = project.path / "runs", project.path / "discoveries"
    monkeypatch.setenv("STUB_RUNS", str(runs))
    monkeypatch.setenv("STUB_DISCOVERIES", str(discoveries))
    result = run(project, "stub", "-p", "xdist", "-n", "3", "--conformance-report", "out")
    result.assert_outcomes(**OUTCOMES)
    assert {cell.cell: cell.verdict for cell in read_results(project.path / "out" / "results.jsonl").cells} == VERDICTS
    assert read_results(project.path / "out" / "results.jsonl").complete
    processes: dict[str, set[str]] = {}
    for line in runs.read_text(encoding="utf-8").splitlines():
        process, cell = line.split()
        processes.setdefault(cell.rpartition("@")[2].partition("-")[0], set()).add(process)
    assert {framework: len(found) for framework, found in processes.items()} == dict.fromkeys(INSTALLED, 1)
    assert len(discoveries.read_text(encoding="utf-8").splitlines()) == 1


def test_a_way_to_distribute_that_was_chosen_is_left_alone(project: pytest.Pytester) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    result = run(project, "stub", "-p", "xdist", "-n", "2", "--dist", "worksteal")
    result.assert_outcomes(**OUTCOMES)


@pytest.mark.parametrize(
    ("node_id", "group"),
    [
        ("cases/a/b.yaml::c[torch-cpu-eager]", "conformance-torch"),
        ("cases/a/b.yml::c[dtype=float16][jax-gpu-compiled]", "conformance-jax"),
        ("cases/a/b.yaml::c[x=[1,2]][my_own-cpu-eager]@my_own", "conformance-my_own"),
        ("tests/test_a.py::test_b[torch-cpu-eager]", "tests/test_a.py::test_b[torch-cpu-eager]"),
        ("tests/test_a.py::test_b@mine", "mine"),
        ("tests/test_a.py::test_b[a@b]", "tests/test_a.py::test_b[a@b]"),
    ],
)
def test_the_group_of_an_item(node_id: str, group: str) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    from conformance.pytest_schedule import group_of

    assert group_of(node_id) == group


def test_junit_has_the_verdict_as_a_property(project: pytest.Pytester) -> None:
    run(project, "stub", "--junitxml", "junit.xml", "--framework", "torch", "--mode", "eager", "-k", "wrong")
    (case,) = ElementTree.parse(project.path / "junit.xml").iter("testcase")
    found = {p.get("name"): p.get("value") for p in case.iter("property")}
    assert (found["verdict"], found["framework"], found["version"]) == ("contradicts", "torch", "9.9")
    assert float(found["margin"] or "0") > 1


def test_a_framework_that_is_missing_is_named_and_fails_only_where_it_was_asked_for(project: pytest.Pytester) -> None:
    unasked = run(project, "stub", "-k", "right")
    unasked.assert_outcomes(passed=4, deselected=11)
    unasked.stdout.fnmatch_lines(["TensorFlow was not run: tensorflow is not installed for cpu"])
    asked = run(project, "stub", "-k", "right", "--framework", "tensorflow,torch", "--mode", "eager")
    asked.assert_outcomes(passed=1, failed=1, deselected=9)


def test_frameworks_that_do_not_agree_fail_the_session(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = CASES.replace("expect: {dy_dx: 6.0}", "expect: {dy_dx: undocumented}")
    (project.path / "stub" / "square.yaml").write_text(text, encoding="utf-8")
    agreeing = run(project, "stub", "-k", "right")
    agreeing.assert_outcomes(passed=4, deselected=11)
    assert agreeing.ret == pytest.ExitCode.OK
    monkeypatch.setenv("STUB_JAX", "7")  # one apart, where half is allowed
    disagreeing = run(project, "stub", "-k", "right")
    disagreeing.assert_outcomes(passed=4, deselected=11)
    assert disagreeing.ret == pytest.ExitCode.TESTS_FAILED
    disagreeing.stdout.fnmatch_lines(["contradicts stub/right@agreement: *"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--framework", "toch"], "did you mean 'torch'?"),
        (["--mode", "compild"], "did you mean 'compiled'?"),
        (["--conformance-timeout", "-1"], "it takes seconds above 0"),
    ],
)
def test_options_that_make_no_sense(project: pytest.Pytester, words: list[str], said: str) -> None:
    result = run(project, "stub", *words)
    assert said in result.stdout.str() + result.stderr.str()
    assert result.ret != pytest.ExitCode.OK


def test_an_invalid_case_file_is_an_error_with_its_place(project: pytest.Pytester) -> None:
    (project.path / "stub" / "square.yaml").write_text(CASES.replace("title:", "titel:", 1), encoding="utf-8")
    result = run(project, "stub")
    result.assert_outcomes(errors=1)
    assert "stub/square.yaml:5:5" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


def test_the_help_groups_the_options(project: pytest.Pytester) -> None:
    shown = run(project, "--help").stdout.str()
    group = shown[shown.index("gradient conformance cases") :]
    for option in ("--conformance-report", "--conformance-timeout", "--framework", "--device", "--mode"):
        assert option in group


# where there are no cases


ORDINARY = """
import sys
def test_ordinary():
    assert not [m for m in sys.modules if m.startswith("conformance") and m not in
                ("conformance", "conformance.pytest_plugin")]
    assert "pydantic" not in sys.modules
"""


def test_an_ordinary_session_imports_nothing_of_ours(project: pytest.Pytester) -> None:
    project.makepyfile(test_ordinary=ORDINARY)
    (project.path / "stub" / "square.yaml").write_text("a: 1\n", encoding="utf-8")
    result = project.runpytest_subprocess("-p", "conformance.pytest_plugin", "--strict-markers", ".", timeout=60)
    result.assert_outcomes(passed=1)
    assert "gradient conformance" not in result.stdout.str()


def test_options_of_a_project_go_before_our_short_ones(project: pytest.Pytester) -> None:
    project.makeconftest(
        """
        import pytest
        def pytest_addoption(parser):
            parser.addoption("--device", default="theirs")
        @pytest.fixture
        def device(request):
            return request.config.getoption("--device")
        """
    )
    project.makepyfile(test_theirs="def test_theirs(device): assert device == 'tpu'\n")
    result = project.runpytest_subprocess(
        "-p", "conformance.pytest_plugin", "--device", "tpu", "test_theirs.py", timeout=60
    )
    result.assert_outcomes(passed=1)
    again = run(project, "stub", "--conformance-device", "cpu", "-k", "right", "--mode", "eager")
    again.assert_outcomes(passed=2, deselected=9)


def test_a_catalogue_and_a_foreign_file_are_not_collected(tmp_path: Path) -> None:
    header = f"{lint.EDITOR_HEADER}../{lint.SCHEMA_NAME}\n"
    for name in ("catalogue/torch.yaml", "area/case.yaml", "area/case.json", "area/bare.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("" if "bare" in name else header, encoding="utf-8")
    found = [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*") if pytest_plugin.is_case_file(p)]
    assert found == ["area/case.yaml"]


def test_what_travels_from_a_worker_is_json(project: pytest.Pytester) -> None:
    """A report of xdist carries plain values only: the message is one string, and it reads back."""
    project.makeconftest(
        """
        import json
        def pytest_runtest_logreport(report):
            if hasattr(report, "conformance"):
                with open("messages", "a") as stream:
                    stream.write(json.dumps(report.conformance) + "\\n")
        """
    )
    run(project, "stub", "-k", "right", "--framework", "torch")
    lines = (project.path / "messages").read_text(encoding="utf-8").splitlines()
    messages = [json.loads(json.loads(line)) for line in lines]
    assert [message["cell"]["cell"] for message in messages] == [
        "stub/right@torch-cpu-eager",
        "stub/right@torch-cpu-compiled",
    ]
    assert ["targets" in message for message in messages] == [True, False]
