"""What a case may expect of an observation: the YAML value turned into one of a few small records.

The words and forms are listed in ``cases/README.md`` with an example each.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from conformance.observation import encode_number

Word = Literal["unconnected", "none", "zeros", "nan", "inf", "-inf", "finite", "numeric", "undocumented"]
"""The expectations that are one word.

``unconnected``: the adapter's documented way to say "no gradient"; ``numeric``: equal to the reference's derivative;
``undocumented``: whatever is seen is recorded and not judged. YAML's own ``.nan`` and ``.inf`` are read as the words.
"""

WORDS: tuple[str, ...] = get_args(Word)


@dataclass(frozen=True, slots=True, kw_only=True)
class IsWord:
    """One of the words, for every element of the observation."""

    word: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Equals:
    """A number, bool, string or rectangular nested list; shape must match, and dtype where given.

    NaN and the infinities in ``value`` stand for themselves. A string is compared as text.
    """

    value: Any
    dtype: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HasForm:
    """Only shape and dtype, either of which may be left out."""

    shape: tuple[int, ...] | None = None
    dtype: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Every element lies in the closed interval [lo, hi]: any member of a subgradient set."""

    lo: Any
    hi: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Raises:
    """The statement raises: exception type (or a base of it), a fragment of the message, a program line (1-based)."""

    type: str
    match: str | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Warns:
    """A warning whose text contains ``match``, of the category (or a base of it) where given."""

    match: str
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SameAs:
    """Equal to another observed name, within the tolerance."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SameStructure:
    """The same nesting of lists and dictionaries as another observed name; values are not compared."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A series recorded with ``track``: never rises, ends below a bound, ends near a value."""

    decreases: bool = False
    below: float | None = None
    near: Any = None
    atol: float | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """A list or tuple, one expectation an item."""

    items: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DictOf:
    """A dictionary with exactly these keys."""

    items: Mapping[str, Expectation]


