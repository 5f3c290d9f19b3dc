"""Pages in Romanian: every text is marked for translation, and none is left in English."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from _messages.catalogues import read_catalogue
from django.test import Client
from django.utils.translation import trans_real

from accounts.models import ApiToken, User
from devices.models import Device, Sensor
from monitoring.models import QuarantinedReading
from tests.admin.conftest import LISTS
from tests.e2e.pages import ALICE, list_pages, list_public_pages
from tests.languages.html import Reader, read
from tests.languages.test_catalogues import as_texts

OPENED, CLOSED = "⟦", "⟧"
#: How a date is written, in Django's letters: translated, but not a text.
DATE_FORMAT = re.compile(r"[djbMYHisFlD ,:.]+")
#: What is the same in every language.
UNITS_AND_NAMES = {
    "kW",
    "kWh",
    "UTC",
    "Redis",
    "CSV",
    "min",
    "Europe",
    "Bucharest",
    "curl",
    "Python",
    "AMQP",
}
#: What the admin itself, or a package, has in English in any language.
OF_PACKAGES = {"Search", "True", "False"}
ADDRESS = re.compile(r"\S+@\S+|[0-9a-f]{8}-[0-9a-f-]{27}")

Visits = list[tuple[str, Reader]]


def visit(readers: dict[str, Client]) -> Visits:
    """Every page of a client and of the administration, as it is read."""
    user = User.objects.get(email=ALICE)
    device = Device.objects.filter(owner=user).first()
    assert device is not None
    new = Sensor.objects.get(state=None)
    changes = [
        f"accounts/user/{user.pk}",
        f"devices/device/{device.pk}",
        f"devices/sensor/{new.pk}",
    ]
    paths = {
        "alice": [
            *list_pages(ALICE).values(),
            "/alerts/?show=unread&since=2026-99-01",
            f"/sensors/{new.uuid}/",
        ],
        "nobody": [*list_public_pages().values(), "/nowhere/"],
        "administrator": [
            "/admin/",
            *(f"/admin/{name.replace('_', '/')}/" for name in LISTS),
            *(f"/admin/{name}/change/" for name in changes),
            "/admin/devices/sensor/add/",
            "/admin/monitoring/meterreplacement/add/",
        ],
    }
    return [
        (path, read(readers[who].get(path).content.decode()))
        for who, whose in paths.items()
        for path in whose
    ]


# --- In the catalogue's words


def as_pattern(text: str) -> re.Pattern[str]:
    """What a text of the source looks like on a page, whatever is filled in."""
    parts = re.split(r"%\(\w+\)[sd]|\{\w+\}", text.replace("%%", "%"))
    return re.compile(".+".join(map(re.escape, parts)))


def list_english() -> Iterator[re.Pattern[str]]:
    for message in read_catalogue("ro"):
        ids, strings = as_texts(message.id), as_texts(message.string)
        for text in ids:
            for part in re.split(r"<[^>]*>", text):
                has_words = re.search("[a-z]{2}", re.sub(r"%\(\w+\)[sd]|\{\w+\}", "", part))
                if has_words and text not in strings:
                    yield as_pattern(part.strip())


def test_no_page_in_romanian_has_a_text_in_english(readers: dict[str, Client]) -> None:
    english = list(list_english())
    found = [
        (path, piece)
        for path, page in visit(readers)
        for piece in page.pieces
        if not (path.startswith("/admin/") and piece in OF_PACKAGES)
        and any(pattern.fullmatch(piece) for pattern in english)
    ]
    assert found == []


# --- In brackets: what is translated is in them, whatever it is


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts brackets around all that is translated into Romanian."""
    romanian = trans_real.translation("ro")

    def bracket(translate: Callable[..., str]) -> Callable[..., str]:
        def translated(*arguments: Any) -> str:
            text = translate(*arguments)
            is_format = DATE_FORMAT.fullmatch(arguments[0]) and DATE_FORMAT.fullmatch(text)
            return text if is_format else f"{OPENED}{text}{CLOSED}"

        return translated

    for name in ("gettext", "ngettext"):
        monkeypatch.setattr(romanian, name, bracket(getattr(romanian, name)))


def outside(text: str, *, known: set[str]) -> list[str]:
    """The words outside of brackets that are not ``known``."""
    depth = 0
    kept = ""
    for character in text:
        depth += (character == OPENED) - (character == CLOSED)
        kept += character if depth == 0 else " "
    words = re.findall(r"[^\W\d_]{2,}", ADDRESS.sub("", kept))
    return [word for word in words if word not in known]


@pytest.mark.usefixtures("bracketed")
def test_every_text_of_the_pages_is_marked(readers: dict[str, Client]) -> None:
    # What people have named is not ours to translate.
    User.objects.update(name="1")
    Device.objects.update(description="2", address="3")
    Sensor.objects.update(description="4")
    # Written once, for whoever looks after the meters (CONTRIBUTING.md).
    QuarantinedReading.objects.update(detail="5")
    ApiToken.objects.update(prefix="6")
    found = {}
    for path, page in visit(readers):
        known = UNITS_AND_NAMES | (OF_PACKAGES if path.startswith("/admin/") else set())
        texts = (page.running, *page.attributes)
        found[path] = {word for text in texts for word in outside(text, known=known)}
    assert {path: words for path, words in found.items() if words} == {}
