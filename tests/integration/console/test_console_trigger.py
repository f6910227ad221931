"""`trigger`: a true callback to a receiver, followed in the bucket. The tests play receiver and worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archive.reasons import Reason
from console.cli.waiting import until
from egress.own_call import NoAnswer, ask
from providers import evolink
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.front import Manner, front
from tests.integration.console.harness.seeds import Seeds
from tests.integration.local.simulator_process import HANG, Receiver, receiving, simulating

PATH = "/callbacks/evolink/a-ticket"


def body_at(receiver: Receiver, path: str = PATH) -> dict[str, Any] | None:
    """The body that came, once it has."""
    got = receiver.at(path)
    body: dict[str, Any] | None = got[0][1] if got else None
    return body


def triggered(command: Command, receiver: Receiver, *words: str) -> tuple[Any, dict[str, Any]]:
    """The command on its way, and the body that it has sent."""
    receiver.script[PATH] = [202]
    running = command.start("trigger", *words, "--to", receiver.address + PATH, "--timeout", "30", "--json")
    body = until(lambda: body_at(receiver), 30)
    assert body is not None
    return running, body


@pytest.mark.parametrize("what", ["failed", "cancelled"])
def test_an_ending_is_sent_and_seen_in_its_manifest(command: Command, seeds: Seeds, what: Any) -> None:
    with receiving() as receiver:
        running, body = triggered(command, receiver, what)
        told = evolink.read(json.dumps(body).encode())
        seeds.manifest(told.task_id, status=what)
        out, _ = running.communicate(timeout=30)
    assert told.status == what
    assert (running.returncode, json.loads(out)["ended"], json.loads(out)["as_expected"]) == (0, what, True)


def test_a_completed_task_names_its_source_and_is_seen_archived(command: Command, seeds: Seeds) -> None:
    with receiving() as receiver:
        running, body = triggered(
            command, receiver, "completed", "--source", "https://files.evolink.ai/a.png"
        )
        seeds.whole(body["id"])
        out, _ = running.communicate(timeout=30)
    assert body["results"] == ["https://files.evolink.ai/a.png"]
    assert (running.returncode, json.loads(out)["images"]) == (0, ["1024x1536 PNG"])


def test_a_dead_link_stands_on_the_providers_host_and_is_seen_as_a_dead_letter(
    command: Command, seeds: Seeds
) -> None:
    with receiving() as receiver:
        running, body = triggered(command, receiver, "dead-link")
        seeds.letter(body["id"], Reason.SOURCE_GONE)
        out, _ = running.communicate(timeout=30)
    assert body["results"][0].startswith("https://files.evolink.ai/")
    assert (running.returncode, json.loads(out)["reason"]) == (0, "source_gone")


def test_an_ending_that_is_not_the_expected_one_is_a_problem(command: Command, seeds: Seeds) -> None:
    with receiving() as receiver:
        running, body = triggered(
            command, receiver, "completed", "--source", "https://files.evolink.ai/a.png"
        )
        seeds.letter(body["id"], Reason.FORBIDDEN_SOURCE)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, json.loads(out)["as_expected"]) == (1, False)
    assert "not as it should" in err


def test_images_come_from_the_simulator_where_there_is_one(command: Command, seeds: Seeds) -> None:
    with simulating() as simulator, receiving() as receiver:
        receiver.script[PATH] = [202]
        command.environment["EVOLINK_API"] = simulator.address
        running, body = triggered(command, receiver, "completed")
        assert simulator.fetch(body["results"][0]).status == 200
        seeds.whole(body["id"])
        running.communicate(timeout=30)
    assert running.returncode == 0


def test_a_url_is_minted_for_the_public_address_with_a_label(command: Command) -> None:
    ran = command("trigger", "failed", "--label", "try/1", PUBLIC_URL="https://127.0.0.1:1")
    assert (ran.code, "nobody listens" in ran.err) == (1, True)


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "wrong, expired or altered"), (403, "plain HTTP"), (503, "durable"), (307, "307"), (200, "200")],
)
def test_any_answer_but_202_is_a_problem_and_says_what_it_means(
    command: Command, status: int, said: str
) -> None:
    with receiving() as receiver:
        receiver.script[PATH] = [status]
        ran = command("trigger", "failed", "--to", receiver.address + PATH)
    assert (ran.code, said in ran.err) == (1, True)
    assert "a-ticket" not in ran.err


def test_a_certificate_that_is_not_trusted_is_a_problem_with_its_mend(
    command: Command, tmp_path: Path
) -> None:
    with front(tmp_path, 9, Manner()) as receiver:
        ran = command("trigger", "failed", "--to", receiver.url + PATH)
    assert (ran.code, "SSL_CERT_FILE" in ran.err, receiver.asked) == (1, True, [])


def test_a_receiver_that_speaks_no_tls_is_a_problem(command: Command) -> None:
    with receiving() as receiver:
        ran = command("trigger", "failed", "--to", receiver.address.replace("http:", "https:") + PATH)
    assert (ran.code, "no TLS is spoken there" in ran.err) == (1, True)


def test_a_receiver_that_does_not_answer_is_not_waited_for_without_end() -> None:
    with receiving() as receiver:
        receiver.script[PATH] = [HANG]
        with pytest.raises(NoAnswer, match=r"no answer within 0\.2 s"):
            ask("POST", receiver.address + PATH, body=b"{}", timeout_s=0.2)


def test_what_nobody_settles_is_told_as_not_seen(command: Command) -> None:
    with receiving() as receiver:
        receiver.script[PATH] = [202]
        ran = command("trigger", "failed", "--to", receiver.address + PATH, "--timeout", "0.2", "--json")
    assert (ran.code, ran.told["ended"]) == (1, "not seen")
