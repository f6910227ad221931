"""A callback of a batch, whose files hold a task a line: each is a task of its own, and the merge holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from archive.errors import ApiTrouble
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.task_ids import filed_id
from providers.registry import PROVIDERS
from tests.fakes.task_api import ScriptedAsker
from tests.fakes.words import NOW, delivery
from tests.unit.workers.asking.test_id_alone import event, set_key, told_by
from tests.unit.workers.office import Office

BATCH = "batch_68af4030592c8193"
EVENT = event("batch.completed", data={"id": BATCH})


def batch(status: str = "completed", **files: str) -> bytes:
    told = {"id": BATCH, "object": "batch", "endpoint": "/v1/images/generations", "status": status}
    return json.dumps(told | files).encode()


def line(number: int, image: str | None = "AAAA") -> bytes:
    body = {"data": [{"b64_json": image}]}
    answer = (
        {"status_code": 200, "body": body}
        if image
        else {"status_code": 400, "body": {"error": {"code": "c"}}}
    )
    told = json.dumps({"custom_id": f"red/{number}", "response": answer, "error": None}).encode()
    made = PROVIDERS["openai"].line_body
    assert made is not None
    return made(BATCH, told)


class Files(ScriptedAsker):
    """Answers with a batch, and with the lines of its files; one that is an error is raised."""

    def __init__(self, answer: bytes, **files: list[bytes | Exception]) -> None:
        super().__init__(answer)
        self.files = files

    def lines(self, task_id: str, address: str) -> Iterator[bytes]:
        assert task_id == BATCH
        for each in self.files[address.split("/")[3]]:
            if isinstance(each, Exception):
                raise each
            yield each


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    set_key(office, b"")
    yield office
    office.catalogue.close(5)


def asked(office: Office, asker: Files) -> None:
    office.asking._askers["openai"] = asker  # type: ignore[index]  # a dict, which the test has made
    office.ask()


def settled(office: Office) -> None:
    for key in office.keys("inbox/"):
        office.settle.settle(key)


def manifest(office: Office, number: int) -> Any:
    found = office.keep.manifest(NOW.date(), "openai", f"{BATCH}.red/{number}")
    assert found is not None
    return found


def test_each_line_is_a_task_and_the_first_comes_as_the_callback(office: Office) -> None:
    office.take(told_by(EVENT))
    files = Files(
        batch(output_file_id="out", error_file_id="err"), out=[line(1), line(2)], err=[line(3, None)]
    )
    asked(office, files)

    told = office.entered()
    assert [delivery().id, 3, {"ask"}] == [
        told[0].id,
        len({each.id for each in told}),
        {each.via for each in told},
    ]
    settled(office)
    assert ("failed", [told[2].id]) == (
        manifest(office, 3).status, [each.delivery_id for each in manifest(office, 3).notifications],
    )  # fmt: skip
    works = [office.work(key) for key in office.keys("due/")]
    assert {f"{BATCH}.red/1", f"{BATCH}.red/2"} == {work.task_id for work in works}
    assert {filed_id(work.task_id) for work in works} == {
        key.split("/")[2] for key in office.keys("inline/openai/")
    }
    assert [] == office.keys("dead/") == office.keys("inbox/")


def test_a_file_that_breaks_off_is_read_anew_and_no_task_hears_of_a_line_twice(office: Office) -> None:
    office.take(told_by(EVENT))
    trouble = ApiTrouble(Reason.API_TROUBLE, "it broke off")
    half: list[bytes | Exception] = [*(line(number, None) for number in range(60)), trouble]
    asked(office, Files(batch(output_file_id="out"), out=half))
    settled(office)
    assert 1 == len(office.keys("due/"))
    asked(office, Files(batch(output_file_id="out"), out=[line(number, None) for number in range(70)]))
    settled(office)

    assert {1} == {len(manifest(office, number).notifications) for number in range(70)}
    assert [] == office.keys("dead/") == office.keys("due/") == office.keys("inbox/")


def test_told_twice_each_task_names_both_deliveries_and_is_one(office: Office) -> None:
    """As OpenAI tries again, and as a batch that was cancelled tells of what it had made."""
    files = Files(batch(output_file_id="out"), out=[line(1, None), line(2, None)])
    office.take(told_by(EVENT), told_by(event("batch.cancelled", data={"id": BATCH}), 2))
    asked(office, files)
    asked(office, files)
    settled(office)

    assert {2} == {len(manifest(office, number).notifications) for number in (1, 2)}
    assert [] == office.keys("dead/") == office.keys("due/")


def test_a_batch_without_a_line_is_asked_for_until_its_life_ends_and_is_a_letter_then(office: Office) -> None:
    office.take(told_by(EVENT))
    while office.keys("due/"):
        asked(office, Files(batch(output_file_id="out"), out=[]))

    letter = DeadLetter.from_json(office.bucket.get(office.keys("dead/")[0]).body)
    assert (Reason.NEVER_HEARD_OF, BATCH, EVENT) == (
        letter.reason, letter.task_id, letter.delivery and letter.delivery.body,
    )  # fmt: skip
    assert "hold no line" in letter.detail


def test_a_line_that_nobody_can_read_is_a_letter_of_its_own_and_holds_up_no_other(office: Office) -> None:
    office.take(told_by(EVENT))
    asked(office, Files(batch(output_file_id="out"), out=[b"<html>", line(2, None)]))
    settled(office)

    assert "failed" == manifest(office, 2).status
    letter = DeadLetter.from_json(office.bucket.get(office.keys("dead/")[0]).body)
    assert (Reason.NOT_JSON, delivery().id) == (letter.reason, letter.delivery and letter.delivery.id)


def test_an_answer_that_a_person_asked_for_is_read_to_its_lines_too(office: Office) -> None:
    """`fixative fetch` enters the batch as it was told."""
    office.take(told_by(batch(output_file_id="out"), via="ask"))
    asked(office, Files(batch(output_file_id="out"), out=[line(1, None)]))
    settled(office)
    assert "failed" == manifest(office, 1).status
    assert [] == office.keys("dead/") == office.keys("due/")
