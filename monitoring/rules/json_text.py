"""JSON as meters write it: decoded with whatever numbers it holds, and split as it was written."""

import json
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


def split_list(body: bytes, count: int) -> list[bytes]:
    """The original text of each of the ``count`` elements of a JSON list that ``decode`` has read.

    If one is nested too deeply to be found again, it is the whole text for each of them.
    """
    try:
        return list(_split(body))
    except RecursionError:
        return [body] * count


def _split(body: bytes) -> Iterator[bytes]:
    text = body.decode("utf-8")
    scan = json.JSONDecoder(parse_int=_integer).raw_decode
    position = text.index("[") + 1
    while True:
        position = _skip(text, position, " \t\r\n,")
        if text[position] == "]":
            return
        _, end = scan(text, position)
        yield text[position:end].encode()
        position = end


def _skip(text: str, position: int, characters: str) -> int:
    while text[position] in characters:
        position += 1
    return position
