"""What the simulator breaks on purpose: links, images, and until when."""

from __future__ import annotations

import time
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO

import pytest
import urllib3
from PIL import Image

from tests.integration.local.simulator_process import Simulator, simulating


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """One simulator for all tests of this module."""
    with simulating() as running:
        yield running


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500])
def test_a_link_can_answer_with_an_error(simulator: Simulator, status: int) -> None:
    """The status as ordered; 429 says when to come again."""
    details = {"retry_after_s": 7} if status == 429 else {}
    answer = simulator.fetch(simulator.link(link=status, **details))
    assert answer.status == status
    assert answer.headers.get("Retry-After") == ("7" if status == 429 else None)


def test_a_link_can_be_slow(simulator: Simulator) -> None:
    """The bytes are right, but take their time."""
    url = simulator.link(link="slow", bytes_per_s=40_000)
    started = time.monotonic()
    body = simulator.fetch(url).data
    assert time.monotonic() - started > 0.5 * len(body) / 40_000
    with Image.open(BytesIO(body)) as image:
        image.load()


def test_a_link_can_be_cut_off_short_of_its_declared_length(simulator: Simulator) -> None:
    """The connection closes in order after half of the bytes."""
    with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
        simulator.fetch(simulator.link(link="cut_off"))


def test_a_link_can_be_reset(simulator: Simulator) -> None:
    """A TCP reset instead of an answer."""
    with pytest.raises(urllib3.exceptions.ProtocolError, match="ConnectionResetError"):
        simulator.fetch(simulator.link(link="reset"))


def test_a_link_can_stall_in_the_middle(simulator: Simulator) -> None:
    """Half of the bytes, then silence on an open connection."""
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        simulator.fetch(simulator.link(link="stall"), timeout_s=0.5)


def test_an_image_can_be_of_the_wrong_size_or_format_and_the_true_one_is_still_told(
    simulator: Simulator,
) -> None:
    """Both what was ordered and what was served can be asked for."""
    for fault, expected in (("wrong_size", ("PNG", (118, 79))), ("wrong_format", ("JPEG", (96, 64)))):
        seen = simulator.finished(simulator.order(simulate={"image": fault}))
        body = simulator.fetch(seen["links"][0]["url"]).data
        with Image.open(BytesIO(body)) as image:
            assert (image.format, image.size) == expected
        [link] = simulator.seen(seen["id"])["links"]
        assert (link["format"], link["width"], link["height"]) == ("png", 96, 64)
        assert link["served_sha256"] == [sha256(body).hexdigest()] != [link["sha256"]]


def test_an_image_can_be_a_web_page(simulator: Simulator) -> None:
    """200, and HTML where an image should be."""
    answer = simulator.fetch(simulator.link(image="html"))
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.data.startswith(b"<!doctype html>")


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
def test_an_image_can_be_damaged_in_a_whole_answer(simulator: Simulator, image_format: str) -> None:
    """HTTP is content, the decoder is not."""
    task_id = simulator.order(output_format=image_format, simulate={"image": "damaged"})
    answer = simulator.fetch(simulator.finished(task_id)["links"][0]["url"])
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    with (
        pytest.raises(OSError, match=r"truncated|broken|decoder"),
        Image.open(BytesIO(answer.data)) as image,
    ):
        image.load()


def test_an_image_can_be_over_50_mib_of_undeclared_length(simulator: Simulator) -> None:
    """Only who counts while it streams can know."""
    answer = simulator.http.request("GET", simulator.link(image="huge"), preload_content=False)
    assert "Content-Length" not in answer.headers
    assert sum(len(part) for part in answer.stream(1 << 20)) > 50 * 1024 * 1024


def test_an_image_can_be_behind_one_redirect(simulator: Simulator) -> None:
    """The first answer leads to the image itself."""
    answer = simulator.fetch(simulator.link(image="redirect"))
    assert (answer.status, answer.headers["Location"].startswith(simulator.address)) == (302, True)
    assert simulator.fetch(answer.headers["Location"]).status == 200


def test_a_fault_heals_after_so_many_requests(simulator: Simulator) -> None:
    """heal_after 2: the third request is answered well."""
    url = simulator.link(link=500, heal_after=2)
    assert [simulator.fetch(url).status for _ in range(3)] == [500, 500, 200]


def test_a_fault_can_hit_one_image_of_many(simulator: Simulator) -> None:
    """Index 1: the others are served."""
    seen = simulator.finished(simulator.order(n=3, simulate={"link": 410, "index": 1}))
    assert [simulator.fetch(link["url"]).status for link in seen["links"]] == [200, 410, 200]


def test_a_task_can_be_healed(simulator: Simulator) -> None:
    """From the heal on its links are fine."""
    seen = simulator.finished(simulator.order(simulate={"link": 403}))
    url = seen["links"][0]["url"]
    assert simulator.fetch(url).status == 403
    assert simulator.ask("POST", f"/simulator/tasks/{seen['id']}/heal")[1]["healed"] is True
    assert simulator.fetch(url).status == 200


def test_switches_for_all_come_from_the_command_line_and_can_be_replaced() -> None:
    """Tasks keep the switches that they were ordered under."""
    with simulating("--simulate", '{"link": 404}') as running:
        before = running.link()
        assert running.fetch(before).status == 404
        assert running.ask("PUT", "/simulator/switches", {"link": 410}) == (200, {"link": "410"})
        assert running.fetch(running.link()).status == 410
        assert running.fetch(before).status == 404


def test_an_unknown_switch_is_refused_with_a_clear_text(simulator: Simulator) -> None:
    """A typing error does not become a test that tests nothing."""
    order = {"model": "gpt-image-2", "prompt": "a cat", "simulate": {"lnk": 404}}
    status, body = simulator.ask("POST", "/v1/images/generations", order)
    assert (status, body["error"]["param"]) == (400, "simulate")
    assert "unknown switch lnk; there are: status, " in body["error"]["message"]
    status, body = simulator.ask("PUT", "/simulator/switches", {"link": 418})
    assert (status, body["message"][:20]) == (400, "link is one of 403, ")
