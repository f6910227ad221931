"""A Caddyfile of `infra/deploy` as it stands, with this machine's name and port, and certificates of its own authority."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from infra.local.ports import free_block
from tests.integration.door.front import program, running
from tests.pace import until

# What stands in for the domain of a deployment.
NAME = "localhost"
AUTHORITY_S = 20.0
_HERE = """
{{
    admin off
    persist_config off
    auto_https disable_redirects
    https_port {port}
    default_bind 127.0.0.1
    local_certs
    skip_install_trust
}}
"""


class Site(NamedTuple):
    """Where a Caddy listens, and the file of the authority that its certificates are of."""

    port: int
    authority: Path

    @property
    def url(self) -> str:
        """What people would reach it under."""
        return f"https://{NAME}:{self.port}"

    @property
    def trust(self) -> ssl.SSLContext:
        """A context that believes its authority alone."""
        return ssl.create_default_context(cafile=str(self.authority))

    def shakes_hands(self) -> bool:
        """Whether it has its certificate by now."""
        try:
            with (
                socket.create_connection(("127.0.0.1", self.port), 5) as plain,
                self.trust.wrap_socket(plain, server_hostname=NAME),
            ):
                return True
        except OSError:
            return False


@contextlib.contextmanager
def caddy(folder: Path, caddyfile: Path, places: Mapping[str, str]) -> Iterator[Site]:
    """A Caddy with this file, in which what stands for a place is replaced; each must be there."""
    text = caddyfile.read_text(encoding="utf-8")
    for ours, here in places.items():
        assert ours in text
        text = text.replace(ours, here)
    port = free_block(1)
    folder.mkdir()
    config = folder / "Caddyfile"
    config.write_text(_HERE.format(port=port) + text, encoding="utf-8")
    site = Site(port, folder / "caddy/pki/authorities/local/root.crt")
    with running([program("caddy"), "run", "--config", str(config), "--adapter", "caddyfile"], folder, port):
        assert until(site.authority.exists, AUTHORITY_S)
        assert until(site.shakes_hands, AUTHORITY_S)
        yield site
