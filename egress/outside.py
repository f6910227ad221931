"""How an address of ours looks from where we stand: its name, its certificate, whether it is reached at all. Bounded.

For the doctor: nothing is sent but a handshake.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
from datetime import UTC, datetime
from typing import NamedTuple

from archive import connection_words
from archive.errors import FixativeError

# As long as a provider may wait for a connection, and more than any healthy one takes.
CONNECT_S = 5.0
# A name has a few addresses; of a longer list the first are tried.
ADDRESSES_MOST = 8


class NotReached(FixativeError):
    """A name that no resolver knows, or an address where nobody answers; the text says why."""


class Distrusted(FixativeError):
    """A certificate that nobody should believe: the text is OpenSSL's, `code` its number of the cause.

    https://docs.openssl.org/master/man1/openssl-verification-options/
    """

    def __init__(self, detail: str, code: int) -> None:
        super().__init__(detail)
        self.code = code


class Shown(NamedTuple):
    """What a handshake showed: until when the certificate is good, who signed it, which TLS is spoken."""

    expires_at: datetime
    issuer: str
    tls: str


def addresses_of(host: str, port: int) -> tuple[str, ...]:
    """The addresses that a name has, each once. Raises NotReached."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(f"{host} has no address: {connection_words.why(error)}") from error
    return tuple(dict.fromkeys(str(where[0]) for *_, where in found))


class Tried(NamedTuple):
    """An address that was tried: why it is not reached (empty: it is), and whether that is this machine's own affair."""

    address: str
    why: str = ""
    ours: bool = False


def tried(address: str, port: int) -> Tried:
    """Whether an address is reached within the time. A machine without IPv6 reaches no such address, whoever listens."""
    try:
        socket.create_connection((address, port), CONNECT_S).close()
    except OSError as error:
        ours = ":" in address and error.errno in {errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
        return Tried(address, connection_words.why(error), ours)
    return Tried(address)


def shown_by(host: str, port: int) -> Shown:
    """A handshake as any client's, which believes the authorities of this machine and of SSL_CERT_FILE.

    Raises:
        Distrusted: if the certificate is of no known authority, for another name, expired, or its chain not whole.
        NotReached: if nobody answers, or speaks no TLS.
    """
    context = ssl.create_default_context()
    try:
        with contextlib.ExitStack() as stack:
            plain = stack.enter_context(socket.create_connection((host, port), CONNECT_S))
            secure = stack.enter_context(context.wrap_socket(plain, server_hostname=host))
            told, tls = secure.getpeercert() or {}, secure.version() or ""
    except ssl.SSLCertVerificationError as error:
        raise Distrusted(error.verify_message, error.verify_code) from error
    except ssl.SSLError as error:
        raise NotReached(f"no TLS is spoken there, or none that we speak ({error.reason})") from error
    except OSError as error:
        raise NotReached(connection_words.why(error)) from error
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC)
    return Shown(ends, _issuer(told), tls)


def _issuer(told: ssl._PeerCertRetDictType) -> str:
    names = {str(pair[0]): str(pair[1]) for part in told.get("issuer", ()) for pair in part}
    return str(names.get("organizationName") or names.get("commonName") or "an authority without a name")
