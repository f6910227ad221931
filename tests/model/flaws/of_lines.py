"""Flaws that may be planted in how endings are listed, and what goes when they are. Only tests know them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from archive.store.bucket import Bucket
from archive.store.catalogue import enter_lines
from workers.account import Account
from workers.catalogue_lines import CatalogueJournal, Ended
from workers.close_task import CloseTask


class DeleteDoesNotWait(CatalogueJournal):
    """Removes what a job frees while its lines wait for company."""

    def hand_over(self, account: Account) -> Future[str] | None:
        for key in account.frees:
            self._bucket.delete(key)
        account.frees.clear()
        return super().hand_over(account)


class LinesWithoutTheirKeys(CatalogueJournal):
    """Keeps what is freed apart from the lines that free it: it goes with whichever lines are written next."""

    def __init__(self, bucket: Bucket, **more: Any) -> None:
        self._freed: list[str] = []
        super().__init__(bucket, **more)

    def commit(self, ended: Sequence[Ended]) -> str:
        self._freed += [key for each in ended for key in each.frees]
        written = super().commit([each._replace(frees=()) for each in ended])
        self._bucket.delete_all(self._freed)
        self._freed.clear()
        return written


class RefusedLinesForgotten(CatalogueJournal):
    """Removes what is freed, whether the lines were written or not."""

    def _written(self, ended: Sequence[Ended]) -> str:
        try:
            return super()._written([each._replace(frees=()) for each in ended])
        finally:
            self._bucket.delete_all([key for each in ended for key in each.frees])


class ListedLate(CatalogueJournal):
    """Lists a manifest as it stands, however long ago it changed."""

    def _written(self, ended: Sequence[Ended]) -> str:
        written = enter_lines(self._bucket, [line for each in ended for line in each.lines])
        self._bucket.delete_all([key for each in ended for key in each.frees])
        return written


class LettersGoUntold(CloseTask):
    """Does not tell again of letters that a run before may have removed."""

    def _tell_gone(self, *words: Any) -> None:
        del words
