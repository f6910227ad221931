"""S3 in memory, beneath the real Bucket: every request is one step, and may fail before or after it took effect."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, NoReturn, TypeVar

from botocore.exceptions import ClientError

from tests.fakes.words import NOW
from tests.model.actor import acting
from tests.model.ledger import Ledger
from tests.model.rights import may
from tests.model.trace import Trace
from tests.model.weather import Weather

# Short pages, so that a listing takes several steps while the world goes on.
PAGE = 4

Answer = TypeVar("Answer")


class SteppedS3:
    """The requests that Bucket makes of boto3's client. ETags are of the content, as S3's are."""

    def __init__(self, trace: Trace, weather: Weather) -> None:
        self.meta = SimpleNamespace(events=_Deaf())
        self.objects: dict[str, bytes] = {}
        self.modified: dict[str, datetime] = {}
        self.ledger = Ledger(self.objects, trace)
        self._trace, self._weather = trace, weather

    def get_object(self, **asked: Any) -> dict[str, Any]:
        """An object whole."""
        key = str(asked["Key"])

        def answer() -> dict[str, Any]:
            body = self._there(key)
            return {"Body": io.BytesIO(body), "ETag": _etag(body), "LastModified": self.modified[key]}

        return self._request("GET", key, answer)

    def head_object(self, **asked: Any) -> dict[str, Any]:
        """The checksum of an object; left out, so that Bucket reads and sums, would be a step more."""
        key = str(asked["Key"])
        return self._request("HEAD", key, lambda: {"ChecksumSHA256": _checksum(self._there(key))})

    def put_object(self, **asked: Any) -> dict[str, Any]:
        """Write, under the condition that was asked for."""
        key, content = str(asked["Key"]), asked["Body"]
        body = content if isinstance(content, bytes) else content.read()
        match, new = asked.get("IfMatch"), "IfNoneMatch" in asked

        def answer() -> dict[str, Any]:
            if (new and key in self.objects) or (match is not None and match != _etag(self._there(key))):
                self._refuse("PreconditionFailed", "PUT", key)
            self.objects[key] = body
            self.modified[key] = self.date()
            self.ledger.written(key, body)
            return {"ETag": _etag(body)}

        what = "PUT new" if new else "PUT" if match is None else "PUT over"
        return self._request(what, key, answer, conditional=new or match is not None)

    def delete_object(self, **asked: Any) -> dict[str, Any]:
        """Remove; what is not there is as good."""
        key = str(asked["Key"])

        def answer() -> dict[str, Any]:
            self._remove(key)
            return {}

        return self._request("DELETE", key, answer)

    def delete_objects(self, **asked: Any) -> dict[str, Any]:
        """Remove many by one request; some of them may be refused, each with its error."""
        keys = [str(each["Key"]) for each in asked["Delete"]["Objects"]]

        def answer() -> dict[str, Any]:
            refused = [key for key in keys if self._weather.happens(self._weather.fail)]
            for key in keys:
                if key not in refused:
                    self._remove(key)
            return {
                "Deleted": [{"Key": key} for key in keys if key not in refused],
                "Errors": [{"Key": key, "Code": "InternalError"} for key in refused],
            }

        return self._request("DELETE", " ".join(keys), answer)

    def list_objects_v2(self, **asked: Any) -> dict[str, Any]:
        """A page of a listing, shorter than it might be, as S3's may be."""
        under = str(asked["Prefix"])
        after = str(asked.get("ContinuationToken") or asked.get("StartAfter") or "")

        def answer() -> dict[str, Any]:
            keys = self.listed(under, after)
            page = keys[: min(int(asked["MaxKeys"]), PAGE)]
            contents = [
                {"Key": key, "Size": len(self.objects[key]), "LastModified": self.modified[key]}
                for key in page
            ]
            more = {"IsTruncated": True, "NextContinuationToken": page[-1]} if len(keys) > len(page) else {}
            return {"Contents": contents, "KeyCount": len(page), **more}

        return self._request("LIST", under, answer)

    def listed(self, under: str, after: str) -> list[str]:
        """The keys under a prefix that sort behind one, in order."""
        return sorted(key for key in self.objects if key.startswith(under) and key > after)

    def put_by_others(self, key: str, body: bytes) -> None:
        """An object that is none of ours."""
        self.objects[key] = body
        self.modified[key] = self.date()

    def date(self) -> datetime:
        """S3's time, in whole seconds as it tells them."""
        return NOW + timedelta(seconds=int(self._trace.now_s))

    def _request(
        self, what: str, key: str, answer: Callable[[], Answer], *, conditional: bool = False
    ) -> Answer:
        actor = acting()
        if actor is not None:
            actor.pause()
            for each in key.split(" "):
                if not may(actor, what, each):
                    self._trace.violated("rights", f"{actor.name}: {what} {each}")
        self._trace.now_s += self._weather.step_s
        changes = what[0] in "PD"
        trouble = self._weather.trouble(changes=changes, conditional=conditional)
        if actor is not None and trouble:
            for about in actor.abouts:
                self.ledger.interrupted(about)
        if trouble == "refused":
            self._refuse("SlowDown", what, key)
        told = answer()
        if actor is not None:
            actor.wrote_at(self._trace.now_s, key if changes else "")
        if trouble == "own_success_taken":
            self._refuse("PreconditionFailed", what, key, "applied, seen as taken")
        if trouble == "unanswered":
            self._refuse("RequestTimeout", what, key, "applied, answer lost")
        self._trace.note(what, key, "ok")
        return told

    def _remove(self, key: str) -> None:
        if self.objects.pop(key, None) is not None:
            del self.modified[key]
            self.ledger.removed(key)

    def _there(self, key: str) -> bytes:
        try:
            return self.objects[key]
        except KeyError:
            self._refuse("NoSuchKey", "", key)

    def _refuse(self, code: str, what: str, key: str, note: str = "") -> NoReturn:
        self._trace.note(what or "-", key, note or code)
        raise ClientError({"Error": {"Code": code}}, what)


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body).hexdigest()}"'  # noqa: S324 - S3's own choice


def _checksum(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


class _Deaf:
    """Hooks into boto3's requests, which nobody calls here."""

    def register(self, *_: object) -> None: ...

    def unregister(self, *_: object) -> None: ...
