"""One callback with its tries, as EvoLink makes them.

10 s a try, any non-2xx fails, three more tries after 1, 2 and 4 s, then given up:
https://docs.evolink.ai/en/api-manual/image-series/gpt-image-2/gpt-image-2-image-generation
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Protocol

import urllib3

from infra.simulator.task import Attempt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

TIMEOUT_S = 10.0
WAITS_S = (0.0, 1.0, 2.0, 4.0)  # before each try
SENDING_THREADS = 32  # a receiver that hangs holds one for 10 s
HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "provider-simulator/1",
    # A connection that the receiver is just closing would count as a refusal that was none.
    "Connection": "close",
}


class Post(Protocol):
    """Send one body to one address, and say what came of it; `delivery` numbers the callback."""

    async def __call__(self, url: str, body: bytes, delivery: int, headers: Mapping[str, str]) -> Attempt:
        """Try once; never raises."""
        ...


async def deliver(
    post: Post,
    url: str,
    body: bytes,
    note: Callable[[Attempt], None],
    *,
    delivery: int = 1,
    headers: Callable[[], Mapping[str, str]] = dict,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> bool:
    """Try until it is accepted or given up, the same bytes each time; tell which. `headers` signs each try."""
    for wait_s in WAITS_S:
        await sleep(wait_s)
        attempt = await post(url, body, delivery, headers())
        note(attempt)
        if attempt.accepted:
            return True
    return False


class CallbackSender:
    """Posts by urllib3 from a bounded pool of threads."""

    def __init__(self, ca_file: Path | None = None) -> None:
        """Make a sender that trusts `ca_file`, else the system's authorities; nothing is sent yet."""
        self._pool = urllib3.PoolManager(
            num_pools=8,
            maxsize=SENDING_THREADS,
            cert_reqs="CERT_REQUIRED",
            ca_certs=None if ca_file is None else str(ca_file),
            timeout=urllib3.Timeout(total=TIMEOUT_S),
            retries=False,
        )
        self._threads = ThreadPoolExecutor(SENDING_THREADS, "callback")

    async def post(self, url: str, body: bytes, delivery: int, headers: Mapping[str, str]) -> Attempt:
        """Try once, in a thread."""
        send = partial(self._send, url, body, delivery, headers)
        return await asyncio.get_running_loop().run_in_executor(self._threads, send)

    def close(self) -> None:
        """Send nothing more; what is under way is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _send(self, url: str, body: bytes, delivery: int, headers: Mapping[str, str]) -> Attempt:
        """Post and read the status; the answer's body is not read, as nothing depends on it."""
        started_at, start = time.time(), time.monotonic()
        status: int | None = None
        error: str | None = None
        try:
            answer = self._pool.request(
                "POST",
                url,
                body=body,
                headers={**HEADERS, **headers},
                redirect=False,
                preload_content=False,
            )
            status = answer.status
            answer.close()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as problem:
            error = f"{type(problem).__name__}: {problem}"[:300]
        return Attempt(delivery, started_at, time.monotonic() - start, status, error)
