"""`python -m receiver`: serve callbacks with uvicorn."""

from __future__ import annotations

import gc
import logging
import os
import sys
from contextlib import suppress

import uvicorn

from archive.errors import SettingsRefused
from archive.queue.redis_tls import refuse_unreadable, warn_of
from receiver.app import create_app
from receiver.arrival import NOBODY_CAN_CALL
from receiver.settings import ReceiverSettings
from receiver.wire.guests import Guests
from receiver.wire.protocol import BoundedProtocol, ConnectionLimits
from receiver.wire.serving import DRAIN_S, DrainingServer, handed_over, sockets_for
from runtime.environment import tidy
from runtime.gateways import declare
from runtime.heartbeat import our_build
from runtime.logs.begin import begin_logging, tell_refusal
from runtime.logs.words import secrets_of
from runtime.metrics.meters import Meters
from runtime.metrics.metric import OTHER
from runtime.metrics.port import told_at
from runtime.metrics.registry import DOOR_ANSWERS, DOOR_GUESTS
from runtime.proxies import Proxies
from runtime.tracing.begin import begin_tracing

log = logging.getLogger("receiver")


def main() -> int:
    """Serve until SIGTERM. Exit code 2: the settings are refused."""
    tidy(os.environ)
    try:
        declare(os.environ)
        settings = ReceiverSettings.read(os.environ)
        refuse_unreadable(settings.queue.url.reveal())
        begin_logging("receiver", settings.log, secrets_of(os.environ))
        begin_tracing("receiver", os.environ)
        meters = Meters("receiver").complete()
        app = create_app(settings, meters)
    except SettingsRefused as refusal:
        tell_refusal("receiver", refusal)
        return 2
    warn_of(settings.queue.url.reveal())
    config = uvicorn.Config(
        app,
        host=settings.listening.host,
        port=settings.listening.port,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        ssl_certfile=settings.listening.tls_cert or None,
        ssl_keyfile=settings.listening.tls_key or None,
        # What a proxy says is `Arrival`'s.
        proxy_headers=False,
        # Callback URLs hold tickets: they are never logged.
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    door = settings.door
    guests = Guests(
        sockets_for(door.connections_max),
        door.connections_per_client,
        refused=lambda status: meters.count(DOOR_ANSWERS, OTHER, OTHER, str(status)),
    )
    meters.read(DOOR_GUESTS, lambda: len(guests))
    limits = ConnectionLimits(header_s=door.header_s, body_s=door.body_s, idle_s=door.idle_s)
    if not settings.listening.tls_cert and not door.trusted_proxies:
        log.warning(NOBODY_CAN_CALL)
    server = DrainingServer(config, guests, Proxies(door.trusted_proxies), limits)
    log.info("receiver of version %s", our_build())
    _leave_the_start_alone()
    # Before the port of the metrics is opened: where both are one, the door has it.
    sockets = handed_over(os.environ) or [config.bind_socket()]
    # What it was told to stop by is raised again once it has stopped, Ctrl-C by a traceback.
    with told_at(settings.metrics, meters), suppress(KeyboardInterrupt):
        server.run(sockets=sockets)
    return 0


def _leave_the_start_alone() -> None:
    """What the start made stays: it need not be looked through for garbage again and again.

    How often garbage is looked for stays as it is. Looking seldom saved a tenth of a callback's CPU, and kept what
    S3's errors hold by their tracebacks: 1.8 GB after 800 callbacks of 1 MB that S3 refused.
    """
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
