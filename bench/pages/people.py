"""Makes the client, their devices and peaks, and an administrator: `python -m bench.pages.people`.

Prints what is needed to ask for their pages, as JSON.
"""

from datetime import timedelta
from typing import Any

from bench.fleet import make_fleet
from bench.history.people import print_made
from bench.history.plan import ZONE
from bench.messages import sensor_uuid
from bench.pages.peaks import PEAKS, UNACKNOWLEDGED, UNREAD, get_peaks
from bench.pages.plan import DEVICES, ClientPlan, get_dates
from bench.sessions import open_sessions
from monitoring.rules.instants import from_us

TOKENS = 3
QUARANTINED = 200
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def main() -> None:
    print_made(lambda readings, end_us: make_people(ClientPlan(readings, end_us)))


def make_people(plan: ClientPlan) -> dict[str, object]:
    """All of it but the readings. Gives each person's session and pages."""
    from accounts.api_tokens import create_api_token
    from accounts.models import User
    from monitoring.partitions.keeping import create_partitions

    make_fleet(sensors=plan.sensors, owners=1, devices=DEVICES)
    create_partitions(plan.months)
    client = User.objects.get()
    User.objects.create(email="administrator@example.com", password="!", is_staff=True)
    User.objects.update(time_zone=ZONE.key)
    for number in range(TOKENS):
        create_api_token(user=client, name=f"Program {number + 1}")
    _tell_peaks(plan, client)
    _fill_fleet_page(plan)
    sessions = open_sessions(2)
    pages = (get_client_pages(plan, device_id=_get_device_id()), get_administrator_pages())
    return {
        who: {"session": session, "paths": paths}
        for who, session, paths in zip(("client", "administrator"), sessions, pages, strict=True)
    }


def get_client_pages(plan: ClientPlan, *, device_id: int) -> dict[str, str]:
    """The addresses of a client's pages, by the keys of the results."""
    from django.urls import reverse

    dates = get_dates(from_us(plan.end_us))
    device = reverse("device-detail", args=[device_id])
    sensor = reverse("sensor-detail", args=[sensor_uuid(plan.asked[0])])
    wish = "duration_minutes=120&kwh=1.1&earliest=08:00&latest=20:00"
    return {
        "overview": reverse("home"),
        "devices": reverse("device-list"),
        **{f"device_{period}": _period(device, period, date) for period, date in dates.items()},
        **{f"sensor_{period}": _period(sensor, period, date) for period, date in dates.items()},
        "alerts": reverse("notification-list"),
        "alert": reverse("alert-detail", args=[PEAKS]),
        "alert_settings": reverse("alert-settings"),
        "forecast": reverse("forecast"),
        "best_start": f"{reverse('forecast')}?{wish}",
        "account": reverse("profile"),
        "export": reverse("export"),
        "api_docs": reverse("api-docs"),
    }


def get_administrator_pages() -> dict[str, str]:
    """The same of an administrator's."""
    from django.urls import reverse

    return {"fleet": reverse("fleet")}


def _period(page: str, period: str, date: object) -> str:
    return f"{page}?period={period}&date={date}"


def _get_device_id() -> int:
    from devices.models import Sensor

    return Sensor.objects.get(uuid=sensor_uuid(0)).device_id


def _tell_peaks(plan: ClientPlan, client: Any) -> None:
    """What ingestion would have left: exceedances, peaks, notifications and their counter."""
    from devices.models import Sensor
    from monitoring.models import Exceedance, Inbox, Notification, Peak

    ids = {str(uuid): key for uuid, key in Sensor.objects.values_list("uuid", "pk")}
    findings = [
        {
            "sensor_id": ids[sensor_uuid(peak.sensor)],
            "started_at": from_us(peak.start_us),
            "ended_at": from_us(peak.end_us),
            "power_kw": peak.power_kw,
            "limit_kw": peak.limit_kw,
        }
        for peak in get_peaks(plan)
    ]
    Exceedance.objects.bulk_create([Exceedance(**finding) for finding in findings])
    peaks = Peak.objects.bulk_create([Peak(**finding) for finding in findings])
    Inbox.objects.create(user=client, last_seq=len(peaks))
    Notification.objects.bulk_create(
        [_make_notification(client, seq, peak) for seq, peak in enumerate(peaks, 1)]
    )


def _make_notification(client: Any, seq: int, peak: Any) -> Any:
    from monitoring.models import Notification

    told_at = peak.ended_at + SECOND
    return Notification(
        user=client,
        seq=seq,
        peak=peak,
        created_at=told_at,
        read_at=told_at + MINUTE if seq <= PEAKS - UNREAD else None,
        acknowledged_at=told_at + MINUTE if seq <= PEAKS - UNACKNOWLEDGED else None,
    )


def _fill_fleet_page(plan: ClientPlan) -> None:
    """An hour of counts of readings, and a quarantine in which something waits."""
    from monitoring.models import QuarantinedReading, ReadingCount

    end = from_us(plan.end_us)
    ReadingCount.objects.bulk_create(
        [
            ReadingCount(counted_at=end - minute * MINUTE, inserted=plan.readings - minute)
            for minute in range(60)
        ]
    )
    reasons = (QuarantinedReading.Reason.CONFLICT, QuarantinedReading.Reason.UNKNOWN_SENSOR)
    raw = f'[{plan.end_us // 1000}, "{sensor_uuid(0)}", 1.5]'.encode()
    QuarantinedReading.objects.bulk_create(
        [
            QuarantinedReading(
                received_at=end - number * MINUTE,
                reason=reasons[number % 2],
                detail="made for the benchmark",
                sensor_uuid=sensor_uuid(0),
                raw=raw,
                raw_size_bytes=len(raw),
            )
            for number in range(QUARANTINED)
        ]
    )


if __name__ == "__main__":
    main()
