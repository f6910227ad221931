"""The receiver put together: routes and lifespan. The composition root."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive.bell import Seals
from archive.probe import PROBE
from archive.queue.doorbell import Doorbell
from archive.store.bucket import Bucket, open_bucket
from receiver.acceptance import Acceptance
from receiver.arrival import Arrival
from receiver.bodies import Bodies
from receiver.callbacks import Callbacks, not_found
from receiver.health import Health
from receiver.intake import SHORT_COMMITTERS, Inbox
from receiver.known_tickets import KnownTickets
from receiver.measuring import Measured, tell_of_inbox
from receiver.orders_door import OrdersDoor
from receiver.proof import Proof
from receiver.settings import ReceiverSettings
from receiver.spool import Spool
from receiver.straight import Straight
from runtime.fingerprint import fingerprint_of
from runtime.heartbeat import first_beat
from runtime.heartbeats import Heartbeats
from runtime.kept_headers import kept_headers, signature_headers
from runtime.metrics.meters import Meters
from runtime.metrics.registry import DOOR_BODY
from runtime.prover import Prover
from runtime.pulse import Pulse
from runtime.settings.kinds import Secret
from runtime.short_lived import short_lived

# Batches that may be on their way to S3 at the same time; more gains nothing on one connection's latency, as measured.
COMMITTERS = 4
# SIGTERM to exit within 5 s: two of them are for answering what is in flight, two for committing what waits.
CLOSE_S = 2.0
# Taking the heartbeat back is one word with Redis; where that is away, the heartbeat expires.
PULSE_S = 0.5


def create_app(settings: ReceiverSettings, meters: Meters) -> Starlette:
    """The receiver for these settings; nothing connects before its first request or commit."""
    store, queue, door = settings.store, settings.queue, settings.door
    bucket = open_bucket(
        name=store.s3_bucket,
        prefix=store.s3_prefix,
        endpoint=store.s3_endpoint,
        options=store.store_options,
        # A third for the connection, the rest for the answer; no retry, since the provider retries.
        connect_s=door.accept_s3_s / 3,
        read_s=door.accept_s3_s * 2 / 3,
        attempts=1,
        connections=COMMITTERS + SHORT_COMMITTERS + 2,
    )
    bucket.requests.told = meters.count_request
    keys, deployment = settings.keys.keys, store.deployment
    doorbell = Doorbell(
        queue.url.reveal(),
        deployment,
        Seals(keys, deployment.name),
        now=bucket.now,
        expires_s=queue.lease_s,
    )
    spool = Spool(Path(door.spool_dir), max_bytes=door.spool_max_bytes) if door.spool_dir else None
    fingerprint = fingerprint_of(store, queue, settings.keys)
    pulse = Pulse(
        Heartbeats(queue.url.reveal()),
        first_beat("receiver", fingerprint, bucket.now()),
        now=bucket.now,
    )
    prover = Prover(pulse, Proof(bucket, pulse))
    inbox = Inbox(
        bucket,
        doorbell,
        spool,
        committers=COMMITTERS,
        short_lived=short_lived(),
        durable=pulse.note_success,
        meters=meters,
    )
    tell_of_inbox(meters, inbox, spool, pulse)
    acceptance = Acceptance(inbox, door.accept_s)
    bodies = Bodies(
        max_bytes=door.body_max_bytes, within_s=door.body_s, measured=partial(meters.observe, DOOR_BODY)
    )
    callbacks = Callbacks(
        acceptance,
        bucket.clock,
        KnownTickets(keys),
        bodies,
        deployment=fingerprint.deployment,
        kept_headers=kept_headers(),
        signature_headers=signature_headers(),
    )
    health = Health(bucket, spool)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        pulse.start()
        prover.start()
        yield
        prover.stop(0.0)  # not waited for: a commit has the time
        await run_in_threadpool(inbox.close, CLOSE_S)
        doorbell.close()
        await run_in_threadpool(pulse.stop, PULSE_S)

    app = Starlette(
        routes=[
            Route(f"/callbacks/{PROBE}/{{ticket}}", callbacks.probe, methods=["POST"]),
            Route("/callbacks/{provider}/{ticket}", callbacks.post, methods=["POST"]),
            *_routes_for_programs(door.api_token, acceptance, bucket, bodies),
            Route("/livez", health.livez),
            Route("/readyz", health.readyz),
        ],
        middleware=[
            Middleware(Measured, meters=meters),
            Middleware(Arrival, trusted=door.trusted_proxies),
            Middleware(Straight, post=callbacks.post),
        ],
        exception_handlers={404: _not_found},
        lifespan=lifespan,
    )
    # A redirect is a failure to a provider: they follow none.
    app.router.redirect_slashes = False
    return app


def _routes_for_programs(
    api_token: Secret, acceptance: Acceptance, bucket: Bucket, bodies: Bodies
) -> list[Route]:
    """The customer's own door; without a token there is none."""
    if not api_token:
        return []
    orders = OrdersDoor(acceptance, bucket, api_token, bodies)
    return [
        Route("/orders", orders.post, methods=["POST"]),
        Route("/tasks/{provider}/{task_id:path}", orders.task, methods=["GET"]),
    ]


async def _not_found(_request: Request, _error: Exception) -> Response:
    return not_found()
