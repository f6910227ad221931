"""The keys of the bucket. Pure; the prefix is the bucket's own affair. Ids of tasks are given as they are told, and filed here.

inbox/2026/11/21/07/<ulid>.ndjson            accepted, not yet placed; a line a delivery
due/20261121T074130.120Z~<provider>~<task_id>~<origin>.json
                                             work, in order of its next time; flat
inbox/00/<the same>  due/00-<the same>       where links live for an hour or less: before all others
tasks/2026/11/21/<provider>/<task_id>/       what people browse
    00.png  01.png ...                       the original bytes, the extension from the bytes
    00-<sha256[:8]>.png                      other bytes for a place that was taken
    manifest.json                            all that is known: written last, it is the commit
catalog/2026/11/21/07/<ulid>.ndjson          lines of manifests and dead letters
catalog/2026/11/21/07~<first>.ndjson         the same of an hour, rolled up; <first> is the first that it replaces
catalog/2026/11/21~<first>.parquet           the same of a closed day
dead/2026/11/21/<provider>/<task_id>.json    what was given up and why
dead/2026/11/21/<provider>/<task_id>.00.bin  the bytes that were refused
dead/2026/11/21/<provider>/delivery-<delivery_id>.json
                                             what nobody could read, or belongs to no task
orders/<provider>/<task_id>.json             what was ordered
index/<provider>/<task_id>                   the day of a task, only where its id tells none
replays/2026/11/21/replay-<ulid>.json        what a replay makes due, and when
thumbs/<sha256[:2]>/<sha256>.webp            small pictures for the console, by the SHA-256 of the original
inline/<provider>/<task_id>/<sha256>.txt     an image that came within a body, as its `data:` URI, until it is kept
probe/<who>                                  written by health checks, proofs and `fixative doctor`
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple

from ulid import ULID

from archive.task_ids import FILED, filed_id, told_id

PROVIDER = re.compile(r"[a-z][a-z0-9-]{1,31}")
# A ULID; of what is none, a word of ours with a digest or with the rest of a key.
DELIVERY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}")
ORIGIN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
# The longest of ours has some 280.
KEY_MAX_BYTES = 512

# S3's own bound is 1,024 bytes with the prefix; the longest of ours has some 300.
KEY_MAX_CHARACTERS = 1000

# A WebP of 480 pixels' width has 20 to 60 kB.
THUMBNAIL_MAX_BYTES = 262_144

# The dead letter of a task or of a delivery.
DEAD_KEY = re.compile(
    r"dead/\d{4}/\d{2}/\d{2}/[a-z][a-z0-9-]{1,31}/[A-Za-z0-9=][A-Za-z0-9._:=-]{0,255}\.json"
)
_DEAD_OF_TASK = re.compile(r"dead/\d{4}/\d{2}/\d{2}/([^/]+)/(?!delivery-)([^/]+)\.json")
# What stands in a task's folder beside its manifest, and beside a dead letter's own name.
ASSET_NAME = re.compile(r"\d{2,4}(-[0-9a-f]{8})?\.[a-z0-9]{2,5}")
REFUSED_NAME = re.compile(r"\d{2,4}\.bin")
# Where the original bytes of an image stand.
_ASSET_KEY = re.compile(rf"tasks/\d{{4}}/\d{{2}}/\d{{2}}/{PROVIDER.pattern}/{FILED}/{ASSET_NAME.pattern}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

INBOX = "inbox/"
DUE = "due/"
# These sort before every year.
INBOX_SHORT = "inbox/00/"
DUE_SHORT = "due/00-"
# Behind all of these.
INBOX_OTHERS = "inbox/000"
DUE_OTHERS = "due/00."
TASKS = "tasks/"
CATALOG = "catalog/"
DEAD = "dead/"
INDEX, INLINE = "index/", "inline/"

# A replay's id, which is the origin of what it makes due: with a ULID in lower case, as it reads better.
REPLAY = "replay-"
# A ULID in Crockford's base 32: https://github.com/ulid/spec
_REPLAY_ID = re.compile(r"replay-[0-7][0-9a-hjkmnp-tv-z]{25}")
# EvoLink's ids hold the unix second of their task: task-unified-1757156493-imcg5zqt.
_UNIX_SECONDS = re.compile(r"(?:^|[-_])(\d{10})(?=[-_]|$)")
_SECONDS_BEGUN = re.compile(r"(?:^|[-_])([1-9]\d{0,8})$")
_WHEN = "%Y%m%dT%H%M%S"
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


class DueKey(NamedTuple):
    """What the key of a due entry says."""

    when: datetime
    provider: str
    task_id: str
    origin: str
    short: bool = False  # whether its links live for an hour or less


def day_in(task_id: str) -> date | None:
    """The UTC day that a task id tells by itself, or None; outside 2020 to 2100 it is not believed."""
    for digits in _UNIX_SECONDS.findall(task_id):
        moment = datetime.fromtimestamp(int(digits), UTC)
        if EARLIEST <= moment < LATEST:
            return moment.date()
    return None


def days_begun(begins: str) -> tuple[date, date] | None:
    """The first and the last day that an id of this beginning may tell, where it ends within a unix second; or None."""
    if (found := _SECONDS_BEGUN.search(begins)) is None:
        return None
    first, last = (datetime.fromtimestamp(int(found[1].ljust(10, digit)), UTC).date() for digit in "09")
    return first, last


def batch_id(now: datetime) -> str:
    """A new ULID that sorts by the time given."""
    return str(ULID.from_datetime(now))


def batch_id_of(when: datetime, text: str) -> str:
    """The ULID of a batch that always has the same one: by its time, and a text that no other batch has."""
    milliseconds = int(when.timestamp() * 1000).to_bytes(6, "big")
    return str(ULID.from_bytes(milliseconds + hashlib.sha256(text.encode()).digest()[:10]))


def inbox_key(batch: str, short: bool = False) -> str:  # noqa: FBT001, FBT002 - a part of the key
    """The key of a batch of deliveries, by the time within its ULID; `short` as of a due entry."""
    place = INBOX_SHORT if short else INBOX
    return f"{place}{ULID.from_str(batch).datetime:%Y/%m/%d/%H}/{batch}.ndjson"


def is_in_inbox(key: str) -> bool:
    """Whether a key from outside leads to an object in `inbox/` and nowhere else, whatever wrote that object."""
    return _leads_into(INBOX, key)


def is_in_due(key: str) -> bool:
    """The same of `due/`."""
    return _leads_into(DUE, key)


def _leads_into(folder: str, key: str) -> bool:
    """No step up or aside, which an S3 over a file system might take, and nothing that cannot be printed."""
    if not key.startswith(folder) or len(key) > KEY_MAX_CHARACTERS or not key.isprintable():
        return False
    return "\\" not in key and not {"", ".", ".."} & set(key.split("/"))


def inbox_time(key: str) -> datetime:
    """When the batch under this inbox key was gathered.

    Raises:
        ValueError: if the key is none of ours.
    """
    return ULID.from_str(key.rsplit("/", 1)[-1].removesuffix(".ndjson")).datetime


def due_key(when: datetime, provider: str, task_id: str, origin: str, short: bool = False) -> str:  # noqa: FBT001, FBT002 - a part of the key
    """The key of a due entry, to the millisecond; `short` are those whose links live for an hour or less."""
    when, place = when.astimezone(UTC), DUE_SHORT if short else DUE
    return (
        f"{place}{when:{_WHEN}}.{when.microsecond // 1000:03d}Z~{provider}~{filed_id(task_id)}~{origin}.json"
    )


def is_short(key: str) -> bool:
    """Whether this is the key of a due entry, or of a batch, whose links live for an hour or less."""
    return key.startswith((DUE_SHORT, INBOX_SHORT))


def others_in(place: str) -> str:
    """Of `inbox/` or `due/`, the key behind all that live short."""
    return INBOX_OTHERS if place == INBOX else DUE_OTHERS


def read_due_key(key: str) -> DueKey:
    """What a due entry's key says.

    Raises:
        ValueError: if the key is none of ours.
    """
    place = DUE_SHORT if is_short(key) else DUE
    when, provider, filed, origin = key.removeprefix(place).removesuffix(".json").split("~")
    if not when.endswith("Z"):
        raise ValueError("its time is not in UTC")
    told = DueKey(datetime.fromisoformat(when), provider, told_id(filed), origin, is_short(key))
    if not (PROVIDER.fullmatch(provider) and ORIGIN.fullmatch(origin)):
        raise ValueError("a provider or an origin in it is none")
    if due_key(*told) != key:
        raise ValueError("it is not as we write it")
    return told


def due_until(moment: datetime, place: str = DUE) -> str:
    """The first key that is due later than the moment: where a listing of what is due may stop."""
    moment = moment.astimezone(UTC)
    return f"{place}{moment:{_WHEN}}.{moment.microsecond // 1000:03d}Z~\x7f"


def order_key(provider: str, task_id: str) -> str:
    """The key of what was ordered."""
    return f"orders/{provider}/{filed_id(task_id)}.json"


def index_key(provider: str, task_id: str) -> str:
    """Where the day of a task is fixed whose id tells none."""
    return f"{INDEX}{provider}/{filed_id(task_id)}"


@lru_cache(maxsize=1_024)
def day_text(day: date) -> str:
    """A day as it stands in keys; a list of a busy day makes hundreds of thousands of keys, of a few days."""
    return f"{day:%Y/%m/%d}"


def tasks_of(day: date, provider: str) -> str:
    """What the folders of a provider's tasks of a day begin with."""
    return f"{TASKS}{day_text(day)}/{provider}/"


