"""`make bench-history`: the same questions with 1, 10 and 100 million stored readings."""

import http.client
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from bench.failure import BenchFailed
from bench.history.fill import fill_readings, repeat_days
from bench.history.findings import History, report
from bench.history.plan import ZONE, Plan, get_windows
from bench.history.visitor import Visitor, check_answer
from bench.messages import sensor_uuid
from bench.report import Report
from bench.stage import Stage
from bench.stored import Stored
from bench.web import web_server
from monitoring.rules.instants import from_us

QUARTERS_A_DAY = 96


@dataclass(frozen=True)
class Filled:
    """A database with a history, and who may ask for it."""

    plan: Plan
    name: str
    asked: dict[str, Any]


def measure_history(stage: Stage) -> Report:
    """Fills a database for each size; asks all of them in turns, so that they see one machine."""
    histories = []
    with ExitStack() as stack:
        visitors = []
        for readings in stage.sizes.history:
            filled, history = _fill(stage, Plan(readings, stage.end_us))
            visitor = stack.enter_context(_visitor(stage, filled))
            _check_answers(visitor, filled)
            visitors.append((filled, visitor, history))
            histories.append(history)
        stage.servers.wait_until_quiet()
        for number in range(1, stage.sizes.rounds + 1):
            for filled, visitor, history in visitors:
                _ask(stage, filled, visitor, history)
                _tell(f"round {number} of {stage.sizes.rounds}  {filled.plan.label}: asked")
    return report(histories)


def _fill(stage: Stage, plan: Plan) -> tuple[Filled, History]:
    databases, name = stage.databases, f"history_{plan.label}"
    databases.create(name)
    arguments = ["--readings", str(plan.readings), "--end-us", str(plan.end_us)]
    asked = orjson.loads(databases.run_python(name, "-m", "bench.history.people", *arguments))
    fill_readings(databases, name, plan)
    summed_s = float(databases.run_python(name, "-m", "bench.history.sums"))
    repeat_days(databases, name, plan)
    _check_repeated(stage, name, plan)
    asked |= {"requests": stage.sizes.requests, "naive": _naive_parameters(plan)}
    with closing(databases.connect(name)) as connection:
        stored = Stored(connection)
        days = Stored(connection, table="monitoring_intervalday")
        history = History(
            label=plan.label,
            readings=stored.count(),
            summed_per_s=sum(map(plan.count, plan.asked)) / summed_s,
            bytes_a_reading=stored.bytes_a_reading(),
            bytes_an_interval=days.bytes_a_reading() / QUARTERS_A_DAY,
            ms=defaultdict(list),
            buffers={},
            statements={},
        )
    return Filled(plan, name, asked), history


def _naive_parameters(plan: Plan) -> dict[str, str]:
    year = get_windows(from_us(plan.end_us))["year"]
    return {
        "sensor": sensor_uuid(plan.asked[0]),
        "zone": ZONE.key,
        "start": year.start.isoformat(),
        "end": year.end.isoformat(),
    }


def _check_repeated(stage: Stage, name: str, plan: Plan) -> None:
    """That the platform's own task comes to the same for a sensor that was not summed by it.

    Raises ``BenchFailed``.
    """
    with closing(stage.databases.connect(name)) as connection, connection.cursor() as cursor:
        sensor_id = Stored(connection).sensor_id(plan.repeated)
        start = get_windows(from_us(plan.end_us))["day"].start
        row = (
            "SELECT kwh, peak_kw, covered_s, quality FROM monitoring_intervalday"
            f" WHERE sensor_id = {sensor_id} AND day = '{start.date()}'"
        )
        cursor.execute(row)
        repeated = cursor.fetchone()
        cursor.execute(
            "INSERT INTO monitoring_affectedspan (sensor_id, started_at, ended_at)"
            " VALUES (%s, %s, %s::timestamptz + interval '1 day')",
            [sensor_id, start, start],
        )
        stage.databases.run_python(name, "-m", "bench.history.sums")
        cursor.execute(row)
        summed = cursor.fetchone()
    if repeated is None or any(
        abs(ours - theirs) > 1e-6 for ours, theirs in zip(repeated, summed, strict=True)
    ):
        raise BenchFailed(f"The day of a sensor was {repeated}; summed, it is {summed}.")


@contextmanager
def _visitor(stage: Stage, filled: Filled) -> Iterator[Visitor]:
    with (
        web_server(stage.databases.url(filled.name)) as (_, port),
        closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection,
    ):
        yield Visitor(connection, filled.asked["token"], filled.asked["session"])


def _check_answers(visitor: Visitor, filled: Filled) -> None:
    sensor = filled.plan.asked[0]
    for key, window in get_windows(from_us(filled.plan.end_us)).items():
        body = visitor.get(filled.asked["paths"][f"{key}_api"])
        check_answer(body, window, kind=filled.plan.kind(sensor))


def _ask(stage: Stage, filled: Filled, visitor: Visitor, history: History) -> None:
    for key, path in filled.asked["paths"].items():
        history.ms[f"{key}.http"].append(visitor.time(path, stage.sizes.requests))
    printed = stage.databases.run_python(
        filled.name, "-m", "bench.history.asker", given=orjson.dumps(filled.asked).decode()
    )
    found = orjson.loads(printed)
    for key, answer in found["answers"].items():
        history.ms[f"{key}.django"].append(answer["ms"])
        history.buffers[key] = answer["buffers"]
        history.statements[key] = answer["statements"]
    history.ms["year_naive.statement"].append(found["naive"])


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
