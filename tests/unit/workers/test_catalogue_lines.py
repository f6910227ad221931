"""The catalogue's journal: lines of many jobs in one object, and then what they free."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from archive import layout
from archive.errors import BucketUnavailable
from archive.reasons import Reason
from archive.records.catalogue import CatalogueLine, LetterLine
from archive.records.dead_letter import DeadLetter
from archive.records.order import Order
from runtime.journal import Journal
from tests.fakes.bucket import MemoryBucket
from tests.fakes.words import DAY, NOW, TASK, kept, manifest
from tests.unit.workers.shop import MANIFEST, told_in
from workers.account import Account, Gone
from workers.catalogue_lines import CatalogueJournal, Commit, Ended

LETTER = layout.dead_key(DAY, "evolink", TASK)
TOLD = DeadLetter(reason=Reason.SOURCE_GONE, at=NOW, provider="evolink", task_id=TASK)


def _due(after_s: float, number: int = 0) -> str:
    return layout.due_key(NOW + timedelta(seconds=after_s), "evolink", TASK, f"origin-{number}")


def _long(commit: Commit) -> Journal[Ended, str]:
    """One that gathers for longer than any test."""
    return Journal(commit, gather_s=60, alone_s=60)


class Desk:
    """A journal that writes nothing before it is closed, but for what is urgent."""

    def __init__(self, *, lease_s: float = 240, grace_s: float = 60) -> None:
        self.bucket = MemoryBucket()
        self.bucket.now = lambda: NOW  # type: ignore[method-assign] # the clock is the test's
        self.journal = CatalogueJournal(self.bucket, journal=_long, lease_s=lease_s, grace_s=grace_s)

    def end(self, *frees: str, tells: bool = True) -> Account:
        account = Account()
        if tells:
            account.tell(MANIFEST, manifest(kept(0)))
        for key in frees:
            self.bucket.put(key, b"{}")
            account.free(key)
        self.journal.hand_over(account)
        return account

    def keys(self, under: str) -> list[str]:
        return [entry.key for entry in self.bucket.list(under)]


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.journal.close(5)


def test_many_endings_are_one_object_and_what_they_free_stands_until_that_does(desk: Desk) -> None:
    keys = [_due(240, number) for number in range(5)]
    for key in keys:
        desk.end(key)
    assert (keys, []) == (desk.keys("due/"), desk.keys("catalog/"))

    desk.journal.close(5)
    [_] = desk.keys("catalog/")
    assert ([], 5) == (desk.keys("due/"), len(told_in(desk.bucket)))


def test_an_ending_without_a_line_frees_its_entry_immediately(desk: Desk) -> None:
    desk.end(_due(240), tells=False)

    assert [] == desk.keys("due/") == desk.keys("catalog/")


@pytest.mark.parametrize(
    "key",
    [
        _due(29),
        _due(-5),
        "due/rubbish.json",
        layout.inbox_key(layout.batch_id_of(NOW - timedelta(seconds=31), "a batch")),
        "inbox/rubbish",
    ],
)
def test_what_somebody_else_may_begin_soon_waits_for_no_company(desk: Desk, key: str) -> None:
    desk.end(_due(240))
    account = Account()
    account.tell(MANIFEST, manifest(kept(0)))
    account.free(key)
    written = desk.journal.hand_over(account)

    assert written is not None
    where = written.result(5)
    assert [where] == desk.keys("catalog/")
    assert [] == desk.keys("due/")


@pytest.mark.parametrize(
    "key", [_due(31), layout.inbox_key(layout.batch_id_of(NOW - timedelta(seconds=29), "a batch")), LETTER]
)
def test_what_is_ours_for_long_enough_waits(desk: Desk, key: str) -> None:
    desk.end(key)

    assert ([key], []) == (desk.keys(key), desk.keys("catalog/"))


def test_of_a_short_lease_a_quarter_is_not_waited_with() -> None:
    desk = Desk(lease_s=20, grace_s=8)
    desk.end(_due(6))
    desk.end(layout.inbox_key(layout.batch_id(NOW - timedelta(seconds=3))))
    assert [] == desk.keys("catalog/")

    desk.end(_due(4))
    desk.journal.close(5)
    assert [] == desk.keys("due/") == desk.keys("inbox/")


def test_a_refused_object_frees_nothing_and_says_how_many_come_back(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(key: str, *_: object, **__: object) -> None:
        raise BucketUnavailable(f"{key}: SlowDown")

    desk.end(_due(240), _due(241))
    desk.bucket.put_new = refused  # type: ignore[method-assign] # S3 is away
    with caplog.at_level(logging.WARNING):
        desk.journal.close(5)

    assert 2 == len(desk.keys("due/"))
    assert "1 jobs come back" in caplog.text


def test_of_what_is_told_twice_the_last_word_is_written(desk: Desk) -> None:
    account = Account()
    account.tell(MANIFEST, manifest(status="failed", assets=()))
    account.tell(MANIFEST, manifest(kept(0)))
    account.tell_gone(LETTER, Gone("evolink", TASK))
    account.tell_letter(LETTER, TOLD)
    account.tell_letter(LETTER, TOLD, gone=True)
    account.tell_gone(LETTER, Gone("evolink", TASK))
    desk.journal.hand_over(account)
    desk.journal.close(5)

    told = [line.status if isinstance(line, CatalogueLine) else line.state for line in told_in(desk.bucket)]
    assert ["completed", "gone"] == told


def test_a_letter_that_is_gone_unseen_is_told_by_the_time_of_its_line(desk: Desk) -> None:
    account = Account()
    account.tell_gone(LETTER, Gone("evolink", TASK))
    desk.journal.hand_over(account)
    desk.journal.close(5)

    [line] = told_in(desk.bucket)
    assert isinstance(line, LetterLine)
    assert ("gone", NOW, LETTER) == (line.state, line.letter_at, line.key)


def test_a_manifest_that_is_gone_when_its_late_line_is_written_is_not_listed(desk: Desk) -> None:
    desk.end(_due(240))
    desk.bucket.now = lambda: NOW + timedelta(hours=3)  # type: ignore[method-assign] # it slept
    desk.journal.close(5)

    assert ([], []) == (told_in(desk.bucket), desk.keys("due/"))


@pytest.mark.parametrize("prompts", [False, True])
def test_a_prompt_stands_in_a_line_only_where_that_is_said(*, prompts: bool) -> None:
    bucket = MemoryBucket()
    journal = CatalogueJournal(bucket, prompts=prompts)
    account = Account()
    account.tell(MANIFEST, manifest(kept(0), order=Order(prompt="a lighthouse"), changed_at=bucket.now()))
    journal.hand_over(account)
    journal.close(5)

    [line] = told_in(bucket)
    assert isinstance(line, CatalogueLine)
    assert ("a lighthouse" if prompts else None) == line.prompt
