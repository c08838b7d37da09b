"""The direction of imports: which layer may use which, read with ``ast`` and seen in a fresh interpreter.

records ← parsing ← lowering ← planning, judging ← running ← front ends. Adapters use records, the language and
lowering; reports use the records of the results. What a worker loads needs the standard library, NumPy and its own
framework.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# The modules of `conformance` by layer; a trailing dot stands for a whole package.
LAYERS: dict[str, tuple[str, ...]] = {
    "records": (
        "adapter", "case", "consistency_checks", "errors", "expectation", "formats", "frozen_point", "lowering.native",
        "observation", "operations", "operations_table", "planted", "points", "points.", "protocol", "results",
    ),
    "parsing": (
        "axes", "bundled", "case_check", "catalogue", "data", "derivatives", "documented", "known_failures", "lint",
        "load", "product_sets", "program", "refusal", "registry", "remembered", "schema", "words", "yaml_nodes",
    ),
    "lowering": ("lowering", "lowering."),
    "judging": ("comparison", "consistency_judge", "derivative_judge", "elements", "judge", "tolerance", "wording"),
    "planning": ("frozen", "plan"),
    "worker": ("bare_interpreter", "worker"),
    "running": (
        "agreement", "cell_record", "confirmation", "findings", "findings_text", "freezing", "known_text",
        "known_update", "lanes", "mutants", "oracle", "pool", "runner", "session", "worker_process",
    ),
    "front": (
        "__main__", "api", "bench", "bench_derivatives", "cli", "commands", "commands.", "pytest_items",
        "pytest_plugin", "pytest_schedule", "pytest_session", "standalone", "steady",
    ),
}  # fmt: skip

MAY_IMPORT: dict[str, frozenset[str]] = {
    "records": frozenset(),
    "parsing": frozenset({"records"}),
    "lowering": frozenset({"records", "parsing"}),
    "judging": frozenset({"records"}),
    "adapters": frozenset({"records", "parsing", "lowering"}),
    "planning": frozenset({"records", "parsing", "lowering"}),
    "worker": frozenset(),
    "running": frozenset({"records", "parsing", "lowering", "judging", "planning"}),
    "reports": frozenset({"records"}),
    "front": frozenset({"records", "parsing", "lowering", "judging", "planning", "running", "reports"}),
}

ALL_NAMED = {name for names in LAYERS.values() for name in names}

EXCEPTIONS = {
    # a results file is validated when it is read, and the validator is imported only then
    ("conformance.results", "conformance.schema"),
}

FRAMEWORKS = {"tensorflow", "keras", "torch", "jax", "jaxlib"}
RUNTIME_NEEDS = {
    "conformance_tensorflow": {"tensorflow", "ml_dtypes"},  # ml_dtypes comes with TensorFlow and JAX: bfloat16 in NumPy
    "conformance_torch": {"torch"},
    "conformance_jax": {"jax", "jaxlib", "ml_dtypes"},
    "conformance_reference": {"mpmath", "conformance_reference"},  # the reference is its own framework
}


def source_roots() -> Iterator[tuple[Path, Path]]:
    """Yield every package folder of ours with the root that its import name starts at."""
    yield ROOT, ROOT / "conformance"
    for root in (ROOT / "adapters", ROOT / "reports"):
        for folder in sorted(root.iterdir()):
            if folder.is_dir() and folder.name.startswith("conformance_"):
                yield root, folder


def module_files() -> dict[str, Path]:
    """Return every module of ours by its import name."""
    found: dict[str, Path] = {}
    for root, folder in source_roots():
        for file in sorted(folder.rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


MODULES = module_files()


def layer_of(module: str) -> str:
    """Return the layer of a module of ours; raise ``LookupError`` for one that the table does not place."""
    package, _, inner = module.partition(".")
    if package == "conformance_reports":
        return "reports"
    if package != "conformance":
        return "worker" if inner == "runtime" else "adapters"
    for layer, names in LAYERS.items():
        if inner in names or any(
            name.endswith(".") and inner.startswith(name) for name in names if inner not in ALL_NAMED
        ):
            return layer
    raise LookupError(f"{module} is in no layer; name it in LAYERS of {Path(__file__).name}")


def imports_of(module: str, text: str, *, is_package: bool) -> Iterator[tuple[str, int]]:
    """Yield the imported module names with their lines; imports for type checkers alone are left out."""
    tree = ast.parse(text)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).removeprefix("typing.") == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")[: len(module.split(".")) - node.level + is_package]
                base = ".".join([*parents, base] if base else parents)
            for alias in node.names:
                inner_module = f"{base}.{alias.name}"
                yield (inner_module if inner_module in MODULES else base), node.lineno


def imported(module: str) -> list[tuple[str, int]]:
    """Return what a module of ours imports."""
    file = MODULES[module]
    return list(imports_of(module, file.read_text(encoding="utf-8"), is_package=file.name == "__init__.py"))


def is_ours(module: str) -> bool:
    """Tell whether a module is of this suite."""
    return module.partition(".")[0].startswith("conformance")


INNER = sorted(module for module in MODULES if module != "conformance")


@pytest.mark.parametrize("module", INNER)
def test_a_module_imports_only_layers_below_its_own(module: str) -> None:
    layer = layer_of(module)
    own = RUNTIME_NEEDS[module.partition(".")[0]] if module.endswith(".runtime") else set()
    allowed = MAY_IMPORT[layer] | {layer}
    wrong = [
        f"{MODULES[module].relative_to(ROOT)}:{line}: {module} ({layer}) imports {name} ({layer_of(name)}); "
        f"allowed: {', '.join(sorted(allowed))}"
        for name, line in imported(module)
        if is_ours(name)
        and name != "conformance"
        and name.partition(".")[0] not in own
        and layer_of(name) not in allowed
        and (module, name) not in EXCEPTIONS
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("module", sorted(m for m in MODULES if not m.endswith(".runtime")))
def test_no_module_outside_a_worker_imports_a_framework(module: str) -> None:
    wrong = [
        f"{MODULES[module].name}:{line}: {name}"
        for name, line in imported(module)
        if name.partition(".")[0] in FRAMEWORKS
    ]
    assert not wrong, f"{module} imports a framework, which only a runtime may do: {'; '.join(wrong)}"


@pytest.mark.parametrize("module", sorted(m for m in INNER if m == "conformance.worker" or m.endswith(".runtime")))
def test_what_a_worker_loads_needs_only_numpy_and_its_own_framework(module: str) -> None:
    allowed = sys.stdlib_module_names | {"numpy"} | RUNTIME_NEEDS.get(module.partition(".")[0], set())
    wrong = [f"line {line}: {name}" for name, line in imported(module) if name.partition(".")[0] not in allowed]
    assert not wrong, f"{module} runs inside a worker and imports {'; '.join(wrong)}"


@pytest.mark.parametrize("module", sorted(m for m in MODULES if m != "conformance.registry"))
def test_only_the_registry_names_an_adapter(module: str) -> None:
    package = module.partition(".")[0]
    adapters = {name for name in RUNTIME_NEEDS if name != package}
    wrong = [f"line {line}: {name}" for name, line in imported(module) if name.partition(".")[0] in adapters]
    assert not wrong, f"{module} imports an adapter by name, which only conformance.registry does: {'; '.join(wrong)}"


def test_every_adapter_has_the_same_files() -> None:
    wrong = [
        f"{package} has no {name}.py"
        for package in RUNTIME_NEEDS
        for name in ("spellings", "lower", "runtime")
        if f"{package}.{name}" not in MODULES
    ]
    assert not wrong, "; ".join(wrong)


def test_the_table_names_no_module_that_is_gone() -> None:
    gone = {name for name in ALL_NAMED if not name.endswith(".") and f"conformance.{name}" not in MODULES}
    assert not gone


def test_every_adapter_is_known_to_this_table() -> None:
    adapters = {m for m in MODULES if m.startswith("conformance_") and "." not in m and m != "conformance_reports"}
    assert adapters == set(RUNTIME_NEEDS), "say in RUNTIME_NEEDS what the runtime of each adapter may import"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import torch", ["torch"]),
        ("def f():\n    from jax import numpy", ["jax"]),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch", ["typing"]),
        ("from . import errors", ["conformance.errors"]),
        ("from .errors import CaseError", ["conformance.errors"]),
        ("from ..errors import CaseError", ["errors"]),
    ],
)
def test_imports_are_found_wherever_they_stand(text: str, found: list[str]) -> None:
    assert [name for name, _ in imports_of("conformance.case", text, is_package=False)] == found


@pytest.mark.parametrize(
    "module",
    ["cli", "load", "plan", "registry", "judge", "runner", "pytest_plugin", "api", "catalogue", "results"],
)
def test_importing_a_module_of_the_core_imports_no_framework(module: str) -> None:
    name = f"conformance.{module}"
    if importlib.util.find_spec(name) is None:
        pytest.fail(f"there is no {name}; this list of modules is out of date")
    seen = subprocess.run(
        [sys.executable, "-c", f"import sys, {name}; print(*sorted(sys.modules))"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in (".", "adapters", "reports"))},
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert seen.returncode == 0, seen.stderr
    assert not FRAMEWORKS & set(seen.stdout.split())
