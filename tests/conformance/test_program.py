import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.errors import ProgramError
from conformance.program import MAX_CHARACTERS, parse_program

NESTED = """x = variable(2.0)
with tape() as outer:
    with tape() as inner:
        y = x ** 4
    first = inner.gradient(y, x)
second = outer.gradient(first, x)
"""


def test_a_program_knows_what_it_binds_and_where() -> None:
    program = parse_program(NESTED)
    assert dict(program.bound) == {"x": 1, "outer": 2, "inner": 3, "y": 4, "first": 5, "second": 6}
    assert program.tapes == {"outer", "inner"}
    assert program.tracked == frozenset()


def test_tracked_series_modules_and_functions_are_found() -> None:
    program = parse_program("m = module(w=variable(1.0))\ndef f(a, b):\n    return a * b\ny = f(m.w, 2.0)\ntrack(y)\n")
    assert program.tracked == {"y"}
    assert program.modules == {"m"}
    assert program.functions == {"f": ("a", "b")}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("sin", "y = sin(x)"),
        ("linalg.det", "y = linalg.det(x)"),
    ],
)
def test_an_axis_that_names_an_operation_becomes_the_operation(value: str, expected: str) -> None:
    program = parse_program("x = constant([[1.0]])\ny = op(x)", axes={"op": value})
    assert ast.unparse(program.tree).splitlines()[1] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-1.5, "x = constant(-1.5)"),
        ([1, -2], "x = constant([1, -2])"),
        (float("-inf"), "x = constant(-inf)"),
        (True, "x = constant(True)"),
    ],
)
def test_an_axis_value_becomes_a_literal(value: object, expected: str) -> None:
    assert ast.unparse(parse_program("x = constant(v)", axes={"v": value}).tree) == expected


REFUSED = {
    "x = __import__('os')": "unknown operation '__import__'",
    "x = (lambda: 1)()": "a lambda",
    "n = constant(1.0)\nx = [i for i in n]": "a comprehension",
    "x = constant(1.0)\ny = x.__class__": "attribute '__class__'",
    "x = relu7(1.0)": "did you mean 'relu6'?",
    "y = z": "'z' is never bound",
    "x = 'text'": "no option",
    "def f():\n    return 1": "at least one parameter",
    "def f(x=1):\n    return x": "without defaults",
    "def f(*x):\n    return x": "plain positional parameters",
    "def f(x):\n    y = x": "returns nothing",
    "x\x00": "null bytes",
    "import os": "import is not in the language",
    "sum = sum(constant(1.0))": "cannot be bound here",
    "tf = constant(1.0)": "cannot be bound here",
    "_x = constant(1.0)": "cannot be bound; allowed",
    "é = constant(1.0)": "cannot be bound; allowed",
    "x = constant(1.0)\nx[0] = 2": "only names can be assigned to",
    "x = y = constant(1.0)": "one assignment at a time",
    "x = constant(1.0)\nx": "does nothing",
    "x = constant(1.0, shape=3)": "no parameter 'shape'",
    "x = mean()": "was not given 'x'",
    "x = constant(*[1.0])": "not unpacked",
    "x = f'{1}'": "an f-string",
    "x = constant(b'1')": "is not in the language",
    "x = constant(1.0)\nx |= x": "operator BitOr",
    "x = constant(1.0)\nwhile x > 0:\n    break": "break is not in the language",
    "return 1": "return stands in a function",
    "with open('f') as t:\n    x = 1": "with takes tape()",
    "t = tape()": "stands in a with statement",
    "with tape() as t:\n    x = variable(1.0)\ng = t.gradiant(x, x)": "did you mean 'gradient'?",
    "x = variable(1.0)\nwith tape() as t:\n    y = x\ng = t.gradient(y, x, unconnected='no')": "one of 'none', 'zero'",
    "x = {1: 2}": "names in quotes",
    "x = (y := 1)": "the walrus operator",
    "@staticmethod\ndef f(x):\n    return x": "decorators of the language",
    "def f(x: int):\n    return x": "annotations",
    "x = 1\nglobal x": "global is not in the language",
    "class A:\n    pass": "a class is not in the language",
    "": "the program is empty",
    "x = (" * 300: "Python syntax",
    "x = " + "-" * 90 + "1": "nested more than",
    "x = [" + "1," * 6000 + "]": "syntax nodes",
    "x = 1\n" + "#" * MAX_CHARACTERS: "allowed: 20000",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:40])
def test_what_is_not_in_the_language_is_refused(text: str) -> None:
    with pytest.raises(ProgramError) as caught:
        parse_program(text)
    assert REFUSED[text] in caught.value.message
    assert caught.value.line >= 1
    assert caught.value.column >= 1


def test_the_place_of_an_error_is_that_of_the_node() -> None:
    with pytest.raises(ProgramError) as caught:
        parse_program("x = constant(1.0)\ny = sin(relu7(x))")
    assert (caught.value.line, caught.value.column) == (2, 9)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("xyt=()[]{}.,:+-*/@ \n0123456789ewithasdfgrn'\"#\\\x00é")), max_size=200))
def test_no_text_ends_in_anything_but_a_program_error(text: str) -> None:
    try:
        parse_program(text)
    except ProgramError as error:
        assert str(error)
