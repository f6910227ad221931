"""The simulator as a process: what it serves, how it calls back, how it ends."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
import trustme
from PIL import Image

from tests.integration.local.simulator_process import (
    HANG,
    KEY,
    ROOT,
    Receiver,
    Simulator,
    receiving,
    simulating,
    until,
)
from tests.pace import Stopwatch


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """One simulator for all tests of this module."""
    with simulating() as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A callback receiver for one test."""
    with receiving() as running:
        yield running


# What it serves


@pytest.mark.parametrize("path", ["/v1/images/generations", "/api/v1/images/generations"])
def test_an_order_without_a_token_is_refused(simulator: Simulator, path: str) -> None:
    """Neither provider takes an anonymous order."""
    status, body = simulator.ask("POST", path, {}, key=None)
    assert status == 401
    assert body["error"]["message"].startswith("Invalid API key")


def test_one_key_can_be_demanded() -> None:
    """With --api-key any other token is 401, in each provider's words."""
    with simulating("--api-key", KEY) as running:
        assert running.ask("GET", "/v1/tasks")[0] == 200
        status, body = running.ask("GET", "/v1/tasks", key="other")
        assert (status, body["error"]["type"]) == (401, "authentication_error")
        assert running.ask("GET", "/api/v1/tasks/x", key="other")[0] == 401


def test_an_evolink_task_can_be_asked_for_alone_in_a_batch_and_in_the_list(simulator: Simulator) -> None:
    """A batch leaves out what it does not know; the list has no links."""
    task_id = simulator.order(model="one-of-its-own")
    simulator.finished(task_id)
    _, task = simulator.ask("GET", f"/v1/tasks/{task_id}")
    assert (task["status"], task["progress"], len(task["results"])) == ("completed", 100, 1)
    batch = simulator.ask("POST", "/v1/tasks/batch", {"task_ids": [task_id, "task-unified-1-unknown"]})
    assert batch == (200, {"data": [task]})
    _, listed = simulator.ask("GET", "/v1/tasks?model=one-of-its-own&status=completed")
    assert [line["id"] for line in listed["data"]] == [task_id]
    assert (listed["total"], listed["data"][0]["has_results"]) == (1, True)


def test_unknown_tasks_and_paths_are_refused_in_the_providers_words(simulator: Simulator) -> None:
    """A client reads the error's shape, not only its status."""
    status, body = simulator.ask("GET", "/v1/tasks/task-unified-1-unknown")
    assert (status, body["error"]["code"]) == (404, "task_not_found")
    assert simulator.ask("GET", "/v1/tasks/unknown")[1]["error"]["code"] == "invalid_task_id"
    assert simulator.ask("GET", "/v1/nothing")[0] == 404
    assert simulator.ask("GET", "/api/v1/tasks/unknown")[1]["code"] == 404


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
def test_links_lead_to_images_of_the_ordered_size_and_format(simulator: Simulator, image_format: str) -> None:
    """Ten different images, the same bytes every time, with the digest that the control door tells."""
    seen = simulator.finished(simulator.order(n=10, size="3:2", output_format=image_format))
    assert len({link["sha256"] for link in seen["links"]}) == 10
    for link in seen["links"][:2]:
        assert link["url"].startswith(simulator.address + "/media/")
        first, second = simulator.fetch(link["url"]), simulator.fetch(link["url"])
        assert first.headers["Content-Type"] == f"image/{image_format}"
        assert first.data == second.data
        assert (sha256(first.data).hexdigest(), len(first.data)) == (link["sha256"], link["bytes"])
        with Image.open(BytesIO(first.data)) as image:
            image.load()
            assert (image.width, image.height, image.format) == (1248, 832, image_format.upper())


def test_requests_are_counted_per_link(simulator: Simulator) -> None:
    """Tests ask how often a link was fetched."""
    seen = simulator.finished(simulator.order(n=2))
    simulator.fetch(seen["links"][1]["url"])
    assert [link["requests"] for link in simulator.seen(seen["id"])["links"]] == [0, 1]


def test_a_link_with_another_signature_is_forbidden(simulator: Simulator) -> None:
    """The query is part of the link; who drops it gets 403."""
    assert simulator.fetch(simulator.link() + "x").status == 403


def test_links_expire_and_healing_brings_them_back() -> None:
    """An expired link is 404 until the task is healed."""
    with simulating("--link-life-s", "0.3") as running:
        seen = running.finished(running.order())
        url = seen["links"][0]["url"]
        until(lambda: running.fetch(url).status == 404)
        running.ask("POST", f"/simulator/tasks/{seen['id']}/heal")
        assert running.fetch(url).status == 200


def test_a_body_over_a_mebibyte_is_refused(simulator: Simulator) -> None:
    """413, counted as it comes."""
    status, _ = simulator.ask("POST", "/v1/images/generations", {"prompt": "x" * (1 << 20)})
    assert status == 413


# How it calls back


def test_a_callback_is_what_the_task_query_answers(simulator: Simulator, receiver: Receiver) -> None:
    """The body is the query's answer, and the callback URL's query is kept."""
    task_id = simulator.order(callback_url=receiver.address + "/cb?a=b")
    [(_, body, headers)] = until(lambda: receiver.at("/cb?a=b"))
    assert body == simulator.ask("GET", f"/v1/tasks/{task_id}")[1]
    assert headers["Content-Type"] == "application/json"


