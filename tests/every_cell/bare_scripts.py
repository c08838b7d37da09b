"""Repro scripts into what they show, run by an interpreter that has the framework and nothing of the suite."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from conformance.registry import adapter

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def answers_of(framework: str, jobs: list[dict[str, Any]], folder: Path) -> tuple[int, dict[str, Any], str]:
    """Run scripts in one bare interpreter; return its exit status, what it saw by cell, and its standard error."""
    order = folder / "jobs.json"
    paths = {"runtime": str(adapter(framework).runtime), "worker": str(ROOT / "conformance" / "worker.py")}
    order.write_text(json.dumps({**paths, "scripts": jobs}), encoding="utf-8")
    command = [sys.executable, "-I", str(HERE / "bare_interpreter.py"), str(order)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1500, check=False)
    answers = {answer["cell"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    return done.returncode, answers, done.stderr[-2000:]
