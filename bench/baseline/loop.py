"""`python -m bench.baseline.loop`: a consumer of the readings' queue that stores one by one."""

import os
from typing import Any

import django
from kombu import Connection, Consumer

PREFETCH = 100


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.baseline.settings")
    django.setup()

    from bench.baseline.storing import store_reading
    from monitoring.ingest.topology import READINGS_QUEUE

    def on_message(body: dict[str, Any], message: Any) -> None:
        store_reading(body)
        message.ack()

    with Connection(os.environ["BROKER_URL"]) as connection:
        channel = connection.channel()
        consumer = Consumer(
            channel,
            [READINGS_QUEUE],
            callbacks=[on_message],
            accept=["json"],
            prefetch_count=PREFETCH,
        )
        with consumer:
            print("Receiving readings from the queue.", flush=True)
            while True:
                connection.drain_events()


if __name__ == "__main__":
    main()
