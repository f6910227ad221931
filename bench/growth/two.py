"""What two receivers do that one does not, in turn. The machine's cores are shared with S3 and with the load."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from bench import post, service, wrk
from bench.ground import Ground
from infra.local.ports import LOOPBACK, free_block

CONNECTIONS = 64
_LOAD_S, _WARM_S = 2, 1
# What ends TLS before us says so with each request.
_PROXIED = ("X-Forwarded-Proto: https",)

Figures = dict[str, Any]


def receivers(ground: Ground, rounds: int) -> list[Figures]:
    """Two programs of load, with half of the connections each, on one receiver, and on one each."""
    with ExitStack() as stack:
        urls = [_receiver(stack, ground, number) for number in (1, 2)]
        _load(ground, urls, _WARM_S)
        return [
            {"1": _load(ground, urls[:1] * 2, _LOAD_S), "2": _load(ground, urls, _LOAD_S)}
            for _ in range(rounds)
        ]


def _receiver(stack: ExitStack, ground: Ground, number: int) -> str:
    """The callback URL of a receiver with a spool of its own."""
    port = free_block(1)
    spool = ground.folder / f"spool-{number}"
    environment = ground.environment(SPOOL_DIR=str(spool), CONNECTIONS_PER_CLIENT="512")
    stack.enter_context(service.receiver(ground, port, environment, tls=False))
    return f"http://{LOOPBACK}:{port}{ground.callback_path()}"


def _load(ground: Ground, urls: list[str], duration_s: int) -> Figures:
    body = post.written_to(ground.folder)
    loads = [
        wrk.Load(url=url, body=body, connections=CONNECTIONS // 2, duration_s=duration_s, headers=_PROXIED)
        for url in urls
    ]
    with ThreadPoolExecutor(len(loads)) as threads:
        heard = list(threads.map(wrk.run, loads))
    ground.forget_bells()
    return {
        "per_s": sum(each.per_s for each in heard),
        "p99_ms": max(each.p99_ms for each in heard),
        "failed": sum(each.failed for each in heard),
    }
