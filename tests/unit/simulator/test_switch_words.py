"""The switches are told where people look for them, as they are."""

from __future__ import annotations

from infra.simulator.faults import CALLBACKS, IMAGES, LINKS, STATUSES, Switches
from infra.simulator.switch_words import SWITCH_WORDS, help_text
from tests.unit.docs.documents import DOCS, rows_under


def test_every_switch_is_told_with_every_value() -> None:
    told: dict[str, set[str]] = {}
    for words in SWITCH_WORDS:
        told.setdefault(words.name, set()).update(words.values.split(", "))

    assert set(Switches.__dataclass_fields__) == set(told)
    lists = {"status": STATUSES, "callback": CALLBACKS, "link": LINKS, "image": IMAGES}
    assert {name: set(values) for name, values in lists.items()} == {name: told[name] for name in lists}


def test_the_page_tells_the_same_as_the_help() -> None:
    rows = [[row[0].strip("`"), *row[1:]] for row in rows_under(DOCS / "simulator.md", "Switches")]

    assert [list(words) for words in SWITCH_WORDS] == rows


def test_the_help_fits_a_screen_of_80_columns() -> None:
    assert [] == [line for line in help_text().splitlines() if len(line) > 80]
