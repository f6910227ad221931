"""Whether a record belongs to the key that it stands under, and names no object of others.

What is read from the bucket is checked like what comes in by the door. The forms of ids are checked by their types
(`archive/records/ids.py`); here is what follows from several fields together. A record that speaks of another task than its
key would be worked on under one name and written under another; a key within it may lead anywhere, and what stands
there would be shown, copied or removed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache

from archive import layout
from archive.errors import MalformedRecord
from archive.records.asset import Asset, KeptAsset, LostAsset
from archive.records.catalogue import LetterLine, Line
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.manifest import Manifest
from archive.records.order_record import OrderRecord
from archive.records.record import Record
from archive.records.replay_plan import ReplayPlan
from archive.records.work import Work


def refuse_foreign(key: str, record: Record) -> None:
    """Pass a record that belongs to its key.

    Raises:
        MalformedRecord: naming what does not fit.
    """
    match record:
        case Work():
            _refuse_entry(key, record)
        case Manifest():
            _refuse_manifest(key, record)
        case DeadLetter():
            _refuse_letter(key, record)
        case OrderRecord():
            _demand(key == layout.order_key(record.provider, record.task_id), "it is of another task")
        case ReplayPlan():
            _demand(key == _replay_key(record.replay.id), "it is of another replay")


def refuse_foreign_line(line: Line) -> None:
    """Pass a catalogue line whose key is that of its task's manifest, or of its letter. Raises MalformedRecord."""
    if isinstance(line, LetterLine):
        day = _day_in(line.key)
        own = layout.dead_key(day, line.provider, line.task_id or "")
        if line.delivery_id is not None:
            own = layout.dead_delivery_key(day, line.provider, line.delivery_id)
        _demand(line.key == own, "its key is not of its task or delivery")
    else:
        _demand(_is_manifest_key(line.key, line.provider, line.task_id), "its key is not of its task")
    _refuse_moments(line.moment)


def _refuse_entry(key: str, work: Work) -> None:
    try:
        due = layout.read_due_key(key)
    except ValueError as error:
        raise MalformedRecord(f"its key is none of ours: {error}") from error
    same = (due.provider, due.task_id, due.origin) == (work.provider, work.task_id, work.origin)
    _demand(same, "its key is of another task or origin")
    _refuse_work(work)


def _refuse_work(work: Work) -> None:
    """What must hold of work wherever it stands."""
    _demand(
        layout.day_in(work.task_id) in {None, work.day}, "its day is not the one that its task's id tells"
    )
    _demand(work.kind == "ask" or bool(work.sources), "it has no source to fetch")
    if work.delivery:
        delivery = Delivery.from_json(work.delivery)
        told = {heard.delivery_id for heard in work.heard}
        _demand(delivery.provider == work.provider and delivery.id in told, "it carries another's delivery")
    _refuse_moments(work.expires_at)
    _refuse_assets([*work.kept, *work.lost], work.day, work.provider, work.task_id)


def _refuse_manifest(key: str, manifest: Manifest) -> None:
    provider, task_id = manifest.provider, manifest.task_id
    _demand(_is_manifest_key(key, provider, task_id), "it is of another task")
    _refuse_moments(manifest.changed_at)
    _refuse_assets(manifest.assets, _day_in(key), provider, task_id)


def _refuse_letter(key: str, letter: DeadLetter) -> None:
    day = _day_in(key)
    if letter.delivery is not None and "/delivery-" in key:
        own = layout.dead_delivery_key(day, letter.provider, letter.delivery.id)
    else:
        own = layout.dead_key(day, letter.provider, letter.task_id or "")
    _demand(key == own, "it is of another task or delivery")
    for work in letter.works:
        same = (work.provider, work.task_id) == (letter.provider, letter.task_id)
        _demand(same, "it holds the work of another task")
        _refuse_work(work)
    # The letter of a delivery stands under the day of that, what its task lost under the task's.
    _refuse_assets(
        letter.lost, letter.work.day if letter.work else day, letter.provider, letter.task_id or ""
    )


def _refuse_assets(assets: Iterable[Asset], day: date, provider: str, task_id: str) -> None:
    """Keys of assets lead into their task's folder, those of refused bytes beside its letter, and nowhere else."""
    folder = layout.task_folder(day, provider, task_id)
    letter = layout.dead_key(day, provider, task_id).removesuffix("json")
    for asset in assets:
        if isinstance(asset, KeptAsset):
            name = asset.key.removeprefix(folder)
            _demand(
                name != asset.key and layout.ASSET_NAME.fullmatch(name) is not None,
                "an image's key is not in the folder of its task",
            )
        elif isinstance(asset, LostAsset) and asset.refused_key is not None:
            name = asset.refused_key.removeprefix(letter)
            _demand(
                name != asset.refused_key and layout.REFUSED_NAME.fullmatch(name) is not None,
                "the key of refused bytes is not beside its task's letter",
            )


def _is_manifest_key(key: str, provider: str, task_id: str) -> bool:
    try:
        return key == layout.manifest_key(_day_in(key), provider, task_id)
    except MalformedRecord:
        return False


def _day_in(key: str) -> date:
    """The day in the key of a manifest or of a dead letter."""
    try:
        return _day(key.partition("/")[2][:10])
    except ValueError as error:
        raise MalformedRecord(f"its key tells no day: {error}") from error


@lru_cache(maxsize=1_024)
def _day(text: str) -> date:
    """A day as it stands in keys; lists read hundreds of thousands of lines, of a few days."""
    year, month, day = map(int, text.split("/"))
    return date(year, month, day)


def _replay_key(replay_id: str) -> str:
    try:
        return layout.replay_key(replay_id)
    except ValueError as error:
        raise MalformedRecord(str(error)) from error


def _refuse_moments(*moments: datetime) -> None:
    """Arithmetic with a moment near the end of all years fails, and no work is due then."""
    _demand(
        all(layout.EARLIEST <= moment < layout.LATEST for moment in moments), "a moment is not of our time"
    )


def _demand(holds: object, problem: str) -> None:
    if not holds:
        raise MalformedRecord(problem)
