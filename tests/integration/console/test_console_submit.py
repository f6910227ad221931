"""`fixative submit` and `fixative fetch` against a provider that a test scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click.testing
import pytest

from archive import tickets
from archive.errors import ApiTrouble
from archive.records.delivery import Delivery
from archive.records.told_order import ToldOrder
from console.cli.verbs import cli
from console.submitting import submission
from console.submitting.asking import ended_since
from console.submitting.submission import NotSubmitted
from egress.task_api import TaskApi
from providers.apiinone import APIINONE
from providers.evolink import EVOLINK
from tests.fakes.words import NOW
from tests.integration.egress.api_server import ApiServer, serving

TASK = "task-unified-1756817821-4x3rx6ny"
SUBMIT = "/v1/images/generations"
REQUEST = {
    "model": "gpt-image-2",
    "prompt": "a lighthouse",
    "size": "1:1",
    "seed": 123456789012345678901234567890,
}
URL = "https://fixative.example.com/callbacks/evolink/ticket"


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving() as server:
        yield server


@pytest.fixture
def api(server: ApiServer) -> TaskApi:
    return TaskApi(EVOLINK, server.base, "key")


def submit(api: TaskApi, provider: Any = EVOLINK) -> str:
    request = submission.read_request(json.dumps({**REQUEST, "callback_url": "https://theirs"}).encode())
    return submission.submit(
        api, provider, request, callback_url=URL, idempotency_key="fixative-0123456789", first_pause_s=0.001
    ).task_id


def test_a_submission_that_met_trouble_is_sent_again_under_the_same_key(
    server: ApiServer, api: TaskApi
) -> None:
    server.answer(SUBMIT, 503, b"")
    server.answer(SUBMIT, 200, {"id": TASK, "status": "pending"})

    assert TASK == submit(api)
    assert {**REQUEST, "callback_url": URL} == json.loads(server.asked[0].body)
    assert server.asked[0].body == server.asked[1].body
    assert ["fixative-0123456789"] * 2 == [each.headers["idempotency-key"] for each in server.asked]


def test_without_idempotency_nothing_is_sent_twice(server: ApiServer) -> None:
    server.answer("/api/v1/images/generations", 503, b"")
    with pytest.raises(NotSubmitted, match="look at your account"):
        submit(TaskApi(APIINONE, server.base, "key"), APIINONE)

    assert 1 == len(server.asked)


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (400, {"error": {"code": "invalid_parameters", "message": "size"}}, "400: invalid_parameters: size"),
        (402, {"error": {"code": "quota_exceeded"}}, "402: quota_exceeded"),
        (401, {"error": {"code": "unauthorized"}}, "api_key_refused"),
        (200, {"status": "pending"}, "names no task"),
        (503, b"", "--idempotency-key fixative-0123456789"),
    ],
)
def test_what_was_not_submitted_is_told_with_what_to_do(
    server: ApiServer, api: TaskApi, status: int, body: Any, told: str
) -> None:
    server.answer(SUBMIT, status, body)
    with pytest.raises(NotSubmitted) as refused:
        submit(api)

    assert told in str(refused.value)


def run(server: ApiServer, *words: str, request: Any = REQUEST, **more: str) -> click.testing.Result:
    """The command with an S3 and a Redis where nobody listens, unless the test says others."""
    environment = {
        "S3_BUCKET": "images",
        "S3_ENDPOINT": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "TICKET_KEYS": tickets.new_key("k1"),
        "PUBLIC_URL": "https://fixative.example.com",
        "EVOLINK_API": server.base,
        "EVOLINK_API_KEY": "key",
        **more,
    }
    runner = click.testing.CliRunner(env=environment)
    return runner.invoke(cli, words, input=request if isinstance(request, bytes) else json.dumps(request))


def test_an_order_that_could_not_be_told_is_said_loudly_with_the_task(server: ApiServer) -> None:
    server.answer(SUBMIT, 200, {"id": TASK})
    done = run(server, "submit", "--provider", "evolink", "-")

    assert (1, TASK) == (done.exit_code, done.stdout.strip())
    assert f"SUBMITTED AND PAID FOR as evolink/{TASK}" in done.stderr
    assert f"fixative fetch evolink/{TASK}" in done.stderr
    assert "/callbacks/evolink/***" in done.stderr
    ticket = json.loads(server.asked[0].body)["callback_url"].rpartition("/")[2]
    assert ticket not in done.output


def test_a_submitted_order_stands_in_the_inbox_although_redis_is_away(
    server: ApiServer, s3: Any, s3_endpoint: str, prefix: str, bucket: Any
) -> None:
    server.answer(SUBMIT, 200, {"id": TASK})
    own = {"S3_BUCKET": s3.bucket, "S3_ENDPOINT": s3_endpoint, "S3_PREFIX": prefix}
    own |= {"AWS_ACCESS_KEY_ID": s3.access_key, "AWS_SECRET_ACCESS_KEY": s3.secret_key}
    done = run(server, "submit", "--provider", "evolink", "-", "--label", "spring", "--json", **own)

    assert (0, TASK) == (done.exit_code, json.loads(done.stdout)["task_id"])
    [entry] = list(bucket.list("inbox/"))
    delivery = Delivery.from_json(bucket.get(entry.key).body)
    told = ToldOrder.from_json(delivery.body)
    assert ("order", TASK, "spring", REQUEST) == (
        delivery.via,
        told.task_id,
        told.label,
        json.loads(told.request_body),
    )


@pytest.mark.parametrize(
    ("words", "request_", "more"),
    [
        (["-"], b"rubbish", {}),
        (["-"], {**REQUEST, "n": 0}, {}),
        (["-", "--label", "a b"], REQUEST, {}),
        (["-", "--idempotency-key", "short"], REQUEST, {}),
        (["-"], REQUEST, {"EVOLINK_API_KEY": ""}),
        (["-"], REQUEST, {"PUBLIC_URL": "https://192.168.1.2"}),
        (["-"], REQUEST, {"TICKET_KEYS": "k1:short"}),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_paid(
    server: ApiServer, words: list[str], request_: Any, more: dict[str, str]
) -> None:
    done = run(server, "submit", "--provider", "evolink", *words, request=request_, **more)

    assert (2, []) == (done.exit_code, server.asked)


@pytest.mark.parametrize(
    "words",
    [[], [TASK, "--since", "1h"], ["../x"], ["nobody/" + TASK], ["--provider", "apiinone", "--since", "1h"]],
)
def test_a_fetch_that_makes_no_sense_is_refused(server: ApiServer, words: list[str]) -> None:
    more = {"APIINONE_API_KEY": "key"}

    assert (2, []) == (run(server, "fetch", *words, **more).exit_code, server.asked)


def _page(*ages_s: int, **more: Any) -> dict[str, Any]:
    now_s = int(NOW.timestamp())
    return {
        "data": [
            {
                "id": f"task-unified-{now_s - age_s}-aaaaaaaa",
                "status": "completed",
                "created_at": now_s - age_s,
                **more,
            }
            for age_s in ages_s
        ]
    }


def test_the_list_is_walked_until_it_is_older_than_asked_for(server: ApiServer, api: TaskApi) -> None:
    for page, lines in enumerate([_page(1, 2), _page(2, 3, 99), _page(98, 99), _page(100)], start=1):
        server.answer(EVOLINK.wire.page_address(page), 200, lines)
    since = NOW.replace(hour=11, minute=59, second=0)
    ids = list(ended_since(api, EVOLINK, since))

    assert [1, 2, 3] == [int(NOW.timestamp()) - int(task_id.split("-")[2]) for task_id in ids]
    assert 3 == len(server.asked)


@pytest.mark.parametrize("more", [{"status": "processing"}, {"type": "video"}])
def test_what_has_not_ended_or_is_no_image_is_passed_over(server: ApiServer, api: TaskApi, more: Any) -> None:
    server.answer(EVOLINK.wire.page_address(1), 200, _page(1, **more))
    server.answer(EVOLINK.wire.page_address(2), 200, _page())

    assert [] == list(ended_since(api, EVOLINK, NOW.replace(hour=0)))


def test_a_list_that_is_refused_is_trouble(server: ApiServer, api: TaskApi) -> None:
    server.answer(EVOLINK.wire.page_address(1), 401, b"")
    with pytest.raises(ApiTrouble):
        list(ended_since(api, EVOLINK, NOW))
