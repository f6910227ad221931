"""A task's story in order of time, a mark and a sentence each. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from archive.library.task_file import TaskFile
from archive.reasons import SENTENCES
from archive.records.dead_letter import DeadLetter
from archive.records.dismissal import Dismissal
from archive.records.history import History
from archive.records.manifest import Manifest
from archive.records.work import Heard
from archive.redaction import redacted
from console.cli.words import counted

Tone = Literal["", "ok", "warn", "bad"]
_VIA = {
    "callback": "The provider called back",
    "ask": "The provider was asked",
    "order": "The order was told",
    "replay": "A replay brought it",
}


class Event(NamedTuple):
    """One thing that happened; `icon` is a mark of the pages."""

    at: datetime
    icon: str
    title: str
    detail: str = ""
    tone: Tone = ""


def story_of(file: TaskFile) -> list[Event]:
    """What happened to a task, the first at the top: that it was created, whatever the provider's clock says of when."""
    events = [*_ordered(file), *_told(file), *_ended(file)]
    for dead in file.apart:
        why = SENTENCES[dead.letter.reason]
        events.append(
            Event(_utc(dead.moment), "lost", f"A delivery was set apart: {dead.letter.reason}", why, "bad")
        )
        events += _dismissed(dead.letter.dismissals)
    return [*_created(file), *sorted(events, key=lambda event: event.at)]


def _created(file: TaskFile) -> Iterator[Event]:
    created = file.manifest.created_at if file.manifest else None
    if created:
        yield Event(_utc(created), "told", "Created at the provider")


def _ordered(file: TaskFile) -> Iterator[Event]:
    ordered = file.ordered
    if ordered:
        yield Event(ordered.told_at, "told", "Ordered", f"told by {ordered.who}" if ordered.who else "")


def _told(file: TaskFile) -> Iterator[Event]:
    """What was heard of it, and the replays, of manifest and letter, each once."""
    heard: dict[str, Heard] = {}
    seen: set[str] = set()
    for record in (file.manifest, file.letter):
        if record is None:
            continue
        heard |= {told.delivery_id: told for told in record.history.named}
        for replay in record.replay_history.named:
            if replay.id not in seen:
                seen.add(replay.id)
                yield Event(replay.at, "replay", f"Replayed by {replay.who}", replay.why)
    for entry in file.due:
        heard |= {told.delivery_id: told for told in (entry.work.heard if entry.work else ())}
        again = entry.work.replay if entry.work else None
        if again and again.id not in seen:
            seen.add(again.id)
            yield Event(again.at, "replay", f"Replayed by {again.who}", again.why)
    yield from map(_heard, heard.values())


def _heard(told: Heard) -> Event:
    parts = [told.status, told.model or ""]
    if told.error:
        parts.append(f"{told.error.code}: {told.error.message}" if told.error.message else told.error.code)
    if told.forgave:
        parts.append(f"passed over: {', '.join(told.forgave)}")
    if told.signature:
        parts.append(f"signature: {told.signature}")
    tone: Tone = "warn" if told.status in {"failed", "cancelled"} else ""
    return Event(told.received_at, "told", _VIA[told.via], ", ".join(part for part in parts if part), tone)


def _ended(file: TaskFile) -> Iterator[Event]:
    manifest, letter = file.manifest, file.letter
    if manifest is not None:
        yield _kept(manifest)
        yield from _dismissed(manifest.dismissals)
    if letter is not None:
        yield _given_up(letter)
        yield from _dismissed(() if manifest else letter.dismissals)


def _kept(manifest: Manifest) -> Event:
    starts = f"{counted(manifest.starts, 'start')} of work" if manifest.starts else ""
    if manifest.silent_endings:
        starts += f", {manifest.silent_endings:,} ended without a word"
    if manifest.status != "completed":
        code = manifest.error.code if manifest.error else ""
        title = "Failed at the provider" if manifest.status == "failed" else "Cancelled at the provider"
        return Event(manifest.changed_at, manifest.status, title, code, "warn")
    kept, lost = len(manifest.kept), len(manifest.lost)
    if lost:
        return Event(
            manifest.changed_at, "incomplete", f"{counted(kept, 'image')} kept, {lost} lost", starts, "warn"
        )
    return Event(manifest.changed_at, "kept", f"{counted(kept, 'image')} kept", starts, "ok")


def _given_up(letter: DeadLetter) -> Event:
    detail = redacted(letter.detail)
    return Event(
        _utc(letter.at), "lost", f"Given up: {letter.reason}", detail or SENTENCES[letter.reason], "bad"
    )


def _dismissed(dismissals: tuple[Dismissal, ...]) -> Iterator[Event]:
    for said in dismissals:
        yield Event(said.at, "dismissed", f"Dismissed by {said.who}", said.why)


def between(history: History[Heard]) -> int:
    """How many deliveries lie between those that are named."""
    return history.counted.count if history.counted else 0


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
