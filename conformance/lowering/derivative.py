"""A derivative case into one native program for a way and a data type: every point of the case, each by itself.

The function is lowered like any other; around it stand the few lines that a framework's adapter gives in its ``ways``
module (``WAYS``): how the curve and the weights are made, and how this way differentiates. A point that raises tells so
in its own answer, and the other points are still asked.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance.derivatives import CONSISTENCY
from conformance.errors import Unsupported
from conformance.formats import PARTS, WIDE
from conformance.lowering.composition import second_order
from conformance.lowering.consistency import CHECKS
from conformance.lowering.consistency import LOOP as PAIRS_LOOP
from conformance.lowering.native import NativeSource
from conformance.lowering.together import LOOP, definitions, fitting
from conformance.points import COMPLEX

if TYPE_CHECKING:
    from conformance.adapter import Adapter
    from conformance.program import Program

ANSWERS: Final = "answers"
"""The native variable that holds what every point gave."""

UNEVEN: Final = '''\
def uneven(shape, step, start):
    """Fixed uneven numbers, odd multiples of 1/16 below 2: exact in every dtype. Those of one step agree in sign."""
    places = np.arange(int(np.prod(shape)))
    signs = 1 - 2 * ((places + step) ** 2 % 5 % 2)
    sizes = 2 * ((step * places * (places + 1) // 2 + start) % 16) + 1
    return (signs * sizes / 16).reshape(shape)
'''

UNEVEN_COMPLEX: Final = (
    UNEVEN.replace("def uneven(", "def uneven_real(")
    + '''

def uneven(shape, step, start):
    """The same for real and imaginary parts."""
    return uneven_real(shape, step, start) + 1j * uneven_real(shape, step + 2, start + 13)
'''
)

ONE_BY_ONE: Final = """\
def ask_one_by_one(points):
    found = {}
    for name, values in points.items():
        inputs = tuple(array(value) for value in values)
        directions = tuple(array(uneven(x.shape, 29, 27 + 11 * i)) for i, x in enumerate(inputs))
        bends = tuple(array(uneven(x.shape, 19, 6 + 7 * i)) for i, x in enumerate(inputs))
        try:
            found[name] = differentiate(inputs, directions, bends)
        except Exception as error:
            found[name] = f"raised {type(error).__name__}: {error}"
    return found
"""


_SECOND: Final = """\
def differentiate(inputs, directions, bends):
    def g(t):
        return along(t, inputs, directions, bends)

    return {curvature}
