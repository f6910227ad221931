"""`fixative open`: the console in the browser of this machine, or an image in its viewer."""

from __future__ import annotations

import shlex
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import click

from archive.store.bucket import Bucket
from console.cli import viewer, words
from console.cli.desk import Desk
from console.cli.fetching import Fetched, Unsafe, Wanted, fetch, folder_of, wanted_of
from console.cli.options import Sentence, with_desk
from console.cli.pictures import NoPicture, Pictures, pictures_of
from console.cli.verbs import Trouble
from console.web.signing_in.links import new_link
from runtime.settings.console import ConsoleDoorSettings
from runtime.settings.keys import KeySettings
from runtime.settings.settings import Settings

# Tasks whose images stay on this machine after they were looked at; who wants more has `fixative get`.
TASKS_MOST = 50


class Opening(Settings, frozen=True):
    """What opening the console needs."""

    keys: KeySettings
    console: ConsoleDoorSettings


@click.command()
@click.argument("task", required=False)
@click.option(
    "--image", type=click.IntRange(min=0), metavar="N", help="The image of this number. [the first]"
)
@with_desk
def command(desk: Desk, /, *, task: str | None, image: int | None) -> None:
    """Open the console, signed in; with a task, show an image of it in the viewer of this machine.

    The console's link signs in once, on the machine that it runs on; without a browser here it is printed alone.

    An image is copied to the user's cache (XDG_CACHE_HOME, else ~/.cache), checksum checked, where the last 50 tasks that
    were looked at stay. TASK as in `fixative show`.
    """
    if task is None:
        if image is not None:
            raise Sentence("--image is of a task: name it")
        _open_console(desk)
        return
    bucket = desk.bucket()
    try:
        pictures = pictures_of(bucket, task, image)
        wanted = _wanted(desk.environment, pictures)
    except (NoPicture, Unsafe) as error:
        raise Trouble(str(error)) from error
    try:
        saved = _save(bucket, wanted)
    except OSError as error:
        raise Trouble(
            f"{pictures.name} has no place in the cache of this user: {error.filename or wanted.path}: {error.strerror}. "
            f"`fixative get {shlex.quote(pictures.name)} DEST` copies it where you say; XDG_CACHE_HOME names another cache"
        ) from error
    if not saved.good:
        raise Trouble(f"{pictures.name}: {saved.outcome}")
    opener = viewer.viewer_here(desk.environment)
    opened = opener is not None and viewer.shown(opener, wanted.path)
    if desk.output.json:
        desk.output.object(
            {"task": pictures.name, "image": pictures.kept[0].index, "file": saved.file, "opened": opened}
        )
        return
    desk.output.line(saved.file)
    desk.output.say(_told(pictures, wanted, image, opened=opened))


def _open_console(desk: Desk) -> None:
    settings = desk.settings(Opening)
    door = settings.console
    address = door.address
    if door.console_links:
        key = next(iter(settings.keys.keys.values()))
        address = f"{address}/enter/{new_link(key, time.time())}"
    opener = viewer.viewer_here(desk.environment)
    opened = opener is not None and viewer.shown(opener, address)
    if desk.output.json:
        desk.output.object({"console": address, "opened": opened})
        return
    click.echo(address)
    if door.console_links:
        desk.output.say(
            "it signs in once, within an hour" + ("" if opened else "; open it in a browser of this machine")
        )


def _wanted(environment: Mapping[str, str], pictures: Pictures) -> Wanted:
    """The image, and where it goes. Raises Unsafe."""
    said = environment.get("XDG_CACHE_HOME", "")
    cache = Path(said) if Path(said).is_absolute() else Path("~/.cache").expanduser()
    folder = folder_of(cache / "fixative", pictures.manifest)
    key = pictures.kept[0].key
    return next(each for each in wanted_of(folder, pictures.manifest) if each.key == key)


def _save(bucket: Bucket, wanted: Wanted) -> Fetched:
    """Copy it to the cache, and leave the newest tasks there alone."""
    folder = wanted.path.parent
    cache = folder.parent.parent
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    folder.touch()
    others = sorted(cache.glob("*/*/"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in others[TASKS_MOST:]:
        shutil.rmtree(old, ignore_errors=True)
    return fetch(bucket, wanted, lambda _: None, threading.Event())


def _told(pictures: Pictures, wanted: Wanted, image: int | None, *, opened: bool) -> str:
    count = len(pictures.manifest.kept)
    what = f"{pictures.name}, {wanted.told}, {words.bytes_in_words(wanted.bytes)}"
    if image is None and count > 1:
        what += f"; the first of {count}: --image N shows another"
    if opened:
        return what
    return f"{what}. No viewer here: it was saved. `fixative link {shlex.quote(pictures.name)}` prints a link that a browser opens"
