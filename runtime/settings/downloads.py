"""Downloads: from where, how large, in which time."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runtime.settings.group import Group
from runtime.settings.kinds import Addresses, Names, Seconds


class DownloadSettings(Group, frozen=True, kw_only=True):
    """Where images may come from, and what one may cost."""

    download_connect_s: Annotated[
        Seconds, Meta(description="How long an origin may take to accept a connection.")
    ] = 5.0
    download_idle_s: Annotated[Seconds, Meta(description="How long an origin may send no byte.")] = 15.0
    download_s: Annotated[Seconds, Meta(description="How long one download may take in all.")] = 120.0
    # 8.29 MP of RGBA are at most 33 MB raw, the largest image that the models make.
    download_max_bytes: Annotated[int, Meta(ge=1024, description="The largest image taken, in bytes.")] = (
        52_428_800
    )
    allow_sources: Annotated[
        Addresses,
        Meta(
            description="HOST:PORT[,HOST:PORT] that images may come from besides the providers' hosts, plain HTTP included. For tests."
        ),
    ] = Addresses()
    source_hosts: Annotated[
        Names,
        Meta(
            description="More host suffixes that images may come from, over HTTPS: example.com[,cdn.example.net]."
        ),
    ] = Names()
