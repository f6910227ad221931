"""The others at the door: how each is started, and where it takes callbacks."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping

from bench.ground import Ground, shell
from bench.service import program
from infra.local.ports import LOOPBACK, free_block

# As ours: the fast loop, the fast parser, no line of a log for each request.
_UVICORN = (
    "--loop",
    "uvloop",
    "--http",
    "httptools",
    "--ws",
    "none",
    "--no-access-log",
    "--log-level",
    "warning",
)
_HOOK = "callbacks"


@contextlib.contextmanager
def noop(ground: Ground, *, tls: bool = False) -> Iterator[str]:
    """The no-op on uvicorn as it comes; its callback URL."""
    with on_uvicorn("noop", ground, {}, tls=tls) as url:
        yield url


@contextlib.contextmanager
def delay(ground: Ground) -> Iterator[str]:
    """`.delay()` in the handler, on uvicorn as it comes; its callback URL."""
    with on_uvicorn("delay", ground, {"REDIS_URL": ground.redis.url}) as url:
        yield url


@contextlib.contextmanager
def noop_on_ours(ground: Ground) -> Iterator[str]:
    """The no-op in our own server; its callback URL."""
    port = free_block(1)
    environment = ground.environment(HOST=LOOPBACK, PORT=str(port), TRUSTED_PROXIES=LOOPBACK)
    command = [sys.executable, "-m", "bench.door.ours_without"]
    with program("ours_without", command, port, ground=ground, environment=environment):
        yield f"http://{LOOPBACK}:{port}{ground.callback_path()}"


@contextlib.contextmanager
def webhook(ground: Ground) -> Iterator[str]:
    """Debian's webhook, which answers and then runs /bin/true; its URL."""
    port = free_block(1)
    hooks = ground.folder / "hooks.json"
    hooks.write_text(
        json.dumps([{"id": _HOOK, "execute-command": "/bin/true", "http-methods": ["POST"]}]),
        encoding="utf-8",
    )
    command = ["webhook", "-hooks", str(hooks), "-ip", LOOPBACK, "-port", str(port)]
    with program("webhook", command, port, ground=ground, environment=shell()):
        yield f"http://{LOOPBACK}:{port}/hooks/{_HOOK}"


@contextlib.contextmanager
def on_uvicorn(
    name: str, ground: Ground, environment: Mapping[str, str], *, tls: bool = False
) -> Iterator[str]:
    """An application of the peers' Python, with these variables beside the shell's; its callback URL."""
    port = free_block(1)
    files = ["--ssl-certfile", str(ground.tls.chain), "--ssl-keyfile", str(ground.tls.key)] if tls else []
    command = [
        *(str(ground.peers), "-m", "uvicorn", "--factory", f"bench.door.{name}:create_app"),
        *("--host", LOOPBACK, "--port", str(port), *_UVICORN, *files),
    ]
    with program(name, command, port, ground=ground, environment={**shell(), **environment}):
        yield f"{'https' if tls else 'http'}://{LOOPBACK}:{port}{ground.callback_path()}"
