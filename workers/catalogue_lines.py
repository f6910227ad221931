"""The catalogue's journal: lines of many jobs -> one object in `catalog/`, and then the DELETE of what they free.

a job with lines               waits up to two seconds for company, by its account; its thread goes on to the next job
... of a lease about to end    is written immediately, with what waits: the next run would begin meanwhile
a job without a line           what it frees goes immediately
the object is not written      nothing is freed, and the leases bring all of it back
a line has become too late     its manifest is given a change of now, and listed by that
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import structs

from archive import layout
from archive.errors import FixativeError, TryLater
from archive.records.catalogue import (
    LISTED_WITHIN,
    CatalogueLine,
    LetterLine,
    Line,
    line_of,
    line_of_gone,
    line_of_letter,
)
from archive.records.manifest import Manifest
from archive.store.bucket import Bucket
from archive.store.catalogue import enter_lines
from archive.store.swap import change
from runtime.journal import Journal
from runtime.metrics.meters import Meters
from runtime.seldom import Seldom
from workers.account import Account
from workers.measuring.runs import count_letters
from workers.subjects import tell_listed

log = logging.getLogger(__name__)

# A task that is listed so much later is found as soon as people look; at five tasks a second ten share an object.
GATHER_S = 2.0
# Less than this of a lease is not waited with: the gathering, a slow PUT with its retries, and a DELETE fit into it.
# Of a lease that is shorter than most, a quarter; of the grace of a batch a half, since that has no run in it.
LEASE_LEFT_S = 30.0


class Ended(NamedTuple):
    """What a job hands over: its lines, and the keys that go when they are written."""

    lines: tuple[Line, ...]
    frees: tuple[str, ...]

    def is_late(self, now: datetime) -> bool:
        """Whether one of its lines tells of a change so long ago that nobody would look for it here."""
        return any(now - line.moment > LISTED_WITHIN for line in self.lines)


Commit = Callable[[Sequence[Ended]], str]


def gathering(commit: Commit) -> Journal[Ended, str]:
    """The journal as a worker has it."""
    return Journal(commit, gather_s=GATHER_S, alone_s=GATHER_S)


class CatalogueJournal:
    """Takes the accounts of jobs that have ended. Safe to use from many threads.

    `grace_s` is how long a batch of `inbox/` is left to whoever was rung for it, `lease_s` how long an entry of `due/`
    is to its first run. With `prompts`, lines hold them.
    """

    def __init__(
        self,
        bucket: Bucket,
        *,
        grace_s: float = 60.0,
        lease_s: float = 240.0,
        prompts: bool = False,
        journal: Callable[[Commit], Journal[Ended, str]] = gathering,
        meters: Meters | None = None,
    ) -> None:
        self._meters = meters or Meters("worker")
        self._bucket, self._grace, self._prompts = bucket, timedelta(seconds=grace_s), prompts
        self._left_s = {
            layout.DUE: min(LEASE_LEFT_S, lease_s / 4),
            layout.INBOX: min(LEASE_LEFT_S, grace_s / 2),
        }
        self._seldom = Seldom(log)
        self._journal = journal(self.commit)

    def hand_over(self, account: Account) -> Future[str] | None:
        """End a job: its lines are written, and what it frees goes then; without lines, immediately.

        The future ends with both, with the key of the lines; None where all is done. Raises BucketUnavailable.
        """
        count_letters(self._meters, account)
        if not account.tells:
            for key in account.frees:
                self._bucket.delete(key)
            return None
        lines = tuple(self._lines(account))
        size_bytes = sum(len(line.to_json()) for line in lines)
        urgent = any(self._is_short(key) for key in account.frees)
        return self._journal.append(
            Ended(lines, tuple(account.frees)), size_bytes, lines=len(lines), urgent=urgent
        )

    def close(self, timeout_s: float) -> None:
        """Write what waits, remove what that frees, and end, within the time given."""
        self._journal.close(timeout_s)

    def commit(self, ended: Sequence[Ended]) -> str:
        """Write the lines of these jobs as one object, then remove what they free; the object's key."""
        try:
            return self._written(ended)
        except TryLater as error:
            self._seldom.tell(
                logging.WARNING,
                error.detail,
                "catalogue: %d jobs come back when their leases are over, their lines or what they free could not "
                "be written or removed: reason=%s detail=%s",
                len(ended),
                error.reason,
                error.detail,
            )
            raise
        except Exception:
            log.exception("catalogue: %d jobs come back when their leases are over", len(ended))
            raise

    def _lines(self, account: Account) -> Iterator[Line]:
        now = self._bucket.now()
        for key, manifest in account.manifests.items():
            yield line_of(manifest, key, prompts=self._prompts)
        for key, (letter, gone) in account.letters.items():
            yield line_of_letter(key, letter, now, gone=gone)
        for key, whose in account.gone.items():
            yield line_of_gone(key, now, **whose._asdict())

    def _written(self, ended: Sequence[Ended]) -> str:
        key, freed, left = "", list[str](), list(ended)
        while left:
            told = list(self._in_time(left))
            if not told:
                break
            key = enter_lines(self._bucket, [line for each in told for line in each.lines])
            tell_listed(log, (line for each in told for line in each.lines), key)
            # This process may have slept before the line, however long: so it looks again when it is written.
            now = self._bucket.now()
            left = [each for each in told if each.is_late(now)]
            freed += [key for each in told if not each.is_late(now) for key in each.frees]
        self._bucket.delete_all(freed)
        return key

    def _in_time(self, ended: Iterable[Ended]) -> Iterator[Ended]:
        """Each with lines that are in time; without those whose manifest cannot be renewed, which come back."""
        now = self._bucket.now()
        for each in ended:
            try:
                yield (
                    each._replace(lines=tuple(self._renewed(each.lines, now))) if each.is_late(now) else each
                )
            except FixativeError as error:
                log.warning("catalogue: %s not listed, and comes back: %s", ", ".join(each.frees), error)

    def _renewed(self, lines: Iterable[Line], now: datetime) -> Iterator[Line]:
        """Lines of now in place of those that are late: of a manifest it is one with a later change."""
        for line in lines:
            if now - line.moment <= LISTED_WITHIN:
                yield line
            elif isinstance(line, LetterLine):
                yield structs.replace(line, changed_at=now)
            else:
                yield from self._changed_now(line)

    def _changed_now(self, line: CatalogueLine) -> Iterator[Line]:
        def renew(there: Manifest) -> Manifest:
            now = self._bucket.now()
            return structs.replace(there, changed_at=now) if is_late(there, now) else there

        manifest = change(self._bucket, line.key, Manifest, renew)
        if manifest is not None:
            yield line_of(manifest, line.key, prompts=self._prompts)

    def _is_short(self, key: str) -> bool:
        """Whether an entry or a batch is anybody's soon, as one is whose key tells no time."""
        try:
            if key.startswith(layout.DUE):
                until, left_s = layout.read_due_key(key).when, self._left_s[layout.DUE]
            elif key.startswith(layout.INBOX):
                until, left_s = layout.inbox_time(key) + self._grace, self._left_s[layout.INBOX]
            else:
                return False
        except ValueError:
            return True
        return (until - self._bucket.now()).total_seconds() < left_s


def is_late(manifest: Manifest, now: datetime) -> bool:
    """Whether it changed so long ago that it cannot be listed any more as it stands."""
    return now - manifest.changed_at > LISTED_WITHIN
