"""Providers that sign: from an order to an archived image through a signed callback, and what is forged, lost or dead."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.system.stack import Stack, running, until
from tests.system.submitting import IMAGES, REQUESTS, submitted
from tests.unit.providers.generic.gateways import KILN

QUICK = {
    "ASK_FIRST_S": "2", "ASK_MOST_S": "4", "RETRY_FIRST_S": "2", "INBOX_GRACE_S": "3", "SWEEP_IDLE_S": "1",
    "SWEEP_BUSY_S": "1",
}  # fmt: skip
# What a good one is called: `partial` leaves the body uncovered, and the links come from the provider's own answer.
GOOD = {"replicate": "valid", "fal": "valid", "bfl": "valid", "kie": "partial", "wavespeed": "valid"}
# Its callback names the task alone: what is told of it is what was asked for then.
ASKED = {"openai"}
# What else may be wrong with one is tried without a stack, for each of them.
BAD = [*((name, "forged") for name in REQUESTS), ("replicate", "missing"), ("fal", "old")]

each = pytest.mark.parametrize("name", REQUESTS)

# An image that takes an hour; as many as are in hand, as many again that are taken, and some that are not.
SLOW = {"model": "gpt-image-2", "size": "96x64", "n": 1, "simulate": {"link": "slow", "bytes_per_s": 1}}
THREADS = 16
HELD = 2 * THREADS + 4


# Of the gateway that is declared in a file.
SECRET = "a secret of the kiln"
GONE = "resp_not_stored_any_more"


def signed(stack: Stack, name: str, task_id: str, body: bytes) -> dict[str, str]:
    """The headers of its signature, by the official library where there is one."""
    now, key = datetime.now(UTC), stack.line["env"][f"{name.upper()}_SIGNING_KEYS"]
    if name == "bfl":
        return {"X-BFL-Signature": f"sha256={hmac.digest(key.encode(), body, 'sha256').hex()}"}
    if name == "kie":
        at = str(int(now.timestamp()))
        digest = hmac.digest(key.encode(), f"{task_id}.{at}".encode(), "sha256")
        return {"X-Webhook-Timestamp": at, "X-Webhook-Signature": base64.b64encode(digest).decode()}
    secret = Webhook(key)
    return {
        "webhook-id": "msg_late",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": secret.sign("msg_late", now, body.decode()),
    }


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that demands signatures."""
    demands = {f"{name.upper()}_SIGNATURES": "require" for name in (*REQUESTS, "kiln")}
    gateways = tmp_path_factory.mktemp("declared") / "gateways.toml"
    gateways.write_text(KILN, encoding="utf-8")
    declared = {"GATEWAYS_FILE": str(gateways), "KILN_SIGNING_KEYS": SECRET}
    with running(tmp_path_factory.mktemp("signed"), environment={**QUICK, **demands, **declared}) as stack:
        # The endpoint is one of the account's, and no request names it.
        endpoint = f"{stack.line['simulator']}/openai/v1/webhook_endpoints"
        answer = stack.http.request(
            "POST",
            endpoint,
            json={"url": stack.callback_url("openai")},
            headers={"Authorization": "Bearer simulator"},
        )
        assert answer.status == 200
        yield stack


def whole(stack: Stack, name: str, task_id: str) -> Any:
    manifest = until("its manifest", lambda: stack.manifest(task_id))
    assert ("completed", name, IMAGES[name]) == (
        manifest["status"], manifest["provider"], len(manifest["assets"]),
    )  # fmt: skip
    return manifest


@each
def test_an_order_becomes_archived_images_through_a_signed_callback(stack: Stack, name: str) -> None:
    task_id = submitted(stack, name)
    manifest = whole(stack, name, task_id)
    assert [("ask", None) if name in ASKED else ("callback", GOOD[name])] == [
        (told.get("via", "callback"), told.get("signature")) for told in manifest["notifications"]
    ]
    links = [link["sha256"] for link in stack.simulated(task_id)["links"]]
    assert links == [asset["sha256"] for asset in manifest["assets"]]
    with_order = until("its order", lambda: stack.ordered_manifest(task_id))
    assert "a lighthouse" == with_order["order"]["prompt"]


