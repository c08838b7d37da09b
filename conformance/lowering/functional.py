"""The functional family: the block under a tape becomes a function of the sources of each gradient call.

JAX is of this family, and so is the reference. Names of the block that are read later without being a gradient's target
are computed as plain statements beside the functions. A source that is computed inside the block is reached by
differentiating with respect to a zero added to it.
"""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from conformance.errors import Unsupported
from conformance.lowering.names import assigned, free_names, read_before_bound, reads
from conformance.lowering.statements import Lowering, name_of, parse
from conformance.words import STRUCTURED

_DERIVATIVES = ("gradient", "jacobian", "batch_jacobian")


@dataclass(slots=True)
class _Tape:
    """A tape whose block has been met: its statements, and the names whose value at its start has been put by."""

    body: Sequence[ast.stmt]
    before: dict[str, str] = field(default_factory=dict)
    functions: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Source:
    """One leaf among the sources of a gradient call.

    ``parameter`` is the name inside the function; ``argument`` what it is called with; ``offset`` is set where the leaf
    is computed inside the block, and ``key`` picks one variable out of a module's gradient.
    """

    name: str
    parameter: str
    argument: ast.expr
    offset: bool = False
    key: str | None = None


class Functional(Lowering):
    """Lowers for a framework whose transformations take functions."""

    rebinds: ClassVar[bool] = True
    root: ClassVar[str]
    """The name that ``grad``, ``vjp``, ``jvp`` and their like hang from: ``jax`` or ``ref``."""
    zeros_like: ClassVar[str]
    stop: ClassVar[str]
    no_tape: ClassVar[str]
    """Why there is no tape object: the reason of what only a tape can do."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._tapes: dict[str, _Tape] = {}
        self._stopping = False
        self._displays: dict[str, ast.expr] = {}
        for node in ast.walk(self.program.tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Tuple | ast.Dict):
                name = name_of(node.targets[0])
                if name:
                    self._displays[name] = node.value

    # blocks

    def tape_block(self, node: ast.With, tape: str, rest: Sequence[ast.stmt], keep: frozenset[str]) -> int:
        """Write what is needed of the block as plain statements, and remember it for the gradient calls."""
        self._meet(node)
        body = node.body
        bound = set(assigned(body, methods=True))
        later = read_before_bound(rest, self._plain_reads) | keep
        needed = frozenset(later & bound)
        self._put_by(self._tapes[tape], rest)
        if self.loops and rest and (fused := self._fused(node, tape, rest[0], needed)):
            return fused
        self.block(self._slice(body, needed, plain=True), needed)
        return 0

    def _meet(self, node: ast.With) -> None:
        """Remember the tape of a block and those of the blocks inside it."""
        for inner in ast.walk(node):
            match inner:
                case ast.With(items=[ast.withitem(optional_vars=ast.Name(id=tape))]):
                    self._tapes[tape] = _Tape(inner.body)
                case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="reset")) if (
                    owner in self.program.tapes
                ):
                    raise Unsupported(f"{self.no_tape}: there is nothing to reset")
                case _:
                    pass

    def _put_by(self, tape: _Tape, rest: Sequence[ast.stmt]) -> None:
        """Keep the value that a name has before the block, where the block or what follows it gives it a new one."""
        asked = [i for i, statement in enumerate(rest) if self._asks(statement, tape)]
        between = rest[: asked[-1]] if asked else []
        changed = set(assigned(tape.body, methods=True)) | set(assigned(between, methods=True))
        for name in sorted(read_before_bound(tape.body) & changed & (set(self.program.bound) | self.program.names)):
            if name in self.program.tapes:
                continue
            tape.before[name] = self.fresh(f"{name}_before")
            self.out.add(f"{tape.before[name]} = {name}", self.line)

    def _asks(self, statement: ast.stmt, tape: _Tape) -> bool:
        return any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and self._tapes.get(name_of(node.func.value) or "") is tape
            for node in ast.walk(statement)
        )

    def _plain_reads(self, nodes: Iterable[ast.AST]) -> list[str]:
        """Return what nodes read as values: the target of a gradient call is not, its function computes it."""
        names: list[str] = []

        def visit(node: ast.AST) -> None:
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=tape), attr=attr)) if (
                    tape in self._tapes and attr in _DERIVATIVES
                ):
                    inside = set(assigned(self._tapes[tape].body, methods=True))
                    names.extend(n for n in reads(node.args[:1]) if n not in inside)
                    for part in [*node.args[1:], *node.keywords]:
                        visit(part)
                    return
                case ast.Name(ctx=ast.Load()):
                    names.append(node.id)
                case ast.AugAssign(target=ast.Name() as target):
                    names.append(target.id)
                case _:
                    pass
            for child in ast.iter_child_nodes(node):
                visit(child)

        for node in nodes:
            visit(node)
        return names

    def _slice(self, body: Sequence[ast.stmt], names: Iterable[str], *, plain: bool) -> list[ast.stmt]:
        """Return the statements of a block that the names depend on; ``plain``: calls of ``track`` as well."""
        needed = set(names)
        kept: list[ast.stmt] = []
        for statement in reversed(body):
            binds = set(assigned([statement], methods=True))
            tracks = plain and any(isinstance(n, ast.Call) and name_of(n.func) == "track" for n in ast.walk(statement))
            if not (binds & needed or tracks or isinstance(statement, ast.Return)):
                continue
            kept.append(statement)
            if isinstance(statement, ast.FunctionDef):
                needed.update(free_names(statement))
            else:
                needed.update(reads([statement]))
        return kept[::-1]

    def stop_recording(self, node: ast.With, rest: Sequence[ast.stmt], keep: frozenset[str]) -> None:
        """Write the block with everything that it computes cut off from differentiation."""
        stopping, self._stopping = self._stopping, True
        self.block(node.body, keep | frozenset(reads(rest)))
        self._stopping = stopping

    def assignment(self, node: ast.Assign) -> None:
        """Lower ``name = expression``, cut off where recording is stopped."""
        if not self._stopping:
            super().assignment(node)
            return
        value = self.expr(node.value)
        stop = parse(self.stop)
        stopped: ast.expr = ast.Call(stop, [value], [])
        if isinstance(value, ast.Tuple):
            stopped = ast.Tuple([ast.Call(stop, [item], []) for item in value.elts], ast.Load())
        self.write(ast.Assign(targets=node.targets, value=stopped))

    # gradient calls

    def tape_statement(self, tape: str, method: str, given: Mapping[str, ast.expr]) -> None:
        """Nothing is written for ``watch``: the sources are arguments."""
        if method != "watch":
            raise Unsupported(f"{self.no_tape}: there is nothing to {method.replace('_', ' ')}")

    def tape_call(self, tape: str, method: str, given: Mapping[str, ast.expr], node: ast.Call) -> ast.expr:
        """Write the function of the sources, and return its gradient at them."""
        if method not in _DERIVATIVES:
            raise Unsupported(f"{self.no_tape}: there are no {method.replace('_', ' ')}")
        target = given["target"]
        if method == "batch_jacobian":
            return self._batch_jacobian(tape, target, given["source"], node)
        sources = self._resolved(tape, given["sources"])
        leaves, structured = self._leaves(tape, sources)
        function = self._function(tape, target, leaves, None if structured is None else sources, node)
        if structured is not None:
            return ast.Call(self._transformed(method, function, None), [structured], [])
        arguments = [leaf.argument for leaf in leaves]
        if "output_gradients" in given:
            return self._pulled_back(function, arguments, given["output_gradients"], sources)
        many = isinstance(sources, ast.List | ast.Tuple)
        result: ast.expr = ast.Call(self._transformed(method, function, len(leaves) if many else None), arguments, [])
        if any(leaf.key for leaf in leaves):
            result = self._picked(result, leaves, many=many)
        return result

    def _transformed(self, method: str, function: str, count: int | None) -> ast.expr:
        word = f"{self.root}.grad" if method == "gradient" else self.jacobian_of("reverse")
        argnums = "" if count is None else f", argnums={tuple(range(count))}"
        return parse(f"{word}({function}{argnums})")

    def jacobian_of(self, mode: str) -> str:
        """Return the name of the transformation that gives a Jacobian."""
        return f"{self.root}.{'jacrev' if mode == 'reverse' else 'jacfwd'}"

    def _pulled_back(
        self, function: str, arguments: list[ast.expr], cotangent: ast.expr, sources: ast.expr
    ) -> ast.expr:
        pullback = self.fresh("pullback")
        called = ", ".join(ast.unparse(argument) for argument in arguments)
        self.out.add(f"_, {pullback} = {self.root}.vjp({function}, {called})", self.line)
        result = ast.Call(parse(pullback), [self.expr(cotangent)], [])
        return (
            result if isinstance(sources, ast.List | ast.Tuple) else ast.Subscript(result, ast.Constant(0), ast.Load())
        )

    def _picked(self, result: ast.expr, leaves: Sequence[_Source], *, many: bool) -> ast.expr:
        """Return the entries of the modules' gradients that were asked for."""
        name = self.fresh("gradients")
        self.out.add(f"{name} = {ast.unparse(ast.fix_missing_locations(result))}", self.line)
        if not many:
            return parse(f"{name}[{leaves[0].key!r}]")
        parts = [f"{name}[{i}]" + (f"[{leaf.key!r}]" if leaf.key else "") for i, leaf in enumerate(leaves)]
        return parse(f"[{', '.join(parts)}]")

    def _batch_jacobian(self, tape: str, target: ast.expr, source: ast.expr, node: ast.Call) -> ast.expr:
        leaves, _ = self._leaves(tape, source)
        function = self._function(tape, target, leaves, None, node)
        rows = self.fresh("jacobian")
        call = ast.Call(self._transformed("jacobian", function, None), [leaves[0].argument], [])
        self.out.add(f"{rows} = {ast.unparse(ast.fix_missing_locations(call))}", self.line)
        return parse(self.diagonal_of_batch.format(rows=rows))

    diagonal_of_batch: ClassVar[str]
    """How the blocks (b, :, b, :) of a Jacobian are taken out; ``{rows}`` is the Jacobian of shape (b, m, b, n)."""

    def _resolved(self, tape: str, sources: ast.expr) -> ast.expr:
        """Return the list or dict that a name of sources stands for, unless the block reads that name itself."""
        name = name_of(sources)
        if name in self._displays and name not in reads(self._tapes[tape].body):
            return self._displays[name]
        return sources

    def _leaves(self, tape: str, sources: ast.expr) -> tuple[list[_Source], ast.expr | None]:
        """Return the leaves of the sources, and the one argument that holds them if they are no flat list."""
        if isinstance(sources, ast.List | ast.Tuple) and not any(
            isinstance(item, ast.List | ast.Tuple | ast.Dict) for item in sources.elts
        ):
            return [self._leaf(tape, item) for item in sources.elts], None
        if isinstance(sources, ast.List | ast.Tuple | ast.Dict):
            leaves: list[_Source] = []

            def argument(node: ast.expr) -> ast.expr:
                if isinstance(node, ast.List | ast.Tuple):
                    return type(node)([argument(item) for item in node.elts], ast.Load())
                if isinstance(node, ast.Dict):
                    return ast.Dict(keys=node.keys, values=[argument(item) for item in node.values])
                leaf = self._leaf(tape, node)
                if leaf.key:
                    raise Unsupported("variables of a module inside a nested structure of sources are not lowered")
                leaves.append(leaf)
                return leaf.argument

            return leaves, argument(sources)
        return [self._leaf(tape, sources)], None

    def _leaf(self, tape: str, node: ast.expr) -> _Source:
        info = self._tapes[tape]
        match node:
            case ast.Name(id=name):
                if name in assigned(info.body, methods=True):
                    offset = f"{name}_offset"
                    return _Source(name, offset, parse(f"{self.zeros_like}({name})"), offset=True)
                return _Source(name, name, ast.Name(info.before.get(name, name), ast.Load()))
            case ast.Attribute(value=ast.Name(id=module), attr="trainable_variables") if module in self.program.modules:
                return _Source(module, module, ast.Name(module, ast.Load()))
            case ast.Attribute(value=ast.Name(id=module), attr=key) if module in self.program.modules:
                return _Source(module, module, ast.Name(module, ast.Load()), key=key)
            case _:
                raise Unsupported(
                    f"{ast.unparse(node)} is a source without a name; a function differentiates its arguments"
                )

    def _function(
        self, tape: str, target: ast.expr, leaves: Sequence[_Source], structure: ast.expr | None, node: ast.Call
    ) -> str:
        """Write the function of the leaves that computes the target, and return its name."""
        info = self._tapes[tape]
        cached = info.functions.get((ast.unparse(target), ast.unparse(node.args[1]) if len(node.args) > 1 else ""))
        if cached and not self._inside(info, node):
            return cached
        body = list(info.body)
        for index, statement in enumerate(info.body):
            if any(inner is node for inner in ast.walk(statement)):
                body = body[:index]
                break
        for leaf in leaves:
            if leaf.offset:
                body = self._with_offset(body, leaf)
        name = self.fresh(self._function_name(target, leaves))
        line, program_line = self.line, self.line
        parameter = None if structure is None else self.fresh("sources")
        names = list(dict.fromkeys(leaf.parameter for leaf in leaves))
        if len(names) != len(leaves):
            raise Unsupported("the same source stands twice in one call; a function has each argument once")
        self.out.add(f"def {name}({parameter or ', '.join(names)}):", line)
        with self.out.indented():
            if parameter is not None and structure is not None:
                self._unpack(structure, parameter, iter(leaves))
            needed = frozenset(reads([target]))
            lines = self._slice(body, needed, plain=False)
            local = set(assigned(lines, methods=True))
            for outside, before in info.before.items():
                if outside not in names and (outside in local or outside in reads(lines)):
                    self.out.add(f"{outside} = {before}", line)
            loops, self.loops = self.loops, 0
            stopping, self._stopping = self._stopping, False
            self.block([*self._definitions(lines, set(names) | {leaf.name for leaf in leaves}), *lines], needed)
            self.loops, self._stopping = loops, stopping
            self.line = program_line
            self.out.add(f"return {self.text(target)}", line)
        if not self._inside(info, node):
            info.functions[(ast.unparse(target), ast.unparse(node.args[1]) if len(node.args) > 1 else "")] = name
        return name

    def _definitions(self, lines: Sequence[ast.stmt], sources: set[str]) -> list[ast.stmt]:
        """Return the program's functions that the lines call and that read a source from outside: they go inside.

        A function written outside closes over the outer value, and its derivative would be silently zero.
        """
        made: dict[str, ast.stmt] = {}
        for statement in self.program.tree.body:
            match statement:
                case (
                    ast.FunctionDef(name=name)
                    | ast.Assign(
                        targets=[ast.Name(id=name)],
                        value=ast.Call(func=ast.Name(id="checkpoint" | "jit" | "grad" | "vmap")),
                    )
                ):
                    made[name] = statement
                case _:
                    pass

        def needs(name: str, seen: frozenset[str]) -> bool:
            read = set(self._free(made[name]))
            return bool(read & sources) or any(
                other in made and other not in seen and needs(other, seen | {other}) for other in read
            )

        called, wanted = list(reads(lines)), []
        while called:
            name = called.pop()
            if name in made and name not in wanted and needs(name, frozenset({name})):
                wanted.append(name)
                called.extend(self._free(made[name]))
        own = set(assigned(lines))
        return [statement for name, statement in made.items() if name in wanted and name not in own]

    def _free(self, statement: ast.stmt) -> list[str]:
        return free_names(statement) if isinstance(statement, ast.FunctionDef) else reads([statement])

    def _inside(self, info: _Tape, node: ast.Call) -> bool:
        return any(inner is node for statement in info.body for inner in ast.walk(statement))

    def _function_name(self, target: ast.expr, leaves: Sequence[_Source]) -> str:
        wanted = name_of(target) or "target"
        if len(leaves) > 3:
            return f"{wanted}_of_sources"
        return "_".join([wanted, "of", *(leaf.name for leaf in leaves)])

    def _unpack(self, structure: ast.expr, access: str, leaves: Iterable[_Source]) -> None:
        """Write ``x = sources['x']`` for every leaf of a nested structure."""
        rows = iter(leaves)

        def walk(node: ast.expr, path: str) -> None:
            match node:
                case ast.Dict():
                    for key, value in zip(node.keys, node.values, strict=True):
                        walk(value, f"{path}[{ast.unparse(key)}]" if key else path)
                case ast.List() | ast.Tuple():
                    for index, value in enumerate(node.elts):
                        walk(value, f"{path}[{index}]")
                case _:
                    self.out.add(f"{next(rows).parameter} = {path}", self.line)

        walk(structure, access)

    def _with_offset(self, body: Sequence[ast.stmt], leaf: _Source) -> list[ast.stmt]:
        """Return the block with the leaf's offset added where it gets its last value."""
        result = list(body)
        for index in range(len(body) - 1, -1, -1):
            statement = body[index]
            if leaf.name not in assigned([statement], methods=True):
                continue
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)]) if name == leaf.name:
                    value = ast.BinOp(statement.value, ast.Add(), ast.Name(leaf.parameter, ast.Load()))
                    result[index] = ast.copy_location(ast.Assign(targets=statement.targets, value=value), statement)
                    return result
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                    values = [
                        ast.BinOp(value, ast.Add(), ast.Name(leaf.parameter, ast.Load()))
                        if name_of(target) == leaf.name
                        else value
                        for target, value in zip(names, values, strict=True)
                    ]
                    changed = ast.Assign(targets=statement.targets, value=ast.Tuple(values, ast.Load()))
                    result[index] = ast.copy_location(changed, statement)
                    return result
                case ast.With(items=[ast.withitem(context_expr=ast.Call(func=ast.Attribute(attr="stop_recording")))]):
                    value = ast.BinOp(ast.Name(leaf.name, ast.Load()), ast.Add(), ast.Name(leaf.parameter, ast.Load()))
                    added = ast.Assign(targets=[ast.Name(leaf.name, ast.Store())], value=value)
                    result.insert(index + 1, ast.copy_location(added, statement))  # what the pause makes is a source
                    return result
                case ast.With():
                    inner = ast.With(items=statement.items, body=self._with_offset(statement.body, leaf))
                    result[index] = ast.copy_location(inner, statement)
                    return result
                case ast.Expr(value=ast.Call(func=ast.Attribute(attr=method), args=[value])):
                    new: ast.expr = value
                    if method != "assign":
                        op: ast.operator = ast.Add() if method == "assign_add" else ast.Sub()
                        new = ast.BinOp(ast.Name(leaf.name, ast.Load()), op, value)
                    new = ast.BinOp(new, ast.Add(), ast.Name(leaf.parameter, ast.Load()))
                    target = ast.Name(leaf.name, ast.Store())
                    result[index] = ast.copy_location(ast.Assign(targets=[target], value=new), statement)
                    return result
                case _:
                    raise Unsupported(
                        f"{leaf.name} gets its value in a loop or a branch and is a source of the same tape"
                    )
        raise Unsupported(f"{leaf.name} is computed after the gradient call that names it as a source")

    def _fused(self, node: ast.With, tape: str, following: ast.stmt, needed: frozenset[str]) -> int:
        """Write value and gradient as one call where a loop asks for just the target and its gradient, as users do."""
        match following:
            case ast.Assign(
                targets=[target],
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=asked), attr="gradient")) as call,
            ) if asked == tape and len(call.args) == 2 and not call.keywords:
                pass
            case _:
                return 0
        loss = name_of(call.args[0])
        sources = self._resolved(tape, call.args[1])
        if needed != {loss} or loss is None or isinstance(sources, ast.Dict) or self._tapes[tape].before:
            return 0
        leaves, structured = self._leaves(tape, sources)
        if structured is not None or any(leaf.offset or leaf.key for leaf in leaves):
            return 0
        self.line = following.lineno
        function = self._function(tape, call.args[0], leaves, None, call)
        many = isinstance(sources, ast.List | ast.Tuple)
        argnums = f", argnums={tuple(range(len(leaves)))}" if many else ""
        arguments = ", ".join(ast.unparse(leaf.argument) for leaf in leaves)
        answer = ast.unparse(target)
        self.out.add(f"{loss}, {answer} = {self.root}.value_and_grad({function}{argnums})({arguments})", self.line)
        return 1

    # the rest of the language

    def transform(self, word: str, given: Mapping[str, ast.expr], node: ast.Call) -> ast.expr:
        """Return the framework's transformation of the same name."""
        native = {key: self.expr(value) for key, value in given.items()}
        if word in STRUCTURED:
            return self.structured(word, native)
        f = ast.unparse(ast.fix_missing_locations(native["f"])) if "f" in native else ""
        options = "".join(
            f", {key}={ast.unparse(ast.fix_missing_locations(value))}"
            for key, value in native.items()
            if key in ("argnums", "has_aux", "in_axes")
        )
        match word:
            case "stop_gradient":
                return ast.Call(parse(self.stop), [native["x"]], [])
            case "grad" | "value_and_grad" | "vmap":
                return parse(f"{self.root}.{word}({f}{options})")
            case "jacobian":
                mode = given.get("mode")
                chosen = mode.value if isinstance(mode, ast.Constant) else "reverse"
                return parse(f"{self.jacobian_of(str(chosen))}({f}{options})")
            case "hessian" | "checkpoint" | "jit":
                return parse(f"{self.root}.{word}({f})")
            case "jvp":
                return ast.Call(parse(f"{self.root}.jvp"), [native["f"], native["primals"], native["tangents"]], [])
            case "vjp":
                return ast.Call(parse(f"{self.root}.vjp"), [self.expr(arg) for arg in node.args], [])
            case "hvp":
                call = ast.Call(parse(f"{self.root}.jvp"), [
                    parse(f"{self.root}.grad({f})"),
                    ast.Tuple([native["x"]], ast.Load()),
                    ast.Tuple([native["v"]], ast.Load()),
                ], [])  # fmt: skip
                return ast.Subscript(call, ast.Constant(1), ast.Load())
            case _:
                raise Unsupported(f"{word} is not lowered for the functional family")

    @abstractmethod
    def structured(self, word: str, native: Mapping[str, ast.expr]) -> ast.expr:
        """Return structured control flow or random numbers; the arguments are native already."""

    def assign(self, method: str, owner: ast.expr, value: ast.expr) -> None:
        """Write the new value under the old name: arrays do not change."""
        if method == "assign":
            new = self.constant(value, None)
        else:
            new = ast.BinOp(owner, ast.Add() if method == "assign_add" else ast.Sub(), value)
        target = ast.unparse(ast.fix_missing_locations(owner))
        stopped = ast.Call(parse(self.stop), [new], []) if self._stopping else new
        self.out.add(f"{target} = {ast.unparse(ast.fix_missing_locations(stopped))}", self.line)

    def module(self, name: str, variables: Mapping[str, ast.expr]) -> None:
        """Write a dictionary of arrays."""
        value = ast.Dict(keys=[ast.Constant(key) for key in variables], values=list(variables.values()))
        self.write(ast.Assign(targets=[ast.Name(name, ast.Store())], value=value))

    def module_variable(self, module: ast.expr, name: str) -> ast.expr:
        """Return an entry of the dictionary."""
        return ast.Subscript(module, ast.Constant(name), ast.Load())

    def trainable_variables(self, module: ast.expr) -> ast.expr:
        """Return the leaves of the dictionary."""
        return parse(f"list({ast.unparse(module)}.values())")

    def custom_gradient(self, node: ast.FunctionDef) -> None:
        """Write the function under the framework's decorator of the same meaning."""
        self.define(node, [f"@{self.root}.custom_gradient"])

    def redefine(self, name: str, decorator: str) -> None:
        """Write ``f = jax.checkpoint(f)`` and its like."""
        self.out.add(f"{name} = {self.root}.{decorator}({name})", self.line)

    def snapshot(self, value: ast.expr, made_by: str) -> ast.expr:
        """Return the array itself: arrays do not change."""
        del made_by
        return value
