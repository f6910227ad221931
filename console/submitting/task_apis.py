"""The task APIs that the settings name."""

from __future__ import annotations

from archive.errors import SettingsRefused
from egress.aside import Aside
from egress.task_api import TaskApi
from providers.registry import PROVIDERS
from runtime.heartbeat import our_version
from runtime.settings.egress import EgressSettings
from runtime.settings.task_apis import TaskApis, key_variable


def open_task_api(
    apis: TaskApis, egress: EgressSettings, provider: str, aside: Aside | None = None
) -> TaskApi:
    """The task API of a provider.

    Raises:
        SettingsRefused: if its key is not set.
    """
    known, (base, key) = PROVIDERS[provider], apis[provider]
    if not key:
        raise SettingsRefused(
            [f"{key_variable(known)} is not set. Expected: the key of {known.title}'s API."]
        )
    agent = f"Fixative/{our_version()} (command)"
    return TaskApi(known, base, key.reveal(), user_agent=agent, proxy=egress.proxy, aside=aside)
