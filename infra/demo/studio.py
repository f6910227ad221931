"""The simulated provider, as its customer sees it, and the switch that mends its links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
import urllib3

from archive import tickets
from infra.demo.wish import Wish
from providers.registry import PROVIDERS

# Drawing ten images for their digests takes the simulator a second or two.
_ANSWER_S = 30.0
# It takes any key.
_KEY = "simulator"


class Studio:
    """Takes orders with a callback URL of ours."""

    def __init__(self, address: str, public_url: str, ticket_keys: str) -> None:
        self._address = address
        self._public_url = public_url
        self._keys = tickets.read_keys(ticket_keys)
        self._pool = urllib3.PoolManager(timeout=_ANSWER_S, retries=False)

    def order(self, wish: Wish) -> str:
        """Order it, to be called back at a URL that is minted for it; the task's id."""
        ticket = tickets.mint(wish.claims(), wish.provider, self._keys)
        url = f"{self._public_url}/callbacks/{wish.provider}/{ticket}"
        provider = PROVIDERS[wish.provider]
        raw = {key: msgspec.Raw(msgspec.json.encode(value)) for key, value in wish.request().items()}
        address, body = provider.wire.submission(raw, url)
        # Below its name there, and then as below the provider's own address.
        base = f"/{provider.name}{urlsplit(provider.wire.base).path}"
        told = self._ask("POST", provider.wire.url(address, base), body, provider.wire.key_headers(_KEY))
        task_id = provider.read_task_id(told)
        assert task_id, told[:300]
        return task_id

    def heal(self, task_id: str) -> None:
        """Let the links of a task answer from now on."""
        self._ask("POST", f"/simulator/tasks/{task_id}/heal")

    def digests(self, task_id: str) -> list[str]:
        """The SHA-256 of the bytes of each of its images, in order."""
        told: Any = msgspec.json.decode(self._ask("GET", f"/simulator/tasks/{task_id}"))
        return [str(link["sha256"]) for link in told["links"]]

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        sent = {"Content-Type": "application/json", **(headers or {})}
        answer = self._pool.request(method, self._address + path, body=body, headers=sent)
        if answer.status >= 300:  # noqa: PLR2004 - HTTP's own
            raise RuntimeError(
                f"The simulator answers {answer.status} to {method} {path}: {answer.data[:300]!r}"
            )
        return answer.data
