"""Puts the case files into standard wheels as ``conformance/cases``; an editable install reads them where they are."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CasesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds ``cases/`` to a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Force-include the case files when a standard wheel is built."""
        if version == "standard":
            build_data["force_include"]["cases"] = "conformance/cases"
