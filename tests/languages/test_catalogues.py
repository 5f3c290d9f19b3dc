"""The catalogues are complete, faultless, and compiled."""

import re
from gettext import GNUTranslations
from io import BytesIO
from typing import Any

import pytest
from _messages.catalogues import (
    LANGUAGES,
    compile_catalogue,
    find_missing,
    mo_path,
    read_catalogue,
)
from _messages.source import find_messages
from babel.messages.catalog import Catalog
from django.conf import settings

#: %(name)s, {name}, a tag of HTML.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}|</?[a-z][^>]*>")
#: s and t with a cedilla, which are not letters of Romanian.
CEDILLAS = re.compile("[şţŞŢ]")


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def catalogue(language: str) -> Catalog:
    return read_catalogue(language)


def as_texts(value: Any) -> list[str]:
    return list(value) if isinstance(value, tuple | list) else [value]


def test_every_language_of_the_settings_but_the_sources_own_has_one() -> None:
    assert {"en", *LANGUAGES} == set(dict(settings.LANGUAGES))


def test_holds_every_text_of_the_source_and_no_other(catalogue: Catalog) -> None:
    # A count is known to a catalogue by its singular.
    marked = {(as_texts(message.id)[0], message.context) for message in find_messages()}
    known = {(as_texts(message.id)[0], message.context) for message in catalogue if message.id}
    assert marked - known == set(), "run `make messages` and translate"
    assert known - marked == set(), "run `make messages`"


def test_every_text_is_translated_and_none_is_guessed(catalogue: Catalog) -> None:
    assert [message.id for message in find_missing(catalogue)] == []
    assert catalogue.num_plurals == 3
    counted = [message for message in catalogue if isinstance(message.id, tuple)]
    assert {len(as_texts(message.string)) for message in counted} == {3}


def test_placeholders_are_those_of_the_source(catalogue: Catalog) -> None:
    for message in catalogue:
        if not message.id:
            continue
        one, *_, many = [*as_texts(message.id), *as_texts(message.id)]
        for form, text in enumerate(as_texts(message.string)):
            source = many if form else one  # "a meter" need not say how many
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(source)), text


def test_letters_are_romanian(catalogue: Catalog) -> None:
    texts = [text for message in catalogue if message.id for text in as_texts(message.string)]
    assert [text for text in texts if CEDILLAS.search(text)] == []
    assert any("ș" in text for text in texts)


def contents(compiled: bytes) -> dict[Any, str]:
    """What a compiled catalogue holds, without its header, which names the program's version."""
    texts: dict[Any, str] = vars(GNUTranslations(BytesIO(compiled)))["_catalog"]
    return {key: text for key, text in texts.items() if key}


def test_compiled_file_is_that_of_the_catalogue(language: str, catalogue: Catalog) -> None:
    committed = contents(mo_path(language).read_bytes())
    assert committed == contents(compile_catalogue(catalogue)), "run `make messages`"
