"""Where all providers take orders and look up tasks; each puts its own words around it."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.simulator.faults import SwitchError, Switches, parse
from infra.simulator.refusal import RefusalError
from infra.simulator.task import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from infra.simulator.images.gallery import Gallery
    from infra.simulator.images.workshop import Workshop
    from infra.simulator.order import ImageOrder
    from infra.simulator.task_shelf import TaskShelf

MOST_BODY_BYTES = 1024 * 1024  # a prompt of 60,000 bytes and sixteen links are far less
BODY_WAIT_S = 10.0  # a client that sends no more is let go
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Office:
    """What the doors share; `switches` are the defaults, and the control door changes them."""

    shelf: TaskShelf
    workshop: Workshop
    api_key: str | None
    work_s: float
    link_life_s: float
    switches: Switches
    gallery: Gallery

    def authorize(self, request: Request, header: str = "Authorization", scheme: str = "Bearer") -> None:
        """Demand a key, any or exactly the API key, behind the scheme's word; raises `RefusalError` (401)."""
        word, _, token = request.headers.get(header, "").rpartition(" ")
        known = self.api_key is None or hmac.compare_digest(token.encode(), self.api_key.encode())
        if word.strip().lower() != scheme.lower() or not token or not known:
            wanted = f"{header}: {scheme} <key>".replace(":  ", ": ")
            raise RefusalError(401, "unauthorized", f"Invalid API key: send {wanted}")

    def read_switches(self, body: Mapping[str, object]) -> Switches:
        """Read an order's `simulate` over the defaults; raises `RefusalError`."""
        try:
            return parse(body.get("simulate"), self.switches)
        except SwitchError as problem:
            raise RefusalError(400, "invalid_parameters", f"simulate: {problem}", "simulate") from problem

    def open_task(self, provider: str, task_id: str, order: ImageOrder, request: Request) -> Task:
        """Make a task of an order and begin its work."""
        task = Task(
            provider=provider,
            id=task_id,
            order=order,
            address=str(request.base_url).rstrip("/"),
            media_name=secrets.token_hex(16),
            signature=secrets.token_urlsafe(16),
            created_at=time.time(),
            work_s=self.work_s,
            link_life_s=self.link_life_s,
        )
        for dropped in self.shelf.add(task):
            self.workshop.drop(dropped)
        self.workshop.start(task)
        return task

    def ask(self, task: Task) -> Task:
        """Return a task that a customer asks for, with fresh links where the switches say so."""
        task.ask(secrets.token_urlsafe(16))
        return task


async def read_object(request: Request) -> dict[str, object]:
    """Read a request's JSON object, at most 1 MiB counted as it comes; raises `RefusalError`."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WAIT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BODY_BYTES:
                    raise RefusalError(413, "request_too_large", f"The body is over {MOST_BODY_BYTES} bytes")
    except TimeoutError as late:
        raise RefusalError(408, "request_timeout", f"The body took over {BODY_WAIT_S:g} s") from late
    try:
        value = json.loads(bytes(body))
    except (ValueError, RecursionError) as problem:
        raise RefusalError(400, "invalid_request", f"The body is not JSON: {problem}") from problem
    if not isinstance(value, dict):
        raise RefusalError(400, "invalid_request", "The body is not a JSON object")
    return value


def base36(digits: int) -> str:
    """Return random digits of base 36, as in the providers' ids."""
    return "".join(secrets.choice(BASE36) for _ in range(digits))


def found(task: Task | None, code: str = "not_found") -> Task:
    """Return the task that was looked up; raises `RefusalError` (404) where there is none."""
    if task is None:
        raise RefusalError(404, code, "Task not found")
    return task
