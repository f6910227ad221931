"""How a task API is asked is its provider's own: header and scheme, path or query, an address that was given."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest

from archive.errors import ApiTrouble
from archive.reasons import Reason
from egress.task_api import TaskApi
from providers.evolink import EVOLINK
from providers.generic.declared import gateways_in
from providers.kie import KIE
from providers.provider import Provider
from tests.integration.egress.api_server import ApiServer, serving
from tests.unit.providers.generic.gateways import KILN

TASK = "task-unified-1756817821-4x3rx6ny"
BODY = {"id": TASK, "status": "completed", "results": ["https://files.evolink.ai/a.png"]}


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving() as server:
        yield server


def asked_as(**wire: Any) -> Provider:
    """EvoLink's words, asked in another way."""
    return dataclasses.replace(EVOLINK, wire=dataclasses.replace(EVOLINK.wire, **wire))


def test_a_key_goes_under_the_providers_header_alone_and_the_id_into_a_query(server: ApiServer) -> None:
    provider = asked_as(key_header="X-Key", key_scheme="", task="/v1/job?ref={task_id}")
    server.answer(f"/v1/job?ref={TASK}", 200, BODY)

    assert BODY == json.loads(TaskApi(provider, server.base, "secret").task(TASK) or b"")
    [question] = server.asked
    assert ("secret", False) == (question.headers["x-key"], "authorization" in question.headers)


def test_an_address_that_was_given_is_asked_as_it_is(server: ApiServer) -> None:
    given = f"{server.base}/eu1/poll?id=7&sig=a%2Fb"
    server.answer("/eu1/poll?id=7&sig=a%2Fb", 200, BODY)

    assert BODY == json.loads(TaskApi(asked_as(task=""), server.base, "secret").task(TASK, given) or b"")


@pytest.mark.parametrize(
    "given",
    [
        "https://evil.example/poll", "https://api.eu1.evolink.ai.evil.example/", "http://api.eu1.evolink.ai/poll",
        "https://api.eu1.evolink.ai:8443/poll", "https://user@api.eu1.evolink.ai/", "https://api.eu1.evolink.ai@evil.example/",
        "https://evolink.ai.evil/", "https://[", "ftp://api.eu1.evolink.ai/", "https://127.0.0.1/", "nonsense",
    ],
)  # fmt: skip
def test_the_key_goes_to_no_address_of_others(server: ApiServer, given: str) -> None:
    provider = asked_as(given_hosts=("eu1.evolink.ai",))
    with pytest.raises(ApiTrouble, match="not EvoLink's") as refused:
        TaskApi(provider, server.base, "secret").task(TASK, given)

    assert (Reason.API_TROUBLE, []) == (refused.value.reason, server.asked)


@pytest.mark.parametrize(
    "given", ["https://eu1.evolink.ai/a", "https://api.eu1.evolink.ai/a?b", "https://API.EU1.evolink.ai:443/"]
)
def test_an_address_at_one_of_the_providers_hosts_is_its_own(given: str) -> None:
    assert asked_as(given_hosts=("eu1.evolink.ai",)).wire.is_given(given)


def test_a_task_that_has_its_own_address_is_not_asked_for_without_it(server: ApiServer) -> None:
    with pytest.raises(ApiTrouble, match="none was told"):
        TaskApi(asked_as(task=""), server.base, "secret").task(TASK)

    assert [] == server.asked


def test_what_went_wrong_may_stand_in_the_body_under_a_good_status(server: ApiServer) -> None:
    """A task that is not known, a key that is refused, a call too many: as if the status said it."""
    api, query = TaskApi(KIE, server.base, "secret"), "/api/v1/jobs/recordInfo?taskId=task12345"
    for code in (422, 401, 429, 500):
        server.answer(query, 200, {"code": code, "msg": "No.", "data": None})
    assert api.task("task12345") is None

    for code, reason in ((401, Reason.API_KEY_REFUSED), (429, Reason.API_TROUBLE), (500, Reason.API_TROUBLE)):
        with pytest.raises(ApiTrouble, match=f"kie.ai answered {code}: {code}: No.") as trouble:
            api.task("task12345")
        assert trouble.value.reason is reason
    server.answer("/api/v1/jobs/createTask", 200, {"code": 402, "msg": "Insufficient credits", "data": None})
    assert api.submit(b"{}", {}).status == 402


def test_a_declared_gateway_is_asked_where_its_file_says_and_its_answer_is_read(server: ApiServer) -> None:
    kiln = gateways_in(KILN)["kiln"][1]
    server.answer(
        "/v2/job?ref=kiln%2F7", 200, {"job": {"ref": "kiln/7", "stage": "burnt", "trouble": "too hot"}}
    )

    told = kiln.read(TaskApi(kiln, server.base, "secret").task("kiln/7") or b"")
    assert ("kiln/7", "failed", "secret") == (
        told.task_id,
        told.status,
        server.asked[0].headers["x-kiln-key"],
    )
