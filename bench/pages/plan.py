"""What is stored of the client whose pages are asked for, and which days their pages show. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bench.history.household import PAST_US
from bench.history.plan import ZONE, FleetPlan, Window
from bench.messages import INTERVAL_US
from monitoring.history.boundaries import GroupBy
from monitoring.partitions.months import Month
from monitoring.rules.instants import from_us

DEVICES = 100
DAY = timedelta(days=1)
QUARTER_HOUR = timedelta(minutes=15)


@dataclass(frozen=True)
class ClientPlan(FleetPlan):
    """One client with a hundred devices, each with a sensor that has sent as much as any other."""

    @property
    def label(self) -> str:
        """As progress is told."""
        return "pages"

    @property
    def months(self) -> list[Month]:
        """Those in which there are readings."""
        first, this = (Month.of(from_us(at_us)) for at_us in (self.begins_us(0), self.end_us))
        months = 12 * (this.year - first.year) + this.month - first.month
        return [first.plus(number) for number in range(months + 1)]

    @property
    def sensors(self) -> int:
        """One a device."""
        return DEVICES

    @property
    def asked(self) -> tuple[int, int]:
        """The first of each kind."""
        return 0, 1

    @property
    def repeated(self) -> int:
        """The last one."""
        return DEVICES - 1

    def kind(self, sensor: int) -> int:
        """They take turns."""
        return sensor % len(PAST_US)

    def begins_us(self, sensor: int) -> int:
        """For all of them the same: so long ago as the number of readings asks for."""
        return self.end_us - self.readings // DEVICES * INTERVAL_US


def get_dates(now: datetime) -> dict[str, date]:
    """A day in each last period that is over, by what the pages call the period."""
    today = now.astimezone(ZONE).date()
    return {
        "day": today - DAY,
        "week": today - 7 * DAY,
        "month": today.replace(day=1) - DAY,
        "year": date(today.year - 1, 7, 1),
    }


def get_checked(now: datetime) -> Window:
    """The day a week ago, by quarter hour: what the API says of it is compared with the formula."""
    day = now.astimezone(ZONE).date() - 7 * DAY
    start, end = _midnight(day), _midnight(day + DAY)
    # Of their own time zone, Python subtracts clocks: this is a day of 23 or 25 hours at times.
    length = timedelta(seconds=end.timestamp() - start.timestamp())
    return Window(start, end, GroupBy.QUARTER, length // QUARTER_HOUR)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)
