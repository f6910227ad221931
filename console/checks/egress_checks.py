"""Does the way out work? The egress proxy, where one is set, is asked for what workers ask it for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from urllib.parse import urlsplit

from archive.errors import ProxyTrouble
from console.checks.check import Check
from egress.outside import CONNECT_S
from egress.proxy import ConnectRefused, EgressProxy
from runtime.settings.task_apis import TaskApis

# An address that leads nowhere: https://www.rfc-editor.org/rfc/rfc5737
NOBODY = "192.0.2.1"
MEND = "Mend EGRESS_PROXY, the proxy or its rules (docs/operations.md, Behind an egress proxy); images wait for it."
_HTTPS_PORT = 443
_PORTS = {"https": _HTTPS_PORT, "http": 80}


def egress_checks(proxy: EgressProxy, apis: TaskApis) -> Iterator[Check]:
    """The proxy itself, and each host of a task API that a key is there for. Nothing is said through a tunnel."""
    itself = _asked(proxy, NOBODY, _HTTPS_PORT, "egress proxy")
    yield itself
    if not itself.ok:
        return
    for host, port in sorted({_place(api.base) for api in apis.values() if api.key}):
        yield _asked(proxy, host, port, f"egress to {host}")


def _asked(proxy: EgressProxy, host: str, port: int, name: str) -> Check:
    """What the proxy says when it is asked for a host. Nobody's address it need not reach, and its rules may refuse it."""
    try:
        with closing(proxy.open(host, port, CONNECT_S)):
            return Check(name, f"{proxy.host}:{proxy.port} lets it through")
    except ConnectRefused as refusal:
        if host != NOBODY or refusal.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return Check(name, problem=f"{refusal.detail}{_meaning(refusal.status)}", mend=MEND)
    except ProxyTrouble as error:
        return Check(name, problem=error.detail, mend=MEND)
    except OSError as error:
        if host != NOBODY:
            return Check(
                name, problem=f"the egress proxy does not reach it: {error or 'it is silent'}", mend=MEND
            )
    return Check(name, f"{proxy.host}:{proxy.port} answers")


def _meaning(status: int) -> str:
    """What a refusal of CONNECT says, in words: https://www.rfc-editor.org/rfc/rfc9110#status.407."""
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return ": it does not take the user and password of EGRESS_PROXY"
    return ": its rules do not let this host pass"


def _place(base: str) -> tuple[str, int]:
    parts = urlsplit(base)
    return parts.hostname or "", parts.port or _PORTS[parts.scheme]