def task_folder(day: date, provider: str, task_id: str) -> str:
    """The folder of a task, with its final slash."""
    return f"{tasks_of(day, provider)}{filed_id(task_id)}/"


def manifest_key(day: date, provider: str, task_id: str) -> str:
    """The key of a task's manifest."""
    return f"{task_folder(day, provider, task_id)}manifest.json"


def asset_key(day: date, provider: str, task_id: str, index: int, extension: str, sha256: str = "") -> str:
    """The key of an asset; with a SHA-256 (hex), that of other bytes for a place that was taken."""
    beside = f"-{sha256[:8]}" if sha256 else ""
    return f"{task_folder(day, provider, task_id)}{index:02d}{beside}.{extension}"


def is_asset_key(key: str) -> bool:
    """Whether a key from outside leads to an image in a task's folder, and nowhere else."""
    return _ASSET_KEY.fullmatch(key) is not None


def is_sha256(text: str) -> bool:
    """Whether a text from outside is a SHA-256 in hex, as we write it."""
    return _SHA256.fullmatch(text) is not None


def thumb_key(sha256: str) -> str:
    """The key of the thumbnail of the image with this SHA-256 (hex)."""
    return f"thumbs/{sha256[:2]}/{sha256}.webp"


def inline_key(provider: str, task_id: str, sha256: str) -> str:
    """Where the text of a `data:` URI with this SHA-256 (hex) stands until its image is kept."""
    return f"{INLINE}{provider}/{filed_id(task_id)}/{sha256}.txt"


