"""The likely cause of a peak: a read of its meter's weeks before, then the rule."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from monitoring.figures.loads import get_loads
from monitoring.models import AlertGroup, Peak
from monitoring.notifications.groups import GroupFacts
from monitoring.rules.causes import DAYS_LOOKED_AT, Explanation, Pattern, find_cause
from monitoring.rules.hours import HOURS_A_DAY
from monitoring.rules.profile import make_profile

WEEKS_BEFORE = timedelta(weeks=8)


def explain(group: AlertGroup, facts: GroupFacts, *, zone: ZoneInfo) -> Explanation:
    """The likely cause of a group's highest peak."""
    lasted = facts.highest_ended_at - facts.highest_started_at
    at = facts.highest_started_at.astimezone(zone)
    return _explain(group, at, facts.power_kw, facts.limit_kw, lasted)


def explain_peak(group: AlertGroup, peak: Peak, *, zone: ZoneInfo) -> Explanation:
    """The likely cause of one peak of a group."""
    lasted = peak.ended_at - peak.started_at
    return _explain(group, peak.started_at.astimezone(zone), peak.power_kw, peak.limit_kw, lasted)


def _explain(
    group: AlertGroup, at: datetime, power_kw: float, limit_kw: float, lasted: timedelta
) -> Explanation:
    pattern = _get_pattern(group, at)
    cause = find_cause(limit_kw=limit_kw, lasted=lasted, pattern=pattern)
    usual_kw = pattern.usual_kw
    added_kw = None if usual_kw is None else max(0.0, power_kw - usual_kw)
    return Explanation(cause, at, usual_kw, added_kw, pattern.peak_days)


def _get_pattern(group: AlertGroup, at: datetime) -> Pattern:
    """From the hours that had ended when the peak began."""
    zone = at.tzinfo
    assert isinstance(zone, ZoneInfo)  # noqa: S101 - tells the type checker
    end = at.replace(minute=0, second=0, microsecond=0)
    loads = get_loads(sensor_ids=[group.sensor_id], start=end - WEEKS_BEFORE, end=end, zone=zone)
    usual = make_profile(loads.measured)[:, at.weekday() * HOURS_A_DAY + at.hour]
    usual_kw = float(usual[0]) if len(usual) and np.isfinite(usual[0]) else None
    return Pattern(usual_kw, int(loads.measured.known_days), _count_peak_days(group, at))


def _count_peak_days(group: AlertGroup, at: datetime) -> int:
    today = at.date()
    told = AlertGroup.objects.filter(
        user=group.user_id,
        sensor=group.sensor_id,
        kind=AlertGroup.Kind.DAY,
        day__gt=today - timedelta(days=DAYS_LOOKED_AT),
        day__lte=today,
        peak_count__gt=0,
    )
    return told.count()
