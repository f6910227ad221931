"""Asking providers: when, how often, and what for."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runtime.settings.group import Group


class AskingSettings(Group, frozen=True, kw_only=True):
    """How long links live, and when a provider is asked for a task."""

    link_life_h: Annotated[
        float,
        Meta(
            ge=0, le=8760, description="How long result links live, in hours; 0: as each provider says (24)."
        ),
    ] = 0.0
    confirm_tasks: Annotated[
        bool,
        Meta(
            description="true: a task is asked for before its links or its failure are trusted, where the provider's API key is set."
        ),
    ] = False
    # Work that is planned further ahead than two hours is taken for that of a stepped clock (workers/leases.py).
    ask_first_s: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="How long after an order its task is first asked for, if nothing came; 0: as each provider says (600).",
        ),
    ] = 0.0
    ask_most_s: Annotated[
        float,
        Meta(gt=0, le=3600, description="The longest distance between two times that a task is asked for."),
    ] = 3600.0
