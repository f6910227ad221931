"""The answer to a delivery: 202 once it is durable, else 503 at once."""

from __future__ import annotations

import asyncio
import logging

from starlette.responses import JSONResponse, PlainTextResponse, Response

from archive.delivery import Delivery
from archive.errors import FixativeError
from receiver.inbox import Inbox

log = logging.getLogger(__name__)


async def accepted(inbox: Inbox, delivery: Delivery, within_s: float) -> Response:
    """Wait until the delivery is durable, at most so long."""
    try:
        async with asyncio.timeout(within_s):
            # Shielded: the line is committed even if nobody waits for it any more.
            await asyncio.shield(asyncio.wrap_future(inbox.accept(delivery)))
    except TimeoutError:
        log.warning("delivery %s: not durable within %g s", delivery.id, within_s)
    except FixativeError as error:
        log.warning("delivery %s: not durable: %s", delivery.id, error)
    else:
        return JSONResponse({"accepted": delivery.id}, 202)
    return PlainTextResponse("not durable yet, try again\n", 503, headers={"Retry-After": "1"})
