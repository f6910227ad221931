"""What is counted of downloads, verdicts and runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs

from archive.errors import SourceTrouble
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.work import Work
from runtime.metrics import registry as of
from runtime.metrics.meters import Meters
from runtime.metrics.metric import OTHER
from tests.fakes.words import NOW, TASK, kept, work
from tests.fakes.words import lost as lost_asset
from workers.account import Account
from workers.measuring.measured_parts import allowed_name, counted
from workers.measuring.runs import Runs, count_letters
from workers.outcome import Outcome, lost

ALLOWED = ("evolink.ai", "=exact.example.com", "127.0.0.1:8080")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://files.evolink.ai/a.png?sig=1", "evolink.ai"),
        ("https://evolink.ai/a.png", "evolink.ai"),
        (" https://FILES.evolink.ai/a.png", "evolink.ai"),
        ("https://exact.example.com/a.png", "=exact.example.com"),
        ("https://sub.exact.example.com/a.png", OTHER),
        ("https://notevolink.ai/a.png", OTHER),
        ("http://127.0.0.1:8080/a.png", "127.0.0.1:8080"),
        ("http://127.0.0.1:8081/a.png", OTHER),
        ("no link at all", OTHER),
    ],
)
def test_a_download_is_told_by_the_name_that_its_link_is_allowed_by(url: str, name: str) -> None:
    assert name == allowed_name(url, ALLOWED)


def test_what_came_of_it_is_the_reason_of_its_error() -> None:
    meters = Meters("worker", hosts=ALLOWED)
    with counted(meters, of.DOWNLOADS, "evolink.ai"):
        pass
    with (
        pytest.raises(SourceTrouble),
        counted(meters, of.DOWNLOADS, "evolink.ai"),
    ):
        raise SourceTrouble(Reason.SOURCE_BUSY)

    assert 1 == meters.value(of.DOWNLOADS, "evolink.ai", "ok")
    assert 1 == meters.value(of.DOWNLOADS, "evolink.ai", "source_busy")


def test_a_run_that_keeps_all_is_timed_from_its_first_callback() -> None:
    meters = Meters("worker")
    heard = work()
    assert heard.heard_at is not None
    Runs(meters).closed(heard, Outcome({0: kept(0)}), heard.heard_at + timedelta(seconds=40), given_up=False)

    assert 1 == meters.value(of.RUNS_ENDED, "evolink", "whole", OTHER)
    assert 40 == meters.registry.get_sample_value("fixative_archive_seconds_sum", {"provider": "evolink"})


def test_what_is_given_up_is_told_with_its_first_reason() -> None:
    meters, given_up = Meters("worker"), work()
    Runs(meters).closed(
        given_up, Outcome({}, {0: lost(given_up, 0, Reason.LINK_EXPIRED, "")}), NOW, given_up=True
    )

    assert 1 == meters.value(of.RUNS_ENDED, "evolink", "given_up", "link_expired")
    assert 0 == meters.value(of.ARCHIVE_SECONDS, "evolink")


def test_a_replay_is_no_word_about_how_long_a_task_takes() -> None:
    meters = Meters("worker")
    again: Work = structs.replace(work(), heard=())
    Runs(meters).closed(again, Outcome({0: kept(0)}), NOW, given_up=False)

    assert 0 == meters.value(of.ARCHIVE_SECONDS, "evolink")


def test_letters_are_counted_as_they_are_written_and_gone() -> None:
    meters, account = Meters("worker"), Account()
    letter = DeadLetter(
        reason=Reason.LINK_EXPIRED, detail="", at=NOW, provider="evolink", task_id=TASK, lost=(lost_asset(),)
    )
    account.tell_letter("dead/a", letter)
    account.tell_letter("dead/b", letter, gone=True)
    count_letters(meters, account)

    assert 1 == meters.value(of.DEAD_WRITTEN, "link_expired")
    assert 1 == meters.value(of.DEAD_GONE, "link_expired")
