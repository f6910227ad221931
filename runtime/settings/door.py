"""The door: what the receiver takes, from whom, and in which time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta

from runtime.settings.group import Group
from runtime.settings.kinds import Networks, Seconds, Secret
from runtime.settings.mistakes import no_header

# A random token of so many letters and digits has over 80 bits.
API_TOKEN_MIN_CHARACTERS = 16


class DoorSettings(Group, frozen=True, kw_only=True):
    """How the receiver takes callbacks and orders."""

    trusted_proxies: Annotated[
        Networks,
        Meta(
            description="Addresses or networks of proxies whose X-Forwarded-Proto and -For are believed; `*` for all."
        ),
    ] = Networks()
    spool_dir: Annotated[
        str,
        Meta(
            description="Folder on a disk that outlives the host, for deliveries while S3 is away; empty: no spool."
        ),
    ] = ""
    spool_max_bytes: Annotated[
        int, Meta(ge=1_048_576, description="How much the spool may hold before the door answers 503.")
    ] = 1_073_741_824
    # A fast 503 buys the provider's next try: four tries in 7 s, 10 s each
    # (https://docs.evolink.ai/en/api-manual/image-series/gpt-image-2/gpt-image-2-image-generation).
    accept_s: Annotated[Seconds, Meta(description="Nothing durable within this time: 503.")] = 2.0
    accept_s3_s: Annotated[
        Seconds, Meta(description="How long S3 may take in all before the spool is used.")
    ] = 1.5
    body_s: Annotated[Seconds, Meta(description="How long a body may take to arrive.")] = 5.0
    # Callback bodies are about 1 KB; 1 MiB is room for a thousand links.
    body_max_bytes: Annotated[
        int, Meta(ge=1024, le=16_777_216, description="The largest body taken; more is 413.")
    ] = 1_048_576
    header_s: Annotated[
        Seconds, Meta(description="How long a handshake, and then a request's header, may take to arrive.")
    ] = 5.0
    # Longer than any common balancer keeps an idle connection, so that it is never we who close one that it is about to
    # use: a request that is on its way then is lost. Google's keep theirs for 600 s (docs/operations.md has a table).
    idle_s: Annotated[
        Seconds,
        Meta(
            description="How long a connection is kept without a request: longer than the balancer in front keeps it."
        ),
    ] = 620.0
    connections_max: Annotated[
        int,
        Meta(
            ge=8, le=65_536, description="Connections that a receiver holds; the idlest leaves for one more."
        ),
    ] = 1000
    connections_per_client: Annotated[
        int,
        Meta(
            ge=4,
            le=65_536,
            description="The same of one IPv4 address or IPv6 /64; proxies that are trusted have no such bound.",
        ),
    ] = 250
    api_token: Annotated[
        Secret,
        Meta(
            description="Bearer token of POST /orders and GET /tasks, 16 characters or more; empty: there are no such addresses."
        ),
    ] = Secret("")

    @classmethod
    def contradictions(cls, values: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
        """A token that can be guessed or never be sent, and no time that is left for the spool."""
        del environment
        token = values["api_token"]
        if token and len(token.reveal()) < API_TOKEN_MIN_CHARACTERS:
            yield f"API_TOKEN is too short. Expected: {API_TOKEN_MIN_CHARACTERS} characters or more, chosen at random."
        yield from no_header("API_TOKEN", token)
        if values["accept_s3_s"] >= values["accept_s"]:
            yield "ACCEPT_S3_S is not less than ACCEPT_S. Expected: time left for the spool."
