"""The work of a worker: how much at the same time, verified how, tried again when."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from runtime.settings.group import Group
from runtime.settings.kinds import Count, Seconds


class WorkSettings(Group, frozen=True, kw_only=True):
    """How much a worker does at the same time, and how it verifies images."""

    worker_threads: Annotated[
        Count, Meta(description="Tasks that a worker process has in hand at the same time.")
    ] = 16
    decoders: Annotated[int, Meta(ge=0, le=64, description="Child processes that verify; 0: one a core.")] = 0
    decode_s: Annotated[Seconds, Meta(description="How long the decoder may take over one image.")] = 20.0
    animated: Annotated[
        Literal["keep", "refuse"],
        Meta(description="keep or refuse images of more than one frame or picture (APNG, WebP, MPO)."),
    ] = "keep"
    decode_max_bytes: Annotated[int, Meta(ge=134_217_728, description="Address space of a decoder.")] = (
        1_073_741_824
    )


class SweepSettings(Group, frozen=True, kw_only=True):
    """When the sweep looks, and when trouble that passes is tried again."""

    inbox_grace_s: Annotated[
        Seconds, Meta(description="How long a batch waits for its bell before the sweep rings it.")
    ] = 60.0
    sweep_idle_s: Annotated[Seconds, Meta(description="Time between sweeps while nothing is due.")] = 15.0
    sweep_busy_s: Annotated[Seconds, Meta(description="Time between sweeps while there is work.")] = 2.0
    retry_first_s: Annotated[
        Seconds, Meta(description="The first distance to a later try; doubled each time, with jitter.")
    ] = 30.0
    retry_most_s: Annotated[Seconds, Meta(description="The longest distance to a later try.")] = 3600.0
