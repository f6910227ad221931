"""More stores of strangers' reports, and what people put before a store: one behaviour each, for the player."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.integration.store.store_player import Answer, Store, Told, error


class PageForTaken(Store):
    """What stands before the store has a page of its own for each error."""

    def after(self, asked: Told, answer: Answer) -> Answer:
        del asked
        page = Answer(412, {"Content-Type": "text/html"}, b"<html>412 Precondition Failed</html>")
        return page if answer.status == 412 else answer


class NeverEmpty(Store):
    """Refuses each conditional write, as if something stood there: a race that has no end."""

    def before(self, asked: Told) -> Answer | None:
        races = asked.method == "PUT" and "if-none-match" in asked.headers
        return error(409, "ConditionalRequestConflict", "conflicting operation") if races else None


class MissesTwice(Store):
    """Says of what is not there that it is not, also when it is removed: https://github.com/minio/minio/issues/1643."""

    def __init__(self) -> None:
        self._gone: set[str] = set()

    def before(self, asked: Told) -> Answer | None:
        if asked.method != "DELETE":
            return None
        if asked.path in self._gone:
            return error(404, "NoSuchKey", "The specified key does not exist.")
        self._gone.add(asked.path)
        return None


class RemembersNothing(Store):
    """A cache that remembers what was not there."""

    def __init__(self) -> None:
        self._missed: set[str] = set()

    def after(self, asked: Told, answer: Answer) -> Answer:
        if asked.method != "GET" or asked.lists:
            return answer
        if answer.status == 404:
            self._missed.add(asked.path)
        missed = asked.path in self._missed
        return error(404, "NoSuchKey", "The specified key does not exist.") if missed else answer


class SmallBodies(Store):
    """nginx as it comes: https://github.com/minio/minio-py/issues/1116."""

    def before(self, asked: Told) -> Answer | None:
        page = Answer(413, {"Content-Type": "text/html"}, b"<html>413 Request Entity Too Large</html>")
        return page if len(asked.body) > 1_048_576 else None


class WeakEtags(Store):
    """Compresses answers, and says so by their ETags: https://github.com/mdn/content/pull/35849."""

    def after(self, asked: Told, answer: Answer) -> Answer:
        told = {
            name: f"W/{value}" if name.lower() == "etag" else value for name, value in answer.headers.items()
        }
        return Answer(answer.status, told if asked.method == "GET" else answer.headers, answer.body)


class SumsOfOthers(Store):
    """Tells a checksum that is not that of the bytes."""

    def after(self, asked: Told, answer: Answer) -> Answer:
        name = "x-amz-checksum-sha256"
        told = {key: value for key, value in answer.headers.items() if key.lower() != name}
        told[name] = "A" * 43 + "="
        return Answer(answer.status, told, answer.body) if asked.method == "HEAD" else answer


class PageForAll(Store):
    """Answers every request well, with a page: a console in place of the API, a page that wants one to log in."""

    def before(self, asked: Told) -> Answer | None:
        missing = error(404, "NoSuchKey", "The specified key does not exist.")
        page = Answer(200, {"Content-Type": "text/html"}, b"<!doctype html><title>Console</title>")
        return missing if asked.method == "GET" and not asked.lists else page


class LeadsToHttps(Store):
    """What botocore follows until its stack is full: https://github.com/boto/boto3/issues/2148."""

    def before(self, asked: Told) -> Answer | None:
        return Answer(301, {"Location": f"https://{asked.headers['host']}{asked.path}"}, b"")


class SortsByLanguage(Store):
    """Lists as a language sorts, in which marks count little: objects with a tilde stand before those without.

    https://github.com/afreidah/s3-orchestrator/issues/1230, https://github.com/seaweedfs/seaweedfs/pull/9824
    """

    def after(self, asked: Told, answer: Answer) -> Answer:
        if not asked.lists:
            return answer
        found = re.findall(rb"<Contents>.*?</Contents>", answer.body, re.DOTALL)
        sorted_ = sorted(found, key=lambda each: (b"~" not in each.replace(b"%7E", b"~"), each))
        body = answer.body.replace(b"".join(found), b"".join(sorted_)) if found else answer.body
        return Answer(answer.status, answer.headers, body)


@dataclass
class Denies(Store):
    """A policy that was made before there was this folder."""

    folder: str

    def before(self, asked: Told) -> Answer | None:
        denied = not asked.lists and f"/{self.folder}/" in asked.path
        return error(403, "AccessDenied", "Access Denied") if denied else None


@dataclass
class Says(Store):
    """Has other words in its listings."""

    pattern: bytes
    words: bytes

    def after(self, asked: Told, answer: Answer) -> Answer:
        body = re.sub(self.pattern, self.words, answer.body) if asked.lists else answer.body
        return Answer(answer.status, answer.headers, body)
