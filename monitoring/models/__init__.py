"""What is stored of the readings, and of what they mean."""

from monitoring.models.alert_groups import AlertedPeak, AlertGroup
from monitoring.models.exports import RunningExport
from monitoring.models.fleet import ReadingCount
from monitoring.models.goals import MonthlyGoal
from monitoring.models.history import AffectedSpan, IntervalDay, MeterReplacement, SummedSensor
from monitoring.models.imports import ImportPart, ReadingImport, RejectedRow
from monitoring.models.intervals import Exceedance, Peak, RegisterFall
from monitoring.models.notifications import AlertEmail, AlertSettings, Inbox, Notification
from monitoring.models.quarantine import QuarantinedReading, QuarantineTally
from monitoring.models.readings import DeferredReading, Reading, SensorState
from monitoring.models.retention import ReadingRetention

__all__ = [
    "AffectedSpan",
    "AlertEmail",
    "AlertGroup",
    "AlertSettings",
    "AlertedPeak",
    "DeferredReading",
    "Exceedance",
    "ImportPart",
    "Inbox",
    "IntervalDay",
    "MeterReplacement",
    "MonthlyGoal",
    "Notification",
    "Peak",
    "QuarantineTally",
    "QuarantinedReading",
    "Reading",
    "ReadingCount",
    "ReadingImport",
    "ReadingRetention",
    "RegisterFall",
    "RejectedRow",
    "RunningExport",
    "SensorState",
    "SummedSensor",
]
