"""What is special about PyTorch: the statements are the tape, and ``torch.autograd.grad`` asks for gradients."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import ClassVar

from conformance.errors import Unsupported
from conformance.lowering.names import assigned, reads
from conformance.lowering.statements import name_of, parse, with_keywords
from conformance.lowering.tape import OpenTape, TapeStyle, constant_of
from conformance.words import STRUCTURED

_CREATORS = ("torch.zeros", "torch.ones", "torch.full", "torch.eye", "torch.linspace")
_NO_TAPE = "PyTorch records on the tensors themselves and has no tape object"


class TorchLowering(TapeStyle):
    """Lowers programs to PyTorch.

    Source: https://docs.pytorch.org/docs/2.13/autograd.html, seen with PyTorch 2.13.0.
    """

    imports: ClassVar[Mapping[str, str]] = {
        "functools": "import functools",
        "math": "import math",
        "np": "import numpy as np",
        "torch": "import torch",
        "F": "import torch.nn.functional as F",
        "torch.utils.checkpoint": "import torch.utils.checkpoint",
    }
    native_roots = ("torch",)
    dtype_root = "torch"
    compile_decorator = "@torch.compile(backend='aot_eager')"
    decorators: ClassVar[Mapping[str, str]] = {"jit": compile_decorator}
    _updates_end: tuple[int, int] | None = None

    def head(self, *, wide: bool, device: str) -> list[str]:
        """Return the line that puts new tensors on the GPU, where the target is one."""
        del wide
        return ["torch.set_default_device('cuda')"] if device == "gpu" else []

    def with_tape(self, node: ast.With, tape: OpenTape, keep: frozenset[str]) -> None:
        """Write the statements themselves."""
        self.block(node.body, keep)

    def stop_recording(self, node: ast.With, rest: Sequence[ast.stmt], keep: frozenset[str]) -> None:
        """Write ``with torch.no_grad()``."""
        self.indented_block("with torch.no_grad():", node.body, keep)

    def tape_statement(self, tape: str, method: str, given: Mapping[str, ast.expr]) -> None:
        """Write ``x.requires_grad_()`` for ``watch``."""
        if method != "watch":
            raise Unsupported(f"{_NO_TAPE}: there is nothing to {method.replace('_', ' ')}")
        watched = given["x"].elts if isinstance(given["x"], ast.List | ast.Tuple) else [given["x"]]
        for item in watched:
            self.out.add(f"{self.text(item)}.requires_grad_()", self.line)

    # gradients of what was recorded

    def tape_call(self, tape: str, method: str, given: Mapping[str, ast.expr], node: ast.Call) -> ast.expr:
        """Return a call of ``torch.autograd.grad``."""
        match method:
            case "gradient":
                return self._gradient(self.tapes[tape], given)
            case "jacobian":
                return self._jacobian(self.tapes[tape], given)
            case "batch_jacobian":
                return self._batch_jacobian(self.tapes[tape], given)
            case _:
                raise Unsupported(f"{_NO_TAPE}: there are no {method.replace('_', ' ')}")

    def _options(self, tape: OpenTape, given: Mapping[str, ast.expr]) -> str:
        recorded = any(other is not tape or tape.persistent for other in self.recording)
        options = ""
        if recorded:
            options += ", create_graph=True"
        elif tape.persistent:
            options += ", retain_graph=True"
        choice = given.get("unconnected")
        if isinstance(choice, ast.Constant):
            options += ", allow_unused=True" if choice.value == "none" else ", materialize_grads=True"
        return options

    def _displayed(self, node: ast.expr) -> ast.expr:
        """Return the display that a name is bound to, so that its leaves are known."""
        name = name_of(node)
        for statement in ast.walk(self.program.tree):
            if isinstance(statement, ast.Assign) and name and name_of(statement.targets[0]) == name:
                return (
                    statement.value if isinstance(statement.value, ast.Dict) or self.nested(statement.value) else node
                )
        return node

    def _many(self, node: ast.expr) -> bool:
        """Return whether sources are several, so that the tuple that comes back is the answer."""
        if isinstance(node, ast.List | ast.Tuple):
            return True
        if isinstance(node, ast.Attribute) and node.attr == "trainable_variables":
            return True
        name = name_of(node)
        return any(
            isinstance(statement, ast.Assign)
            and name
            and name_of(statement.targets[0]) == name
            and (isinstance(statement.value, ast.List | ast.Tuple) or self._many(statement.value))
            for statement in ast.walk(self.program.tree)
            if not isinstance(statement, ast.Assign) or statement.value is not node
        )

    def _target(self, node: ast.expr) -> str:
        shown = self._displayed(node)
        if self.nested(shown):
            return f"[{', '.join(self.text(leaf) for leaf in self._flat(shown))}]"
        return self.text(node)

    def _gradient(self, tape: OpenTape, given: Mapping[str, ast.expr]) -> ast.expr:
        target, options = self._target(given["target"]), self._options(tape, given)
        if "output_gradients" in given:
            options = f", grad_outputs={self._target(given['output_gradients'])}{options}"
        sources = self._displayed(given["sources"])
        if self.nested(sources):
            leaves = self._flat(sources)
            names = [self.fresh(f"d_{self._label(leaf)}") for leaf in leaves]
            listed = ", ".join(self.text(leaf) for leaf in leaves)
            comma = "," if len(names) == 1 else ""
            self.hoisted(f"{', '.join(names)}{comma} = torch.autograd.grad({target}, [{listed}]{options})")
            return self.rebuilt(sources, names)
        call = parse(f"torch.autograd.grad({target}, {self.text(sources)}{options})")
        return call if self._many(sources) else ast.Subscript(call, ast.Constant(0), ast.Load())

    def _label(self, node: ast.expr) -> str:
        return name_of(node) or (node.attr if isinstance(node, ast.Attribute) else "source")

    def _jacobian(self, tape: OpenTape, given: Mapping[str, ast.expr]) -> ast.expr:
        target = self.text(given["target"])
        sources = self._displayed(given["sources"])
        leaves = self._flat(sources)
        options = self._options(tape, given)
        basis = self.fresh("basis")
        names = [self.fresh(f"rows_{self._label(leaf)}") for leaf in leaves]
        texts = [self.text(leaf) for leaf in leaves]
        comma = "," if len(names) == 1 else ""
        self.hoisted(
            f"{basis} = torch.eye({target}.numel(), dtype={target}.dtype).reshape({target}.numel(), *{target}.shape)\n"
            f"{', '.join(names)}{comma} = torch.autograd.grad("
            f"{target}, [{', '.join(texts)}], {basis}, is_grads_batched=True{options})"
        )
        shaped = [f"{name}.reshape(*{target}.shape, *{x}.shape)" for name, x in zip(names, texts, strict=True)]
        if not isinstance(sources, ast.List | ast.Tuple | ast.Dict):
            return parse(shaped[0])
        columns = [self.fresh(f"jacobian_{self._label(leaf)}") for leaf in leaves]
        for column, text in zip(columns, shaped, strict=True):
            self.hoisted(f"{column} = {text}")
        return self.rebuilt(sources, columns)

    def _batch_jacobian(self, tape: OpenTape, given: Mapping[str, ast.expr]) -> ast.expr:
        target, source = self.text(given["target"]), self.text(given["source"])
        keep = ", create_graph=True" if "create_graph" in self._options(tape, {}) else ", retain_graph=True"
        rows = self.fresh("rows")
        self.hoisted(
            f"{rows} = [torch.autograd.grad(column.sum(), {source}{keep})[0] for column in {target}.unbind(1)]"
        )
        return parse(f"torch.stack({rows}, dim=1)")

    # variables

    def variable(self, value: ast.expr, dtype: ast.expr | None, trainable: ast.expr | None) -> ast.expr:
        """Return ``torch.tensor(…, requires_grad=True)``, or a creation function with that keyword."""
        words = [] if dtype is None else [ast.keyword("dtype", dtype)]
        words.append(ast.keyword("requires_grad", ast.Constant(constant_of(trainable, True))))
        return with_keywords(value, _CREATORS, words) or ast.Call(parse("torch.tensor"), [value], words)

    def constant(self, value: ast.expr, dtype: ast.expr | None) -> ast.expr:
        """Return ``torch.tensor(…)``, or what a creation function made already."""
        words = [] if dtype is None else [ast.keyword("dtype", dtype)]
        return with_keywords(value, _CREATORS, words) or ast.Call(parse("torch.tensor"), [value], words)

    def assign(self, method: str, owner: ast.expr, value: ast.expr) -> None:
        """Write the update in place, under ``torch.no_grad()`` as optimizers do."""
        name, new = ast.unparse(ast.fix_missing_locations(owner)), ast.unparse(ast.fix_missing_locations(value))
        update = {"assign_add": f"{name} += {new}", "assign_sub": f"{name} -= {new}"}.get(
            method, f"{name}.copy_({new if isinstance(value, ast.Name) else f'torch.as_tensor({new})'})"
        )
        if self.out.place != self._updates_end:  # an update right after another one belongs to the same block
            self.out.add("with torch.no_grad():", self.line)
        with self.out.indented():
            self.out.add(update, self.line)
        self._updates_end = self.out.place

    def module(self, name: str, variables: Mapping[str, ast.expr]) -> None:
        """Write an ``nn.Module`` and its parameters."""
        self.out.add(f"{name} = torch.nn.Module()", self.line)
        for key, value in variables.items():
            data, trainable = value, True
            if isinstance(value, ast.Call) and ast.unparse(value.func) == "torch.tensor":
                words = [word for word in value.keywords if word.arg != "requires_grad"]
                trainable = len(words) == len(value.keywords) or any(
                    word.arg == "requires_grad" and ast.unparse(word.value) == "True" for word in value.keywords
                )
                data = ast.Call(value.func, value.args, words)
            frozen = "" if trainable else ", requires_grad=False"
            text = ast.unparse(ast.fix_missing_locations(data))
            self.out.add(f"{name}.{key} = torch.nn.Parameter({text}{frozen})", self.line)

    def trainable_variables(self, module: ast.expr) -> ast.expr:
        """Return the parameters that ask for gradients."""
        return parse(f"[p for p in {ast.unparse(module)}.parameters() if p.requires_grad]")

    def snapshot(self, value: ast.expr, made_by: str) -> ast.expr:
        """Return a detached copy of a variable, and what was computed without its graph."""
        text = ast.unparse(value)
        return parse({"variable": f"{text}.detach().clone()", "program": f"{text}.detach()"}.get(made_by, text))

    # functions

    def custom_gradient(self, node: ast.FunctionDef) -> None:
        """Write a ``torch.autograd.Function`` with the two functions as its static methods."""
        backward = [s for s in node.body if isinstance(s, ast.FunctionDef)]
        last = node.body[-1]
        if not (
            len(backward) == 1
            and isinstance(last, ast.Return)
            and isinstance(last.value, ast.Tuple)
            and len(last.value.elts) == 2
            and name_of(last.value.elts[1]) == backward[0].name
        ):
            raise Unsupported("a custom gradient is a function that ends in `return y, backward`")
        rule = backward[0]
        forward = [s for s in node.body[:-1] if s is not rule]
        inputs = [arg.arg for arg in node.args.args]
        local = {*inputs, *assigned(forward)}
        own = {arg.arg for arg in rule.args.args} | set(assigned(rule.body))
        saved = [name for name in reads(rule.body) if name in local and name not in own]
        kind = self.fresh("".join(part.capitalize() for part in node.name.split("_")) + "Function")
        self.out.add(f"class {kind}(torch.autograd.Function):", self.line)
        with self.out.indented():
            self.out.add(f"@staticmethod\ndef forward(ctx, {', '.join(inputs)}):", self.line)
            with self.out.indented():
                self.block(forward, frozenset(local))
                result = self.text(last.value.elts[0])
                if saved:
                    self.out.add(f"ctx.save_for_backward({', '.join(saved)})", self.line)
                self.out.add(f"return {result}", self.line)
            self.line = rule.lineno
            cotangents = ", ".join(arg.arg for arg in rule.args.args)
            self.out.add(f"\n@staticmethod\ndef backward(ctx, {cotangents}):", self.line)
            with self.out.indented():
                if saved:
                    comma = "," if len(saved) == 1 else ""
                    self.out.add(f"{', '.join(saved)}{comma} = ctx.saved_tensors", self.line)
                self.block(rule.body, frozenset())
        self.line = node.lineno
        self.out.add(f"{node.name} = {kind}.apply", self.line)

    def transform(self, word: str, given: Mapping[str, ast.expr], node: ast.Call) -> ast.expr:
        """Return the transformation of ``torch.func``."""
        native = {key: self.expr(value) for key, value in given.items()}
        if word == "stop_gradient":
            return ast.Call(ast.Attribute(native["x"], "detach", ast.Load()), [], [])
        if word in STRUCTURED:
            return self._structured(word, {key: ast.unparse(ast.fix_missing_locations(v)) for key, v in native.items()})
        f = ast.unparse(ast.fix_missing_locations(native["f"]))
        options = "".join(
            f", {key}={ast.unparse(ast.fix_missing_locations(native[key]))}"
            for key in ("argnums", "has_aux")
            if key in native
        )
        match word:
            case "grad":
                return parse(f"torch.func.grad({f}{options})")
            case "value_and_grad":
                return self._value_and_grad(native["f"], options)
            case "jvp":
                return ast.Call(parse("torch.func.jvp"), [native["f"], native["primals"], native["tangents"]], [])
            case "vjp":
                return ast.Call(parse("torch.func.vjp"), [self.expr(arg) for arg in node.args], [])
            case "jacobian":
                mode = given.get("mode")
                forward = isinstance(mode, ast.Constant) and mode.value == "forward"
                return parse(f"torch.func.{'jacfwd' if forward else 'jacrev'}({f}{options})")
            case "hessian":
                return parse(f"torch.func.hessian({f})")
            case "hvp":
                x, v = (ast.unparse(ast.fix_missing_locations(native[key])) for key in ("x", "v"))
                return parse(f"torch.func.jvp(torch.func.grad({f}), ({x},), ({v},))[1]")
            case "vmap":
                axes = native.get("in_axes")
                chosen = "" if axes is None else f", in_dims={ast.unparse(ast.fix_missing_locations(axes))}"
                return parse(f"torch.func.vmap({f}{chosen})")
            case "jit":
                return parse(f"torch.compile({f}, backend='aot_eager')")
            case "checkpoint":
                return self._checkpoint(native["f"])
            case _:
                raise Unsupported(f"{word} is not lowered for PyTorch")

    def nan_checks(self, node: ast.With, keep: frozenset[str]) -> None:
        """Write ``with torch.autograd.detect_anomaly()``."""
        self.indented_block("with torch.autograd.detect_anomaly():", node.body, keep)

    def _structured(self, word: str, native: Mapping[str, str]) -> ast.expr:
        """Return ``torch.cond``, and random numbers from a generator of their own."""
        match word:
            case "cond":
                branches = f"{native['true_f']}, {native['false_f']}"
                return parse(f"torch.cond({native['pred']}, {branches}, ({native['x']},))")
            case "while_loop" | "scan":
                raise Unsupported(f"PyTorch 2.13 has no public {word}; torch._higher_order_ops.{word} is a prototype")
            case _:
                function = {"random_normal": "randn", "random_uniform": "rand"}[word]
                generator = f"torch.Generator().manual_seed({native['seed']})"
                return parse(f"torch.{function}({native['shape']}, generator={generator})")

    def _value_and_grad(self, f: ast.expr, options: str) -> ast.expr:
        """Write a function with the order of the others: ``torch.func.grad_and_value`` has it the other way round."""
        text = ast.unparse(ast.fix_missing_locations(f))
        parameters = self.parameters_of(f)
        name = self.function_named(
            f"value_and_gradient_of_{text}" if text.isidentifier() else "value_and_gradient", parameters
        )
        arguments = ", ".join(parameters)
        self.hoisted(
            f"def {name}({arguments}):\n"
            f"    gradient, value = torch.func.grad_and_value({text}{options})({arguments})\n"
            f"    return value, gradient"
        )
        return ast.Name(name, ast.Load())

    def _checkpoint(self, f: ast.expr) -> ast.expr:
        text = ast.unparse(ast.fix_missing_locations(f))
        return parse(f"functools.partial(torch.utils.checkpoint.checkpoint, {text}, use_reentrant=False)")
