"""When a task is first asked for follows from the life of its provider's links, where no setting says it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from archive import layout
from providers import registry
from tests.fakes.words import NOW
from tests.newcomer.pixelmill import PIXELMILL
from tests.unit.workers.office import Office, told

# Its links live for six hours: a 144th of that.
ASKED_AFTER_S = 150.0


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third provider, whose links live for another time than those of the two."""
    monkeypatch.setattr(registry, "PROVIDERS", {**registry.PROVIDERS, PIXELMILL.name: PIXELMILL})


def office(ask_first_s: float, provider: str) -> Iterator[Office]:
    """One that cannot ask, and goes by each provider where the setting says 0."""
    made = Office(ask_first_s=ask_first_s)
    made.take(told(provider=provider))
    yield made
    made.catalogue.close(5)


def due_after_s(made: Office) -> float:
    [key] = made.keys("due/")
    return (layout.read_due_key(key).when - made.now).total_seconds()


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("setting_s", "provider", "after_s"),
    [
        (0.0, "evolink", 600.0),
        (0.0, "pixelmill", ASKED_AFTER_S),
        (2.0, "evolink", 2.0),
        (2.0, "pixelmill", 2.0),
    ],
)
def test_the_first_asking_is_as_far_off_as_the_setting_or_the_provider_says(
    setting_s: float, provider: str, after_s: float
) -> None:
    for made in office(setting_s, provider):
        assert after_s == pytest.approx(due_after_s(made), abs=1.0)


@pytest.mark.usefixtures("registered")
def test_later_ones_are_further_apart_from_there_on() -> None:
    for made in office(0.0, PIXELMILL.name):
        made.now = NOW + timedelta(seconds=ASKED_AFTER_S)
        made.ask()

        assert ASKED_AFTER_S / 2 <= due_after_s(made) <= ASKED_AFTER_S
