"""The walk that both families share: a program's statements, one after the other, into lines of native source.

A family (``tape``, ``functional``) says what a tape and a transformation become; an adapter says how its framework
writes a variable, a constant and the rest. Operations come from the adapter's table of spellings.
"""

from __future__ import annotations

import ast
import copy
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final

from conformance.errors import Unsupported
from conformance.lowering.layout import laid_out
from conformance.lowering.names import assigned, reads
from conformance.lowering.native import NativeSource
from conformance.operations import CONSTANTS, DTYPES, Operation, operations
from conformance.words import TAPE_METHODS, VARIABLE_METHODS, WORDS

if TYPE_CHECKING:
    from conformance.lowering.spelling import SpellingTable
    from conformance.program import Program

INDENT: Final = "    "


class Lines:
    """Native source under construction: text with the program line it came from."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, int | None]] = []
        self._depth = 0

    def add(self, text: str, line: int | None) -> None:
        """Append text, each of its lines at the current depth."""
        for part in text.splitlines() or [""]:
            self.lines.append((INDENT * self._depth + part if part else "", line))

    @property
    def place(self) -> tuple[int, int]:
        """How many lines there are, and the depth of the next one."""
        return len(self.lines), self._depth

    @contextmanager
    def indented(self) -> Iterator[None]:
        """Indent what is added inside."""
        self._depth += 1
        yield
        self._depth -= 1


def parse(text: str) -> ast.expr:
    """Return the expression of a text of ours."""
    return ast.parse(text, mode="eval").body


def with_keywords(value: ast.expr, functions: Collection[str], keywords: list[ast.keyword]) -> ast.expr | None:
    """Return a call of one of ``functions`` with these keywords, each in the place of one it has; None for the rest."""
    if not isinstance(value, ast.Call) or ast.unparse(value.func) not in functions:
        return None
    names = {word.arg for word in keywords}
    return ast.Call(value.func, value.args, [word for word in value.keywords if word.arg not in names] + keywords)


def name_of(node: ast.expr) -> str | None:
    """Return the identifier of a plain name, else None."""
    return node.id if isinstance(node, ast.Name) else None


class Lowering(ABC):
    """Lowers one program for one framework; made anew for each program."""

    imports: ClassVar[Mapping[str, str]]
    """The import line behind each root name that native source may use, in the order in which they are written."""

    decorators: ClassVar[Mapping[str, str]] = {}
    """The native decorator of a decorator of the language, where there is one."""

    dtype_root: ClassVar[str]
    compile_decorator: ClassVar[str]

    def __init__(self, program: Program, spellings: SpellingTable, *, observe: Collection[str], mode: str) -> None:
        self.program = program
        self.spellings = spellings
        self.observe = frozenset(observe)
        self.mode = mode
        self.out = Lines()
        self.line: int | None = None
        self.loops = 0
        self._taken = set(program.names) | set(self.imports)
        self.histories = {name: self.fresh(f"{name}_history") for name in sorted(program.tracked)}
        self.parameters: dict[str, tuple[str, ...]] = dict(program.functions)

    # what families and adapters fill in

    @abstractmethod
    def tape_block(self, node: ast.With, tape: str, rest: Sequence[ast.stmt], keep: frozenset[str]) -> int:
        """Lower ``with tape() as t``; return how many statements after it were lowered along with it."""

    @abstractmethod
    def stop_recording(self, node: ast.With, rest: Sequence[ast.stmt], keep: frozenset[str]) -> None:
        """Lower ``with t.stop_recording()``."""

    @abstractmethod
    def nan_checks(self, node: ast.With, keep: frozenset[str]) -> None:
        """Lower ``with nan_checks()``."""

    @abstractmethod
    def tape_call(self, tape: str, method: str, given: Mapping[str, ast.expr], node: ast.Call) -> ast.expr:
        """Return the native expression of a tape's method; statements that it needs are written before it."""

    @abstractmethod
    def tape_statement(self, tape: str, method: str, given: Mapping[str, ast.expr]) -> None:
        """Lower a call of a tape's method that stands alone (watch, reset)."""

    @abstractmethod
    def transform(self, word: str, given: Mapping[str, ast.expr], node: ast.Call) -> ast.expr:
        """Return the native expression of grad, jvp, vmap and their like; ``given`` is not lowered yet."""

    @abstractmethod
    def variable(self, value: ast.expr, dtype: ast.expr | None, trainable: ast.expr | None) -> ast.expr:
        """Return how the framework makes a variable; the arguments are native already."""

    @abstractmethod
    def constant(self, value: ast.expr, dtype: ast.expr | None) -> ast.expr:
        """Return how the framework makes a constant."""

    @abstractmethod
    def assign(self, method: str, owner: ast.expr, value: ast.expr) -> None:
        """Lower ``x.assign(v)`` and its like; the arguments are native already."""

    @abstractmethod
    def module(self, name: str, variables: Mapping[str, ast.expr]) -> None:
        """Lower ``m = module(…)``; the variables are native already."""

    @abstractmethod
    def trainable_variables(self, module: ast.expr) -> ast.expr:
        """Return the trainable variables of a module as a list."""

    @abstractmethod
    def custom_gradient(self, node: ast.FunctionDef) -> None:
        """Lower ``@custom_gradient def``."""

    @abstractmethod
    def snapshot(self, value: ast.expr, made_by: str) -> ast.expr:
        """Return the present value of an array, safe from later updates.

        ``made_by`` is ``variable``, ``gradient`` (which may be None), ``python`` (a bool, say) or ``program``.
        """

    def _made_by(self, name: str) -> str:
        """Return what a name is bound to: a variable, the answer of a gradient call, or something computed."""
        for node in ast.walk(self.program.tree):
            if not (isinstance(node, ast.Assign) and name in assigned([node])):
                continue
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            called = [value.func for value in values if isinstance(value, ast.Call)]
            if any(name_of(func) == "variable" for func in called):
                return "variable"
            if any(isinstance(func, ast.Attribute) and func.attr in TAPE_METHODS for func in called):
                return "gradient"
            if isinstance(node.value, ast.Compare | ast.BoolOp | ast.Constant):
                return "python"
        return "program"

    def module_variable(self, module: ast.expr, name: str) -> ast.expr:
        """Return one variable of a module."""
        return ast.Attribute(module, name, ast.Load())

    def head(self, *, wide: bool, device: str) -> list[str]:
        """Return the lines between the imports and the program."""
        del wide, device
        return []

    # the program

    def lower(self, *, wide: bool, device: str, data: Mapping[str, str]) -> NativeSource:
        """Return the native source of the whole program."""
        body = self.program.tree.body
        observed = {name: self.histories.get(name, name) for name in sorted(self.observe) if self._binds(name)}
        keep = frozenset(self.observe)
        inputs = 0 if self.mode == "eager" else self._inputs(body)
        if self.mode == "eager":
            self._begin_histories(body)
            self.block(body, keep)
        else:
            self.block(body[:inputs], frozenset(reads(body[inputs:])) | keep)
            self._compiled(body[inputs:], [n for s in body[:inputs] for n in assigned([s])], observed, keep)
        return self._finish(observed, wide=wide, device=device, data=data)

    def _binds(self, name: str) -> bool:
        return name in self.program.bound or name in self.program.tracked

    def _begin_histories(self, body: Sequence[ast.stmt]) -> None:
        for history in self.histories.values():
            self.out.add(f"{history} = []", body[0].lineno)

    def _inputs(self, body: Sequence[ast.stmt]) -> int:
        """Return how many leading statements only make variables, constants, modules and functions."""
        makers = ("variable", "constant", "module")
        for index, statement in enumerate(body):
            if isinstance(statement, ast.FunctionDef):
                continue
            values: list[ast.expr] = []
            if isinstance(statement, ast.Assign):
                values = statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
            if not values or not all(isinstance(v, ast.Call) and name_of(v.func) in makers for v in values):
                return index
        return len(body)

    def _compiled(
        self, body: Sequence[ast.stmt], inputs: list[str], observed: Mapping[str, str], keep: frozenset[str]
    ) -> None:
        """Write the rest of the program as one compiled function of the inputs that it uses, called once."""
        if not body:
            return
        used = set(reads(body)) | set(assigned(body, methods=True))
        parameters = [name for name in inputs if name in used and name not in self.program.functions]
        bound = set(assigned(body, methods=self.rebinds)) | set(self.histories)
        returned = [native for name, native in observed.items() if name in bound]
        line = body[0].lineno
        self.out.add(self.compile_decorator, line)
        self.out.add(f"def program({', '.join(parameters)}):", line)
        with self.out.indented():
            self._begin_histories(body)
            self.block(body, keep)
            self.out.add(f"return {', '.join(returned)}" if returned else "return None", None)
        call = f"program({', '.join(parameters)})"
        self.out.add(f"{', '.join(returned)} = {call}" if returned else call, line)

    rebinds: ClassVar[bool] = False
    """Whether ``x.assign(v)`` rebinds the name (functional family) rather than changing the variable in place."""

    def _finish(self, observed: Mapping[str, str], *, wide: bool, device: str, data: Mapping[str, str]) -> NativeSource:
        body = laid_out(self.out.lines)
        inputs = [f"{name} = {expression}" for name, expression in data.items()]
        text = "\n".join(line for line, _ in body) + "\n".join(inputs)
        head = self.head(wide=wide, device=device)
        always = next(iter(self.native_roots))
        used = [
            statement
            for root, statement in self.imports.items()
            if root == always or re.search(rf"(?<![\w.]){re.escape(root)}\b", text + "\n" + "\n".join(head))
        ]
        preamble = [*dict.fromkeys(used), *head, "", *inputs]
        lines: list[tuple[str, int | None]] = [*((line, None) for line in preamble), *body]
        return NativeSource(
            text="\n".join(line for line, _ in lines) + "\n",
            line_map=tuple(line for _, line in lines),
            observe=dict(observed),
        )

    native_roots: ClassVar[Sequence[str]]
    """The root names of the framework itself; the first one is always imported."""

    # statements

    def block(self, statements: Sequence[ast.stmt], keep: frozenset[str]) -> None:
        """Lower statements in order; ``keep`` are the names that are read after them."""
        index = 0
        while index < len(statements):
            rest = statements[index + 1 :]
            index += 1 + self.statement(statements[index], rest, keep)

    def statement(self, node: ast.stmt, rest: Sequence[ast.stmt], keep: frozenset[str]) -> int:
        """Lower one statement; return how many of ``rest`` were lowered along with it."""
        self.line = node.lineno
        match node:
            case ast.Assign():
                self.assignment(node)
            case ast.AugAssign():
                value = self.expr(node.value)
                self.write(ast.AugAssign(target=node.target, op=node.op, value=value))
            case ast.Expr(value=ast.Call() as call):
                self._call_statement(call)
            case ast.With():
                return self._with(node, rest, keep)
            case ast.For():
                after = keep | frozenset(reads(rest)) | frozenset(reads(node.body))
                self.indented_block(
                    f"for {ast.unparse(node.target)} in {self.text(node.iter)}:", node.body, after, loop=True
                )
            case ast.While():
                after = keep | frozenset(reads(rest)) | frozenset(reads(node.body)) | frozenset(reads([node]))
                self.indented_block(f"while {self.text(node.test)}:", node.body, after, loop=True)
            case ast.If():
                after = keep | frozenset(reads(rest))
                self.indented_block(f"if {self.text(node.test)}:", node.body, after)
                if node.orelse:
                    self.line = node.orelse[0].lineno
                    self.indented_block("else:", node.orelse, after)
            case ast.FunctionDef():
                self.function(node)
            case ast.Return() if node.value is not None:
                value = self.expr(node.value)
                self.out.add(f"return {_bare(value)}", self.line)
            case ast.Pass():
                self.out.add("pass", self.line)
            case _:  # the reader of the program let nothing else through
                raise Unsupported(f"{type(node).__name__} is not lowered")
        return 0

    def indented_block(
        self, header: str, body: Sequence[ast.stmt], after: frozenset[str], *, loop: bool = False
    ) -> None:
        """Write a header and a block under it; ``after`` are the names that are read after the block."""
        self.out.add(header, self.line)
        self.loops += loop
        with self.out.indented():
            before = len(self.out.lines)
            self.block(body, after)
            if len(self.out.lines) == before:
                self.out.add("pass", self.line)
        self.loops -= loop

    def assignment(self, node: ast.Assign) -> None:
        """Lower ``name = expression``."""
        target = node.targets[0]
        call = node.value
        if isinstance(call, ast.Call) and name_of(call.func) == "module":
            name = name_of(target)
            if name is None:
                raise Unsupported("a module is bound to one name")
            self.module(name, {word.arg: self.expr(word.value) for word in call.keywords if word.arg})
            return
        value = self.expr(call)
        parameters = self.function_parameters(value)
        if parameters and isinstance(target, ast.Name):
            self.parameters[target.id] = parameters
        self.write(ast.Assign(targets=[target], value=value))

    def function_parameters(self, value: ast.expr) -> tuple[str, ...]:
        """Return the parameters of the function that a native expression stands for, or nothing."""
        name = name_of(value)
        return self.parameters.get(name, ()) if name else ()

    def _call_statement(self, call: ast.Call) -> None:
        func = call.func
        if name_of(func) == "track":
            name = name_of(call.args[0])
            assert name is not None
            kept = self.snapshot(ast.Name(name, ast.Load()), self._made_by(name))
            self.out.add(f"{self.histories[name]}.append({ast.unparse(kept)})", self.line)
            return
        assert isinstance(func, ast.Attribute)
        owner = name_of(func.value)
        if owner in self.program.tapes:
            self.tape_statement(owner, func.attr, TAPE_METHODS[func.attr].bind(call.args, call.keywords))
            return
        given = VARIABLE_METHODS[func.attr].bind(call.args, call.keywords)
        value_node = self.expr(given["value"])
        self.assign(func.attr, self.expr(func.value), value_node)

    def _with(self, node: ast.With, rest: Sequence[ast.stmt], keep: frozenset[str]) -> int:
        call = node.items[0].context_expr
        assert isinstance(call, ast.Call)
        if name_of(call.func) == "tape":
            name = node.items[0].optional_vars
            assert isinstance(name, ast.Name)
            return self.tape_block(node, name.id, rest, keep)
        if name_of(call.func) == "nan_checks":
            self.nan_checks(node, keep | frozenset(reads(rest)))
        else:
            self.stop_recording(node, rest, keep)
        return 0

    def function(self, node: ast.FunctionDef) -> None:
        """Lower a ``def`` of the program."""
        for decorator in node.decorator_list:
            if name_of(decorator) == "custom_gradient":
                self.custom_gradient(node)
                return
        words = [name_of(decorator) or "" for decorator in node.decorator_list]
        if all(word in self.decorators for word in words):
            self.define(node, [self.decorators[word] for word in words])
            return
        self.define(node)
        for word in reversed(words):
            self.redefine(node.name, word)

    def redefine(self, name: str, decorator: str) -> None:
        """Write ``f = decorated f`` for a decorator of the language that is a transformation."""
        wrapped = self.transform(decorator, {"f": ast.Name(name, ast.Load())}, ast.Call(parse(decorator), [], []))
        if ast.unparse(wrapped) != name:
            self.write(ast.Assign(targets=[ast.Name(name, ast.Store())], value=wrapped))

    def define(self, node: ast.FunctionDef, decorators: Sequence[str] = ()) -> None:
        """Write a function with its body lowered."""
        line = node.lineno
        for decorator in decorators:
            self.out.add(decorator, line)
        self.out.add(f"def {node.name}({', '.join(arg.arg for arg in node.args.args)}):", line)
        with self.out.indented():
            loops, self.loops = self.loops, 0
            self.block(node.body, frozenset())
            self.loops = loops

    def write(self, statement: ast.stmt) -> None:
        """Append a native statement for the current program line."""
        ast.fix_missing_locations(statement)
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
            self.out.add(f"{_bare(target)} = {_bare(statement.value)}", self.line)
        else:
            self.out.add(ast.unparse(statement), self.line)

    def fresh(self, wish: str) -> str:
        """Return a name like ``wish`` that nothing else has."""
        name, number = wish, 2
        while name in self._taken:
            name, number = f"{wish}_{number}", number + 1
        self._taken.add(name)
        return name

    # expressions

    def text(self, node: ast.expr) -> str:
        """Return the native text of an expression of the program."""
        return ast.unparse(ast.fix_missing_locations(self.expr(node)))

    def expr(self, node: ast.expr) -> ast.expr:
        """Return the native expression of an expression of the program."""
        match node:
            case ast.Call():
                return self._call(node)
            case ast.Name() if node.id in DTYPES and node.id not in self.program.names:
                return parse(f"{self.dtype_root}.{node.id}")
            case ast.Name() if node.id in CONSTANTS:
                return parse(f"math.{node.id}")
            case ast.Attribute() if name_of(node.value) in self.program.modules:
                if node.attr == "trainable_variables":
                    return self.trainable_variables(node.value)
                return self.module_variable(node.value, node.attr)
            case _:
                result = copy.copy(node)
                for field, value in ast.iter_fields(node):
                    if isinstance(value, ast.expr):
                        setattr(result, field, self.expr(value))
                    elif isinstance(value, list):
                        setattr(result, field, [self.expr(v) if isinstance(v, ast.expr) else v for v in value])
                return result

    def _call(self, node: ast.Call) -> ast.expr:
        func = node.func
        if isinstance(func, ast.Attribute) and name_of(func.value) in self.program.tapes:
            tape = name_of(func.value) or ""
            return self.tape_call(tape, func.attr, TAPE_METHODS[func.attr].bind(node.args, node.keywords), node)
        name = ast.unparse(func) if isinstance(func, ast.Name | ast.Attribute) else ""
        if name in operations() and name not in self.program.bound:
            bound = operations()[name].bind(node.args, node.keywords)
            given = {key: self.expr(value) for key, value in bound.items()}
            for parameter in self.spellings.repeated(name, given):
                if any(isinstance(part, ast.Call) for part in ast.walk(given[parameter])):
                    given[parameter] = self._named(given[parameter], f"{parameter}_value")
            return self.spellings.spell(name, given)
        if name == "vjp":
            return self.transform("vjp", {"f": node.args[0]}, node)
        if name in WORDS:
            return self._word(WORDS[name], node)
        return ast.Call(self.expr(func), [self.expr(arg) for arg in node.args], [])

    def _named(self, value: ast.expr, wish: str) -> ast.expr:
        """Bind a native expression to a name of its own, so that it is computed once, and return the name."""
        name = self.fresh(wish)
        self.out.add(f"{name} = {ast.unparse(ast.fix_missing_locations(value))}", self.line)
        return ast.Name(name, ast.Load())

    def _word(self, word: Operation, node: ast.Call) -> ast.expr:
        given = word.bind(node.args, node.keywords)
        match word.name:
            case "variable":
                native = {key: self.expr(value) for key, value in given.items()}
                return self.variable(native["value"], native.get("dtype"), native.get("trainable"))
            case "constant":
                native = {key: self.expr(value) for key, value in given.items()}
                return self.constant(native["value"], native.get("dtype"))
            case "range" | "len":
                return ast.Call(node.func, [self.expr(arg) for arg in node.args], [])
            case name:
                return self.transform(name, given, node)


def _bare(node: ast.expr) -> str:
    """Return the text of an expression as the right or left side of a statement: a tuple without its parentheses."""
    text = ast.unparse(ast.fix_missing_locations(node))
    if isinstance(node, ast.Tuple) and len(node.elts) > 1 and text.startswith("("):
        return text[1:-1]
    if isinstance(node, ast.Tuple) and len(node.elts) == 1:
        return text[1:-1]
    return text
