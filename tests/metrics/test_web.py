"""``/metrics`` of the web server: for whom it is there, and what it says."""

import asyncio
import socket
import threading
import time
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import ApplicationCommunicator
from kombu import Connection

from energy.asgi import application
from energy.metrics import broker
from monitoring.ingest.topology import DEAD_QUEUE, METERS_EXCHANGE, READINGS_QUEUE
from tests.metrics.scrapes import BEARER, TOKEN, Answer, Samples, scrape
from tests.sensor_sim.proxy import Proxy
from tests.servers import free_port, web_server

UP = ("energy_broker_up", ())


def messages(queue: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return "energy_queue_messages", (("queue", queue),)


def consumers(queue: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return "energy_queue_consumers", (("queue", queue),)


async def get(path: str = "/metrics", authorization: str | None = BEARER, **more: Any) -> Answer:
    """Asks the ASGI application as a scrape does: by an address that Django does not know."""
    headers = [(b"host", b"10.1.2.3:8000")]
    if authorization is not None:
        headers.append((b"authorization", authorization.encode()))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": more.get("method", "GET"),
        "path": path,
        "query_string": more.get("query", b""),
        "headers": headers,
    }
    communicator: Any = ApplicationCommunicator(application, scope)  # type: ignore[no-untyped-call]
    await communicator.send_input({"type": "http.request", "body": b""})
    start = await communicator.receive_output(timeout=20)
    chunks = []
    while True:
        message = await communicator.receive_output(timeout=20)
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    await communicator.wait()
    answered = {key.decode().title(): value.decode() for key, value in start["headers"]}
    return Answer(start["status"], answered, b"".join(chunks))


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", f"Token {TOKEN}"])
async def test_without_the_token_it_is_unauthorized(authorization: str | None) -> None:
    answer = await get(authorization=authorization)
    assert (answer.status, answer.body) == (401, b"Unauthorized\n")
    assert answer.headers["Www-Authenticate"] == "Bearer"


async def test_without_a_configured_token_it_is_djangos_404(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    settings.ALLOWED_HOSTS = ["10.1.2.3"]
    answer = await get()
    assert (answer.status, answer.body) == (404, (await get("/nothing-here")).body)


async def test_it_needs_neither_a_known_host_nor_https(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert (await get()).status == 200
    assert (await get("/accounts/login/")).status == 400


async def test_it_can_only_be_read() -> None:
    assert (await get(method="POST")).status == 405


async def test_query_that_is_not_ascii_is_no_error() -> None:
    assert (await get(authorization=None, query=b"name[]=\xe9")).status == 401
    answer = await get(query=b"\xe9&name[]=energy_sockets_open")
    assert set(answer.samples) == {("energy_sockets_open", ())}


async def test_it_tells_of_the_process_the_platform_and_the_queues(purged_queue: None) -> None:
    answer = await get()
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    names = {name for name, _ in answer.samples}
    assert names >= {
        "process_resident_memory_bytes",
        "energy_readings_stored_total",
        "energy_readings_quarantined_total",
        "energy_ingest_batch_readings_bucket",
        "energy_ingest_commit_seconds_bucket",
        "energy_notifications_sent_total",
        "energy_sockets_open",
    }
    assert not [name for name in names if name.endswith("_created")]
    assert answer.samples[UP] == 1


async def test_queues_are_as_long_as_the_broker_says(purged_queue: None, broker_url: str) -> None:
    with Connection(broker_url, transport_options={"confirm_publish": True}) as connection:
        producer = connection.Producer()
        for _ in range(3):
            producer.publish(b"{", exchange=METERS_EXCHANGE.name, routing_key="m.batch")
        producer.publish(b"{", exchange="", routing_key=DEAD_QUEUE.name)
        samples = (await get()).samples
        for queue in (READINGS_QUEUE, DEAD_QUEUE):
            queue(connection.channel()).purge()
    assert samples[messages("readings")] == 3
    assert samples[messages("readings.dead")] == 1
    assert samples[consumers("readings")] == 0


async def test_queue_that_does_not_exist_has_no_sample(
    purged_queue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "QUEUES", ("no-such-queue", "readings"))
    samples = (await get()).samples
    assert samples[UP] == 1
    assert messages("readings") in samples
    assert messages("no-such-queue") not in samples


def assert_only_the_broker_is_missing(samples: Samples) -> None:
    assert samples[UP] == 0
    assert messages("readings") not in samples
    assert ("energy_sockets_open", ()) in samples


async def test_broker_that_is_away_costs_only_its_own_samples(settings: Any) -> None:
    settings.BROKER_URL = f"amqp://127.0.0.1:{free_port()}"
    assert_only_the_broker_is_missing((await get()).samples)


async def test_broker_that_never_answers_does_not_hold_up_the_scrape(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "ANSWER_TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.BROKER_URL = f"amqp://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        samples = (await get()).samples
    assert_only_the_broker_is_missing(samples)
    assert time.monotonic() - started < 5


async def test_broker_that_hangs_later_does_not_hold_up_the_scrape(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "ANSWER_TIMEOUT_S", 0.5)
    get_state = broker._get_state
    with Proxy(settings.BROKER_URL) as proxy:
        # A scrape that waits without end is to fail, not to hold up the tests.
        rescue = threading.Timer(5, proxy.cut)

        def hang(connection: Any, name: str) -> Any:
            proxy.stall()
            rescue.start()
            return get_state(connection, name)

        monkeypatch.setattr(broker, "_get_state", hang)
        settings.BROKER_URL = proxy.url
        started = time.monotonic()
        samples = (await get()).samples
        rescue.cancel()
        assert proxy.connection_count == 1
    assert_only_the_broker_is_missing(samples)
    assert time.monotonic() - started < 5


async def test_a_scrape_that_waits_holds_up_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answer = threading.Event(), threading.Event()

    def wait(broker_url: str) -> dict[str, broker.QueueState]:
        asked.set()
        answer.wait(10)
        return {}

    monkeypatch.setattr(broker, "get_queue_states", wait)
    scraping = asyncio.create_task(get())
    try:
        assert await asyncio.to_thread(asked.wait, 10)
        async with asyncio.timeout(5):
            await sync_to_async(lambda: None)()  # where the sockets' queries run
        assert not scraping.done()
    finally:
        answer.set()
        await scraping


async def test_broker_in_memory_tells_the_same(settings: Any) -> None:
    settings.BROKER_URL = "memory://metrics"
    with Connection(settings.BROKER_URL) as connection:
        READINGS_QUEUE(connection.channel()).declare()
        connection.Producer().publish({}, exchange=METERS_EXCHANGE, routing_key="m.batch")
        samples = (await get()).samples
        READINGS_QUEUE(connection.channel()).purge()
    assert samples[messages("readings")] == 1
    assert messages("readings.dead") not in samples


@pytest.mark.django_db(transaction=True)
def test_a_running_server_is_scraped_by_its_own_address(purged_queue: None) -> None:
    with web_server(METRICS_TOKEN=TOKEN, HTTPS="true") as address:
        assert scrape(f"{address}/metrics", None).status == 401
        answer = scrape(f"{address}/metrics", Host="10.1.2.3:8000")
        assert answer.status == 200
        assert answer.samples[UP] == 1
        assert answer.samples["process_start_time_seconds", ()] > 0


@pytest.mark.django_db(transaction=True)
def test_a_running_server_without_a_token_has_no_metrics() -> None:
    with web_server() as address:
        assert scrape(f"{address}/metrics").status == 404
