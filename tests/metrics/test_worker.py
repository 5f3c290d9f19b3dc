"""``/metrics`` of the Celery worker, on a port of its own."""

from collections.abc import Iterator
from typing import Any

import pytest

from energy.metrics.worker import MetricsServer, MetricsStep
from tests.metrics.scrapes import BEARER, TOKEN, scrape
from tests.servers import free_port, worker


@pytest.fixture
def address(settings: Any) -> Iterator[str]:
    settings.METRICS_TOKEN = TOKEN
    server = MetricsServer(host="127.0.0.1", port=0)
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


@pytest.mark.parametrize(
    ("path", "authorization", "status"),
    [
        ("/metrics", BEARER, 200),
        ("/metrics", None, 401),
        ("/metrics", "Bearer wrong", 401),
        ("/", BEARER, 404),
        ("/metrics/", BEARER, 404),
        ("/", None, 404),
    ],
)
def test_it_is_there_for_the_token_only(
    address: str, path: str, authorization: str | None, status: int
) -> None:
    assert scrape(f"{address}{path}", authorization).status == status


def test_without_a_configured_token_there_is_nothing_to_find(address: str, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert scrape(f"{address}/metrics").status == 404


def test_stopped_server_frees_its_port(settings: Any) -> None:
    server = MetricsServer(host="127.0.0.1", port=0)
    server.start()
    server.stop()
    again = MetricsServer(host="127.0.0.1", port=server.port)
    again.start()
    again.stop()


def test_it_listens_on_ipv6_too(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    server = MetricsServer(host="::1", port=0)
    server.start()
    try:
        assert scrape(f"http://[::1]:{server.port}/metrics").status == 200
    finally:
        server.stop()


def test_port_that_is_taken_does_not_stop_the_worker(
    address: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WORKER_METRICS_PORT = int(address.rpartition(":")[2])
    step = MetricsStep(None)
    step.start(None)
    step.stop(None)
    assert f"No metrics at 127.0.0.1 port {settings.WORKER_METRICS_PORT}" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_running_worker_tells_of_its_process_and_of_ingestion(purged_queue: None) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/metrics"
    with worker(METRICS_TOKEN=TOKEN, WORKER_METRICS_PORT=str(port)) as process:
        assert scrape(url, None).status == 401
        answer = scrape(url)
        assert answer.status == 200
        assert answer.samples["energy_readings_stored_total", ()] == 0
        assert ("energy_broker_up", ()) not in answer.samples  # the web server tells that
        process.terminate()
        assert process.wait(20) == 0


def test_worker_serves_no_metrics_unless_asked_to(settings: Any) -> None:
    assert settings.WORKER_METRICS_PORT == 0
    assert not MetricsStep(None).include_if(None)
