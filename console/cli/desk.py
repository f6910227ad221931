"""What a verb works at: the settings that it needs, the bucket, the doorbell, and where it speaks."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

from archive.deployment import Deployment
from archive.errors import SettingsRefused
from console.cli import demands, local_stack, stack_file
from console.cli.demands import Need
from console.cli.output import Output
from runtime.environment import said
from runtime.settings import Settings

if TYPE_CHECKING:
    from archive.queue.doorbell import Doorbell
    from archive.store.bucket import Bucket


class Desk:
    """Opened by a verb for one run of it. Nothing connects before it is used."""

    def __init__(self, environment: MutableMapping[str, str], env_file: Path | None, output: Output) -> None:
        self.environment, self._env_file, self.output = environment, env_file, output

    def settings(self, *needs: Need) -> Settings:
        """The settings for these needs, from the environment or a file of the local stack.

        Raises:
            SettingsRefused: with every problem at once, and where settings may stand.
            StackStopped: if they are those of a local stack that is not running.
        """
        hint = self._find_variables(demands.demanded(needs))
        if demands.BUCKET in needs or demands.QUEUE in needs:
            local_stack.refuse_stopped(self.environment)
        try:
            return demands.settings_for(self.environment, needs)
        except SettingsRefused as refusal:
            if hint:
                raise SettingsRefused([*refusal.problems, hint]) from refusal
            raise

    def open_bucket(self, settings: Settings) -> Bucket:
        """The bucket that the settings name. Raises SettingsRefused."""
        from archive.store.bucket import open_bucket  # noqa: PLC0415 - boto3 takes a third of a second

        return open_bucket(
            name=settings.s3_bucket,
            prefix=settings.s3_prefix,
            endpoint=settings.s3_endpoint,
            options=settings.store_options,
            connect_s=settings.s3_connect_s,
            read_s=settings.s3_read_s,
        )

    def open_doorbell(self, settings: Settings) -> Doorbell:
        """The doorbell that the settings name. Nothing rides with its bells: a person's need not save a read."""
        from archive.queue.doorbell import Doorbell  # noqa: PLC0415 - celery takes another

        deployment = Deployment(settings.s3_bucket, settings.s3_prefix)
        return Doorbell(settings.redis_url.reveal(), deployment, expires_s=settings.lease_s)

    def bucket(self) -> Bucket:
        """The bucket, for verbs that need nothing else."""
        return self.open_bucket(self.settings(demands.BUCKET))

    def find_variables(self) -> str:
        """Read the file of the local stack where nothing else is set; a hint where there is none."""
        return self._find_variables(("S3_BUCKET", "REDIS_URL", "TICKET_KEYS"))

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
