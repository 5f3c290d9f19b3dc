"""The energy that a client means to use in a month, and how this month goes beside it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounts.models import User
from devices.models import Device
from monitoring.figures.comparison import PROFILE_SPAN, whole_month
from monitoring.figures.loads import get_loads, just_after, midnight
from monitoring.models import MonthlyGoal
from monitoring.rules.goal import GoalCourse, make_goal_course
from monitoring.rules.instants import to_us


def get_goal_kwh(*, user: User, device: Device | None = None) -> Decimal | None:
    """What the user has set for a device, or for all of theirs together; None if nothing."""
    goals = MonthlyGoal.objects.filter(user=user, device=device)
    return goals.values_list("kwh", flat=True).first()


def set_goal(*, user: User, device: Device | None, kwh: Decimal | None) -> None:
    """Sets, changes or, with None, removes the user's goal."""
    if kwh is None:
        MonthlyGoal.objects.filter(user=user, device=device).delete()
    else:
        MonthlyGoal.objects.update_or_create(user=user, device=device, defaults={"kwh": kwh})


def get_goal_course(
    *, sensor_ids: Sequence[int], goal_kwh: float, now: datetime, zone: ZoneInfo
) -> GoalCourse:
    """This month of the sensors together, on the clock of ``zone``; one read of nine weeks at most.

    The average week is of the same time as that behind the projection (``figures/comparison.py``).
    """
    today = now.astimezone(zone).date()
    first = today.replace(day=1)
    last_month = (first - timedelta(days=1)).replace(day=1)
    start = min(last_month, today - PROFILE_SPAN)
    past = get_loads(
        sensor_ids=sensor_ids, start=midnight(start, zone), end=just_after(now), zone=zone
    ).known
    month = whole_month(past[past.hours.day >= first.toordinal()], first, zone)
    return make_goal_course(goal_kwh=goal_kwh, past=past, month=month, now_us=to_us(now))
