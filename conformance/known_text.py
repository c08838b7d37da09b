"""The YAML text of a file of known failures: reasons as blocks, one failure a line where it fits."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from conformance.known_failures import SCHEMA_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.known_failures import KnownFailure, KnownFile, Reason

WIDTH: Final = 120

_PLAIN: Final = re.compile(r"[A-Za-z_][\w.+/-]*")
_SPECIAL: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})

HEADER: Final = """\
# yaml-language-server: $schema={schema}
# What frameworks are known to get wrong in {cases}, by reason.
# `gradconf known RESULTS.jsonl` brings the failures up to date; the reasons are written by hand.
"""


def known_text(content: KnownFile, *, cases: str, schema: str = f"../{SCHEMA_NAME}") -> str:
    """Return the file's text; reading it gives the same content."""
    blocks = ["\n".join(_reason_lines(reason)) for reason in content.known]
    return (
        HEADER.format(schema=schema, cases=cases)
        + ("known:\n" if blocks else "known: []\n")
        + "\n".join(f"{block}\n" for block in blocks)
    )


def _reason_lines(reason: Reason) -> Iterator[str]:
    yield f"  - framework: {reason.framework}"
    if reason.versions:
        yield f"    versions: {json.dumps(reason.versions)}"
    yield f"    kind: {reason.kind}"
    if reason.issue is not None:
        yield f"    issue: {reason.issue}"
    if reason.searched:
        yield "    searched: true"
    yield "    because: >-"
    yield from textwrap.wrap(reason.because, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6,
                             break_long_words=False, break_on_hyphens=False)  # fmt: skip
    yield "    failures:"
    for failure in reason.failures:
        yield from _failure_lines(failure)


def _failure_lines(failure: KnownFailure) -> Iterator[str]:
    fields: dict[str, Any] = {"case": failure.case}
    if failure.where:
        fields["where"] = failure.where
    fields |= {
        name: value for name, value in
        (("observed", failure.observed), ("seen", failure.seen), ("ends", failure.ends)) if value is not None
    }  # fmt: skip
    yield from textwrap.wrap(
        _flow(fields), WIDTH, initial_indent=" " * 6 + "- ", subsequent_indent=" " * 10,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _SPECIAL
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)
