"""Hidden characters become visible, lengths are bounded, and only web addresses may be linked to."""

import pytest

from conformance_reports.visible import one_line, visible, web_address


@pytest.mark.parametrize("code", [0x00, 0x07, 0x1B, 0x7F, 0x85, 0x200F, 0x202E, 0x2028, 0x2066, 0xFEFF, 0xD800, 0xFFFF])
def test_a_hidden_character_is_named(code: int) -> None:
    assert visible(f"a{chr(code)}b") == f"a⟨U+{code:04X}⟩b"


def test_plain_text_and_mathematics_stay_as_they_are() -> None:
    text = "∂y/∂x ≠ 3\n\tläuft 微分"
    assert visible(text) == text


def test_carriage_returns_are_line_ends() -> None:
    assert visible("a\r\nb\rc") == "a\nb\nc"


def test_a_long_text_is_cut_with_a_note_that_counts() -> None:
    assert visible("x" * 12, 5) == "xxxxx… [7 more characters are not shown]"
    assert len(visible("\x00" * 1_000_000)) < 20_000


def test_one_line_has_no_line_end() -> None:
    assert one_line("a\n  b\tc\u2028d") == "a b c d"


def test_one_line_of_a_huge_text_is_short_and_says_so() -> None:
    line = one_line("word " * 200_000)
    assert len(line) < 400
    assert "more characters are not shown" in line


@pytest.mark.parametrize("url", ["https://docs.jax.dev/en/latest/#grad", "http://127.0.0.1:8000/x"])
def test_a_web_address_is_kept(url: str) -> None:
    assert web_address(url) == url


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:x", "file:///etc/passwd", "//host/x", "https:", "https://a\u202eb",
     "http://[", "https://x/" + "y" * 5000, "", None],
)  # fmt: skip
def test_anything_else_is_no_address(url: str | None) -> None:
    assert web_address(url) is None


def test_marks_that_pile_up_on_a_letter_are_counted() -> None:
    assert visible("z" + "\u0335\u0321" * 50) == "z\u0335\u0321\u0335\u0321⟨96 more marks⟩"
    assert visible("e\u0301 a\u0323\u0302 \u1ea9") == "e\u0301 a\u0323\u0302 \u1ea9"
