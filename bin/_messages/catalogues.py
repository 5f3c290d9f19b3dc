"""The catalogue of a language: brought up to date with the source, and compiled."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from _messages.source import ROOT, Marked

LANGUAGES = ("ro",)
WIDTH = 100


def po_path(language: str) -> Path:
    """Where translators write."""
    return ROOT / "energy" / "locale" / language / "LC_MESSAGES" / "django.po"


def mo_path(language: str) -> Path:
    """What Django reads."""
    return po_path(language).with_suffix(".mo")


def read_catalogue(language: str) -> Catalog:
    """The catalogue as it is."""
    with po_path(language).open("rb") as file:
        return read_po(file, locale=language)


def make_template(messages: Iterable[Marked]) -> Catalog:
    """A catalogue of texts that nobody has translated yet."""
    template = Catalog()
    for message in messages:
        # Files without lines: a line that moves is no change for a translator.
        template.add(message.id, locations=[(message.file, 0)], context=message.context)
    return template


def update_catalogue(catalogue: Catalog, template: Catalog) -> None:
    """Takes new texts in, untranslated, and drops those that are gone. Guesses nothing."""
    date = catalogue.creation_date
    catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
    catalogue.creation_date = date  # or each run would be a change
    catalogue.obsolete.clear()


def write_catalogue(catalogue: Catalog, language: str) -> None:
    """Writes both files."""
    with po_path(language).open("wb") as file:
        write_po(file, catalogue, width=WIDTH, include_lineno=False, sort_by_file=True)
    mo_path(language).write_bytes(compile_catalogue(catalogue))


def compile_catalogue(catalogue: Catalog) -> bytes:
    """The content of the file that Django reads."""
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def find_missing(catalogue: Catalog) -> list[Message]:
    """What nobody has translated, or what a program has guessed."""
    return [
        message
        for message in catalogue
        if message.id and (message.fuzzy or not _is_translated(message))
    ]


def _is_translated(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)
