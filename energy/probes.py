"""``/healthz`` and ``/readyz``, in front of Django.

They need no session, no free thread of the pages, no known host name and no HTTPS: a probe speaks
plain HTTP to the address of a container, and a busy server is not a dead one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, HttpResponseNotAllowed, JsonResponse

from energy.health import get_states
from energy.sending import send_response

Probe = Callable[[], Awaitable[HttpResponse]]


class WithProbes:
    """Answers the probes itself and leaves every other address to the application behind."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._probes: dict[str, Probe] = {"/healthz": _alive, "/readyz": self._ready}
        self._states: asyncio.Task[dict[str, str]] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        probe = self._probes.get(scope["path"].removeprefix(scope.get("root_path", "")))
        if probe is None:
            return await self._application(scope, receive, send)
        is_allowed = scope["method"] in {"GET", "HEAD"}
        response = await probe() if is_allowed else HttpResponseNotAllowed(["GET", "HEAD"])
        return await send_response(response, send, method=scope["method"])

    async def _ready(self) -> HttpResponse:
        """Each dependency by name; 503 if one is down. Probes at the same time share a look."""
        if self._states is None or self._states.done():
            self._states = asyncio.create_task(asyncio.to_thread(get_states))
        states = await asyncio.shield(self._states)
        is_ready = all(state == "up" for state in states.values())
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JsonResponse(states, status=status)


async def _alive() -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")
