"""`make bench-history`: the same questions with 1, 10 and 100 million stored readings."""

import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from bench.history.filled import fill_history
from bench.history.findings import History, report
from bench.history.plan import ZONE, Plan, get_windows
from bench.history.visitor import Visitor, check_answer, open_visitor
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
    checked = get_windows(from_us(plan.end_us))["day"].start
    summed_s = fill_history(databases, name, plan, checked=checked)
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


@contextmanager
def _visitor(stage: Stage, filled: Filled) -> Iterator[Visitor]:
    with (
        web_server(stage.databases.url(filled.name)) as (_, port),
        open_visitor(port, session=filled.asked["session"], token=filled.asked["token"]) as visitor,
    ):
        yield visitor


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
