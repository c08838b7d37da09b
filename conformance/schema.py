"""The JSON Schemas: of case files, for editors, and of results files, against which every line that is read is held.

``python -m conformance.schema`` writes them again: ``cases/case.schema.json``, ``cases/known.schema.json`` (the known
failures of derivative cases) and ``conformance/results.schema.json``.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from conformance.bundled import cases_root
from conformance.errors import ResultsError, nearest
from conformance.expectation import WORDS
from conformance.results import (
    FORMAT,
    VERDICTS,
    CaseRecord,
    CellRecord,
    CheckRecord,
    Footer,
    Header,
    MutantRecord,
    StatementRecord,
    TargetRecord,
    TrustRecord,
)

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

MAX_TEXT: Final = 1_000_000
"""The longest text of a record, in characters: what a framework printed is cut far below this."""

MAX_ITEMS: Final = 10_000
"""The most items or keys of a list or mapping in a record."""

_RECORDS: Final[Mapping[str, type[Any]]] = {
    "header": Header, "case": CaseRecord, "statement": StatementRecord, "trust": TrustRecord, "cell": CellRecord,
    "footer": Footer,
}  # fmt: skip
_PARTS: Final[Mapping[type[Any], str]] = {TargetRecord: "target", CheckRecord: "check", MutantRecord: "mutant"}

_NARROWED: Final[Mapping[tuple[type[Any], str], Mapping[str, Any]]] = {
    (Header, "format"): {"const": FORMAT},
    (CellRecord, "verdict"): {"enum": list(VERDICTS)},
    (CheckRecord, "kind"): {"enum": ["ok", "contradicts", "inaccurate", "undocumented", "not-reached"]},
    (Footer, "verdicts"): {
        "type": "object",
        "maxProperties": len(VERDICTS),
        "propertyNames": {"enum": list(VERDICTS)},
        "additionalProperties": {"type": "integer", "minimum": 0},
    },
}
"""What a field's type does not say."""


_TEXT: Final = {"type": "string"}
_RAISES: Final = {
    "description": "The exception: its type or a base of it, a fragment of its message, the program line that raises.",
    "type": "object",
    "properties": {"type": _TEXT, "match": _TEXT, "at": {"type": ["integer", "string"]}},
    "required": ["type"],
    "additionalProperties": False,
}
_WARNS: Final = {
    "description": "A warning: a fragment of its message, and its category.",
    "type": "object",
    "properties": {"match": _TEXT, "category": _TEXT},
    "required": ["match"],
    "additionalProperties": False,
}
_EXPECTATION: Final[Mapping[str, Any]] = {
    "description": "A number or nested list, a word, or one of the forms; any other mapping expects a dictionary.",
    "anyOf": [
        {"enum": [*WORDS, None]},
        {"type": ["number", "boolean", "string", "array"]},
        {
            "type": "object",
            "properties": {
                "value": {"description": "Equal to this, of the dtype that stands beside it."},
                "dtype": {"description": "The name of the dtype.", "type": "string"},
                "shape": {"description": "The lengths of the axes.", "type": ["array", "string"]},
                "within": {"description": "Every element lies between the two, ends included.", "type": "array"},
                "raises": _RAISES,
                "equals": {"description": "Equal to another observed name.", "type": "string"},
                "same_structure": {"description": "Nested as another observed name is.", "type": "string"},
                "decreases": {"description": "The series never rises.", "type": "boolean"},
                "below": {"description": "The series ends below this.", "type": ["number", "string"]},
                "final": {"description": "What the series ends near: {near: value, atol: distance}.", "type": "object"},
                "length": {"description": "How many values the series has.", "type": ["integer", "string"]},
            },
        },
    ],
}
"""What editors complete under a name in ``expect``; ``conformance.expectation`` is what decides."""


def case_schema() -> dict[str, Any]:
    """Return the JSON Schema of a case file, as editors use it."""
    from conformance.case import CaseFile

    schema = CaseFile.model_json_schema()
    case = schema["$defs"]["Case"]
    case["oneOf"] = [{"required": ["program"]}, {"required": ["native"]}]
    for key in ("differs", "unsupported"):
        case["properties"][key]["additionalProperties"] = False  # keys of another pattern are misspelled
    schema["$defs"]["Expectation"] = _EXPECTATION
    for holder, key in (("Case", "expect"), ("Difference", "expect"), ("Known", "observed")):
        field = schema["$defs"][holder]["properties"][key]
        field["properties"] = {"raises": _RAISES, "warns": _WARNS}
        field["additionalProperties"] = {"$ref": "#/$defs/Expectation"}
    return {
        "$schema": DIALECT,
        "title": "A case file of the gradient conformance suite",
        "description": "cases/README.md explains every key and every form of expectation.",
        **{key: value for key, value in schema.items() if key not in ("title", "description")},
    }


