"""A file's bytes as lines, a few at a time, whatever the file holds."""

import codecs
from collections.abc import Iterable, Iterator

#: No row is so long; without an end, a file of one line would have to fit into memory.
MAX_LINE_CHARACTERS = 64 * 1024


class NotLines(ValueError):
    """The file is not one of lines."""


def split_lines(pieces: Iterable[bytes]) -> Iterator[list[str]]:
    """The lines that each piece completes, without their ends; the last one need not have any.

    UTF-8, with or without a byte order mark; a byte that is none shows as an escape, so that
    only its row is bad. Raises ``NotLines`` for a line of more than ``MAX_LINE_CHARACTERS``.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")("backslashreplace")
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + decoder.decode(piece)).split("\n")
        if len(rest) > MAX_LINE_CHARACTERS:
            raise NotLines(f"A line has more than {MAX_LINE_CHARACTERS} characters.")
        yield [line.removesuffix("\r") for line in lines]
    rest += decoder.decode(b"", final=True)
    if rest:
        yield [rest.removesuffix("\r")]
