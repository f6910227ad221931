"""A host that was forbidden is allowed, and its images are replayed: by way of an egress proxy, as in production."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from PIL import Image

from tests.integration.egress.connect_proxy import Tunnel, says
from tests.integration.egress.origin import Answering, Asked, Origin, tls_server
from tests.system.stack import Stack, running, until

HOST, ANOTHER, INWARDS = "images.example.test", "another.example.test", "inwards.example.test"
# Addresses as a resolver may tell them: an open one, which the proxy leads to this machine, and one within.
OPEN, WITHIN = "93.184.215.14", "10.91.82.73"
PLACE = f"{OPEN}:443"
PASSWORD = "a-password-of-the-proxy"
FORBIDDEN = "task-unified-1795000004-forbid01"
QUICK = {"RETRY_FIRST_S": "1", "INBOX_GRACE_S": "3", "SWEEP_IDLE_S": "1", "SWEEP_BUSY_S": "1"}


class Ways(dict[str, Answering]):
    """What the proxy does with each place; one of this machine (the simulator's task API) it leads to."""

    def __missing__(self, place: str) -> Answering:
        assert place.startswith("127.0.0.1:"), place
        return Tunnel(int(place.rpartition(":")[2]))


class House:
    """An origin that is known as HOST, and a proxy that leads to it."""

    def __init__(self, folder: Path) -> None:
        picture = io.BytesIO()
        Image.effect_noise((64, 48), 80).save(picture, "PNG")
        self.image = picture.getvalue()
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        self.origin, self.proxy = Origin(tls_server(authority, HOST, ANOTHER)), Origin()
        self.origin.answers["/a.png"] = lambda asked: asked.answer(self.image, Content_Type="image/png")
        self.proxy.answers = Ways({PLACE: Tunnel(self.origin.port)})
        self.variables = {
            **QUICK,
            "SOURCE_HOSTS": "example.test",
            "EGRESS_PROXY": f"http://worker:{PASSWORD}@127.0.0.1:{self.proxy.port}",
            "SSL_CERT_FILE": str(folder / "ca.pem"),
            "PYTHONPATH": str(Path(__file__).parent / "inside"),
            "NAMES_OF_THE_TEST": json.dumps({HOST: OPEN, ANOTHER: OPEN, INWARDS: WITHIN}),
        }


def completed(task: str, link: str) -> dict[str, Any]:
    return {"id": task, "status": "completed", "model": "gpt-image-2", "results": [link]}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"))
    with house.origin, house.proxy:
        yield house


@pytest.fixture(scope="module")
def stack(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that has refused a host, and was then started anew with the host allowed."""
    data = tmp_path_factory.mktemp("egress")
    with running(data, environment={**house.variables, "SOURCE_HOSTS": ""}) as before:
        assert 202 == before.post(completed(FORBIDDEN, f"https://{HOST}/a.png?X-Signature=signed"))
        letter = until("the letter", lambda: before.letter(FORBIDDEN))
        assert ["forbidden_source"] == [asset["reason"] for asset in letter["lost"]]
        assert [0, 0] == [house.origin.connections, len(places(house))]
    with running(data, environment=house.variables) as after:
        yield after


def places(house: House) -> list[str]:
    """Where the proxy was asked to lead to, the simulator apart."""
    return [asked.path for asked in house.proxy.asked if not asked.path.startswith("127.0.0.1:")]


def told_by(stack: Stack) -> str:
    """All logs, letters and manifests of the stack."""
    logs = [path.read_text(errors="replace") for path in (stack.data / "log").glob("*.log*")]
    objects = [content.decode(errors="replace") for content in stack.standing(ending=".json").values()]
    return "\n".join([*logs, *objects])


def test_a_forbidden_source_that_is_allowed_by_its_host_comes_in_by_a_replay(
    stack: Stack, house: House
) -> None:
    stack.fixative("replay", FORBIDDEN, "--why", "the host is right", "--yes")
    manifest = until("the manifest", lambda: stack.manifest(FORBIDDEN))

    [asset] = manifest["assets"]
    assert (house.image, hashlib.sha256(house.image).hexdigest()) == (
        stack.read(asset["key"]),
        asset["sha256"],
    )
    assert (f"{HOST}/a.png", ["the host is right"]) == (
        asset["source"],
        [replay["why"] for replay in manifest["replays"]],
    )
    assert {PLACE} == set(places(house))
    until("rest", lambda: stack.letter(FORBIDDEN) is None and stack.at_rest())


def test_an_allowed_name_that_leads_inwards_is_refused_and_its_address_is_told_nowhere(
    stack: Stack, house: House
) -> None:
    task = "task-unified-1795000005-inwards1"
    assert 202 == stack.post(completed(task, f"https://{INWARDS}/a.png?X-Signature=signed"))
    told = f"{INWARDS} resolves to a forbidden address (private)"
    # A resolver's word, which may pass: it is tried again while the link lives.
    until("it to wait", lambda: told in stack.fixative("waiting", "--json").stdout)
    assert stack.letter(task) is None
    assert f"{WITHIN}:443" not in places(house)
    assert WITHIN not in told_by(stack)


def test_a_proxy_that_refuses_for_a_while_loses_no_image_and_no_secret(stack: Stack, house: House) -> None:
    task = "task-unified-1795000006-refused1"
    refuses, leads, refused = says(b"HTTP/1.1 407 No\r\n\r\n"), Tunnel(house.origin.port), [False]

    def at_first(asked: Asked) -> bool:
        if refused[0]:
            return leads(asked)
        refused[0] = True
        return refuses(asked)

    house.proxy.answers[PLACE] = at_first
    # To HOST a tunnel may stand open, which would be used without asking the proxy.
    assert 202 == stack.post(completed(task, f"https://{ANOTHER}/a.png"))
    manifest = until("the manifest", lambda: stack.manifest(task))

    assert ("kept", [True]) == (manifest["assets"][0]["asset"], refused)
    told = told_by(stack)
    assert "reason=proxy_trouble detail=the egress proxy answered 407" in told
    assert PASSWORD not in told
