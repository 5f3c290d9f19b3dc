"""The page of a sensor."""

import json
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from devices.models import Sensor
from monitoring.history.summing import sum_intervals
from monitoring.models import Peak
from tests.conftest import make_sensor
from tests.pages.conftest import StoreAgo


def path_of(sensor: Sensor) -> str:
    return f"/sensors/{sensor.uuid}/"


def show(client: Client, sensor: Sensor, query: str = "") -> str:
    response = client.get(path_of(sensor) + query)
    assert response.status_code == HTTPStatus.OK
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def charts(page: str) -> list[str]:
    return re.findall(r'<figure class="chart">.*?</figure>', page, re.DOTALL)


def test_chart_shows_power_limit_and_peak(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (60, 100.0), (50, 100.5), (40, 101.5), (30, 101.7))
    (chart,) = charts(show(as_alice, meter))
    ElementTree.fromstring(chart)
    assert "Power of Main meter in the last 24 hours, in kW" in chart
    assert re.search(r"Mean 3.40 kW, highest 6.00 kW at .*, limit 4 kW\.\s*1 peak\.", chart)
    assert "Limit 4 kW" in chart
    assert chart.count('class="peak-dot"') == 1
    assert "6.00 kW, " in chart


def test_numbers_stand_in_a_table(as_alice: Client, meter: Sensor, store_ago: StoreAgo) -> None:
    store_ago(meter, (190, 100.0), (180, 100.5), (40, 101.5), (30, 101.7))
    page = show(as_alice, meter)
    table = page[page.index("The numbers, hour by hour") :].partition("</table>")[0]
    rows = re.findall(r'<td class="number">([\d.]+)</td><td class="number">([\d.]+)</td>', table)
    assert rows == [("3.00", "3.00"), ("1.20", "1.20")]


def test_times_are_those_of_the_readers_zone(
    as_alice: Client, alice: User, meter: Sensor, store_ago: StoreAgo, now: datetime
) -> None:
    User.objects.update(time_zone="Asia/Kolkata")
    store_ago(meter, (30, 100.0), (20, 100.5))
    local = now - timedelta(minutes=30) + timedelta(hours=5, minutes=30)
    assert f'<th scope="row">{local:%-d %b %Y, %H}:00</th>' in show(as_alice, meter)


def test_newest_peaks_are_listed_without_the_withdrawn(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo, now: datetime
) -> None:
    store_ago(meter, (3000, 90.0), (2990, 91.0))
    store_ago(meter, (60, 100.0), (50, 101.0))
    assert show(as_alice, meter).count('<span class="badge danger">+50%</span>') == 2
    newest = Peak.objects.order_by("-started_at")[:1]
    Peak.objects.filter(pk__in=newest).update(superseded_at=now)
    page = show(as_alice, meter)
    assert page.count('<span class="badge danger">+50%</span>') == 1
    assert 'class="peak-dot"' not in page


