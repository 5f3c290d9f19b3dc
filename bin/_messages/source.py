"""Finds every text of the source that is marked for translation, as ``manage.py makemessages``."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.extract import extract
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
#: The simulator and the benchmarks are programs for people at a terminal: they speak English.
PRODUCT = ("accounts", "devices", "energy", "monitoring")
TEMPLATES = (".html", ".txt")
#: The functions that mark a text, and which of their arguments are its parts.
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


class Marked(NamedTuple):
    """A text as the source has it; ``id`` is two texts where it counts something."""

    file: str
    id: str | tuple[str, ...]
    context: str | None


def find_messages(root: Path = ROOT) -> Iterator[Marked]:
    """Every marked text below ``root``, file by file, in the order in which it stands there."""
    for folder in PRODUCT:
        for path in sorted((root / folder).rglob("*")):
            source = _read(path)
            if source:
                yield from _extract(source, str(path.relative_to(root)))


def _read(path: Path) -> str:
    """Python in which the marked texts of a file are; nothing where there are none."""
    if path.suffix == ".py":
        return path.read_text()
    if path.suffix in TEMPLATES and "templates" in path.parts:
        # What Django makes of a template has calls in it, and no lines that Python could nest.
        return f"({templatize(path.read_text(), origin=str(path))}\n)"
    return ""


def _extract(source: str, file: str) -> Iterator[Marked]:
    found = extract("python", BytesIO(source.encode()), keywords=KEYWORDS)
    for _line, message, _comments, context in found:
        yield Marked(file, message, context)
