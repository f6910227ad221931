"""What a verb works at: the settings that it needs, the bucket, the doorbell, and where it speaks."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from archive.errors import SettingsRefused
from console import opening
from console.cli import local_stack, stack_file
from console.cli.output import Output
from runtime.environment import said
from runtime.settings.queue import QueueSettings
from runtime.settings.settings import Settings
from runtime.settings.store import DeploymentSettings, StoreSettings

if TYPE_CHECKING:
    from archive.queue.doorbell import Doorbell
    from archive.store.bucket import Bucket


Read = TypeVar("Read", bound=Settings)


class Reading(Settings, frozen=True):
    """What a verb needs that only looks."""

    store: StoreSettings


class Desk:
    """Opened by a verb for one run of it. Nothing connects before it is used."""

    def __init__(self, environment: MutableMapping[str, str], env_file: Path | None, output: Output) -> None:
        self.environment, self._env_file, self.output = environment, env_file, output

    def settings(self, kind: type[Read]) -> Read:
        """What a verb needs, from the environment or a file of the local stack; nothing else is looked at.

        Raises:
            SettingsRefused: with every problem, and where settings may stand.
            StackStopped: if they are those of a local stack that is not running.
        """
        hint = self._find_variables(kind.demanded())
        if any(issubclass(group, DeploymentSettings | QueueSettings) for group in kind.groups()):
            local_stack.refuse_stopped(self.environment)
        try:
            return kind.read(self.environment)
        except SettingsRefused as refusal:
            if hint:
                raise SettingsRefused([*refusal.problems, hint]) from refusal
            raise

    def open_bucket(self, store: StoreSettings) -> Bucket:
        """The bucket that the settings name. Raises SettingsRefused."""
        return opening.open_bucket(store)

    def open_doorbell(self, store: DeploymentSettings, queue: QueueSettings) -> Doorbell:
        """The doorbell that the settings name."""
        return opening.open_doorbell(store, queue)

    def bucket(self) -> Bucket:
        """The bucket, for verbs that need nothing else."""
        return self.open_bucket(self.settings(Reading).store)

    def find_variables(self, demanded: tuple[str, ...] = ("S3_BUCKET", "REDIS_URL", "TICKET_KEYS")) -> str:
        """Read the file of the local stack where one of these is not set; a hint where there is none."""
        return self._find_variables(demanded)

    def _find_variables(self, demanded: tuple[str, ...]) -> str:
        """Read a file of variables where that is asked for or needed; a hint if one is missing."""
        if self._env_file is not None:
            stack_file.adopt(self.environment, stack_file.read(self._env_file))
            return ""
        told = self.environment
        if said(told, "S3_BUCKET") or all(said(told, name) for name in demanded):
            return ""
        if stack_file.STACK_FILE.is_file():
            self.output.say(f"using the local stack of {stack_file.STACK_FILE}")
            stack_file.adopt(told, stack_file.read(stack_file.STACK_FILE))
            return ""
        return (
            f"There is no {stack_file.STACK_FILE} here either. Set the variables, name a file of them with "
            "`fixative --env FILE`, or start a local stack in this folder with `make up`."
        )
