"""A site for daphne whose answers never end, or end badly."""

import asyncio
import json
from typing import Any

from energy.back_pressure import AwaitsItsReader

PIECE = b"x" * 65536
sent_bytes = 0


async def site(scope: Any, receive: Any, send: Any) -> None:
    """Every request begins an answer; ``/sent`` tells how much of ``/endless`` was sent."""
    assert scope["type"] == "http"
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    match scope["path"]:
        case "/endless":
            await _send_for_ever(send)
        case "/fails":
            await send({"type": "http.response.body", "body": b"begun", "more_body": True})
            raise RuntimeError("The database has gone away.")
    body = json.dumps(sent_bytes).encode()
    await send({"type": "http.response.body", "body": body})


async def _send_for_ever(send: Any) -> None:
    global sent_bytes  # noqa: PLW0603 - one process, one site
    while True:
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
        sent_bytes += len(PIECE)
        await asyncio.sleep(0)


application = AwaitsItsReader(site, patience_s=3)
