"""The console: where it listens, who may sign in, and how images reach the browser."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from msgspec import Meta

from runtime.settings.group import Group
from runtime.settings.kinds import Names, Networks, Secret
from runtime.settings.people import Person, read_people


class ConsoleDoorSettings(Group, frozen=True, kw_only=True):
    """How people reach the console, and who they are."""

    console_host: Annotated[str, Meta(description="The address that the console listens on.")] = "127.0.0.1"
    console_port: Annotated[
        int, Meta(ge=0, le=65_535, description="The port that the console listens on.")
    ] = 8444
    console_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?)?$",
            description="The address under which people open the console: https://host; empty: its own, on this machine.",
        ),
    ] = ""
    console_users: Annotated[
        Secret,
        Meta(
            description="Who signs in with a password: name:role:hash, parted by spaces; `fixative user` makes one."
        ),
    ] = Secret("")
    console_identity_header: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9-]{0,64}$",
            extra={"form": "up to 64 letters, digits and hyphens"},
            description="Header in which a proxy of CONSOLE_PROXIES names who is signed in there; empty: none is believed.",
        ),
    ] = ""
    console_proxies: Annotated[
        Networks,
        Meta(
            description="Addresses or networks of proxies in front of the console, whose identity header and X-Forwarded-For are believed."
        ),
    ] = Networks()
    console_operators: Annotated[
        Names,
        Meta(
            description="Who of those that a proxy names may replay, dismiss and mint; `*` for all. The others look."
        ),
    ] = Names()
    console_links: Annotated[
        bool,
        Meta(
            description="Whether `fixative open` makes links that sign in once, for the machine that the console listens on alone."
        ),
    ] = False
    console_presign: Annotated[
        bool,
        Meta(
            description="Whether browsers fetch images from the store itself, by links that live for minutes; `false`: through the console."
        ),
    ] = False

    @property
    def people(self) -> tuple[Person, ...]:
        """Who signs in with a password."""
        return read_people(self.console_users.reveal())

    @property
    def address(self) -> str:
        """Where people open it, without a slash at the end."""
        host = f"[{self.console_host}]" if ":" in self.console_host else self.console_host
        return self.console_url.rstrip("/") or f"http://{host}:{self.console_port}"

    @classmethod
    def contradictions(cls, values: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
        """A door that is open to others and not told by which name, over which passwords would go in the clear."""
        del environment
        try:
            read_people(values["console_users"].reveal())
        except ValueError as error:
            yield f"CONSOLE_USERS: {error}."
        own = is_own_machine(values["console_host"])
        url = urlsplit(values["console_url"])
        if not own and not values["console_url"]:
            yield "CONSOLE_HOST is open to others and CONSOLE_URL is not set. Expected: the address under which people open it."
        if url.scheme == "http" and not is_own_machine(url.hostname or ""):
            yield "CONSOLE_URL begins with http. Expected: https://host, else passwords would cross the network in the clear."
        if (
            bool(values["console_identity_header"]) != bool(values["console_proxies"])
            and values["console_identity_header"]
        ):
            yield "CONSOLE_IDENTITY_HEADER is set and CONSOLE_PROXIES is not. Expected: the proxies that are believed."
        if values["console_links"] and not own:
            yield "CONSOLE_LINKS is on and CONSOLE_HOST is open to others. Expected: links on one's own machine alone."


def is_own_machine(host: str) -> bool:
    """Whether only this very machine reaches this host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
