"""What was found out before → the same answer without the work, as long as nothing that decides it has changed.

The command line reads and checks every case file at each call; a reader who asks for one case should not wait for that.
An answer is kept in the user's cache folder under the hash of all that decides it, the suite's own source included.
A cache that is missing, unreadable or of another version is made anew.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

Answer = TypeVar("Answer")


def default_cache() -> Path:
    """Return the folder of this suite in the user's cache, or a temporary one where that cannot be written."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gradient-conformance"
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir()) / f"gradient-conformance-{os.getuid()}"
    return root


def remembered(name: str, deciding: Iterable[bytes], make: Callable[[], Answer]) -> Answer:
    """Return what ``make`` returns; from the cache where it was made before from equal ``deciding`` parts.

    What ``make`` raises is raised, and nothing is kept.
    """
    total = hashlib.sha256(source_hash())
    for part in deciding:
        total.update(len(part).to_bytes(8, "big") + part)
    key, file = total.hexdigest(), default_cache() / f"{name}.pickle"
    with contextlib.suppress(Exception), file.open("rb") as stream:  # whatever is wrong with it, it can be made anew
        if pickle.load(stream) == key:
            kept: Answer = pickle.load(stream)
            return kept
    answer = make()
    with contextlib.suppress(Exception):
        whole = pickle.dumps(key) + pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as written:
            written.write(whole)
        Path(written.name).replace(file)
    return answer


@functools.cache
def source_hash() -> bytes:
    """Return the hash of what reads and lowers cases: when it changes, nothing that was kept counts any more."""
    package = Path(__file__).resolve().parent
    roots = [package, *(package.parent / "adapters").glob("conformance_*"), *package.parent.glob("conformance_*")]
    total = hashlib.sha256()
    for root in roots:
        for file in sorted(root.rglob("*.py")):
            state = file.stat()
            total.update(f"{file.name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return total.digest()
