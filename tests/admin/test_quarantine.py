"""The quarantine in the admin."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from devices.models import Sensor
from monitoring.admin.quarantine import readable
from monitoring.ingest.release import discard
from monitoring.models import QuarantinedReading
from tests.admin.conftest import quarantine

LIST = "/admin/monitoring/quarantinedreading/"
UNKNOWN = UUID("00000000-0000-4000-8000-000000000000")


def page_of(client: Client, entry: QuarantinedReading) -> str:
    url = reverse("admin:monitoring_quarantinedreading_change", args=[entry.pk])
    return client.get(url).text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("ș \n\t".encode(), "ș \n\t"),
        (b"\xff\xfe", r"\xff\xfe"),
        (b"\x00\x1b[31m\r", r"\x00\x1b[31m\r"),
        ("\u202eabc\u200b".encode(), r"\u202eabc\u200b"),
        (b"", ""),
    ],
)
def test_nothing_in_the_bytes_stays_invisible(raw: bytes, shown: str) -> None:
    assert readable(raw) == shown


def test_original_is_shown_and_never_run(as_administrator: Client) -> None:
    page = page_of(as_administrator, quarantine(b"<script>alert(1)</script>\xff"))
    assert r"&lt;script&gt;alert(1)&lt;/script&gt;\xff" in page
    assert "<script>alert" not in page


def test_sensor_is_a_link_where_it_is_known(as_administrator: Client, meter: Sensor) -> None:
    link = f'<a href="/admin/devices/sensor/{meter.pk}/change/">{meter.uuid}</a>'
    assert link in page_of(as_administrator, quarantine(sensor_uuid=meter.uuid))
    page = page_of(as_administrator, quarantine(sensor_uuid=UNKNOWN))
    assert str(UNKNOWN) in page
    assert "/admin/devices/sensor/None" not in page
    assert link in as_administrator.get(LIST).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"reason__exact": "bad_shape"}, 2),
        ({"reason__exact": "conflict"}, 0),
        ({"q": str(UNKNOWN)}, 1),
        ({"q": "timestamp missing"}, 2),
    ],
)
def test_entries_are_found(
    as_administrator: Client, meter: Sensor, query: dict[str, str], found: int
) -> None:
    quarantine(sensor_uuid=UNKNOWN)
    quarantine(sensor_uuid=meter.uuid)
    assert len(as_administrator.get(LIST, query).context["cl"].result_list) == found


def test_entry_that_somebody_deletes_meanwhile_is_counted_as_gone(
    as_administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [quarantine() for _ in range(3)]

    def discard_and_delete_the_next(*, entry_id: int, **arguments: Any) -> None:
        discard(entry_id=entry_id, **arguments)
        QuarantinedReading.objects.filter(pk=entry_id + 1, decision="").delete()

    monkeypatch.setattr("monitoring.admin.decisions.discard", discard_and_delete_the_next)
    asked = {"action": "discard_selected", "_selected_action": [entry.pk for entry in entries]}
    page = as_administrator.post(LIST, asked, follow=True).text
    assert "1 entry: no longer there" in page.lower()
    assert "2 entries: discarded" in page
    assert set(QuarantinedReading.objects.values_list("decision", flat=True)) == {"discarded"}


def test_entry_is_neither_deleted_added_nor_changed(as_administrator: Client) -> None:
    entry = quarantine()
    url = f"{LIST}{entry.pk}/"
    assert as_administrator.post(f"{url}change/", {"detail": "x"}).status_code == 403
    assert as_administrator.get(f"{LIST}add/").status_code == 403
    assert "delete" not in as_administrator.get(f"{url}change/").text
    assert "delete_selected" not in as_administrator.get(LIST).text
    assert as_administrator.post(f"{url}delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "post": "yes", "_selected_action": [entry.pk]}
    as_administrator.post(LIST, chosen)
    assert QuarantinedReading.objects.get() == entry


def test_many_entries_are_decided_some_at_a_time(
    as_administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitoring.admin.decisions.MAX_DECIDED", 2)
    entries = [quarantine() for _ in range(3)]
    asked = {"action": "discard_selected", "_selected_action": [entry.pk for entry in entries]}
    page = as_administrator.post(LIST, asked, follow=True).text
    assert "2 entries: discarded" in page
    assert "Only the first 2 entries were handled. Repeat the action for the rest." in page
    assert QuarantinedReading.objects.get(decision="") == entries[2]
