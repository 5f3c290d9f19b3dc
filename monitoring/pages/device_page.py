"""What the page of one device shows: its sensors' last day, and its newest peaks."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.db.models import QuerySet

from devices.models import Device, Sensor
from monitoring.models import Peak
from monitoring.pages.power_chart import PowerChart, draw_power_chart
from monitoring.pages.power_history import get_power_stretches
from monitoring.pages.power_series import Hour, Stretch, Summary, Window, summarize, tabulate_hours
from monitoring.pages.sensor_cards import SensorCard, make_sensor_card

SPAN = timedelta(hours=24)
NEWEST_PEAKS = 10


@dataclass(frozen=True)
class SensorDay:
    """A sensor, and its power over the last 24 hours."""

    card: SensorCard
    chart: PowerChart
    summary: Summary | None
    hours: list[Hour]
    peak_count: int


@dataclass(frozen=True)
class DevicePage:
    """A device, its sensors and its newest peaks."""

    device: Device
    days: list[SensorDay]
    newest_peaks: list[Peak]


def get_device_page(*, device: Device, now: datetime, zone: tzinfo) -> DevicePage:
    """The page as of ``now``; hours are those of ``zone``."""
    sensors = list(device.sensors.select_related("state"))
    sensor_ids = [sensor.pk for sensor in sensors]
    stretches = get_power_stretches(sensor_ids=sensor_ids, start=now - SPAN, end=now)
    peaks = _get_peaks_by_sensor(sensor_ids, since=now - SPAN)
    days = [
        _make_day(sensor, stretches[sensor.pk], peaks[sensor.pk], now=now, zone=zone)
        for sensor in sensors
    ]
    return DevicePage(device, days, list(_get_peaks(sensor_ids)[:NEWEST_PEAKS]))


def _get_peaks(sensor_ids: Collection[int]) -> QuerySet[Peak]:
    current = Peak.objects.filter(sensor__in=sensor_ids, superseded_at__isnull=True)
    return current.select_related("sensor").order_by("-started_at", "-pk")


def _get_peaks_by_sensor(
    sensor_ids: Collection[int], *, since: datetime
) -> defaultdict[int, list[Peak]]:
    peaks: defaultdict[int, list[Peak]] = defaultdict(list)
    for peak in _get_peaks(sensor_ids).filter(ended_at__gt=since):
        peaks[peak.sensor_id].append(peak)
    return peaks


def _make_day(
    sensor: Sensor, stretches: list[Stretch], peaks: list[Peak], *, now: datetime, zone: tzinfo
) -> SensorDay:
    card = make_sensor_card(sensor, now=now)
    chart = draw_power_chart(
        stretches, peaks, limit_kw=card.limit_kw, window=Window(now - SPAN, now, zone)
    )
    hours = tabulate_hours(stretches, zone)
    return SensorDay(card, chart, summarize(stretches), hours, len(peaks))
