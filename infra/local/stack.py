"""The stack put together. The composition root."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from archive import tickets
from archive.errors import SettingsRefused
from console.web.signing_in.links import new_link
from infra.local import environment, lock, older, private_file, state
from infra.local.ending import Ending
from infra.local.errors import CannotStart
from infra.local.keeper import START_S, Keeper, Say
from infra.local.options import Options
from infra.local.parts import certificate, console, receiver, redis, s3, simulator, worker
from infra.local.parts.bucket import BucketAddress, Maker
from infra.local.parts.certificate import Certificate
from infra.local.parts.part import Part
from infra.local.ports import LOOPBACK
from infra.local.roll import Roll
from infra.local.state import State
from runtime import env_file
from runtime.settings.every import EverySetting

# First who takes things in, last who keeps them.
STOP_ORDER = ("console", "receiver", "worker", "simulator", "s3", "redis")


class Stack:
    """A running stack: where things are, and its keeper."""

    def __init__(self, options: Options, kept: State, keeper: Keeper) -> None:
        self.data, self.with_console = options.data, options.console
        self.keeper = keeper
        self.tls: Certificate = certificate.made_in(options.data / "tls")
        self.redis_url = redis.url_said(options.environment) or redis.url_of(kept.redis_port)
        self.bucket = _bucket(options, kept)
        self.callbacks = f"https://{LOOPBACK}:{kept.receiver_port}"
        self.console = f"http://{LOOPBACK}:{kept.console_port}"
        self.simulator = f"http://{LOOPBACK}:{kept.simulator_port}" if options.simulator else None
        self.decided = environment.ours(options, kept, self.bucket, self.redis_url, self.tls)
        self.environment = environment.of_command(options, self.decided, self.tls)

    @property
    def environment_file(self) -> Path:
        """What the `fixative` command reads when nothing else is set."""
        return self.data / "stack.env"

    def sign_in(self) -> str:
        """A link that opens the console and signs in, once."""
        key = next(iter(tickets.read_keys(self.decided["TICKET_KEYS"]).values()))
        return f"{self.console}/enter/{new_link(key, time.time())}"

    def as_json(self) -> dict[str, object]:
        """What `--json` says."""
        return {
            "callbacks": self.callbacks,
            "ca": str(self.tls.authority),
            "console": self.console,
            "sign_in": self.sign_in(),
            "s3": {
                "endpoint": self.bucket.endpoint,
                "access_key": self.bucket.access_key,
                "secret_key": self.bucket.secret_key,
                "bucket": self.bucket.bucket,
                "prefix": self.bucket.prefix,
            },
            "redis": self.redis_url,
            "simulator": self.simulator,
            "pids": self.keeper.pids(),
            "env": self.environment,
        }


@contextlib.contextmanager
def running(options: Options, ending: Ending, say: Say) -> Iterator[Stack]:
    """A stack that is ready; stopped in order at the end.

    Raises:
        AlreadyRunning: if another one holds the data folder.
        CannotStart: if a part is not ready in time, with the end of its log, or a server that the environment
            names is not there.
        Interrupted: if an end was asked for before all was ready.
    """
    end_s = time.monotonic() + START_S
    older.refuse_stopped(options.environment)
    with lock.held(options.data):
        roll = Roll(options.data / "pids.json")
        for name in roll.end_leftovers():
            say(f"ended {name}, which an earlier stack left behind")
        path = options.data / "state.json"
        before = state.read(path)
        kept = state.kept(path, _started_here(options))
        for moved in state.moves(before, kept):
            say(moved)
        keeper = Keeper(roll, ending, say)
        stack = Stack(options, kept, keeper)
        _refuse_settings(environment.of_processes(options, stack.decided))
        try:
            keeper.start(_ground(options, kept, stack), end_s)
            keeper.start(_house(options, kept, stack), end_s)
            private_file.write(stack.environment_file, env_file.written(stack.environment))
            yield stack
        finally:
            keeper.stop(STOP_ORDER)
            if not options.environment.get("S3_ENDPOINT"):
                s3.sweep_sockets(kept.s3_port)


def _refuse_settings(variables: Mapping[str, str]) -> None:
    """Nobody waits for processes that would refuse their settings again and again. Raises CannotStart."""
    try:
        EverySetting.read(variables)
    except SettingsRefused as refusal:
        raise CannotStart(str(refusal)) from refusal


def _ground(options: Options, kept: State, stack: Stack) -> list[Part]:
    """What the others stand on: started first, all at the same time."""
    logs = options.data / "log"
    own_redis = redis.process(options.data / "redis", kept.redis_port, logs / "redis.log")
    own_s3 = s3.process(options.data / "s3", kept.s3_port, kept.credentials, logs / "s3.log")
    parts = [
        Part(
            "redis",
            lambda: redis.answers(stack.redis_url),
            None if options.environment.get("REDIS_URL") else own_redis,
        ),
        Part("s3", Maker(stack.bucket).made, None if options.environment.get("S3_ENDPOINT") else own_s3),
    ]
    if options.simulator:
        life = options.link_life_s
        parts.append(simulator.part(options.data, kept.simulator_port, stack.tls.authority, link_life_s=life))
    return parts


def _house(options: Options, kept: State, stack: Stack) -> list[Part]:
    """Ours."""
    variables = environment.of_processes(options, stack.decided)
    parts = [
        receiver.part(options.data, variables, kept.receiver_port, stack.tls.authority),
        worker.part(options.data, environment.with_metrics(variables, 1), stack.redis_url),
    ]
    if options.console:
        told = {**environment.with_metrics(variables, 2), "SSL_CERT_FILE": str(stack.tls.bundle)}
        parts.append(console.part(options.data, told, kept.console_port))
    return parts


def _started_here(options: Options) -> list[str]:
    """The names of those that need ports here."""
    wanted = {
        "receiver": True,
        "console": True,
        "redis": not options.environment.get("REDIS_URL"),
        "s3": not options.environment.get("S3_ENDPOINT"),
        "simulator": options.simulator,
    }
    return [name for name, here in wanted.items() if here]


def _bucket(options: Options, kept: State) -> BucketAddress:
    """The bucket that is used: the one that the environment names, else ours."""
    shell = options.environment
    if not shell.get("S3_ENDPOINT"):
        return s3.address_of(kept.s3_port, kept.credentials)
    return BucketAddress(
        endpoint=shell["S3_ENDPOINT"],
        bucket=shell.get("S3_BUCKET") or s3.BUCKET,
        access_key=shell.get("AWS_ACCESS_KEY_ID"),
        secret_key=shell.get("AWS_SECRET_ACCESS_KEY"),
        prefix=shell.get("S3_PREFIX", ""),
        region=shell.get("AWS_REGION") or shell.get("AWS_DEFAULT_REGION") or "us-east-1",
    )
