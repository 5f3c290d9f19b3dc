"""The power of sensors in the last hour, for the curves that grow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from devices.models import Sensor
from monitoring.models import Peak, Reading
from monitoring.pages.charts import DRAWN_DECIMALS, Chart, Table, make_time_chart, to_cell
from monitoring.pages.power_history import LONGEST_INTERVAL
from monitoring.pages.power_series import Stretch, split_at_gaps
from monitoring.rules.instants import to_us
from monitoring.rules.power import Sample, mean_power_kw
from monitoring.rules.rounding import round_kw

SPAN = timedelta(hours=1)
#: Of a meter that sends every second, the newest so many readings: half an hour.
MOST_READINGS = 1800

Point = tuple[int, float | None]


@dataclass(frozen=True)
class Curve:
    """A sensor's line, and the reading from which the browser goes on (ms, kWh)."""

    sensor: Sensor
    points: Sequence[Point]
    newest: tuple[int, float] | None


def get_curve(sensor: Sensor, *, now: datetime) -> Curve:
    """The line of one sensor, reading by reading."""
    samples = _get_samples(sensor_id=sensor.pk, now=now)
    newest = (samples[-1].at_us // 1000, samples[-1].energy_kwh) if samples else None
    return Curve(sensor, make_points(samples), newest)


def _get_samples(*, sensor_id: int, now: datetime) -> list[Sample]:
    """The readings of the last hour, and those before that a power at its start may need."""
    readings = Reading.objects.filter(
        sensor_id=sensor_id, measured_at__gte=now - SPAN - LONGEST_INTERVAL, measured_at__lte=now
    )
    newest = readings.order_by("-measured_at").values_list("measured_at", "energy_kwh")
    samples = [Sample(to_us(at), energy_kwh) for at, energy_kwh in newest[:MOST_READINGS]]
    return samples[::-1]


def make_points(samples: Sequence[Sample]) -> list[Point]:
    """Steps: the mean power between two readings holds from the one to the other.

    Null where nobody knows: the register fell, or the readings are too far apart. (ms, kW).
    """
    points: list[Point] = []
    longest_us = LONGEST_INTERVAL // timedelta(microseconds=1)
    for before, after in pairwise(samples):
        is_near = after.at_us - before.at_us <= longest_us
        power_kw = mean_power_kw(before, after) if is_near else None
        points += _step(before.at_us, after.at_us, power_kw)
    return points


def make_coarse_points(stretches: Sequence[Stretch]) -> list[Point]:
    """Steps of stretches' mean power, with a null in each gap (ms, kW)."""
    points: list[Point] = []
    for run in split_at_gaps(stretches):
        if points:
            points.append((points[-1][0], None))
        for stretch in run:
            points += _step(to_us(stretch.started_at), to_us(stretch.ended_at), stretch.mean_kw)
    return points


def _step(start_us: int, end_us: int, power_kw: float | None) -> list[Point]:
    level = None if power_kw is None else round(power_kw, DRAWN_DECIMALS)
    return [(start_us // 1000, level), (end_us // 1000, level)]


def make_live_chart(
    curve: Curve,
    *,
    stretches: Sequence[Stretch],
    marks: Sequence[Mapping[str, object]],
    now: datetime,
) -> Chart:
    """The curve of a sensor's last hour, to which the browser adds what arrives."""
    sensor = curve.sensor
    return Chart(
        id=f"live-{sensor.pk}",
        title=_("Power of %(sensor)s in the last hour, in kW") % {"sensor": sensor.description},
        data=make_live_data(
            [make_series(curve, name=_("Power"))],
            marks=marks,
            now=now,
            **make_limit(sensor),
        ),
        table=_make_table(stretches, now=now),
    )


def make_limit(sensor: Sensor) -> dict[str, Any]:
    """The line of a sensor's limit."""
    return {"limit": float(sensor.max_power_kw), "limit_label": _("Limit")}


def make_series(curve: Curve, *, name: str) -> dict[str, Any]:
    """A line of a live chart."""
    return {
        "name": name,
        "points": curve.points,
        "sensor": str(curve.sensor.uuid),
        "newest": curve.newest,
    }


def make_live_data(
    series: Sequence[Mapping[str, Any]],
    *,
    marks: Sequence[Mapping[str, object]],
    now: datetime,
    **more: Any,
) -> dict[str, Any]:
    """What the browser draws, and appends to."""
    return make_time_chart(
        unit="kW",
        start_ms=to_us(now - SPAN) // 1000,
        end_ms=to_us(now) // 1000,
        series=series,
        peaks=list(marks),
        longest_ms=LONGEST_INTERVAL // timedelta(milliseconds=1),
        **more,
    )


def as_mark(peak: Peak, url: str | None) -> dict[str, object]:
    """A peak as charts mark it; a click leads to ``url``."""
    return {
        "start": to_us(peak.started_at) // 1000,
        "end": to_us(peak.ended_at) // 1000,
        "power_kw": round_kw(peak.power_kw),
        "url": url,
    }


def _make_table(stretches: Sequence[Stretch], *, now: datetime) -> Table:
    rows = [
        [
            time_format(timezone.localtime(stretch.started_at), "H:i"),
            to_cell(stretch.mean_kw),
            to_cell(stretch.highest_kw),
        ]
        for stretch in stretches
        if stretch.started_at >= now - SPAN
    ]
    return Table([_("From"), _("Mean (kW)"), _("Highest (kW)")], rows)
