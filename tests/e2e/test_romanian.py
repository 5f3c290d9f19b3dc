"""A page in Romanian in Chromium: what scripts write is as Romanian as what the server wrote."""

import re

import pytest
from playwright.sync_api import Page

from accounts.models import User
from devices.models import Sensor
from energy.demo.seed import seed_demo
from tests.e2e.conftest import LogIn
from tests.e2e.pages import ALICE, list_pages
from tests.e2e.pictures import SHORT_PAST, get_now
from tests.e2e.test_live_pages import store
from tests.e2e.visits import open_whole

pytestmark = pytest.mark.django_db(transaction=True)

NUMBERS = """
import("/static/energy/locale.js").then(locale => [
    locale.formatPower(1234.5), locale.formatLimit(4.5), locale.formatOver(44, 4),
    locale.formatWhen(Date.UTC(2026, 2, 10, 12, 5)), locale.formatDay(Date.UTC(2026, 8, 1, 12)),
])
"""

#: Words of the navigation and of the tabs that do not fit into their places.
CUT = """
[...document.querySelectorAll(".site-nav a, .tabs a")]
    .filter(a => a.scrollWidth > a.clientWidth)
    .map(a => `${location.pathname}: ${a.textContent.trim()}`)
"""


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def romanian(alice: User) -> User:
    User.objects.update(language="ro", time_zone="Europe/Bucharest")
    return alice


def texts(page: Page, selector: str) -> list[str]:
    return [plain(text) for text in page.locator(selector).all_inner_texts()]


def test_scripts_write_numbers_and_dates_as_the_server_does(
    address: str, romanian: User, meter: Sensor, log_in: LogIn
) -> None:
    store(meter, (-700, 100.0))
    page = log_in(address, romanian.email)
    assert page.evaluate("document.documentElement.lang") == "ro"
    assert list(map(plain, page.evaluate(NUMBERS))) == [
        "1.234,50 kW",
        "4,5 kW",
        "+1.000%",
        "10 mar., 14:05",
        "1 sept.",
    ]
    page.goto(f"{address}/alerts/")
    page.wait_for_selector("body[data-live=online]")
    store(meter, (-60, 101.0))
    page.wait_for_selector(".toast")
    assert "limită 4 kW" in texts(page, ".toast p")[1]
    assert texts(page, ".toast .badge") == ["Vârf de putere"]
    page.wait_for_selector("#notifications > li:first-child >> text=limită 4 kW")


def test_state_of_a_sensor_goes_on_in_romanian(
    address: str, romanian: User, meter: Sensor, log_in: LogIn
) -> None:
    store(meter, (-600, 100.0), (-300, 100.1))
    page = log_in(address, romanian.email)
    page.goto(f"{address}/sensors/{meter.uuid}/")
    page.wait_for_selector("body[data-live=online]")
    assert texts(page, ".power-now .power") == ["1,20 kW"]
    assert texts(page, "[data-field=at]") == ["acum 5 minute"]
    store(meter, (-1, 1100.5))
    page.wait_for_selector(".power.over")
    assert re.fullmatch(r"1[12]\.\d{3},\d\d kW", texts(page, ".power-now .power")[0])
    assert texts(page, "[data-field=energy]") == ["1.100,50 kWh"]
    assert re.fullmatch(
        r"(2[789]\d|30\d)\.\d{3}% din limita de 4 kW", texts(page, ".power-now .muted >> nth=0")[0]
    )


def test_no_page_in_romanian_is_wider_than_a_phone(
    address: str, transactional_db: None, log_in: LogIn
) -> None:
    seed_demo(now=get_now(), history=SHORT_PAST)
    User.objects.update(language="ro")
    paths = list_pages(ALICE)
    page = log_in(address, ALICE)
    page.set_viewport_size({"width": 360, "height": 800})
    wide, cut = {}, []
    for name, path in paths.items():
        open_whole(page, address + path)
        wide[name] = page.evaluate("document.documentElement.scrollWidth")
        cut += page.evaluate(CUT)
    assert {name: width for name, width in wide.items() if width > 360} == {}
    assert cut == []
