"""Every case on every framework that is there is as documented."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from conformance.registry import adapter, adapter_names
from conformance.results import CellRecord, exit_code, read_results

ROOT = Path(__file__).resolve().parents[2]
FRAMEWORKS = [name for name in adapter_names() if find_spec(adapter(name).profile.module)]


def test_every_cell_is_as_documented(tmp_path: Path) -> None:
    if not FRAMEWORKS:
        pytest.skip("no framework is installed")
    command = [sys.executable, "-m", "conformance", "run", "--output", str(tmp_path), "--quiet"]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=1500, check=False)
    results = read_results(tmp_path / "results.jsonl")
    wrong = [f"{cell.verdict} {cell.cell}: {cell.message}" for cell in results.cells if not _fine(cell)]
    assert wrong == []
    assert exit_code(results) == 0
    assert {cell.framework for cell in results.cells} >= set(FRAMEWORKS)


def _fine(cell: CellRecord) -> bool:
    return cell.verdict in ("conforms", "differs", "undocumented", "known", "unsupported") and not cell.stale
