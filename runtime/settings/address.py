"""Where the receiver is: for itself, and for providers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta

from runtime.settings.group import Group

PublicUrl = Annotated[
    str,
    Meta(
        pattern=r"^(https://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[^\s?#]*)?)?$",
        description="The receiver's public address, which `fixative url` mints for: https://host",
    ),
]


class AddressSettings(Group, frozen=True, kw_only=True):
    """Where providers reach the receiver."""

    public_url: PublicUrl = ""


class PublicAddress(AddressSettings, frozen=True, kw_only=True):
    """The same, where nothing can be done without it."""

    public_url: PublicUrl


class ListeningSettings(Group, frozen=True, kw_only=True):
    """Where the receiver itself listens, and with which certificate."""

    host: Annotated[str, Meta(description="The address that the receiver listens on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, description="The port that the receiver listens on.")] = 8443
    tls_cert: Annotated[str, Meta(description="File of the receiver's certificate chain (PEM).")] = ""
    tls_key: Annotated[str, Meta(description="File of the certificate's key (PEM).")] = ""

    @classmethod
    def contradictions(cls, values: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
        """A certificate without its key, or the reverse."""
        del environment
        if bool(values["tls_cert"]) != bool(values["tls_key"]):
            yield "TLS_CERT and TLS_KEY go together: one of them is empty. Expected: both files, or neither."
