"""The comparison figures, for the pages that include ``monitoring/comparison.html``."""

from datetime import datetime
from zoneinfo import ZoneInfo

from accounts.models import User
from monitoring.figures.comparison import Comparison, get_comparison
from monitoring.figures.scope import get_scope


def get_own_comparison(*, user: User, now: datetime, zone: ZoneInfo) -> Comparison:
    """The figures of the user's own sensors: what the template knows as ``comparison``."""
    return get_comparison(sensor_ids=get_scope(user=user).sensor_ids, now=now, zone=zone)
