"""Whether the settings are those of a local stack that is not running now."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from archive.errors import FixativeError
from console.submitting.callback_url import is_loopback

# In the file of a local stack: its folder.
MARK = "FIXATIVE_STACK"
_ADDRESSES = ("PUBLIC_URL", "S3_ENDPOINT", "REDIS_URL")
_VAR, _DEMO = "var", ("var", "demo")
_CONNECT_S = 1.0  # on this very machine


class StackStopped(FixativeError):
    """Nobody listens at any address of the local stack; the message says what to do."""


def refuse_stopped(environment: Mapping[str, str]) -> None:
    """Nobody waits for a stack that is not there. Raises StackStopped."""
    folder = environment.get(MARK)
    places = list(_places(environment)) if folder else []
    if folder and places and not any(_listens(host, port) for host, port in places):
        raise StackStopped(f"the local stack is not running: {_start_of(Path(folder))}")


def _start_of(folder: Path) -> str:
    """What starts the stack that keeps its data there: `var` is that of `make up`, `var/demo` of `make demo`."""
    if folder.parts[-2:] == _DEMO:
        start, beside = "make demo", folder.parent.parent
    elif folder.name == _VAR:
        start, beside = "make up", folder.parent
    else:
        return f"`.venv/bin/python -m infra.local --data {shlex.quote(str(folder))}`"
    return f"`{start}`" + ("" if beside == Path.cwd() else f" in {beside}")


def _places(environment: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """The addresses of the stack on this machine; it may use servers elsewhere as well."""
    for name in _ADDRESSES:
        try:
            url = urlsplit(environment.get(name, ""))
            host, port = url.hostname or "", url.port
        except ValueError:  # which the settings refuse
            continue
        if port and is_loopback(host):
            yield host, port


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=_CONNECT_S).close()
    except OSError:
        return False
    return True
