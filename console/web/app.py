"""The console put together: pages, and what guards them. Nothing connects before its first request."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from archive.errors import SettingsRefused
from archive.library.thumbnails import Thumbnails
from archive.queue.wishes import Wishes
from console.opening import open_bucket, open_doorbell, open_index
from console.submitting.minting import Minting
from console.web.assets import Assets
from console.web.frame import Frame
from console.web.fresh_library import FreshLibrary
from console.web.guard import Guard
from console.web.measuring import MeasuredPages
from console.web.pages.dismissals import DismissalPages
from console.web.pages.failures import FailuresPage
from console.web.pages.gallery import GalleryPage
from console.web.pages.now import NowPage
from console.web.pages.originals import Originals
from console.web.pages.picture import PicturePage
from console.web.pages.replays import ReplayPages
from console.web.pages.selection import Selection
from console.web.pages.settings_page import SettingsPage
from console.web.pages.task import TaskPage
from console.web.pages.thumbs import ThumbPage
from console.web.pages.urls import UrlPages
from console.web.replay_runs import ReplayRuns
from console.web.settings import ConsoleSettings
from console.web.signing_in.links import OneTimeLinks
from console.web.signing_in.passwords import Passwords
from console.web.signing_in.sessions import Sessions
from console.web.signing_in.sign_in_page import SignInPages
from console.web.signing_in.visitors import Visitors
from console.web.standing import StandingLetters
from console.web.troubles import Troubles
from runtime.fingerprint import fingerprint_of
from runtime.heartbeat import first_beat
from runtime.heartbeats import Heartbeats
from runtime.metrics.meters import Meters
from runtime.pulse import Pulse

# A reading of the index that is under way; it goes on where it was at the next start.
CLOSE_S = 1.0
# One word with Redis, which takes the heartbeat back.
PULSE_S = 0.5
# Who looks at a page would rather be told soon that S3 is away, and look again.
ATTEMPTS = 2
NOBODY = (
    "nobody could sign in at the console. Expected: CONSOLE_USERS (`fixative user` makes an entry), or "
    "CONSOLE_IDENTITY_HEADER with CONSOLE_PROXIES, or on one's own machine CONSOLE_LINKS=true"
)


def create_app(settings: ConsoleSettings, environment: Mapping[str, str], meters: Meters) -> Starlette:
    """The console for these settings. Raises SettingsRefused where nobody could sign in."""
    door = settings.console
    if not (door.people or door.console_identity_header or door.console_links):
        raise SettingsRefused([NOBODY])
    key = next(iter(settings.keys.keys.values()))
    bucket = open_bucket(settings.store, ATTEMPTS)
    bucket.requests.told = meters.count_request
    assets = Assets()
    frame = Frame(assets, bucket.now, bucket.location)
    passwords = Passwords(door.people)
    visitors = Visitors(door, passwords, Sessions(key, time.time))
    library = FreshLibrary(bucket, open_index(settings.store, settings.index, environment))
    store, queue = settings.store, settings.queue
    runs = ReplayRuns(bucket, lambda: open_doorbell(store, queue))
    fingerprint = fingerprint_of(store, queue, settings.keys)
    pulse = Pulse(
        Heartbeats(queue.url.reveal()), first_beat("console", fingerprint, bucket.now()), now=bucket.now
    )
    replays = ReplayPages(frame, bucket, runs)
    wishes = Wishes(queue.url.reveal(), store.deployment)
    links = OneTimeLinks(key, time.time) if door.console_links else None

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        library.start()
        pulse.start()
        yield
        await run_in_threadpool(pulse.stop, PULSE_S)
        await run_in_threadpool(library.stop, CLOSE_S)
        await run_in_threadpool(runs.close)
        await run_in_threadpool(wishes.close)

    app = Starlette(
        routes=[
            *SignInPages(frame, visitors, passwords, links).routes(),
            *GalleryPage(frame, library, bucket, bucket.now).routes(),
            *FailuresPage(frame, library, bucket, StandingLetters(bucket)).routes(),
            *replays.routes(),
            *NowPage(frame, library, bucket, lambda: Heartbeats(queue.url.reveal()), fingerprint).routes(),
            *UrlPages(frame, bucket, _minting(environment)).routes(),
            *DismissalPages(frame, bucket, prompts=settings.catalogue.catalogue_prompts).routes(),
            *Selection(bucket, replays).routes(),
            *PicturePage(frame, bucket).routes(),
            *TaskPage(frame, bucket).routes(),
            *Originals(bucket, presign=door.console_presign).routes(),
            *ThumbPage(bucket, Thumbnails(bucket, wishes)).routes(),
            *SettingsPage(frame, environment).routes(),
            Route("/static/{name}", assets.get, methods=["GET"]),
            Route("/livez", _livez, methods=["GET"]),
        ],
        middleware=[
            Middleware(MeasuredPages, meters=meters),
            Middleware(Guard, door=door, who=visitors.of, images_from=_images_from(settings)),
        ],
        exception_handlers=Troubles(frame).handlers(),
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _minting(environment: Mapping[str, str]) -> Minting | None:
    """What minting needs; None where PUBLIC_URL is not set."""
    try:
        return Minting.read(environment)
    except SettingsRefused:
        return None


def _images_from(settings: ConsoleSettings) -> str:
    """Where else browsers may take images from: the store, where they are sent there."""
    if not settings.console.console_presign:
        return ""
    link = urlsplit(open_bucket(settings.store).link("probe/console", 60))
    return f"{link.scheme}://{link.netloc}"


async def _livez(_request: Request) -> Response:
    return PlainTextResponse("ok\n")
