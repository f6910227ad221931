"""What the bytes are, against what their origin said."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from archive.records.asset import Finding
from egress.download import Downloaded
from workers.decoding.verdict import Facts
from workers.verify import byte_findings

PNG = Facts(format="PNG", content_type="image/png", extension="png", mode="RGB", width=1, height=1)
JPEG = Facts(format="JPEG", content_type="image/jpeg", extension="jpg", mode="RGB", width=1, height=1)


def downloaded(content_type: str = "", url: str = "files.evolink.ai/a") -> Downloaded:
    return Downloaded(
        path=Path("x"),
        bytes=1,
        sha256="",
        content_type=content_type,
        final_url_without_query=url,
        download_ms=1,
    )


@pytest.mark.parametrize(
    "said", ["", "image/png", "IMAGE/PNG; charset=binary", "application/octet-stream", "binary/octet-stream"]
)
def test_a_type_that_is_right_or_says_nothing_is_no_finding(said: str) -> None:
    assert byte_findings(PNG, downloaded(said)) == ()


def test_another_type_is_a_finding() -> None:
    expected = (Finding(kind="content_type", expected="image/jpg", got="image/png"),)
    assert byte_findings(PNG, downloaded("image/jpg")) == expected
    assert byte_findings(PNG, downloaded("text/html; charset=utf-8"))[0].expected == "text/html"


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a.jfif", "a", "a.b/c", "v1.5", "a.bin", "", "."])
def test_an_extension_that_is_right_or_missing_is_no_finding(name: str) -> None:
    assert byte_findings(JPEG, downloaded(url=f"files.evolink.ai/x/{name}")) == ()


def test_pictures_that_an_index_outlived_are_a_finding() -> None:
    mpo = structs.replace(JPEG, missing_pictures=2)

    assert byte_findings(mpo, downloaded()) == (
        Finding(kind="missing_pictures", expected="3 pictures", got="1"),
    )


def test_a_missing_end_mark_is_a_finding() -> None:
    assert byte_findings(structs.replace(JPEG, ended=False), downloaded()) == (
        Finding(kind="missing_end", expected="an end mark", got="none"),
    )


def test_a_host_has_no_extension() -> None:
    assert byte_findings(JPEG, downloaded(url="evolink.ai")) == ()


@pytest.mark.parametrize(("name", "told"), [("a.jpg", "jpg"), ("b.c.WEBP", "webp"), ("image.php", "php")])
def test_another_extension_is_a_finding(name: str, told: str) -> None:
    expected = (Finding(kind="extension", expected=told, got="png"),)
    assert byte_findings(PNG, downloaded(url=f"files.evolink.ai/{name}")) == expected


def test_an_animation_and_trailing_bytes_are_findings() -> None:
    odd = structs.replace(PNG, frames=12)
    assert byte_findings(odd, downloaded()) == (
        Finding(kind="animated", expected="1 frame", got="12 frames"),
    )
    odd = structs.replace(JPEG, format="MPO", frames=2)
    assert byte_findings(odd, downloaded()) == (Finding(kind="animated", expected="1 frame", got="2 frames"),)
    odd = structs.replace(PNG, trailing_bytes=7)
    assert byte_findings(odd, downloaded()) == (
        Finding(kind="trailing_data", expected="0 bytes", got="7 bytes"),
    )
