"""The switches are read exactly, and what is not understood is refused with a clear text."""

from __future__ import annotations

import pytest

from infra.simulator.faults import CALLBACKS, IMAGES, LINKS, STATUSES, SwitchError, Switches, parse


@pytest.mark.parametrize(
    ("name", "word"),
    [
        (name, word)
        for name, words in {"status": STATUSES, "callback": CALLBACKS, "link": LINKS, "image": IMAGES}.items()
        for word in words
    ],
)
def test_every_word_of_every_switch_is_taken(name: str, word: str) -> None:
    """The words of the docstring are the words of the code."""
    assert getattr(parse({name: word}), name) == word


def test_a_link_status_may_be_a_number() -> None:
    """410 and "410" are one."""
    assert parse({"link": 410}).link == "410"


def test_a_task_overrides_the_defaults_field_by_field() -> None:
    """An order's switches are laid over those for all."""
    defaults = parse({"link": 500, "callback": "lost"})
    assert parse({"callback": "duplicate"}, defaults) == Switches(link="500", callback="duplicate")


def test_null_takes_a_default_back() -> None:
    """A task can be well among ill ones."""
    assert parse({"link": None}, parse({"link": 500})) == Switches()


def test_no_switches_are_the_defaults() -> None:
    """An order without `simulate` gets what all get."""
    defaults = parse({"image": "html"})
    assert parse(None, defaults) is defaults


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ({"links": 403}, "unknown switch links; there are: status, "),
        ({"link": 418}, "link is one of 403, 404, 410, "),
        ({"link": True}, "link is one of"),
        ({"link": [403]}, "link is one of"),
        ({"status": "completed"}, "status is one of failed, cancelled, not 'completed'"),
        ({"heal_after": -1}, "heal_after is a whole number from 0"),
        ({"heal_after": True}, "heal_after is a whole number"),
        ({"index": 1.5}, "index is a whole number from 0 to 9"),
        ({"callback": "late", "late_s": "soon"}, "late_s is a number of seconds"),
        ({"link": "slow", "bytes_per_s": 0}, "bytes_per_s is a whole number from 1"),
        ({"status": "failed", "error_code": ""}, "error_code is a text of 1 to 64 characters"),
        ({"late_s": 3}, "late_s does nothing without callback: late"),
        ({"status": "cancelled", "error_code": "x"}, "error_code does nothing without status: failed"),
        ([], "a JSON object"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(raw: object, text: str) -> None:
    """The text says which switch and what it may be."""
    with pytest.raises(SwitchError) as refused:
        parse(raw)
    assert text in str(refused.value)


def test_what_is_on_can_be_shown_and_read_again() -> None:
    """What GET shows can be PUT back."""
    switches = parse({"link": "slow", "bytes_per_s": 9, "heal_after": 0})
    assert switches.as_json() == {"link": "slow", "bytes_per_s": 9, "heal_after": 0}
    assert parse(switches.as_json()) == switches


def test_a_link_heals_after_so_many_requests() -> None:
    """Requests count from 1."""
    switches = parse({"link": 500, "heal_after": 2})
    assert [switches.spoil(0, requests) for requests in (1, 2, 3)] == [True, True, False]


def test_a_fault_can_hit_one_image_only() -> None:
    """Images count from 0."""
    switches = parse({"image": "html", "index": 1})
    assert [switches.spoil(index, 1) for index in (0, 1, 2)] == [False, True, False]


def test_a_link_without_a_fault_is_never_spoilt() -> None:
    """Other switches are none of its business."""
    assert not parse({"callback": "lost", "status": "failed"}).spoil(0, 1)
