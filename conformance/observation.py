"""What a worker saw, as records: arrays with dtype and shape, structures, errors, warnings and times.

Every record has an exact inverse, ``encode`` and ``decode``, because observations travel as JSON lines and are kept in
the results file. A float travels as its shortest decimal, which is exact; NaN and the infinities as the strings
``nan``, ``inf`` and ``-inf``; a complex number as ``[real, imaginary]``; bfloat16 and float16 as the floats they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.errors import WorkerError

Number = float | int | bool | complex


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """A tensor: ``data`` is flat, row-major, of Python numbers; ``form`` names a special layout (IndexedSlices)."""

    dtype: str
    shape: tuple[int, ...]
    data: tuple[Number, ...]
    form: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A Python bool, int, float or string."""

    value: bool | int | float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """None: how TensorFlow and PyTorch's ``allow_unused`` say that there is no gradient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list or a tuple."""

    items: tuple[Observed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """A dictionary; its keys are strings."""

    items: Mapping[str, Observed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Anything else, by its type and the start of its repr."""

    type: str
    repr: str


Observed = Array | Scalar | Nothing | Items | Entries | Other
"""The value of one observed name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """The exception that ended a program: type, names of its bases, message, native line (1-based) and program line.

    The lines are the deepest ones, where the exception arose; ``statement_line`` is the program line of the statement
    outside all functions that was being executed, None where that cannot be known.
    """

    type: str
    bases: tuple[str, ...]
    message: str
    native_line: int | None
    program_line: int | None
    traceback: str = ""
    statement_line: int | None = None

    @property
    def statement(self) -> int | None:
        """The program line of the statement that raised: what an expectation's name is bound by."""
        return self.program_line if self.statement_line is None else self.statement_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A warning: category, names of its bases, message."""

    category: str
    bases: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that a worker reports of one cell. Seconds by phase (``compile``, ``run``); peak memory in bytes."""

    observations: Mapping[str, Observed]
    raised: Raised | None = None
    warnings: tuple[Warned, ...] = ()
    seconds: Mapping[str, float] | None = None
    peak_memory: int | None = None
    output: str = ""


def encode(value: Observed) -> dict[str, Any]:
    """Return the JSON form of an observation."""
    match value:
        case Array():
            fields: dict[str, Any] = {
                "kind": "array",
                "dtype": value.dtype,
                "shape": list(value.shape),
                "data": [encode_number(x) for x in value.data],
            }
            return fields if value.form is None else {**fields, "form": value.form}
        case Scalar():
            plain = value.value
            return {"kind": "scalar", "value": encode_number(plain) if isinstance(plain, float) else plain,
                    "type": type(plain).__name__}  # fmt: skip
        case Nothing():
            return {"kind": "none"}
        case Items():
            return {"kind": "list", "items": [encode(item) for item in value.items]}
        case Entries():
            return {"kind": "dict", "items": {key: encode(item) for key, item in value.items.items()}}
        case Other():
            return {"kind": "other", "type": value.type, "repr": value.repr}


def decode(fields: Mapping[str, Any]) -> Observed:
    """Return the observation of its JSON form; raise ``WorkerError`` where it is not one."""
    try:
        match fields["kind"]:
            case "array":
                shape = tuple(int(n) for n in fields["shape"])
                dtype = str(fields["dtype"])
                data = tuple(decode_number(x, dtype) for x in fields["data"])
                size = 1
                for n in shape:
                    size *= n
                if size != len(data):
                    raise WorkerError(f"an array of shape {shape} came with {len(data)} elements")
                return Array(dtype=dtype, shape=shape, data=data, form=fields.get("form"))
            case "scalar":
                value = fields["value"]
                return Scalar(value=float(value) if fields.get("type") == "float" else value)
            case "none":
                return Nothing()
            case "list":
                return Items(items=tuple(decode(item) for item in fields["items"]))
            case "dict":
                return Entries(items={str(key): decode(item) for key, item in fields["items"].items()})
            case "other":
                return Other(type=str(fields["type"]), repr=str(fields["repr"]))
            case kind:
                raise WorkerError(f"an observation of unknown kind {kind!r}")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WorkerError(f"an observation that cannot be read: {error!r} in {str(fields)[:200]}") from error


def encode_number(x: Number) -> Any:
    """Return a number in the form that survives JSON."""
    if isinstance(x, complex):
        return [encode_number(x.real), encode_number(x.imag)]
    if isinstance(x, float) and (x != x or x in (float("inf"), float("-inf"))):
        return str(x)
    return x


def decode_number(x: Any, dtype: str) -> Number:
    """Return the number of its JSON form, as the Python type that fits the dtype."""
    if isinstance(x, list):
        return complex(float(x[0]), float(x[1]))
    if dtype.startswith("bool"):
        return bool(x)
    if dtype.startswith(("int", "uint")):
        return int(x)
    return float(x)
