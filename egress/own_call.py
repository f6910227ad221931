"""Requests of our own to receivers and to the simulator: bounded, never redirected, trusting SSL_CERT_FILE."""

from __future__ import annotations

import ssl
import time
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3

from archive import connection_words
from archive.errors import FixativeError

# EvoLink waits as long for the answer to a callback.
ANSWER_S = 10.0
# What we ask for is a few hundred bytes, and of a task at the simulator a few thousand.
ANSWER_MAX_BYTES = 1_048_576


class NoAnswer(FixativeError):
    """Nobody answered, or nobody to be trusted; `distrust` says what is wrong with the certificate, where that is it."""

    def __init__(self, detail: str, distrust: str = "") -> None:
        super().__init__(detail)
        self.distrust = distrust


class Reply(NamedTuple):
    """What was answered, and how fast; `location` is where a redirect leads to."""

    status: int
    body: bytes
    took_ms: int
    location: str = ""


def ask(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    timeout_s: float = ANSWER_S,
) -> Reply:
    """One request and its answer, of which no more than `ANSWER_MAX_BYTES` are read, within twice the time.

    Raises:
        NoAnswer: with why, and without what stands in the URL behind the host.
    """
    began = time.monotonic()
    try:
        # The default context reads SSL_CERT_FILE, which the local stack sets to its own authority.
        with urllib3.PoolManager(ssl_context=ssl.create_default_context(), retries=False) as pool:
            answer: Any = pool.request(
                method,
                url,
                body=body,
                headers=headers or {},
                redirect=False,
                preload_content=False,
                timeout=urllib3.Timeout(total=timeout_s),
            )
            # urllib3's time is that until an answer begins, and then of each silence.
            content = _content(answer, began + 2 * timeout_s)
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise NoAnswer(f"{place(url)}: {_why(error, timeout_s)}", _distrust(error)) from error
    took_ms = round((time.monotonic() - began) * 1000)
    return Reply(answer.status, content, took_ms, answer.headers.get("location", ""))


def place(url: str) -> str:
    """Scheme and host of a URL: its path may hold a ticket."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _content(answer: Any, ends: float) -> bytes:
    """The body of an answer, cut where it is longer than any of ours."""
    content = bytearray()
    while len(content) < ANSWER_MAX_BYTES and (piece := answer.read1(ANSWER_MAX_BYTES - len(content))):
        content += piece
        if time.monotonic() > ends:
            raise TimeoutError
    return bytes(content)


def _distrust(error: Exception) -> str:
    """What is wrong with a certificate, in OpenSSL's words; empty where that is not it."""
    inner = error.args[0] if error.args else None
    return inner.verify_message if isinstance(inner, ssl.SSLCertVerificationError) else ""


def _why(error: Exception, timeout_s: float) -> str:
    if _distrust(error):
        return (
            f"its certificate is not trusted ({_distrust(error)}); SSL_CERT_FILE names an authority to trust"
        )
    if isinstance(error, urllib3.exceptions.SSLError):
        return f"no TLS is spoken there, or none that we speak ({error})"
    words = connection_words.why(error)
    return f"no answer within {timeout_s:g} s" if words == connection_words.LATE else words
