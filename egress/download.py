"""One URL -> one file, guarded: every byte is counted while it streams and every wait is bounded."""

from __future__ import annotations

import hashlib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from archive.errors import SourceLost, SourceTrouble
from archive.reasons import Reason
from archive.records.notification import bare_link, without_query
from egress.answer import READ, codings, may_bring, redirect, refusal
from egress.coding import UncodedBody
from egress.connection import Connection, Connections, Pace, set_out, tls_context
from egress.gate import Gate, Target, told

# Read in one piece: with 64 KiB, a download of 1.8 MB took half as much CPU again. 32 of them hold 32 MiB.
_PIECE_BYTES: Final = 1_048_576
# Beside the body itself: heads, chunk marks (a tenth of a percent where chunks have 8 KiB) and redirects.
_FRAMING_BYTES: Final = 4_194_304


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadLimits:
    """The bounds of one download."""

    connect_s: float = 5.0  # name, TCP and TLS together; a healthy CDN takes 0.1 s
    idle_s: float = 15.0  # no byte for as long: the connection is dead
    # 1 KiB/s: at less, even a small image of 120 KiB would not come within `total_s`.
    window_s: float = 30.0  # twice `idle_s`, so that one pause alone does not end a transfer
    window_bytes: int = 30_720
    total_s: float = 120.0  # below a run's 150 s, which also verifies and stores
    max_bytes: int = 52_428_800  # 50 MiB; 8.29 MP of RGBA are at most 33 MB raw; exactly as many pass
    redirects: int = 3  # a provider's link to a CDN's takes one


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """A file that came whole. `content_type` is what the origin said, empty if nothing.

    `bytes` and `sha256` are of the file; `came_bytes` came before the compressions in `undone` were.
    """

    path: Path
    bytes: int
    sha256: str  # hexadecimal
    content_type: str
    final_url_without_query: str  # host and path, after redirects
    download_ms: int
    came_bytes: int = 0
    undone: tuple[str, ...] = ()


