"""One image that came within a body -> one kept asset, or lost with a true reason, and never fetched again."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from archive import layout
from archive.errors import SourceTrouble, TryLater
from archive.reasons import Reason
from archive.records.asset import KeptAsset, LostAsset
from archive.records.inline import inline_name, inline_sha256
from tests.fakes.words import TASK, work
from tests.unit.workers.test_fetch_asset import Bench, png
from workers.inline import inline_images
from workers.ways_out import turn_for

__all__ = ["png"]
HTML = base64.b64encode(b"<html>" * 40).decode()


def bench_of(folder: Path, uri: str) -> Bench:
    """With a downloader that must not be asked."""
    bench = Bench(folder, AssertionError("nothing is downloaded"))
    key = layout.inline_key("evolink", TASK, inline_sha256(inline_name(uri)))
    bench.bucket.put(key, uri.encode())
    return bench


def fetched(folder: Path, uri: str) -> tuple[Bench, KeptAsset | LostAsset]:
    bench = bench_of(folder, uri)
    return bench, bench.fetch(sources=(inline_name(uri),))


@pytest.mark.parametrize("form", ["base64", "base64url", "percent"])
def test_the_very_bytes_are_kept_and_nothing_of_the_text(tmp_path: Path, png: bytes, form: str) -> None:
    uri = {
        "base64": f"data:image/png;base64,{base64.b64encode(png).decode()}",
        "base64url": f"data:;base64,{base64.urlsafe_b64encode(png).decode().rstrip('=')}",
        "percent": f"data:image/png,{quote(png)}",
    }[form]
    bench, asset = fetched(tmp_path, uri)

    assert isinstance(asset, KeptAsset)
    assert png == bench.bucket.get(asset.key).body
    assert (inline_name(uri), len(png), 64, 48, ()) == (
        asset.source, asset.bytes, asset.width, asset.height, asset.findings,
    )  # fmt: skip
    assert [] == list(tmp_path.iterdir())


def test_a_type_that_it_is_not_is_a_finding(tmp_path: Path, png: bytes) -> None:
    _, asset = fetched(tmp_path, f"data:image/jpeg;base64,{base64.b64encode(png).decode()}")

    assert isinstance(asset, KeptAsset)
    assert [("content_type", "image/jpeg", "image/png")] == [
        (finding.kind, finding.expected, finding.got) for finding in asset.findings
    ]


@pytest.mark.parametrize(
    ("uri", "reason", "says"),
    [
        (f"data:image/png;base64,{HTML}", Reason.NOT_AN_IMAGE, ""),
        (f"data:text/html;base64,{HTML}", Reason.NOT_AN_IMAGE, ""),
        ("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>", Reason.NOT_AN_IMAGE, ""),
        ("data:image/png;base64,AAAA!AAA", Reason.UNDECODABLE, "other characters"),
        ("data:image/png;base64", Reason.UNDECODABLE, "no comma"),
        ("data:image/png;base64,", Reason.UNDECODABLE, "holds nothing"),
    ],
)
def test_what_is_no_image_is_lost_immediately_and_its_text_stays(
    tmp_path: Path, uri: str, reason: Reason, says: str
) -> None:
    bench, asset = fetched(tmp_path, uri)

    assert isinstance(asset, LostAsset)
    assert (reason, 1) == (asset.reason, asset.tries)
    assert says in asset.detail
    assert bench.bucket.get(layout.inline_key("evolink", TASK, inline_sha256(inline_name(uri))))
    assert asset.refused_key is None or bench.bucket.get(asset.refused_key)


def test_what_decodes_to_more_than_the_bound_is_lost(
    tmp_path: Path, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    monkeypatch.setattr(inline_images, "INLINE_MAX_BYTES", len(png) - 1)
    assert Reason.TOO_LARGE is getattr(fetched(tmp_path, uri)[1], "reason", None)
    monkeypatch.setattr(inline_images, "INLINE_MAX_BYTES", len(png))
    assert isinstance(fetched(tmp_path, uri)[1], KeptAsset)
    assert [] == list(tmp_path.iterdir())


def test_what_is_not_there_is_waited_for_as_a_link_is(tmp_path: Path) -> None:
    with pytest.raises(SourceTrouble) as trouble:
        Bench(tmp_path).fetch(sources=(inline_name("data:,x"),))
    assert Reason.SOURCE_GONE is trouble.value.reason


def test_another_text_under_the_name_is_not_taken(tmp_path: Path, png: bytes) -> None:
    uri = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    bench = bench_of(tmp_path, uri)
    name = inline_name(uri + " ")
    bench.bucket.put(layout.inline_key("evolink", TASK, inline_sha256(name)), uri.encode())

    assert Reason.MALFORMED_RECORD is getattr(bench.fetch(sources=(name,)), "reason", None)


def test_a_run_whose_time_is_up_gives_it_back(tmp_path: Path, png: bytes) -> None:
    uri = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    bench = bench_of(tmp_path, uri)
    late = turn_for(work(sources=(inline_name(uri),)), time.monotonic() - 1, ())

    with pytest.raises(TryLater) as trouble:
        bench.fetcher.fetch(late, 0)
    assert Reason.OUT_OF_TIME is trouble.value.reason
