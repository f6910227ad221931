"""Answers of a task API that hold their images: megabytes of base64 that stand in no memory and in no delivery."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import layout
from archive.errors import ApiTrouble
from archive.reasons import Reason
from archive.records.inline import inline_sha256
from egress import api_call
from egress.aside import Aside
from egress.task_api import TaskApi
from providers.registry import PROVIDERS
from tests.fakes.bucket import MemoryBucket
from tests.integration.egress.api_server import ApiServer, serving

KEY = "sk-very-secret"


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving() as server:
        yield server


IMAGE = base64.b64encode(bytes(range(256)) * 12_000).decode()  # 3 MB decoded


def whole(task_id: str, *results: str) -> dict[str, object]:
    output = [{"type": "image_generation_call", "result": result} for result in results]
    return {"id": task_id, "status": "completed", "output": output, "input": f"data:image/png;base64,{IMAGE}"}


def test_an_answer_that_holds_its_images_is_read_with_names_in_their_place(
    server: ApiServer, tmp_path: Path
) -> None:
    """And they are set aside; whatever else it holds, what was sent as a reference say, is not."""
    bucket = MemoryBucket()
    api = TaskApi(PROVIDERS["openai"], server.base, KEY, aside=Aside(bucket, tmp_path))
    server.answer("/v1/responses/resp_1", 200, whole("resp_1", IMAGE, IMAGE[:400], IMAGE + "AAAA"))
    body = api.task("resp_1") or b""

    told = PROVIDERS["openai"].read(body)
    assert (3, True) == (len(told.sources), len(body) < 2_000)
    assert {layout.inline_key("openai", "resp_1", inline_sha256(name)) for name in told.sources} == {
        entry.key for entry in bucket.list("inline/")
    }
    first = bucket.get(layout.inline_key("openai", "resp_1", inline_sha256(told.sources[0]))).body
    assert f"data:;base64,{IMAGE}".encode() == first
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("answer", [whole("resp_2", IMAGE), {"error": IMAGE[:900_000], "result": IMAGE}])
def test_nothing_is_set_aside_of_an_answer_that_is_of_another_task_or_of_none(
    server: ApiServer, tmp_path: Path, answer: dict[str, object]
) -> None:
    bucket = MemoryBucket()
    api = TaskApi(PROVIDERS["openai"], server.base, KEY, aside=Aside(bucket, tmp_path))
    server.answer("/v1/responses/resp_1", 200, answer)
    assert api.task("resp_1")
    assert not [*bucket.list(""), *tmp_path.iterdir()]


def test_what_of_an_answer_is_no_image_has_its_bound_and_so_has_all_of_it(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = TaskApi(PROVIDERS["openai"], server.base, KEY, aside=Aside(MemoryBucket(), tmp_path))
    server.answer("/v1/responses/resp_1", 200, {"id": "resp_1", "text": IMAGE})
    with pytest.raises(ApiTrouble, match="more than 1048576 bytes"):
        api.task("resp_1")
    server.answer("/v1/responses/resp_2", 200, whole("resp_2", IMAGE))
    monkeypatch.setattr(api_call, "ANSWER_WHOLE_MAX_BYTES", len(IMAGE))
    with pytest.raises(ApiTrouble, match=f"more than {len(IMAGE)} bytes"):
        api.task("resp_2")
    assert [] == list(tmp_path.iterdir())
    alone = TaskApi(PROVIDERS["openai"], server.base, KEY)
    with pytest.raises(ApiTrouble, match="more than 1048576 bytes"):
        alone.task("resp_2")


def test_a_disk_that_is_full_is_trouble_of_our_own(server: ApiServer, tmp_path: Path) -> None:
    api = TaskApi(PROVIDERS["openai"], server.base, KEY, aside=Aside(MemoryBucket(), tmp_path / "gone"))
    server.answer("/v1/responses/resp_1", 200, whole("resp_1", IMAGE))
    with pytest.raises(ApiTrouble) as trouble:
        api.task("resp_1")
    assert Reason.DISK_TROUBLE is trouble.value.reason


def lines_of(server: ApiServer, folder: Path, bucket: MemoryBucket, content: bytes) -> list[bytes]:
    api = TaskApi(PROVIDERS["openai"], server.base, KEY, aside=Aside(bucket, folder))
    server.answer("/v1/files/file-1/content", 200, content)
    return list(api.lines("batch_1", "/v1/files/file-1/content"))


def test_the_lines_of_a_file_are_tasks_each_with_its_images(server: ApiServer, tmp_path: Path) -> None:
    bucket = MemoryBucket()
    lines = [
        {
            "custom_id": f"a/{number}",
            "response": {"status_code": 200, "body": {"data": [{"b64_json": image}]}},
        }
        for number, image in enumerate((IMAGE, IMAGE[:400], IMAGE + "AAAA"))
    ]
    content = b"\r\n" + b"\n".join(json.dumps(line).encode() for line in lines) + b"\n\nrubbish"
    bodies = lines_of(server, tmp_path, bucket, content)

    told = [PROVIDERS["openai"].read(body) for body in bodies[:3]]
    assert ["batch_1.a/0", "batch_1.a/1", "batch_1.a/2"] == [each.task_id for each in told]
    assert {layout.inline_key("openai", each.task_id, inline_sha256(each.sources[0])) for each in told} == {
        entry.key for entry in bucket.list("inline/")
    }
    assert (b"rubbish", True) == (bodies[3], max(map(len, bodies)) < 2_000)
    assert [] == list(tmp_path.iterdir())


def test_a_file_that_is_away_or_has_a_line_without_end_is_trouble(server: ApiServer, tmp_path: Path) -> None:
    with pytest.raises(ApiTrouble, match="a line of the answer has more than 1048576 bytes"):
        lines_of(server, tmp_path, MemoryBucket(), b'{"text": "' + IMAGE.encode() + b'"}')
    api = TaskApi(PROVIDERS["openai"], server.base, KEY, aside=Aside(MemoryBucket(), tmp_path))
    with pytest.raises(ApiTrouble, match="OpenAI answered 404 for a file of the task"):
        list(api.lines("batch_1", "/v1/files/file-2/content"))
    server.answer("/v1/files/file-3/content", 401)
    with pytest.raises(ApiTrouble) as refused:
        list(api.lines("batch_1", "/v1/files/file-3/content"))
    assert Reason.API_KEY_REFUSED is refused.value.reason
    assert [] == list(tmp_path.iterdir())