Expectation = IsWord | Equals | HasForm | Within | Raises | SameAs | SameStructure | Series | ListOf | DictOf
"""What one observed name must be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """All that a cell must show: by observed name, and what the whole program raises or warns of."""

    names: Mapping[str, Expectation]
    raises: Raises | None = None
    warns: Warns | None = None


class ExpectationError(ValueError):
    """An expectation that is none of the forms; ``path`` leads to it inside the ``expect`` mapping."""

    def __init__(self, message: str, path: tuple[str | int, ...]) -> None:
        super().__init__(message)
        self.path = path


def parse_expected(mapping: Mapping[str, Any]) -> Expected:
    """Return the records for the ``expect`` mapping of a case; raise ``ExpectationError`` where it is no form."""
    names: dict[str, Expectation] = {}
    raises: Raises | None = None
    warns: Warns | None = None
    for name, value in mapping.items():
        if name == "raises":
            raises = _raises(value, (name,))
        elif name == "warns":
            warns = _warns(value, (name,))
        else:
            names[name] = parse_expectation(value, (name,))
    return Expected(names=names, raises=raises, warns=warns)


_FORMS: Mapping[str, frozenset[str]] = {
    "raises": frozenset(),
    "within": frozenset(),
    "equals": frozenset(),
    "same_structure": frozenset(),
    "value": frozenset({"dtype"}),
    "shape": frozenset({"dtype"}),
    "dtype": frozenset({"shape", "value"}),
    "decreases": frozenset({"below", "final", "length"}),
    "below": frozenset({"decreases", "final", "length"}),
    "final": frozenset({"decreases", "below", "length"}),
    "length": frozenset({"decreases", "below", "final"}),
}
"""The keys that make a mapping a form, each with the keys that may stand beside it."""


_UNMISTAKABLE: tuple[str, ...] = ("raises", "within", "equals", "same_structure", "decreases")
"""Forms whose misspelling is refused, although a mapping with unknown keys is a dictionary of expectations."""


def parse_expectation(value: Any, path: tuple[str | int, ...] = ()) -> Expectation:
    """Return the record for one expected value as YAML gives it."""
    if value is None:
        return IsWord(word="none")
    if isinstance(value, str):
        if value in WORDS:
            return IsWord(word=value)  # type: ignore[arg-type]
        if not _is_axis(value) and (close := difflib.get_close_matches(value.lower(), WORDS, n=1, cutoff=0.75)):
            problem = (
                f"{value!r} is not one of the words; did you mean {close[0]!r}? text itself is {{value: {value!r}}}"
            )
            raise ExpectationError(problem, path)
        return Equals(value=value)
    if isinstance(value, float) and not math.isfinite(value):
        return IsWord(word=str(value))  # type: ignore[arg-type]  # nan, inf, -inf
    if isinstance(value, bool | int | float):
        return Equals(value=value)
    if isinstance(value, list):
        if _rectangular(value) is not None:
            return Equals(value=value)
        return ListOf(items=tuple(parse_expectation(item, (*path, i)) for i, item in enumerate(value)))
    if isinstance(value, Mapping):
        forms = [key for key in _FORMS if key in value]
        if forms:
            return _form(value, forms[0], path)
        for key in value:
            if close := difflib.get_close_matches(str(key), _UNMISTAKABLE, n=1, cutoff=0.75):
                raise ExpectationError(
                    f"{key!r} is not a form of expectation; did you mean {close[0]!r}?", (*path, key)
                )
        return DictOf(items={str(key): parse_expectation(item, (*path, key)) for key, item in value.items()})
    raise ExpectationError(f"an expectation cannot be {type(value).__name__}; see cases/README.md for the forms", path)


def _form(value: Mapping[str, Any], first: str, path: tuple[str | int, ...]) -> Expectation:
    stray = [key for key in value if key != first and key not in _FORMS[first]]
    if stray:
        allowed = ", ".join(sorted(_FORMS[first])) or "nothing"
        raise ExpectationError(
            f"{stray[0]!r} cannot stand beside {first!r}; allowed beside it: {allowed}", (*path, stray[0])
        )
    match first:
        case "raises":
            return _raises(value["raises"], (*path, "raises"))
        case "within":
            bounds = value["within"]
            if not isinstance(bounds, list) or len(bounds) != 2 or not all(_is_bound(bound) for bound in bounds):
                raise ExpectationError("within takes two bounds, [lo, hi]: numbers or nested lists", (*path, "within"))
            return Within(lo=bounds[0], hi=bounds[1])
        case "equals":
            return SameAs(name=_text(value["equals"], (*path, "equals")))
        case "same_structure":
            return SameStructure(name=_text(value["same_structure"], (*path, "same_structure")))
        case "decreases" | "below" | "final" | "length":
            return _series(value, path)
    dtype = _optional_text(value, "dtype", path)
    if "value" in value:
        if not isinstance(value["value"], str) and _rectangular(value["value"]) is None:
            raise ExpectationError("value takes a number, a string or a rectangular nested list", (*path, "value"))
        return Equals(value=value["value"], dtype=dtype)
    shape = value.get("shape")
    if isinstance(shape, str) and shape.startswith("$"):
        return HasForm(dtype=dtype)  # an axis stands here; it is checked again with its values put in
    if shape is not None and not (isinstance(shape, list) and all(type(n) is int and n >= 0 for n in shape)):
        raise ExpectationError("shape takes a list of integers from 0", (*path, "shape"))
    return HasForm(shape=None if shape is None else tuple(shape), dtype=dtype)


def _series(value: Mapping[str, Any], path: tuple[str | int, ...]) -> Series:
    final = value.get("final", {})
    if not isinstance(final, Mapping) or (final and set(final) != {"near", "atol"}):
        raise ExpectationError("final takes {near: value, atol: distance}", (*path, "final"))
    if "near" in final and not _is_bound(final["near"]):
        raise ExpectationError("near takes a number or a rectangular nested list", (*path, "final", "near"))
    if not isinstance(value.get("decreases", False), bool):
        raise ExpectationError("decreases takes true or false", (*path, "decreases"))
    length = value.get("length")
    if length is not None and not (type(length) is int and length >= 0) and not _is_axis(length):
        raise ExpectationError("length takes an integer from 0", (*path, "length"))
    return Series(
        decreases=value.get("decreases", False),
        below=_optional_number(value, "below", path),
        near=final.get("near"),
        atol=_optional_number(final, "atol", (*path, "final")),
        length=length,
    )


def _raises(value: Any, path: tuple[str | int, ...]) -> Raises:
    if not isinstance(value, Mapping) or "type" not in value or set(value) - {"type", "match", "at"}:
        raise ExpectationError("raises takes {type: name, match: fragment of the message, at: program line}", path)
    at = value.get("at")
    if at is not None and not (type(at) is int and at >= 1) and not _is_axis(at):
        raise ExpectationError("at takes a program line, from 1", (*path, "at"))
    kind = _text(value["type"], (*path, "type"))
    return Raises(type=kind, match=_optional_text(value, "match", path), at=at)


def _warns(value: Any, path: tuple[str | int, ...]) -> Warns:
    if not isinstance(value, Mapping) or "match" not in value or set(value) - {"match", "category"}:
        raise ExpectationError("warns takes {match: fragment of the message, category: name}", path)
    return Warns(match=_text(value["match"], (*path, "match")), category=_optional_text(value, "category", path))


def _optional_text(value: Mapping[str, Any], key: str, path: tuple[str | int, ...]) -> str | None:
    return None if value.get(key) is None else _text(value[key], (*path, key))


def _optional_number(value: Mapping[str, Any], key: str, path: tuple[str | int, ...]) -> float | None:
    number = value.get(key)
    if (
        number is not None
        and (isinstance(number, bool) or not isinstance(number, int | float))
        and not _is_axis(number)
    ):
        raise ExpectationError(f"{key} takes a number", (*path, key))
    return number


def _is_axis(value: Any) -> bool:
    """Return whether an axis stands here, as ``$name``; its values are checked once they are put in."""
    return isinstance(value, str) and value.startswith("$")


def _is_bound(value: Any) -> bool:
    return _rectangular(value) is not None or _is_axis(value)


def _text(value: Any, path: tuple[str | int, ...]) -> str:
    if not isinstance(value, str):
        raise ExpectationError(f"a name is expected here, not {value!r}", path)
    return value


def _rectangular(value: Any) -> tuple[int, ...] | None:
    """Return the shape of a nested list of numbers, or None where it is ragged or holds something else."""
    if isinstance(value, bool | int | float):
        return ()
    if not isinstance(value, list):
        return None
    if not value:
        return (0,)
    shapes = {_rectangular(item) for item in value}
    inner = shapes.pop()
    return None if shapes or inner is None else (len(value), *inner)


def plain_expected(expected: Expected) -> dict[str, Any]:
    """Return an expectation as a case file writes it, with NaN and the infinities as words."""
    fields: dict[str, Any] = {name: _plain(form) for name, form in expected.names.items()}
    if expected.raises is not None:
        fields |= _plain(expected.raises)
    if expected.warns is not None:
        fields["warns"] = _given(match=expected.warns.match, category=expected.warns.category)
    return fields


def _plain(form: Expectation) -> Any:
    match form:
        case IsWord(word=word):
            return word
        case Equals(value=value, dtype=None):
            return _numbers(value)
        case Equals(value=value, dtype=dtype):
            return {"value": _numbers(value), "dtype": dtype}
        case HasForm(shape=shape, dtype=dtype):
            return _given(shape=None if shape is None else list(shape), dtype=dtype)
        case Within(lo=lo, hi=hi):
            return {"within": [_numbers(lo), _numbers(hi)]}
        case Raises(type=kind, match=fragment, at=at):
            return {"raises": _given(type=kind, match=fragment, at=at)}
        case SameAs(name=name):
            return {"equals": name}
        case SameStructure(name=name):
            return {"same_structure": name}
        case Series(decreases=decreases, below=below, near=near, atol=atol, length=length):
            final = None if near is None else {"near": _numbers(near), "atol": atol}
            return _given(decreases=decreases or None, below=below, final=final, length=length)
        case ListOf(items=items):
            return [_plain(item) for item in items]
        case DictOf(items=entries):
            return {key: _plain(item) for key, item in entries.items()}


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _numbers(value: Any) -> Any:
    return [_numbers(item) for item in value] if isinstance(value, list) else encode_number(value)