def test_api_in_one_calls_back_with_its_envelope(simulator: Simulator, receiver: Receiver) -> None:
    """From order to image in API in One's words."""
    order = {
        "model": "gpt-image-1-5",
        "prompt": "a cat",
        "aspect_ratio": "2:3",
        "callback_url": receiver.address + "/cb",
    }
    _, answer = simulator.ask("POST", "/api/v1/images/generations", order)
    assert answer["data"]["status"] == "IN_PROGRESS"
    [(_, body, _)] = until(lambda: receiver.at("/cb"))
    assert body == simulator.ask("GET", f"/api/v1/tasks/{answer['data']['task_id']}")[1]
    assert body["data"]["status"] == "SUCCESS"
    with Image.open(BytesIO(simulator.fetch(body["data"]["response"][0]).data)) as image:
        assert image.size == (1024, 1536)


def test_a_refused_callback_is_tried_after_1_2_and_4_s_and_then_given_up(
    simulator: Simulator, receiver: Receiver
) -> None:
    """A redirect is a refusal too, and is not followed; a hanging receiver is waited for 10 s."""
    receiver.script = {"/refuse": [503, 307, 404, 500], "/hang": [HANG]}
    refused = simulator.order(callback_url=receiver.address + "/refuse")
    hanging = simulator.order(callback_url=receiver.address + "/hang")
    with Stopwatch() as watch:
        until(lambda: len(receiver.at("/hang")) == 2, 15)
    times = [when for when, _, _ in receiver.at("/refuse")]
    gaps = [later - sooner for sooner, later in pairwise(times)]
    assert gaps == [pytest.approx(gap, abs=0.7 * watch.slowness) for gap in (1, 2, 4)]
    assert [one["status"] for one in simulator.seen(refused)["attempts"]] == [503, 307, 404, 500]
    assert receiver.at("/elsewhere") == []
    attempts = until(lambda: len(tries := simulator.seen(hanging)["attempts"]) == 2 and tries)
    assert [one["status"] for one in attempts] == [None, 200]
    assert attempts[0]["seconds"] == pytest.approx(10, abs=watch.slowness)
    assert "Timeout" in attempts[0]["error"]


def test_a_callback_can_be_lost_and_sent_later_by_hand(simulator: Simulator, receiver: Receiver) -> None:
    """Lost: never sent by itself; the control door sends it all the same."""
    task_id = simulator.order(callback_url=receiver.address + "/cb", simulate={"callback": "lost"})
    assert simulator.finished(task_id)["attempts"] == []
    assert simulator.ask("POST", f"/simulator/tasks/{task_id}/callback")[0] == 202
    until(lambda: [one["status"] for one in simulator.seen(task_id)["attempts"]] == [200])
    assert len(receiver.at("/cb")) == 1


def test_a_callback_can_come_twice_and_can_come_late(simulator: Simulator, receiver: Receiver) -> None:
    """Twice with the same body; late by late_s, no sooner."""
    simulator.order(callback_url=receiver.address + "/twice", simulate={"callback": "duplicate"})
    late = {"callback": "late", "late_s": 1}
    started = time.monotonic()
    simulator.order(callback_url=receiver.address + "/late", simulate=late)
    [(first, body, _), (_, again, _)] = until(lambda: len(got := receiver.at("/twice")) == 2 and got)
    assert body == again
    [(when, _, _)] = until(lambda: receiver.at("/late"))
    assert first - started < 1 < when - started


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_task_can_end_without_results(simulator: Simulator, receiver: Receiver, status: str) -> None:
    """A failed and a cancelled task call back, too."""
    simulator.order(callback_url=receiver.address + "/cb", simulate={"status": status})
    [(_, body, _)] = until(lambda: receiver.at("/cb"))
    assert (body["status"], "results" in body) == (status, False)


def test_a_callback_over_tls_needs_an_authority_that_is_trusted(tmp_path: Path) -> None:
    """Without --ca a private certificate fails the try, before a byte of the body is sent."""
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with receiving(tls) as receiver:
        with simulating("--ca", str(tmp_path / "ca.pem")) as trusting:
            trusting.order(callback_url=receiver.address + "/trusting")
            until(lambda: receiver.at("/trusting"))
        with simulating() as doubting:
            task_id = doubting.order(callback_url=receiver.address + "/doubting")
            [attempt] = until(lambda: doubting.seen(task_id)["attempts"])
            assert attempt["status"] is None
            assert "CERTIFICATE_VERIFY_FAILED" in attempt["error"]
            assert receiver.at("/doubting") == []


# How it begins and ends


def test_a_command_line_that_makes_no_sense_ends_with_2() -> None:
    """It says what was expected, and prints no ready line."""
    command = [sys.executable, "-m", "infra.simulator", "--simulate", '{"link": 418}']
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "link is one of 403" in ended.stderr


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_2_s_with_0_whatever_is_under_way(receiver: Receiver, end: signal.Signals) -> None:
    """A callback that hangs, a download that stalls, an idle connection and a body that never comes."""
    receiver.script = {"/hang": [HANG]}
    with simulating() as running:
        running.order(callback_url=receiver.address + "/hang")
        until(lambda: receiver.at("/hang"))
        stalled = running.http.request("GET", running.link(link="stall"), preload_content=False)
        host, _, port = running.address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as waiting:
            waiting.sendall(b"POST /v1/tasks/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n")
            waiting.sendall(b"Content-Length: 9\r\n\r\n")
            with Stopwatch() as watch:
                running.process.send_signal(end)
                assert running.process.wait(120) == 0
            assert watch.within(2), watch
        stalled.close()
