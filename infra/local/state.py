"""What was chosen once and is kept: ports, credentials, keys. In state.json, which only its owner may read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from archive import tickets
from infra.local import private_file
from infra.local.errors import CannotStart
from infra.local.parts import s3
from infra.local.ports import free_block, is_free


@dataclass(frozen=True, kw_only=True)
class State:
    """Ports (`s3_port` is the first of ten), S3's credentials and the keys that sign callback URLs."""

    receiver_port: int = 0
    console_port: int = 0
    redis_port: int = 0
    s3_port: int = 0
    simulator_port: int = 0
    access_key: str = ""
    secret_key: str = ""
    ticket_keys: str = ""

    @property
    def credentials(self) -> s3.Credentials:
        """S3's credentials."""
        return s3.Credentials(self.access_key, self.secret_key)


# How many ports in a row each of them needs.
_PORTS = {"receiver_port": 1, "console_port": 1, "redis_port": 1, "s3_port": s3.PORTS, "simulator_port": 1}


_SHELLS = "shells that have read stack.env must read it again."
_MOVED = {
    "receiver_port": "the receiver listens on {port} now. Callback URLs that were minted before lead to the old port: "
    "mint them anew, and point a tunnel to the new one.",
    "console_port": "the console listens on {port} now: open it there.",
    "s3_port": "S3 listens on {port} now, with all that it held. Links that were presigned before lead to the old "
    f"port, and {_SHELLS}",
    "redis_port": "Redis listens on {port} now, with all that it held; " + _SHELLS,
    "simulator_port": "the simulator listens on {port} now. Links of its earlier tasks lead to the old port.",
}


def kept(path: Path, wanted: Iterable[str]) -> State:
    """The state in this file; what is missing is chosen, and ports (of those wanted) that others took, too.

    Raises:
        CannotStart: if the file is there and makes no sense.
    """
    state = read(path)
    if not state.access_key:
        new = s3.new_credentials()
        state = replace(state, access_key=new.access_key, secret_key=new.secret_key)
    if not state.ticket_keys:
        state = replace(state, ticket_keys=tickets.new_key("local"))
    for name in wanted:
        state = _with_port(state, f"{name}_port")
    private_file.write(path, json.dumps(asdict(state), indent=1) + "\n")
    return state


def _with_port(state: State, name: str) -> State:
    """The state with ports under this name that are free."""
    first: int = getattr(state, name)
    if first and all(is_free(port) for port in range(first, first + _PORTS[name])):
        return state
    taken = {
        port
        for other, length in _PORTS.items()
        for port in range(getattr(state, other), getattr(state, other) + length)
    }
    return State(**{**asdict(state), name: free_block(_PORTS[name], apart_from=taken)})


def moves(before: State, now: State) -> list[str]:
    """What moved to another port, a sentence each, with what that means."""
    return [
        f"Port {getattr(before, name)} is taken by another program: {moved.format(port=getattr(now, name))}"
        for name, moved in _MOVED.items()
        if getattr(before, name) not in {0, getattr(now, name)}
    ]


def read(path: Path) -> State:
    """What stands in this file; nothing, where there is none. Raises CannotStart."""
    if not path.exists():
        return State()
    try:
        return State(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise CannotStart(
            f"{path} makes no sense ({error}). Remove it: new ports and keys are chosen."
        ) from error
