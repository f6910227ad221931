"""Debian's Prometheus over the processes of a stack, with the rules that people are given."""

from __future__ import annotations

import math
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3
import yaml

from infra.local.ports import LOOPBACK, free_block
from tests.pace import until

RULES = Path(__file__).parents[2] / "infra" / "observability" / "rules.yaml"
START_S = 60.0


class Prometheus:
    """A running Prometheus; it is asked by its own API."""

    def __init__(self, port: int) -> None:
        self._base = f"http://{LOOPBACK}:{port}"
        self._http = urllib3.PoolManager(retries=False, timeout=15)

    def ready(self) -> bool:
        try:
            return self._http.request("GET", f"{self._base}/-/ready").status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def asked(self, path: str, **words: str) -> Any:
        told = self._http.request("GET", f"{self._base}/api/v1/{path}", fields=words).json()
        assert told["status"] == "success"
        return told["data"]

    def numbers(self, expr: str) -> list[float]:
        """What an expression comes to now; without what is no number."""
        found = [float(each["value"][1]) for each in self.asked("query", query=expr)["result"]]
        return [number for number in found if math.isfinite(number)]

    def targets(self) -> dict[str, str]:
        """The health of each target, by its address."""
        active = self.asked("targets", state="active")["activeTargets"]
        return {each["labels"]["instance"]: each["health"] for each in active}

    def rules(self) -> dict[str, str]:
        """The health of each alert, by its name."""
        groups = self.asked("rules", type="alert")["groups"]
        return {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}


@contextmanager
def scraping(folder: Path, ports: list[int]) -> Iterator[Prometheus]:
    """A Prometheus that scrapes these ports every second."""
    found = shutil.which("prometheus")
    assert found, "prometheus is missing: TEST_PACKAGES in the Makefile"
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [
            {
                "job_name": "fixative",
                "static_configs": [{"targets": [f"{LOOPBACK}:{port}" for port in ports]}],
            }
        ],
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    port = free_block(1)
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                found,
                f"--config.file={folder / 'prometheus.yaml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={LOOPBACK}:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        prometheus = Prometheus(port)
        assert until(prometheus.ready, START_S), (folder / "prometheus.log").read_text()[-2000:]
        yield prometheus
    finally:
        process.terminate()
        process.wait(30)


def pause() -> None:
    """About as long as a scrape takes to come round."""
    time.sleep(0.5)
