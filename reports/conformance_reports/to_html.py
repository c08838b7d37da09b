"""Results turned into one HTML file that works offline, without JavaScript, under a policy that forbids every load."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from conformance_reports.compose import page_of

if TYPE_CHECKING:
    from conformance.results import Results

_POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '{style}'; script-src '{script}'"
"""Nothing is loaded from anywhere; only the style and the script of this very page, by their hashes, apply."""


def render(results: Results) -> str:
    """Return the report as one HTML document, UTF-8 when it is written to a file."""
    style, script = _asset("report.css"), _asset("report.js")
    return (
        _environment()
        .get_template("page.html")
        .render(
            page=page_of(results),
            policy=_POLICY.format(style=_hash(style), script=_hash(script)),
            style=Markup(style),  # our own files, never text of a results file
            script=Markup(script),
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("conformance_reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _asset(name: str) -> str:
    text = (resources.files("conformance_reports") / "assets" / name).read_text(encoding="utf-8")
    if "</" in text:
        raise ValueError(f"assets/{name}: holds '</'; it would end its element early; write it in another way")
    return text


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
