"""One task as people read it: what it is, its images, what is lost, what is due, and its history."""

from __future__ import annotations

import msgspec

from archive.library.dead_letters import Dead
from archive.library.task_file import Due, TaskFile
from archive.reasons import SENTENCES
from archive.records.asset import KeptAsset, LostAsset
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Replay
from archive.records.dismissal import Dismissal
from archive.records.history import Counted, History
from archive.records.manifest import Manifest
from archive.records.order import Order
from archive.records.work import INSTEAD_ORIGIN, Heard
from console.cli import words
from console.cli.output import Output
from console.cli.shown import shown_letter
from console.cli.table import Column

HISTORY = (Column("received (UTC)", lead=True), Column("via", lead=True), Column("status", lead=True),
           Column("model"), Column("delivery"), Column("origin"), Column("error"),
           Column("forgave"), Column("signature"))  # fmt: skip
DUE = (Column("when (UTC)", lead=True), Column("link dies (UTC)", lead=True), Column("starts", lead=True, right=True),
       Column("tries", lead=True, right=True), Column("images"), Column("trouble"), Column("origin"))  # fmt: skip
REPLAYS = (Column("at (UTC)", lead=True), Column("who", lead=True), Column("id"), Column("why"))

# A few lines of a screen; --json has all of it, redacted, as base64.
BODY_MOST_CHARACTERS = 2000


def show_task(output: Output, file: TaskFile) -> None:
    """Print all of a task."""
    manifest, letter = file.manifest, file.letter
    output.line(file.name)
    output.pairs(_head(file))
    output.pairs(("a newer version wrote", key) for key in file.newer)
    _show_order(output, file.order)
    if manifest is not None:
        _show_assets(output, manifest)
    _show_lost(output, manifest.lost if manifest else letter.lost if letter else ())
    if letter is not None:
        _show_letter(output, file.dead_key, shown_letter(letter))
    for dead in file.apart:
        _show_letter(output, dead.key, shown_letter(dead.letter), f"dead letter of its delivery {dead.name}")
    _show_due(output, file.due)
    told = manifest or letter
    if told is not None:
        _show_history(output, told.history)
        _show_replays(output, told.replay_history)


def show_delivery(output: Output, dead: Dead) -> None:
    """Print all of a delivery that was given up."""
    letter = shown_letter(dead.letter)
    output.line(f"delivery {dead.name}")
    _show_letter(output, dead.key, letter)
    delivery = letter.delivery
    if delivery is not None:
        output.line("\nreceived")
        output.pairs(
            [
                ("provider", delivery.provider),
                ("at", words.moment(delivery.received_at)),
                ("via", delivery.via),
                ("label", delivery.claims.label or ""),
                ("content type", words.short(delivery.content_type or "")),
                ("bytes", f"{len(delivery.body):,}"),
                *((name, words.short(value)) for name, value in delivery.headers.items()),
                ("body", words.short(delivery.body.decode("utf-8", "replace"), BODY_MOST_CHARACTERS)),
            ]
        )
    _show_replays(output, letter.replay_history)


def _dismissals(dismissals: tuple[Dismissal, ...]) -> list[tuple[str, str]]:
    return [
        ("dismissed", f"{words.moment(said.at)} by {said.who}: {words.short(said.why)}")
        for said in dismissals
    ]


def _head(file: TaskFile) -> list[tuple[str, str]]:
    manifest, letter = file.manifest, file.letter
    if manifest is None:
        waits = letter is None and bool(file.due or not file.apart)
        letter = letter or next((dead.letter for dead in file.apart), None)
        return [
            ("status", _waits(file) if waits else "given up"),
            ("model", (letter.model if letter else "") or ""),
            ("label", (letter.label if letter else file.order.label if file.order else "") or ""),
            ("day", file.day.isoformat()),
        ]
    lost = f", {len(manifest.lost)} lost" if manifest.lost else ""
    error = manifest.error
    return [
        ("status", manifest.status),
        ("images", f"{len(manifest.kept)} kept{lost}" if manifest.assets else ""),
        ("model", manifest.model or ""),
        ("label", manifest.label or ""),
        ("error", words.short(f"{error.code}: {error.message}") if error else ""),
        ("created", words.moment(manifest.created_at) if manifest.created_at else ""),
        ("changed", words.moment(manifest.changed_at)),
        ("findings", "; ".join(f"{found.kind}: expected {found.expected}, got {found.got}"
                               for found in manifest.findings)),
        ("billing", words.short(msgspec.json.encode(manifest.billing).decode()) if manifest.billing else ""),
        ("remarks", words.short(msgspec.json.encode(manifest.remarks).decode()) if manifest.remarks else ""),
        ("starts", _starts(manifest)),
        *_dismissals(manifest.dismissals),
        ("manifest", file.manifest_key),
    ]  # fmt: skip


