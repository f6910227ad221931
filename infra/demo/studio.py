"""The simulated provider, as its customer sees it, and the switch that mends its links."""

from __future__ import annotations

from typing import Any

import urllib3

from archive import tickets
from infra.demo.wish import Wish

# Drawing ten images for their digests takes the simulator a second or two.
_ANSWER_S = 30.0
_PATHS = {"evolink": "/v1/images/generations", "apiinone": "/api/v1/images/generations"}


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
        answer = self._ask("POST", _PATHS[wish.provider], wish.request(url))
        return str(answer["data"]["task_id"] if wish.provider == "apiinone" else answer["id"])

    def heal(self, task_id: str) -> None:
        """Let the links of a task answer from now on."""
        self._ask("POST", f"/simulator/tasks/{task_id}/heal")

    def digests(self, task_id: str) -> list[str]:
        """The SHA-256 of the bytes of each of its images, in order."""
        return [str(link["sha256"]) for link in self._ask("GET", f"/simulator/tasks/{task_id}")["links"]]

    def _ask(self, method: str, path: str, body: dict[str, object] | None = None) -> Any:
        answer = self._pool.request(
            method, self._address + path, json=body, headers={"Authorization": "Bearer simulator"}
        )
        if answer.status >= 300:  # noqa: PLR2004 - HTTP's own
            raise RuntimeError(
                f"The simulator answers {answer.status} to {method} {path}: {answer.data[:300]!r}"
            )
        return answer.json()
