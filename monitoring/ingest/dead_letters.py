"""Messages that came back too often: each gets one more try, alone, and is then quarantined.

A message is dead when the broker has delivered it many times and got no answer: it has killed
workers, or merely lay in the hands of workers that died of something else. Alone, the one harms
nobody and the other is stored.
"""

import logging
import threading
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu import Connection

from monitoring.ingest.salvage import NOT_THE_READINGS, store_or_quarantine
from monitoring.ingest.states import SensorKeys
from monitoring.ingest.topology import DEAD_QUEUE, declare_topology
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Readings
from monitoring.rules.rejections import Rejection
from monitoring.rules.wire import MAX_MESSAGE_BYTES, parse_message

logger = logging.getLogger(__name__)

CHECK_EVERY_S = 20.0
CONNECT_TIMEOUT_S = 5
DETAIL = "The message came back to the queue again and again, and could not be stored alone either."


class DeadLetters(threading.Thread):
    """Looks after the queue of dead letters, a message at a time, over a connection of its own."""

    def __init__(self, *, broker_url: str) -> None:
        super().__init__(name="ingest-dead-letters", daemon=True)
        self._broker_url = broker_url
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ends the thread after the message in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Empties the queue again and again until stopped."""
        while not self._stopping.is_set():
            try:
                self._empty_queue()
            except Exception as error:
                # The thread lives on: broker or database may be away, and nothing is lost.
                logger.info("Dead letters wait: %r", error)
            finally:
                connection.close()
            self._stopping.wait(CHECK_EVERY_S)

    def _empty_queue(self) -> None:
        # None is taken in vain.
        connection.ensure_connection()
        with Connection(
            self._broker_url, ssl=settings.BROKER_TLS, connect_timeout=CONNECT_TIMEOUT_S
        ) as broker:
            channel: Any = broker.channel()
            channel.auto_decode = False
            declare_topology(channel)
            while not self._stopping.is_set():
                message = channel.basic_get(DEAD_QUEUE.name)
                if message is None:
                    return
                is_last_try = message.delivery_info["redelivered"]
                if not self._settle(message.body, is_last_try=is_last_try):
                    return
                channel.basic_ack(message.delivery_tag)

    def _settle(self, body: bytes, *, is_last_try: bool) -> bool:
        """Waits for a database that is away with the message in hand: given back, it would count
        as tried. False when stopped meanwhile."""
        while True:
            try:
                settle_dead_letter(body, is_last_try=is_last_try)
            except NOT_THE_READINGS as error:
                logger.info("A dead letter waits for the database: %r", error)
                connection.close()
            else:
                return True
            if self._stopping.wait(CHECK_EVERY_S):
                return False


def settle_dead_letter(body: bytes, *, is_last_try: bool) -> None:
    """Stores the message, or quarantines it whole if that fails or has been tried before.

    Raises ``django.db.Error`` if the database takes nothing.
    """
    if not is_last_try:
        try:
            parsed = parse_message(body, now_us=to_us(timezone.now()))
            list(store_or_quarantine(parsed.readings, parsed.rejections, keys=SensorKeys()))
        except NOT_THE_READINGS:
            raise
        except Exception:
            logger.exception("A dead letter cannot be stored.")
        else:
            return
    # Whole, for its readings may be good: an administrator can release them.
    raw = body[:MAX_MESSAGE_BYTES]
    dead = Rejection("dead_letter", DETAIL, raw, len(body))
    list(store_or_quarantine(Readings.none(), [dead], keys=SensorKeys()))
