"""Makes the fleet of a history and lets its first owner in: `python -m bench.history.people`.

Prints what is needed to ask for the history, as JSON. A process of its own, as Django's settings
are read once a process.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping

import orjson

from bench.fleet import make_fleet
from bench.history.plan import ZONE, Plan, get_windows
from bench.messages import sensor_uuid
from bench.sessions import open_sessions
from monitoring.rules.instants import from_us


def main() -> None:
    print_made(lambda readings, end_us: make_people(Plan(readings, end_us)))


def print_made(make: Callable[[int, int], Mapping[str, object]]) -> None:
    """Prints as JSON what ``make`` makes of the readings and the end that the command names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--readings", type=int, required=True)
    parser.add_argument("--end-us", type=int, required=True)
    chosen = parser.parse_args()

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "energy.settings")
    django.setup()
    sys.stdout.buffer.write(orjson.dumps(make(chosen.readings, chosen.end_us)))


def make_people(plan: Plan) -> dict[str, object]:
    """The fleet and its months' partitions. Gives the first owner's keys and addresses."""
    from accounts.api_tokens import create_api_token
    from accounts.models import User
    from monitoring.partitions.keeping import create_partitions

    make_fleet(sensors=plan.sensors, owners=plan.owners)
    User.objects.update(time_zone=ZONE.key)
    create_partitions(plan.months)
    owner = User.objects.order_by("pk")[0]
    _, token = create_api_token(user=owner, name="bench")
    return {"token": token, "session": open_sessions(1)[0], "paths": _paths(plan)}


def _paths(plan: Plan) -> dict[str, str]:
    """The addresses of what is asked for, by the keys of the results."""
    from django.urls import reverse

    sensor = sensor_uuid(plan.asked[0])
    consumption = reverse("api-sensor-consumption", args=[sensor])
    page = reverse("sensor-detail", args=[sensor])
    windows = get_windows(from_us(plan.end_us))
    middle = windows["year"].start.replace(month=7)
    return {
        **{f"{key}_api": f"{consumption}?{of.parameters}" for key, of in windows.items()},
        "client_api": f"{reverse('api-consumption')}?{windows['year'].parameters}",
        "year_page": f"{page}?period=year&date={middle:%Y-%m-%d}",
        "newest_page": page,
    }


if __name__ == "__main__":
    main()
