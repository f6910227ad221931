"""A callback that names its task alone, as OpenAI's does: the task is asked for, and nothing of it is ever lost silently."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from archive import layout
from archive.errors import MalformedRecord
from archive.reasons import Reason
from archive.records.belonging import refuse_foreign
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery, Replay
from archive.records.work import Work
from tests.fakes.task_api import ScriptedAsker
from tests.fakes.words import NOW, delivery
from tests.unit.workers.office import AWAY, Office
from workers.asking.ask import Ask
from workers.later import Distances
from workers.leases import Leases
from workers.settle import Settle

ID = "resp_68af4030592c8193"
LETTER = layout.dead_delivery_key(NOW.date(), "openai", delivery().id)
Opened = Callable[..., Office]


def event(kind: str = "response.completed", **more: object) -> bytes:
    told = {"object": "event", "id": "evt_1", "type": kind, "created_at": int(NOW.timestamp()) - 5}
    return json.dumps({**told, "data": {"id": ID}, **more}).encode()


def response(status: str = "completed", output: object = ()) -> bytes:
    return json.dumps({"id": ID, "object": "response", "status": status, "output": output}).encode()


def image(text: str = "AAAA") -> dict[str, Any]:
    return {"type": "image_generation_call", "result": text, "output_format": "png"}


def told_by(content: bytes, number: int = 1, **more: Any) -> Delivery:
    return structs.replace(delivery(number, content, **more), provider="openai")


@pytest.fixture
def opened() -> Iterator[Opened]:
    offices: list[Office] = []

    def open_one(*answers: bytes | Exception | None) -> Office:
        """With a key where there are answers."""
        office = Office()
        offices.append(office)
        set_key(office, *answers)
        return office

    yield open_one
    for office in offices:
        office.catalogue.close(5)


def set_key(office: Office, *answers: bytes | Exception | None) -> None:
    asked = {"openai": ScriptedAsker(*answers)} if answers else {}
    office.settle = Settle(
        office.bucket, office.keep, office.catalogue, office.doorbell, lease_s=240.0, asked=asked
    )
    office.asking = Ask(
        office.bucket,
        office.doorbell,
        Leases(office.bucket, lease_s=240, run_s=150),
        office.keep,
        office.catalogue,
        office.orders,
        asked,
        distances=Distances(60.0, 3600.0),
    )


def letter_in(office: Office) -> DeadLetter:
    return DeadLetter.from_json(office.bucket.get(LETTER).body)


def asked_until_it_ends(office: Office) -> None:
    while office.keys("due/"):
        office.ask()


def test_its_task_is_asked_for_without_a_letter_and_the_answer_comes_as_that_delivery(opened: Opened) -> None:
    office = opened(response(output=[image()]))
    office.take(told_by(event()))
    [key] = office.keys("due/")
    assert ([], [], [key]) == (office.keys("dead/"), office.keys("inbox/"), office.doorbell.rung)
    office.asking.ask(key, office.work(key))

    [answer] = office.entered()
    assert (delivery().id, "ask") == (answer.id, answer.via)
    office.settle.settle(office.keys("inbox/")[0])
    assert (["completed"], [], []) == (office.statuses_due(), office.keys("dead/"), office.keys("inbox/"))


@pytest.mark.parametrize("kind", ["response.failed", "response.incomplete", "response.cancelled"])
def test_why_it_failed_is_asked_for_as_well(opened: Opened, kind: str) -> None:
    office = opened(response(kind.partition(".")[2]))
    office.take(told_by(event(kind)))
    office.ask()
    office.settle.settle(office.keys("inbox/")[0])

    [manifest] = [key for key in office.keys("tasks/") if key.endswith("manifest.json")]
    assert f"/openai/{ID}/" in manifest
    assert [] == office.keys("dead/") == office.keys("due/")


def test_without_a_key_it_is_a_letter_that_says_what_to_do_and_a_replay_works(opened: Opened) -> None:
    office = opened()
    office.take(told_by(event()))
    letter = letter_in(office)
    assert (Reason.NO_SOURCES, ID, []) == (letter.reason, letter.task_id, office.keys("due/"))
    assert "set OPENAI_API_KEY for the workers, and replay it" in letter.detail

    set_key(office, response(output=[image()]))
    assert letter.delivery is not None
    replay = Replay(id="replay-01khzzzzzzzzzzzzzzzzzzzzzz", at=NOW, who="a test")
    office.take(structs.replace(letter.delivery, replay=replay))
    office.ask()
    office.settle.settle(office.keys("inbox/")[0])
    assert (["completed"], []) == (office.statuses_due(), office.keys("dead/"))


def test_a_response_that_nobody_knows_is_a_letter_once_the_providers_word_is_believed(opened: Opened) -> None:
    office = opened(None)
    office.take(told_by(event()))
    asked_until_it_ends(office)

    assert timedelta(minutes=10) <= office.now - NOW < timedelta(hours=3)
    letter = letter_in(office)
    assert (Reason.UNCONFIRMED, event()) == (letter.reason, letter.delivery and letter.delivery.body)


def test_one_that_cannot_be_asked_for_all_its_life_is_a_letter_then(opened: Opened) -> None:
    office = opened(AWAY)
    office.take(told_by(event()))
    asked_until_it_ends(office)

    assert office.now - NOW > timedelta(hours=22)
    assert Reason.NEVER_HEARD_OF is letter_in(office).reason


def test_of_a_response_without_images_no_word_is_kept(opened: Opened) -> None:
    office = opened(response(output=[{"type": "message", "content": [{"text": "in confidence"}]}]))
    office.take(told_by(event()))
    asked_until_it_ends(office)

    assert Reason.NOT_AN_IMAGE_TASK is letter_in(office).reason
    assert not [key for key, stored in office.bucket.objects.items() if b"in confidence" in stored.body]
    assert [] == office.keys("inbox/")


def test_what_is_too_large_to_be_carried_has_its_letter_first(opened: Opened) -> None:
    office = opened(response(output=[image()]))
    office.take(told_by(event(padding="x" * 10_000)))
    assert Reason.NO_SOURCES is letter_in(office).reason
    office.ask()
    office.settle.settle(office.keys("inbox/")[0])
    assert (["completed"], []) == (office.statuses_due(), office.keys("dead/"))


def test_settled_twice_and_told_twice_each_delivery_is_named_once(opened: Opened) -> None:
    office = opened(response("failed"))
    office.take(told_by(event("response.failed")))
    office.take(told_by(event("response.failed")), told_by(event("response.failed"), 2))
    asked_until_it_ends(office)
    for key in office.keys("inbox/"):
        office.settle.settle(key)

    manifest = office.keep.manifest(NOW.date(), "openai", ID)
    assert manifest is not None
    assert [delivery(1).id, delivery(2).id] == [told.delivery_id for told in manifest.notifications]
    assert [] == office.keys("dead/") == office.keys("inbox/") == office.keys("due/")


def test_an_entry_that_carries_anothers_delivery_is_none_of_ours(opened: Opened) -> None:
    office = opened(response())
    office.take(told_by(event()))
    [key] = office.keys("due/")
    work = office.work(key)
    refuse_foreign(key, work)
    for delivery_ in (told_by(event(), 7), delivery()):
        with pytest.raises(MalformedRecord, match="another's delivery"):
            refuse_foreign(key, structs.replace(work, delivery=delivery_.to_json()))
    with pytest.raises(MalformedRecord):
        refuse_foreign(key, structs.replace(work, delivery=b"{"))


def test_the_images_of_an_answer_are_set_aside_when_it_is_settled(opened: Opened) -> None:
    """As whoever asked for it has done before; twice is as good."""
    office = opened(response(output=[image("AAAA"), image("BBBB")]))
    office.take(told_by(event()))
    office.ask()
    office.settle.settle(office.keys("inbox/")[0])

    [work] = [Work.from_json(office.bucket.get(key).body) for key in office.keys("due/")]
    assert 2 == len(work.sources) == len(office.keys(f"inline/openai/{ID}/"))
