"""A callback that holds its images -> images and a manifest: the text stands in `inline/` for as long as it is needed."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from archive import layout
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Replay
from archive.records.inline import inline_name
from archive.records.manifest import Manifest
from archive.records.work import Work
from tests.fakes.doorbell import SilentDoorbell
from tests.fakes.words import NOW, body, delivery
from tests.unit.workers.shop import LETTER, MANIFEST, Shop
from tests.unit.workers.test_fetch_asset import HereDecoder, ScriptedDownloader, png
from workers.asking.fresh_links import FreshLinks
from workers.fetch_asset import FetchAsset
from workers.keep import Keep
from workers.settle import Settle

__all__ = ["png"]
INBOX = layout.inbox_key(layout.batch_id(NOW))
NO_IMAGE = "data:image/png;base64," + base64.b64encode(b"<html>" * 400).decode()


class Road(Shop):
    """Settle and archive, with a fetcher that has nobody to ask."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        fetcher = FetchAsset(
            self.bucket,
            ScriptedDownloader(AssertionError("nothing is downloaded")),
            HereDecoder(),
            folder=folder,
            stopping=threading.Event(),
        )
        self.due = self._due(fetcher, FreshLinks({}))
        self.settle = Settle(self.bucket, Keep(self.bucket), self.catalogue, SilentDoorbell(), lease_s=240.0)

    def take(self, *links: str, number: int = 1) -> None:
        self.bucket.put(INBOX, delivery(number, body(links=links)).to_json() + b"\n")
        self.settle.settle(INBOX)

    def archive(self) -> None:
        for key in self.keys("due/"):
            self.due.do(key)
        self.rest()

    def manifest(self) -> Manifest:
        return Manifest.from_json(self.bucket.get(MANIFEST).body)

    def letter(self) -> DeadLetter:
        return DeadLetter.from_json(self.bucket.get(LETTER).body)


@pytest.fixture
def uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    road = Road(tmp_path)
    yield road
    road.catalogue.close(5)
    road.executor.shutdown()


def test_images_are_kept_and_the_text_goes_with_the_entry(road: Road, uri: str, png: bytes) -> None:
    road.take(uri)
    assert [uri.encode()] == [road.bucket.get(key).body for key in road.keys("inline/")]
    assert len(road.bucket.get(road.keys("due/")[0]).body) < 2_000
    road.archive()

    [asset] = road.manifest().kept
    assert (png, inline_name(uri)) == (road.bucket.get(asset.key).body, asset.source)
    assert [] == road.keys("inline/") == road.keys("due/") == road.keys("dead/")
    assert not [key for key, stored in road.bucket.objects.items() if uri[30:80].encode() in stored.body]


def test_the_same_callback_again_changes_nothing(road: Road, uri: str) -> None:
    road.take(uri)
    road.archive()
    road.take(uri, number=2)
    road.archive()

    assert (1, 2) == (len(road.manifest().assets), len(road.manifest().notifications))
    assert [] == road.keys("inline/") == road.keys("due/") == road.keys("dead/")


def test_what_is_lost_keeps_its_text_and_a_replay_finds_it(road: Road, uri: str) -> None:
    road.take(uri, NO_IMAGE)
    road.archive()
    letter = road.letter()
    assert ["not_an_image"] == [lost.reason for lost in letter.lost]
    assert 2 == len(road.keys("inline/"))

    replay = Replay(id="replay-01khzzzzzzzzzzzzzzzzzzzzzz", at=road.now, who="a test")
    assert letter.work is not None
    again: Work = structs.replace(letter.work, origin=replay.id, replay=replay)
    road.due.do(road.put(again, (road.now - NOW).total_seconds() + 240))
    assert ["not_an_image"] == [lost.reason for lost in road.letter().lost]
    assert [replay.id] == [told.id for told in road.manifest().replays]


def test_settling_twice_sets_the_same_aside(road: Road, uri: str) -> None:
    road.take(uri)
    before = road.keys("inline/")
    road.take(uri)
    assert before == road.keys("inline/")
    assert 1 == len(before)


def test_a_body_that_cannot_be_read_keeps_what_it_holds_itself(road: Road, uri: str) -> None:
    road.bucket.put(INBOX, delivery(1, body("what", links=[uri], results=[uri])).to_json() + b"\n")
    road.settle.settle(INBOX)

    [dead] = road.keys("dead/")
    letter = DeadLetter.from_json(road.bucket.get(dead).body)
    assert letter.delivery is not None
    assert uri.encode() in letter.delivery.body
    assert [] == road.keys("inline/")


def test_a_thousand_decodings_are_no_bomb(road: Road) -> None:
    """Each image is decoded from its own text: what a body may hold bounds what comes of it."""
    began = time.process_time()
    road.take(*(f"data:image/png,{'%41' * 10_000}{number}" for number in range(32)))
    road.archive()
    assert 32 == len(road.letter().lost)
    assert time.process_time() - began < 20
