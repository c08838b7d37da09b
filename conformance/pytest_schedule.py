"""The items of a session into groups for xdist: a framework's cells are one, so that its worker is started once."""

from __future__ import annotations

import re
from typing import Final

from xdist.scheduler import LoadScopeScheduling

_CELL: Final = re.compile(r"\.ya?ml::.*\[(?P<framework>[^\[\]]+)-(?:cpu|gpu)-(?:eager|compiled)\](?:@.*)?$", re.DOTALL)


def group_of(node_id: str) -> str:
    """Return the group of an item: the framework of a cell, a group that was marked, else the item itself."""
    cell = _CELL.search(node_id)
    if cell is not None:
        return f"conformance-{cell['framework']}"
    if node_id.rfind("@") > node_id.rfind("]"):
        return node_id.rpartition("@")[2]
    return node_id


class FrameworkScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """xdist's scheduling by scope, with ``group_of`` as the scope."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
