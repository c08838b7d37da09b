from pathlib import Path

import pytest

from conformance import remembered as module
from conformance.remembered import default_cache, remembered


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return default_cache()


class Maker:
    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> list[int]:
        self.made += 1
        return [self.made]


def test_an_answer_is_made_once() -> None:
    make = Maker()
    assert remembered("answer", [b"a", b"b"], make) == [1]
    assert remembered("answer", [b"a", b"b"], make) == [1]
    assert make.made == 1


@pytest.mark.parametrize("deciding", [[b"a"], [b"ab"], [b"a", b"c"], [b"b", b"a"], []])
def test_what_decides_an_answer_makes_it_anew(deciding: list[bytes]) -> None:
    make = Maker()
    remembered("answer", [b"a", b"b"], make)
    assert remembered("answer", deciding, make) == [2]


def test_a_change_of_the_suite_makes_it_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    make = Maker()
    remembered("answer", [b"a"], make)
    monkeypatch.setattr(module, "source_hash", lambda: b"another suite")
    assert remembered("answer", [b"a"], make) == [2]


@pytest.mark.parametrize("content", [b"", b"not a pickle", b"\x80\x04\x95"])
def test_a_broken_cache_is_made_anew(cache: Path, content: bytes) -> None:
    make = Maker()
    remembered("answer", [b"a"], make)
    (cache / "answer.pickle").write_bytes(content)
    assert remembered("answer", [b"a"], make) == [2]
    assert remembered("answer", [b"a"], make) == [2]


def test_what_cannot_be_made_is_not_kept() -> None:
    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        remembered("answer", [b"a"], fail)
    assert remembered("answer", [b"a"], lambda: 3) == 3


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(cache: Path) -> None:
    (cache / "answer.pickle").mkdir()
    assert remembered("answer", [b"a"], lambda: 3) == 3
