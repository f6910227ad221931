"""A store that looks at what one process asks of it: each request is one that its rights let it make."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from archive.rights import Rights, Verb
from tests.integration.store.store_player import Answer, Store, Told, error


class Asked(NamedTuple):
    """A request, in the words of the rights."""

    verb: Verb
    keys: tuple[str, ...]


class Watched(Store):
    """Refuses what the rights do not allow, and remembers it. `asked` counts verbs by the folder.

    What is not there is forbidden to whoever may not list, as with S3 itself.
    """

    def __init__(self, rights: Rights, prefix: str = "") -> None:
        self._rights, self._prefix = rights, prefix
        self.refused: list[str] = []
        self.asked: Counter[tuple[Verb, str]] = Counter()

    def before(self, asked: Told) -> Answer | None:
        told = read_request(asked, self._prefix)
        self.asked.update((told.verb, key.partition("/")[0]) for key in told.keys)
        wrong = [key for key in told.keys if not self._rights.allow(told.verb, key)]
        if wrong:
            self.refused += [f"{told.verb} {key}" for key in wrong]
            return error(403, "AccessDenied", "Access Denied")
        return None

    def after(self, asked: Told, answer: Answer) -> Answer:
        if answer.status == 403:
            self.refused.append(f"by the store: {asked.method} {asked.path}")
        if answer.status == 404 and asked.method in {"GET", "HEAD"} and not self._rights.list:
            return error(403, "AccessDenied", "Access Denied")
        return answer


def read_request(asked: Told, prefix: str) -> Asked:
    """What a request in path style asks for, without the prefix."""
    address = urlsplit(asked.path)
    key = unquote(address.path).lstrip("/").partition("/")[2].removeprefix(prefix)
    query = parse_qs(address.query, keep_blank_values=True)
    if asked.method == "POST":
        assert "delete" in query, asked.path
        return Asked(
            "delete",
            tuple(each.removeprefix(prefix) for each in re.findall(r"<Key>(.*?)</Key>", asked.body.decode())),
        )
    if asked.method == "DELETE":
        return Asked("delete", (key,))
    if asked.method == "PUT":
        verb: Verb = "create" if "if-none-match" in asked.headers else "change"
        return Asked(verb if {"if-none-match", "if-match"} & set(asked.headers) else "write", (key,))
    if not key:
        return Asked("list", (query.get("prefix", [""])[0].removeprefix(prefix),))
    return Asked("read", (key,))
