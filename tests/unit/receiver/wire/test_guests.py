"""Who is let in, and who leaves for it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receiver.wire.guests import Guest, Guests


class Sockets:
    """Guests with connections of their own, that can be looked at."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._clients: dict[Guest, socket.socket] = {}

    def guest(self, network: str = "a", *, one_of_many: bool = True) -> Guest:
        ours, theirs = socket.socketpair()
        self._stack.enter_context(ours)
        self._stack.enter_context(theirs)
        theirs.settimeout(0)
        guest = Guest(ours, network, one_of_many=one_of_many)
        self._clients[guest] = theirs
        return guest

    def left(self, guest: Guest) -> bool:
        try:
            return self._clients[guest].recv(1) == b""
        except BlockingIOError:
            return False


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    with ExitStack() as stack:
        yield Sockets(stack)


def test_the_one_that_waits_longest_leaves(sockets: Sockets) -> None:
    guests = Guests(3, 3)
    came = [sockets.guest() for _ in range(4)]
    assert all(guests.admit(guest) for guest in came)

    assert [True, False, False, False] == [sockets.left(guest) for guest in came]
    assert 3 == len(guests)


def test_one_that_was_served_waits_anew(sockets: Sockets) -> None:
    guests = Guests(2, 2)
    first, second = sockets.guest(), sockets.guest()
    guests.admit(first)
    guests.admit(second)
    guests.is_served(first)
    guests.waits(first)
    guests.admit(sockets.guest())

    assert (False, True) == (sockets.left(first), sockets.left(second))


def test_one_that_is_being_served_stays_and_the_new_one_is_refused(sockets: Sockets) -> None:
    guests = Guests(2, 2)
    served = [sockets.guest() for _ in range(2)]
    for guest in served:
        guests.admit(guest)
        guests.is_served(guest)

    assert not guests.admit(sockets.guest())
    assert [False, False] == [sockets.left(guest) for guest in served]


def test_a_proxy_has_no_bound_of_its_own_and_takes_no_place_of_its_neighbours(sockets: Sockets) -> None:
    guests = Guests(5, 1)
    proxy = [sockets.guest(one_of_many=False) for _ in range(4)]
    neighbours = [sockets.guest() for _ in range(2)]
    assert all(guests.admit(guest) for guest in [*proxy, *neighbours])
    for guest in proxy:
        guests.is_served(guest)
        guests.waits(guest)
        guests.leaves(guest)

    assert [False] * 4 == [sockets.left(guest) for guest in proxy]
    assert [True, False] == [sockets.left(guest) for guest in neighbours]
    assert 1 == len(guests)


def test_the_bound_of_one_network_is_met_by_its_own(sockets: Sockets) -> None:
    guests = Guests(10, 2)
    other, *same = sockets.guest("b"), *(sockets.guest("a") for _ in range(3))
    for guest in (other, *same):
        guests.admit(guest)

    assert [False, True, False, False] == [sockets.left(guest) for guest in (other, *same)]


def test_a_network_all_of_whose_guests_are_served_gets_no_more(sockets: Sockets) -> None:
    guests = Guests(10, 1)
    served = sockets.guest("a")
    guests.admit(served)
    guests.is_served(served)

    assert not guests.admit(sockets.guest("a"))
    assert guests.admit(sockets.guest("b"))


def test_one_that_left_twice_or_late_changes_nothing(sockets: Sockets) -> None:
    guests = Guests(1, 1)
    first, second = sockets.guest(), sockets.guest()
    guests.admit(first)
    guests.admit(second)
    guests.leaves(first)
    guests.waits(first)
    guests.leaves(first)

    assert 1 == len(guests)
    assert not sockets.left(second)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["admit", "served", "waits", "leaves"]), st.integers(0, 9), st.sampled_from("abc")
        ),
        max_size=60,
    )
)
def test_whatever_happens_no_bound_is_passed(steps: list[tuple[str, int, str]]) -> None:
    guests = Guests(5, 3)
    with ExitStack() as stack:
        sockets = Sockets(stack)
        came: list[Guest] = []
        for step, which, network in steps:
            if step == "admit":
                came.append(sockets.guest(network))
                guests.admit(came[-1])
            elif came:
                guest = came[which % len(came)]
                {"served": guests.is_served, "waits": guests.waits, "leaves": guests.leaves}[step](guest)
            here = [guest for guest in came if guest in guests._here]
            assert len(guests) == len(here) <= 5
            assert all(sum(guest.network == name for guest in here) <= 3 for name in "abc")
