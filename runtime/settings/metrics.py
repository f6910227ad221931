"""Where a process tells its metrics."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runtime.settings.group import Group


class MetricsSettings(Group, frozen=True, kw_only=True):
    """Where a Prometheus asks a process for its metrics. Each process of one host needs a port of its own."""

    metrics_port: Annotated[
        int,
        Meta(ge=0, le=65_535, description="The port on which a process tells its metrics; 0: none are told."),
    ] = 0
    metrics_host: Annotated[
        str,
        Meta(
            min_length=1,
            description="The address that this port is opened on; others than loopback should be reached by your Prometheus alone.",
        ),
    ] = "127.0.0.1"
