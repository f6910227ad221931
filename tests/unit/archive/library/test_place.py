"""A place in a list, printed and read again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive.errors import NotUnderstood
from archive.library.place import Place
from tests.fakes.words import NOW

HERE = Place(NOW + timedelta(microseconds=7), "evolink/task-0001")


@pytest.mark.parametrize("name", ["evolink/task-0001", "dead/2026/11/21/evolink/task-0001.json"])
def test_a_place_is_read_as_it_was_printed(name: str) -> None:
    place = HERE._replace(name=name)
    assert place == Place.read(str(place))


@pytest.mark.parametrize(
    "text",
    ["", "~", "1", "1~", "x~evolink/task-0001", "-1~evolink/task-0001", "1~task-0001", "1~evolink/a b", "9" * 17
     + "~evolink/task-0001", "1~evolink/" + "a" * 500, "\u0661~evolink/task-0001"],
)  # fmt: skip
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood, match="no place in a list"):
        Place.read(text)


def test_older_things_come_later_and_of_one_moment_those_with_a_later_name() -> None:
    assert HERE.is_before(HERE.moment - timedelta(microseconds=1), "evolink/aaaa")
    assert HERE.is_before(HERE.moment, "evolink/task-0002")
    assert not HERE.is_before(HERE.moment, HERE.name)
    assert not HERE.is_before(HERE.moment + timedelta(microseconds=1), "evolink/task-0002")
