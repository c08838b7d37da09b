"""A run that is killed leaves a results file that can be read, and says that it is not whole."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.results import exit_code, read_results


def test_a_killed_run_leaves_what_it_had(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "conformance", "run", "-f", "torch", "--mode", "eager", "--output", str(out)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    file = out / "results.jsonl"
    try:
        began = time.monotonic()
        while time.monotonic() - began < 240:
            if file.exists() and file.read_bytes().count(b'"record": "cell"') >= 5:
                break
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
    finally:
        running.kill()
        running.wait()
    results = read_results(file)
    assert results.cells
    assert results.footer is None
    assert not results.complete
    assert exit_code(results) in (1, 3)
    report = tmp_path / "report"
    command = [sys.executable, "-m", "conformance", "report", str(file), "--output", str(report)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert made.returncode == exit_code(results), made.stderr
    assert "Incomplete" in made.stdout
    assert "Incomplete" in (report / "report.html").read_text(encoding="utf-8")
