"""The parts of a REDIS_URL: host, path, parameters, each checked. Pure.

Each function raises ValueError with what is wrong, in words that show nothing of the URL: a part of a password may
stand where a host should.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

from archive.queue.redis_address import Tls

# Redis counts them in an int: https://redis.io/docs/latest/operate/oss_and_stack/management/config-file/
DATABASE_MOST = 2_147_483_647
# sun_path of unix(7) has 108 bytes, the last of them zero.
SOCKET_PATH_MAX_BYTES = 107
ENCODE = "in a user name or a password write @ as %40, / as %2F, ? as %3F, # as %23, ; as %3B, % as %25"

# The two names of a value: redis-py's and kombu's.
DATABASE = ("db", "virtual_host")
# kombu's, and what a person may expect beside sentinel_password.
MASTER = ("master_name", "sentinel_master")
TLS = ("ssl_cert_reqs", "ssl_check_hostname", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile")

# Of a name each label has 63 characters at most: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
# Python raises for a longer one what is no error of a connection.
_LABEL = re.compile(r"[a-z0-9_][a-z0-9_-]{0,62}")
HOST_MAX_CHARACTERS = 253
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# A client verifies with `optional` as with `required`: https://docs.python.org/3/library/ssl.html#ssl.CERT_OPTIONAL
_VERIFY = {
    **dict.fromkeys(("required", "cert_required", "optional", "cert_optional"), True),
    **dict.fromkeys(("none", "cert_none"), False),
}
_TRUTH = {**dict.fromkeys(("true", "1", "yes"), True), **dict.fromkeys(("false", "0", "no"), False)}


def decoded(text: str) -> str:
    """A part without its percent-encoding."""
    if _BROKEN_ESCAPE.search(text):
        raise ValueError(f"a % in it begins no percent-encoded character; {ENCODE}")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise ValueError("what is percent-encoded in it is no UTF-8") from error


def host_in(where: str, default_port: int) -> tuple[str, int]:
    """A host with its port."""
    try:
        parts = urlsplit(f"redis://{where}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"its port is no number from 1 to 65535; {ENCODE}") from error
    if where.endswith(":") or port == 0:
        raise ValueError("its port is no number from 1 to 65535")
    if not host:
        raise ValueError("it names no host")
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError as error:
            raise ValueError("its host is no IPv6 address") from error
        if "%" in host:
            raise ValueError("its host is an IPv6 address of one interface, which no library here takes")
    elif not _is_name(host):
        raise ValueError(f"its host is no host's name; {ENCODE}")
    return host, port or default_port


def _is_name(host: str) -> bool:
    labels = host.removesuffix(".").split(".")
    return len(host) <= HOST_MAX_CHARACTERS and all(_LABEL.fullmatch(label) for label in labels)


def socket_path_in(path: str) -> str:
    """The file of a Unix socket."""
    path = decoded(path)
    if not path.startswith("/") or path.endswith("/") or "\0" in path:
        raise ValueError("it names no file of a socket: redis+socket:///path, with three slashes")
    if len(path.encode()) > SOCKET_PATH_MAX_BYTES:
        raise ValueError(f"the path of a socket has {SOCKET_PATH_MAX_BYTES} bytes at most")
    return path


def parameters_in(query: str, known: Sequence[str]) -> Mapping[str, str]:
    """The parameters, each known and said once. A `+` is a plus: this is no form."""
    told: dict[str, str] = {}
    for word in query.split("&") if query else []:
        name, _, value = word.partition("=")
        if name not in known:
            hint = " (those that begin with ssl_ need rediss:// or sentinels://)" if name in TLS else ""
            raise ValueError(f"it holds a parameter that is not known{hint}. Known here: {', '.join(known)}")
        if name in told or not value:
            raise ValueError(f"its parameter {name} is empty, or stands twice")
        told[name] = decoded(value)
    return told


def database_in(path: str, parameters: Mapping[str, str]) -> int:
    """The number of the database, from the path or a parameter."""
    parameter = either(parameters, DATABASE)
    if path and parameter and path != parameter:
        raise ValueError("it names two databases")
    text = path or parameter or "0"
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(DATABASE_MOST))
    if not digits or int(text) > DATABASE_MOST:
        raise ValueError(f"its database is no number, such as 0: host:port/0; {ENCODE}")
    return int(text)


def tls_in(parameters: Mapping[str, str]) -> Tls:
    """How the certificate is verified: by default whole, the host's name included."""
    verify = _one_of(parameters, "ssl_cert_reqs", "required", _VERIFY)
    check = _one_of(parameters, "ssl_check_hostname", "true", _TRUTH)
    if "ssl_keyfile" in parameters and "ssl_certfile" not in parameters:
        raise ValueError("it has ssl_keyfile and no ssl_certfile")
    return Tls(
        verify=verify,
        check_hostname=verify and check,
        ca_certs=parameters.get("ssl_ca_certs", ""),
        certfile=parameters.get("ssl_certfile", ""),
        keyfile=parameters.get("ssl_keyfile", ""),
    )


def either(parameters: Mapping[str, str], names: tuple[str, str]) -> str:
    """A value that has two names; empty where it was not said."""
    told = {parameters[name] for name in names if name in parameters}
    if len(told) > 1:
        raise ValueError(f"its {' and '.join(names)} differ")
    return next(iter(told), "")


def _one_of(parameters: Mapping[str, str], name: str, otherwise: str, known: Mapping[str, bool]) -> bool:
    value = parameters.get(name, otherwise).lower()
    if value not in known:
        raise ValueError(f"its {name} is none of these: {', '.join(known)}")
    return known[value]
