"""What stands around a deployment that is tried: an S3, a Redis, a provider, a Caddy, and who calls."""

from __future__ import annotations

import itertools
import json
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import urllib3

from infra.local.parts import redis as redis_part
from infra.local.parts import s3 as s3_part
from infra.local.parts import simulator
from infra.local.parts.bucket import client
from infra.local.ports import free_block
from tests.integration.deploy.caddy_site import caddy
from tests.pace import until

# What stands in the Caddyfiles, and is no name of this machine.
DOMAIN = "cb.example.com"
CLIENTS = 4


class Load:
    """Clients that post one callback after the other, until they are told to end."""

    def __init__(self, url: str, authority: Path) -> None:
        self._url, self._authority = url, authority
        self._over = threading.Event()
        self.answers: Counter[int] = Counter()
        self._threads = [threading.Thread(target=self._post, args=(place,)) for place in range(CLIENTS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def goes_on(self, answers: int = 50) -> bool:
        """Wait until so many more were answered."""
        before = self.answers.total()
        return until(lambda: self.answers.total() > before + answers, 60)

    def _post(self, place: int) -> None:
        with urllib3.PoolManager(ca_certs=str(self._authority), retries=False, timeout=30) as http:
            for number in itertools.count():
                if self._over.wait(0.01):
                    return
                body = {"id": f"task-unified-1795000000-load{place}x{number:06}", "status": "failed"}
                self.answers[http.request("POST", self._url, json=body).status] += 1


class Neighbours:
    """What stands around a deployment that has its bucket: a Redis, a provider, and a Caddy with its site."""

    def __init__(self, folder: Path, stack: ExitStack, caddyfile: Path, places: Mapping[str, str]) -> None:
        self.redis = stack.enter_context(redis_part.start(folder / "redis"))
        self.site = stack.enter_context(caddy(folder / "caddy", caddyfile, places))
        self.provider = free_block(1)
        part = simulator.part(folder / "simulator", self.provider, self.site.authority)
        assert part.process
        part.process.start()
        stack.callback(part.process.stop)
        assert until(lambda: simulator.answers(self.provider), 30)
        self.http = urllib3.PoolManager(retries=False, timeout=30)

    def order(self, url: str, **simulate: object) -> str:
        """Order an image, to be called back at this address; the task's id. What goes wrong is said by switches."""
        wrong = {"simulate": simulate} if simulate else {}
        answer = self.http.request(
            "POST", f"http://127.0.0.1:{self.provider}/v1/images/generations",
            json={"model": "gpt-image-2", "prompt": "a lighthouse", "size": "1:1", "callback_url": url, **wrong},
            headers={"Authorization": "Bearer test"},
        )  # fmt: skip
        assert answer.status == 200, answer.data
        return str(answer.json()["id"])

    def load(self, url: str) -> Load:
        """Clients that post callbacks to this address."""
        return Load(url, self.site.authority)


class World(Neighbours):
    """The same with an S3."""

    def __init__(self, folder: Path, stack: ExitStack, caddyfile: Path, places: Mapping[str, str]) -> None:
        self.s3 = stack.enter_context(s3_part.start(folder / "s3"))
        super().__init__(folder, stack, caddyfile, places)

    def settings(self) -> dict[str, str]:
        """What its owner fills in."""
        return {
            "S3_BUCKET": self.s3.bucket,
            "S3_ENDPOINT": self.s3.endpoint,
            "AWS_ACCESS_KEY_ID": self.s3.access_key,
            "AWS_SECRET_ACCESS_KEY": self.s3.secret_key,
            "AWS_REGION": "us-east-1",
            "REDIS_URL": self.redis.url,
            "PUBLIC_URL": f"https://{DOMAIN}:{self.site.port}",
            # The simulator's links are no provider's.
            "ALLOW_SOURCES": f"127.0.0.1:{self.provider}",
        }

    def manifest(self, task: str) -> Any:
        """The manifest of a task, or None."""
        s3 = client(self.s3.address)
        listed = s3.list_objects_v2(Bucket=self.s3.bucket, Prefix="tasks/").get("Contents", [])
        keys = [found["Key"] for found in listed if found["Key"].endswith(f"/{task}/manifest.json")]
        return json.loads(s3.get_object(Bucket=self.s3.bucket, Key=keys[0])["Body"].read()) if keys else None