class Downloader:
    """Downloads through a gate; safe for many threads, connections are kept alive between downloads.

    The environment's proxies are not looked at. `tls` is for tests with an authority of their own
    (`egress.connection.tls_context`).
    """

    def __init__(
        self,
        gate: Gate,
        *,
        user_agent: str,
        limits: DownloadLimits | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._gate = gate
        self._limits = limits or DownloadLimits()
        self._connections = Connections(gate, tls or tls_context(), self._limits.connect_s)
        self._headers = {
            "User-Agent": user_agent,
            # The types that are kept, so that nobody is invited to make an AVIF; WebP after what it may be made of.
            "Accept": "image/png,image/jpeg,image/webp;q=0.9,*/*;q=0.1",
            "Accept-Encoding": "identity",
        }

    def fetch(
        self, url: str, path: Path, *, hosts: tuple[str, ...], deadline: float, stopping: threading.Event
    ) -> Downloaded:
        """Download one URL into `path`, where a file is afterwards only if the download came whole.

        `hosts` are the names that may be asked, at every redirect too; `deadline` is the caller's own end
        (`time.monotonic()`).

        Raises:
            SourceLost: FORBIDDEN_SOURCE or TOO_LARGE.
            SourceTrouble: SOURCE_UNREACHABLE, SOURCE_TROUBLE, SOURCE_BUSY, SOURCE_SLOW, CUT_OFF, SOURCE_GONE,
                SOURCE_REFUSED, CONTENT_ENCODED or TOO_MANY_REDIRECTS; FORBIDDEN_SOURCE after a redirect,
                and of a name that leads inwards.
            TryLater: STOPPING or OUT_OF_TIME.
            OSError: if the file cannot be written.
        """
        url = bare_link(url)  # older dead letters hold what their bodies said around a link
        began = time.monotonic()
        path.unlink(missing_ok=True)
        pace = Pace(
            until=began + self._limits.total_s,
            run_until=deadline,
            idle_s=self._limits.idle_s,
            window_s=self._limits.window_s,
            window_bytes=self._limits.window_bytes,
            wire_bytes=self._limits.max_bytes + _FRAMING_BYTES,
            stopping=stopping,
        )
        schemes: list[str] = []
        for hop in range(self._limits.redirects + 1):
            target = self._checked(url, hosts, redirected=hop > 0)
            schemes.append(target.scheme)
            if target.scheme == "http" and "https" in schemes:
                raise SourceTrouble(Reason.FORBIDDEN_SOURCE, "a redirect leads away from HTTPS")
            with self._answer(target, pace) as answer:
                location = redirect(answer.status, answer.headers)
                if location is None:
                    size, sha256, body = self._receive(answer, path)
                    return Downloaded(
                        path=path,
                        bytes=size,
                        sha256=sha256,
                        came_bytes=body.came_bytes,
                        undone=tuple(body.undone),
                        content_type=answer.headers.get("content-type", ""),
                        final_url_without_query=without_query(url),
                        download_ms=round((time.monotonic() - began) * 1000),
                    )
            url = _led_to(url, location)
        raise SourceTrouble(Reason.TOO_MANY_REDIRECTS, f"more than {self._limits.redirects} redirects")

    def _checked(self, url: str, hosts: tuple[str, ...], *, redirected: bool) -> Target:
        """Where a URL leads, through the gate. A redirect elsewhere is the origin's present word, and may pass."""
        try:
            return self._gate.check(url, hosts)
        except SourceLost as error:
            if not redirected:
                raise
            raise SourceTrouble(error.reason, f"redirected: {error.detail}") from error

    def close(self) -> None:
        """Close the connections that are kept; running downloads go on."""
        self._connections.close()

    @contextmanager
    def _answer(self, target: Target, pace: Pace) -> Iterator[HTTPResponse]:
        """The answer to a GET; its connection is kept only if the body was read to its end."""
        connection, answer = self._ask(target, pace)
        whole = False
        try:
            yield answer
            whole = answer.status in READ  # any other answer's body is left unread
        finally:
            answer.close()
            if whole:
                self._connections.keep(target, connection)
            else:
                connection.close()

    def _ask(self, target: Target, pace: Pace) -> tuple[Connection, HTTPResponse]:
        while True:
            connection, used_before = self._connections.take(target)
            try:
                set_out(connection, pace, self._limits.connect_s)
                connection.request(
                    "GET", target.target, headers=self._headers, preload_content=False, decode_content=False
                )
                return connection, connection.getresponse()
            except ConnectionError as error:
                connection.close()
                if used_before:
                    continue  # the origin closed it while it was idle: no answer of its to this request
                raise SourceTrouble(Reason.SOURCE_UNREACHABLE, f"{target.host}: {told(error)}") from error
            except OSError as error:
                connection.close()
                raise SourceTrouble(Reason.SOURCE_UNREACHABLE, f"{target.host}: {told(error)}") from error
            except (HTTPException, HTTPError, ValueError) as error:
                connection.close()
                raise SourceTrouble(Reason.SOURCE_TROUBLE, f"{target.host}: the answer is no HTTP") from error
            except BaseException:
                connection.close()
                raise

    def _receive(self, answer: HTTPResponse, path: Path) -> tuple[int, str, UncodedBody]:
        """Write the body of a good answer to the file, its codings undone; its size and SHA-256."""
        limit = self._limits.max_bytes
        body, plain = _opened(answer, limit)
        size, digest = 0, hashlib.sha256()
        try:
            with path.open("wb") as file:
                for piece in plain:
                    size += len(piece)
                    if max(size, body.came_bytes) > limit:
                        raise SourceLost(Reason.TOO_LARGE, f"more than {limit} bytes came")  # noqa: TRY301
                    digest.update(piece)
                    file.write(piece)
            if size == 0:
                raise SourceTrouble(Reason.CUT_OFF, "the body is empty")  # noqa: TRY301
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return size, digest.hexdigest(), body


def _opened(answer: HTTPResponse, limit: int) -> tuple[UncodedBody, Iterator[bytes]]:
    """The body of a good answer, and its plain bytes; of one that is refused, if it begins like an image all the same.

    Raises:
        SourceTrouble: what the answer means.
        SourceLost: TOO_LARGE, by what is declared.
    """
    refused = refusal(answer.status, answer.headers)
    if refused is not None and not may_bring(answer.status, answer.headers):
        raise refused
    if refused is None and answer.length_remaining is not None and answer.length_remaining > limit:
        raise SourceLost(Reason.TOO_LARGE, f"{answer.length_remaining} bytes are declared; {limit} are taken")
    body = UncodedBody(_pieces(answer), codings(answer.headers))
    answer.headers.discard("content-encoding")  # urllib3 refuses to read where more than five are named
    try:
        plain = iter(body)
    except SourceTrouble as trouble:
        if refused is None:
            raise
        raise refused from trouble
    if refused is not None and not body.is_image:
        raise refused
    return body, plain


def _led_to(url: str, location: str) -> str:
    """Where a redirect of this URL leads; `urljoin` stumbles over a place that it cannot read."""
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise SourceTrouble(Reason.FORBIDDEN_SOURCE, "redirected: the link cannot be read") from error


def _pieces(answer: HTTPResponse) -> Iterator[bytes]:
    """The body as it comes; what breaks the stream becomes trouble with the source."""
    try:
        yield from answer.stream(_PIECE_BYTES, decode_content=False)
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        cause = error.__cause__ if isinstance(error, HTTPError) else error
        if isinstance(cause, OSError):
            raise SourceTrouble(Reason.SOURCE_UNREACHABLE, f"while the body came: {told(cause)}") from error
        raise SourceTrouble(Reason.CUT_OFF, "the body ended before all of it had come") from error
