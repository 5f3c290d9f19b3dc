"""The power of a device's sensors in the last hour: a line each, that grows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from heapq import nlargest
from typing import Any

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from monitoring.pages.charts import Chart, Table, to_cell
from monitoring.pages.peak_lists import ListedPeak
from monitoring.pages.power_history import LONGEST_INTERVAL, get_power_stretches
from monitoring.pages.power_now import (
    SPAN,
    Curve,
    as_mark,
    make_coarse_points,
    make_limit,
    make_live_data,
    make_series,
)
from monitoring.pages.power_series import Stretch, tabulate_means
from monitoring.pages.sensor_cards import SensorCard
from monitoring.rules.instants import to_us

#: More lines than these nobody can tell apart.
MOST_LINES = 6
#: A line has at most so many steps, however many readings there are: 120.
STEP = timedelta(seconds=30)
ROW = timedelta(minutes=5)


def get_device_live_chart(
    cards: Sequence[SensorCard], *, peaks: Sequence[ListedPeak], now: datetime
) -> Chart | None:
    """The lines of the sensors with the highest power now. None before the first reading.

    Takes one query, however many sensors there are.
    """
    seen = [card for card in cards if card.state]
    if not seen:
        return None
    shown = _choose(seen)
    start = now - SPAN
    found = get_power_stretches(
        sensor_ids=[card.sensor.pk for card in shown],
        start=start - LONGEST_INTERVAL,
        end=now,
        stretch=STEP,
    )
    stretches = {card: found[card.sensor.pk] for card in shown}
    marks = _make_marks(shown, peaks, since=start)
    return Chart(
        id="live-device",
        title=_("Power of the meters in the last hour, in kW"),
        data=make_live_data(
            _make_lines(stretches),
            marks=marks,
            now=now,
            **(make_limit(cards[0].sensor) if len(cards) == 1 else {"limit_label": _("Limit")}),
        ),
        table=_make_table(stretches, since=start),
        note=_make_note(cards, seen_count=len(seen)),
        # Whoever sees a dot far above its line would think that one of them is wrong: see STEP.
        key=_("Lines show half-minute means. Shorter peaks are dots above them.") if marks else "",
        legend=[card.sensor.description for card in shown] if len(shown) > 1 else [],
    )


def _choose(cards: Sequence[SensorCard]) -> list[SensorCard]:
    """Those with the highest power now, in the order of the page."""
    chosen = nlargest(MOST_LINES, cards, key=lambda card: card.power_kw or 0)
    return [card for card in cards if card in chosen]


def _make_lines(stretches: Mapping[SensorCard, Sequence[Stretch]]) -> list[dict[str, Any]]:
    lines = []
    for number, (card, mine) in enumerate(stretches.items(), 1):
        series = make_series(_make_curve(card, mine), name=card.sensor.description)
        own = {"style": f"line-{number}", "limit": card.limit_kw} if len(stretches) > 1 else {}
        lines.append({**series, **own})
    return lines


def _make_curve(card: SensorCard, stretches: Sequence[Stretch]) -> Curve:
    """What was stored after the card was read comes over the page's socket."""
    state = card.state
    if state is None or state.measured_at is None or state.energy_kwh is None:
        return Curve(card.sensor, [], None)
    known = [stretch for stretch in stretches if stretch.ended_at <= state.measured_at]
    newest = (to_us(state.measured_at) // 1000, state.energy_kwh)
    return Curve(card.sensor, make_coarse_points(known), newest)


def _make_marks(
    cards: Sequence[SensorCard], peaks: Sequence[ListedPeak], *, since: datetime
) -> list[dict[str, object]]:
    ids = {card.sensor.pk for card in cards}
    return [
        as_mark(listed.peak, listed.url)
        for listed in peaks
        if listed.peak.sensor_id in ids and listed.peak.ended_at > since
    ]


def _make_note(cards: Sequence[SensorCard], *, seen_count: int) -> str:
    if seen_count <= MOST_LINES:
        return ""
    counts = {"most": MOST_LINES, "all": len(cards)}
    return _("The %(most)s meters with the highest power now, of %(all)s.") % counts


def _make_table(stretches: Mapping[SensorCard, Sequence[Stretch]], *, since: datetime) -> Table:
    """The mean power of each sensor, row by row of five minutes."""
    columns = [tabulate_means(mine, ROW) for mine in stretches.values()]
    starts = sorted({at for column in columns for at in column if at >= since})
    rows = [
        [
            time_format(timezone.localtime(at), "H:i"),
            *(to_cell(column.get(at)) for column in columns),
        ]
        for at in starts
    ]
    return Table([_("From"), *(card.sensor.description for card in stretches)], rows)
