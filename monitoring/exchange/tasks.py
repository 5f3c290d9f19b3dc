"""The worker's part of an upload."""

from celery import shared_task

from monitoring.exchange.running import run_imports


# Acknowledged at once: the schedule sends it again anyhow, and the broker takes a worker that
# keeps a message for half an hour (RabbitMQ's consumer_timeout) for a broken one.
@shared_task(acks_late=False)
def import_uploads() -> None:
    """Imports the uploads that wait. Sent for each of them, and on the schedule: for those whose
    message was lost, and those that were cut off. Running it twice at a time does no harm."""
    run_imports()
