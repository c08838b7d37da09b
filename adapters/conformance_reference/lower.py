"""What is special about the reference: everything hangs from ``ref``, and every array is exact."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import ClassVar

from conformance.lowering.functional import Functional
from conformance.lowering.statements import parse


class ReferenceLowering(Functional):
    """Lowers programs to the reference."""

    imports: ClassVar[Mapping[str, str]] = {
        "math": "import math",
        "np": "import numpy as np",
        "ref": "import conformance_reference as ref",
    }
    native_roots = ("ref",)
    dtype_root = "ref"
    compile_decorator = ""
    root = "ref"
    zeros_like: ClassVar[str] = "ref.zeros_like"
    stop: ClassVar[str] = "ref.stop_gradient"
    no_tape: ClassVar[str] = "the reference differentiates functions and has no tape object"
    diagonal_of_batch: ClassVar[str] = "ref.batch_diagonal({rows})"

    def jacobian_of(self, mode: str) -> str:
        """Return the one Jacobian that there is: differences know no mode."""
        del mode
        return "ref.jacobian"

    def nan_checks(self, node: ast.With, keep: frozenset[str]) -> None:
        """Write the block as it is."""
        self.block(node.body, keep)

    def transform(self, word: str, given: Mapping[str, ast.expr], node: ast.Call) -> ast.expr:
        """Return the reference's transformation; compiling changes nothing in mathematics."""
        return self.expr(given["f"]) if word == "jit" else super().transform(word, given, node)

    def redefine(self, name: str, decorator: str) -> None:
        """Write ``f = ref.checkpoint(f)``, and nothing for a compiled function."""
        if decorator != "jit":
            super().redefine(name, decorator)

    def structured(self, word: str, native: Mapping[str, ast.expr]) -> ast.expr:
        """Return the reference's function of the same name."""
        return ast.Call(parse(f"ref.{word}"), list(native.values()), [])

    def variable(self, value: ast.expr, dtype: ast.expr | None, trainable: ast.expr | None) -> ast.expr:
        """Return an array of exact numbers."""
        del trainable
        return self.constant(value, dtype)

    def constant(self, value: ast.expr, dtype: ast.expr | None) -> ast.expr:
        """Return an array of exact numbers."""
        keywords = [] if dtype is None else [ast.keyword("dtype", dtype)]
        return ast.Call(parse("ref.asarray"), [value], keywords)
