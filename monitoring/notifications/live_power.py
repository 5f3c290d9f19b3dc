"""Power now, for open pages: one query every few seconds for all that a process's pages watch.

Ingestion does not know of it. What a page gets is the newest state of a sensor whenever that has
changed, or the sensor was made active or inactive; readings that came in between are in the
register's difference.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from devices.access import get_sensors
from monitoring.models import SensorState
from monitoring.notifications.kept_connection import query
from monitoring.rules.rounding import round_kw

logger = logging.getLogger(__name__)

POLL_S = 2.0
MOST_SENSORS = 1000  # that a page may watch

Send = Callable[[dict[str, Any]], Awaitable[None]]


class BadWatch(ValueError):
    """A page asks for what is not a list of sensor ids, or for too many."""


def parse_watch(message: Any) -> list[UUID]:
    """The sensor ids of ``{"type": "watch", "sensors": […]}``. Raises ``BadWatch``."""
    sensors = message.get("sensors") if isinstance(message, dict) else None
    if not isinstance(sensors, list) or len(sensors) > MOST_SENSORS:
        raise BadWatch(f"sensors must be a list of at most {MOST_SENSORS} sensor ids.")
    try:
        return [UUID(sensor) for sensor in sensors]
    except (AttributeError, TypeError, ValueError):
        raise BadWatch("sensors must hold UUIDs.") from None


def get_watchable(*, user_id: int, uuids: Collection[UUID]) -> dict[int, str]:
    """Those of the sensors that the user may see: key to UUID."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return {}
    found = get_sensors(user=user).filter(uuid__in=uuids)
    return {sensor_id: str(uuid) for sensor_id, uuid in found.values_list("pk", "uuid")}


def get_states(*, sensor_ids: Collection[int]) -> dict[int, SensorState]:
    """The newest reading of each of the sensors that has one."""
    states = SensorState.objects.filter(measured_at__isnull=False)
    return states.in_bulk(list(sensor_ids))


@dataclass(eq=False)
class Watch:
    """One page: its sensors, where to send, and what it has of each sensor."""

    sensors: Mapping[int, str]
    send: Send
    #: The newest reading, and whether the sensor was active.
    sent: dict[int, tuple[datetime | None, bool]] = field(default_factory=dict)

    async def tell(self, states: Mapping[int, SensorState]) -> None:
        """Sends the states that the page does not have yet."""
        for sensor_id, uuid in self.sensors.items():
            state = states.get(sensor_id)
            if state is None:
                continue
            news = state.measured_at, state.is_active
            if self.sent.get(sensor_id) != news:
                self.sent[sensor_id] = news
                await self.send(as_power_message(uuid, state))


def as_power_message(uuid: str, state: SensorState) -> dict[str, Any]:
    """The WebSocket's message for a sensor's newest reading (kW, kWh; ISO 8601 in UTC).

    An inactive sensor has no power now.
    """
    return {
        "type": "power",
        "sensor_id": uuid,
        "at": state.measured_at.isoformat() if state.measured_at else None,
        "power_kw": round_kw(state.power_kw) if state.is_active else None,
        "energy_kwh": state.energy_kwh,
        "is_active": state.is_active,
    }


class LivePower:
    """All pages of this process that watch something."""

    def __init__(self) -> None:
        self._watches: set[Watch] = set()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """How many pages watch."""
        return len(self._watches)

    def add(self, watch: Watch) -> None:
        """From now on the page is told."""
        self._watches.add(watch)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def remove(self, watch: Watch) -> None:
        """The page is told nothing more. The last one ends the queries."""
        self._watches.discard(watch)
        if not self._watches and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while self._watches:
            try:
                await self._tell(list(self._watches))
            except Exception as error:
                logger.info("Pages wait for their power: %r", error)
            await asyncio.sleep(POLL_S)

    async def _tell(self, watches: Iterable[Watch]) -> None:
        watches = list(watches)
        sensor_ids = {sensor_id for watch in watches for sensor_id in watch.sensors}
        states = await query(get_states, sensor_ids=sensor_ids)
        for watch in watches:
            with suppress(Exception):  # one page that has just gone is no other page's trouble
                await watch.tell(states)


live_power = LivePower()
