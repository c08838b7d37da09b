"""A case held against the program language, its own axes and the adapters: all that is wrong with it, by place."""

from __future__ import annotations

import ast
import itertools
import json
import keyword
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from conformance.errors import CaseError, ProgramError
from conformance.expectation import ExpectationError, parse_expected
from conformance.known_failures import is_range
from conformance.refusal import choices

if TYPE_CHECKING:
    from conformance.case import Case
    from conformance.yaml_nodes import Document, Steps

MAX_VARIANTS: Final = 1_000
"""The most variants that the axes of one case may make; more belongs into several cases."""

_AXIS_IN_TEXT: Final = re.compile(r"\$([A-Za-z_]\w*)")
_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_LABEL: Final = re.compile(r"[A-Za-z0-9_.+-]{1,40}")


def check_case(case: Case, document: Document, steps: Steps) -> list[CaseError]:
    """Return all that is wrong with a case; ``steps`` lead to it in its document."""
    checker = _Checker(case, document, steps)
    checker.check()
    return checker.errors


class _Checker:
    """Holds one case against the program language, its axes and the adapters; gathers what is wrong."""

    def __init__(self, case: Case, document: Document, steps: Steps) -> None:
        self._case, self._document, self._steps = case, document, steps
        self.errors: list[CaseError] = []

    def check(self) -> None:
        """Find all that is wrong with the case."""
        self._frameworks()
        variants = self._variants() if self._axes() else []
        if self._case.function is not None:
            self._function(variants)
            return
        if self._case.native is not None:
            for framework, text in self._case.native.items():
                bound = self._native(framework, text)
                self._names(self._case.expect[framework], bound, text, "expect", framework)
                self._differences(bound, text, framework)
            return
        assert self._case.program is not None
        bound = self._programs(variants)
        self._names(self._case.expect, bound, self._case.program, "expect")
        self._differences(bound, self._case.program, None)
        self._oracle()
        self._expectations(variants)

    def _add(self, message: str, *steps: str | int, key: bool = False) -> None:
        self.errors.append(self._document.error(message, (*self._steps, *steps), key=key))

    # adapters

    def _frameworks(self) -> None:
        from conformance.registry import adapter_names

        allowed = adapter_names()
        named: list[tuple[str, Steps, bool]] = [(key, ("native", key), True) for key in self._case.native or ()]
        named += [(key, ("differs", key), True) for key in self._case.differs]
        named += [(key, ("unsupported", key), True) for key in self._case.unsupported]
        named += [(known.framework, ("known", i, "framework"), False) for i, known in enumerate(self._case.known)]
        for name, steps, key in named:
            framework = re.sub(r"-(eager|compiled)$", "", name) if steps[0] in ("differs", "unsupported") else name
            if framework not in allowed:
                problem = f"{steps[0]}: no adapter is called {framework!r}{choices(framework, allowed)}"
                self._add(problem, *steps, key=key)

        for i, known in enumerate(self._case.known):
            self._versions(known.versions, i)

    def _versions(self, text: str, i: int) -> None:
        if not is_range(text):
            self._add(f"versions is {text!r}; it takes a range such as '>=2.20,<2.22'", "known", i, "versions")

    # axes

    def _axes(self) -> bool:
        """Check the axes by themselves; return whether they can be expanded."""
        case, before = self._case, len(self.errors)
        names: dict[str, Steps] = {}
        for axis, values in case.for_each.items():
            steps: Steps = ("for_each", axis)
            if not values:
                self._add(f"axis {axis!r} has no values; give it at least one", *steps)
            elif isinstance(values, dict):
                self._rows(axis, values)
                for name in next(iter(values.values())):
                    self._axis_name(name, (*steps, next(iter(values)), name), names)
            else:
                self._axis_name(axis, steps, names)
                labels = Counter(value if isinstance(value, str) else json.dumps(value) for value in values)
                for text, count in labels.items():
                    if count > 1:
                        problem = (
                            f"axis {axis!r} has {text} {count} times; values look different in an id; take one out"
                        )
                        self._add(problem, *steps)
        if case.dtypes:
            if "dtype" in names or "dtype" in case.for_each:
                self._add(
                    "both `dtypes` and an axis `dtype`; `dtypes` makes that axis; take one out", "dtypes", key=True
                )
            names["dtype"] = ("dtypes",)
            if len(set(case.dtypes)) < len(case.dtypes):
                self._add("dtypes has one of them twice; take it out", "dtypes")
        count = 1
        for size in (*map(len, case.for_each.values()), len(case.dtypes)):
            count *= max(1, size)
        if count > MAX_VARIANTS:
            self._add(
                f"the axes make {count:,} variants; at most {MAX_VARIANTS:,}; split the case", "for_each", key=True
            )
        sound = len(self.errors) == before
        if sound:
            self._uses(names)
        return sound

    def _rows(self, axis: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
        first_label, first = next(iter(rows.items()))
        if not axis.isidentifier():
            self._add(f"axis {axis!r} is not a name; use letters, digits and underscores", "for_each", axis, key=True)
        if not first:
            self._add(
                f"row {first_label!r} gives no name a value; write {{name: value}}", "for_each", axis, first_label
            )
        for label, row in rows.items():
            if not _LABEL.fullmatch(label):
                problem = f"row label {label!r}; it takes up to 40 letters, digits and . + - _; rename it"
                self._add(problem, "for_each", axis, label, key=True)
            if set(row) != set(first):
                problem = (
                    f"row {label!r} gives {', '.join(row) or 'nothing'}; row {first_label!r} gives {', '.join(first)}"
                )
                self._add(f"{problem}; rows of an axis give the same names", "for_each", axis, label)

    def _axis_name(self, name: str, steps: Steps, names: dict[str, Steps]) -> None:
        from conformance.words import vocabulary

        if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("__"):
            self._add(f"axis {name!r} is not a name; use letters, digits and underscores", *steps, key=True)
        elif name in vocabulary():
            self._add(
                f"axis {name!r} is a word of the language; axes have names of their own; rename it", *steps, key=True
            )
        elif name in self._case.data and name != "seed":
            self._add(f"axis {name!r} is bound under data as well; rename one of them", *steps, key=True)
        elif name in names:
            self._add(f"axis {name!r} gets its value twice; rename one of them", *steps, key=True)
        names[name] = steps

    def _uses(self, names: Mapping[str, Steps]) -> None:
        """Refuse axes that nothing uses, and ``$name`` of no axis."""
        case = self._case
        fields = ("expect", "data", "differs", "known", "native")
        whole: Any = self._document.value
        for step in self._steps:
            whole = whole[step]
        used = set(_WORD.findall(case.program or "")) if names else set()
        used |= set(_AXIS_IN_TEXT.findall(case.function or ""))
        used |= {word for text in case.data.values() if isinstance(text, str) for word in _WORD.findall(text)}
        for part in fields:
            for steps, text in _texts(whole.get(part), (part,)):
                for name in _AXIS_IN_TEXT.findall(text) if "$" in text else ():
                    used.add(name)
                    if name not in names and part != "native":
                        advice = choices(name, names, "axes") if names else "; it has none; add `for_each`"
                        self._add(f"${name} is no axis of the case{advice}", *steps)
        for name, steps in names.items():
            if name not in used:
                self._add(
                    f"axis {name!r} is used nowhere; use it in the program, or as ${name}; or take it out",
                    *steps,
                    key=True,
                )

    def _variants(self) -> list[dict[str, Any]]:
        """Return the values of every combination of axes, as ``conformance.plan.expand`` makes them."""
        axes: list[list[Mapping[str, Any]]] = []
        for name, values in self._case.for_each.items():
            axes.append(list(values.values()) if isinstance(values, dict) else [{name: value} for value in values])
        if self._case.dtypes:
            axes.append([{"dtype": dtype} for dtype in self._case.dtypes])
        return [{name: value for row in rows for name, value in row.items()} for rows in itertools.product(*axes)]

    # programs

    def _programs(self, variants: Sequence[Mapping[str, Any]]) -> frozenset[str] | None:
        """Parse the program of every variant; return the names that all of them bind, None where one is wrong."""
        from conformance.axes import substitute
        from conformance.data import data_lines
        from conformance.program import parse_program

        case = self._case
        assert case.program is not None
        node = self._document.node((*self._steps, "program"))
        if node is not None and node.style == ">":
            self._add("program is folded by `>`, which joins its lines; write `program: |`", "program")
            return None
        arrays = [name for name in case.data if name != "seed"]
        found: dict[tuple[Steps, str, int, int], list[Mapping[str, Any]]] = {}
        bound: frozenset[str] | None = None
        for axes in variants:
            at: Steps = ("data",)
            try:
                if case.data:
                    data_lines(substitute(dict(case.data), axes), axes)
                at = ("program",)
                program = parse_program(case.program, axes=axes, data=arrays)
            except ProgramError as error:
                found.setdefault((at, error.message, error.line, error.column), []).append(axes)
                continue
            except (RecursionError, MemoryError):
                found.setdefault((at, "nested too deeply to be read; write it in several lines", 1, 1), []).append(axes)
                continue
            names = frozenset(program.bound) | program.tracked
            bound = names if bound is None else bound & names
        for (at, message, line, column), wrong in found.items():
            if len(wrong) < len(variants):
                message += f" (with {', '.join(f'{name} = {value!r}' for name, value in wrong[0].items())})"
            if at == ("data",):
                named = re.match(r"data: (\w+)", message)
                self._add(message, "data", *([named[1]] if named and named[1] in case.data else []))
            else:
                line, column = self._document.text_place((*self._steps, "program"), line, column)
                self.errors.append(CaseError(message, file=self._document.file, line=line, column=column))
        return None if found else bound

    def _function(self, variants: Sequence[Mapping[str, Any]]) -> None:
        """Parse the function of every variant of a derivative case, and check its points and known failures."""
        from conformance.derivatives import function_text, named_dtypes, points_of
        from conformance.formats import LOW_PRECISION
        from conformance.points import exact_in
        from conformance.program import parse_program

        case = self._case
        assert case.derivatives is not None
        points = points_of(case)
        for axes in variants:
            try:
                program = parse_program(function_text(case, axes), axes={"dtype": named_dtypes(case)[0]})
            except ProgramError as error:
                line, column = self._document.text_place((*self._steps, "function"), error.line, error.column)
                at = f" (with {', '.join(f'{name} = {value!r}' for name, value in axes.items())})" if axes else ""
                self.errors.append(
                    CaseError(f"{error.message}{at}", file=self._document.file, line=line, column=column)
                )
                return
            arguments = program.functions.get("f")
            if arguments is None or list(program.bound) != ["f"]:
                self._add("a function is one `def f(...)` and nothing else; write that", "function")
                return
            for point in points:
                if len(point.values) != len(arguments):
                    given = f"point {point.name!r} has {len(point.values)} inputs"
                    self._add(f"{given}; f takes {len(arguments)}: {', '.join(arguments)}", "points")
                    return
        if isinstance(case.points, Mapping):
            for point in points:
                for dtype in set(named_dtypes(case)) - set(LOW_PRECISION):
                    if dtype in point.dtypes and not exact_in(point.values, dtype):
                        self._add(
                            f"point {point.name!r} is not exact in {dtype}, so that every dtype would differentiate "
                            f"another input; write dyadic numbers, or `dtypes: [float64]`",
                            "points", point.name,
                        )  # fmt: skip

    def _native(self, framework: str, text: str) -> frozenset[str] | None:
        """Return the names that native source binds, None where it is not Python (which is an error)."""
        steps = (*self._steps, "native", framework)
        plain = _AXIS_IN_TEXT.sub(lambda found: f"{found[1]}_", text)  # an axis of unknown value stands there
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(plain)
        except SyntaxError as error:
            line, column = self._document.text_place(steps, error.lineno or 1, error.offset or 1)
            problem = f"native.{framework} is not Python: {error.msg}; correct it"
            self.errors.append(CaseError(problem, file=self._document.file, line=line, column=column))
            return None
        except (ValueError, RecursionError, MemoryError):
            self._add(f"native.{framework} is nested too deeply to be read; write it in several lines", *steps[2:])
            return None
        return frozenset(_bound_names(tree))

    # expectations

    def _differences(self, bound: frozenset[str] | None, text: str, framework: str | None) -> None:
        for key, difference in self._case.differs.items():
            if framework is None or re.sub(r"-(eager|compiled)$", "", key) == framework:
                self._names(difference.expect, bound, text, "differs", key, "expect")
        for i, known in enumerate(self._case.known):
            if known.observed and (framework is None or known.framework == framework):
                self._names(known.observed, bound, text, "known", i, "observed")

    def _names(
        self, expect: Mapping[str, Any], bound: frozenset[str] | None, text: str, *steps: str | int
    ) -> None:  # fmt: skip
        """Check the names of one mapping of expectations, and the program lines that they give."""
        last = text.count("\n") + (not text.endswith("\n"))
        if not expect:
            self._add(f"{'.'.join(map(str, steps))} expects nothing; name at least one observation", *steps)
        for name, value in expect.items():
            if bound is not None and name not in ("raises", "warns") and name not in bound:
                problem = f"{name!r} is expected, but never bound{choices(name, sorted(bound), 'bound')}"
                self._add(problem, *steps, name, key=True)
            for inner, form in _forms(value if name not in ("raises", "warns") else {name: value}, (*steps, name)):
                for word in ("equals", "same_structure"):
                    other = form.get(word)
                    if bound is not None and isinstance(other, str) and "$" not in other and other not in bound:
                        self._add(
                            f"{word}: {other!r} is never bound{choices(other, sorted(bound), 'bound')}", *inner, word
                        )
                raised = form.get("raises")
                at = raised.get("at") if isinstance(raised, dict) else None
                if type(at) is int and at > last:
                    inside = inner if inner[-1] != "raises" else inner[:-1]
                    self._add(
                        f"at: {at} is beyond the text's {last} lines; lines count from 1", *inside, "raises", "at"
                    )

    def _oracle(self) -> None:
        if self._case.oracle is None:
            return
        expected = {*self._case.expect, *(name for d in self._case.differs.values() for name in d.expect)}
        for i, name in enumerate(self._case.oracle.skip):
            if name not in expected:
                problem = f"oracle.skip: {name!r} is not expected{choices(name, sorted(expected), 'expected')}"
                self._add(problem, "oracle", "skip", i)

    def _expectations(self, variants: Sequence[Mapping[str, Any]]) -> None:
        """Check the forms of expectations that hold ``$name``, with every value put in."""
        from conformance.axes import substitute

        parts: list[tuple[Steps, Mapping[str, Any]]] = [(("expect",), self._case.expect)]
        parts += [(("differs", key, "expect"), difference.expect) for key, difference in self._case.differs.items()]
        parts += [(("known", i, "observed"), known.observed) for i, known in enumerate(self._case.known)]
        for steps, expect in parts:
            if not any("$" in text for _, text in _texts(expect, ())):
                continue
            for axes in variants:
                try:
                    parse_expected(substitute(expect, axes))
                except ExpectationError as error:
                    values = ", ".join(f"{name} = {value!r}" for name, value in axes.items())
                    self._add(f"{'.'.join(map(str, steps))}: {error} (with {values})", *steps, *error.path)
                    break


def _texts(value: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, str):
        yield steps, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*steps, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _texts(item, (*steps, i))


def _forms(value: Any, steps: Steps) -> Iterator[tuple[Steps, Mapping[str, Any]]]:
    """Yield every mapping inside an expectation with its path."""
    if isinstance(value, dict):
        yield steps, value
        for key, item in value.items():
            yield from _forms(item, (*steps, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _forms(item, (*steps, i))


def _bound_names(tree: ast.Module) -> Iterator[str]:
    """Yield every name that native source may bind, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).split(".")[0]
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