def dead_key(day: date, provider: str, task_id: str) -> str:
    """The key of a task's dead letter."""
    return f"{DEAD}{day_text(day)}/{provider}/{filed_id(task_id)}.json"


def task_in_dead_key(key: str) -> tuple[str, str] | None:
    """Provider and id of the task whose dead letter has this key; None where it is that of a delivery, or none."""
    found = _DEAD_OF_TASK.fullmatch(key)
    try:
        return (found[1], told_id(found[2])) if found else None
    except ValueError:
        return None


def refused_key(day: date, provider: str, task_id: str, index: int) -> str:
    """The key of the bytes that were refused for an asset."""
    return f"{DEAD}{day_text(day)}/{provider}/{filed_id(task_id)}.{index:02d}.bin"


def dead_delivery_key(day: date, provider: str, delivery_id: str) -> str:
    """The key of a delivery that nobody could read, or that belongs to no task."""
    return f"{DEAD}{day_text(day)}/{provider}/delivery-{delivery_id}.json"


def replay_id(now: datetime) -> str:
    """A new replay's id."""
    return f"{REPLAY}{batch_id(now).lower()}"


def replay_key(replay_id: str) -> str:
    """The key of a replay's plan, by the time within its id.

    Raises:
        ValueError: if the id is none of ours.
    """
    if not _REPLAY_ID.fullmatch(replay_id):
        raise ValueError(f"{replay_id!r} is no replay's id")
    moment = ULID.from_str(replay_id.removeprefix(REPLAY).upper()).datetime
    return f"replays/{moment:%Y/%m/%d}/{replay_id}.json"


def probe_key(who: str) -> str:
    """What a health check writes, to see that the bucket accepts."""
    return f"probe/{who}"
