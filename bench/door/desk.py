"""Puts the load on a door, and keeps the books of what ours said and what is found of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench import post, service, wrk
from bench.door import kept
from bench.ground import Ground
from infra.local.parts.process import Process
from infra.local.ports import LOOPBACK, free_block

# Where the goals are set.
AT = 64
# The rounds are short, so that all of them fit into a few minutes.
AT_S, REST_S, WARM_S = 3, 2, 1
# What ends TLS before us says so with each request.
PROXIED = ("X-Forwarded-Proto: https",)

Figures = dict[str, Any]


class Desk:
    """One for all rounds."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._body = post.written_to(ground.folder)
        self._warm: set[str] = set()
        self.books = {"acknowledged": 0, "kept": 0, "lost": 0, "audited": 0}

    def load(self, url: str, connections: int, duration_s: int, headers: tuple[str, ...] = ()) -> Figures:
        """The figures of one load."""
        return self._run(url, connections, duration_s, headers).as_json()

    def of(self, url: str, connections: int, duration_s: int, headers: tuple[str, ...] = ()) -> wrk.Load:
        """The load itself."""
        return wrk.Load(
            url=url, body=self._body, connections=connections, duration_s=duration_s, headers=headers
        )

    def warm(self, url: str, headers: tuple[str, ...]) -> None:
        """What a server does only once is done before it is measured."""
        self._run(url, 16, WARM_S, headers)

    def theirs(self, url: str, connections: tuple[int, ...], headers: tuple[str, ...] = ()) -> Figures:
        """One of the others, at so many connections."""
        self.warm(url, headers)
        return {str(many): self.load(url, many, _seconds(many), headers) for many in connections}

    def ours(self, url: str, connections: int, headers: tuple[str, ...] = ()) -> Figures:
        """Ours; then what it has acknowledged is looked for.

        More may be found than was acknowledged: wrk hangs up at its end, on up to one answer a connection.
        """
        said = headers + (() if url.startswith("https:") else PROXIED)
        if url not in self._warm:
            self._warm.add(url)
            self.warm(url, said)
            self._found()
        heard = self._run(url, connections, _seconds(connections), said)
        found = len(set(self._found()))
        self.books["acknowledged"] += heard.acknowledged
        self.books["kept"] += found
        self.books["lost"] += max(0, heard.acknowledged - found)
        return heard.as_json()

    def audit(self, url: str) -> None:
        """Look for each single id that was acknowledged. It slows wrk down, so it is not timed."""
        ids = self._ground.folder / "acknowledged.txt"
        wrk.run(wrk.Load(url=url, body=self._body, connections=AT, duration_s=1, headers=PROXIED, ids_to=ids))
        acknowledged = set(ids.read_text(encoding="utf-8").split())
        self.books["audited"] += len(acknowledged)
        self.books["lost"] += len(acknowledged - set(self._found()))

    def _run(self, url: str, connections: int, duration_s: int, headers: tuple[str, ...]) -> wrk.LoadFigures:
        return wrk.run(self.of(url, connections, duration_s, headers))

    def _found(self) -> list[str]:
        self._ground.forget_bells()
        return kept.taken_out(self._ground, spool_of(self._ground))


def _seconds(connections: int) -> int:
    """Ours and theirs have the load for as long."""
    return AT_S if connections == AT else REST_S


@contextlib.contextmanager
def our_door(
    ground: Ground, *, tls: bool = False, s3_port: int = 0, inside: Mapping[str, str] | None = None
) -> Iterator[tuple[str, Process]]:
    """Our receiver, with a spool, without workers: its bells wait in Redis. Its callback URL, and it.

    `inside`: variables that set clocks within.
    """
    port = free_block(1)
    environment = ground.environment(SPOOL_DIR=str(spool_of(ground)), CONNECTIONS_PER_CLIENT="512") | dict(
        inside or {}
    )
    if s3_port:
        environment["S3_ENDPOINT"] = f"http://{LOOPBACK}:{s3_port}"
    with service.receiver(ground, port, environment, tls=tls) as process:
        yield f"{'https' if tls else 'http'}://{LOOPBACK}:{port}{ground.callback_path()}", process


def spool_of(ground: Ground) -> Path:
    """Where our receiver puts what S3 does not take."""
    return ground.folder / "spool"
