"""`make bench-pages`: every page of a client with 100 devices and 10 million stored readings."""

import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import orjson

from bench.failure import BenchFailed
from bench.history.filled import fill_history
from bench.history.visitor import Visitor, check_answer, open_visitor
from bench.messages import sensor_uuid
from bench.pages.findings import Page, check_statements, report
from bench.pages.plan import DEVICES, ClientPlan, get_checked
from bench.report import Report
from bench.stage import Stage
from bench.stored import Stored
from bench.web import web_server
from monitoring.rules.instants import from_us

NAME = "pages"
_LIVE = """
    SELECT count(*) FROM monitoring_sensorstate
    WHERE measured_at > now() - interval '1 hour' AND received_at > now() - interval '1 hour'
"""

#: Who asks, by name: a session and the addresses of pages by their keys.
People = dict[str, dict[str, Any]]


def measure_pages(stage: Stage) -> Report:
    """Fills a database, and asks for each page over HTTP and in Django, in rounds."""
    plan = ClientPlan(stage.sizes.pages, stage.end_us)
    people = _fill(stage, plan)
    pages: dict[str, Page] = defaultdict(Page)
    with _visitors(stage, people) as visitors:
        _check_answers(visitors["client"], plan)
        stage.servers.wait_until_quiet()
        for number in range(1, stage.sizes.rounds + 1):
            for who, visitor in visitors.items():
                _ask(stage, visitor, people[who], pages)
            check_statements(pages)
            _tell(f"round {number} of {stage.sizes.rounds}")
    return report(pages, readings=_check_stored(stage, plan), devices=DEVICES)


def _fill(stage: Stage, plan: ClientPlan) -> People:
    stage.databases.create(NAME)
    arguments = ["--readings", str(plan.readings), "--end-us", str(plan.end_us)]
    people: People = orjson.loads(
        stage.databases.run_python(NAME, "-m", "bench.pages.people", *arguments)
    )
    checked = get_checked(from_us(plan.end_us)).start
    fill_history(stage.databases, NAME, plan, checked=checked)
    return people


@contextmanager
def _visitors(stage: Stage, people: People) -> Iterator[dict[str, Visitor]]:
    """Each with a connection to the one web server, taking answers as browsers do."""
    with ExitStack() as stack:
        _, port = stack.enter_context(web_server(stage.databases.url(NAME)))
        yield {
            who: stack.enter_context(open_visitor(port, session=of["session"], takes_gzip=True))
            for who, of in people.items()
        }


def _check_answers(visitor: Visitor, plan: ClientPlan) -> None:
    """That the days of two sensors are what their meters have counted. Raises ``BenchFailed``."""
    window = get_checked(from_us(plan.end_us))
    for sensor in (plan.asked[0], plan.repeated):
        path = f"/api/v1/sensors/{sensor_uuid(sensor)}/consumption/?{window.parameters}"
        check_answer(visitor.get(path), window, kind=plan.kind(sensor))


def _ask(stage: Stage, visitor: Visitor, person: dict[str, Any], pages: dict[str, Page]) -> None:
    """A round of one person's pages."""
    requests = stage.sizes.page_requests
    for key, path in person["paths"].items():
        pages[key].http_ms.append(visitor.time(path, requests))
        answer = visitor.ask(path)
        pages[key].sent_bytes.append(len(answer.sent))
        pages[key].whole_bytes.append(len(answer.body))
    asked = orjson.dumps({**person, "requests": requests}).decode()
    found = stage.databases.run_python(NAME, "-m", "bench.history.asker", given=asked)
    for key, cost in orjson.loads(found)["answers"].items():
        pages[key].django_ms.append(cost["ms"])
        pages[key].buffers.append(cost["buffers"])
        pages[key].statements.append(cost["statements"])


def _check_stored(stage: Stage, plan: ClientPlan) -> int:
    """The number of readings. Raises ``BenchFailed`` unless all are there and all sensors live."""
    with closing(stage.databases.connect(NAME)) as connection:
        stored = Stored(connection)
        readings, live = stored.count(), stored.value(_LIVE)
    if readings != sum(map(plan.count, range(plan.sensors))):
        raise BenchFailed(f"There are {readings} readings, not {plan.readings}.")
    if live != plan.sensors:
        raise BenchFailed(
            f"In the end {live} of {plan.sensors} sensors were live: it took too long."
        )
    return readings


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
