"""TLS with Redis: are its files there, and what is not verified?"""

from __future__ import annotations

import logging
import ssl

from archive.errors import SettingsRefused
from archive.queue.redis_address import Tls
from archive.queue.redis_url import read_redis_url

log = logging.getLogger(__name__)


def refuse_unreadable(redis_url: str) -> None:
    """Read the files that REDIS_URL names, as each connection will.

    Raises:
        SettingsRefused: if one cannot be used; the parameter is named, and no part of the URL.
    """
    tls = read_redis_url(redis_url).tls
    if tls is None:
        return
    problems = [
        f"REDIS_URL: {problem}. Expected: a file that this process may read."
        for problem in (_authorities(tls), _certificate(tls))
        if problem
    ]
    if problems:
        raise SettingsRefused(problems)


def warn_of(redis_url: str) -> None:
    """Say what is left out on purpose, once a process starts."""
    tls = read_redis_url(redis_url).tls
    if tls is not None and not tls.verify:
        log.warning(
            "REDIS_URL says ssl_cert_reqs=none: Redis's certificate is not verified, and whoever is in between "
            "reads the password and every bell"
        )
    elif tls is not None and not tls.check_hostname:
        log.warning(
            "REDIS_URL says ssl_check_hostname=false: any certificate of a trusted authority is taken for Redis's"
        )


def _authorities(tls: Tls) -> str:
    if not tls.ca_certs:
        return ""
    try:
        ssl.create_default_context(cafile=tls.ca_certs)
    except (OSError, ssl.SSLError, ValueError) as error:
        return f"the file of ssl_ca_certs holds no certificates in PEM, or cannot be read ({_why(error)})"
    return ""


def _certificate(tls: Tls) -> str:
    if not tls.certfile:
        return ""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        # A key with a passphrase would ask for it on the terminal.
        context.load_cert_chain(tls.certfile, tls.keyfile or None, password=lambda: "")
    except (OSError, ssl.SSLError, ValueError) as error:
        return f"ssl_certfile and ssl_keyfile hold no certificate with its key ({_why(error)})"
    return ""


def _why(error: Exception) -> str:
    return getattr(error, "strerror", "") or getattr(error, "reason", "") or "what stands in them is neither"
