"""`python -m console`: serve the web console with uvicorn."""

from __future__ import annotations

import logging
import os
import sys

import uvicorn

from archive.errors import SettingsRefused
from archive.queue.redis_tls import refuse_unreadable, warn_of
from console.web.app import create_app
from console.web.settings import ConsoleSettings
from runtime.environment import tidy
from runtime.gateways import declare
from runtime.heartbeat import our_build
from runtime.logs.begin import begin_logging, tell_refusal
from runtime.logs.words import secrets_of
from runtime.metrics.meters import Meters
from runtime.metrics.port import told_at
from runtime.tracing.begin import begin_tracing

# People's pages are answered in a second; a download that takes longer begins again.
DRAIN_S = 3
log = logging.getLogger("console")


def main() -> int:
    """Serve until SIGTERM. Exit code 2: the settings are refused."""
    tidy(os.environ)
    try:
        declare(os.environ)
        settings = ConsoleSettings.read(os.environ)
        refuse_unreadable(settings.queue.url.reveal())
        begin_logging("console", settings.log, secrets_of(os.environ))
        begin_tracing("console", os.environ)
        meters = Meters("console").complete()
        app = create_app(settings, os.environ, meters)
    except SettingsRefused as refusal:
        tell_refusal("console", refusal)
        return 2
    warn_of(settings.queue.url.reveal())
    config = uvicorn.Config(
        app,
        host=settings.console.console_host,
        port=settings.console.console_port,
        http="httptools",
        ws="none",
        lifespan="on",
        # What a proxy says is `Visitors`'.
        proxy_headers=False,
        # Links that sign in are in no log.
        access_log=False,
        log_config=None,
        server_header=False,
        limit_concurrency=200,
        timeout_graceful_shutdown=DRAIN_S,
    )
    log.info("the console is at %s, version %s", settings.console.address, our_build())
    # Before the port of the metrics is opened: where both are one, people have it.
    sockets = [config.bind_socket()]
    with told_at(settings.metrics, meters):
        uvicorn.Server(config).run(sockets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
