"""`python -m bench.door.ours_without`: our server with its limits, and the no-op in place of our handler."""

from __future__ import annotations

import sys

from starlette.applications import Starlette

import receiver.__main__ as ours
from bench.door import noop
from receiver.settings import ReceiverSettings
from runtime.metrics.meters import Meters


def main() -> int:
    """Serve until SIGTERM, as the receiver does."""
    # The one name that is exchanged; the server, its limits and its settings stay.
    vars(ours)["create_app"] = _create_app
    return ours.main()


def _create_app(_settings: ReceiverSettings, _meters: Meters) -> Starlette:
    app = noop.create_app()
    app.add_route("/readyz", noop.ready)
    return app


if __name__ == "__main__":
    sys.exit(main())
