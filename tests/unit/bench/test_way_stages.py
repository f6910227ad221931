"""Where an idle task's time goes, by what its worker asked of S3."""

from __future__ import annotations

from pathlib import Path

from bench.way.sender import Sent
from bench.way.stages import Asked, asked_beside, first_asked_s, read, stages
from bench.way.witness import kind_of_task_in


def _task(at_s: float) -> list[Asked]:
    return [
        Asked(at_s + 0.020, at_s + 0.025, "PUT image"),
        Asked(at_s + 0.005, at_s + 0.006, "LIST"),
        Asked(at_s + 0.030, at_s + 0.034, "PUT manifest"),
    ]


def test_a_task_has_the_requests_between_its_first_byte_and_its_manifest() -> None:
    sent = [Sent("one", 10.0, 10.010), Sent("two", 11.0, 11.010)]
    told = stages(
        sent,
        {"one": 10.034, "two": 11.034},
        {"one": 10.012, "two": 11.012},
        [*_task(10.0), *_task(11.0), *_task(12.0)],
    )

    assert [10, 2, 8, 5, 5, 4] == [round(ms) for ms in told.values()]


def test_a_task_that_lacks_one_is_left_out() -> None:
    sent = [Sent("one", 10.0, 10.010)]

    assert {} == stages(sent, {"one": 10.034}, {"one": 10.012}, _task(10.0)[:1])
    assert {} == stages(sent, {"one": 10.034}, {}, _task(10.0))


def test_half_a_line_is_left_out(tmp_path: Path) -> None:
    file = asked_beside(tmp_path / "manifests.txt")
    file.write_text("1.5 1.6 PUT image\n1.7 1.8", encoding="utf-8")

    assert [Asked(1.5, 1.6, "PUT image")] == read(file)


def test_the_first_download_of_a_task_counts(tmp_path: Path) -> None:
    file = tmp_path / "downloads"
    file.write_text("1.5 /one.png\n1.7 /two.png\n1.9 /one.png\n", encoding="utf-8")

    assert {"one": 1.5, "two": 1.7} == first_asked_s(file)


def test_a_manifest_is_told_from_an_image() -> None:
    asked = b"PUT /archive/tasks/2026/11/26/evolink/task/%b HTTP/1.1\r\nHost: s3\r\n"

    assert "PUT manifest" == kind_of_task_in(asked % b"manifest.json")
    assert "PUT image" == kind_of_task_in(asked % b"00.png?x-id=PutObject")
    assert "GET inbox" == kind_of_task_in(b"GET /archive/inbox/a.ndjson HTTP/1.1\r\n\r\n")
