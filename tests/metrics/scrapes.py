"""How the tests scrape: over real HTTP, and read by Prometheus' own parser."""

import urllib.error
import urllib.request
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

TOKEN = "only-for-tests-0123456789"
BEARER = f"Bearer {TOKEN}"


@dataclass(frozen=True)
class Answer:
    """What a server answered to a scrape."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def samples(self) -> "Samples":
        return parse(self.body)


Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parse(exposition: bytes) -> Samples:
    """Each sample by its name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposition.decode())
        for sample in family.samples
    }


def scrape(url: str, authorization: str | None = BEARER, **headers: str) -> Answer:
    """GETs ``url``; an answer that is an error is an answer too."""
    if authorization is not None:
        headers["Authorization"] = authorization
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return Answer(response.status, dict(response.headers), response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read())
