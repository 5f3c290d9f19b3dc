"""The stored quarter hours of sensors, a row a UTC day: how they are packed, read and written."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from monitoring.rules.columns import Keys
from monitoring.rules.intervals import QUARTER_US, Quality, Quarters
from monitoring.rules.power import MAX_POWER_KW
from monitoring.rules.readings import MAX_REGISTER_KWH
from monitoring.sql import POSTGRES_EPOCH_DAY, column_array, copy_record, fetch_records

QUARTERS_A_DAY = 96
DAY_US = QUARTERS_A_DAY * QUARTER_US

#: A quarter hour as it is stored: 15 bytes, big-endian as everything that PostgreSQL sends.
QUARTER = np.dtype([("kwh", ">f8"), ("peak_kw", ">f4"), ("covered_s", ">i2"), ("quality", np.int8)])
_MOST_KW = np.finfo(np.float32).max  # what an absurd register's power is cut to
_UNKNOWN = np.array((np.nan, np.nan, 0, Quality.MISSING), QUARTER)

_DAY = copy_record(("sensor_id", ">i8"), ("day", ">i4"), ("quarters", QUARTER, QUARTERS_A_DAY))
_SUMS = copy_record(
    ("sensor_id", ">i8"),
    ("day", ">i4"),
    ("kwh", ">f8"),
    ("peak_kw", ">f8"),
    ("covered_s", ">i4"),
    ("quality", ">i2"),
)


@dataclass(frozen=True, slots=True)
class Days:
    """Days of sensors, by sensor and day."""

    sensor_id: Keys
    day: Keys  # UTC days since 1970
    quarters: NDArray[np.void]  # QUARTER, 96 a row

    @classmethod
    def unknown(cls, sensor_id: Keys, day: Keys) -> "Days":
        """Days of which nothing is known."""
        return cls(sensor_id, day, np.full((len(day), QUARTERS_A_DAY), _UNKNOWN))

    def __len__(self) -> int:
        return len(self.day)

    def find(self, sensor_id: Keys, day: Keys) -> Keys:
        """The rows of these days, all of which are among the rows."""
        return np.searchsorted(_joined(self.sensor_id, self.day), _joined(sensor_id, day))


def pack_quarters(quarters: Quarters, places: Keys, size: int) -> NDArray[np.void]:
    """So many records: at the ``places`` these quarter hours, elsewhere unknown ones."""
    packed = np.full(size, _UNKNOWN)
    packed["kwh"][places] = quarters.kwh
    packed["peak_kw"][places] = np.minimum(quarters.peak_kw, _MOST_KW)
    packed["covered_s"][places] = np.rint(quarters.covered_us / 1_000_000)
    packed["quality"][places] = quarters.quality
    return packed


def _joined(sensor_id: Keys, day: Keys) -> Keys:
    # A day since 1970 has less than 2^20 in any century to come.
    return (sensor_id << 20) + day


def get_days(sensor_id: Keys, day: Keys) -> Days:
    """Those of these days (sorted, each once) that are stored."""
    query = """
        SELECT sensor_id, day, quarters
        FROM unnest(%s::bigint[], %s::int[]) AS wanted (sensor_id, day_number)
        JOIN monitoring_intervalday stored USING (sensor_id)
        WHERE stored.day = date '1970-01-01' + day_number
        ORDER BY sensor_id, day
    """
    return _as_days(fetch_records(query, [column_array(sensor_id), column_array(day)], _DAY))


def get_days_of(sensor_ids: Keys, *, first: int, end: int, only: Keys) -> Days:
    """The stored days from ``first`` to before ``end`` that are in ``only``, of these sensors."""
    # All of them are one range of the key; else each is looked up.
    is_all = len(only) == end - first
    query = f"""
        SELECT sensor_id, day, quarters FROM monitoring_intervalday
        WHERE sensor_id = ANY (%s::bigint[])
          AND {_IN_RANGE if is_all else _AMONG}
        ORDER BY sensor_id, day
    """
    which = [first, end] if is_all else [column_array(only)]
    return _as_days(fetch_records(query, [column_array(sensor_ids), *which], _DAY))


_IN_RANGE = "day >= date '1970-01-01' + %s AND day < date '1970-01-01' + %s"
_AMONG = "day = ANY (ARRAY(SELECT date '1970-01-01' + n FROM unnest(%s::int[]) n))"


def get_sums_of(sensor_ids: Keys, *, first: int, end: int) -> NDArray[np.void]:
    """The sums of the stored days from ``first`` to before ``end``, as records; any order.

    Their fields are sensor_id, day (since 1970), kwh, peak_kw, covered_s and quality.
    """
    query = f"""
        SELECT sensor_id, day, kwh, peak_kw, covered_s, quality FROM monitoring_intervalday
        WHERE sensor_id = ANY (%s::bigint[]) AND {_IN_RANGE}
    """
    sums = fetch_records(query, [column_array(sensor_ids), first, end], _SUMS).copy()
    sums["day"] += POSTGRES_EPOCH_DAY
    np.minimum(sums["kwh"], MAX_REGISTER_KWH, out=sums["kwh"])
    np.minimum(sums["peak_kw"], MAX_POWER_KW, out=sums["peak_kw"])
    return sums


def _as_days(records: NDArray[Any]) -> Days:
    return Days(
        records["sensor_id"].astype(np.int64),
        records["day"].astype(np.int64) + POSTGRES_EPOCH_DAY,
        _bounded(records["quarters"]),
    )


def _bounded(quarters: NDArray[np.void]) -> NDArray[np.void]:
    """The same, cut at the bound: older versions stored energies whose sums overflow."""
    if (quarters["kwh"] > MAX_REGISTER_KWH).any():
        quarters = quarters.copy()
        np.minimum(quarters["kwh"], MAX_REGISTER_KWH, out=quarters["kwh"])
    return quarters


_SAVE = """
    INSERT INTO monitoring_intervalday
           (sensor_id, day, kwh, peak_kw, covered_s, quality, quarters)
    SELECT sensor_id, date '1970-01-01' + day_number,
           coalesce(kwh, 'NaN'), coalesce(peak_kw, 'NaN'), covered_s, quality,
           substring(%(packed)s::bytea FROM (number::int - 1) * {size} + 1 FOR {size})
    FROM unnest(%(sensor_id)s::bigint[], %(day)s::int[], %(kwh)s::float8[], %(peak_kw)s::float8[],
                %(covered_s)s::int[], %(quality)s::smallint[])
         WITH ORDINALITY
         AS new (sensor_id, day_number, kwh, peak_kw, covered_s, quality, number)
    ON CONFLICT (sensor_id, day) DO UPDATE
    SET kwh = excluded.kwh, peak_kw = excluded.peak_kw, covered_s = excluded.covered_s,
        quality = excluded.quality, quarters = excluded.quarters
""".format(size=QUARTER.itemsize * QUARTERS_A_DAY)


def save_days(days: Days) -> None:
    """Writes days, new ones and those that are stored, each with its sums."""
    kwh, quality = days.quarters["kwh"], days.quarters["quality"]
    peak_kw = np.fmax.reduce(days.quarters["peak_kw"].astype(np.float64), axis=1)
    columns = {
        "sensor_id": days.sensor_id,
        "day": days.day,
        "kwh": np.where(np.isnan(kwh).all(axis=1), np.nan, np.nansum(kwh, axis=1)),
        "peak_kw": peak_kw,
        "covered_s": days.quarters["covered_s"].sum(axis=1, dtype=np.int64),
        "quality": np.where(
            (quality == Quality.ESTIMATED).any(axis=1), Quality.ESTIMATED, quality.max(axis=1)
        ),
    }
    parameters = {name: column_array(values) for name, values in columns.items()}
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, {**parameters, "packed": days.quarters.tobytes()})