@pytest.mark.parametrize(("name", "how"), BAD)
def test_a_forged_signature_is_a_dead_letter_though_its_ticket_is_good(
    stack: Stack, name: str, how: str
) -> None:
    """And the task is asked for all the same, since its order was told."""
    task_id = submitted(stack, name, signature=how)

    def letter() -> Any:
        found = (each for each in stack.letters() if each["reason"] == "bad_signature")
        return next((each for each in found if each["task_id"] == task_id), None)

    word = {"forged": "wrong", "missing": "missing", "old": "stale"}[how]
    assert until("its dead letter", letter)["detail"].startswith(word)
    assert ["ask"] == [told["via"] for told in whole(stack, name, task_id)["notifications"]]


@each
def test_a_lost_callback_is_found_by_asking_and_a_dead_link_is_exchanged(stack: Stack, name: str) -> None:
    again = {"heal_after": 1} if name in ASKED else {"fresh": True}
    task_id = submitted(stack, name, callback="lost", link="404", **again)
    assert ["ask"] == [told["via"] for told in whole(stack, name, task_id)["notifications"]]


def test_a_callback_whose_response_is_not_stored_any_more_is_a_dead_letter(stack: Stack) -> None:
    """OpenAI's tells an id alone: the task is asked for until its images' life is over, counted from its end."""
    ended = int((datetime.now(UTC) - timedelta(hours=25)).timestamp())
    body = json.dumps(
        {
            "object": "event",
            "id": "evt_1",
            "type": "response.completed",
            "created_at": ended,
            "data": {"id": GONE},
        }
    ).encode()
    assert 202 == stack.post(body, stack.callback_url("openai"), headers=signed(stack, "openai", GONE, body))
    letter = until("its dead letter", lambda: stack.delivery_letter("never_heard_of", body))
    assert (GONE, True) == (letter["task_id"], "does not know the task" in letter["detail"])


def test_a_batch_becomes_a_task_a_line_through_one_signed_callback(stack: Stack) -> None:
    """One of them was refused and one expired; their order is the file's, and no provider's promise."""
    prompts = {"red": "a lighthouse", "blue/2": "a harbour", "bad": "refuse", "late": "expire"}
    lines = [
        json.dumps(
            {"custom_id": name, "method": "POST", "url": "/v1/images/generations", "body": {"prompt": text}}
        )
        for name, text in prompts.items()
    ]
    api, key = f"{stack.line['simulator']}/openai/v1", {"Authorization": "Bearer simulator"}
    form: dict[str, str | tuple[str, str]] = {"purpose": "batch", "file": ("batch.jsonl", "\n".join(lines))}
    file = stack.http.request("POST", f"{api}/files", fields={**form}, headers=key).json()["id"]
    said = {"input_file_id": file, "endpoint": "/v1/images/generations", "completion_window": "24h"}
    batch = stack.http.request("POST", f"{api}/batches", json=said, headers=key).json()["id"]

    def manifests() -> list[Any] | None:
        told = [json.loads(each) for each in stack.standing("tasks/", "/manifest.json").values()]
        own = [each for each in told if each["task_id"].startswith(f"{batch}.")]
        return own if len(own) == len(prompts) else None

    found = {each["task_id"].removeprefix(f"{batch}."): each for each in until("all of its tasks", manifests)}
    assert {name: "failed" if name in {"bad", "late"} else "completed" for name in prompts} == {
        name: each["status"] for name, each in found.items()
    }
    links = [link["sha256"] for link in stack.simulated(batch)["links"]]
    assert links[:2] == [found[name]["assets"][0]["sha256"] for name in ("red", "blue/2")]
    assert "batch_expired" == found["late"]["error"]["code"]
    until("nothing of it waits", lambda: not [key for key in stack.keys("inline/") if batch in key])
    assert not [letter for letter in stack.letters() if batch in str(letter["task_id"])]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("replicate", "failed"),
        ("bfl", "completed"),
        ("openai", "completed"),
        ("wavespeed", "completed"),
    ],
)
def test_a_callback_in_its_words_is_triggered_and_signed(stack: Stack, name: str, what: str) -> None:
    said = json.loads(stack.fixative("trigger", what, "--provider", name, "--json").stdout)
    assert (name, True) == (said["provider"], said["as_expected"])


