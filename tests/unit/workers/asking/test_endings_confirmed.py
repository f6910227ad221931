"""A failure under a signature that leaves the body uncovered, as kie.ai's does: anybody may have written it, so it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.manifest import Manifest
from tests.fakes.task_api import ScriptedAsker
from tests.fakes.words import NOW, delivery
from tests.unit.workers.office import Office
from workers.asking.ask import Ask
from workers.later import Distances
from workers.leases import Leases
from workers.settle import Settle

ID = "bd3a37c523149e4adf45a3ddb5faf1a8"
LETTER = layout.dead_delivery_key(NOW.date(), "kie", delivery().id)


def told(state: str, **more: object) -> bytes:
    return json.dumps({"code": 200, "msg": "", "data": {"taskId": ID, "state": state, **more}}).encode()


FAILED = told("fail", failCode="500", failMsg="no")
COMPLETED = told("success", resultJson=json.dumps({"resultUrls": ["https://tempfile.aiquickdraw.com/a.png"]}))


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.catalogue.close(5)


def confirms(office: Office, *answers: bytes | None) -> None:
    asked = {"kie": ScriptedAsker(*answers)}
    rest = (office.keep, office.catalogue)
    office.settle = Settle(
        office.bucket, *rest, office.doorbell, lease_s=240.0, asked=asked, confirmed={"kie"}
    )
    leases, distances = Leases(office.bucket, lease_s=240, run_s=150), Distances(60.0, 3600.0)
    office.asking = Ask(
        office.bucket, office.doorbell, leases, *rest, office.orders, asked, distances=distances
    )


def posted(body: bytes = FAILED) -> Delivery:
    return structs.replace(delivery(1, body), provider="kie")


def manifests(office: Office) -> list[Manifest]:
    keys = [key for key in office.keys("tasks/") if key.endswith("manifest.json")]
    return [Manifest.from_json(office.bucket.get(key).body) for key in keys]


def test_a_failure_ends_nothing_until_its_provider_says_so_too(office: Office) -> None:
    confirms(office, FAILED)
    office.take(posted())
    assert ([], []) == (manifests(office), office.keys("dead/"))
    office.ask()
    office.settle.settle(office.keys("inbox/")[0])
    [manifest] = manifests(office)
    assert ("failed", ["ask"]) == (manifest.status, [heard.via for heard in manifest.notifications])
    assert [] == office.keys("due/") == office.keys("dead/")


def test_a_forged_one_gives_way_to_the_images_that_the_provider_tells_of(office: Office) -> None:
    confirms(office, COMPLETED)
    office.take(posted())
    office.ask()
    office.settle.settle(office.keys("inbox/")[0])
    assert ([], ["completed"], []) == (manifests(office), office.statuses_due(), office.keys("dead/"))


def test_one_of_a_task_that_the_provider_does_not_know_is_a_letter_that_holds_it(office: Office) -> None:
    confirms(office, None)
    office.take(posted())
    while office.keys("due/"):
        office.ask()
    letter = DeadLetter.from_json(office.bucket.get(LETTER).body)
    assert (Reason.UNCONFIRMED, FAILED) == (letter.reason, letter.delivery and letter.delivery.body)
    assert [] == manifests(office)


def test_where_no_signature_is_required_a_failure_ends_its_task(office: Office) -> None:
    office.take(posted())
    assert ["failed"] == [manifest.status for manifest in manifests(office)]
