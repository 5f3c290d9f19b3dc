"""What is stored of the readings, and of what they mean."""

from monitoring.models.history import AffectedSpan, IntervalDay, MeterReplacement, SummedSensor
from monitoring.models.intervals import Exceedance, Peak, RegisterFall
from monitoring.models.notifications import Inbox, Notification
from monitoring.models.quarantine import QuarantinedReading
from monitoring.models.readings import Reading, SensorState
from monitoring.models.retention import ReadingRetention

__all__ = [
    "AffectedSpan",
    "Exceedance",
    "Inbox",
    "IntervalDay",
    "MeterReplacement",
    "Notification",
    "Peak",
    "QuarantinedReading",
    "Reading",
    "ReadingRetention",
    "RegisterFall",
    "SensorState",
    "SummedSensor",
]
