"""The gate: every connection that a download makes goes out through here, or not at all."""

from __future__ import annotations

import os
import re
import socket
import ssl
import threading
import time
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, quote, urlsplit

from archive.errors import ProxyTrouble, SourceLost, SourceTrouble
from archive.reasons import Reason
from egress.networks import forbidden
from egress.proxy import EgressProxy, NotReached

MAX_URL_CHARACTERS: Final = 8_192  # what servers take at most; signed links have about 1,500
_SCHEME_CHARACTERS: Final = 20  # of what a stranger wrote
MAX_LOOKUPS: Final = 16  # at the same time: a resolver that hangs must not gather threads without end
_HTTPS_PORT: Final = 443
_HTTP_PORT: Final = 80
_LEAST_S: Final = 0.001  # a timeout of zero would mean non-blocking

# Letters, digits and hyphens: what a name in the allow-list can be. A name of another script (or digits
# of another script, which the IDNA codec turns into plain ones) is refused; its `xn--` form passes.
_LABEL: Final = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_HOST: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*")
_AUTHORITY: Final = re.compile(r"\A[^/?#]*//([^/?#]*)")
# What RFC 3986 lets stand; everything else in path and query is percent-encoded, nothing is decoded.
_STANDS: Final = "%/?:@!$&'()*+,;=~[]"

# What getaddrinfo answers: family, type, protocol, canonical name, socket address.
Resolved = tuple[int, int, int, str, tuple[Any, ...]]
Resolve = Callable[[str, int], list[Resolved]]
# How an address is connected to, within so many seconds.
Reach = Callable[[Resolved, float], socket.socket]


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked of whom: `target` is path and query as they go over the wire."""

    scheme: str
    host: str
    port: int
    target: str


def resolve(host: str, port: int) -> list[Resolved]:
    """Ask the system's resolver, without a bound on its time."""
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP))


class Gate:
    """Decides which URLs may be fetched and makes their connections.

    `allowed` are addresses HOST:PORT that a setting opened for tests: exactly those, plain HTTP included.
    `resolve` is the resolver; a test brings its own. With a `proxy` every connection leads through it, to the
    same address that was checked here: the proxy is given no name, so that none can change its mind there. Only
    where a place is the operator's own (`by_name`) is the proxy asked for its name, since it may be the only one
    that can resolve it.
    """

    def __init__(
        self,
        allowed: frozenset[tuple[str, int]],
        *,
        resolve: Resolve = resolve,
        proxy: EgressProxy | None = None,
        by_name: bool = False,
    ) -> None:
        self._allowed = allowed
        self._by_name = by_name
        self._resolve = resolve
        self._proxy = proxy
        self._lookups = threading.BoundedSemaphore(MAX_LOOKUPS)

    def check(self, url: str, hosts: tuple[str, ...]) -> Target:
        """Read a URL and say what it asks of whom; nothing is sent or resolved.

        `hosts` are the names whose own and whose subdomains' links are believed; behind a `=`, the name's own alone.

        Raises:
            SourceLost: FORBIDDEN_SOURCE, with what is wrong.
        """
        parts = _parts(url)
        host = (parts.hostname or "").lower()
        port = _port(parts)
        if (host, port) not in self._allowed:
            _refuse_unless_public(parts.scheme, host, port, hosts)
        target = parts.path or "/"
        if parts.query:
            target = f"{target}?{parts.query}"
        return Target(parts.scheme, host, port, quote(target, safe=_STANDS))

    def connect(self, host: str, port: int, timeout_s: float) -> socket.socket:
        """Connect to an address of the host that was checked; `timeout_s` bounds it all.

        The name is resolved once, and refused if any of its addresses is forbidden.

        Raises:
            SourceTrouble: SOURCE_UNREACHABLE, if the name does not resolve or nobody answers in time; FORBIDDEN_SOURCE.
            ProxyTrouble: if there is a proxy, and it is away or refuses.
        """
        until = time.monotonic() + timeout_s
        if self._proxy is not None and self._by_name and (host, port) in self._allowed:
            return self._named(self._proxy, host, port, until)
        answers = self._answers(host, port, until)
        if (host, port) not in self._allowed:
            for answer in answers:
                name = forbidden(str(answer[4][0]))
                if name is not None:
                    # A resolver's word, which may be another a minute later.
                    raise SourceTrouble(
                        Reason.FORBIDDEN_SOURCE, f"{host} resolves to a forbidden address ({name})"
                    )
        return _first_to_answer(host, answers, until, self._reach)

    def _reach(self, answer: Resolved, share_s: float) -> socket.socket:
        """Connect to an address that was checked: straight, or by way of the proxy."""
        if self._proxy is None:
            return _straight(answer, share_s)
        until = time.monotonic() + share_s
        sock = self._at_proxy(self._proxy, until)
        try:
            self._proxy.ask(sock, str(answer[4][0]), int(answer[4][1]), until)
        except BaseException:
            sock.close()
            raise
        return sock

    def _named(self, proxy: EgressProxy, host: str, port: int, until: float) -> socket.socket:
        """Have the proxy find a host by its name."""
        sock = self._at_proxy(proxy, until)
        try:
            proxy.ask(sock, host, port, until)
        except OSError as error:
            sock.close()
            raise SourceTrouble(Reason.SOURCE_UNREACHABLE, f"{host}: {told(error)}") from error
        except BaseException:
            sock.close()
            raise
        return sock

    def _at_proxy(self, proxy: EgressProxy, until: float) -> socket.socket:
        """A connection to the proxy itself, which is the operator's: its address is not held against the table."""
        try:
            found = self._answers(proxy.host, proxy.port, until)
            return _first_to_answer(proxy.host, found, until, _straight)
        except SourceTrouble as error:
            why = error.detail.removeprefix(f"{proxy.host}: ")
            raise ProxyTrouble(f"the egress proxy cannot be reached: {why}") from error

    def _answers(self, host: str, port: int, until: float) -> list[Resolved]:
        """Resolve in a thread of its own, since getaddrinfo takes no timeout."""
        if not self._lookups.acquire(timeout=max(until - time.monotonic(), _LEAST_S)):
            raise SourceTrouble(Reason.SOURCE_UNREACHABLE, f"{host}: the resolver is busy")
        asked: Future[list[Resolved]] = Future()

        def look_up() -> None:
            try:
                asked.set_result(self._resolve(host, port))
            except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
                asked.set_exception(error)
            finally:
                self._lookups.release()

        # A daemon, so that a resolver that hangs cannot hold up the end of the process.
        threading.Thread(target=look_up, name="resolve", daemon=True).start()
        try:
            answers = asked.result(timeout=max(until - time.monotonic(), _LEAST_S))
        except TimeoutError as error:
            raise SourceTrouble(Reason.SOURCE_UNREACHABLE, f"{host}: the resolver is too slow") from error
        except (OSError, UnicodeError) as error:
            raise SourceTrouble(Reason.SOURCE_UNREACHABLE, f"{host}: the name does not resolve") from error
        if not answers:
            raise SourceTrouble(Reason.SOURCE_UNREACHABLE, f"{host}: the name has no address")
        return answers


