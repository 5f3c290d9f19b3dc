"""The socket of a page in the hands of a test: it hears what the test says, and nothing else."""

import json
import re
from typing import Any

from playwright.sync_api import Page, Route, WebSocketRoute

SOCKET = re.compile("/ws/notifications/")


def take_socket(page: Page) -> list[WebSocketRoute]:
    """The connections of the pages that are opened from now on, in their order."""
    connections: list[WebSocketRoute] = []

    def take(connection: WebSocketRoute) -> None:
        connections.append(connection)

    page.route_web_socket(SOCKET, take)
    return connections


def give_socket_back(page: Page) -> None:
    """From now on the server answers again."""

    def give_back(connection: WebSocketRoute) -> None:
        connection.connect_to_server()

    page.route_web_socket(SOCKET, give_back)


def send_peak(connection: WebSocketRoute, seq: int, **more: Any) -> None:
    """A peak of a meter as the server would tell it."""
    peak = {
        "type": "peak",
        "seq": seq,
        "sensor_id": "5c2494a3-1140-4c7a-991a-a1a2561c6bc2",
        "sensor": "Main meter",
        "device": "Flat",
        "device_id": 1,
        "started_at": "2026-03-10T16:00:00+00:00",
        "ended_at": "2026-03-10T17:00:00+00:00",
        "power_kw": 6.0,
        "limit_kw": 4.0,
        "severity": "serious",
        "group": {
            "id": 1,
            "url": "/alerts/groups/1/",
            "is_older": False,
            "peak_count": 1,
            "started_at": "2026-03-10T16:00:00+00:00",
            "ended_at": "2026-03-10T17:00:00+00:00",
            "power_kw": 6.0,
            "limit_kw": 4.0,
            "severity": "serious",
        },
        "is_read": False,
        "unread_count": seq,
    }
    connection.send(json.dumps({**peak, **more}))


def rewrite(page: Page, url: str, old: str, new: str) -> None:
    """From now on a page has ``new`` in it where the server wrote ``old``."""

    def handle(route: Route) -> None:
        if not route.request.is_navigation_request():  # a script that asks for a part anew
            return route.fallback()
        answer = route.fetch()
        body = answer.text()
        assert old in body
        return route.fulfill(response=answer, body=body.replace(old, new))

    page.route(url, handle)
