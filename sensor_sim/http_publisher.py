"""Publishing to the platform's API, by HTTP: for those who do not reach the broker."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from sensor_sim.confirming import (
    CONFIRM_TIMEOUT_SECONDS,
    LONGEST_RETRY_SECONDS,
    ConfirmingPublisher,
    Report,
    Wait,
    ignore,
)
from sensor_sim.wire import CONTENT_TYPE

READINGS_PATH = "/api/v1/readings/"
TOKEN_VARIABLE = "ENERGY_TOKEN"  # noqa: S105 - its name
MAX_ANSWER_BYTES = 1024 * 1024
#: Not by itself refused: the same message may be taken later.
TEMPORARY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class BadSite(ValueError):
    """The platform's address or the token cannot be used. The text never holds the token."""


class Refused(Exception):
    """The platform does not take the message: sending it again would not help."""


def checked_site(url: str) -> SplitResult:
    """The platform's address, taken apart. Raises ``BadSite``."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise BadSite("--http must be an address such as https://energy.example.org") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadSite("--http must be an address that starts with http:// or https://")
    if parts.username is not None or parts.query or parts.fragment:
        raise BadSite("--http must be the site's address alone: no user, no ? and no #")
    return parts


def token_from(option: str | None, environ: Mapping[str, str]) -> str:
    """``--token``, else ``ENERGY_TOKEN`` or what is in the file ``ENERGY_TOKEN_FILE``.

    Raises ``BadSite`` if there is none.
    """
    token = option or environ.get(TOKEN_VARIABLE) or _read(environ.get(f"{TOKEN_VARIABLE}_FILE"))
    if not token:
        raise BadSite(f"no token: set {TOKEN_VARIABLE}, or give --token")
    if not re.fullmatch("[!-~]+", token):
        raise BadSite("the token has characters that no token has")
    return token


def _read(path: str | None) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip() if path else ""
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadSite(f"{TOKEN_VARIABLE}_FILE: cannot read {path}: {reason}") from None


class _Answer(NamedTuple):
    status: int
    phrase: str
    retry_after_seconds: float
    body: Any


class HttpPublisher(ConfirmingPublisher):
    """Publishes readings to ``POST /api/v1/readings/`` of the platform at ``site``.

    A message is confirmed when the platform answers 202: then its broker has it safe. While the
    platform is away or overloaded, the message is sent again. ``publish`` raises ``Refused`` if the
    platform will never take it: a bad token, somebody else's sensor, nothing acceptable in it.
    """

    def __init__(  # noqa: PLR0913 - keyword-only, with defaults
        self,
        site: SplitResult,
        *,
        token: str,
        stop: Event,
        report: Report = ignore,
        timeout_seconds: float = CONFIRM_TIMEOUT_SECONDS,
        wait: Wait | None = None,
    ) -> None:
        super().__init__(stop=stop, report=report, wait=wait)
        self.site = f"{site.scheme}://{site.netloc}{site.path}".rstrip("/")
        self._path = site.path.rstrip("/") + READINGS_PATH
        kind = HTTPSConnection if site.scheme == "https" else HTTPConnection
        self._connection = kind(site.hostname or "", site.port, timeout=timeout_seconds)
        self._headers = {"Authorization": f"Token {token}", "Content-Type": CONTENT_TYPE}
        self._retry_after_seconds = 0.0

    def keep_alive(self) -> None:
        """Ends an idle connection before the platform does; ``publish`` opens another."""
        self.close()

    def close(self) -> None:
        self._connection.close()

    def _try_to_send(self, body: bytes, key: str) -> bool:
        try:
            answer = self._post(body)
        except (OSError, HTTPException) as error:
            reason = f"{error}".strip() or type(error).__name__
            self._be_away(reason)
            return False
        self._retry_after_seconds = answer.retry_after_seconds
        if answer.status == HTTPStatus.ACCEPTED:
            self._end_trouble(f"The platform at {self.site} takes readings again.")
            self._tell_rejected(answer)
            return True
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in TEMPORARY:
            self._be_away(f"it answers {answer.status}")
            return False
        raise Refused(f"The platform at {self.site} refuses the readings: {_reason(answer)}")

    def _post(self, body: bytes) -> _Answer:
        self._connection.request("POST", self._path, body, self._headers)
        response = self._connection.getresponse()
        document = _document(response)
        if not response.isclosed():  # too long an answer: the rest of it would come first
            self._connection.close()
        return _Answer(response.status, response.reason, _retry_after(response), document)

    def _be_away(self, reason: str) -> None:
        self._connection.close()
        self._begin_trouble(
            "away", f"Cannot send to the platform at {self.site} ({reason}). Trying again."
        )

    def _tell_rejected(self, answer: _Answer) -> None:
        for rejection in answer.body.get("rejected", []):
            self._report(f"The platform has quarantined a reading: {rejection.get('detail')}")

    def _hold(self, delay_seconds: float) -> bool:
        return self._wait(max(delay_seconds, self._retry_after_seconds))


def _retry_after(response: HTTPResponse) -> float:
    text = response.getheader("Retry-After", "")
    return min(float(text), LONGEST_RETRY_SECONDS) if text.isdecimal() else 0.0


def _document(response: HTTPResponse) -> dict[str, Any]:
    """The JSON object of an answer; empty if it is something else, such as a proxy's page."""
    try:
        document = json.loads(response.read(MAX_ANSWER_BYTES))
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _reason(answer: _Answer) -> str:
    """What the platform says, in a line."""
    rejected = answer.body.get("rejected") or [{}]
    said = answer.body.get("detail") or rejected[0].get("detail")
    match answer.status:
        case HTTPStatus.NOT_FOUND:
            return "404, not a sensor of the token's user, or not the platform's address."
        case status if 300 <= status < 400:
            return f"{status}, it has moved: is it https:// instead of http://?"
    return f"{answer.status}, {str(said or answer.phrase).rstrip('.')}."
