"""What is stored of the readings, and of what they mean."""

from monitoring.models.intervals import Exceedance, Peak, RegisterFall
from monitoring.models.notifications import Inbox, Notification
from monitoring.models.quarantine import QuarantinedReading
from monitoring.models.readings import Reading, SensorState
from monitoring.models.retention import ReadingRetention

__all__ = [
    "Exceedance",
    "Inbox",
    "Notification",
    "Peak",
    "QuarantinedReading",
    "Reading",
    "ReadingRetention",
    "RegisterFall",
    "SensorState",
]
