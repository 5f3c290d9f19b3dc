"""That no list asks the database once a row, and none counts its table."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import FailedLogin, Login, User
from monitoring.models import MeterReplacement, ReadingImport
from tests.admin.conftest import LISTS, email_to, quarantine
from tests.conftest import NOON, Store, make_device, make_sensor

Grow = Callable[[int], None]


@pytest.fixture
def grow(db: None, store: Store) -> Grow:
    """``grow(n)``: n more owners, each with device, sensor, readings, findings and quarantine."""

    def add(number: int) -> None:
        known = User.objects.count()
        for index in range(known, known + number):
            owner = User.objects.create(email=f"user{index}@example.com")
            sensor = make_sensor(make_device(owner))
            store(sensor, (0, 100.0), (60, 105.0), (120, 1.0))
            MeterReplacement.objects.create(
                sensor=sensor, replaced_at=NOON, final_kwh=105, first_kwh=0
            )
            quarantine(sensor_uuid=sensor.uuid)
            email_to(owner)
            by = {"username": owner.email, "ip_address": "192.0.2.1"}
            FailedLogin.objects.create(**by, failures_since_start=1)
            Login.objects.create(**by)
            ReadingImport.objects.create(user=owner, file_name="past.csv", created_at=NOON)

    return add


@pytest.mark.parametrize("name", LISTS)
def test_list_takes_as_many_queries_for_50_rows_as_for_one(
    as_administrator: Client, grow: Grow, name: str
) -> None:
    url = reverse(f"admin:{name}_changelist")
    grow(1)
    with CaptureQueriesContext(connection) as one:
        assert as_administrator.get(url).status_code == 200
    grow(49)
    with CaptureQueriesContext(connection) as fifty:
        page = as_administrator.get(url)
    assert page.context["cl"].result_count in (50, 51)  # the administrator is a user too
    assert len(fifty) == len(one)
    assert len(fifty) <= 5


@pytest.mark.parametrize("name", ["peak", "exceedance", "registerfall", "quarantinedreading"])
def test_long_list_is_not_counted_to_its_end(
    as_administrator: Client, grow: Grow, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitoring.admin.readonly.MAX_COUNTED", 2)
    grow(4)
    with CaptureQueriesContext(connection) as queries:
        page = as_administrator.get(reverse(f"admin:monitoring_{name}_changelist"))
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert counts
    assert all("LIMIT 3" in sql for sql in counts)
    assert page.context["cl"].result_count == 2
    assert "more than 2: search or filter to see the rest" in page.text


def test_quarantine_list_leaves_the_original_bytes_in_the_database(
    as_administrator: Client, grow: Grow
) -> None:
    grow(1)
    with CaptureQueriesContext(connection) as queries:
        as_administrator.get(reverse("admin:monitoring_quarantinedreading_changelist"))
    assert not any('"raw"' in query["sql"] for query in queries)
