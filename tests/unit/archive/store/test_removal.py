"""Many keys removed by one request, and nothing believed that the store does not say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from archive.errors import BucketRefuses, BucketUnavailable, Missing, Taken
from archive.store.removal import MANY_MOST, Removal, told_gone

KEYS = ["a", "b", "c"]


class Sent:
    """What a store was asked, and what it answers."""

    def __init__(self, many: Callable[[Sequence[str]], set[str]] = set) -> None:
        self.many: list[list[str]] = []
        self.one: list[str] = []
        self.refused: dict[str, BucketUnavailable] = {}
        self._answer = many
        self.removal = Removal(self._many, self._one)

    def _many(self, keys: Sequence[str]) -> set[str]:
        self.many.append(list(keys))
        return self._answer(keys)

    def _one(self, key: str) -> None:
        self.one.append(key)
        if key in self.refused:
            raise self.refused[key]


def test_one_request_removes_all_that_the_store_says_is_gone() -> None:
    sent = Sent()
    sent.removal.remove(KEYS)

    assert ([KEYS], []) == (sent.many, sent.one)


def test_a_lone_key_is_removed_by_a_request_of_its_own() -> None:
    sent = Sent()
    sent.removal.remove(["a"])

    assert ([], ["a"]) == (sent.many, sent.one)


def test_what_the_store_refuses_or_does_not_tell_of_is_removed_by_itself_and_raised_after_the_others() -> (
    None
):
    sent = Sent(lambda _: {"c"})
    sent.refused["a"] = BucketRefuses("a: AccessDenied")
    with pytest.raises(BucketRefuses, match="AccessDenied"):
        sent.removal.remove(KEYS)

    assert ["a", "b"] == sent.one


@pytest.mark.parametrize("error", [BucketRefuses("NotImplemented"), Missing("404"), Taken("409")])
def test_a_store_that_knows_no_such_request_is_not_asked_for_many_again(error: Exception) -> None:
    def refuses(_: Sequence[str]) -> set[str]:
        raise error

    sent = Sent(refuses)
    sent.removal.remove(KEYS)
    sent.removal.remove(KEYS)

    assert ([KEYS], KEYS * 2) == (sent.many, sent.one)


def test_a_store_that_is_away_is_asked_for_many_again() -> None:
    def away(_: Sequence[str]) -> set[str]:
        raise BucketUnavailable("SlowDown")

    sent = Sent(away)
    sent.refused["a"] = BucketUnavailable("a: SlowDown")
    for _ in range(2):
        with pytest.raises(BucketUnavailable):
            sent.removal.remove(KEYS)

    assert ([KEYS, KEYS], ["a", "a"]) == (sent.many, sent.one)


def test_a_request_whose_answer_nobody_reads_is_followed_by_one_for_each() -> None:
    def garbled(_: Sequence[str]) -> set[str]:
        raise BucketUnavailable("Unable to parse response")

    sent = Sent(garbled)
    sent.removal.remove(KEYS)

    assert KEYS == sent.one


def test_who_may_delete_nothing_is_told_so_and_asked_for_many_again() -> None:
    def refuses(_: Sequence[str]) -> set[str]:
        raise BucketRefuses("AccessDenied")

    sent = Sent(refuses)
    sent.refused = {key: BucketRefuses(f"{key}: AccessDenied") for key in KEYS}
    for _ in range(2):
        with pytest.raises(BucketRefuses):
            sent.removal.remove(KEYS)

    assert 2 == len(sent.many)


def test_a_request_holds_no_more_keys_than_s3_takes() -> None:
    sent = Sent()
    sent.removal.remove([str(number) for number in range(MANY_MOST + 2)])

    assert [MANY_MOST, 2] == [len(keys) for keys in sent.many]


def test_a_key_that_is_told_both_ways_is_not_gone() -> None:
    answer = {
        "Deleted": [{"Key": "p/a"}, {"Key": "p/b"}],
        "Errors": [{"Key": "p/b", "Code": "InternalError"}, {"Code": "InternalError"}],
    }

    assert {"a"} == told_gone(answer, "p/")
