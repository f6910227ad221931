"""The task APIs that the settings name."""

from __future__ import annotations

from importlib.metadata import version

from archive.errors import SettingsRefused
from egress.proxy import proxy_at
from egress.task_api import TaskApi
from providers.registry import PROVIDERS
from runtime.settings import Settings


def open_task_api(settings: Settings, provider: str) -> TaskApi:
    """The task API of a provider.

    Raises:
        SettingsRefused: if its key is not set.
    """
    base, key = settings.task_api(provider)
    if not key:
        raise SettingsRefused(
            [
                f"{provider.upper()}_API_KEY is not set. Expected: the key of {PROVIDERS[provider].title}'s API."
            ]
        )
    return TaskApi(
        PROVIDERS[provider],
        base,
        key.reveal(),
        user_agent=f"Fixative/{version('fixative')} (command)",
        proxy=proxy_at(settings.egress_proxy.reveal()),
    )
