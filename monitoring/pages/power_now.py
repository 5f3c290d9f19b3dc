"""The power of one sensor in the last hour, reading by reading, for the curve that grows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils import timezone
from django.utils.formats import number_format, time_format
from django.utils.translation import gettext as _

from devices.models import Sensor
from monitoring.models import Peak, Reading
from monitoring.pages.charts import Chart, Table, make_time_chart
from monitoring.pages.power_history import LONGEST_INTERVAL
from monitoring.pages.power_series import Stretch
from monitoring.rules.instants import to_us
from monitoring.rules.power import Sample, mean_power_kw

SPAN = timedelta(hours=1)
#: Of a meter that sends every second, the newest so many readings: half an hour.
MOST_READINGS = 1800

Point = tuple[int, float | None]


def get_samples(*, sensor_id: int, now: datetime) -> list[Sample]:
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
        level = None if power_kw is None else round(power_kw, 4)
        points += [(before.at_us // 1000, level), (after.at_us // 1000, level)]
    return points


def make_live_chart(
    sensor: Sensor,
    samples: Sequence[Sample],
    *,
    stretches: Sequence[Stretch],
    marks: Sequence[Mapping[str, object]],
    now: datetime,
) -> Chart:
    """The curve of the last hour, to which the browser adds what arrives."""
    newest = samples[-1] if samples else None
    data = make_time_chart(
        unit="kW",
        start_ms=to_us(now - SPAN) // 1000,
        end_ms=to_us(now) // 1000,
        series=[{"name": _("Power"), "points": make_points(samples)}],
        limit=float(sensor.max_power_kw),
        limit_label=_("Limit"),
        peaks=list(marks),
        sensor=str(sensor.uuid),
        newest=[newest.at_us // 1000, newest.energy_kwh] if newest else None,
        longest_ms=LONGEST_INTERVAL // timedelta(milliseconds=1),
    )
    return Chart(
        id=f"live-{sensor.pk}",
        title=_("Power of %(sensor)s in the last hour, in kW") % {"sensor": sensor.description},
        data=data,
        table=_make_table(stretches, now=now),
    )


def as_mark(peak: Peak, url: str | None) -> dict[str, object]:
    """A peak as charts mark it; a click leads to ``url``."""
    return {
        "start": to_us(peak.started_at) // 1000,
        "end": to_us(peak.ended_at) // 1000,
        "power_kw": peak.power_kw,
        "url": url,
    }


def _make_table(stretches: Sequence[Stretch], *, now: datetime) -> Table:
    rows = [
        [
            time_format(timezone.localtime(stretch.started_at), "H:i"),
            number_format(stretch.mean_kw, decimal_pos=2),
            number_format(stretch.highest_kw, decimal_pos=2),
        ]
        for stretch in stretches
        if stretch.started_at >= now - SPAN
    ]
    return Table([_("From"), _("Mean (kW)"), _("Highest (kW)")], rows)
