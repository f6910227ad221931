"""The links of a task's outputs, wherever a body holds them, in their order and each once.

A body holds links in any of these shapes, also mixed, and also as JSON within a string:

    "results": ["https://..."]                          array of strings
    "result_data": [{"url": ...}, {"image_url": ...}]   array of objects
    "result_data": {"songs": [{"audio_url": ...}]}      object
    "result_url": "https://..."                         single
    "output": {"video_url": "https://..."}              single in an object

The shapes are those that EvoLink's own clients probe for (https://github.com/EvoLinkAI/evolink-mcp,
`packages/core/src/tools/task-format.ts`; https://github.com/EvoLinkAI/ai-short-drama) and those of API in
One's siblings (https://docs.maxapi.io/api-reference/webhook, https://docs.kie.ai/market/common/get-task-detail).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.inline import is_data_uri
from archive.records.notification import SOURCES_MOST, bare_link
from providers.reading.json_text import read_json
from providers.reading.told import Objects, refuse_doubled

Kind = Literal["image", "other", "untold"]

# The keys that may hold links within an output, lower case without underscores, in the order in which they
# are read. "other" is audio, video, or an id that is no link (a voice, a persona).
_KEYS: dict[str, Kind] = {
    "url": "untold", "urls": "untold",
    "resulturl": "untold", "resulturls": "untold", "fileurl": "untold", "outputurl": "untold",
    "image": "image", "images": "image", "imageurl": "image", "imageurls": "image", "resultimageurl": "image",
    "resultimageurls": "image", "imgurl": "image", "imgurls": "image", "fileurls": "untold", "outputurls": "untold",
    "result": "untold", "results": "untold", "resultdata": "untold", "resultjson": "untold",
    "output": "untold", "outputs": "untold", "response": "untold", "data": "untold", "taskresult": "untold",
    "video": "other", "videos": "other", "videourl": "other",
    "audio": "other", "audiourl": "other", "streamaudiourl": "other", "songs": "other",
    "voice": "other", "voiceid": "other", "personaid": "other",
}  # fmt: skip

_PLACES = {key: place for place, key in enumerate(_KEYS)}

# Deeper than the deepest known shape: result_data -> songs -> [] -> audio_url.
_DEEPEST = 8

_IMAGE_ENDINGS = frozenset({"png", "jpg", "jpeg", "webp", "gif", "avif", "heic", "bmp", "tif", "tiff"})
_OTHER_ENDINGS = frozenset({
    "mp4", "m4v", "mov", "webm", "mkv", "avi", "mpg", "mpeg", "m3u8",
    "mp3", "wav", "m4a", "aac", "ogg", "oga", "opus", "flac", "aif", "aiff",
})  # fmt: skip

# What EvoLink's `type` and the first part of its `object` say (image.generation.task).
# https://docs.evolink.ai/en/api-manual/task-management/get-task-detail
_OTHER_TASKS = frozenset({"video", "audio", "text", "music", "speech", "voice"})


class Links(NamedTuple):
    """The links of a body: those of images (or of what may be images), and those of audio and video."""

    images: tuple[str, ...]
    others: tuple[str, ...]
    others_by_name: bool  # whether a key said so ("audio_url"), not only the link's ending


def links_in(objects: Objects, doors: Sequence[str]) -> Links:
    """The links under these keys (the doors) of the objects, in the order of the doors, each once.

    Spelling is of no account: `imageUrl` is `image_url`. What is a string and not empty is passed on as it is, so
    that whoever fetches refuses it by name; anything else (numbers, null) is no link.

    Raises:
        Unreadable: `ambiguous`, where a key that holds links stands twice with different values.
    """
    kinds: dict[str, set[Kind]] = {}
    for told in objects:
        spelled = _spelled(told)
        for door in map(_plain, doors):
            keys = spelled.get(door, [])
            refuse_doubled([told], keys)
            for key in keys:
                for link, kind in _found(told[key], _KEYS.get(door, "untold"), _DEEPEST):
                    kinds.setdefault(link, set()).add(kind)
    others = tuple(link for link, told_kinds in kinds.items() if _is_other(link, told_kinds))
    images = tuple(link for link, told_kinds in kinds.items() if not _is_other(link, told_kinds))
    return Links(images, others, any("other" in kinds[link] for link in others))


def stands_in(objects: Objects, doors: Sequence[str]) -> bool:
    """Whether any of these keys stands in one of the objects, however it is spelled and whatever it holds."""
    return any(not _spelled(told).keys().isdisjoint(map(_plain, doors)) for told in objects)


def without_id(links: Links, task_id: str) -> Links:
    """The links without the task's own id: at some siblings `result` holds it, beside the image's link."""
    images = tuple(link for link in links.images if link != task_id)
    return links._replace(images=images) if images else links


def image_sources(links: Links, task_kinds: Sequence[object]) -> tuple[str, ...]:
    """The links of a completed image task; `task_kinds` is what the body says of the kind of task.

    Raises:
        Unreadable: `not_an_image_task`, `no_sources` (also where a link is broken), `too_many_sources`.
    """
    kinds = _kinds_among(task_kinds)
    refuse_other_kinds(task_kinds)
    # A body that does not say its kind: a song comes with its cover image, and `audio_url` gives it away.
    if not kinds and links.others and (links.others_by_name or not links.images):
        raise Unreadable(Reason.NOT_AN_IMAGE_TASK, "the links are of audio or video")
    if not links.images:
        raise Unreadable(
            Reason.NO_SOURCES, f"{len(links.others)} links of audio or video" if links.others else "no link"
        )
    if any("\ufffd" in link for link in links.images):
        # The bytes that were there are in the delivery alone: they are not to be lost with it.
        raise Unreadable(Reason.NO_SOURCES, "a link was cut within a character")
    if len(links.images) > SOURCES_MOST:
        raise Unreadable(Reason.TOO_MANY_SOURCES, f"{len(links.images)} links, at most {SOURCES_MOST}")
    return links.images


def refuse_other_kinds(task_kinds: Sequence[object]) -> None:
    """Pass a task that may be an image task.

    Raises:
        Unreadable: `not_an_image_task`, where the body says that it is another.
    """
    for kind in _kinds_among(task_kinds):
        if kind in _OTHER_TASKS:
            raise Unreadable(Reason.NOT_AN_IMAGE_TASK, f"the task is of kind {kind}")


def _kinds_among(task_kinds: Sequence[object]) -> list[str]:
    """The kinds of task that are told in a word known here; another word says nothing."""
    words = [kind.strip().lower().split(".")[0] for kind in task_kinds if isinstance(kind, str)]
    return [word for word in words if word == "image" or word in _OTHER_TASKS]


def _spelled(told: Mapping[str, Any]) -> dict[str, list[str]]:
    """The keys of an object, by what they are without case, `_` and `-`."""
    spelled: dict[str, list[str]] = {}
    for key in told:
        spelled.setdefault(_plain(key), []).append(key)
    return spelled


def _found(value: object, kind: Kind, depth: int) -> Iterator[tuple[str, Kind]]:
    """Every link in a value with the kind that the nearest telling key gave it, depth first."""
    match value:
        case str() if value and depth and (inner := _json_within(value)) is not None:
            yield from _found(inner, kind, depth - 1)
        case str() if value:
            yield bare_link(value) or value, kind
        case list() if depth:
            for item in value:
                yield from _found(item, kind, depth - 1)
        case dict() if depth:
            for key, item in _in_reading_order(value):
                told = _KEYS[_plain(key)]
                yield from _found(item, kind if told == "untold" else told, depth - 1)


def _in_reading_order(told: dict[str, Any]) -> list[tuple[str, Any]]:
    known = [(key, item) for key, item in told.items() if _plain(key) in _KEYS]
    refuse_doubled([told], [key for key, _ in known])
    return sorted(known, key=lambda entry: _PLACES[_plain(entry[0])])


def _json_within(text: str) -> object | None:
    """The array or object that a string holds as JSON (kie.ai's `resultJson`), or None."""
    if text.lstrip()[:1] not in {"[", "{"}:
        return None
    try:
        return read_json(text).value  # type: ignore[no-any-return]  # JSON is of any type
    except Unreadable:
        return None


def _is_other(link: str, kinds: set[Kind]) -> bool:
    """Whether a link is of audio or video: by its ending, or a `data:` URI's type, else by any of the keys that held it."""
    if is_data_uri(link):
        kind = link[5:11].lower()
        return kind in {"audio/", "video/"} or (kind != "image/" and "other" in kinds)
    ending = link.partition("?")[0].partition("#")[0].rpartition("/")[2].rpartition(".")[2].lower()
    if ending in _IMAGE_ENDINGS:
        return False
    return ending in _OTHER_ENDINGS or "other" in kinds


def _plain(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()
