"""A provider's task API, asked over real sockets."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from archive.errors import ApiTrouble
from archive.reasons import Reason
from egress.api_call import ANSWER_MAX_BYTES, call
from egress.proxy import EgressProxy
from egress.task_api import TaskApi
from providers.apiinone import APIINONE
from providers.evolink import EVOLINK
from tests.integration.egress.api_server import ApiServer, serving
from tests.integration.egress.connect_proxy import Tunnel, proxy_at, says
from tests.integration.egress.origin import Asked, Origin, tls_server
from tests.pace import Stopwatch

TASK = "task-unified-1756817821-4x3rx6ny"
BODY = {"id": TASK, "status": "completed", "results": ["https://files.evolink.ai/a.png"]}
KEY = "sk-very-secret"
ONE = f"/v1/tasks/{TASK}"


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving() as server:
        yield server


@pytest.fixture
def api(server: ApiServer) -> TaskApi:
    return TaskApi(EVOLINK, server.base, KEY, user_agent="Fixative/test")


def test_a_task_is_asked_for_with_the_key_and_a_name_of_ours(server: ApiServer, api: TaskApi) -> None:
    server.answer(ONE, 200, BODY)

    assert BODY == json.loads(api.task(TASK) or b"")
    assert {"authorization": f"Bearer {KEY}", "user-agent": "Fixative/test"}.items() <= server.asked[
        0
    ].headers.items()


def test_a_task_that_is_not_there_is_none(api: TaskApi) -> None:
    assert api.task(TASK) is None


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_is_told_as_the_operators_mistake(
    server: ApiServer, api: TaskApi, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer(ONE, status, {"error": {"code": "unauthorized", "message": "Invalid API key"}})
    with pytest.raises(
        ApiTrouble, match=f"EvoLink answered {status}: unauthorized: Invalid API key"
    ) as refused:
        api.task(TASK)

    assert Reason.API_KEY_REFUSED is refused.value.reason
    assert KEY not in str(refused.value) + caplog.text + repr(api)


@pytest.mark.parametrize(
    ("status", "headers", "after_s"),
    [
        (429, {"Retry_After": "7"}, 7.0),
        (503, {"Retry_After": "120"}, 120.0),
        (500, {}, None),
        (502, {"Retry_After": "soon"}, None),
        (429, {"Retry_After": "99999999999"}, None),
        (400, {}, None),
        (404, {}, None),
    ],
)
def test_trouble_that_passes_is_told_with_its_patience(
    server: ApiServer, api: TaskApi, status: int, headers: dict[str, str], after_s: float | None
) -> None:
    server.answer(ONE, status, b"<html>", **headers)
    with pytest.raises(ApiTrouble) as trouble:
        api.task(TASK)

    assert (Reason.API_TROUBLE, after_s) == (trouble.value.reason, trouble.value.retry_after_s)


def test_a_redirect_is_never_followed_nor_the_key_sent_along(server: ApiServer, api: TaskApi) -> None:
    with serving() as elsewhere:
        server.answer(ONE, 302, b"", Location=f"{elsewhere.base}{ONE}")
        with pytest.raises(ApiTrouble, match="answered 302"):
            api.task(TASK)

        assert [] == elsewhere.asked


def test_many_tasks_are_one_question_and_who_is_absent_is_unknown(server: ApiServer, api: TaskApi) -> None:
    server.answer("/v1/tasks/batch", 200, {"data": [BODY]})
    bodies = api.tasks([TASK, TASK + "x"])

    assert bodies is not None
    assert [TASK] == list(bodies)
    assert {"task_ids": [TASK, TASK + "x"]} == json.loads(server.asked[0].body)
    assert (50, ["POST /v1/tasks/batch"]) == (api.gathers, server.paths())


@pytest.mark.parametrize(("status", "body"), [(404, b""), (405, b""), (200, b"{}"), (200, b"<html>")])
def test_where_there_is_no_batch_it_is_not_asked_for_again(
    server: ApiServer, api: TaskApi, status: int, body: bytes
) -> None:
    server.answer("/v1/tasks/batch", status, body)

    assert (None, 1) == (api.tasks([TASK]), api.gathers)
    assert api.tasks([TASK]) is None
    assert 1 == len(server.asked)
    api._without_batch_until = time.monotonic()
    assert 50 == api.gathers


def test_a_batch_that_is_refused_for_one_of_its_ids_is_asked_one_by_one_this_time(
    server: ApiServer, api: TaskApi
) -> None:
    server.answer("/v1/tasks/batch", 400, {"error": {"code": "invalid_task_id"}})

    assert (None, 50) == (api.tasks([TASK]), api.gathers)


def test_a_provider_without_a_batch_has_none(server: ApiServer) -> None:
    api = TaskApi(APIINONE, server.base + "/api/v1", KEY)
    server.answer("/api/v1/tasks/n42_x", 200, b"{}")

    assert (1, None, b"{}") == (api.gathers, api.tasks(["n42_x"]), api.task("n42_x"))


def test_nobody_there_is_trouble_that_passes() -> None:
    with pytest.raises(ApiTrouble, match=r"127\.0\.0\.1"):
        TaskApi(EVOLINK, "http://127.0.0.1:9", KEY).task(TASK)


def test_an_answer_without_end_is_cut_at_a_mebibyte(server: ApiServer, api: TaskApi) -> None:
    server.answer(ONE, 200, b" " * (ANSWER_MAX_BYTES + 1))
    with pytest.raises(ApiTrouble, match="more than 1048576 bytes"):
        api.task(TASK)


def drip(head: bytes) -> object:
    """Answer with a head and then a byte every 50 ms, for ever."""

    def answer(asked: Asked) -> bool:
        asked.send(head)
        while not asked.gone.wait(0.05):
            asked.send(b"x")
        return False

    return answer


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\n\r\n", b""])
def test_an_answer_that_drips_in_is_ended_in_all(head: bytes) -> None:
    with Origin() as origin:
        origin.answers["/"] = drip(head)  # type: ignore[assignment] # an Answering
        with Stopwatch() as watch, pytest.raises(ApiTrouble, match=r"no answer within 0\.5 s"):
            call("GET", f"http://127.0.0.1:{origin.port}/", headers={}, total_s=0.5)

    assert watch.within(3), watch


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    with Origin(tls_server(authority, "localhost")) as origin:
        origin.answers["/"] = lambda asked: asked.answer(b"{}")
        url = f"https://localhost:{origin.port}/"
        with pytest.raises(ApiTrouble, match="certificate is not trusted"):
            call("GET", url, headers={"Authorization": f"Bearer {KEY}"})
        assert [] == origin.asked

        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert ssl.get_default_verify_paths().cafile == str(tmp_path / "ca.pem")
        assert b"{}" == call("GET", url, headers={}).body


def test_a_call_goes_through_the_egress_proxy_by_name_and_the_proxy_cannot_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with Origin(tls_server(authority, "api.example")) as origin, Origin() as proxy:
        origin.answers[ONE] = lambda asked: asked.answer(json.dumps(BODY).encode())
        proxy.answers["api.example:443"] = tunnel = Tunnel(origin.port)
        api = TaskApi(EVOLINK, "https://api.example", KEY, proxy=proxy_at(proxy))

        assert BODY == json.loads(api.task(TASK) or b"")
        assert f"Bearer {KEY}" == origin.asked[0].headers["authorization"]
        assert ["api.example:443"] == [asked.path for asked in proxy.asked]
        assert {"host", "proxy-authorization"} == set(proxy.asked[0].headers)
        assert KEY.encode() not in tunnel.carried
        assert tunnel.carried


def test_a_plain_call_goes_through_the_egress_proxy_too(server: ApiServer) -> None:
    server.answer(ONE, 200, BODY)
    place = server.base.removeprefix("http://")
    with Origin() as proxy:
        proxy.answers[place] = Tunnel(int(place.rpartition(":")[2]))
        TaskApi(EVOLINK, server.base, KEY, proxy=proxy_at(proxy)).task(TASK)

        assert (1, [f"GET {ONE}"]) == (proxy.connections, server.paths())


@pytest.mark.parametrize(
    ("status", "reason"),
    [(407, Reason.PROXY_TROUBLE), (403, Reason.PROXY_TROUBLE), (502, Reason.API_TROUBLE)],
)
def test_a_call_that_the_egress_proxy_refuses_is_trouble_that_passes(status: int, reason: Reason) -> None:
    with Origin() as proxy:
        proxy.answers["api.example:443"] = says(f"HTTP/1.1 {status} No\r\n\r\n".encode())
        with pytest.raises(ApiTrouble) as trouble:
            TaskApi(EVOLINK, "https://api.example", KEY, proxy=proxy_at(proxy)).task(TASK)

    assert f"{reason}: api.example: the egress proxy answered {status}" == str(trouble.value)


def test_an_egress_proxy_that_is_away_or_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = EgressProxy("127.0.0.1", silent.getsockname()[1])
        with Stopwatch() as watch, pytest.raises(ApiTrouble):
            call("GET", "https://api.example/", headers={}, connect_s=0.3, proxy=proxy)
        assert watch.within(3), watch
    with pytest.raises(ApiTrouble) as trouble:
        call("GET", "https://api.example/", headers={}, connect_s=0.3, proxy=proxy)

    assert "proxy_trouble: api.example: the egress proxy cannot be reached: Connection refused" == str(
        trouble.value
    )


def test_the_environments_proxies_are_not_used(
    server: ApiServer, api: TaskApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer(ONE, 200, BODY)
    with Origin() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        api.task(TASK)

        assert 0 == proxy.connections
