"""Requests of our own to receivers and to the simulator: bounded, never redirected, trusting SSL_CERT_FILE."""

from __future__ import annotations

import ssl
import time
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3

from archive.errors import FixativeError

# EvoLink waits as long for the answer to a callback.
ANSWER_S = 10.0


class NoAnswer(FixativeError):
    """Nobody answered, or nobody to be trusted."""


class Answer(NamedTuple):
    """What was answered, and how fast."""

    status: int
    body: bytes
    took_ms: int


def ask(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    timeout_s: float = ANSWER_S,
) -> Answer:
    """One request and its whole answer.

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
                timeout=urllib3.Timeout(total=timeout_s),
            )
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise NoAnswer(f"{place(url)}: {_why(error, timeout_s)}") from error
    return Answer(answer.status, answer.data, round((time.monotonic() - began) * 1000))


def place(url: str) -> str:
    """Scheme and host of a URL: its path may hold a ticket."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _why(error: Exception, timeout_s: float) -> str:
    if isinstance(error, urllib3.exceptions.SSLError):
        return f"its certificate is not trusted ({error}); SSL_CERT_FILE names an authority to trust"
    # The narrower first: in urllib3 these two are time-outs as well.
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "no such host"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "nobody listens there"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return f"no answer within {timeout_s:g} s"
    return type(error).__name__
