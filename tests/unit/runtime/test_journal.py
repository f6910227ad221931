"""Group commit."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, wait

import pytest

from archive.errors import BucketUnavailable
from runtime.journal import Journal


class Shelf:
    """A commit that can be held back, and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.open = threading.Event()
        self.entered = threading.Semaphore(0)
        self.trouble: Exception | None = None

    def commit(self, lines: Sequence[bytes]) -> int:
        self.entered.release()
        assert self.open.wait(5)
        if self.trouble is not None:
            raise self.trouble
        self.batches.append(list(lines))
        return len(self.batches)


def _append(journal: Journal[bytes, int], line: bytes) -> Future[int]:
    return journal.append(line, len(line))


def test_lines_that_come_while_one_is_written_are_the_next_batch() -> None:
    shelf = Shelf()
    journal = Journal(shelf.commit, committers=1)
    first = _append(journal, b"first")
    assert shelf.entered.acquire(timeout=5)
    rest = [_append(journal, f"{place}".encode()) for place in range(5)]
    shelf.open.set()
    wait([first, *rest], timeout=5)

    assert [[b"first"], [b"0", b"1", b"2", b"3", b"4"]] == shelf.batches
    assert [1, 2, 2, 2, 2, 2] == [future.result(0) for future in (first, *rest)]


def test_a_batch_has_bounds_in_lines_and_bytes() -> None:
    shelf = Shelf()
    journal = Journal(shelf.commit, committers=1, batch_lines=3, batch_bytes=100)
    futures = [_append(journal, b"x")]
    assert shelf.entered.acquire(timeout=5)
    futures += [_append(journal, line) for line in (b"a", b"b", b"c", b"d" * 60, b"e" * 60, b"f" * 300)]
    shelf.open.set()
    wait(futures, timeout=5)

    assert [[b"x"], [b"a", b"b", b"c"], [b"d" * 60], [b"e" * 60], [b"f" * 300]] == shelf.batches


def test_lines_wait_for_the_object_that_is_under_way_also_where_a_committer_is_free() -> None:
    shelf = Shelf()
    journal = Journal(shelf.commit, committers=2, gather_s=60)
    futures = [_append(journal, b"first")]
    assert shelf.entered.acquire(timeout=5)
    futures += [_append(journal, line) for line in (b"a", b"b")]
    shelf.open.set()
    wait(futures, timeout=5)

    assert [[b"first"], [b"a", b"b"]] == shelf.batches


def test_lines_that_have_waited_long_enough_are_written_beside_it() -> None:
    shelf = Shelf()
    journal = Journal(shelf.commit, committers=2, gather_s=0.01)
    _append(journal, b"stuck")
    assert shelf.entered.acquire(timeout=5)
    _append(journal, b"a")

    assert shelf.entered.acquire(timeout=5)
    shelf.open.set()


def test_a_full_batch_is_written_beside_it_at_once_and_the_rest_waits_for_company() -> None:
    shelf = Shelf()
    journal = Journal(shelf.commit, committers=4, gather_s=60, batch_lines=2)
    futures = [_append(journal, b"stuck")]
    assert shelf.entered.acquire(timeout=5)
    futures += [_append(journal, line) for line in (b"a", b"b", b"c")]
    assert shelf.entered.acquire(timeout=5)

    assert not shelf.entered.acquire(timeout=0.05)
    shelf.open.set()
    wait(futures, timeout=5)
    assert [[b"a", b"b"], [b"c"], [b"stuck"]] == sorted(shelf.batches)


def test_many_threads_lose_no_line_and_double_none() -> None:
    shelf = Shelf()
    shelf.open.set()
    journal = Journal(shelf.commit, committers=3, gather_s=0.001, batch_lines=7)

    def append(thread: int) -> None:
        for place in range(200):
            _append(journal, f"{thread}-{place}".encode()).result(5)

    threads = [threading.Thread(target=append, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    journal.close(5)

    lines = [line for batch in shelf.batches for line in batch]
    assert sorted(lines) == sorted(
        f"{thread}-{place}".encode() for thread in range(8) for place in range(200)
    )


def test_a_commit_that_fails_is_told_to_each_of_its_lines_and_the_next_one_works() -> None:
    shelf = Shelf()
    shelf.open.set()
    shelf.trouble = BucketUnavailable("away")
    journal = Journal(shelf.commit, committers=1)
    with pytest.raises(BucketUnavailable):
        _append(journal, b"a").result(5)
    shelf.trouble = RuntimeError("a fault of ours")
    with pytest.raises(RuntimeError):
        _append(journal, b"b").result(5)
    shelf.trouble = None

    assert 1 == _append(journal, b"c").result(5)


def test_too_much_waiting_is_refused_at_once() -> None:
    shelf = Shelf()
    journal = Journal(shelf.commit, committers=1, waiting_lines=2)
    _append(journal, b"under way")
    assert shelf.entered.acquire(timeout=5)
    _append(journal, b"a")
    _append(journal, b"b")

    with pytest.raises(BucketUnavailable):
        _append(journal, b"c")
    shelf.open.set()


def test_closing_commits_what_waits_and_takes_no_more() -> None:
    shelf = Shelf()
    journal = Journal(shelf.commit, committers=1)
    futures = [_append(journal, b"a")]
    assert shelf.entered.acquire(timeout=5)
    futures.append(_append(journal, b"b"))
    shelf.open.set()
    journal.close(5)

    assert [1, 2] == [future.result(0) for future in futures]
    with pytest.raises(BucketUnavailable):
        _append(journal, b"c")


def test_a_lone_line_waits_for_company_where_nobody_waits_for_the_answer() -> None:
    shelf = Shelf()
    shelf.open.set()
    journal = Journal(shelf.commit, gather_s=60, alone_s=0.2)
    futures = [_append(journal, line) for line in (b"a", b"b", b"c")]
    wait(futures, timeout=5)

    assert [[b"a", b"b", b"c"]] == shelf.batches


def test_what_waits_for_company_is_written_when_the_batch_is_full() -> None:
    shelf = Shelf()
    shelf.open.set()
    journal = Journal(shelf.commit, gather_s=60, alone_s=60, batch_lines=3)
    wait([_append(journal, line) for line in (b"a", b"b", b"c")], timeout=5)

    assert [[b"a", b"b", b"c"]] == shelf.batches


def test_an_urgent_entry_takes_with_it_what_waits() -> None:
    shelf = Shelf()
    shelf.open.set()
    journal = Journal(shelf.commit, gather_s=60, alone_s=60)
    futures = [_append(journal, b"a"), journal.append(b"b", 1, urgent=True)]
    wait(futures, timeout=5)

    assert [[b"a", b"b"]] == shelf.batches


def test_the_lines_of_one_entry_stay_together() -> None:
    shelf = Shelf()
    journal = Journal(shelf.commit, committers=1, batch_lines=3)
    futures = [_append(journal, b"first")]
    assert shelf.entered.acquire(timeout=5)
    futures += [journal.append(b"two", 3, lines=2), journal.append(b"two more", 8, lines=2)]
    futures.append(journal.append(b"five", 4, lines=5))
    shelf.open.set()
    wait(futures, timeout=5)

    assert [[b"first"], [b"two"], [b"two more"], [b"five"]] == shelf.batches


def test_what_waits_for_company_is_written_when_the_journal_closes() -> None:
    shelf = Shelf()
    shelf.open.set()
    journal = Journal(shelf.commit, gather_s=60, alone_s=60)
    future = _append(journal, b"a")
    journal.close(5)

    assert 1 == future.result(0)
