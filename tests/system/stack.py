"""A running stack as its users see it: addresses, a bucket, a command.

The command is forked from a process that has loaded it, as loading it takes longer than most verbs; the first hour
runs it as it is installed.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import boto3
import urllib3
from botocore.config import Config

from infra.local.parts.child import tied
from tests import late_waits
from tests.integration.console.harness.forked import can_be_forked, of_this_process
from tests.pace import Patience

ROOT = Path(__file__).parents[2]
START_S = 90.0
COMMAND_S = 180.0
# Who has waited long looks less often: every look is some milliseconds of a store and of this process.
LONGEST_PAUSE_S = 0.5
Found = TypeVar("Found")


class Stack:
    """What `python -m infra.local --json` says, and what one does with it."""

    def __init__(self, line: Mapping[str, Any], data: Path, root: Path = ROOT) -> None:
        self.line, self.data, self._root = line, data, root
        s3 = line["s3"]
        self.bucket, self.prefix = s3["bucket"], s3["prefix"]
        self.s3 = boto3.client(
            "s3",
            endpoint_url=s3["endpoint"],
            aws_access_key_id=s3["access_key"],
            aws_secret_access_key=s3["secret_key"],
            region_name="us-east-1",
            config=Config(connect_timeout=2, read_timeout=10, s3={"addressing_style": "path"}),
        )
        self.http = urllib3.PoolManager(ca_certs=line["ca"], retries=False, timeout=15, maxsize=32)
        self.supervisor, self.killed = 0, False
        self._minted: dict[tuple[str, ...], str] = {}
        # Where the manifests stand that were seen: the day in their keys is not known before.
        self._manifests: dict[str, str] = {}

    # the command ------------------------------------------------------------------------------
    def fixative(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the `fixative` command against this stack."""
        environment = {**os.environ, **self.line["env"]}
        if self._root == ROOT and can_be_forked(environment):
            ran = of_this_process().run(words, self.data, environment, COMMAND_S)
            done = subprocess.CompletedProcess(["fixative", *words], *ran)
        else:
            done = self.installed(*words)
        if check:
            assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
        return done

    def installed(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run it as it is installed, loaded anew."""
        return subprocess.run(
            [str(Path(sys.executable).with_name("fixative")), *words],
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            check=False,
            env={**os.environ, **self.line["env"]},
            cwd=self.data,
        )

    def callback_url(self, provider: str = "evolink", *options: str) -> str:
        """A minted callback URL."""
        words = (provider, *options)
        if words not in self._minted:
            said = self.fixative("url", "--provider", provider, *options, "--json").stdout
            self._minted[words] = json.loads(said)["url"]
        return self._minted[words]

    # the door ---------------------------------------------------------------------------------
    def post(self, body: bytes | Mapping[str, Any], url: str = "", **more: Any) -> int:
        """POST a callback body; the status of the answer."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.http.request("POST", url or self.callback_url(), body=content, **more)
        return answer.status

    # the simulator ----------------------------------------------------------------------------
    def order(self, request: Mapping[str, Any], provider: str = "evolink", callback_url: str = "") -> str:
        """Order a task at the simulator; its id."""
        path = "/v1/images/generations" if provider == "evolink" else "/api/v1/images/generations"
        told = {
            "prompt": "a lighthouse",
            "callback_url": callback_url or self.callback_url(provider),
            **request,
        }
        answer = self.http.request(
            "POST", self.line["simulator"] + path, json=told, headers={"Authorization": "Bearer test"}
        )
        assert answer.status == 200, answer.data
        said = answer.json()
        return str(said["id"] if provider == "evolink" else said["data"]["task_id"])

    def simulated(self, task_id: str) -> Any:
        """What the simulator knows of a task: its links with the true SHA-256, and its callbacks."""
        return self.http.request("GET", f"{self.line['simulator']}/simulator/tasks/{task_id}").json()

    def heal(self, task_id: str) -> None:
        """Make a task's links good."""
        self.http.request("POST", f"{self.line['simulator']}/simulator/tasks/{task_id}/heal")

    # the bucket -------------------------------------------------------------------------------
    def keys(self, under: str = "") -> list[str]:
        """The keys under a prefix."""
        found: list[str] = []
        for page in self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix + under
        ):
            found += [entry["Key"].removeprefix(self.prefix) for entry in page.get("Contents", ())]
        return found

    def read(self, key: str) -> bytes:
        """The bytes under a key."""
        return bytes(self.s3.get_object(Bucket=self.bucket, Key=self.prefix + key)["Body"].read())

    def standing(self, under: str = "", ending: str = "") -> dict[str, bytes]:
        """The objects under a prefix by key; without those that the workers take away between listing and reading."""
        found = {}
        for key in self.keys(under):
            if key.endswith(ending):
                with contextlib.suppress(self.s3.exceptions.NoSuchKey):
                    found[key] = self.read(key)
        return found

    def manifest(self, task_id: str) -> Any:
        """The manifest of a task, or None."""
        if task_id not in self._manifests:
            told = [key for key in self.keys("tasks/") if key.endswith("/manifest.json")]
            self._manifests = {key.split("/")[-2]: key for key in told}
        if task_id in self._manifests:
            with contextlib.suppress(self.s3.exceptions.NoSuchKey):
                return json.loads(self.read(self._manifests[task_id]))
        return None

    def ordered_manifest(self, task_id: str) -> Any:
        """The manifest of a task with its whole order, or None: a callback may be quicker than the order."""
        manifest = self.manifest(task_id)
        return manifest if manifest and (manifest["order"] or {}).get("prompt") else None

    def letter(self, task_id: str) -> Any:
        """The dead letter of a task, or None."""
        found = self.standing("dead/", f"/{task_id}.json").values()
        return next((json.loads(content) for content in found), None)

    def letters(self) -> list[Any]:
        """All dead letters."""
        return [json.loads(content) for content in self.standing("dead/", ".json").values()]

    def delivery_letter(self, reason: str, body: bytes) -> Any:
        """The dead letter of a delivery with this very body, or None."""
        for letter in self.letters():
            told = letter.get("delivery")
            if letter["reason"] == reason and told and base64.b64decode(told["body"]) == body:
                return letter
        return None

    def at_rest(self) -> bool:
        """Whether nothing is accepted and unfinished."""
        spool = list((self.data / "spool").glob("*.spool"))
        return not self.keys("inbox/") and not self.due() and not spool

    def due(self, task_id: str = "") -> list[str]:
        """What is still to be done for a task, or for all; not what was given up and is only looked at again."""
        return [key for key in self.keys("due/") if task_id in key and not self._is_last_look(key)]

    def _is_last_look(self, key: str) -> bool:
        try:
            return str(json.loads(self.read(key)).get("trouble")).startswith("given up")
        except self.s3.exceptions.NoSuchKey:
            return True

    def _pids(self) -> Any:
        return json.loads((self.data / "pids.json").read_text())

    def kill_everything(self) -> None:
        """SIGKILL for the supervisor and for each part, at the same time."""
        parts = [entry["pid"] for entry in self._pids().values() if entry["pid"]]
        self.killed = True
        for pid in dict.fromkeys([self.supervisor, *parts]):
            # The parts die with their supervisor, so one may be gone before its turn.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    # the processes ----------------------------------------------------------------------------
    def pid(self, name: str) -> int:
        """The process id that a part has now; one that is being restarted is waited for."""
        return int(until(f"{name} to run", lambda: self._pids()[name]["pid"]))

    def signal(self, name: str, number: signal.Signals) -> int:
        """Send a signal to a part; the process id that got it."""
        pid = self.pid(name)
        os.kill(pid, number)
        return pid