def known_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of known failures of derivative cases, as editors use it."""
    from conformance.known_failures import KnownFile

    schema = KnownFile.model_json_schema()
    return {
        "$schema": DIALECT,
        "title": "Known failures of derivative cases of the gradient conformance suite",
        "description": "cases/README.md explains it; `gradconf known` writes it, a person gives the reasons.",
        **{key: value for key, value in schema.items() if key not in ("title", "description")},
    }


def results_schema() -> dict[str, Any]:
    """Return the JSON Schema of one line of a results file, made from the records in ``conformance.results``."""
    definitions = {name: _record(kind, name) for name, kind in _RECORDS.items()}
    definitions |= {name: _record(kind, None) for kind, name in _PARTS.items()}
    return {
        "$schema": DIALECT,
        "title": f"One line of a results file of the gradient conformance suite, format {FORMAT}",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in _RECORDS],
        "$defs": definitions,
    }


def _record(kind: type[Any], name: str | None) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    properties: dict[str, Any] = {} if name is None else {"record": {"const": name}}
    properties |= {field.name: _NARROWED.get((kind, field.name)) or _schema_of(hints[field.name]) for field in fields}
    needed = [
        field.name
        for field in fields
        if (field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING)
        or field.name == "format"
    ]
    return {
        "description": (kind.__doc__ or "").strip().split("\n")[0].strip(),
        "type": "object",
        "properties": properties,
        "required": needed if name is None else ["record", *needed],
        "additionalProperties": False,
    }


def _schema_of(hint: Any) -> dict[str, Any]:
    """Return the JSON Schema of a field's type."""
    if hint is Any:
        return {}
    if hint in _PARTS:
        return {"$ref": f"#/$defs/{_PARTS[hint]}"}
    plain: Mapping[Any, dict[str, Any]] = {
        str: {"type": "string", "maxLength": MAX_TEXT},
        bool: {"type": "boolean"},
        int: {"type": "integer", "minimum": 0},
        float: {"type": "number"},
    }
    if hint in plain:
        return plain[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return {"type": "array", "items": _schema_of(arguments[0]), "maxItems": MAX_ITEMS}
    if origin is Mapping:
        values = _schema_of(arguments[1])
        return {"type": "object", "maxProperties": MAX_ITEMS, **({"additionalProperties": values} if values else {})}
    if origin is types.UnionType and len(arguments) == 2 and type(None) in arguments:
        inner = _schema_of(next(argument for argument in arguments if argument is not type(None)))
        return {**inner, "type": [inner["type"], "null"]}
    raise TypeError(f"{hint} has no schema yet; add it to conformance.schema")


def validate_record(fields: Any, *, file: str, line: int | None) -> None:
    """Hold one decoded line of a results file against ``results.schema.json``.

    Raises:
        ResultsError: it is no record of format 1; says where in the record, what was seen and what is allowed.
    """
    if not isinstance(fields, dict) or str(fields.get("record")) not in _RECORDS:
        seen = fields.get("record") if isinstance(fields, dict) else fields
        problem = f"record is {_shown(seen)}{nearest(str(seen), _RECORDS) or ';'} allowed: {', '.join(_RECORDS)}"
        raise ResultsError(f"{problem}; is this a results file of gradconf?", file=file, line=line)
    found = fields.get("format")
    if fields["record"] == "header" and type(found) is int and found != FORMAT:
        raise ResultsError(
            f"format {found}; this suite reads format {FORMAT}; read it with the version of the suite that wrote it, "
            "or run again",
            file=file,
            line=line,
        )
    if _quick_checks()[fields["record"]](fields):
        return
    from jsonschema.exceptions import best_match  # slow to import, and only a refused line needs it

    error = best_match(_validator(fields["record"]).iter_errors(fields))
    if error is None:
        return  # the schema decides, and jsonschema is what reads all of it
    raise ResultsError(_sentence(error, fields["record"]), file=file, line=line)


@functools.cache
def _validator(name: str) -> Any:
    """Return the validator of one kind of record; choosing it by name saves trying all the others."""
    from jsonschema import Draft202012Validator

    definitions = _definitions()
    return Draft202012Validator({"$defs": definitions, **definitions[name]})


@functools.cache
def _definitions() -> Mapping[str, Any]:
    path = Path(__file__).with_name("results.schema.json")
    definitions: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))["$defs"]
    return definitions


