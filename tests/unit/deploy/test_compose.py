"""compose.yaml keeps each process in its bounds, and its Caddyfile leads to services that are there."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from console.checks.settings_checks import settings_checks
from tests.unit.deploy.named import DEPLOY
from tests.unit.docs.documents import text_of

COMPOSE = DEPLOY / "compose" / "compose.yaml"
TOLD: dict[str, Any] = yaml.safe_load(text_of(COMPOSE))
SERVICES = TOLD["services"]
TEMPORARY = "/tmp"  # noqa: S108 - in a container of its own, in memory
# What the page says to fill in.
FILLED_IN = {
    "S3_BUCKET": "kept", "PUBLIC_URL": "https://cb.example.com", "TICKET_KEYS": f"k1:{'0' * 43}",
    "CONSOLE_DOMAIN": "console.example.com",
}  # fmt: skip
OURS = [name for name, service in SERVICES.items() if "fixative" in service["image"]]


def test_every_process_is_there_and_two_receivers() -> None:
    assert ["receiver-1", "receiver-2", "worker", "console"] == OURS
    commands = {" ".join(SERVICES[name]["command"]) for name in OURS}
    lines = [line.partition(": ")[2] for line in text_of(DEPLOY.parents[1] / "Procfile").splitlines() if line]

    assert set(lines) == commands


@pytest.mark.parametrize("name", OURS)
def test_a_process_may_write_in_memory_alone_and_nothing_that_root_may(name: str) -> None:
    service = SERVICES[name]

    assert (True, ["ALL"], "always") == (service["read_only"], service["cap_drop"], service["restart"])
    assert ["no-new-privileges:true"] == service["security_opt"]
    assert service["tmpfs"][0].partition(":")[0] == TEMPORARY
    assert "privileged" not in service
    # Caddy alone is reached from outside.
    assert "ports" not in service


def test_no_two_receivers_share_a_spool() -> None:
    spools = [SERVICES[name]["volumes"] for name in OURS if "receiver" in name]

    assert 2 == len({str(spool) for spool in spools})


def test_the_caddyfile_leads_to_services_that_are_there() -> None:
    led = re.findall(r"\b([a-z][a-z0-9-]*):(84\d\d)", text_of(COMPOSE.with_name("Caddyfile")))

    assert {("receiver-1", "8443"), ("receiver-2", "8443"), ("console", "8444")} == set(led)
    assert {name for name, _ in led} <= set(SERVICES)


def test_who_is_trusted_is_the_network_that_compose_makes() -> None:
    [network] = TOLD["networks"]["inside"]["ipam"]["config"]

    assert {network["subnet"]} == {SERVICES[name]["environment"]["TRUSTED_PROXIES"] for name in OURS}


@pytest.mark.parametrize("name", OURS)
def test_the_doctor_finds_no_fault_in_the_settings_of_a_process(name: str) -> None:
    """As `docker compose exec NAME fixative doctor` finds them: the image's, and those of the service."""
    of_image = re.findall(r"^\s(\w*HOST)=(\S+)", text_of(DEPLOY / "image" / "Dockerfile"), re.MULTILINE)
    told = {key: _filled_in(str(value)) for key, value in SERVICES[name]["environment"].items()}
    environment = {**FILLED_IN, **dict(of_image), **told}

    assert [] == [check for check in settings_checks(environment) if not check.ok]


def _filled_in(value: str) -> str:
    return re.sub(r"\$\{(\w+)[^}]*\}", lambda found: FILLED_IN[found[1]], value)
