"""JSON as meters write it: decoded with whatever numbers it holds, and split as it was written."""

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from monitoring.rules.rejections import Unacceptable, printable


def decode(body: bytes) -> Any:
    """The JSON value; NaN, Infinity and huge numbers too. Raises ``Unacceptable``."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # NaN, Infinity or a number beyond 64 bits spoil one reading, not the message: the
        # standard library reads them, and the value's own check rejects just that reading.
        return _decode_leniently(body)


def _decode_leniently(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_int=_integer)
    except RecursionError:
        raise Unacceptable("not_json", "The message is nested too deeply.") from None
    except UnicodeDecodeError as error:
        raise Unacceptable("not_json", f"Not UTF-8 at byte {error.start}.") from None
    except ValueError as error:
        raise Unacceptable("not_json", f"Not JSON: {printable(error)}.") from None


def _integer(digits: str) -> int | float:
    # Python refuses to convert thousands of digits; as a float they are too large, and rejected.
    return int(digits) if len(digits) <= 20 else float(digits)


def split_list(body: bytes) -> list[bytes]:
    """The original text of each element of a JSON list that ``decode`` has read."""
    return list(_split(body.decode("utf-8")))


def _split(text: str) -> Iterator[bytes]:
    scan = json.JSONDecoder(parse_int=_integer).raw_decode
    position = text.index("[") + 1
    while True:
        position = _skip(text, position, " \t\r\n,")
        if text[position] == "]":
            return
        try:
            _, end = scan(text, position)
        except RecursionError:
            end = _find_end(text, position)
        yield text[position:end].encode()
        position = end


#: Strings are matched whole, so that a bracket in one does not count.
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)


def _find_end(text: str, position: int) -> int:
    """Where the list or object that begins here ends, however deep it is."""
    depth = 0
    for found in _BRACKETS.finditer(text, position):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    raise ValueError("an element has no end")


def _skip(text: str, position: int, characters: str) -> int:
    while text[position] in characters:
        position += 1
    return position
