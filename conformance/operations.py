"""The neutral operations: name, signature and meaning, one row each.

Names and signatures are those of the Array API standard (https://data-apis.org/array-api/latest/), then the common
names of special functions and neural networks. A row says what exists in the language; how a framework spells it stands
in that adapter's table, and what the language does with tapes and transformations stands in ``conformance.program``.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.errors import ProgramError

_TABLE = """
# creation
zeros(shape, dtype=None) | an array of zeros
ones(shape, dtype=None) | an array of ones
full(shape, fill_value, dtype=None) | an array filled with one value
zeros_like(x) | zeros of the shape and dtype of x
ones_like(x) | ones of the shape and dtype of x
eye(n_rows, dtype=None) | the identity matrix
arange(start, stop=None, step=1) | evenly spaced integers, as range
linspace(start, stop, num) | evenly spaced floating-point values, ends included
asarray(obj, dtype=None) | an array from numbers or nested lists

# elementwise
abs(x) | absolute value
negative(x) | -x
add(x1, x2) | x1 + x2
subtract(x1, x2) | x1 - x2
multiply(x1, x2) | x1 * x2
divide(x1, x2) | x1 / x2
pow(x1, x2) | x1 to the power x2
remainder(x1, x2) | remainder with the sign of the divisor
floor_divide(x1, x2) | the quotient rounded down
reciprocal(x) | 1 / x
square(x) | x * x
sqrt(x) | square root
rsqrt(x) | 1 / sqrt(x)
exp(x) | exponential
expm1(x) | exp(x) - 1, exact near zero
log(x) | natural logarithm
log1p(x) | log(1 + x), exact near zero
log2(x) | logarithm to base two
log10(x) | logarithm to base ten
sin(x) | sine
cos(x) | cosine
tan(x) | tangent
asin(x) | inverse sine
acos(x) | inverse cosine
atan(x) | inverse tangent
atan2(x1, x2) | inverse tangent of x1 / x2 in the right quadrant
sinh(x) | hyperbolic sine
cosh(x) | hyperbolic cosine
tanh(x) | hyperbolic tangent
asinh(x) | inverse hyperbolic sine
acosh(x) | inverse hyperbolic cosine
atanh(x) | inverse hyperbolic tangent
hypot(x1, x2) | sqrt(x1 ** 2 + x2 ** 2)
logaddexp(x1, x2) | log(exp(x1) + exp(x2))
sign(x) | -1, 0 or 1
floor(x) | rounded down
ceil(x) | rounded up
round(x) | rounded to the nearest integer, ties to even
trunc(x) | rounded towards zero
maximum(x1, x2) | the larger, element by element
minimum(x1, x2) | the smaller, element by element
clip(x, min, max) | limited to the interval [min, max]
where(condition, x1, x2) | x1 where the condition holds, else x2
equal(x1, x2) | x1 == x2
less(x1, x2) | x1 < x2
greater(x1, x2) | x1 > x2
logical_and(x1, x2) | both
logical_not(x) | not
isfinite(x) | neither infinite nor NaN
isnan(x) | is NaN

# reductions and statistics
sum(x, axis=None, keepdims=False) | sum
prod(x, axis=None, keepdims=False) | product
mean(x, axis=None, keepdims=False) | arithmetic mean
var(x, axis=None, keepdims=False) | population variance
std(x, axis=None, keepdims=False) | population standard deviation
max(x, axis=None, keepdims=False) | largest element
min(x, axis=None, keepdims=False) | smallest element
all(x, axis=None) | whether all elements are true
any(x, axis=None) | whether any element is true
argmax(x, axis=None) | index of the largest element
argmin(x, axis=None) | index of the smallest element
cumulative_sum(x, axis=0) | running sums
cumulative_prod(x, axis=0) | running products
logsumexp(x, axis=None, keepdims=False) | log of the sum of exponentials

# sorting
sort(x, axis=-1) | ascending order
argsort(x, axis=-1) | indices of the ascending order

# manipulation and indexing
reshape(x, shape) | the same elements in another shape
permute_dims(x, axes) | axes in another order
matrix_transpose(x) | the last two axes exchanged
expand_dims(x, axis) | a new axis of length one
squeeze(x, axis) | an axis of length one removed
broadcast_to(x, shape) | repeated to a larger shape
concat(arrays, axis=0) | joined along an axis
stack(arrays, axis=0) | joined along a new axis
flip(x, axis) | reversed along an axis
roll(x, shift, axis) | rotated along an axis
tile(x, repetitions) | the whole repeated
take(x, indices, axis=0) | elements picked by index along an axis
tril(x) | lower triangle
triu(x) | upper triangle
one_hot(x, num_classes) | indicator rows of integer labels

