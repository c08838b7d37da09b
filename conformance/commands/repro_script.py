"""A cell into a script that stands alone: its native source, then prints of what the case observes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.expectation import DictOf, Expectation, IsWord, ListOf, Raises

if TYPE_CHECKING:
    from conformance.plan import Cell

RULE: Final = "# --- what the case observes ---"

DIGITS: Final = {"torch": "__import__('torch').set_printoptions(precision=9)"}
"""What makes a framework print all digits of a float32; the others do so by themselves."""

_AT_EXIT: Final = """\
# It is expected to raise. What it has by then is printed at exit.
import atexit


@atexit.register
def _show(names={names}):
{digits}    for name, variable in names.items():
        if variable in globals():
            print(name, "=", globals()[variable])


"""


def repro_script(cell: Cell) -> str:
    """Return the script of a cell: the exact native source, a rule, and one print a name.

    What the program raises, the script raises; where that is expected, the names that it has by then are printed at
    exit, because no line after the source is reached.

    Raises:
        ValueError: a cell without native source.
    """
    if cell.native is None:
        raise ValueError(f"{cell.id} has no native source")
    source = cell.native.text.rstrip("\n") + "\n"
    observe = {name: cell.native.observe.get(name, name) for name in (*cell.expected.names, *cell.native.observe)}
    digits = DIGITS.get(cell.target.framework, "") if "import torch" in source else ""
    if expects_error(cell):
        return _AT_EXIT.format(names=repr(observe), digits=f"    {digits}\n" if digits else "") + source
    prints = [digits] if digits and observe else []
    prints += [f"print({f'{name} ='!r}, {variable})" for name, variable in observe.items()]
    return "\n".join([source, RULE, *prints]) + "\n" if prints else source


def expects_error(cell: Cell) -> bool:
    """Return whether a cell is expected to raise, outright or as its framework's way to say unconnected."""
    from conformance.registry import adapter

    framework = cell.target.framework
    profile = adapter(framework).profile
    raising_words = {"unconnected"} if profile.unconnected.as_ == "raises" else set()
    return cell.expected.raises is not None or any(
        _raises(expectation, raising_words) for expectation in cell.expected.names.values()
    )


def _raises(expectation: Expectation, words: set[str]) -> bool:
    match expectation:
        case Raises():
            return True
        case IsWord():
            return expectation.word in words
        case ListOf():
            return any(_raises(item, words) for item in expectation.items)
        case DictOf():
            return any(_raises(item, words) for item in expectation.items.values())
        case _:
            return False
