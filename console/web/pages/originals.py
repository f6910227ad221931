"""Bytes for the browser: originals, and what was refused. Nothing of it ever runs there.

Originals go by a link to the store where browsers reach it (CONSOLE_PRESIGN), else through the console, in pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from itertools import chain
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from archive import layout
from archive.errors import Missing, NotUnderstood
from archive.library.task_file import TaskFile, look
from archive.records.asset import KeptAsset
from archive.store.bucket import Bucket
from archive.task_ids import filed_id, is_task_id, told_or_as_it_is
from console.cli.fetching import stem

# A page's pictures are asked for within a minute; a link that lives longer is copied on purpose.
PRESIGNED_S = 600
# Bytes never change under their name.
_LASTING = {"Cache-Control": "private, max-age=86400, immutable"}
_NEVER_RUNS = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
# What a browser shows; of everything else it is told that it is bytes.
_SHOWN = {"PNG": "image/png", "JPEG": "image/jpeg", "MPO": "image/jpeg", "WEBP": "image/webp"}
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class Held(NamedTuple):
    """An object to be sent: under which key, how many bytes, of what kind, under which name it is saved."""

    key: str
    bytes: int
    kind: str
    saved_as: str


class Originals:
    """GET /originals/... and /refused/..."""

    def __init__(self, bucket: Bucket, *, presign: bool) -> None:
        self._bucket, self._presign = bucket, presign

    def routes(self) -> list[Route]:
        """Where they stand."""
        return [
            Route("/originals/{provider}/{task_id:path}/{name}", self.original, methods=["GET"]),
            Route("/refused/{provider}/{task_id:path}/{index}", self.refused, methods=["GET"]),
        ]

    def original(self, request: Request) -> Response:
        """The original bytes of an image that a manifest names."""
        held = _original(*self._found(request))
        download = "download" in request.query_params
        if self._presign and not download:
            return RedirectResponse(self._bucket.link(held.key, PRESIGNED_S), HTTPStatus.FOUND)
        return self._sent(request, held, download=download)

    def refused(self, request: Request) -> Response:
        """Bytes that were refused, to be saved and not to be shown."""
        file = self._task(request)
        index = request.path_params["index"]
        lost = [*(file.manifest.lost if file.manifest else ()), *(file.letter.lost if file.letter else ())]
        keys = [asset.refused_key for asset in lost if asset.refused_key and str(asset.index) == index]
        if not keys:
            raise Missing("No bytes were refused for this image, or they are gone.")
        sized = [listed for listed in self._bucket.list(keys[0], most=1) if listed.key == keys[0]]
        if not sized:
            raise Missing("The refused bytes are gone.")
        name = f"{filed_id(file.task_id)}_{int(index):02d}.refused.bin"
        return self._sent(
            request, Held(keys[0], sized[0].bytes, "application/octet-stream", name), download=True
        )

    def _found(self, request: Request) -> tuple[TaskFile, KeptAsset]:
        file, name = self._task(request), request.path_params["name"]
        for asset in file.manifest.kept if file.manifest else ():
            if asset.key.rpartition("/")[2] == name:
                return file, asset
        raise Missing("The manifest of this task names no such image.")

    def _task(self, request: Request) -> TaskFile:
        provider, task_id = request.path_params["provider"], told_or_as_it_is(request.path_params["task_id"])
        if not layout.PROVIDER.fullmatch(provider) or not is_task_id(task_id):
            raise NotUnderstood("this is no task")
        file = look(self._bucket, provider, task_id)
        if file is None:
            raise Missing("Nothing of this task is here.")
        return file

    def _sent(self, request: Request, held: Held, *, download: bool) -> Response:
        """The bytes, or the part of them that is asked for."""
        first, last, part = _part_of(request, held.bytes)
        if part is None:
            headers = {"Content-Range": f"bytes */{held.bytes}"}
            return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
        headers = {
            **_LASTING, **_NEVER_RUNS, "Accept-Ranges": "bytes", "Content-Length": str(last - first + 1),
            # Names are made of plain letters (`stem`), so they need no quoting.
            "Content-Disposition": f'{"attachment" if download else "inline"}; filename="{held.saved_as}"',
        }  # fmt: skip
        if part:
            headers["Content-Range"] = f"bytes {first}-{last}/{held.bytes}"
        status = HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers, media_type=held.kind)
        pieces = _begun(self._bucket.stream(held.key, part=part))
        return StreamingResponse(pieces, status, headers, media_type=held.kind)


def _original(file: TaskFile, asset: KeptAsset) -> Held:
    assert file.manifest is not None
    return Held(
        asset.key, asset.bytes, _SHOWN.get(asset.format, "application/octet-stream"), saved_as(file, asset)
    )


def saved_as(file: TaskFile, asset: KeptAsset) -> str:
    """The name that a copy of an image gets, as `fixative get` names it: plain letters alone."""
    manifest = file.manifest
    assert manifest is not None
    day = (manifest.created_at or manifest.changed_at).date()
    name = asset.key.rpartition("/")[2]
    return f"{stem(day, manifest.label or manifest.model, file.task_id)}_{name}".replace(":", "-")


def _part_of(request: Request, total: int) -> tuple[int, int, str | None]:
    """First and last byte, and how that is asked of the store; None where there is no such part.

    One range is taken; of anything else the whole is sent, as the standard allows
    (https://www.rfc-editor.org/rfc/rfc9110#section-14.2).
    """
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or not (found[1] or found[2]) or "if-range" in request.headers:
        return 0, total - 1, ""
    if not found[1]:
        first, last = max(0, total - int(found[2])), total - 1
    else:
        first, last = int(found[1]), min(int(found[2] or total), total - 1)
    return (first, last, f"bytes={first}-{last}") if first <= last else (0, 0, None)


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, of which the first is had before an answer begins: what is missing is an error and no empty file."""
    return chain([next(pieces, b"")], pieces)
