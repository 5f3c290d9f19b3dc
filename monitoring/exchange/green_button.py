"""Consumption as Green Button data: an Atom feed of the NAESB energy usage model (ESPI, REQ.21).

A feed holds the clock's rules and the type of the readings once, and for each sensor a usage
point, its meter reading, and blocks of interval readings. Elements stand in the order of the
public schema (espi.xsd). The addresses in the links only tell what belongs to what.
"""

from collections.abc import Generator, Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import numpy as np

from monitoring.exchange.chunks import Chunk
from monitoring.exchange.clock_rules import get_clock_rules
from monitoring.rules.intervals import Quality
from monitoring.rules.rounding import MILLIONTHS

ATOM = "http://www.w3.org/2005/Atom"
ESPI = "http://naesb.org/espi"

#: Of the feed, and so of its entries (RFC 4287, 4.1.1).
AUTHOR = "Online Energy Utility Platform"
#: Values are milliwatt hours, the millionth of a kWh.
POWER_OF_TEN = -3
#: A value is an integer of 48 bits. What an absurd register has risen by is left out.
MOST_KWH = (2**47 - 1) / MILLIONTHS

VALIDATED = 17
ESTIMATED_BY_LINEAR_INTERPOLATION = 9

_TYPE = "ReadingType/1"
_CLOCK = "LocalTimeParameters/1"
_NAMESPACE = uuid5(NAMESPACE_URL, ESPI)


class Feed(NamedTuple):
    """What is true of a whole file."""

    title: str
    address: str  # where it was asked for; what it is told apart by
    interval_s: int  # 900 or 3600
    zone: ZoneInfo
    now: datetime


def write_green_button(chunks: Iterable[Chunk], *, feed: Feed) -> Generator[bytes]:
    """The feed. Intervals of which nothing is known are left out."""
    yield _begin(feed).encode()
    current: UUID | None = None
    for chunk in chunks:
        if chunk.sensor_uuid != current:
            current = chunk.sensor_uuid
            yield _usage_point(chunk, feed).encode()
        yield _block(chunk, feed).encode()
    yield b"</feed>\n"


def _begin(feed: Feed) -> str:
    clock = get_clock_rules(feed.zone, feed.now.astimezone(feed.zone).year)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<feed xmlns="{ATOM}">'
        f"<id>{_urn(feed.address)}</id>"
        f"<title>{_text(feed.title)}</title>"
        f"<author><name>{AUTHOR}</name></author>"
        f"<updated>{_atom_time(feed.now)}</updated>"
        f'<link rel="self" href="{_text(feed.address)}"/>\n'
        + _entry(
            _CLOCK,
            feed,
            title=feed.zone.key,
            content=f'<LocalTimeParameters xmlns="{ESPI}">'
            f"<dstEndRule>{clock.summer_end}</dstEndRule>"
            f"<dstOffset>{clock.summer_offset_s}</dstOffset>"
            f"<dstStartRule>{clock.summer_start}</dstStartRule>"
            f"<tzOffset>{clock.standard_offset_s}</tzOffset>"
            "</LocalTimeParameters>",
        )
        + _entry(
            _TYPE,
            feed,
            title="Energy",
            # 4: delta data; 1: electricity, forward; 12: normal, energy; 72: Wh.
            content=f'<ReadingType xmlns="{ESPI}">'
            "<accumulationBehaviour>4</accumulationBehaviour>"
            "<commodity>1</commodity>"
            "<dataQualifier>12</dataQualifier>"
            f"<defaultQuality>{VALIDATED}</defaultQuality>"
            "<flowDirection>1</flowDirection>"
            f"<intervalLength>{feed.interval_s}</intervalLength>"
            "<kind>12</kind>"
            "<phase>0</phase>"
            f"<powerOfTenMultiplier>{POWER_OF_TEN}</powerOfTenMultiplier>"
            "<timeAttribute>0</timeAttribute>"
            "<uom>72</uom>"
            "</ReadingType>",
        )
    )


def _usage_point(chunk: Chunk, feed: Feed) -> str:
    point = f"UsagePoint/{chunk.sensor_uuid}"
    readings = f"{point}/MeterReading"
    meter = f"{readings}/{feed.interval_s}"
    return _entry(
        point,
        feed,
        title=chunk.name,
        up="UsagePoint",
        related=(readings, _CLOCK),
        content=f'<UsagePoint xmlns="{ESPI}">'
        "<ServiceCategory><kind>0</kind></ServiceCategory><status>1</status></UsagePoint>",
    ) + _entry(
        meter,
        feed,
        title=chunk.name,
        up=readings,
        related=(f"{meter}/IntervalBlock", _TYPE),
        content=f'<MeterReading xmlns="{ESPI}"/>',
    )


def _block(chunk: Chunk, feed: Feed) -> str:
    """A block of the intervals of which something is known; nothing where there is none."""
    columns = chunk.consumption
    known = np.flatnonzero(columns.kwh <= MOST_KWH)  # NaN is not
    if not len(known):
        return ""
    start_s = columns.start_us[known] // 1_000_000
    duration_s = columns.end_us[known] // 1_000_000 - start_s
    values = np.rint(columns.kwh[known] * MILLIONTHS).astype(np.int64)
    readings = map(
        _reading,
        start_s.tolist(),
        duration_s.tolist(),
        values.tolist(),
        columns.quality[known].tolist(),
    )
    blocks = f"UsagePoint/{chunk.sensor_uuid}/MeterReading/{feed.interval_s}/IntervalBlock"
    first_s, last_s = int(start_s[0]), int(start_s[-1] + duration_s[-1])
    return _entry(
        f"{blocks}/{first_s}",
        feed,
        title=chunk.name,
        up=blocks,
        content=f'<IntervalBlock xmlns="{ESPI}">'
        f"<interval>{_period(first_s, last_s - first_s)}</interval>"
        f"{''.join(readings)}</IntervalBlock>",
    )


def _reading(start_s: int, duration_s: int, value: int, quality: int) -> str:
    # What is as good as the reading type says need not say so.
    told = (
        f"<ReadingQuality><quality>{ESTIMATED_BY_LINEAR_INTERPOLATION}</quality></ReadingQuality>"
        if quality == Quality.ESTIMATED
        else ""
    )
    return (
        f"<IntervalReading>{told}<timePeriod>{_period(start_s, duration_s)}</timePeriod>"
        f"<value>{value}</value></IntervalReading>"
    )


def _period(start_s: int, duration_s: int) -> str:
    return f"<duration>{duration_s}</duration><start>{start_s}</start>"


def _entry(  # noqa: PLR0913 - keyword-only, with defaults
    address: str,
    feed: Feed,
    *,
    title: str,
    content: str,
    up: str = "",
    related: Iterable[str] = (),
) -> str:
    links = [("self", address), ("up", up or address.rpartition("/")[0])]
    links += [("related", other) for other in related]
    linked = "".join(f'<link rel="{relation}" href="{to}"/>' for relation, to in links)
    return (
        f"<entry><id>{_urn(address)}</id>{linked}<title>{_text(title)}</title>"
        f'<content type="application/xml">{content}</content>'
        f"<published>{_atom_time(feed.now)}</published>"
        f"<updated>{_atom_time(feed.now)}</updated></entry>\n"
    )


def _urn(address: str) -> str:
    """The same for the same thing in every file."""
    return uuid5(_NAMESPACE, address).urn


def _text(value: str) -> str:
    """As XML text or attribute; what XML cannot hold is left out."""
    allowed = "".join(c for c in value if c >= " " and c not in "\ufffe\uffff")
    return escape(allowed, {'"': "&quot;"})


def _atom_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
