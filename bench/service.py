"""Processes that are measured: started for a while, known to be ready, ended by their id."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence

from bench.ground import Ground
from infra.local.parts.process import PROJECT, Process
from infra.local.parts.receiver import answers
from infra.local.parts.worker import beats
from infra.local.ports import LOOPBACK, is_open
from infra.local.wait import Probe

START_S = 30.0
# A worker ends what can be ended and gives back what cannot.
STOP_S = 10.0


@contextlib.contextmanager
def running(
    name: str, command: Sequence[str], ready: Probe, *, ground: Ground, environment: Mapping[str, str]
) -> Iterator[Process]:
    """A process that runs while the context lasts; its log stands in the ground's folder.

    Raises:
        CannotStart: with the end of its log, if it is not ready in time.
    """
    process = Process(
        name, command, folder=PROJECT, log=ground.folder / "log" / f"{name}.log", environment=environment
    )
    with started(process, ready) as it:
        yield it


@contextlib.contextmanager
def started(process: Process, ready: Probe) -> Iterator[Process]:
    """This process, while the context lasts.

    Raises:
        CannotStart: with the end of its log, if it is not ready in time.
    """
    process.start()
    try:
        process.ready(START_S, ready)
        yield process
    finally:
        process.stop(STOP_S)


@contextlib.contextmanager
def receiver(ground: Ground, port: int, environment: Mapping[str, str], *, tls: bool) -> Iterator[Process]:
    """Our receiver: over TLS, or as behind a proxy on this machine that ends it and says so."""
    said = {
        **environment,
        "HOST": LOOPBACK,
        "PORT": str(port),
        **(
            {"TLS_CERT": str(ground.tls.chain), "TLS_KEY": str(ground.tls.key)}
            if tls
            else {"TRUSTED_PROXIES": LOOPBACK}
        ),
    }
    command = [sys.executable, "-m", "receiver"]
    with running(
        "receiver",
        command,
        lambda: answers(port, ground.tls.authority if tls else None),
        ground=ground,
        environment=said,
    ) as it:
        yield it


@contextlib.contextmanager
def worker(ground: Ground, environment: Mapping[str, str], *, place: int = 1) -> Iterator[Process]:
    """One worker process of ours; `place` is its number among those that run, from one."""
    process = Process(
        f"worker-{place}",
        [sys.executable, "-m", "workers"],
        folder=PROJECT,
        log=ground.folder / "log" / f"worker-{place}.log",
        environment=environment,
    )
    with started(process, lambda: beats(ground.redis.url, process.pid)) as it:
        yield it


@contextlib.contextmanager
def program(
    name: str, command: Sequence[str], port: int, *, ground: Ground, environment: Mapping[str, str]
) -> Iterator[Process]:
    """Any other program, ready when somebody answers on its port."""
    with running(name, command, lambda: is_open(port), ground=ground, environment=environment) as it:
        yield it
