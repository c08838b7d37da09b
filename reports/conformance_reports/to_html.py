"""Results turned into one HTML file that works offline, without JavaScript, under a policy that forbids every load."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from conformance_reports.compose import page_of
from conformance_reports.derivatives import few
from conformance_reports.embed import embedded
from conformance_reports.plain import rows_of
from conformance_reports.requirements import STATUSES, style_of, symbol_of

if TYPE_CHECKING:
    from conformance.results import Results

_POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '{style}'; script-src '{script}'"
"""Nothing is loaded from anywhere; only the style and the script of this very page, by their hashes, apply."""


_ENDS_EARLY: Final = re.compile("</(?:script|style)|<!--", re.IGNORECASE)

SCRIPTS: Final = (
    "dom", "data", "code", "charts", "drawer", "matrix", "phrasebook", "requirements", "main",
)  # fmt: skip
"""The files of the page's script in the order of their use; each says at its head what it does."""


def render(results: Results, since: Results | None = None) -> str:
    """Return the report as one HTML document, UTF-8 when it is written to a file.

    ``since``: earlier results; the cells that changed since then are marked and can be asked for alone.
    """
    page = page_of(results, since)
    style, script = _asset("report.css"), _script()
    return (
        _environment()
        .get_template("page.html")
        .render(
            page=page,
            data=embedded(page),
            statuses=STATUSES,
            style_of=style_of,
            symbol_of=symbol_of,
            rows_of=rows_of,
            few=few,
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


def _script() -> str:
    """Return the one script of the page: the library as it is published, then our own files in a scope of their own."""
    own = "\n".join(_asset(f"{name}.js") for name in SCRIPTS)
    return f'window.Prism = {{manual: true}};\n{_asset("prism.js")}\n(() => {{\n"use strict";\n{own}\n}})();'


@cache
def _asset(name: str) -> str:
    text = (resources.files("conformance_reports") / "assets" / name).read_text(encoding="utf-8")
    if _ENDS_EARLY.search(text):
        raise ValueError(
            f"assets/{name}: holds '</script', '</style' or '<!--'; it would end its element early; rewrite"
        )
    return text


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