def test_links_under_a_signature_that_does_not_cover_them_give_way_to_the_providers_own(stack: Stack) -> None:
    """Whoever saw a true callback puts other links under its headers: they are never asked for."""
    bait = submitted(stack, "kie", callback="lost")
    link = until("the bait", lambda: stack.simulated(bait)["links"])[0]["url"]
    task_id = submitted(stack, "kie", callback="lost")
    until("the task itself", lambda: stack.simulated(task_id)["links"])
    task = {"taskId": task_id, "state": "success", "resultJson": json.dumps({"resultUrls": [link]})}
    forged = json.dumps({"code": 200, "msg": "success", "data": task}).encode()
    assert 202 == stack.post(forged, stack.callback_url("kie"), headers=signed(stack, "kie", task_id, forged))

    manifest = whole(stack, "kie", task_id)
    assert ("callback", "partial") in [
        (told.get("via", "callback"), told.get("signature")) for told in manifest["notifications"]
    ]
    true = [each["sha256"] for each in stack.simulated(task_id)["links"]]
    assert true == [asset["sha256"] for asset in manifest["assets"]]

    said = json.dumps({"code": 501, "msg": "no", "data": {"taskId": bait, "state": "fail"}}).encode()
    assert 202 == stack.post(said, stack.callback_url("kie"), headers=signed(stack, "kie", bait, said))
    assert "fail" not in {told["status"] for told in whole(stack, "kie", bait)["notifications"]}


def test_a_gateway_that_is_declared_in_a_file_is_read_checked_and_kept(stack: Stack) -> None:
    """No code knows it; the images are those of another task, whose callback is lost."""
    other = submitted(stack, "replicate", callback="lost")
    links = until("its links", lambda: stack.simulated(other)["links"])
    job = {"ref": f"kiln/{other}", "stage": "baked", "oven": "stone"}
    body = json.dumps(
        {"job": job, "pictures": {str(n): {"href": link["url"]} for n, link in enumerate(links)}}
    ).encode()
    forged = {"X-Kiln-Signature": f"sha256={'0' * 64}"}
    good = {"X-Kiln-Signature": f"sha256={hmac.digest(SECRET.encode(), body, 'sha256').hex()}"}

    assert 202 == stack.post(body, stack.callback_url("kiln"), headers=forged)
    until("its dead letter", lambda: stack.delivery_letter("bad_signature", body))
    assert 202 == stack.post(body, stack.callback_url("kiln", "--n", "4"), headers=good)
    manifest = until("its manifest", lambda: stack.manifest(f"kiln=2F{other}"))
    assert ("completed", "kiln", job["ref"], "stone", ["valid"]) == (
        manifest["status"], manifest["provider"], manifest["task_id"], manifest["model"],
        [told["signature"] for told in manifest["notifications"]],
    )  # fmt: skip
    assert [link["sha256"] for link in links] == [asset["sha256"] for asset in manifest["assets"]]


def test_a_declared_gateway_is_triggered_and_looked_at_by_the_doctor(stack: Stack) -> None:
    said = json.loads(stack.fixative("trigger", "failed", "--provider", "kiln", "--json").stdout)
    assert ("kiln", True) == (said["provider"], said["as_expected"])
    checks = json.loads(stack.fixative("doctor", "--json", check=False).stdout)["checks"]
    assert not any("GATEWAYS_FILE" in each["problem"] for each in checks if not each["ok"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(stack.line["env"], "GATEWAYS_FILE", "")
        checks = json.loads(stack.fixative("doctor", "--json", check=False).stdout)["checks"]
    assert any("GATEWAYS_FILE" in each["problem"] for each in checks if not each["ok"])


def test_a_link_of_ten_minutes_waits_neither_for_a_slow_host_nor_for_what_came_before_it(
    stack: Stack,
) -> None:
    """The last one here: all threads of the worker are held for as long as a download may take."""
    slow = [stack.order(SLOW) for _ in range(HELD)]

    def asked() -> bool:
        links = [link for task_id in slow for link in stack.simulated(task_id)["links"]]
        return sum(bool(link["requests"]) for link in links) >= THREADS

    until("all threads to be held", asked, within_s=60)
    task_id = submitted(stack, "bfl")
    whole(stack, "bfl", task_id)
    assert [] == [each for each in slow if stack.manifest(each)]
