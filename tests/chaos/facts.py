"""What stands in the bucket, read by boto3 and plain JSON alone: nothing of ours can hide a loss here."""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from tests.system.stack import Stack

READERS = 8


@dataclass
class Facts:
    """Manifests by key, dead letters by key, what the catalogue says last of each, digests of the assets by key.

    `listed` are the moments that lines tell of manifests, the latest of each; `exported` is how often our own command
    tells of each: beside the books it shows whether our reading and this one agree.
    """

    manifests: dict[str, Any] = field(default_factory=dict)
    letters: dict[str, Any] = field(default_factory=dict)
    listed: dict[str, datetime] = field(default_factory=dict)
    letter_lines: dict[str, Any] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    exported: Counter[str] = field(default_factory=Counter)

    def manifests_of(self) -> dict[str, list[Any]]:
        """The manifests of each task."""
        found = defaultdict(list)
        for manifest in self.manifests.values():
            found[str(manifest["task_id"])].append(manifest)
        return found

    def letters_of(self) -> dict[str, list[Any]]:
        """The letters of each task, not those of deliveries."""
        found = defaultdict(list)
        for key, letter in self.letters.items():
            if "/delivery-" not in key:
                found[str(letter["task_id"])].append(letter)
        return found

    def tell_of_manifest(self, line: Any) -> None:
        """Keep the latest moment that a line tells of a manifest."""
        told = datetime.fromisoformat(line["changed_at"])
        self.listed[line["key"]] = max(told, self.listed.get(line["key"], told))

    def tell_of_letter(self, line: Any) -> None:
        """Keep the line of a letter if it is the one that holds."""
        states = ("stands", "dismissed", "gone")
        known = self.letter_lines.get(line["key"], line)
        if _when(line, states) >= _when(known, states):
            self.letter_lines[line["key"]] = line

    def counted(self) -> dict[str, list[str]]:
        """Where each delivery is counted, by its digest: the keys of manifests and letters."""
        places = defaultdict(list)
        for key, word in [*self.manifests.items(), *self.letters.items()]:
            for digest in _digests(word):
                places[digest].append(key)
        return places

    def miscounted(self) -> list[str]:
        """What counts more or fewer deliveries than it knows again: no story here tells of so many."""
        return [
            f"{key} counts {word['counted']['count']}, and knows {len(_digests(word))} again"
            for key, word in [*self.manifests.items(), *self.letters.items()]
            if word.get("counted") and word["counted"]["count"] != len(_digests(word))
        ]

    def named(self) -> dict[str, list[str]]:
        """Where each delivery is named: the keys of manifests and letters."""
        places = defaultdict(list)
        for key, word in [*self.manifests.items(), *self.letters.items()]:
            told = {heard["delivery_id"] for heard in word.get("notifications") or ()}
            if word.get("delivery"):
                told.add(word["delivery"]["id"])
            for delivery_id in told:
                places[str(delivery_id)].append(key)
        return places


def _when(line: Any, states: tuple[str, ...]) -> tuple[datetime, int]:
    return datetime.fromisoformat(line["letter_at"]), states.index(line["state"])


def digest_of(delivery_id: str) -> str:
    """By which a delivery that is counted is known again: base64url of six bytes of its id's BLAKE2b."""
    short = hashlib.blake2b(delivery_id.encode(), digest_size=6).digest()
    return base64.urlsafe_b64encode(short).decode()


def _digests(word: Any) -> list[str]:
    text = (word.get("counted") or {}).get("digests", "")
    return [text[start : start + 8] for start in range(0, len(text), 8)]


def read_facts(stack: Stack) -> Facts:
    """Read the bucket; it should be at rest."""
    facts = Facts(keys=stack.keys())
    with ThreadPoolExecutor(READERS) as pool:
        manifests = [key for key in facts.keys if key.startswith("tasks/") and key.endswith("/manifest.json")]
        letters = [key for key in facts.keys if key.startswith("dead/") and key.endswith(".json")]
        catalogue = [key for key in facts.keys if key.startswith("catalog/")]
        assets = [
            key for key in facts.keys if key.startswith("tasks/") and not key.endswith("/manifest.json")
        ]
        facts.manifests = dict(zip(manifests, map(json.loads, pool.map(stack.read, manifests)), strict=True))
        facts.letters = dict(zip(letters, map(json.loads, pool.map(stack.read, letters)), strict=True))
        facts.digests = dict(
            zip(
                assets,
                (hashlib.sha256(body).hexdigest() for body in pool.map(stack.read, assets)),
                strict=True,
            )
        )
        for key, body in zip(catalogue, pool.map(stack.read, catalogue), strict=True):
            for line in _rows(body) if key.endswith(".parquet") else map(json.loads, body.splitlines()):
                if line.get("of") == "letter":
                    facts.tell_of_letter(line)
                elif line.get("of") != "rolled":  # the head of an hour
                    facts.tell_of_manifest(line)
    told = stack.fixative("export", "--format", "ndjson", "-").stdout
    facts.exported = Counter(json.loads(line)["key"] for line in told.splitlines())
    return facts


def _rows(body: bytes) -> list[dict[str, Any]]:
    """The rows of a closed day, as lines tell them."""
    moment = "strftime({0}, '%Y-%m-%dT%H:%M:%S.%fZ') AS {0}"
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect() as connection:
        file.write(body)
        file.flush()
        connection.execute("SET TimeZone = 'UTC'")
        told = connection.execute(
            f'SELECT "of", "key", state, {moment.format("changed_at")}, {moment.format("letter_at")} FROM read_parquet(?)',  # noqa: S608 - words of ours
            [file.name],
        )
        names = [name for name, *_ in told.description]
        return [dict(zip(names, row, strict=True)) for row in told.fetchall()]