def until(
    what: str, probe: Callable[[], Found | None], within_s: float = 30.0, pause_s: float = 0.1
) -> Found:
    """Wait until a probe gives something; a time-out, by a quiet machine's time, names what was waited for.

    What came later than that, as the machine is busy, is told at the end of the run.
    """
    patience, began = Patience(within_s), time.monotonic()
    while not patience.over:
        found = probe()
        if found:
            late_waits.note(patience.told(what))
            return found
        waited_s = time.monotonic() - began
        select.select([], [], [], max(pause_s, min(waited_s / 20, LONGEST_PAUSE_S)))
    raise AssertionError(f"not within {within_s:g} s: {what}")


@contextlib.contextmanager
def running(
    data: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
    root: Path = ROOT,
    console: bool = False,
) -> Iterator[Stack]:
    """Start the stack of the project that stands in `root`, and stop it; it dies with this process.

    The console, whose start takes as long as a worker's, is started for who looks at it.
    """
    leave_out = () if console else ("--without-console",)
    words = [sys.executable, "-m", "infra.local", "--data", str(data), "--simulator", "--json"]
    process = subprocess.Popen(
        tied([*words, *leave_out, *options]),
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, **(environment or {})},
    )
    assert process.stdout is not None
    killed = False
    try:
        readable, _, _ = select.select([process.stdout], [], [], START_S)
        line = process.stdout.readline() if readable else b""
        assert line, f"the stack did not start; see {data}/log"
        stack = Stack(json.loads(line), data, root)
        stack.supervisor = process.pid
        yield stack
        killed = stack.killed
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(60) == (-signal.SIGKILL if killed else 0)
        finally:
            process.stdout.close()
