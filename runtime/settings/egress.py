"""The way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta

from egress.proxy import EgressProxy, proxy_at
from runtime.settings.group import Group, sentence
from runtime.settings.kinds import Secret, is_proxy_url
from runtime.settings.mistakes import shape


class EgressSettings(Group, frozen=True, kw_only=True):
    """By which way images and task APIs are reached."""

    egress_proxy: Annotated[
        Secret,
        Meta(
            description="Proxy for image downloads and task APIs: http://[user:password@]host:port; empty: none. The environment's own proxies are ignored."
        ),
    ] = Secret("")

    @property
    def proxy(self) -> EgressProxy | None:
        """The proxy, where there is one."""
        return proxy_at(self.egress_proxy.reveal())

    @classmethod
    def contradictions(cls, values: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
        """A URL that is none of a proxy; no word of it is shown."""
        del environment
        url = values["egress_proxy"].reveal()
        if url and not is_proxy_url(url):
            yield f"EGRESS_PROXY ({shape(url)}): no URL of a proxy. Expected: {sentence(cls, 'egress_proxy')}"
