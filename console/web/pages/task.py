"""One task: its images, what is lost and why, what is due, and its story."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive import layout
from archive.errors import Missing, NotUnderstood
from archive.library.dead_letters import Dead, read_letter
from archive.library.task_file import TaskFile
from archive.reasons import SENTENCES
from archive.records.asset import KeptAsset
from archive.records.record import Record, to_json
from archive.store.bucket import Bucket
from console.cli.shown import shown_letter
from console.replays.replaying import why_not
from console.web.frame import Frame
from console.web.pages.task_looked_up import task_of
from console.web.shown import path_of
from console.web.story import between, story_of
from console.web.tiles import picture_path, shape_of, thumb_path


class KeptImage(NamedTuple):
    """An image of the task's wall."""

    asset: KeptAsset
    picture: str
    thumb: str
    shape: str


class TaskPage:
    """GET /tasks/{provider}/{task_id} and /letters/{key}."""

    def __init__(self, frame: Frame, bucket: Bucket) -> None:
        self._frame, self._bucket = frame, bucket

    def routes(self) -> list[Route]:
        """Where they stand."""
        return [
            Route("/tasks/{provider}/{task_id:path}", self.page, methods=["GET"]),
            Route("/letters/{key:path}", self.letter, methods=["GET"]),
        ]

    def page(self, request: Request) -> Response:
        """A task."""
        file = task_of(self._bucket, request)
        # What was given up, and is only looked at once more, waits for nothing.
        due = tuple(entry for entry in file.due if not (entry.work and entry.work.looked_at_again))
        file = replace(file, due=due)
        manifest, letter, now = file.manifest, file.letter, self._bucket.now()
        told = manifest or letter
        lost = manifest.lost if manifest else letter.lost if letter else ()
        return self._frame.page(
            request, "task.html", file=file, manifest=manifest, letter=letter, lost=lost, sentences=SENTENCES,
            images=list(map(_image, [file] * len(manifest.kept), manifest.kept)) if manifest else [],
            state=_state(file), story=story_of(file), between=between(told.history) if told else 0,
            dies=min((work.expires_at for work in letter.works), default=None) if letter else None,
            can_replay=bool(letter and why_not(Dead(file.dead_key, letter), named=True) is None),
            can_dismiss=_can_dismiss(file), records=list(_records(file)), path_of_task=path_of(file.name), as_of=now,
        )  # fmt: skip

    def letter(self, request: Request) -> Response:
        """A dead letter by its key, as that of a delivery that belongs to no task."""
        key = request.path_params["key"]
        if not layout.DEAD_KEY.fullmatch(key):
            raise NotUnderstood("This is no key of a dead letter.")
        dead = read_letter(self._bucket, key)
        if dead is None:
            raise Missing("This dead letter is gone: what it told of was brought back, or it was removed.")
        shown = shown_letter(dead.letter)
        return self._frame.page(
            request, "letter.html", dead=dead, letter=shown, sentence=SENTENCES[shown.reason], text=_readable(shown),
            body=shown.delivery.body.decode(errors="replace") if shown.delivery else "",
            can_replay=why_not(dead, named=True) is None, why_not=why_not(dead, named=True) or "",
            task=path_of(f"{dead.letter.provider}/{dead.task_id}") if dead.task_id else "",
        )  # fmt: skip


def _image(file: TaskFile, asset: KeptAsset) -> KeptImage:
    name = asset.key.rpartition("/")[2]
    return KeptImage(
        asset,
        picture_path(file.name, asset.index),
        thumb_path(file.name, name, asset.sha256),
        shape_of(asset.width, asset.height),
    )


def _state(file: TaskFile) -> tuple[str, str]:
    """A task's state: its icon, and a word."""
    manifest, letter = file.manifest, file.letter
    if file.due and not (manifest and manifest.whole):
        return "waiting", "under way"
    if manifest is not None and manifest.status == "completed":
        if manifest.whole:
            return "kept", "kept"
        return ("dismissed", "incomplete, dismissed") if manifest.dismissed else ("incomplete", "incomplete")
    if manifest is not None:
        return manifest.status, f"{manifest.status} at the provider"
    if letter is not None:
        return ("dismissed", "dismissed") if Dead(file.dead_key, letter).dismissed else ("lost", "lost")
    return "lost", "a delivery of it was set apart"


def _can_dismiss(file: TaskFile) -> bool:
    """Whether something of it was given up that nobody has dismissed."""
    own = file.letter is not None and Dead(file.dead_key, file.letter).dismissed is None
    manifest = file.manifest
    return own or (
        file.letter is None and manifest is not None and bool(manifest.lost) and not manifest.dismissed
    )


def _records(file: TaskFile) -> list[tuple[str, str, str]]:
    """What stands in the bucket of it, redacted where it holds whole links: a title, a key, a text."""
    found: list[tuple[str, str, str]] = []
    if file.manifest is not None:
        found.append(("Manifest", file.manifest_key, _readable(file.manifest)))
    if file.letter is not None:
        found.append(("Dead letter", file.dead_key, _readable(shown_letter(file.letter))))
    found += [
        (f"Dead letter of delivery {dead.name}", dead.key, _readable(shown_letter(dead.letter)))
        for dead in file.apart
    ]
    return found


def _readable(record: Record) -> str:
    return msgspec.json.format(to_json(record), indent=2).decode()
