"""What is not accepted, and what is kept of it."""

import reprlib
from typing import NamedTuple

MAX_KEPT_BYTES = 4 * 1024


class Rejection(NamedTuple):
    """What was not accepted: a short code, a sentence, and the original bytes, cut at 4 KiB."""

    reason: str
    detail: str
    raw: bytes
    raw_size_bytes: int
    sensor_uuid: str | None = None


class Unacceptable(ValueError):
    """One reading, or a whole message, breaks the rule."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def without_frames(self) -> "Unacceptable":
        """The same, to be kept: one that was raised holds on to the frames that it came through.

        If one of these holds on to it in turn, it is left to the garbage collector, which comes
        too late for hundreds of thousands.
        """
        return Unacceptable(self.reason, self.detail)


def reject(problem: Unacceptable, raw: bytes, sensor_uuid: str | None = None) -> Rejection:
    """The rejection to keep for ``raw``."""
    return Rejection(problem.reason, problem.detail, raw[:MAX_KEPT_BYTES], len(raw), sensor_uuid)


_brief = reprlib.Repr()
_brief.maxlevel = 2
_brief.maxstring = _brief.maxother = 100


def printable(value: object) -> str:
    """At most 100 characters of anything, however long or deep, safe to store and to show."""
    text = ascii(str(value))[1:-1] if isinstance(value, Exception) else _brief.repr(value)
    return text if len(text) <= 100 else f"{text[:97]}…"
