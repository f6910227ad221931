"""Sessions, links that sign in once, wrong passwords: each holds what it promises, by clocks that are given."""

from __future__ import annotations

import pytest

from console.web.signing_in.links import LINK_LIVES_S, OneTimeLinks, new_link
from console.web.signing_in.passwords import HASHER, NotSignedIn, Passwords
from console.web.signing_in.sessions import SESSION_S, Sessions
from console.web.signing_in.tries import TRIES_PER_CLIENT, TRIES_WITHIN_S
from runtime.settings.people import Person, read_people, written

KEY, OTHER = b"k" * 32, b"o" * 32
NOW_S = 1_795_000_000.0


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.now_s = NOW_S

    def __call__(self) -> float:
        return self.now_s


def test_a_session_is_read_until_it_is_over() -> None:
    clock = Clock()
    sessions = Sessions(KEY, clock)
    word = sessions.new("anna", "password", "mark")

    read = sessions.read(word)
    assert read is not None
    assert ("anna", "password", "mark") == (read.name, read.by, read.mark)
    clock.now_s += SESSION_S
    assert sessions.read(word) is None


def test_another_key_ends_all_sessions() -> None:
    word = Sessions(KEY, Clock()).new("anna", "password")

    assert Sessions(OTHER, Clock()).read(word) is None


@pytest.mark.parametrize(
    "change", [lambda w: w[:-1], lambda w: "A" + w, lambda w: w + "é", lambda _: ".", lambda w: w * 20]
)
def test_a_session_that_was_changed_is_none(change: object) -> None:
    sessions = Sessions(KEY, Clock())
    assert callable(change)

    assert sessions.read(change(sessions.new("anna", "password"))) is None


def test_a_link_signs_in_once() -> None:
    links = OneTimeLinks(KEY, Clock())
    link = new_link(KEY, NOW_S)

    assert [True, False] == [links.take(link), links.take(link)]


def test_a_link_is_good_for_an_hour_and_not_for_a_process_that_started_later() -> None:
    clock = Clock()
    links, link = OneTimeLinks(KEY, clock), new_link(KEY, NOW_S)
    clock.now_s += LINK_LIVES_S

    assert not links.take(link)
    assert not OneTimeLinks(KEY, clock).take(new_link(KEY, NOW_S + 60))


@pytest.mark.parametrize(
    "link",
    ["", "x" * 100, new_link(OTHER, NOW_S), new_link(KEY, NOW_S + 3600)],
    ids=["none", "long", "other key", "later"],
)
def test_what_is_no_link_of_ours_signs_nobody_in(link: str) -> None:
    assert not OneTimeLinks(KEY, Clock()).take(link)


def test_people_are_read_as_they_are_written_and_a_hash_needs_no_dollar_sign() -> None:
    anna = Person("anna", "operator", HASHER.hash("correct horse"))
    bert = Person("bert@example.com", "viewer", anna.password_hash)
    text = f"{written(anna)}\n {bert.name}:{bert.role}:{bert.password_hash}"

    assert "$" not in written(anna)
    assert (anna, bert) == read_people(text)


@pytest.mark.parametrize("text", ["anna", "anna:admin:x", "anna:viewer:$2b$12$abc", ":viewer:", "-:viewer:x"])
def test_what_names_nobody_is_refused_without_its_hash(text: str) -> None:
    with pytest.raises(ValueError, match="entry 1 is none") as refusal:
        read_people(text)

    assert "$2b" not in str(refusal.value)


def test_wrong_passwords_are_slowed_down_and_a_name_that_nobody_has_costs_the_same() -> None:
    clock = Clock()
    person = Person("anna", "operator", HASHER.hash("correct horse"))
    passwords = Passwords([person], clock)
    for name in ["anna"] * (TRIES_PER_CLIENT - 1) + ["nobody"]:
        with pytest.raises(NotSignedIn, match="not right"):
            passwords.check(name, "wrong", "192.0.2.1")

    with pytest.raises(NotSignedIn, match="Too many") as refusal:
        passwords.check("anna", "correct horse", "192.0.2.1")
    assert refusal.value.wait_s > 0
    assert person == passwords.check("anna", "correct horse", "192.0.2.2")
    clock.now_s += TRIES_WITHIN_S
    assert person == passwords.check("anna", "correct horse", "192.0.2.1")
