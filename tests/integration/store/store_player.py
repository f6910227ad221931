"""A proxy before the real S3 that plays another store: what strangers reported of theirs, one behaviour at a time."""

from __future__ import annotations

import http.client
import http.server
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Told:
    """One request or answer, with its header's names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def lists(self) -> bool:
        return self.method == "GET" and "list-type=2" in self.path


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Store:
    """A store like any other; the behaviours below change one thing each. `asked` is what it was sent."""

    def before(self, asked: Told) -> Answer | None:
        """An answer in place of S3's."""
        del asked
        return None

    def sent_on(self, asked: Told) -> Told:
        """What S3 is told."""
        return asked

    def after(self, asked: Told, answer: Answer) -> Answer:
        """What is made of S3's answer."""
        del asked
        return answer


def error(status: int, code: str, message: str) -> Answer:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    return Answer(status, {"Content-Type": "application/xml"}, body)


def without(told: Told, *names: str) -> Told:
    kept = {name: value for name, value in told.headers.items() if name not in names}
    return Told(told.method, told.path, kept, told.body)


class UnquotedEtags(Store):
    """DigitalOcean Spaces: https://github.com/slatedb/slatedb/issues/1818."""

    def before(self, asked: Told) -> Answer | None:
        if asked.headers.get("if-match", "").startswith('"'):
            return error(412, "PreconditionFailed", "a condition did not hold")
        return None


class Unordered(Store):
    """Storj and S3 Express: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html."""

    def after(self, asked: Told, answer: Answer) -> Answer:
        if not asked.lists:
            return answer
        found = re.findall(rb"<Contents>.*?</Contents>", answer.body, re.DOTALL)
        body = answer.body.replace(b"".join(found), b"".join(reversed(found))) if found else answer.body
        return Answer(answer.status, answer.headers, body)


class NoStartAfter(Store):
    def before(self, asked: Told) -> Answer | None:
        if asked.lists and "start-after=" in asked.path:
            return error(501, "NotImplemented", "start-after is not implemented")
        return None


@dataclass
class Leaves(Store):
    """Leaves something out of its listings."""

    pattern: bytes

    def after(self, asked: Told, answer: Answer) -> Answer:
        body = re.sub(self.pattern, b"", answer.body) if asked.lists else answer.body
        return Answer(answer.status, answer.headers, body)


class NoChecksumHeader(Store):
    """Backblaze B2: https://github.com/iterate-ch/cyberduck/issues/16107."""

    def before(self, asked: Told) -> Answer | None:
        for name in asked.headers:
            if name.startswith(("x-amz-checksum-", "x-amz-sdk-checksum")):
                return error(
                    400, "InvalidArgument", f"Unsupported header '{name}' received for this API call."
                )
        return None


class VirtualOnly(Store):
    """Alibaba OSS, with its sentence."""

    def before(self, asked: Told) -> Answer | None:
        del asked
        return error(403, "SecondLevelDomainForbidden", "Please use virtual hosted style to access.")


class OtherRegion(Store):
    """Garage, which wants the region that it was configured with."""

    def before(self, asked: Told) -> Answer | None:
        if "/garage/" not in asked.headers.get("authorization", ""):
            return error(
                400, "AuthorizationHeaderMalformed", "unexpected scope: 20261126/us-east-1/s3/aws4_request"
            )
        return None


class NoConditions(Store):
    """Takes every write, whatever its condition (rclone serve s3)."""

    def before(self, asked: Told) -> Answer | None:
        if asked.headers.get("if-none-match") or asked.headers.get("if-match"):
            return Answer(200, {"ETag": '"taken"'}, b"")
        return None


class NeverDeletes(Store):
    def before(self, asked: Told) -> Answer | None:
        return Answer(204, {}, b"") if asked.method == "DELETE" else None


@dataclass
class ChecksNothing(Store):
    """Takes bytes that are not those of their SHA-256."""

    taken: dict[str, bytes] = field(default_factory=dict)

    def before(self, asked: Told) -> Answer | None:
        key = urlsplit(asked.path).path
        if asked.method == "PUT" and key.endswith("/checksum"):
            return Answer(200, {"ETag": '"taken"'}, b"")
        return None


class ListsLate(Store):
    """Tells of an object that was just written only later."""

    def after(self, asked: Told, answer: Answer) -> Answer:
        if not asked.lists:
            return answer
        body = re.sub(rb"<Contents>.*?</Contents>", b"", answer.body, count=1, flags=re.DOTALL)
        return Answer(answer.status, answer.headers, body)


@dataclass
class WithoutHeader(Store):
    """Leaves a header out of every answer."""

    name: str

    def after(self, asked: Told, answer: Answer) -> Answer:
        del asked
        kept = {name: value for name, value in answer.headers.items() if name.lower() != self.name}
        return Answer(answer.status, kept, answer.body)


class TakesAll(Store):
    """Answers every upload and download well, and asks S3 nothing: what it was sent is what counts."""

    def before(self, asked: Told) -> Answer | None:
        told = {"ETag": '"1"', "Last-Modified": "Thu, 26 Nov 2026 05:00:00 GMT"}
        return Answer(200, told, b"") if asked.method in {"PUT", "GET"} else None


class Away(Store):
    """Answers nothing but that it is busy."""

    def before(self, asked: Told) -> Answer | None:
        del asked
        return error(503, "SlowDown", "Please reduce your request rate.")


class ReadOnly(Store):
    def before(self, asked: Told) -> Answer | None:
        if asked.method in {"PUT", "DELETE"}:
            return error(403, "AccessDenied", "User: role/reader is not authorized to perform: s3:PutObject")
        return None


class StorePlayer:
    """The proxy: `with StorePlayer(behaviour, endpoint) as player`, then `player.endpoint`; `asked` is in order."""

    def __init__(self, store: Store, upstream: str) -> None:
        self.asked: list[Told] = []
        player = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def _do(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Told(self.command, self.path, _lower(self.headers), body)
                player.asked.append(asked)
                answer = store.before(asked)
                if answer is None:
                    answer = store.after(asked, _passed_on(store.sent_on(asked), upstream))
                self._say(answer)

            def _say(self, answer: Answer) -> None:
                self.send_response_only(answer.status)
                length = answer.headers.pop("Content-Length", "0")
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                head = self.command == "HEAD"
                self.send_header("Content-Length", length if head else str(len(answer.body)))
                self.end_headers()
                if not head:
                    self.wfile.write(answer.body)

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _do  # noqa: N815 - as the library calls them

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _passed_on(asked: Told, upstream: str) -> Answer:
    """S3's own answer; the Host that was signed goes with it."""
    connection = http.client.HTTPConnection(urlsplit(upstream).netloc, timeout=30)
    try:
        connection.request(asked.method, asked.path, asked.body, dict(asked.headers))
        got = connection.getresponse()
        body = got.read()
    finally:
        connection.close()
    dropped = {"transfer-encoding", "connection"}
    headers = {name: value for name, value in got.getheaders() if name.lower() not in dropped}
    return Answer(got.status, headers, body)


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
