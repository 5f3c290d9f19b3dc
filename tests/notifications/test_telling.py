"""How peaks come into an inbox: older ones folded, those in a pause listed, each exactly once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.ingest.store import store_batch
from monitoring.models import (
    AlertedPeak,
    AlertGroup,
    AlertSettings,
    Exceedance,
    Inbox,
    Notification,
    Peak,
    Reading,
    SensorState,
)
from monitoring.notifications.groups import get_facts
from monitoring.notifications.outbox import Asked, get_missed_messages
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading as WireReading
from monitoring.rules.readings import Readings
from tests.conftest import NOON, Store

pytestmark = pytest.mark.django_db

YEAR = timedelta(days=365)
Kind = AlertGroup.Kind


def store_at(meter: Sensor, values: Sequence[tuple[datetime, float]], *, now: datetime) -> None:
    readings = (WireReading(str(meter.uuid), to_us(at), kwh) for at, kwh in values)
    store_batch(Readings.of(readings), now=now)


def pause_of(user: User, minutes: int) -> None:
    AlertSettings.objects.update_or_create(user=user, defaults={"pause_minutes": minutes})


def backlog(days: int) -> list[tuple[datetime, float]]:
    """Registers each half hour since ``days`` ago: a peak of 6 kW a day."""
    values, register = [], 0.0
    for number in range(48 * days):
        register += 3.0 if number % 48 == 20 else 0.1
        values.append((NOON - timedelta(days=days) + number * timedelta(minutes=30), register))
    return values


def test_a_years_backlog_over_the_live_path_is_one_entry_that_grows(
    meter: Sensor, alice: User
) -> None:
    values = backlog(365)
    for start in range(0, len(values), 1000):
        store_at(meter, values[start : start + 1000], now=NOON)
    older = AlertGroup.objects.get(kind=Kind.OLDER)
    today = AlertGroup.objects.get(kind=Kind.DAY)
    assert (older.peak_count, today.peak_count) == (364, 1)
    assert Notification.objects.count() == 2
    assert Inbox.objects.get().last_seq == 2
    facts = get_facts([older.pk])[older.pk]
    assert facts.started_at == Peak.objects.earliest("started_at").started_at
    assert NOON - facts.ended_at > timedelta(hours=24)
    assert facts.power_kw == pytest.approx(6.0)


def test_older_peaks_of_another_day_are_told_anew(meter: Sensor, alice: User) -> None:
    values = backlog(10)
    store_at(meter, values[:200], now=NOON)
    store_at(meter, values[200:400], now=NOON + timedelta(days=1))
    assert list(AlertGroup.objects.values_list("kind", "last_seq")) == [("older", 1), ("older", 2)]


@pytest.mark.parametrize(("hours", "kind"), [(23.9, Kind.DAY), (24.1, Kind.OLDER)])
def test_a_peak_is_old_a_day_after_it_ended(meter: Sensor, hours: float, kind: str) -> None:
    end = NOON - timedelta(hours=hours)
    store_at(meter, [(end - timedelta(minutes=30), 0.0), (end, 3.0)], now=NOON)
    assert AlertGroup.objects.get().kind == kind


def test_peaks_of_a_sensors_day_are_a_group_on_its_clients_calendar(
    meter: Sensor, store: Store
) -> None:
    User.objects.update(time_zone="Pacific/Kiritimati")  # 14 h ahead: midnight is at 10:00
    store(meter, (-180, 0.0), (-150, 3.0), (-60, 3.0), (-30, 6.0), (0, 6.0), (30, 10.0))
    groups = AlertGroup.objects.order_by("day").values_list("day__day", "peak_count", "last_seq")
    assert list(groups) == [(10, 1, 1), (11, 2, 3)]


def test_in_a_pause_peaks_are_listed_without_an_alert(
    meter: Sensor, alice: User, store: Store
) -> None:
    pause_of(alice, 60)
    store(meter, (0, 0.0), (10, 2.0), now=NOON)
    store(meter, (20, 2.0), (30, 5.0), now=NOON + timedelta(minutes=30))
    group = AlertGroup.objects.get()
    assert (group.peak_count, group.last_seq, Notification.objects.count()) == (2, 1, 1)
    assert get_facts([group.pk])[group.pk].power_kw == pytest.approx(18.0)
    store(meter, (60, 5.0), (70, 8.0), now=NOON + timedelta(minutes=60))
    group.refresh_from_db()
    assert (group.peak_count, group.last_seq, Notification.objects.count()) == (3, 2, 2)


def test_pause_is_of_one_sensor(meter: Sensor, flat: Device, alice: User, store: Store) -> None:
    pause_of(alice, 1440)
    other = Sensor.objects.create(device=flat, description="Heat pump", max_power_kw=4)
    store(meter, (0, 0.0), (10, 2.0))
    store(other, (0, 0.0), (10, 2.0))
    assert Notification.objects.count() == 2


def test_withdrawn_and_joined_peaks_count_no_more(meter: Sensor, alice: User, store: Store) -> None:
    pause_of(alice, 1440)
    store(meter, (0, 0.0), (10, 2.0), (20, 2.0), (30, 4.0), (40, 4.0), (50, 9.0))
    group = AlertGroup.objects.get()
    assert group.peak_count == 3
    Sensor.objects.update(max_power_kw=20)
    meter.refresh_from_db()
    store(meter, (5, 1.0))  # late, and judged by the new limit: withdraws the first
    group.refresh_from_db()
    assert group.peak_count == 2
    assert get_facts([group.pk])[group.pk].power_kw == pytest.approx(30.0)
    assert get_facts([group.pk])[group.pk].started_at == NOON + timedelta(minutes=20)


def test_open_pages_hear_that_a_group_has_grown(meter: Sensor, alice: User, store: Store) -> None:
    pause_of(alice, 1440)
    store(meter, (0, 0.0), (10, 2.0))
    change = Inbox.objects.get().last_change
    store(meter, (20, 2.0), (30, 5.0))
    (messages,) = get_missed_messages(asked=[Asked(alice.pk, 1, change)])
    assert [message["type"] for message in messages] == ["grown"]
    assert messages[0]["group"]["peak_count"] == 2
    assert messages[0]["sensor_id"] == str(meter.uuid)
    again = [Asked(alice.pk, 1, messages[0]["change"]), Asked(alice.pk, 1)]
    assert get_missed_messages(asked=again) == [[], []]


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[tuple[int, float]]]:
    """A register each ten minutes over two days, in any order, in batches that come in turn."""
    steps = draw(st.lists(st.sampled_from([0.0, 0.0, 1.0]), min_size=4, max_size=14))
    places = draw(st.lists(st.integers(0, 300), min_size=14, max_size=14, unique=True))
    register, readings = 0.0, []
    for place, step in zip(sorted(places), steps, strict=False):
        register += step
        readings.append((place, register))
    order = draw(st.permutations(readings))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=5)))
    return [list(order[a:b]) for a, b in pairwise([0, *cuts, len(order)])]


def forget_everything() -> None:
    for model in (
        *(Notification, AlertedPeak, AlertGroup, Inbox, Peak, Exceedance, Reading, SensorState),
    ):
        model._default_manager.all()._raw_delete("default")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    batches=deliveries(),
    pause_minutes=st.sampled_from([0, 60, 1440]),
    age=st.sampled_from([timedelta(), timedelta(hours=20), timedelta(days=3)]),
)
def test_whatever_the_order_each_peak_that_holds_is_listed_once(
    meter: Sensor,
    alice: User,
    batches: list[list[tuple[int, float]]],
    pause_minutes: int,
    age: timedelta,
) -> None:
    """And counts, extremes and numbers are those that a scan of all rows finds."""
    forget_everything()
    pause_of(alice, pause_minutes)
    for number, batch in enumerate(batches):
        values = [(NOON - age + place * timedelta(minutes=10), kwh) for place, kwh in batch]
        store_at(meter, values, now=NOON + number * timedelta(minutes=30))
    current = set(Peak.objects.filter(superseded_at__isnull=True).values_list("pk", flat=True))
    listed = AlertedPeak.objects.filter(is_current=True)
    assert sorted(listed.values_list("peak_id", flat=True)) == sorted(current)
    groups = AlertGroup.objects.all()
    facts = get_facts([group.pk for group in groups])
    for group in groups:
        peaks = [one.peak for one in group.alerted_peaks.select_related("peak") if one.is_current]
        assert group.peak_count == len(peaks)
        if peaks:
            found = facts[group.pk]
            assert found.started_at == min(peak.started_at for peak in peaks)
            assert found.ended_at == max(peak.ended_at for peak in peaks)
            assert found.power_kw == max(peak.power_kw for peak in peaks)
    told = list(
        Notification.objects.order_by("seq").values_list("seq", "created_at", "group__kind")
    )
    assert [seq for seq, _, _ in told] == list(range(1, len(told) + 1))
    if pause_minutes:
        news = [at for _, at, kind in told if kind == Kind.DAY]
        assert all(b - a >= timedelta(minutes=pause_minutes) for a, b in pairwise(news))
    else:
        days = AlertedPeak.objects.filter(group__kind=Kind.DAY).values_list("peak_id", flat=True)
        alerts = Notification.objects.filter(group__kind=Kind.DAY)
        assert sorted(alerts.values_list("peak_id", flat=True)) == sorted(days)
