"""A due entry, read, and given to the job of its kind: the one place that chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archive.errors import MalformedRecord, Missing, NewerRecord
from archive.records.work import Work
from archive.store.bucket import Bucket
from archive.store.record_at import record_of
from providers.registry import PROVIDERS
from workers.account import Account
from workers.catalogue_lines import CatalogueJournal
from workers.subjects import under_way

# Does the work that stands under a key.
Job = Callable[[str, Work], None]


class DueWork:
    """Does the work of due entries. May do the same twice, and twice at the same time.

    `jobs` are the kinds of work and who does each; `bury` moves an entry that cannot be read to dead/, with why.
    """

    def __init__(
        self,
        bucket: Bucket,
        jobs: Mapping[str, Job],
        *,
        bury: Callable[[str, str, Account], None],
        catalogue: CatalogueJournal,
    ) -> None:
        self._bucket, self._jobs, self._bury, self._catalogue = bucket, jobs, bury, catalogue

    def do(self, key: str, carried: bytes | None = None) -> None:
        """Do what is due under this key; `carried` are the entry's bytes where they came along.

        Raises:
            TryLater: when S3 is away; the lease brings the work back. NewerRecord, which is one, for an entry that
                a newer version wrote: it is left alone.
        """
        try:
            work = record_of(key, carried if carried is not None else self._bucket.get(key).body, Work)
        except Missing:
            return  # done, or claimed, by somebody else
        except MalformedRecord as error:
            account = Account()
            self._bury(key, str(error), account)
            self._catalogue.hand_over(account)
            return
        if work.provider not in PROVIDERS:
            raise NewerRecord(f"{key}: this version does not know the provider {work.provider}")
        with under_way(work) as work:
            self._jobs[work.kind](key, work)
