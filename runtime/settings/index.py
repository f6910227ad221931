"""The index on this machine, which the command and the console ask."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runtime.settings.group import Group


class IndexSettings(Group, frozen=True, kw_only=True):
    """The index: what the catalogue says, in a file on this machine, to be asked quickly."""

    index_folder: Annotated[
        str,
        Meta(
            description="The folder of the index; empty: `fixative` in the user's folder for caches (XDG_CACHE_HOME, else ~/.cache)."
        ),
    ] = ""