def test_peaks_of_other_sensors_are_not_listed(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(make_sensor(meter.device, "Heat pump"), (60, 100.0), (50, 101.0))
    assert "No peaks yet" in show(as_alice, meter)


def test_day_without_readings_has_no_chart(as_alice: Client, meter: Sensor) -> None:
    page = show(as_alice, meter)
    assert not charts(page)
    assert "There is no power to show for the last 24 hours" in page
    assert "There are no readings from this period." in page
    assert "No peaks yet" in page


def live_data(page: str, sensor: Sensor) -> dict[str, Any]:
    found = re.search(rf'id="live-{sensor.pk}-data" type="application/json">(.*?)</script>', page)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_live_curve_holds_the_power_between_readings(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo, now: datetime
) -> None:
    store_ago(meter, (30, 100.0), (20, 100.5), (10, 101.5))
    data = live_data(show(as_alice, meter), meter)
    ms = [round((now - timedelta(minutes=ago)).timestamp() * 1000) for ago in (30, 20, 10)]
    (series,) = data["series"]
    assert [point[1] for point in series["points"]] == [3, 3, 6, 6]
    assert [point[0] for point in series["points"]] == pytest.approx(
        [ms[0], ms[1], ms[1], ms[2]], abs=1
    )
    assert series["newest"][1] == 101.5
    assert series["sensor"] == str(meter.uuid)
    assert data["limit"] == 4


def test_nothing_stands_below_the_live_curve_but_its_table(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (20, 100.0), (10, 100.05))
    live = re.search(
        r'<figure class="chart-figure" id="live-.*?</figure>', show(as_alice, meter), re.S
    )
    assert live
    assert "<figcaption" not in live[0]
    assert live_data(show(as_alice, meter), meter)["limit_label"] == "Limit"


def test_peaks_of_the_day_are_links_in_the_drawing(
    as_alice: Client, as_administrator: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (300, 100.0), (290, 101.0))
    (chart,) = charts(show(as_alice, meter))
    found = re.search(r'</g>\s*<a class="peak-link" href="(.*?)" aria-label="(.*?)">', chart)
    assert found
    assert found[1] == "/alerts/1/"
    assert found[2].startswith("Alert: 6.00 kW, ")
    (chart,) = charts(show(as_administrator, meter))
    assert 'class="peak-dot"' in chart
    assert "peak-link" not in chart


def test_live_curve_has_gaps_where_nobody_knows(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (50, 100.0), (34, 100.5), (20, 90.0), (10, 90.5))
    points = live_data(show(as_alice, meter), meter)["series"][0]["points"]
    assert [point[1] for point in points] == [None, None, None, None, 3, 3]


def test_peaks_are_marked_and_lead_to_their_alerts(
    as_alice: Client, as_administrator: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    store_ago(meter, (30, 100.0), (20, 101.0), (10, 101.1))
    (mark,) = live_data(show(as_alice, meter), meter)["peaks"]
    assert mark["url"] == "/alerts/1/"
    assert mark["power_kw"] == 6
    (mark,) = live_data(show(as_administrator, meter), meter)["peaks"]
    assert mark["url"] is None  # it was not told to her
    assert 'href="/alerts/1/"' not in show(as_administrator, meter)


def test_page_stays_small_with_a_reading_every_five_seconds(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    readings = [(1439 - second / 60, 100 + second / 3600) for second in range(0, 86_000, 5)]
    store_ago(meter, *readings)
    (chart,) = charts(show(as_alice, meter))
    assert len(chart) < 20_000
    assert "highest 1.00 kW" in chart


def test_page_stays_small_with_a_register_that_falls_all_the_time(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo
) -> None:
    readings = [(1400 - 0.5 * i, 100 + i / 100 + 50 * (i // 2 % 2)) for i in range(2500)]
    store_ago(meter, *readings)
    (chart,) = charts(show(as_alice, meter))
    assert len(chart) < 40_000


@pytest.mark.django_db
def test_anonymous_is_asked_to_log_in(client: Client, meter: Sensor) -> None:
    path = path_of(meter)
    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"


def test_outsider_finds_nothing(as_charlie: Client, meter: Sensor) -> None:
    assert as_charlie.get(path_of(meter)).status_code == HTTPStatus.NOT_FOUND
    unknown = "/sensors/00000000-0000-4000-8000-000000000000/"
    assert as_charlie.get(unknown).status_code == HTTPStatus.NOT_FOUND


def test_administrator_sees_it_with_its_owner(as_administrator: Client, meter: Sensor) -> None:
    assert "Alice" in show(as_administrator, meter)


def test_wrong_method(as_alice: Client, meter: Sensor) -> None:
    assert as_alice.post(path_of(meter)).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_few_queries(
    as_alice: Client, meter: Sensor, store_ago: StoreAgo, django_assert_max_num_queries: Any
) -> None:
    store_ago(meter, (60, 0.0), (30, 1.0), (20, 9.0))
    sum_intervals(max_gap=settings.HISTORY_MAX_GAP, now=datetime.now(UTC))
    with django_assert_max_num_queries(15):
        show(as_alice, meter)
