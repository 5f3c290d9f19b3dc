"""Every page that people see, by the name of its picture."""

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.models import Notification

ALICE = "alice@example.com"
MANY = "many@example.com"
EMPTY = "empty@example.com"
NEW = "new@example.com"


def list_pages(email: str, *, named: str = "") -> dict[str, str]:
    """Name and path of the pages of a client, and of their first device with a meter."""
    user = User.objects.get(email=email)
    devices = Device.objects.filter(owner=user, sensors__isnull=False)
    device = devices.filter(description__contains=named).order_by("pk").first()
    assert device is not None
    sensor = Sensor.objects.filter(device=device).order_by("pk").first()
    assert sensor is not None
    path, sensor_path = device.get_absolute_url(), f"/sensors/{sensor.uuid}/"
    seq = Notification.objects.filter(user=user).values_list("seq", flat=True).first()
    return {
        "overview": "/",
        "devices": "/devices/",
        "device": path,
        "device-day": f"{path}?period=day",
        "device-month": f"{path}?period=month",
        "device-compared": f"{path}?period=month&compare=before",
        "device-year": f"{path}?period=year",
        "sensor": sensor_path,
        "explore": f"{path}explore/",
        "explore-sensor": f"{sensor_path}explore/",
        "alerts": "/alerts/",
        **({"alert": f"/alerts/{seq}/"} if seq else {}),
        "alert-settings": "/alerts/settings/",
        "export": f"{path}export/",
        "forecast": "/forecast/",
        "goal": "/goal/",
        "device-goal": f"{path}goal/",
        "account": "/accounts/profile/",
        "password": "/accounts/password-change/",
        "not-found": "/devices/999999999/",
    }


def list_staff_pages() -> dict[str, str]:
    """Name and path of the pages of administrators that are not Django's own."""
    return {"fleet": "/admin/"}


def list_public_pages() -> dict[str, str]:
    """Name and path of the pages that take no login."""
    return {"login": "/accounts/login/", "password-reset": "/accounts/password-reset/"}
