"""Every process does what its rights let it do, and nothing else, whatever happens to it."""

from __future__ import annotations

from collections.abc import Mapping

from archive.rights import RIGHTS, Verb
from tests.model.actor import Actor

# A request, as the S3 of the model names it.
VERBS: Mapping[str, Verb] = {
    "GET": "read",
    "HEAD": "read",
    "PUT new": "create",
    "PUT over": "change",
    "PUT": "write",
    "DELETE": "delete",
    "LIST": "list",
}
# By the name of an actor; all others are threads of workers.
PROCESSES = {"door": "receiver", "console": "console"}


def may(actor: Actor, request: str, key: str) -> bool:
    """Whether the process of this actor has the right to make the request."""
    rights = RIGHTS[PROCESSES.get(actor.name, "worker")]
    # What S3 answers of a missing object to whoever may not list is another answer; a receiver does not read those.
    return rights.allow(VERBS[request], key)
