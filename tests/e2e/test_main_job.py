"""The main job with its real parts: AMQP in, PostgreSQL, and the peak on the owner's open page."""

import json
import time
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import amqp
import pytest

from accounts.models import User
from devices.models import Sensor
from monitoring.models import Notification, Reading
from tests.conftest import make_device, make_sensor
from tests.e2e.conftest import LogIn, save_screenshot
from tests.servers import free_port, until, web_server, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plain_meter(broker_url: str) -> Iterator[amqp.Channel]:
    """A client that knows only the contract: a durable topic exchange named ``meters``."""
    url = urlsplit(broker_url)
    with amqp.Connection(
        f"{url.hostname}:{url.port}",
        userid=url.username or "",
        password=url.password or "",
        virtual_host=unquote(url.path[1:]) or "/",
        confirm_publish=True,
    ) as connection:
        channel = connection.channel()
        channel.exchange_declare("meters", "topic", durable=True, auto_delete=False)
        yield channel


def publish(channel: amqp.Channel, sensor: Sensor, at: float, energy_kwh: float) -> None:
    body = {
        "timestamp": round(at * 1000),
        "sensor_id": str(sensor.uuid),
        "measurement_value": energy_kwh,
    }
    message = amqp.Message(json.dumps(body), delivery_mode=2, content_type="application/json")
    channel.basic_publish(message, "meters", f"m.{sensor.uuid}", mandatory=True)


def test_peak_reaches_the_owners_open_page_and_nobody_else(
    address: str,
    alice: User,
    charlie: User,
    meter: Sensor,
    purged_queue: None,
    plain_meter: amqp.Channel,
    log_in: LogIn,
) -> None:
    make_sensor(make_device(charlie, "House"))
    with worker():
        alices, charlies = log_in(address, alice.email), log_in(address, charlie.email)
        now = time.time()
        publish(plain_meter, meter, now - 60, 100.0)
        publish(plain_meter, meter, now, 100.1)  # 0.1 kWh in a minute: 6 kW, the limit is 4
        toast = alices.wait_for_selector(".toast")
        assert toast is not None
        assert "Main meter" in toast.inner_text()
        assert "6" in toast.inner_text()
        alices.wait_for_selector("#unread-count >> text=1")
        assert "(1)" in alices.title()
        save_screenshot(alices, "peak")
        # Charlie's page is alive too, and would have shown it by now.
        publish(plain_meter, meter, now + 60, 100.3)
        until(lambda: Reading.objects.count() == 3, what="the third reading is stored")
        assert charlies.query_selector(".toast") is None
        assert not Notification.objects.filter(user=charlie).exists()
        charlies.goto(f"{address}{meter.device.get_absolute_url()}")
        assert "404" in charlies.title() or "not found" in charlies.content().lower()


def test_page_gets_what_it_missed_while_the_web_server_was_away(
    alice: User,
    meter: Sensor,
    purged_queue: None,
    plain_meter: amqp.Channel,
    log_in: LogIn,
) -> None:
    port = free_port()
    with worker():
        with web_server(port) as address:
            page = log_in(address, alice.email)
        now = time.time()
        publish(plain_meter, meter, now - 60, 0.0)
        publish(plain_meter, meter, now, 1.0)
        until(Notification.objects.exists, what="the peak is stored")
        with web_server(port):
            page.wait_for_selector(".toast[data-seq='1']", timeout=60_000)
            assert len(page.query_selector_all(".toast")) == 1