def _waits(file: TaskFile) -> str:
    """How it stands with a task that has neither manifest nor letter."""
    works = [entry.work for entry in file.due if entry.work is not None]
    if any(work.kind == "archive" and work.trouble and not work.leased for work in works):
        return "waiting for its next try"
    if any(work.origin == INSTEAD_ORIGIN for work in works):
        return "asked for at the provider: its callback did not say enough"
    if works and all(work.kind == "ask" for work in works):
        return "waiting for its callback"
    return "being worked on" if works or not file.newer else "not known here"


def _starts(manifest: Manifest) -> str:
    if manifest.starts <= 1 and not manifest.silent_endings:
        return ""
    silent = f", {manifest.silent_endings} ended without a word" if manifest.silent_endings else ""
    return f"{manifest.starts}{silent}"


def _show_order(output: Output, order: Order | None) -> None:
    if order is None:
        return
    output.line("\norder")
    output.pairs(
        (name, words.short(", ".join(value) if isinstance(value, tuple) else str(value)))
        for name, value in msgspec.structs.asdict(order).items()
        if value not in (None, (), msgspec.UNSET)
    )


def _show_assets(output: Output, manifest: Manifest) -> None:
    for asset in manifest.kept:
        output.line(f"\nimage {asset.index:02d}")
        output.pairs(_asset_pairs(asset))


def _asset_pairs(asset: KeptAsset) -> list[tuple[str, str]]:
    timings = asset.timings
    frames = f", {asset.frames} frames" if asset.frames > 1 else ""
    return [
        ("key", asset.key),
        ("sha256", asset.sha256),
        ("image", f"{asset.width}x{asset.height} {asset.format} {asset.mode}{frames}"),
        ("bytes", f"{asset.bytes:,} ({words.bytes_in_words(asset.bytes)})"),
        ("source", asset.source),
        ("c2pa", "embedded; not verified" if asset.c2pa else ""),
        *((f"finding: {found.kind}", f"expected {found.expected}, got {found.got}")
          for found in asset.findings),
        ("took", f"download {timings.download_ms} ms, verify {timings.verify_ms} ms, store {timings.store_ms} ms"
                 + (f", {asset.tries} tries" if asset.tries > 1 else "")),
    ]  # fmt: skip


def _show_lost(output: Output, lost: tuple[LostAsset, ...]) -> None:
    for asset in lost:
        output.line(f"\nimage {asset.index:02d}, lost")
        output.pairs(
            [
                ("reason", asset.reason),
                ("meaning", SENTENCES[asset.reason]),
                ("detail", words.short(asset.detail)),
                ("source", asset.source),
                ("tries", str(asset.tries) if asset.tries > 1 else ""),
                ("refused bytes", asset.refused_key or ""),
            ]
        )


def _show_letter(output: Output, key: str, letter: DeadLetter, title: str = "dead letter") -> None:
    output.line(f"\n{title}")
    output.pairs(
        [
            ("reason", letter.reason),
            ("meaning", SENTENCES[letter.reason]),
            ("detail", words.short(letter.detail)),
            ("at", words.moment(letter.at)),
            *(("links died at" if work.expires_at <= letter.at else "links die at", words.moment(work.expires_at))
              for work in letter.works),
            *_dismissals(letter.dismissals),
            ("key", key),
            ("mend", f"fixative replay {Dead(key, letter).name}" if letter.works or letter.delivery else ""),
        ]
    )  # fmt: skip


def _show_due(output: Output, due: tuple[Due, ...]) -> None:
    if due:
        output.line("\nstill due")
        output.table(
            DUE,
            [
                [
                    words.moment(entry.due.when),
                    words.moment(entry.work.expires_at) if entry.work else "?",
                    str(entry.work.starts if entry.work else "?"),
                    str(entry.work.tries if entry.work else "?"),
                    words.kept_of(len(entry.work.kept), len(entry.work.sources)) if entry.work else "",
                    words.short((entry.work.trouble if entry.work else "") or ""),
                    entry.due.origin,
                ]
                for entry in due
            ],
        )


def _show_history(output: Output, history: History[Heard]) -> None:
    if history.total:
        output.line("\nhistory")
        output.table(HISTORY, map(_heard_row, history.named))
        _show_counted(output, history.counted)


def _show_counted(output: Output, counted: Counted | None) -> None:
    """Say how many lie between the first and the last that are named."""
    if counted is not None:
        output.line(f"and {counted.count:,} more between the first and the last of these")


def _heard_row(told: Heard) -> list[str]:
    error = f"{told.error.code}: {told.error.message}" if told.error else ""
    return [words.moment(told.received_at), told.via, told.status, told.model or "",
            told.delivery_id, told.origin, words.short(error), words.joined(told.forgave), told.signature or ""]  # fmt: skip


def _show_replays(output: Output, history: History[Replay]) -> None:
    if history.total:
        output.line("\nreplays")
        output.table(
            REPLAYS,
            [
                [words.moment(replay.at), replay.who, replay.id, words.short(replay.why)]
                for replay in history.named
            ],
        )
        _show_counted(output, history.counted)
