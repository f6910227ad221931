"""Everything that a run stands on: S3, simulator, the stack behind proxies, a second worker with a clock of its own.

simulator -> ledger (proxy) -> receiver -> weather (proxy) -> S3     what the stack's processes see
                               worker   ->    "
                               second worker -> weather (proxy) -> S3     another host
the books -> S3                                                      past all proxies
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from infra.local.parts.process import PROJECT
from infra.local.parts.s3 import BUCKET, PORTS, new_credentials
from infra.local.ports import free_block
from infra.simulator.signing import SECRET
from tests.chaos import parts
from tests.chaos.ground import Ground, kept
from tests.chaos.ledger import Ledger
from tests.chaos.size import LEASES, SHORT_LIFE_S
from tests.chaos.stories import OTHER, SHORT_LIVED
from tests.chaos.tools.host_clock import HostClock
from tests.chaos.tools.proxy import LOOPBACK, Proxies
from tests.chaos.tools.spool_disk import SpoolDisk, spool_disk
from tests.chaos.weather import CALM, Sky, Weather
from tests.system.stack import Stack, until

_INSIDE = Path(__file__).parent / "inside"


@dataclass
class House:
    """A running house and its hands on it."""

    stack: Stack
    grounds: Mapping[str, Ground]
    weathers: tuple[Weather, Weather]
    ledger: Ledger
    callback_url: str
    callback_urls: Mapping[str, str]  # of the providers that sign
    simulator_url: str
    spool: SpoolDisk
    clock: HostClock
    points: Path
    log: Path

    def sky(self, sky: Sky) -> None:
        """Set the weather of all hosts."""
        for weather in self.weathers:
            weather.sky = sky

    def roll_up(self, ahead_h: int) -> None:
        """Let the catalogue be rolled up as if it were so many hours later."""
        fresh = self.points / "ahead.new"
        fresh.write_text(str(ahead_h))
        fresh.rename(self.points / "ahead-h")

    def pid(self, name: str) -> int:
        """The process id of a part, of the stack or of ours."""
        ground = self.grounds.get(name)
        return ground.pid(name) if ground else self.stack.pid(name)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a part; one that ended in this very moment is waited for."""

        def sent() -> bool:
            try:
                os.kill(self.pid(name), number)
            except (ProcessLookupError, KeyError):
                return False
            return True

        until(f"{name} to take {number.name}", sent, 60)

    def kill_all(self) -> None:
        """SIGKILL for the supervisor and S3; what the supervisor started dies with it, and both come back."""
        for name in ("stack", "s3"):
            self.signal(name, signal.SIGKILL)

    def is_back(self) -> bool:
        """Whether the supervisor of now has started a worker, its last part."""
        pids = json.loads((self.stack.data / "pids.json").read_text())
        return pids["stack"]["pid"] == self.pid("stack") and bool(pids.get("worker", {}).get("pid"))


@contextlib.contextmanager
def house(folder: Path, seed: int, link_life_s: float, flaw: str = "") -> Iterator[House]:
    """A house in this folder, with a flaw planted where one is named."""
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        points = folder / "points"
        points.mkdir(parents=True)
        spool = enter(spool_disk(folder / "spool"))
        clock = HostClock(folder)
        credentials = new_credentials()
        s3_port, simulator_port = free_block(PORTS), free_block(1)
        first = enter(
            kept(
                folder / "first.json",
                parts.s3_part(folder, s3_port, credentials),
                parts.simulator_part(folder, simulator_port),
            )
        )
        proxies = Proxies()
        stack.callback(proxies.close)
        weathers = (Weather(BUCKET, seed), Weather(BUCKET, seed + 1))
        ports = [proxies.serve(weather, LOOPBACK, s3_port) for weather in weathers]
        shared = {
            **LEASES,
            **_lives(link_life_s),
            **_signed(),
            **parts.s3_environment(credentials),
            "CHAOS_DIR": str(points),
            "CHAOS_FLAW": flaw,
            "PYTHONPATH": f"{_INSIDE}{os.pathsep}{PROJECT}",
        }
        simulated = f"http://{LOOPBACK}:{simulator_port}"
        own = parts.stack_part(
            folder,
            {**shared, "S3_ENDPOINT": f"http://{LOOPBACK}:{ports[0]}", "SPOOL_DIR": str(spool.folder)},
            simulated,
        )
        second = enter(kept(folder / "second.json", own))
        line = parts.line(folder)
        variables = {
            **shared,
            **line["env"],
            "S3_ENDPOINT": f"http://{LOOPBACK}:{ports[1]}",
            **clock.environment(),
        }
        third = enter(kept(folder / "third.json", parts.worker_part(folder, variables)))
        direct = {"endpoint": f"http://{LOOPBACK}:{s3_port}"}
        seen = Stack({**line, "simulator": simulated, "s3": {**line["s3"], **direct}}, folder / "stack")
        ledger = Ledger()
        door = urlsplit(seen.callback_url())
        assert door.port
        tls = ssl.create_default_context(cafile=line["ca"])
        door_port = proxies.serve(ledger, LOOPBACK, door.port, tls)
        yield House(
            stack=seen,
            grounds={"s3": first, "simulator": first, "stack": second, "second": third},
            weathers=weathers,
            ledger=ledger,
            callback_url=f"http://{LOOPBACK}:{door_port}{door.path}",
            callback_urls={
                name: f"http://{LOOPBACK}:{door_port}{urlsplit(seen.callback_url(name)).path}"
                for name in (OTHER, SHORT_LIVED)
            },
            simulator_url=simulated,
            spool=spool,
            clock=clock,
            points=points,
            log=folder / "stack" / "log",
        )
        for weather in weathers:
            weather.sky = CALM


def _lives(link_life_s: float) -> dict[str, str]:
    """How long links live: the long ones, and those that go before these."""
    lives = {"evolink": link_life_s, OTHER: SHORT_LIFE_S, SHORT_LIVED: SHORT_LIFE_S}
    return {"CHAOS_LIVES": ",".join(f"{name}={life_s}" for name, life_s in lives.items())}


def _signed() -> dict[str, str]:
    """Both others sign, and it is demanded."""
    return {
        f"{name.upper()}_{what}": value
        for name in (OTHER, SHORT_LIVED)
        for what, value in (("SIGNATURES", "require"), ("SIGNING_KEYS", SECRET))
    }


def clear(folder: Path) -> None:
    """An empty folder of this name."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
