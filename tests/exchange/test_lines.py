"""Bytes to lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.exchange.lines import MAX_LINE_CHARACTERS, NotLines, split_lines


def lines_of(*pieces: bytes) -> list[str]:
    return [line for some in split_lines(pieces) for line in some]


def test_ends_marks_and_bad_bytes() -> None:
    assert lines_of(b"\xef\xbb\xbfa\r\nb\n\n", b"c \xff\nd") == ["a", "b", "", "c \\xff", "d"]
    assert lines_of() == lines_of(b"") == []


@given(st.text(st.sampled_from("aș\n,€"), max_size=30), st.integers(1, 7))
def test_where_pieces_end_makes_no_difference(text: str, size: int) -> None:
    body = text.encode()
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    assert lines_of(*pieces) == text.removesuffix("\n").split("\n") if text else not lines_of()


def test_file_without_line_ends_is_not_read_into_memory() -> None:
    with pytest.raises(NotLines):
        lines_of(*[b"a" * 1000] * (MAX_LINE_CHARACTERS // 1000 + 1))
