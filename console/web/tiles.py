"""A task as one tile of the gallery: its shape before anything loads, and what is said of it. Pure."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from archive.library.query import TaskRow
from archive.reasons import SENTENCES, Reason
from archive.records.catalogue import ImageLine
from console.web.shown import path_of

# Taller or wider ones are cut to these: a row holds several.
NARROWEST, WIDEST, STEP = 50, 240, 5


class Tile(NamedTuple):
    """One task. `image` is the first one that is kept; `state` is what its status is called by its icon."""

    name: str
    task_id: str
    path: str
    picture: str
    thumb: str
    shape: str
    image: ImageLine | None
    images: int
    state: str
    word: str
    why: str
    label: str
    model: str
    size: str
    alt: str
    findings: tuple[str, ...]
    unsafe: bool


def tile_of(row: TaskRow) -> Tile:
    """The tile of a task."""
    line, images = row.line, row.images
    image = images[0] if images else None
    state, word, why = state_of(row)
    told = row.told
    size = f"{image.width}\N{MULTIPLICATION SIGN}{image.height}" if image else ""
    about = [told.model or "", size, told.label or ""]
    return Tile(
        name=row.name,
        task_id=row.task_id,
        path=path_of(row.name),
        picture=picture_path(row.name, image.index) if image else "",
        thumb=thumb_path(row.name, image.name, image.sha256) if image else "",
        shape=shape_of(image.width, image.height) if image else "r100",
        image=image,
        images=len(images),
        state=state,
        word=word,
        why=why,
        label=told.label or "",
        model=told.model or "",
        size=size,
        alt=", ".join([part for part in about if part]) or row.task_id,
        findings=line.findings if line else (),
        unsafe=bool(line and line.unsafe),
    )


def state_of(row: TaskRow) -> tuple[str, str, str]:
    """A task's state: its icon, a word, and why, where it is not whole."""
    line, letter = row.line, row.letter
    if line is None:
        assert letter is not None
        reason = letter.reason
        closed = letter.state == "dismissed"
        return ("dismissed", "dismissed", reason) if closed else ("lost", "lost", reason)
    if line.status != "completed":
        word = "failed at the provider" if line.status == "failed" else "cancelled at the provider"
        return line.status, word, line.error or ""
    if line.complete:
        return "kept", "kept", ""
    if line.dismissed:
        return "dismissed", "incomplete, dismissed", line.reason or ""
    return "incomplete", f"{line.lost} of {line.kept + line.lost} lost", line.reason or ""


def shape_of(width: int, height: int) -> str:
    """The class of a tile's shape: its width by its height, in steps."""
    hundredths = 100 * width / height if height else 100.0
    return f"r{min(WIDEST, max(NARROWEST, STEP * round(hundredths / STEP)))}"


def picture_path(name: str, index: int) -> str:
    """The page of one image."""
    return f"/pictures{path_of(name).removeprefix('/tasks')}/{index}"


def thumb_path(name: str, image_name: str, sha256: str) -> str:
    """Where its thumbnail is, by what is in it."""
    return f"/thumbs/{sha256}{path_of(name).removeprefix('/tasks')}/{quote(image_name, safe='')}"


def original_path(name: str, image_name: str) -> str:
    """Where its original bytes are."""
    return f"/originals{path_of(name).removeprefix('/tasks')}/{quote(image_name, safe='')}"


def sentence_of(reason: str) -> str:
    """What a reason means; one that a newer version wrote has no sentence here."""
    try:
        return SENTENCES[Reason(reason)]
    except ValueError:
        return "A newer version of Fixative knows what this means."
