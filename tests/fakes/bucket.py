"""A bucket in memory, for unit tests; it passes the suite of the real one (tests/integration/store/test_bucket.py)."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import Missing, Taken
from archive.store.bucket import JSON, PAGE_KEYS, Bucket, Stored
from archive.store.clock import Clock
from archive.store.listing import Listed
from archive.store.sums import Told, digest


class MemoryBucket(Bucket):
    """What Bucket promises, kept in a dict."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.objects: dict[str, Stored] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self._marks = itertools.count()
        self._guard = threading.Lock()

    @property
    def location(self) -> str:
        return "memory://"

    def get(self, key: str) -> Stored:
        try:
            return self.objects[key]
        except KeyError:
            raise Missing(key) from None

    def stream(self, key: str, piece_bytes: int = 262_144, part: str = "") -> Iterator[bytes]:
        body = self.get(key).body
        if part:
            first, last = map(int, part.removeprefix("bytes=").split("-"))
            body = body[first : last + 1]
        for start in range(0, len(body), piece_bytes):
            yield body[start : start + piece_bytes]

    def put(
        self,
        key: str,
        body: bytes | Path,
        *,
        content_type: str = JSON,
        sha256: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        del content_type, sha256
        content = body if isinstance(body, bytes) else body.read_bytes()
        self.objects[key] = Stored(content, f'"{next(self._marks)}"', datetime.now(UTC))
        self.metadata[key] = dict(metadata or {})

    def put_new(
        self,
        key: str,
        body: bytes | Path,
        *,
        content_type: str = JSON,
        sha256: str = "",
        metadata: Mapping[str, str] | None = None,
        image: bool = False,
    ) -> None:
        del image
        with self._guard:
            if key not in self.objects:
                self.put(key, body, content_type=content_type, metadata=metadata)
            elif self.sha256(key) != (sha256 or digest(body)):
                raise Taken(key)

    def put_over(self, key: str, body: bytes, *, etag: str, content_type: str = JSON) -> None:
        with self._guard:
            there = self.objects.get(key)
            if there is not None and there.etag == etag:
                self.put(key, body, content_type=content_type)
            elif there is None or there.body != body:
                raise Taken(key)

    def told(self, key: str) -> Told:
        return Told(len(self.get(key).body), digest(self.get(key).body))

    def sha256(self, key: str) -> str:
        return digest(self.get(key).body)

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    def delete_all(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.delete(key)

    def list(
        self, under: str, *, after: str = "", most: int | None = None, page_keys: int = PAGE_KEYS
    ) -> Iterator[Listed]:
        del page_keys
        keys = sorted(key for key in self.objects if key.startswith(under) and key > after)
        for key in keys[:most]:
            stored = self.objects[key]
            yield Listed(key, len(stored.body), stored.modified)

    def folders(self, under: str) -> Sequence[str]:
        behind = (key.removeprefix(under) for key in self.objects if key.startswith(under))
        return sorted({path.partition("/")[0] for path in behind if "/" in path})
