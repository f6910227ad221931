"""The queue: where bells are rung, and how long what they ring for may take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta

from archive.queue.redis_url import read_redis_url, with_sentinel
from runtime.settings.group import Group, sentence
from runtime.settings.kinds import Seconds, Secret
from runtime.settings.mistakes import shape


class QueueSettings(Group, frozen=True, kw_only=True):
    """The queue, and the lease of what its bells make somebody do."""

    redis_url: Annotated[
        Secret,
        Meta(
            description="The queue: redis://, rediss:// (TLS), redis+socket:// or sentinel://, then [user:password@]host:port/database."
        ),
    ]
    redis_sentinel_master: Annotated[
        str,
        Meta(
            pattern=r"^[!-~]*$",
            extra={"form": "ASCII without spaces"},
            description="With sentinel://, the name of the master; or `?master_name=` in the URL.",
        ),
    ] = ""
    redis_sentinel_password: Annotated[
        Secret,
        Meta(
            description="With sentinel://, the Sentinels' own password; or `sentinel_password=` in the URL. That of Redis stands before the host."
        ),
    ] = Secret("")
    # A run is shorter than its lease, so that nobody else starts while one is at work.
    run_s: Annotated[Seconds, Meta(description="The deadline of one run over all images of a task.")] = 150.0
    lease_s: Annotated[
        Seconds, Meta(description="How long a worker may be silent before its work is due again.")
    ] = 240.0

    @property
    def url(self) -> Secret:
        """REDIS_URL with what the settings of Sentinel say beside it."""
        return Secret(_whole(self.redis_url, self.redis_sentinel_master, self.redis_sentinel_password))

    @classmethod
    def contradictions(cls, values: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
        """A URL that can never work, and a run that outlives its lease."""
        del environment
        url = values.get("redis_url")
        if url is not None:
            try:
                read_redis_url(
                    _whole(url, values["redis_sentinel_master"], values["redis_sentinel_password"])
                )
            except ValueError as error:
                yield f"REDIS_URL ({shape(url.reveal())}): {error}. Expected: {sentence(cls, 'redis_url')}"
        if values["run_s"] >= values["lease_s"]:
            yield "RUN_S is not less than LEASE_S. Expected: a run that ends before its lease does."


def _whole(url: Secret, master: str, password: Secret) -> str:
    """The URL with master and password of the Sentinels. Raises ValueError, with no word of it."""
    return with_sentinel(url.reveal(), master, password.reveal())
