"""The catalogue's journal for tests that look at what a job has left: it gathers nothing, and a job waits for its line."""

from __future__ import annotations

from concurrent.futures import Future

from archive.store.bucket import Bucket
from runtime.journal import Journal
from workers.account import Account
from workers.catalogue_lines import CatalogueJournal


class WaitedFor(CatalogueJournal):
    """A failure of the commit is the job's."""

    def __init__(self, bucket: Bucket) -> None:
        super().__init__(bucket, journal=Journal)

    def hand_over(self, account: Account) -> Future[str] | None:
        written = super().hand_over(account)
        if written is not None:
            written.result(5)
        return written
