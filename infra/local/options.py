"""What was asked for on the command line, and what the environment says besides."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from providers.registry import PROVIDERS
from runtime.settings.task_apis import base_variable

DATA = Path("var")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for. With `try_out` the simulator is beside the providers' true APIs. `environment` is that of the shell: tuning in it reaches the processes."""

    data: Path = DATA
    simulator: bool = False
    try_out: bool = False
    allow_sources: tuple[str, ...] = ()
    # The bases of task APIs that are named, by the provider's name.
    task_apis: Mapping[str, str] = field(default_factory=dict)
    link_life_s: float | None = None
    console: bool = True
    json: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


def read(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """The options of a command line; exits with 2 and its usage if it makes no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.local",
        description="Redis, S3, receiver and workers on this machine, until Ctrl-C. REDIS_URL and S3_ENDPOINT "
        "(with S3_BUCKET and the usual AWS variables) name servers to use instead of starting them.",
    )
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="where everything is kept (%(default)s)"
    )
    parser.add_argument(
        "--simulator", action="store_true", help="start the provider simulator too, in the providers' place"
    )
    parser.add_argument(
        "--try-out",
        action="store_true",
        help="start it beside them: its images may be fetched, and tasks are asked for at the true providers",
    )
    parser.add_argument(
        "--allow-source",
        action="append",
        default=[],
        type=_address,
        metavar="HOST:PORT",
        help="let images come from exactly this address, plain HTTP included",
    )
    for provider in PROVIDERS.values():
        parser.add_argument(
            f"--{provider.name}-api",
            dest=base_variable(provider),
            metavar="URL",
            help=f"the base of {provider.title}'s task API",
        )
    parser.add_argument(
        "--link-life-s",
        type=_seconds,
        metavar="S",
        help="how long result links live, at the simulator and as the workers believe (24 hours)",
    )
    parser.add_argument(
        "--without-console", dest="console", action="store_false", help="leave the web console out"
    )
    parser.add_argument("--json", action="store_true", help="say in one line of JSON what is where")
    read = parser.parse_args(arguments)
    return Options(
        data=read.data.resolve(),
        simulator=read.simulator or read.try_out,
        try_out=read.try_out and not read.simulator,
        allow_sources=tuple(read.allow_source),
        task_apis={
            name: base
            for name, provider in PROVIDERS.items()
            if (base := getattr(read, base_variable(provider))) is not None
        },
        link_life_s=read.link_life_s,
        console=read.console,
        json=read.json,
        environment=dict(environment),
    )


def _seconds(text: str) -> float:
    """A number of seconds, from one to a year."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 365 * 86_400:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds from 1 to a year")
    return seconds


def _address(text: str) -> str:
    """HOST:PORT as it was given, if it is that."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:  # noqa: PLR2004 - the ports of TCP
        raise argparse.ArgumentTypeError(f"{text} is not HOST:PORT")
    return text
