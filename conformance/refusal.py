"""What pydantic refuses in a YAML document → ``CaseError`` with the place, and what is allowed instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ValidationError

from conformance.errors import CaseError, nearest
from conformance.expectation import ExpectationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.yaml_nodes import Document, Steps

_TAKES: Final[Mapping[str, str]] = {
    "string_type": "text; put it in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
"""What a field takes, by pydantic's name for the error."""

_PATTERNS: Final[Mapping[str, str]] = {
    "differs": "a framework, or framework-mode such as torch-compiled",
    "unsupported": "a framework, or framework-mode such as torch-compiled",
}
_WORDS_JOINED: Final = "lower-case words and digits joined by single hyphens, such as constant-needs-watch"

_AXES: Final = "a list of values ([1, 2]) or labelled rows ({small: {a: 1, b: 2}, large: {a: 8, b: 9}})"


def refusals(
    error: ValidationError, document: Document, base: Steps, model: type[BaseModel], *, what: str
) -> list[CaseError]:
    """Return what pydantic refused below ``base`` as errors with place; ``what`` names the thing: ``a case``."""
    found: dict[tuple[Steps, str], CaseError] = {}
    for detail in error.errors(include_url=False):
        steps = _existing(document, base, detail["loc"])
        text, at, key = _describe(detail, steps, document, base, model, what)
        place = (*base, *at)
        found.setdefault((place, text), document.error(text, place, key=key))
    return list(found.values())


def choices(word: str, allowed: Iterable[str], label: str = "allowed") -> str:
    """Return ``; did you mean 'x'? allowed: …``, the question only where something is near."""
    words = list(allowed)
    close = nearest(word, words)
    return f"{close}{' ' if close else '; '}{label}: {', '.join(words)}"


def _existing(document: Document, base: Steps, loc: Sequence[str | int]) -> Steps:
    """Return pydantic's location without the steps that are its own (union branches, ``[key]``)."""
    node, steps = document.node(base), []
    for i, step in enumerate(loc):
        child = None if node is None else node.children.get(step)
        if child is None:
            if i == len(loc) - 1 and step != "[key]":
                steps.append(step)  # a missing key
            continue
        steps.append(step)
        node = child
    return tuple(steps)


def _describe(
    detail: Any, steps: Steps, document: Document, base: Steps, model: type[BaseModel], what: str
) -> tuple[str, Steps, bool]:
    """Return text, path and whether the place is the key, for one of pydantic's errors."""
    kind, context, seen = detail["type"], detail.get("ctx", {}), detail["input"]
    name = ".".join(str(step) for step in steps)
    if kind == "extra_forbidden":
        allowed = list(_model_at(model, steps[:-1]).model_fields)
        word = str(steps[-1])
        return f"unknown key {word!r}{choices(word, allowed, 'allowed here')}", steps, True
    if kind == "missing":
        holder = _model_at(model, steps[:-1])
        required = ", ".join(key for key, field in holder.model_fields.items() if field.is_required())
        owner = ".".join(str(step) for step in steps[:-1]) or what
        return f"{steps[-1]!r} is missing in {owner}; it needs {required}; add it", steps[:-1], False
    if kind == "value_error":
        cause = context.get("error")
        if isinstance(cause, ExpectationError):
            at = (*steps, *cause.path)
            label = ".".join(str(step) for step in at)
            text = str(cause) if not at or str(cause).startswith(label) else f"{label}: {cause}"
            return text, at, bool(cause.path) and "stand beside" in text
        return f"{name}: {cause}", steps, False
    if steps and steps[0] == "for_each":
        axis = ".".join(str(step) for step in steps[:2])
        existing = steps if document.node((*base, *steps)) is not None else steps[:-1]
        return f"{axis} is {_shown(document.at((*base, *steps[:2])))}; an axis takes {_AXES}", existing[:2], False
    if kind == "string_pattern_mismatch":
        if detail["loc"][-1] == "[key]":
            owner = str(steps[0])
            return f"key {seen!r} under {owner}; it takes {_PATTERNS.get(owner, _WORDS_JOINED)}", steps, True
        return f"{name} is {_shown(seen)}; it takes {_WORDS_JOINED}", steps, False
    if kind == "literal_error":
        allowed = [word.strip(" '") for word in context["expected"].replace(" or ", ", ").split(",")]
        return f"{name} is {_shown(seen)}{choices(str(seen), allowed)}", steps, False
    if kind in _TAKES:
        return f"{name or what} is {_shown(seen)}; it takes {_TAKES[kind]}", steps, False
    return f"{name or what} is {_shown(seen)}; {detail['msg'][0].lower()}{detail['msg'][1:]}", steps, False


def _model_at(model: type[BaseModel], steps: Sequence[str | int]) -> type[BaseModel]:
    """Return the model that the keys at a path belong to: the last one on the way there."""
    for step in steps:
        field = model.model_fields.get(step) if isinstance(step, str) else None
        if field is not None:
            model = _inner_model(field.annotation) or model
    return model


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found is not None:
            return found
    return None


def _shown(value: Any) -> str:
    """Return a value in a few characters, in YAML's words."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "empty"
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