Check = Callable[[Any], bool]


@functools.cache
def _quick_checks() -> Mapping[str, Check]:
    """Return a plain function for each kind of record that says whether the schema holds.

    jsonschema takes about 0.5 ms for a cell, these a few microseconds: a file may hold tens of thousands of cells. They
    know the keywords that ``results_schema`` writes and no others; a test holds the two against each other.
    """
    definitions = _definitions()
    return {name: _compiled(definitions[name], definitions) for name in _RECORDS}


_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,), "boolean": (bool,), "integer": (int,), "number": (int, float), "array": (list,),
    "object": (dict,), "null": (type(None),),
}  # fmt: skip


def _compiled(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Check:
    """Return the plain function of a schema."""
    if "$ref" in schema:
        return _compiled(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "const" in schema:
        wanted = schema["const"]
        return lambda value: type(value) is type(wanted) and value == wanted
    if "enum" in schema:
        words = frozenset(schema["enum"])
        return lambda value: isinstance(value, str) and value in words
    if "type" not in schema:
        return lambda value: True
    names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    allowed = frozenset(kind for name in names for kind in _TYPES[name])
    inside = _inside(schema, definitions)
    return lambda value: type(value) in allowed and (value is None or inside(value))


def _inside(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Check:
    """Return what is checked of a value whose type is right."""
    if "maxLength" in schema:
        longest = schema["maxLength"]
        return lambda value: len(value) <= longest
    if "minimum" in schema:
        least = schema["minimum"]
        return lambda value: bool(value >= least)
    if "items" in schema:
        item, most = _compiled(schema["items"], definitions), schema["maxItems"]
        return lambda value: len(value) <= most and all(map(item, value))
    if "properties" in schema:
        checks = {key: _compiled(inner, definitions) for key, inner in schema["properties"].items()}
        required = frozenset(schema["required"])
        return lambda value: (
            value.keys() >= required and all(key in checks and checks[key](inner) for key, inner in value.items())
        )
    if "additionalProperties" in schema or "maxProperties" in schema:
        key = _compiled(schema.get("propertyNames", {}), definitions)
        inner = _compiled(schema.get("additionalProperties", {}), definitions)
        most = schema.get("maxProperties", MAX_ITEMS)
        return lambda value: len(value) <= most and all(map(key, value)) and all(map(inner, value.values()))
    return lambda value: True


def _sentence(error: Any, record: str) -> str:
    place = ".".join((record, *(str(step) for step in error.absolute_path)))
    advice = "the line was changed after it was written, or another version wrote it; run again"
    match error.validator:
        case "additionalProperties":
            allowed = error.schema["properties"]
            stray = next(key for key in error.instance if key not in allowed)
            return f"{place}: unknown field {stray!r}{nearest(stray, allowed) or ';'} {advice}"
        case "required":
            missing = next(key for key in error.validator_value if key not in error.instance)
            return f"{place}: {missing!r} is missing; {advice}"
        case "enum":
            words = [str(word) for word in error.validator_value]
            return f"{place} is {_shown(error.instance)}; allowed: {', '.join(words)}; {advice}"
        case "type":
            wanted = error.validator_value
            names = wanted if isinstance(wanted, str) else " or ".join(wanted)
            return f"{place} is {_shown(error.instance)}; allowed: {names}; {advice}"
        case _:
            return f"{place} is {_shown(error.instance)}; allowed: {error.validator} {error.validator_value}; {advice}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def schema_files() -> Mapping[Path, str]:
    """Return the text of the schema files by their path."""
    return {
        cases_root() / "case.schema.json": _text(case_schema()),
        cases_root() / "known.schema.json": _text(known_schema()),
        Path(__file__).with_name("results.schema.json"): _text(results_schema()),
    }


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the schema files."""
    for path, text in schema_files().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
