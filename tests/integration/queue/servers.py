"""Redis servers as a queue meets them outside: in cluster mode, with users, with no connection left."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.local.ports import free_block
from tests.integration.queue.redis_servers import Server, serving
from tests.pace import until

STATE_S = 20.0
SLOTS = 16_384


def ask(server: Server, *words: str | int) -> Any:
    """What Redis answers to a command that redis-py has no types for."""
    return server.admin.execute_command(*words)


@contextlib.contextmanager
def in_cluster_mode(folder: Path) -> Iterator[Server]:
    """A cluster of one node, which has all slots."""
    # By itself the bus takes the port that is 10,000 above, which may be anybody's.
    bus = str(free_block(1))
    with serving(folder, "--cluster-enabled", "yes", "--cluster-port", bus) as server:
        ask(server, "CLUSTER ADDSLOTSRANGE", 0, SLOTS - 1)
        assert until(lambda: server.admin.cluster("INFO")["cluster_state"] == "ok", STATE_S)
        yield server


@contextlib.contextmanager
def with_a_user(folder: Path, *rules: str) -> Iterator[Server]:
    """A Redis with the user `ours`, whose password is `word`, and who may do what the rules say."""
    with serving(folder) as server:
        ask(server, "ACL SETUSER", "ours", "on", ">word", *rules)
        yield server
