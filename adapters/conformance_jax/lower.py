"""What is special about JAX: how arrays are made, and the line that turns 64-bit types on."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import ClassVar

from conformance.lowering.functional import Functional
from conformance.lowering.statements import parse, with_keywords

_CREATORS = ("jnp.zeros", "jnp.ones", "jnp.full", "jnp.eye", "jnp.linspace")


class JaxLowering(Functional):
    """Lowers programs to JAX.

    Source: https://docs.jax.dev/en/latest/automatic-differentiation.html, seen with JAX 0.10.2.
    """

    imports: ClassVar[Mapping[str, str]] = {
        "functools": "import functools",
        "math": "import math",
        "np": "import numpy as np",
        "jax": "import jax",
        "jnp": "import jax.numpy as jnp",
    }
    native_roots = ("jnp", "jax")
    dtype_root = "jnp"
    compile_decorator = "@jax.jit"
    decorators: ClassVar[Mapping[str, str]] = {"jit": "@jax.jit", "checkpoint": "@jax.checkpoint"}
    root = "jax"
    zeros_like: ClassVar[str] = "jnp.zeros_like"
    stop: ClassVar[str] = "jax.lax.stop_gradient"
    no_tape: ClassVar[str] = "JAX differentiates functions and has no tape object"
    diagonal_of_batch: ClassVar[str] = "jnp.einsum('bmb...->bm...', {rows})"

    def head(self, *, wide: bool, device: str) -> list[str]:
        """Return the line that turns 64-bit types on where the case uses them; the device is JAX's own choice."""
        del device
        return ["jax.config.update('jax_enable_x64', True)"] if wide else []

    def nan_checks(self, node: ast.With, keep: frozenset[str]) -> None:
        """Write ``with jax.debug_nans(True)``."""
        self.indented_block("with jax.debug_nans(True):", node.body, keep)

    def structured(self, word: str, native: Mapping[str, ast.expr]) -> ast.expr:
        """Return ``jax.lax``'s control flow of the same name, and ``jax.random`` with a key."""
        match word:
            case "cond" | "while_loop":
                return ast.Call(parse(f"jax.lax.{word}"), list(native.values()), [])
            case "scan":
                step, carries = self.fresh("step"), self.fresh("carries")
                f, init, xs = (ast.unparse(ast.fix_missing_locations(native[key])) for key in ("f", "init", "xs"))
                self.out.add(
                    f"def {step}(carry, row):\n    carry = {f}(carry, row)\n    return carry, carry\n"
                    f"_, {carries} = jax.lax.scan({step}, {init}, {xs})",
                    self.line,
                )
                return ast.Name(carries, ast.Load())
            case _:
                key = ast.Call(parse("jax.random.key"), [native["seed"]], [])
                return ast.Call(parse(f"jax.random.{word.removeprefix('random_')}"), [key, native["shape"]], [])

    def variable(self, value: ast.expr, dtype: ast.expr | None, trainable: ast.expr | None) -> ast.expr:
        """Return an array: JAX has no variables."""
        del trainable
        return self.constant(value, dtype)

    def constant(self, value: ast.expr, dtype: ast.expr | None) -> ast.expr:
        """Return an array: ``jnp.asarray(…)``, or what a creation function made already."""
        words = [] if dtype is None else [ast.keyword("dtype", dtype)]
        return with_keywords(value, _CREATORS, words) or ast.Call(parse("jnp.asarray"), [value], words)
