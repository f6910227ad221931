"""`fixative replay --cancel`: what of a replay nobody has begun is taken back."""

from __future__ import annotations

from archive.records.dismissal import Dismissal
from console.cli import words
from console.cli.desk import Desk
from console.cli.options import Sentence
from console.replays.cancelling import cancel
from console.replays.replaying import who
from runtime.settings.settings import Settings
from runtime.settings.store import StoreSettings


class Cancelling(Settings, frozen=True):
    """What taking back needs."""

    store: StoreSettings


def cancel_replay(desk: Desk, replay_id: str, why: str) -> None:
    """Cancel it, and say how much was taken back. Raises Sentence."""
    bucket = desk.open_bucket(desk.settings(Cancelling).store)
    try:
        taken = cancel(bucket, replay_id, Dismissal(at=bucket.now(), who=who(), why=why or "cancelled"))
    except ValueError as error:
        raise Sentence(str(error)) from error
    if taken is None:
        raise Sentence(f"there is no plan of {replay_id}: nothing of it was made due")
    if desk.output.json:
        desk.output.object({"replay": replay_id, "cancelled": True, "taken_back": taken})
    else:
        desk.output.say(
            f"{replay_id} is cancelled: {words.counted(taken, 'item')} taken back; what a worker has in hand goes on"
        )
