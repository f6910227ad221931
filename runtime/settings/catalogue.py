"""What stands in the catalogue besides."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runtime.settings.group import Group


class CatalogueSettings(Group, frozen=True, kw_only=True):
    """What the lines of the catalogue hold."""

    catalogue_prompts: Annotated[
        bool,
        Meta(
            description="Whether the beginning of a prompt stands in its task's line, so that lists are searched by its words. Prompts are personal data; `make up` says `true`, for one's own machine."
        ),
    ] = False
