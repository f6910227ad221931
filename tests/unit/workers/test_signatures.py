"""A delivery's signature, when it is settled: off, record, require; keys that are not to be had."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive.errors import ApiTrouble, Unreadable
from archive.reasons import Reason
from archive.records.delivery import Delivery, Replay
from egress.key_sets import KeySets
from providers.registry import PROVIDERS
from runtime.settings.asking import AskingSettings
from runtime.settings.signatures import Demand, SignatureGroups, SignatureSettings
from tests.fakes.bucket import MemoryBucket
from tests.fakes.words import NOW
from tests.unit.workers.test_settle import Desk
from workers.keep import Keep
from workers.settle import Settle
from workers.signatures import Signatures
from workers.ways_out import confirmed_first

KEY = b"a secret of somebody's account"
BODY = b'{"id": "vcscvthbaxrm80cq9xqtcbaw4m", "status":"succeeded", "output": "https://replicate.delivery/a.png"}'
SIGNER = "replicate"


def signed(body: bytes = BODY, key: bytes = KEY, at: datetime = NOW, **more: Any) -> Delivery:
    message = b"msg_1.%d." % at.timestamp() + body
    signature = base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": f"v1,{signature}",
    }
    told = {"id": f"01SIGNED{more.pop('number', 1):018d}", "received_at": NOW, "signature": headers}
    return Delivery(**{"provider": SIGNER, "body": body, **told, **more})


def signatures(demand: Demand, *keys: bytes) -> Signatures:
    return Signatures({SIGNER: SignatureSettings(demand, keys or (KEY,))}, KeySets())


@pytest.mark.parametrize("demand", ["record", "require"])
def test_a_good_signature_is_told(demand: Demand) -> None:
    assert signatures(demand).word_of(signed(), NOW) == "valid"


def test_by_the_time_of_its_receipt_however_late_it_is_settled_or_replayed() -> None:
    replay = Replay(id="replay-1", at=NOW + timedelta(days=9), who="a test")
    late = NOW + timedelta(days=9)
    assert signatures("require").word_of(signed(replay=replay), late) == "valid"
    with pytest.raises(Unreadable, match="stale"):
        signatures("require").word_of(signed(at=NOW - timedelta(hours=1)), NOW)


FORGED = [signed(body=BODY, key=b"another"), signed(signature={})]


@pytest.mark.parametrize("delivery", FORGED, ids=["wrong", "missing"])
def test_a_bad_one_is_recorded_or_refused_as_is_demanded(delivery: Delivery) -> None:
    word = "missing" if not delivery.signature else "wrong"
    assert signatures("off").word_of(delivery, NOW) is None
    assert signatures("record").word_of(delivery, NOW) == word
    with pytest.raises(Unreadable, match=word) as refusal:
        signatures("require").word_of(delivery, NOW)
    assert refusal.value.reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("via", ["ask", "order"])
def test_what_we_asked_for_or_told_ourselves_needs_none(via: Any) -> None:
    assert signatures("require").word_of(signed(via=via, signature={}), NOW) is None


def test_a_provider_that_signs_nothing_and_one_that_is_not_known_are_not_checked() -> None:
    for provider in ("evolink", "of-a-newer-version"):
        assert signatures("require").word_of(signed(provider=provider), NOW) is None


class Set:
    """A key set that answers as a test says; it counts."""

    def __init__(self, *answers: tuple[bytes, ...] | ApiTrouble) -> None:
        self.answers, self.asked = list(answers), 0

    def keys(self, _url: str, _keys_in: object, *, fresh_s: float = math.inf) -> tuple[bytes, ...]:
        self.asked += 1
        answer = self.answers[0] if fresh_s > 60 else self.answers[-1]
        if isinstance(answer, ApiTrouble):
            raise answer
        return answer


AWAY = ApiTrouble(Reason.API_TROUBLE, "the key set is away")


PUBLISHER = "fal"
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = PRIVATE.public_key().public_bytes_raw()


def by_publisher() -> Delivery:
    """A delivery of a provider that publishes its keys."""
    body = b'{"request_id": "request-1", "status": "ERROR"}'
    told = ["request-1", "user", str(int(NOW.timestamp()))]
    message = "\n".join([*told, hashlib.sha256(body).hexdigest()]).encode()
    names = [f"x-fal-webhook-{part}" for part in ("request-id", "user-id", "timestamp", "signature")]
    headers = dict(zip(names, [*told, PRIVATE.sign(message).hex()], strict=True))
    return signed(body, provider=PUBLISHER, signature=headers)


def over(demand: Demand, key_set: Set) -> Signatures:
    settings = {PUBLISHER: SignatureSettings(demand, key_set="https://keys.example")}
    return Signatures(settings, key_set)  # type: ignore[arg-type] # a stand-in


def test_keys_that_were_exchanged_are_fetched_anew_where_none_fits() -> None:
    key_set = Set((bytes(32),), (bytes(32), PUBLIC))
    assert over("require", key_set).word_of(by_publisher(), NOW) == "valid"
    assert key_set.asked == 2


def test_for_what_has_no_signature_at_all_nobody_is_asked() -> None:
    key_set = Set((PUBLIC,))
    assert over("record", key_set).word_of(signed(provider=PUBLISHER, signature={}), NOW) == "missing"
    assert key_set.asked == 0


def test_while_keys_cannot_be_had_a_demand_waits_as_long_as_links_may_live() -> None:
    with pytest.raises(ApiTrouble):
        over("require", Set(AWAY)).word_of(by_publisher(), NOW + timedelta(hours=23))
    with pytest.raises(Unreadable, match="no_key"):
        over("require", Set(AWAY)).word_of(by_publisher(), NOW + timedelta(hours=25))
    assert over("record", Set(AWAY)).word_of(by_publisher(), NOW) == "no_key"


def settled(demand: Demand, *deliveries: Delivery) -> Desk:
    desk = Desk(MemoryBucket())
    desk.settle = Settle(
        desk.bucket,
        Keep(desk.bucket),
        desk.catalogue,
        desk.doorbell,
        lease_s=240.0,
        signature_of=signatures(demand).word_of,
    )
    desk.take(*deliveries)
    desk.catalogue.close(5)
    return desk


def test_a_forged_body_with_a_good_ticket_is_a_dead_letter_and_its_neighbours_are_work() -> None:
    forged = signed(body=BODY.replace(b"a.png", b"b.png"), signature=signed().signature, number=2)
    desk = settled("require", forged, signed())
    [letter], [work] = desk.letters(), desk.works()
    assert (letter.reason, letter.delivery, letter.task_id) == (
        "bad_signature", forged, json.loads(BODY)["id"],
    )  # fmt: skip
    assert (work.sources, [heard.signature for heard in work.heard]) == (
        ("https://replicate.delivery/a.png",), ["valid"],
    )  # fmt: skip


def test_the_manifest_of_an_ending_says_what_its_signature_was() -> None:
    failed = signed(
        body=b'{"id": "vcscvthbaxrm80cq9xqtcbaw4m", "status": "failed", "error": "no"}', key=b"another"
    )
    desk = settled("record", failed)
    [key] = [key for key in desk.keys("tasks/") if key.endswith("manifest.json")]
    assert [each["signature"] for each in json.loads(desk.bucket.get(key).body)["notifications"]] == ["wrong"]


@pytest.mark.parametrize(
    ("demand", "confirm", "first"),
    [("require", False, {"kie"}), ("record", False, set()), ("record", True, set(PROVIDERS))],
)
def test_links_that_a_required_signature_does_not_cover_are_asked_for_first(
    demand: Demand, first: set[str], *, confirm: bool
) -> None:
    """Of whoever else signs, the body is covered."""
    groups = SignatureGroups({name: SignatureSettings(demand, (KEY,)) for name in (SIGNER, PUBLISHER, "kie")})
    assert confirmed_first(AskingSettings(confirm_tasks=confirm), groups) == first
