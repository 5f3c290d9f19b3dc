"""In which language a page is, and that nothing else depends on it."""

import pytest
from django.test import Client

from accounts.models import User
from devices.models import Sensor
from tests.conftest import NOON, Store, Summed

LOGIN = "/accounts/login/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accepted", "language"), [("ro-RO,ro;q=0.9", "ro"), ("en-GB", "en"), ("hu", "en"), ("", "en")]
)
def test_login_page_is_in_the_browsers_language(
    client: Client, accepted: str, language: str
) -> None:
    answer = client.get(LOGIN, headers={"accept-language": accepted})
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["Content-Language"] == language
    assert ("Autentificare" in answer.text) == (language == "ro")


def test_users_language_wins_over_the_browsers(as_alice: Client, alice: User) -> None:
    User.objects.update(language="ro")
    answer = as_alice.get("/", headers={"accept-language": "en"})
    assert '<html lang="ro">' in answer.text
    assert "Dispozitive" in answer.text


def test_login_page_keeps_the_language_of_who_logged_out(as_alice: Client, alice: User) -> None:
    User.objects.update(language="ro")
    as_alice.get("/")
    as_alice.post("/accounts/logout/")
    assert "Autentificare" in as_alice.get(LOGIN, headers={"accept-language": "en"}).text
    as_alice.force_login(alice)
    User.objects.update(language="en")
    as_alice.get("/")
    as_alice.post("/accounts/logout/")
    assert '<html lang="en">' in as_alice.get(LOGIN, headers={"accept-language": "ro"}).text


def test_cookie_is_set_only_when_it_says_something_new(as_alice: Client, alice: User) -> None:
    assert "django_language" in as_alice.get("/").cookies
    assert "django_language" not in as_alice.get("/").cookies


def test_api_and_files_are_the_same_in_every_language(
    as_alice: Client, meter: Sensor, store: Store, summed: Summed
) -> None:
    store(meter, (-60, 1000.25), (-30, 1001.5), (0, 1003.75))
    summed()
    day = NOON.date().isoformat()
    paths = (
        f"/api/v1/sensors/{meter.uuid}/",
        f"/api/v1/sensors/{meter.uuid}/consumption/?start={day}T00:00Z&end={day}T13:00Z",
        f"/sensors/{meter.uuid}/export/?start={day}&end={day}&group_by=hour&format=csv",
    )
    bodies = []
    for language in ("en", "ro"):
        User.objects.update(language=language)
        answers = [as_alice.get(path) for path in paths]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        bodies.append([answer.getvalue() for answer in answers])
    assert bodies[0] == bodies[1]
    assert b",3.500000,measured" in bodies[0][2]