"""


def second_order_ways(derivative: Mapping[str, str], as_function: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the definitions of ``differentiate`` of order 2, from how a framework says reverse and forward mode.

    The arguments are those of ``second_order``.
    """
    curvatures = second_order(derivative, of="g", as_function=as_function)
    return {way: _SECOND.format(curvature=curvature) for way, curvature in curvatures.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How a framework differentiates: ``imports``, ``setup`` (``array``, ``total`` and ``along``), and a definition of
    ``differentiate`` for each way, with ``compiled`` as the decorator of the compiled mode.

    ``products``: ``pull`` and ``push``, its vector-Jacobian and Jacobian-vector products, and ``host``, which returns
    an array as one of NumPy's float64.
    ``complex_setup``: that of functions of complex arguments: the total sums real and imaginary parts of the result,
    with weights for each, and the parameter of the curve is real; ``complex_ways``: those ways of order 1 that give the
    gradient by the arguments. ``imaginary_sign``: that of the derivative by the imaginary part in the gradient.
    ``consistency``: ``mapped``, ``compiled`` and ``recomputed``, the gradient of a batch, compiled, and with a
    checkpoint; and ``twice``, a batch of an array and itself.
    ``no_rule``: parts of the messages by which the framework says that an operation has no such derivative rule;
    ``no_kernel``: that it does not compute an operation in a data type.
    """

    imports: Sequence[str]
    setup: str
    ways: Mapping[str, str]
    compiled: str
    no_rule: Sequence[str]
    no_kernel: Sequence[str]
    products: str
    complex_setup: str
    complex_ways: Mapping[str, str]
    imaginary_sign: int
    consistency: str


def lower_derivative(
    adapter: Adapter,
    program: Program,
    *,
    way: str,
    dtype: str,
    mode: str,
    device: str,
    points: Mapping[str, Sequence[Any]],
    elementwise: bool = False,
) -> NativeSource:
    """Return the native program of a way: the answers of all points, by name.

    ``elementwise``: the function treats every element alone, so that its points can be asked as one array.

    Raises:
        Unsupported: the framework has no such function, or no such way.
    """
    ways: Ways | None = getattr(adapter, "ways", None)
    if ways is None or (way not in ways.ways and way != CONSISTENCY):
        raise Unsupported(f"{adapter.profile.title} has no way to differentiate {way}")
    lowered = _function(adapter, program, device=device, wide=dtype in WIDE)
    lines: list[tuple[str, int | None]] = list(zip(lowered.text.splitlines(), lowered.line_map, strict=True))
    head = next(i for i, (text, _) in enumerate(lines) if not text.strip())
    imports = [text for text, _ in lines[:head]]
    missing = [line for line in ways.imports if line not in imports]
    table = [f"    {name!r}: {_literal(values)}," for name, values in points.items()]
    if way == CONSISTENCY:
        parts = [UNEVEN, ways.setup, ways.products, ways.consistency, CHECKS]
        return _native_source(missing, lines, table, re.sub(r"\bDTYPE\b", dtype, "\n" + "\n\n".join(parts) + "\n\n"),
                              PAIRS_LOOP)  # fmt: skip
    together = fitting(points, dtype) if elementwise else ()
    compiled = None if mode == "eager" else ways.compiled
    of_complex = dtype in COMPLEX
    definition = ways.complex_ways.get(way, ways.ways[way]) if of_complex else ways.ways[way]
    definition = definition if compiled is None else f"{compiled}\n{definition}"
    parts = [UNEVEN_COMPLEX if of_complex else UNEVEN, ways.complex_setup if of_complex else ways.setup]
    parts += [definition, ONE_BY_ONE]
    if together:
        parts += [ways.products, definitions(way, compiled)]
    text = re.sub(r"\bDTYPE\b", dtype, "\n" + "\n\n".join(parts) + "\n\n")
    text = re.sub(r"\bREAL\b", PARTS.get(dtype, dtype), text)
    asked = f"together = {together}\n{LOOP}" if together else f"{ANSWERS} = ask_one_by_one(points)\n"
    return _native_source(missing, lines, table, text, asked)


@functools.lru_cache(maxsize=64)
def _function(adapter: Adapter, program: Program, *, device: str, wide: bool) -> NativeSource:
    """Return a function for a framework; once, for all ways to differentiate it."""
    return adapter.lower(program, observe=(), mode="eager", device=device, wide=wide)


def _native_source(
    missing: Sequence[str], lines: Sequence[tuple[str, int | None]], table: Sequence[str], text: str, asked: str
) -> NativeSource:
    """Return the whole program: imports, the lowered function, how it is differentiated, the points, and their loop."""
    whole: list[tuple[str, int | None]] = [
        *((line, None) for line in missing),
        *lines,
        *((line, None) for line in text.splitlines()),
        ("points = {", None),
        *((line, None) for line in table),
        ("}", None),
        *((line, None) for line in asked.splitlines()),
    ]
    return NativeSource(
        text="\n".join(line for line, _ in whole) + "\n",
        line_map=tuple(line for _, line in whole),
        observe={ANSWERS: ANSWERS},
    )


def exact_source(
    reference: Adapter,
    program: Program,
    *,
    points: Mapping[str, Sequence[Any]],
    orders: Sequence[int],
    conditioned: bool,
    elementwise: bool,
    complex: bool = False,
) -> NativeSource:
    """Return the reference's program: the exact derivatives at all points."""
    lowered = reference.lower(program, observe=(), mode="eager", wide=True)
    table = [f"    {name!r}: {_literal(values)}," for name, values in points.items()]
    options = f", {list(orders)}, conditioned={conditioned}, elementwise={elementwise}, complex={complex}"
    lines = ["points = {", *table, "}", f"{ANSWERS} = ref.exact_derivatives(f, points{options})"]
    return NativeSource(
        text=lowered.text + "\n".join(lines) + "\n",
        line_map=(*lowered.line_map, *(None for _ in lines)),
        observe={ANSWERS: ANSWERS},
    )


def _literal(values: Sequence[Any]) -> str:
    return f"[{', '.join(repr(value) for value in values)}]"
