"""The wheel: its top-level names, the data inside, its entry points, and that it runs from any folder."""

from __future__ import annotations

import configparser
import email
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]

PACKAGES = {
    "conformance": ROOT / "conformance",
    "conformance_jax": ROOT / "adapters/conformance_jax",
    "conformance_reference": ROOT / "adapters/conformance_reference",
    "conformance_reports": ROOT / "reports/conformance_reports",
    "conformance_tensorflow": ROOT / "adapters/conformance_tensorflow",
    "conformance_torch": ROOT / "adapters/conformance_torch",
}


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Return what a command prints; fail with all of it where it does not end 0."""
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    ended = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**clean, **environment},
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert ended.returncode == 0, f"{command} ended {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """The parsed pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A standard wheel, built from a source distribution of this checkout, which is so held to be complete."""
    for needed in ("build", "hatchling"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed; `pip install -e '.[dev]'` brings it")
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    """The names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def data_files(folder: Path) -> list[Path]:
    """Return all files of a folder but compiled ones."""
    return sorted(file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)


@pytest.mark.slow
def test_the_top_level_names_are_exactly_ours(names: list[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    info = {top for top in tops if top.endswith(".dist-info")}
    assert tops - info == set(PACKAGES)
    assert len(info) == 1
    assert info.pop().startswith("gradient_conformance-")


@pytest.mark.slow
@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_every_file_of_a_package_is_inside(package: str, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist() if name.startswith(f"{package}/")}
    folder = PACKAGES[package]
    expected = {f"{package}/{file.relative_to(folder).as_posix()}": file.read_bytes() for file in data_files(folder)}
    if package == "conformance":
        cases = ROOT / "cases"
        expected |= {
            f"conformance/cases/{file.relative_to(cases).as_posix()}": file.read_bytes() for file in data_files(cases)
        }
    assert set(inside) == set(expected)
    assert not [name for name in expected if inside[name] != expected[name]]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        r"conformance/py\.typed",
        r"conformance/results\.schema\.json",
        r"conformance/cases/\w+/[\w-]+\.yaml",
        r"conformance/cases/catalogue/[\w-]+\.yaml",
        r"conformance_reports/templates/[\w./-]+",
        r"conformance_reports/assets/[\w./-]+",
    ],
)
def test_what_is_read_at_run_time_is_inside(name: str, names: list[str]) -> None:
    assert [inside for inside in names if re.fullmatch(name, inside)], f"nothing in the wheel is named like {name}"


def test_the_packages_are_the_folders_that_are_there(project: dict[str, Any]) -> None:
    listed = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    there = {"conformance"} | {
        str(file.parent.relative_to(ROOT))
        for root in ("adapters", "reports")
        for file in (ROOT / root).glob("*/__init__.py")
    }
    assert listed == there
    assert listed == {str(folder.relative_to(ROOT)) for folder in PACKAGES.values()}


@pytest.mark.slow
def test_the_entry_points_lead_to_what_is_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (listing,) = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
        points = configparser.ConfigParser(delimiters="=")
        points.read_string(archive.read(listing).decode())
    assert dict(points["console_scripts"]) == {"gradconf": "conformance.cli:main"}
    assert dict(points["pytest11"]) == {"conformance.pytest_plugin": "conformance.pytest_plugin"}
    for group in points.sections():
        for target in points[group].values():
            assert target.partition(":")[0].replace(".", "/") + ".py" in names


@pytest.mark.slow
def test_nothing_that_users_bring_has_an_upper_bound(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (listing,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(listing))
    needs = metadata.get_all("Requires-Dist", [])
    assert {"tensorflow", "torch", "jax", "all", "dev"} <= set(metadata.get_all("Provides-Extra", []))
    assert not [need for need in needs if re.search(r"<|==|~=", need.partition(";")[0])]
    assert metadata["License-Expression"] == "Apache-2.0"


@pytest.mark.slow
def test_the_installed_wheel_runs_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    if importlib.util.find_spec("pip") is None:
        pytest.skip("pip is not installed in this environment")
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    python = environment / "bin/python"
    if not python.exists():
        pytest.skip("an environment of this platform has no bin/python")
    install = (sys.executable, "-m", "pip", "--python", python, "install", "-qq", "--no-deps", "--no-index")
    run(*install, wheel, cwd=tmp_path)
    libraries = Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))
    (libraries / "outside.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")  # only its packages
    away = tmp_path / "away"
    away.mkdir()

    where = run(python, "-P", "-c", "import conformance; print(conformance.__file__)", cwd=away)
    assert Path(where.strip()).is_relative_to(environment), "the wheel is not what runs"

    gradconf = environment / "bin/gradconf"
    assert shutil.which("gradconf", path=str(environment / "bin"))
    listed = run(gradconf, "list", cwd=away, COLUMNS="400")
    assert "watching/constant-needs-watch" in listed
    assert not list(away.iterdir()), "listing wrote something into the current folder"

    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed: the wheel was not run on it")
    selection = ("-f", "torch", "--mode", "eager", "-k", "constant-needs-watch")
    run(gradconf, "run", *selection, "--output", "seen", cwd=away)
    for name in ("results.jsonl", "report.html", "junit.xml", "summary.md"):
        assert (away / "seen" / name).stat().st_size > 0