def _parts(url: str) -> SplitResult:
    """Split a URL, refusing what two parsers could read in two ways."""
    if url[:5].lower() == "data:":
        raise _refused("the link is a data: URI, which is taken within a body and nowhere else")
    if len(url) > MAX_URL_CHARACTERS:
        raise _refused(f"the link is longer than {MAX_URL_CHARACTERS} characters")
    # urlsplit would drop tabs and line breaks silently, and a surrogate cannot be sent at all.
    if url != url.strip() or any(unicodedata.category(character) in {"Cc", "Cs"} for character in url):
        raise _refused("the link holds control characters or spaces around it")
    # Nor would it take a host of another script as it stands, but normalise it, in time with the square of its length.
    authority = _AUTHORITY.match(url)
    if authority is not None and not authority[1].isascii():
        raise _refused("the link's host is no plain name")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _refused("the link cannot be read") from error
    if not parts.scheme:
        raise _refused("the link has no scheme: it is no whole URL")
    if parts.scheme not in {"https", "http"}:
        raise _refused(f"the link is not HTTPS but {parts.scheme[:_SCHEME_CHARACTERS]}:")
    if "@" in parts.netloc:
        raise _refused("the link names a user")
    if "\\" in parts.netloc:
        raise _refused("the link has a backslash in its host")
    return parts


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError as error:
        raise _refused("the link's port is no port") from error
    if port is not None:
        return port
    return _HTTPS_PORT if parts.scheme == "https" else _HTTP_PORT


def _refuse_unless_public(scheme: str, host: str, port: int, hosts: tuple[str, ...]) -> None:
    if scheme != "https":
        raise _refused("the link is not HTTPS")
    if port != _HTTPS_PORT:
        raise _refused(f"the link's port is {port}, not 443")
    if _HOST.fullmatch(host) is None:
        raise _refused("the link's host is no plain name")
    if _NUMBER.fullmatch(host.rpartition(".")[2]) is not None:  # no top-level domain is a number
        raise _refused("the link names an address instead of a host")
    if not any(_is_of(host, name.lower()) for name in hosts):
        raise _refused(f"{host} is none of the provider's hosts")


def _is_of(host: str, name: str) -> bool:
    """Whether a host is this one (`=files.example`), or this one or below it (`example`)."""
    if name.startswith("="):
        return host == name[1:]
    name = name.lstrip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _first_to_answer(host: str, answers: list[Resolved], until: float, reach: Reach) -> socket.socket:
    """Try each address in turn, each with its share of the time that is left.

    The socket keeps what is left as its timeout, so that a TLS handshake falls under the same bound.
    """
    trouble = "nobody answers"
    for tried, answer in enumerate(answers):
        left_s = until - time.monotonic()
        if left_s <= 0:
            break
        try:
            sock = reach(answer, left_s / (len(answers) - tried))
        except OSError as error:
            trouble = told(error)
        else:
            sock.settimeout(max(until - time.monotonic(), _LEAST_S))
            return sock
    raise SourceTrouble(Reason.SOURCE_UNREACHABLE, f"{host}: {trouble}")


def _straight(answer: Resolved, share_s: float) -> socket.socket:
    family, kind, protocol, _, address = answer
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(share_s)
        sock.connect(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def told(error: OSError) -> str:
    """What went wrong with a connection, in words that hold no address."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or 'the connection ended'}"
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, NotReached):
        return str(error)
    return os.strerror(error.errno) if error.errno else "hung up without an answer"


def _refused(detail: str) -> SourceLost:
    return SourceLost(Reason.FORBIDDEN_SOURCE, detail)
