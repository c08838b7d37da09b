"""What is special about TensorFlow: tapes are the framework's own, and transformations are a few lines with a tape."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import ClassVar

from conformance.errors import Unsupported
from conformance.lowering.statements import name_of, parse
from conformance.lowering.tape import OpenTape, TapeStyle, argnums_of, constant_of
from conformance.words import STRUCTURED

_UNCONNECTED = {"none": "NONE", "zero": "ZERO"}


class TensorFlowLowering(TapeStyle):
    """Lowers programs to TensorFlow.

    Source: https://www.tensorflow.org/guide/autodiff, seen with TensorFlow 2.21.
    """

    imports: ClassVar[Mapping[str, str]] = {
        "math": "import math",
        "np": "import numpy as np",
        "tf": "import tensorflow as tf",
    }
    native_roots = ("tf",)
    dtype_root = "tf"
    compile_decorator = "@tf.function"
    decorators: ClassVar[Mapping[str, str]] = {"jit": "@tf.function", "checkpoint": "@tf.recompute_grad"}

    def with_tape(self, node: ast.With, tape: OpenTape, keep: frozenset[str]) -> None:
        """Write ``with tf.GradientTape() as t``."""
        call = node.items[0].context_expr
        assert isinstance(call, ast.Call)
        options = ast.unparse(ast.Call(parse("tf.GradientTape"), call.args, call.keywords))
        self.indented_block(f"with {options} as {tape.name}:", node.body, keep)

    def stop_recording(self, node: ast.With, rest: Sequence[ast.stmt], keep: frozenset[str]) -> None:
        """Write ``with t.stop_recording()``."""
        self.indented_block(f"with {ast.unparse(node.items[0].context_expr)}:", node.body, keep)

    def tape_call(self, tape: str, method: str, given: Mapping[str, ast.expr], node: ast.Call) -> ast.expr:
        """Return the tape's own method."""
        native = {key: self.expr(value) for key, value in given.items() if key != "unconnected"}
        words = []
        if "output_gradients" in native:
            words.append(ast.keyword("output_gradients", native.pop("output_gradients")))
        choice = given.get("unconnected")
        if isinstance(choice, ast.Constant):
            value = parse(f"tf.UnconnectedGradients.{_UNCONNECTED[str(choice.value)]}")
            words.append(ast.keyword("unconnected_gradients", value))
        return ast.Call(parse(f"{tape}.{method}"), list(native.values()), words)

    def tape_statement(self, tape: str, method: str, given: Mapping[str, ast.expr]) -> None:
        """Write the tape's own method."""
        arguments = ", ".join(self.text(value) for value in given.values())
        self.out.add(f"{tape}.{method}({arguments})", self.line)

    def variable(self, value: ast.expr, dtype: ast.expr | None, trainable: ast.expr | None) -> ast.expr:
        """Return ``tf.Variable(…)``."""
        words = [] if constant_of(trainable, True) else [ast.keyword("trainable", ast.Constant(False))]
        if dtype is not None:
            words.append(ast.keyword("dtype", dtype))
        return ast.Call(parse("tf.Variable"), [value], words)

    def constant(self, value: ast.expr, dtype: ast.expr | None) -> ast.expr:
        """Return ``tf.constant(…)``."""
        words = [] if dtype is None else [ast.keyword("dtype", dtype)]
        return ast.Call(parse("tf.constant"), [value], words)

    def assign(self, method: str, owner: ast.expr, value: ast.expr) -> None:
        """Write the variable's own method."""
        self.out.add(f"{ast.unparse(owner)}.{method}({ast.unparse(value)})", self.line)

    def module(self, name: str, variables: Mapping[str, ast.expr]) -> None:
        """Write a ``tf.Module`` and its variables."""
        self.out.add(f"{name} = tf.Module()", self.line)
        for key, value in variables.items():
            self.out.add(f"{name}.{key} = {ast.unparse(ast.fix_missing_locations(value))}", self.line)

    def trainable_variables(self, module: ast.expr) -> ast.expr:
        """Return ``m.trainable_variables``."""
        return ast.Attribute(module, "trainable_variables", ast.Load())

    def snapshot(self, value: ast.expr, made_by: str) -> ast.expr:
        """Return a tensor with the present value of a variable; a tensor does not change."""
        return ast.Call(parse("tf.identity"), [value], []) if made_by == "variable" else value

    def custom_gradient(self, node: ast.FunctionDef) -> None:
        """Write the function under ``@tf.custom_gradient``."""
        self.define(node, ["@tf.custom_gradient"])

    def transform(self, word: str, given: Mapping[str, ast.expr], node: ast.Call) -> ast.expr:
        """Write what a transformation is in terms of tapes, and return its name or its result."""
        if word == "stop_gradient":
            return ast.Call(parse("tf.stop_gradient"), [self.expr(given["x"])], [])
        if word in STRUCTURED:
            return self._structured(word, {key: self.text(value) for key, value in given.items()})
        f = self.expr(given["f"])
        if word == "checkpoint":
            name = self.function_named(f"recomputed_{ast.unparse(f)}", self.parameters_of(f))
            self.hoisted(f"{name} = tf.recompute_grad({ast.unparse(f)})")
            return ast.Name(name, ast.Load())
        parameters = self.parameters_of(f)
        match word:
            case "jit":
                name = self.function_named(f"compiled_{ast.unparse(f)}", parameters)
                self.hoisted(f"{name} = tf.function({ast.unparse(f)})")
                return ast.Name(name, ast.Load())
            case "grad" | "value_and_grad":
                return self._grad(word, f, parameters, given)
            case "jacobian":
                return self._jacobian(f, parameters, given)
            case "hessian":
                return self._hessian(f, parameters)
            case "vmap":
                return self._vmap(f, parameters, given)
            case "jvp":
                return self._jvp(f, given)
            case "vjp":
                return self._vjp(f, [self.expr(arg) for arg in node.args[1:]])
            case "hvp":
                return self._hvp(f, given)
            case _:
                raise Unsupported(f"{word} is not lowered for TensorFlow")

    def nan_checks(self, node: ast.With, keep: frozenset[str]) -> None:
        """Write the block between switching the numeric checks on and off."""
        self.out.add("tf.debugging.enable_check_numerics()", self.line)
        self.indented_block("try:", node.body, keep)
        self.out.add("finally:\n    tf.debugging.disable_check_numerics()", node.lineno)

    def _structured(self, word: str, native: Mapping[str, str]) -> ast.expr:
        """Return TensorFlow's own control flow, and random numbers that only the seed decides."""
        match word:
            case "cond":
                x = native["x"]
                return parse(
                    f"tf.cond({native['pred']}, lambda: {native['true_f']}({x}), lambda: {native['false_f']}({x}))"
                )
            case "while_loop":
                body = f"lambda value: [{native['body_f']}(value)]"
                return parse(f"tf.while_loop({native['cond_f']}, {body}, [{native['x']}])[0]")
            case "scan":
                return parse(f"tf.scan({native['f']}, {native['xs']}, initializer={native['init']})")
            case _:
                kind = word.removeprefix("random_")
                return parse(f"tf.random.stateless_{kind}({native['shape']}, seed=[{native['seed']}, 0])")

    def _sources(self, parameters: tuple[str, ...], given: Mapping[str, ast.expr]) -> tuple[list[str], str]:
        positions, many = argnums_of(given)
        if any(not -len(parameters) <= i < len(parameters) for i in positions):
            raise Unsupported(f"a tape has no argument numbers, and the function has {len(parameters)} to name")
        names = [parameters[i] for i in positions]
        return names, f"[{', '.join(names)}]" if many else names[0]

    def _recorded(
        self, f: ast.expr, parameters: Sequence[str], sources: Sequence[str], *, tape: str, value: str
    ) -> str:
        watches = "".join(f"    {tape}.watch({source})\n" for source in sources)
        return f"with tf.GradientTape() as {tape}:\n{watches}    {value} = {ast.unparse(f)}({', '.join(parameters)})\n"

    def _defined(self, name: str, parameters: Sequence[str], body: str) -> ast.expr:
        self.out.add(f"def {name}({', '.join(parameters)}):", self.line)
        with self.out.indented():
            self.out.add(body.rstrip("\n"), self.line)
        return ast.Name(name, ast.Load())

    def _grad(self, word: str, f: ast.expr, parameters: tuple[str, ...], given: Mapping[str, ast.expr]) -> ast.expr:
        watched, sources = self._sources(parameters, given)
        aux = constant_of(given.get("has_aux"), False)
        gradient = f"tape.gradient(value, {sources})"
        value = "value, aux" if aux else "value"
        returned = {
            ("grad", False): gradient,
            ("grad", True): f"{gradient}, aux",
            ("value_and_grad", False): f"value, {gradient}",
            ("value_and_grad", True): f"(value, aux), {gradient}",
        }[word, aux]
        body = self._recorded(f, parameters, watched, tape="tape", value=value) + f"return {returned}"
        name = self.function_named(
            f"{'gradient' if word == 'grad' else 'value_and_gradient'}_of_{ast.unparse(f)}", parameters
        )
        return self._defined(name, parameters, body)

    def _jacobian(self, f: ast.expr, parameters: tuple[str, ...], given: Mapping[str, ast.expr]) -> ast.expr:
        mode = given.get("mode")
        if isinstance(mode, ast.Constant) and mode.value == "forward":
            raise Unsupported(
                "TensorFlow has no forward-mode Jacobian; tf.autodiff.ForwardAccumulator gives one product at a time"
            )
        watched, sources = self._sources(parameters, given)
        body = self._recorded(f, parameters, watched, tape="tape", value="value")
        name = self.function_named(f"jacobian_of_{ast.unparse(f)}", parameters)
        return self._defined(name, parameters, body + f"return tape.jacobian(value, {sources})")

    def _hessian(self, f: ast.expr, parameters: tuple[str, ...]) -> ast.expr:
        x = parameters[0]
        inner = self._recorded(f, parameters, [x], tape="inner", value="value")
        inner += f"gradient = inner.gradient(value, {x})"
        body = f"with tf.GradientTape() as outer:\n    outer.watch({x})\n"
        body += "".join(f"    {line}\n" for line in inner.splitlines())
        name = self.function_named(f"hessian_of_{ast.unparse(f)}", parameters)
        return self._defined(name, parameters, body + f"return outer.jacobian(gradient, {x})")

    def _vmap(self, f: ast.expr, parameters: tuple[str, ...], given: Mapping[str, ast.expr]) -> ast.expr:
        axes = given.get("in_axes")
        if axes is not None and ast.unparse(axes) != "0":
            raise Unsupported("tf.vectorized_map maps over the first axis of all its arguments; it has no in_axes")
        name = self.function_named(f"mapped_{ast.unparse(f)}", parameters)
        if len(parameters) == 1:
            body = f"return tf.vectorized_map({ast.unparse(f)}, {parameters[0]})"
        else:
            body = f"return tf.vectorized_map(lambda rows: {ast.unparse(f)}(*rows), ({', '.join(parameters)}))"
        return self._defined(name, parameters, body)

    def _values(self, node: ast.expr) -> list[str]:
        items = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
        return [self.text(item) for item in items]

    def _jvp(self, f: ast.expr, given: Mapping[str, ast.expr]) -> ast.expr:
        primals, tangents = self._values(given["primals"]), self._values(given["tangents"])
        accumulator, primal = self.fresh("accumulator"), self.fresh("primal")
        points = [name if name.isidentifier() else self.fresh("point") for name in primals]
        for name, text in zip(points, primals, strict=True):
            if name != text:
                self.hoisted(f"{name} = {text}")
        at = points[0] if len(points) == 1 else f"[{', '.join(points)}]"
        along = tangents[0] if len(tangents) == 1 else f"[{', '.join(tangents)}]"
        self.hoisted(
            f"with tf.autodiff.ForwardAccumulator({at}, {along}) as {accumulator}:\n"
            f"    {primal} = {ast.unparse(f)}({', '.join(points)})"
        )
        return parse(f"({primal}, {accumulator}.jvp({primal}))")

    def _vjp(self, f: ast.expr, primals: Sequence[ast.expr]) -> ast.expr:
        tape, value, pullback = self.fresh("tape"), self.fresh("value"), self.fresh("pullback_of_" + ast.unparse(f))
        points = []
        for primal in primals:
            text = ast.unparse(ast.fix_missing_locations(primal))
            if name_of(primal) is None:
                name = self.fresh("point")
                self.hoisted(f"{name} = {text}")
                text = name
            points.append(text)
        watches = "".join(f"    {tape}.watch({point})\n" for point in points)
        self.hoisted(
            f"with tf.GradientTape(persistent=True) as {tape}:\n{watches}"
            f"    {value} = {ast.unparse(f)}({', '.join(points)})\n"
            f"def {pullback}(cotangent):\n"
            f"    return {tape}.gradient({value}, [{', '.join(points)}], output_gradients=cotangent)"
        )
        return parse(f"({value}, {pullback})")

    def _hvp(self, f: ast.expr, given: Mapping[str, ast.expr]) -> ast.expr:
        accumulator, gradient, tape = self.fresh("accumulator"), self.fresh("gradient"), self.fresh("tape")
        x, v = self.text(given["x"]), self.text(given["v"])
        self.hoisted(
            f"with tf.autodiff.ForwardAccumulator({x}, {v}) as {accumulator}:\n"
            f"    with tf.GradientTape() as {tape}:\n"
            f"        {tape}.watch({x})\n"
            f"        value = {ast.unparse(f)}({x})\n"
            f"    {gradient} = {tape}.gradient(value, {x})"
        )
        return parse(f"{accumulator}.jvp({gradient})")