# linear algebra
matmul(x1, x2) | matrix product
outer(x1, x2) | outer product of two vectors
vecdot(x1, x2) | inner product of two vectors
tensordot(x1, x2, axes=2) | sum of products over several axes
linalg.det(x) | determinant
linalg.inv(x) | inverse
linalg.solve(x1, x2) | solution of a linear system
linalg.cholesky(x) | Cholesky factor, lower
linalg.trace(x) | sum of the diagonal
linalg.diagonal(x) | the diagonal
linalg.vector_norm(x) | Euclidean norm of all elements

# types and hosts
astype(x, dtype) | cast to another data type
shape(x) | the shape, as a tuple of integers
to_numpy(x) | the same numbers as a NumPy array on the host
to_float(x) | one element as a Python float

# special functions
erf(x) | error function
erfc(x) | complementary error function
lgamma(x) | logarithm of the absolute value of the gamma function
digamma(x) | derivative of lgamma

# neural networks
relu(x) | max(x, 0)
relu6(x) | min(max(x, 0), 6)
leaky_relu(x, negative_slope) | x where positive, else negative_slope * x
elu(x) | x where positive, else exp(x) - 1
gelu(x) | x times the normal distribution function of x
silu(x) | x * sigmoid(x)
softplus(x) | log(1 + exp(x))
sigmoid(x) | 1 / (1 + exp(-x))
softmax(x, axis=-1) | exponentials divided by their sum
log_softmax(x, axis=-1) | logarithm of softmax
"""

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8",
    "float16", "bfloat16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
"""The data types a program may name, as in the Array API standard, and bfloat16."""

CONSTANTS = ("pi", "e", "inf", "nan")
"""The constants a program may name, as in the Array API standard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One neutral operation: dotted name, parameters with their defaults (``None`` for a required one), and meaning."""

    name: str
    parameters: tuple[str, ...]
    defaults: Mapping[str, str]
    summary: str
    section: str

    @property
    def signature(self) -> str:
        """The operation as a reader would call it, ``mean(x, axis=None, keepdims=False)``."""
        shown = [f"{p}={self.defaults[p]}" if p in self.defaults else p for p in self.parameters]
        return f"{self.name}({', '.join(shown)})"

    def bind(self, args: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> dict[str, ast.expr]:
        """Return the given arguments by parameter name; raise ``ProgramError`` where they do not fit the signature."""
        bound: dict[str, ast.expr] = {}
        if len(args) > len(self.parameters):
            raise ProgramError(f"{self.name} was given {len(args)} arguments; allowed: {self.signature}")
        for name, value in zip(self.parameters, args, strict=False):
            bound[name] = value
        for keyword in keywords:
            if keyword.arg is None or keyword.arg not in self.parameters:
                raise ProgramError(f"{self.name} has no parameter {keyword.arg!r}; allowed: {self.signature}")
            if keyword.arg in bound:
                raise ProgramError(f"{self.name} was given {keyword.arg!r} twice; allowed: {self.signature}")
            bound[keyword.arg] = keyword.value
        missing = [p for p in self.parameters if p not in bound and p not in self.defaults]
        if missing:
            raise ProgramError(f"{self.name} was not given {missing[0]!r}; allowed: {self.signature}")
        return bound


def parse_signature(text: str) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """Split ``linalg.norm(x, axis=None)`` into its dotted name, its parameters, and the source of the defaults."""
    call = ast.parse(text.strip(), mode="eval").body
    if not isinstance(call, ast.Call):
        raise ValueError(f"not a signature: {text!r}")
    parameters = [ast.unparse(arg) for arg in call.args]
    defaults = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise ValueError(f"not a signature: {text!r}")
        parameters.append(keyword.arg)
        defaults[keyword.arg] = ast.unparse(keyword.value)
    return ast.unparse(call.func), tuple(parameters), defaults


@functools.cache
def operations() -> Mapping[str, Operation]:
    """Return every operation by its dotted name, in the order of the table."""
    rows: dict[str, Operation] = {}
    section = ""
    for line in _TABLE.strip().splitlines():
        if line.startswith("#"):
            section = line[1:].strip()
        elif line.strip():
            signature, _, summary = line.partition("|")
            name, parameters, defaults = parse_signature(signature)
            rows[name] = Operation(
                name=name, parameters=parameters, defaults=defaults, summary=summary.strip(), section=section
            )
    return rows
