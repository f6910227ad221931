"""Receiver, worker, console and command, each with its role's keys, and its requests looked at on their way."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import urllib3

from archive import tickets
from archive.deployment import Deployment
from infra.local.parts.process import Process
from infra.local.ports import free_block, is_free
from tests.deploy.account import ROLES, TOKEN
from tests.deploy.cloud import REGION, Keys, Moto
from tests.deploy.world import DOMAIN, Neighbours
from tests.integration.deploy.caddy_site import NAME
from tests.integration.deploy.test_procfile import CADDYFILE, bare
from tests.integration.door.lone_receiver import ROOT
from tests.integration.store.store_player import StorePlayer
from tests.integration.store.watched import Watched
from tests.pace import until

START_S = 90.0
# What is tried later is tried soon.
SOON = {"RETRY_FIRST_S": "2", "INBOX_GRACE_S": "5", "SWEEP_IDLE_S": "2", "SWEEP_BUSY_S": "1"}


class AtWork:
    """The deployment; `watched` has each role's requests."""

    def __init__(
        self, folder: Path, stack: ExitStack, moto: Moto, bucket: str, roles: Mapping[str, Keys]
    ) -> None:
        ports = free_block(2)
        places = {"cb.example.com": NAME, "127.0.0.1:8443": f"127.0.0.1:{ports}"}
        self.around = Neighbours(folder, stack, CADDYFILE, places)
        self.deployment = Deployment(bucket, "")
        self.watched = {role: Watched(rights) for role, rights in ROLES.items()}
        told = {
            "S3_BUCKET": bucket,
            "AWS_REGION": REGION,
            "REDIS_URL": self.around.redis.url,
            "TICKET_KEYS": tickets.new_key("k1"),
            "PUBLIC_URL": self.around.site.url.replace(NAME, DOMAIN),
            "SSL_CERT_FILE": str(self.around.site.authority),
            **SOON,
        }
        own = {
            "receiver": {"PORT": str(ports), "TRUSTED_PROXIES": "127.0.0.1", "API_TOKEN": TOKEN},
            "worker": {"ALLOW_SOURCES": f"127.0.0.1:{self.around.provider}"},
            "console": {"CONSOLE_PORT": str(ports + 1), "CONSOLE_LINKS": "true"},
        }
        self._environment: dict[str, dict[str, str]] = {}
        for role, watched in self.watched.items():
            player = stack.enter_context(StorePlayer(watched, moto.endpoint))
            mine = {**bare(), **told, **own[role], **roles[role].variables, "S3_ENDPOINT": player.endpoint}
            self._environment[role] = mine
        self.processes = {
            role: self._process(role, module, folder)
            for role, module in {"receiver": "receiver", "worker": "workers", "console": "console"}.items()
        }
        for process in self.processes.values():
            process.start()
            stack.callback(process.stop)
        assert until(lambda: "worker ready" in self.said("worker"), START_S), self.said("worker")
        assert until(lambda: not is_free(ports), START_S), self.said("receiver")
        assert until(lambda: not is_free(ports + 1), START_S), self.said("console")

    def said(self, role: str) -> str:
        """What a process has logged."""
        return self.processes[role].log.read_text()

    def command(self, *words: str, role: str = "console") -> subprocess.CompletedProcess[str]:
        """The command, as the console's container runs it; with the settings of another, as that one's does."""
        return subprocess.run(
            [sys.executable, "-m", "console.cli", *words],
            capture_output=True, text=True, timeout=120, check=False, cwd=ROOT, env=self._environment[role],
        )  # fmt: skip

    def post(self, path: str, told: Any, *, token: str = "") -> Any:
        """Post JSON to the door, over HTTPS."""
        return self._request("POST", path, json.dumps(told).encode(), token)

    def get(self, path: str, token: str) -> Any:
        """Ask the door as a program does."""
        return self._request("GET", path, None, token)

    def _request(self, method: str, path: str, body: bytes | None, token: str) -> Any:
        url = path if path.startswith("https:") else f"{self.around.site.url}{path}"
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        with urllib3.PoolManager(ca_certs=str(self.around.site.authority), retries=False, timeout=30) as http:
            answer = http.request(method, url, body=body, headers=headers)
        assert answer.status in {200, 202, 404}, answer.data
        return json.loads(answer.data or b"null")

    def _process(self, role: str, module: str, folder: Path) -> Process:
        return Process(
            role,
            [sys.executable, "-m", module],
            folder=ROOT,
            log=folder / f"{role}.log",
            environment=self._environment[role],
        )
