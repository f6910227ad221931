"""A bell is read strictly, and what rides with it is believed under a seal that holds alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import bell
from archive.bell import ARCHIVE, CARRY_MAX_BYTES, SETTLE, Bell, Seals
from archive.deployment import Deployment
from archive.errors import ForeignBell
from archive.layout import KEY_MAX_CHARACTERS

KEYS = {"k2": b"b" * 32, "k1": b"a" * 32}
HERE = "s3://bucket/here/"
SEALS = Seals(KEYS, HERE)
RUNG = Bell(SETTLE, "inbox/2026/11/26/05/batch.ndjson", b"line\n", 1_795_000_000_000)


def test_what_is_written_is_read_again() -> None:
    for rung in (
        RUNG,
        SEALS.sealed(RUNG),
        Bell(ARCHIVE, "due/x.json"),
        RUNG._replace(carried="é\n".encode()),
    ):
        assert rung == bell.read(rung.job, rung.arguments, {})


def test_a_seal_of_any_live_key_holds_and_none_of_a_key_that_was_taken_away() -> None:
    older = Seals({"k1": KEYS["k1"]}, HERE).sealed(RUNG)

    assert SEALS.holds(SEALS.sealed(RUNG))
    assert SEALS.holds(older)
    assert not Seals({"k2": KEYS["k2"]}, HERE).holds(older)
    assert not Seals({"k1": KEYS["k2"]}, HERE).holds(older)


def test_a_seal_holds_in_its_own_deployment_alone() -> None:
    assert not Seals(KEYS, "s3://bucket/there/").holds(SEALS.sealed(RUNG))


@pytest.mark.parametrize(
    "changed",
    [
        {"job": ARCHIVE},
        {"key": "inbox/2026/11/26/05/other.ndjson"},
        {"carried": b"line\n\n"},
        {"carried": b""},
        {"carried": None},
        {"ends_unix_ms": RUNG.ends_unix_ms or 0 + 1},
        {"ends_unix_ms": 0},
        {"ends_unix_ms": None},
        {"seal": None},
        {"seal": ""},
        {"seal": "k2."},
        {"seal": "k2"},
        {"seal": "."},
    ],
    ids=str,
)
def test_a_seal_is_of_this_very_bell(changed: dict[str, Any]) -> None:
    sealed = SEALS.sealed(RUNG)
    altered = sealed._replace(**changed)

    assert altered == sealed or not SEALS.holds(altered)


def test_nothing_and_no_bytes_have_different_seals() -> None:
    bare, empty = RUNG._replace(carried=None), RUNG._replace(carried=b"")

    assert SEALS.sealed(bare).seal != SEALS.sealed(empty).seal


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_no_two_bells_have_one_seal(one: bytes, other: bytes) -> None:
    sealed = SEALS.sealed(RUNG._replace(carried=one))

    assert (one == other) == SEALS.holds(sealed._replace(carried=other))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "inbox/",
        "due/",
        "inbox",
        "tasks/2026/11/26/evolink/task/00.png",
        "/inbox/a",
        "inbox/../tasks/a",
        "inbox/./a",
        "inbox//a",
        "inbox/a/",
        "inbox/a/..",
        "inbox\\..\\tasks",
        "inbox/a\nb",
        "inbox/a\0",
        "inbox/\u202e",
        "Inbox/a",
        " inbox/a",
        "due/../inbox/a",
        f"inbox/{'a' * KEY_MAX_CHARACTERS}",
    ],
)
@pytest.mark.parametrize("job", [SETTLE, ARCHIVE])
def test_a_key_that_leads_elsewhere_is_refused(job: str, key: str) -> None:
    with pytest.raises(ForeignBell):
        bell.read(job, [key, None, None, None], {})


def test_each_job_has_its_own_folder() -> None:
    for job, key in ((SETTLE, "due/a.json"), (ARCHIVE, "inbox/a.ndjson")):
        with pytest.raises(ForeignBell):
            bell.read(job, [key, None, None, None], {})


def test_an_entry_that_nobody_can_read_is_rung_all_the_same_since_a_worker_moves_it_to_dead() -> None:
    for key in ("due/rubbish", "due/sub/rubbish.json", "due/20261126T000000.000Z~a~b", "due/é ~.txt"):
        assert key == bell.read(ARCHIVE, [key, None, None, None], {}).key


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], {}),
        (["inbox/a"], {}),
        (["inbox/a", None, None], {}),
        (["inbox/a", None, None, None, None], {}),
        (["inbox/a", None, None, None], {"batch": ""}),
        ([None, None, None, None], {}),
        ([b"inbox/a", None, None, None], {}),
        ([["inbox/a"], None, None, None], {}),
        (["inbox/a", 1, None, None], {}),
        (["inbox/a", b"", None, None], {}),
        (["inbox/a", {}, None, None], {}),
        (["inbox/a", "x" * (CARRY_MAX_BYTES + 1), None, None], {}),
        (["inbox/a", "é" * CARRY_MAX_BYTES, None, None], {}),
        (["inbox/a", "\ud800", None, None], {}),
        (["inbox/\ud800", None, None, None], {}),
        (["inbox/a", None, "soon", None], {}),
        (["inbox/a", None, 1.5, None], {}),
        (["inbox/a", None, True, None], {}),
        (["inbox/a", None, None, 5], {}),
        (["inbox/a", None, None, "é"], {}),
        (["inbox/a", None, None, "k" * 1000], {}),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_other_arguments_than_ours_are_refused(arguments: list[Any], named: dict[str, Any]) -> None:
    with pytest.raises(ForeignBell):
        bell.read(SETTLE, arguments, named)


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([SETTLE, ARCHIVE, "other", ""]), st.lists(_anything, max_size=6), st.booleans())
def test_whatever_is_sent_it_is_a_bell_or_is_refused(job: str, arguments: list[Any], named: bool) -> None:  # noqa: FBT001
    try:
        rung = bell.read(job, arguments, {"a": 1} if named else {})
    except ForeignBell:
        return
    assert rung.key.startswith(("inbox/", "due/"))
    assert isinstance(SEALS.holds(rung), bool)


def test_what_is_refused_is_not_repeated() -> None:
    with pytest.raises(ForeignBell) as refusal:
        bell.read(SETTLE, ["https://files.example/a?sig=SECRET", "SECRET", None, None], {})

    assert "SECRET" not in str(refusal.value)


def test_queues_are_of_one_bucket_and_prefix() -> None:
    names = [
        name
        for bucket, prefix in (("b", ""), ("b", "p/"), ("b", "p/q/"), ("bp", "/"), ("c", ""))
        for name in Deployment(bucket, prefix).queues
    ]

    assert len(names) == len(set(names)) == 20
    assert all(name.startswith("fixative-") and name.isascii() for name in names)
    assert "fixative-80e615d5a950-inbox" == Deployment("b", "p/").queues.inbox
