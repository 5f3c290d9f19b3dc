"""The course of power around a peak."""

from dataclasses import dataclass
from datetime import timedelta, tzinfo

from monitoring.models import Peak
from monitoring.pages.peak_lists import ListedPeak
from monitoring.pages.power_chart import PowerChart, draw_power_chart
from monitoring.pages.power_history import LONGEST_INTERVAL, get_power_stretches
from monitoring.pages.power_series import Stretch, Window

#: What is shown before and after a peak, if the peak is not longer.
AROUND = timedelta(minutes=30)
LONGEST_AROUND = timedelta(hours=6)
#: The curve has about so many steps, however many readings there are.
STEPS = 240


@dataclass(frozen=True)
class Course:
    """Power around a peak: the steps (kW), and the drawing of them."""

    stretches: list[Stretch]
    chart: PowerChart


def get_course(peak: Peak, *, zone: tzinfo) -> Course:
    """The power of the peak's sensor from before the peak until after it; times are ``zone``'s.

    Readings that lie further apart than the peak is long leave a gap, for they say nothing of it.
    """
    length = peak.ended_at - peak.started_at
    around = min(max(AROUND, length), LONGEST_AROUND)
    window = Window(peak.started_at - around, peak.ended_at + around, zone)
    stretches = get_power_stretches(
        sensor_ids=[peak.sensor_id],
        start=window.start,
        end=window.end,
        longest_interval=max(LONGEST_INTERVAL, length),
        stretch=max((window.end - window.start) / STEPS, timedelta(seconds=1)),
    )[peak.sensor_id]
    # Without the number of its alert: a dot that leads to its own page leads nowhere.
    marks = [ListedPeak(peak, seq=None)]
    chart = draw_power_chart(stretches, marks, limit_kw=peak.limit_kw, window=window)
    return Course(stretches, chart)
