"""Each process does its whole work under its role, and asks the bucket for nothing that the role does not give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from archive.queue.wishes import Wish, Wishes
from tests.deploy.account import TOKEN
from tests.deploy.cloud import Keys, Moto
from tests.deploy.roles_at_work import AtWork
from tests.deploy.world import DOMAIN
from tests.integration.deploy.caddy_site import NAME
from tests.pace import until

WORKED_S = 120.0
UNREADABLE = {"id": "task-unified-1795000000-unreadable", "status": "a word that nobody knows"}
# Its id tells no day, and its ending is a provider's own.
WITHOUT_A_DAY = {"id": "task-without-a-day", "status": "failed", "model": "gpt-image-2"}


@pytest.fixture(scope="module")
def at_work(
    moto: Moto, bucket: str, roles: dict[str, Keys], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AtWork]:
    with ExitStack() as stack:
        stack.enter_context(moto.enforced())
        yield AtWork(tmp_path_factory.mktemp("work"), stack, moto, bucket, roles)


@pytest.fixture(scope="module")
def url(at_work: AtWork) -> str:
    done = at_work.command("url", "--provider", "evolink")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().replace(DOMAIN, NAME)


def status(at_work: AtWork, task: str) -> dict[str, Any]:
    return dict(at_work.get(f"/tasks/evolink/{task}", TOKEN))


def whole(at_work: AtWork, task: str) -> bool:
    return bool(until(lambda: status(at_work, task)["status"] == "archived", WORKED_S))


def refused(at_work: AtWork) -> dict[str, list[str]]:
    return {role: watched.refused for role, watched in at_work.watched.items() if watched.refused}


def test_a_task_is_ordered_called_back_and_archived(at_work: AtWork, url: str) -> None:
    task = at_work.around.order(url)
    told = {
        "provider": "evolink",
        "task_id": task,
        "request": {"model": "gpt-image-2", "prompt": "a lighthouse"},
    }
    at_work.post("/orders", told, token=TOKEN)

    assert whole(at_work, task), (refused(at_work), at_work.said("worker"))
    assert until(lambda: task in at_work.command("ls").stdout, WORKED_S)
    image = status(at_work, task)["assets"][0]
    with closing(Wishes(at_work.around.redis.url, at_work.deployment)) as wishes:
        wishes.put(Wish(image["key"], image["sha256"]))
        assert until(lambda: ("write", "thumbs") in at_work.watched["worker"].asked, WORKED_S)
    assert {} == refused(at_work)


def test_an_image_that_is_none_at_first_is_put_off_and_kept_later(at_work: AtWork, url: str) -> None:
    task = at_work.around.order(url, image="html", heal_after=4)

    assert whole(at_work, task), (refused(at_work), at_work.said("worker"))
    assert ("write", "dead") in at_work.watched["worker"].asked
    assert {} == refused(at_work)


def test_what_nobody_can_read_is_given_up_replayed_and_dismissed(at_work: AtWork, url: str) -> None:
    at_work.post(url, UNREADABLE)
    at_work.post(url, WITHOUT_A_DAY)

    assert until(lambda: UNREADABLE["id"] in at_work.command("failed").stdout, WORKED_S)
    assert until(lambda: status(at_work, WITHOUT_A_DAY["id"])["status"] == "failed", WORKED_S)
    replayed = at_work.command("replay", "--all", "--yes")
    assert "replay-" in replayed.stdout + replayed.stderr, replayed
    assert until(lambda: UNREADABLE["id"] in at_work.command("failed").stdout, WORKED_S)
    done = at_work.command("dismiss", UNREADABLE["id"], "--why", "nobody knows the word", "--yes")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert {} == refused(at_work)


def test_people_look_at_everything(at_work: AtWork) -> None:
    for words in (
        ("ls",),
        ("waiting",),
        ("fsck",),
        ("export", "--format", "csv", "-"),
        ("show", "last"),
    ):
        done = at_work.command(*words)
        assert done.returncode in {0, 1}, f"{words}: {done.stdout}\n{done.stderr}"
    said = json.loads(at_work.command("doctor", "--json").stdout)
    problems = {check["name"] for check in said["checks"] if not check["ok"]}

    # Moto does not look at checksums, and nothing leads by this deployment's name to this machine.
    assert {"S3 checksum", "receiver"} == problems, said
    assert {} == refused(at_work)


def test_each_verb_of_each_role_was_needed(at_work: AtWork) -> None:
    asked = {role: {verb for verb, _ in watched.asked} for role, watched in at_work.watched.items()}

    assert {"create", "read", "write", "list"} >= asked["receiver"] >= {"create", "read", "write"}
    assert {"read", "create", "write", "delete", "list"} <= asked["worker"]
    assert {"read", "create", "change", "write", "delete", "list"} <= asked["console"]


@pytest.mark.parametrize("role", ["receiver", "worker", "console"])
def test_the_doctor_knows_under_each_role_what_it_is_for(at_work: AtWork, role: str) -> None:
    """The last that asks the bucket for something: what a role must not do is refused to it now."""
    well = at_work.command("doctor", "--json", "--as", role, role=role)
    other = "worker" if role == "receiver" else "receiver"
    not_so = at_work.command("doctor", "--json", "--as", other, role=role)

    assert well.returncode == 0, well.stdout
    assert not_so.returncode == 1
    assert any("which it" in check["problem"] for check in json.loads(not_so.stdout)["checks"])
