"""The log."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runtime.settings.group import Group


class LogSettings(Group, frozen=True, kw_only=True):
    """How much is said in the log, and in which form."""

    log_level: Annotated[
        str,
        Meta(
            pattern=r"^(debug|info|warning|error)$",
            description="How much is logged: debug, info, warning or error.",
        ),
    ] = "info"
    log_format: Annotated[
        str,
        Meta(
            pattern=r"^(text|json)$",
            description="What a line of the log is: text for people, or json, one object a line, for programs.",
        ),
    ] = "text"
