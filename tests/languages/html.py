"""What people read of a page: its text, and the attributes and chart data that become text."""

import json
from html.parser import HTMLParser
from typing import Any

READ_ATTRIBUTES = {"title", "aria-label", "placeholder", "alt", "data-label", "label"}
#: In the JSON of charts, what nobody reads.
UNREAD_KEYS = {"kind", "unit", "style", "url", "links", "sensor", "stack"}


class Reader(HTMLParser):
    """Collects ``pieces``, each as it stands in one place, and the running text."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.running = ""
        self.attributes: list[str] = []
        self._skipped = ""
        self._is_json = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._is_json = tag == "script" and values.get("type") == "application/json"
        if tag in ("script", "style", "code", "pre") and not self._skipped:
            self._skipped = tag
        if tag == "select":
            self._select = values.get("name", "")
        found = [value for name, value in values.items() if name in READ_ATTRIBUTES]
        if tag == "meta" and values.get("name") == "description":
            found.append(values["content"])
        if tag == "input" and values.get("type") in ("submit", "button"):
            found.append(values.get("value", ""))
        self.attributes += found
        self.pieces += found

    def handle_endtag(self, tag: str) -> None:
        if tag == self._skipped:
            self._skipped = ""
            self._is_json = False

    def handle_data(self, data: str) -> None:
        if self._is_json:
            found = list(_texts(json.loads(data)))
            self.attributes += found
            self.pieces += found
        elif not self._skipped and self._select != "time_zone":
            self.running += data
            self.pieces.append(" ".join(data.split()))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, dict):
        return [t for key, item in value.items() if key not in UNREAD_KEYS for t in _texts(item)]
    return []


def read(page: str) -> Reader:
    """The page as it is read."""
    reader = Reader()
    reader.feed(page)
    return reader
