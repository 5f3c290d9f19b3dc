"""What becomes of a peak that has begun: told by itself, listed with the last alert, or folded."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum

#: A peak that ended longer ago than this is no news.
NEWS_FOR = timedelta(hours=24)


class News(Enum):
    """How a client hears of a peak."""

    TOLD = "an alert of its own"
    LISTED = "listed with the sensor's last alert, within the client's pause"
    OLDER = "listed with the sensor's other older peaks that come on the same day"


def is_older(ended_at: datetime, *, now: datetime) -> bool:
    """Whether a peak ended too long ago to be news."""
    return now - ended_at > NEWS_FOR


def sort_news(
    ended_at: Iterable[datetime], *, now: datetime, pause: timedelta, last_told_at: datetime | None
) -> list[News]:
    """How each of a sensor's peaks, by when they ended, is told ``now``.

    ``last_told_at`` is when the client last had an alert of the sensor; None: never. Without a
    ``pause`` (0) each peak that is news is told.
    """
    found = []
    for at in ended_at:
        if is_older(at, now=now):
            found.append(News.OLDER)
        elif pause and last_told_at is not None and now - last_told_at < pause:
            found.append(News.LISTED)
        else:
            found.append(News.TOLD)
            last_told_at = now
    return found
