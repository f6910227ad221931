"""`fixative open`: an image in the viewer of this machine."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping
from pathlib import Path

import click

from archive.store.bucket import Bucket
from console.cli import viewer, words
from console.cli.desk import Desk
from console.cli.fetching import Fetched, Unsafe, Wanted, fetch, folder_of, wanted_of
from console.cli.options import with_desk
from console.cli.pictures import NoPicture, Pictures, pictures_of
from console.cli.verbs import Trouble

# Tasks whose images stay on this machine after they were looked at; who wants more has `fixative get`.
TASKS_MOST = 50


@click.command()
@click.argument("task")
@click.option(
    "--image", type=click.IntRange(min=0), metavar="N", help="The image of this number. [the first]"
)
@with_desk
def command(desk: Desk, /, *, task: str, image: int | None) -> None:
    """Show an image of a task in the viewer of this machine; where there is none, say where it was saved.

    It is copied to the user's cache (XDG_CACHE_HOME, else ~/.cache), checksum checked, where the last 50 tasks that
    were looked at stay. TASK as in `fixative show`.
    """
    bucket = desk.bucket()
    try:
        pictures = pictures_of(bucket, task, image)
        wanted = _wanted(desk.environment, pictures)
    except (NoPicture, Unsafe) as error:
        raise Trouble(str(error)) from error
    saved = _save(bucket, wanted)
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
    return f"{what}. No viewer here: it was saved. `fixative link {pictures.manifest.task_id}` prints a link that a browser opens"
