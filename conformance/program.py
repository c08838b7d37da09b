"""Program text → validated ``Program``: Python syntax read with ``ast``, held against a whitelist, never executed here.

The language is described in ``cases/README.md``. What is not on the lists below is refused with line and column.
"""

from __future__ import annotations

import ast
import functools
import json
import keyword
import math
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from conformance.errors import ProgramError, nearest
from conformance.operations import CONSTANTS, DTYPES, Operation, operations
from conformance.words import (
    ATTRIBUTES,
    DECORATORS,
    RESERVED,
    TAPE_METHODS,
    VARIABLE_METHODS,
    WORDS,
    vocabulary,
)

MAX_CHARACTERS: Final = 20_000
MAX_NODES: Final = 5_000
MAX_DEPTH: Final = 40


_STATEMENTS = (
    ast.Assign, ast.AugAssign, ast.Expr, ast.With, ast.For, ast.While, ast.If, ast.FunctionDef, ast.Return, ast.Pass,
)  # fmt: skip
_OPERATORS = (
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult, ast.USub, ast.UAdd, ast.Not,
    ast.And, ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Program:
    """A program that was found to be in the language, axis values put in.

    ``bound`` leads from every name bound outside functions to the program line (1-based) that first binds it;
    ``tracked`` are the series; ``modules`` the names bound to ``module(…)``; ``functions`` the parameters of each
    ``def``.
    """

    text: str
    tree: ast.Module
    bound: Mapping[str, int]
    tracked: frozenset[str]
    tapes: frozenset[str]
    modules: frozenset[str]
    functions: Mapping[str, tuple[str, ...]]
    names: frozenset[str]
    data: frozenset[str]


def parse_program(text: str, *, axes: Mapping[str, Any] = MappingProxyType({}), data: Collection[str] = ()) -> Program:
    """Return the program of a text, the names of ``axes`` replaced by their values; ``data`` are names bound for it.

    Raises:
        ProgramError: the text is not in the language; carries line and column within the text.
    """
    return _parsed(text, json.dumps(dict(axes)), tuple(data))


@functools.lru_cache(maxsize=4096)
def _parsed(text: str, axes_json: str, data: tuple[str, ...]) -> Program:
    """Parse once for loading, planning and every target; a program is never changed after that."""
    if len(text) > MAX_CHARACTERS:
        raise ProgramError(f"the program has {len(text)} characters; allowed: {MAX_CHARACTERS}; split the case")
    axes: dict[str, Any] = json.loads(axes_json)
    tree = _parse(text)
    measure(tree)
    if axes:
        tree = ast.fix_missing_locations(_Substitute(axes).visit(tree))
    reader = _Reader(frozenset(data))
    reader.module(tree)
    return Program(
        text=text,
        tree=tree,
        bound=MappingProxyType(reader.bound),
        tracked=frozenset(reader.tracked),
        tapes=frozenset(reader.tapes),
        modules=frozenset(reader.modules),
        functions=MappingProxyType(reader.functions),
        names=frozenset(reader.names),
        data=frozenset(data),
    )


def _parse(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise ProgramError(
            f"not Python syntax: {error.msg}", line=error.lineno or 1, column=error.offset or 1
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ProgramError(f"cannot be parsed: {error}" if str(error) else "nested too deeply to be parsed") from None


def measure(tree: ast.AST) -> None:
    """Refuse a tree that is too large or too deep, without recursion."""
    count = 0
    stack: list[tuple[ast.AST, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH:
            raise _error(f"nested more than {MAX_DEPTH} levels deep", node)
        if count > MAX_NODES:
            raise _error(f"more than {MAX_NODES} syntax nodes; split the case", node)
        stack.extend((child, depth + 1) for child in ast.iter_child_nodes(node))


def _error(message: str, node: ast.AST) -> ProgramError:
    return ProgramError(message, line=getattr(node, "lineno", 1), column=getattr(node, "col_offset", 0) + 1)


class _Substitute(ast.NodeTransformer):
    """Puts the values of axes in for their names."""

    def __init__(self, axes: Mapping[str, Any]) -> None:
        self._axes = axes

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self._axes or not isinstance(node.ctx, ast.Load):
            return node
        return ast.copy_location(literal(self._axes[node.id]), node)


def literal(value: Any) -> ast.expr:
    """Return the expression for an axis value; a string that is a word of the language becomes that word."""
    if isinstance(value, str):
        if value in vocabulary():
            return ast.parse(value, mode="eval").body
        return ast.Constant(value)
    if isinstance(value, list | tuple):
        return ast.List(elts=[literal(item) for item in value], ctx=ast.Load())
    if isinstance(value, float) and not math.isfinite(value):
        name: ast.expr = ast.Name("nan" if math.isnan(value) else "inf", ast.Load())
        return name if not value < 0 else ast.UnaryOp(ast.USub(), name)
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


class _Reader:
    """Walks a program once to gather what it binds, and once more to check every node."""

    def __init__(self, data: frozenset[str]) -> None:
        self.data = data
        self.bound: dict[str, int] = {}
        self.tracked: set[str] = set()
        self.tapes: set[str] = set()
        self.modules: set[str] = set()
        self.functions: dict[str, tuple[str, ...]] = {}
        self.names: set[str] = set(data)
        self._scopes: list[set[str]] = []
        self._called: frozenset[str] = frozenset()

    def module(self, tree: ast.Module) -> None:
        """Check a whole program."""
        if not tree.body:
            raise ProgramError("the program is empty")
        calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
        self._called = frozenset(func.id for func in calls if isinstance(func, ast.Name))
        self._gather(tree.body)
        with self._scope(set(self.data) | set(self.bound) | set(self.functions)):
            for statement in tree.body:
                self._statement(statement, inside_function=False)

    @contextmanager
    def _scope(self, names: set[str]) -> Iterator[None]:
        self.names |= names
        self._scopes.append(names)
        yield
        self._scopes.pop()

    def _gather(self, body: Sequence[ast.stmt], into: dict[str, int] | None = None) -> dict[str, int]:
        """Collect the names that statements bind, with their lines, and what kind of thing each is."""
        bound = self.bound if into is None else into
        for statement in body:
            targets: list[ast.expr] = []
            match statement:
                case ast.Assign():
                    targets = statement.targets
                    call = statement.value
                    if (
                        isinstance(call, ast.Call)
                        and isinstance(call.func, ast.Name)
                        and call.func.id == "module"
                        and isinstance(targets[0], ast.Name)
                    ):
                        self.modules.add(targets[0].id)
                case ast.AugAssign() | ast.For():
                    targets = [statement.target]
                case ast.With(items=[ast.withitem(optional_vars=ast.Name() as name)]):
                    targets = [name]
                    self.tapes.add(name.id)
                case ast.FunctionDef():
                    self._bindable(statement.name, statement)
                    self.functions[statement.name] = tuple(arg.arg for arg in statement.args.args)
                    self._gather(statement.body, into={})
                    bound.setdefault(statement.name, statement.lineno)
                case _:
                    pass
            for target in targets:
                for node in ast.walk(target):
                    if isinstance(node, ast.Name):
                        self._bindable(node.id, node)
                        bound.setdefault(node.id, node.lineno)
            if not isinstance(statement, ast.FunctionDef):
                self._gather(getattr(statement, "body", []), bound)
                self._gather(getattr(statement, "orelse", []), bound)
        return bound

    def _bindable(self, name: str, node: ast.AST) -> None:
        taken = name in self._called if name in operations() else name in vocabulary() or name in RESERVED
        if taken or keyword.iskeyword(name):
            raise _error(f"{name!r} is a word of the language and cannot be bound here; choose another name", node)
        if name.startswith("_") or not name.isascii():
            raise _error(f"{name!r} cannot be bound; allowed: ASCII names that begin with a letter", node)

    # statements

    def _statement(self, node: ast.stmt, *, inside_function: bool) -> None:
        if not isinstance(node, _STATEMENTS):
            raise _error(f"{_name_of(node)} is not in the language; see cases/README.md for what is", node)
        match node:
            case ast.Assign():
                if len(node.targets) != 1:
                    raise _error("one assignment at a time; write a line for each name", node)
                self._target(node.targets[0])
                self._expression(node.value)
            case ast.AugAssign():
                if not isinstance(node.target, ast.Name):
                    raise _error("an augmented assignment takes a plain name on its left", node)
                self._operator(node.op, node)
                self._expression(node.value)
            case ast.Expr():
                self._bare(node)
            case ast.With():
                self._with(node, inside_function=inside_function)
            case ast.For():
                if node.orelse:
                    raise _error("a for loop has no else here", node)
                self._target(node.target)
                self._expression(node.iter)
            case ast.While():
                if node.orelse:
                    raise _error("a while loop has no else here", node)
                self._expression(node.test)
            case ast.If():
                self._expression(node.test)
            case ast.FunctionDef():
                self._function(node)
                return
            case ast.Return():
                if not inside_function or node.value is None:
                    raise _error("return stands in a function and returns something", node)
                self._expression(node.value)
            case _:
                pass
        for child in [*getattr(node, "body", []), *getattr(node, "orelse", [])]:
            self._statement(child, inside_function=inside_function)

    def _target(self, node: ast.expr) -> None:
        if isinstance(node, ast.Tuple) and node.elts:
            for item in node.elts:
                self._target(item)
        elif not isinstance(node, ast.Name):
            raise _error("only names can be assigned to; use x.assign(…) for a variable", node)

    def _bare(self, node: ast.Expr) -> None:
        call = node.value
        if isinstance(call, ast.Constant) and isinstance(call.value, str):
            raise _error("a string alone does nothing; use the case's title or note", node)
        if not isinstance(call, ast.Call):
            raise _error("an expression alone does nothing; bind it to a name", node)
        if isinstance(call.func, ast.Name) and call.func.id == "track":
            if len(call.args) != 1 or call.keywords or not isinstance(call.args[0], ast.Name):
                raise _error("track takes one name, as in track(loss)", node)
            self.tracked.add(call.args[0].id)
        elif not (isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name | ast.Attribute)):
            raise _error("a call alone does nothing; bind its result to a name", node)
        self._expression(call)

    def _with(self, node: ast.With, *, inside_function: bool) -> None:
        if len(node.items) != 1:
            raise _error("one tape a with statement; nest them", node)
        item = node.items[0]
        call = item.context_expr
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "tape":
            if not isinstance(item.optional_vars, ast.Name):
                raise _error("a tape needs a name: with tape() as t", node)
            self._arguments(WORDS["tape"], call)
        elif isinstance(call, ast.Call) and self._method(call) == ("tape", "stop_recording"):
            if item.optional_vars is not None:
                raise _error("stop_recording() is not bound to a name", node)
        elif isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "nan_checks":
            if item.optional_vars is not None:
                raise _error("nan_checks() is not bound to a name", node)
            self._arguments(WORDS["nan_checks"], call)
        else:
            raise _error("with takes tape(), t.stop_recording() or nan_checks()", node)

    def _function(self, node: ast.FunctionDef) -> None:
        spec = node.args
        if spec.vararg or spec.kwarg or spec.kwonlyargs or spec.posonlyargs or spec.defaults or not spec.args:
            if not spec.args and not (spec.vararg or spec.kwarg):
                raise _error("a function takes at least one parameter", node)
            raise _error("a function takes plain positional parameters, without defaults", node)
        for decorator in node.decorator_list:
            if not (isinstance(decorator, ast.Name) and decorator.id in DECORATORS):
                raise _error(f"the decorators of the language are @{', @'.join(DECORATORS)}", decorator)
        if node.returns or any(arg.annotation for arg in spec.args):
            raise _error("annotations are not in the language", node)
        for arg in spec.args:
            self._bindable(arg.arg, arg)
        if not any(isinstance(child, ast.Return) for child in ast.walk(node)):
            raise _error(f"function {node.name!r} returns nothing", node)
        local = self._gather(node.body, into={})
        with self._scope({arg.arg for arg in spec.args} | set(local)):
            for statement in node.body:
                self._statement(statement, inside_function=True)

    # expressions

    def _operator(self, op: ast.AST, node: ast.AST) -> None:
        if not isinstance(op, _OPERATORS):
            raise _error(f"the operator {_name_of(op)} is not in the language", node)

    def _expression(self, node: ast.expr) -> None:
        match node:
            case ast.Constant():
                self._constant(node)
            case ast.Name():
                self._name(node)
            case ast.BinOp():
                self._operator(node.op, node)
                self._expression(node.left)
                self._expression(node.right)
            case ast.UnaryOp():
                self._operator(node.op, node)
                self._expression(node.operand)
            case ast.BoolOp():
                for value in node.values:
                    self._expression(value)
            case ast.Compare():
                for op in node.ops:
                    self._operator(op, node)
                for value in [node.left, *node.comparators]:
                    self._expression(value)
            case ast.IfExp():
                for value in (node.test, node.body, node.orelse):
                    self._expression(value)
            case ast.List() | ast.Tuple():
                for item in node.elts:
                    self._expression(item)
            case ast.Dict():
                for key in node.keys:
                    if not (isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.isidentifier()):
                        raise _error("the keys of a dict are names in quotes", node)
                for value in node.values:
                    self._expression(value)
            case ast.Subscript():
                self._expression(node.value)
                self._index(node.slice)
            case ast.Attribute():
                self._attribute(node)
            case ast.Call():
                self._call(node)
            case _:
                raise _error(f"{_name_of(node)} is not in the language; see cases/README.md for what is", node)

    def _index(self, node: ast.expr) -> None:
        match node:
            case ast.Slice():
                for part in (node.lower, node.upper, node.step):
                    if part is not None:
                        self._expression(part)
            case ast.Tuple():
                for item in node.elts:
                    self._index(item)
            case ast.Constant(value=str(key)) if key.isidentifier():
                pass
            case _:
                self._expression(node)

    def _constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            raise _error(
                f"the string {node.value[:40]!r} is no option and no operation; "
                f"strings stand only where an option is asked for{nearest(node.value, vocabulary())}",
                node,
            )
        if not isinstance(node.value, bool | int | float | complex | None):
            raise _error(f"{node.value!r:.40} is not in the language", node)

    def _name(self, node: ast.Name) -> None:
        if any(node.id in scope for scope in self._scopes) or node.id in DTYPES or node.id in CONSTANTS:
            return
        if node.id in operations() or node.id in WORDS:
            raise _error(f"{node.id!r} is an operation; call it", node)
        known = {name for scope in self._scopes for name in scope} | vocabulary()
        raise _error(f"name {node.id!r} is never bound{nearest(node.id, known)}", node)

    def _attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.value.id in self.modules and not node.attr.startswith("_"):
            self._name(node.value)
            return
        if node.attr in ATTRIBUTES[:2]:
            self._expression(node.value)
            return
        raise _error(
            f"attribute {node.attr!r} is not in the language; "
            f"allowed: {', '.join(ATTRIBUTES)}, and the variables of a module",
            node,
        )

    def _method(self, node: ast.Call) -> tuple[str, str] | None:
        """Check a method call and return its kind and name, or None where it is not one."""
        func = node.func
        if not isinstance(func, ast.Attribute):
            return None
        owner = func.value
        if isinstance(owner, ast.Name) and owner.id in self.tapes:
            self._name(owner)
            if func.attr not in TAPE_METHODS:
                raise _error(f"a tape has no {func.attr!r}{nearest(func.attr, TAPE_METHODS)}", func)
            self._arguments(TAPE_METHODS[func.attr], node)
            return "tape", func.attr
        if func.attr in VARIABLE_METHODS and not (isinstance(owner, ast.Name) and owner.id == "linalg"):
            self._expression(owner)
            self._arguments(VARIABLE_METHODS[func.attr], node)
            return "variable", func.attr
        return None

    def _call(self, node: ast.Call) -> None:
        if self._method(node):
            return
        name = ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else None
        if name is None:  # grad(f)(x)
            self._expression(node.func)
            self._loose(node)
        elif name in operations():
            self._arguments(operations()[name], node)
        elif name in WORDS:
            if name in ("tape", "nan_checks"):
                raise _error(f"{name}() stands in a with statement: with {name}()", node)
            self._arguments(WORDS[name], node)
        elif name == "vjp":
            if len(node.args) < 2 or node.keywords:
                raise _error("vjp takes a function and its primals: vjp(f, x, …)", node)
            self._loose(node)
        elif name == "module":
            if node.args or not node.keywords or any(k.arg is None for k in node.keywords):
                raise _error("module takes its variables by name: module(w=variable(1.0))", node)
            for word in node.keywords:
                self._expression(word.value)
        elif isinstance(node.func, ast.Name) and any(name in scope for scope in self._scopes):
            self._loose(node)
        elif (
            isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and (node.func.value.id in self.modules)
        ):
            raise _error("the variables of a module are not called", node)
        else:
            raise _error(
                f"unknown operation {name!r}{nearest(name, vocabulary())} `gradconf list --operations` shows all", node
            )

    def _loose(self, node: ast.Call) -> None:
        """Check the arguments of a call of the program's own function."""
        if node.keywords:
            raise _error("functions of the program take positional arguments", node)
        for arg in node.args:
            self._expression(arg)

    _OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {"mode": ("reverse", "forward"), "unconnected": ("none", "zero")}

    def _arguments(self, operation: Operation, node: ast.Call) -> None:
        if any(isinstance(arg, ast.Starred) for arg in node.args):
            raise _error("arguments are not unpacked here", node)
        try:
            bound = operation.bind(node.args, node.keywords)
        except ProgramError as error:
            raise _error(error.message, node) from None
        for parameter, value in bound.items():
            if parameter in self._OPTIONS:
                allowed = self._OPTIONS[parameter]
                if not (isinstance(value, ast.Constant) and value.value in allowed):
                    raise _error(f"{parameter} takes one of {', '.join(map(repr, allowed))}", value)
            else:
                self._expression(value)


def _name_of(node: ast.AST) -> str:
    names = {
        "Lambda": "a lambda", "ListComp": "a comprehension", "DictComp": "a comprehension",
        "SetComp": "a comprehension", "GeneratorExp": "a comprehension", "Import": "import",
        "ImportFrom": "import", "ClassDef": "a class",
        "JoinedStr": "an f-string", "Await": "await", "Yield": "yield", "NamedExpr": "the walrus operator",
        "Starred": "unpacking with a star", "Set": "a set", "Try": "try", "Raise": "raise", "Delete": "del",
        "Global": "global", "Nonlocal": "nonlocal", "Assert": "assert", "Break": "break", "Continue": "continue",
    }  # fmt: skip
    return names.get(type(node).__name__, type(node).__name__)
