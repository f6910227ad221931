"""The log."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runtime.settings.group import Group


class LogSettings(Group, frozen=True, kw_only=True):
    """How much is said in the log."""

    log_level: Annotated[
        str,
        Meta(
            pattern=r"^(debug|info|warning|error)$",
            description="How much is logged: debug, info, warning or error.",
        ),
    ] = "info"
