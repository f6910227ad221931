"""What a shell still has of a local stack that ran before: `. var/stack.env` says it, and nobody takes it back.

Its REDIS_URL and S3_ENDPOINT would be taken for servers that somebody else runs. They are known by the ports that
a stack keeps in its state.json; which stack's they may be, FIXATIVE_STACK says.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from infra.local import state
from infra.local.errors import CannotStart
from infra.local.parts import redis, s3
from infra.local.ports import LOOPBACK
from infra.local.state import State
from infra.simulator.signing import SECRET
from providers.registry import PROVIDERS
from runtime.settings.signatures import keys_variable
from runtime.settings.task_apis import base_variable, key_variable

# In the file of a stack: its folder.
MARK = "FIXATIVE_STACK"
_HERE = frozenset({LOOPBACK, "localhost", "::1"})
_CONNECT_S = 1.0  # on this very machine
_REDIS_PORT, _HTTP_PORT, _HTTPS_PORT = 6379, 80, 443


def left_over(shell: Mapping[str, str], data: Path) -> dict[str, Path]:
    """The names of variables that are of an older run, of the stack in this folder or of the marked one."""
    found: dict[str, Path] = {}
    for folder in dict.fromkeys([data, *([Path(shell[MARK])] if shell.get(MARK) else [])]):
        with contextlib.suppress(
            CannotStart, OSError
        ):  # a state that makes no sense is told by who starts it
            found |= dict.fromkeys(_names(shell, folder, state.read(folder / "state.json")), folder)
    return found


def told(found: Mapping[str, Path]) -> str:
    """What is said of them."""
    folders = " and ".join(sorted({str(folder) for folder in found.values()}))
    return f"This shell still has variables of the stack in {folders}: {', '.join(sorted(found))}. They are passed over."


def refuse_stopped(shell: Mapping[str, str]) -> None:
    """Nobody waits for a server of this machine that is not there.

    Raises:
        CannotStart: which names the variable.
    """
    for name, usual in (("REDIS_URL", _REDIS_PORT), ("S3_ENDPOINT", _HTTP_PORT)):
        try:
            url = urlsplit(shell.get(name, ""))
            host, port = url.hostname or "", url.port or (_HTTPS_PORT if url.scheme == "https" else usual)
        except ValueError:  # which the settings refuse
            continue
        if host in _HERE and not _listens(host, port):
            raise CannotStart(
                f"{name} names {host}:{port}, where nobody listens: a local stack that was "
                f"stopped? Start that server, or `unset {name}` to have one started here."
            )


def _names(shell: Mapping[str, str], folder: Path, kept: State) -> Iterator[str]:
    simulator = f"http://{LOOPBACK}:{kept.simulator_port}"
    own_s3 = s3.address_of(kept.s3_port, kept.credentials).endpoint
    if kept.redis_port and shell.get("REDIS_URL") == redis.url_of(kept.redis_port):
        yield "REDIS_URL"
    if kept.s3_port and shell.get("S3_ENDPOINT") == own_s3:
        yield from (name for name in shell if name.startswith(("S3_", "AWS_")))
    for provider in PROVIDERS.values():
        base, key = base_variable(provider), key_variable(provider)
        if kept.simulator_port and shell.get(base, "").startswith(simulator):
            yield from (name for name in (base, key) if name in shell)
        signs = keys_variable(provider) if provider.verifier is not None else ""
        told = shell.get(signs, "")
        if kept.simulator_port and (told == SECRET or told.startswith(simulator)):
            yield signs
    if kept.simulator_port and shell.get("ALLOW_SOURCES") == f"{LOOPBACK}:{kept.simulator_port}":
        yield "ALLOW_SOURCES"
    if shell.get("SPOOL_DIR") == str(folder / "spool"):
        yield "SPOOL_DIR"
    if Path(shell.get("SSL_CERT_FILE", "")).parent == folder / "tls":
        yield "SSL_CERT_FILE"


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=_CONNECT_S).close()
    except OSError:
        return False
    return True
