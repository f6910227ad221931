"""`python -m receiver`: serve callbacks with uvicorn."""

from __future__ import annotations

import logging
import os
import sys

import uvicorn

from archive.errors import SettingsRefused
from archive.settings import Settings
from receiver.app import create_app

# The answer to what is in flight comes within the accept budget; then uvicorn lets go.
DRAIN_S = 3
# Longer than a provider's pause between two callbacks, shorter than a proxy's own patience.
KEEP_ALIVE_S = 30


def main() -> int:
    """Serve until SIGTERM. Exit code 2: the settings are refused."""
    try:
        settings = Settings.from_environment(os.environ)
        app = create_app(settings)
    except SettingsRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http="httptools",
        ws="none",
        lifespan="on",
        ssl_certfile=settings.tls_cert or None,
        ssl_keyfile=settings.tls_key or None,
        # Only a proxy that is named may say that a request came over HTTPS, and from whom.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        # Callback URLs hold tickets: they are never logged.
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
