"""inbox batch -> due work.

    completed             work in `due/`, rung; few of a young batch are worked in place instead, where that ends well
    failed, cancelled     its manifest immediately; work of kind "ask" where it is to be confirmed
    pending, processing   counted and dropped: another callback will come
    an order              orders/, and work of kind "ask" for the case that nothing comes
    names its task alone  as its provider means it: work of kind "ask", which carries it; without an API key dead/
    unreadable            dead/, whole and raw, replayable after the reader is mended; where it names its task and
                          there is an API key, the provider is asked: its answer may take the letter's place

Settling twice writes the same keys. Each line has its own guard: one that fails never holds up its neighbours.
When every line is placed, the inbox object goes; with the catalogue's lines of what ended, where there are such.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta

from archive import layout
from archive.errors import (
    FixativeError,
    MalformedRecord,
    Missing,
    NewerRecord,
    Unreadable,
)
from archive.queue.doorbell import Doorbell
from archive.reasons import Reason
from archive.records.delivery import Delivery
from archive.records.told_order import is_of_unknown_door, is_order
from archive.records.work import Work
from archive.store.bucket import Bucket
from archive.store.due import put_due
from archive.store.record_at import naming
from runtime.logs.step import facts, tell
from runtime.logs.subject import about
from runtime.metrics.meters import Meters
from runtime.metrics.registry import SETTLED
from workers.account import Account
from workers.catalogue_lines import CatalogueJournal
from workers.inline.setting_aside import SettingAside
from workers.keep import Keep
from workers.left_alone import LeftAlone
from workers.placing import Placing, Said, stray
from workers.readings import (
    Read,
    ending_of,
    letter_of,
    unchecked,
    work_of,
)
from workers.settling.asking_instead import AskingInstead
from workers.settling.filed_day import filed_day
from workers.settling.in_place import InPlace
from workers.settling.ringing import Ringing
from workers.settling.told_orders import ToldOrders
from workers.settling.young_batch import fit_in_place
from workers.subjects import about_reads, placing, settling, tell_settled, traced

log = logging.getLogger(__name__)

OF_UNKNOWN_DOOR = (
    "replayed by an older version, which did not keep whether this came from your own programs or by a callback "
    "URL; if it is your order, replay it by this delivery's id"
)


class Settle:
    """Places the deliveries of a batch. Asks no provider anything.

    A batch older than `grace_s` may have been settled before: the sweep rings for it then. How long links live, and when a task is first asked for, is as the provider says where it is 0 here.
    """

    def __init__(
        self,
        bucket: Bucket,
        keep: Keep,
        catalogue: CatalogueJournal,
        doorbell: Doorbell,
        *,
        lease_s: float,
        grace_s: float = 60.0,
        link_life_h: float = 0.0,
        ask_first_s: float = 0.0,
        left_alone: LeftAlone | None = None,
        asked: Collection[str] = (),
        confirmed: Collection[str] = (),
        meters: Meters | None = None,
        signature_of: Callable[[Delivery, datetime], str | None] = unchecked,
        in_place: InPlace | None = None,
    ) -> None:
        self._in_place = in_place
        self._meters = meters or Meters("worker")
        self._instead = AskingInstead(bucket, asked, confirmed=confirmed, link_life_h=link_life_h)
        self._signature_of = signature_of
        self._left_alone = left_alone or LeftAlone()
        self._told_orders = ToldOrders(bucket, link_life_h=link_life_h, ask_first_s=ask_first_s)
        self._bucket, self._keep, self._catalogue = bucket, keep, catalogue
        self._ringing = Ringing(doorbell, bucket.now)
        self._lease, self._grace = timedelta(seconds=lease_s), timedelta(seconds=grace_s)
        self._aside, self._link_life_h = SettingAside(bucket), link_life_h

    def settle(self, inbox_key: str, carried: bytes | None = None) -> None:
        """Place every delivery of the batch, then remove it. Raises TryLater; the batch stays then.

        A line that a newer version wrote holds up no other line, and stays with its batch for a newer worker.
        """
        if self._left_alone.rests(inbox_key):
            raise NewerRecord(f"{inbox_key}: left alone for a while")
        try:
            batch = carried if carried is not None else self._bucket.get(inbox_key).body
        except Missing:
            return  # settled by somebody else
        placed = Placing(self._time_of(inbox_key), {}, [], Account())
        trouble: list[FixativeError] = []
        lines = [line for line in batch.split(b"\n") if line.strip()]
        for line in lines:
            try:
                with naming(inbox_key):
                    self._read(line, placed)
            except FixativeError as error:
                trouble.append(error)
        young = self._young(inbox_key, len(lines), placed)
        # Whatever waits for nobody goes first.
        self._place_each([said for said in placed.readable if said not in young], placed, trouble)
        if young:
            ended = frozenset[Said]() if trouble else self._end_in_place(inbox_key, young, placed)
            self._place_each([said for said in young if said not in ended], placed, trouble)
        if not trouble:
            placed.account.free(inbox_key)
        # With trouble the batch stays, for however long; what was placed of it is listed all the same.
        self._catalogue.hand_over(placed.account)
        self._refuse(inbox_key, trouble)

    def _refuse(self, inbox_key: str, trouble: list[FixativeError]) -> None:
        """Raise what the first of its lines came to that could not be placed, if any."""
        if trouble and all(isinstance(error, NewerRecord) for error in trouble):
            self._left_alone.note(inbox_key)
        if trouble:
            raise trouble[0]

    def _young(self, inbox_key: str, lines: int, batch: Placing) -> tuple[Said, ...]:
        """What of the batch may be worked in place."""
        if self._in_place is None or not self._in_place.may_begin(inbox_key):
            return ()
        return fit_in_place(lines, batch.readable)

    def _end_in_place(self, inbox_key: str, young: Iterable[Said], batch: Placing) -> frozenset[Said]:
        """Work these in place; those that have ended. Whatever it comes to, the others are placed."""
        assert self._in_place is not None
        try:
            works = {said: self._work(batch.readable[said]) for said in young}
            ended = self._in_place.work(inbox_key, works, batch.account)
        except FixativeError as error:
            log.info("%s: not worked in place: %s", inbox_key, error)
            return frozenset()
        except Exception:  # a fault of ours is no reason to lose what the road can bring
            log.exception("%s: not worked in place", inbox_key)
            return frozenset()
        for said in ended:
            with about_reads(batch.readable[said]):
                tell_settled(log, batch.readable[said])
        return ended

    def _place_each(self, saids: Iterable[Said], batch: Placing, trouble: list[FixativeError]) -> None:
        """Place what is told of these, and ring for it; one that fails holds up no other."""
        for said in saids:
            try:
                with placing(batch.readable[said]):
                    self._place(batch.readable[said], batch)
            except FixativeError as error:
                trouble.append(error)
        # Also for what was made due while the lines were read: the questions about callbacks that say too little.
        self._ringing.ring(batch.rings)
        batch.rings.clear()

    def _work(self, reads: list[Read]) -> Work:
        """The work that a task's completed deliveries ask for. Raises MalformedRecord."""
        told = reads[0].notification
        day = filed_day(self._bucket, told.provider, told.task_id, reads[0].delivery.received_at.date())
        return work_of(reads, day=day, link_life_h=self._link_life_h)

    def _read(self, line: bytes, batch: Placing) -> None:
        """Sort one line among those of its task and origin, or write its dead letter."""
        try:
            delivery = Delivery.from_json(line)
        except MalformedRecord as error:
            self._bury(stray(line, batch.gathered), Reason.MALFORMED_RECORD, str(error), batch.account)
            return
        with settling(delivery):
            self._sort(delivery, batch)

    def _sort(self, delivery: Delivery, batch: Placing) -> None:
        if is_order(delivery):
            self._meters.count(SETTLED, delivery.provider, "order")
            self._place_order(delivery, batch)
            return
        if is_of_unknown_door(delivery):
            self._bury(delivery, Reason.BAD_ORDER, OF_UNKNOWN_DOOR, batch.account)
            return
        try:
            signature = self._signature_of(delivery, self._bucket.now())
            told = self._aside.read(delivery)
            self._instead.refuse_unconfirmed(delivery, told)
        except Unreadable as error:
            self._meters.count(SETTLED, delivery.provider, "unreadable")
            ask = self._instead.work_for(delivery, error)
            if ask is None or not ask.delivery:
                self._bury(delivery, error.reason, self._instead.detail(delivery, error), batch.account)
            if ask is not None:
                batch.rings.append(self._place_work(ask, batch.gathered + self._lease))
            return
        self._meters.count(SETTLED, told.provider, told.status)
        if told.status == "unfinished":
            text = "delivery %s: task=%s is not finished; dropped"
            log.info(text, delivery.id, told.task_id, extra=facts("dropped", task=told.task_id))
            return
        says = (told.origin, told.sources) if told.status == "completed" else ("", ())
        batch.readable.setdefault((told.provider, told.task_id, *says), []).append(
            Read(delivery, told, signature)
        )

    def _place(self, reads: list[Read], batch: Placing) -> None:
        """Write what one task's deliveries ask for that are placed together."""
        try:
            told = reads[0].notification
            if told.status == "completed":
                entry, work = self._place_work(self._work(reads), batch.gathered + self._lease)
                batch.rings.append((entry, work))
                tell_settled(log, reads, entry)
            else:
                day = filed_day(
                    self._bucket, told.provider, told.task_id, reads[0].delivery.received_at.date()
                )
                self._keep.commit(day, ending_of(reads, self._bucket.now()), batch.account)
                tell_settled(log, reads)
            for read in reads:
                self._unbury(read.delivery, batch)
        except MalformedRecord as error:
            for read in reads:
                self._bury(read.delivery, Reason.UNREADABLE, f"cannot be placed: {error}", batch.account)
        except FixativeError:
            raise
        except Exception:  # a fault of ours must not hold up the neighbours, nor lose the line
            log.exception("settle: task=%s cannot be placed", reads[0].notification.task_id)
            why = "cannot be placed, by a fault of ours that the worker's log tells"
            for read in reads:
                self._bury(read.delivery, Reason.UNREADABLE, why, batch.account)

    def _place_order(self, delivery: Delivery, batch: Placing) -> None:
        """Keep an order, and make it due to be asked for."""
        try:
            ask, first_at = self._told_orders.keep(delivery)
        except Unreadable as error:
            self._bury(delivery, error.reason, error.detail, batch.account)
            return
        entry, _ = self._place_work(ask, first_at)
        with about(task=ask.task_id):
            tell(log, "settled", via=delivery.via, entry=entry)
        self._unbury(delivery, batch)

    def _unbury(self, delivery: Delivery, batch: Placing) -> None:
        """Remove the letter of a delivery that was replayed, or asked for in its place, and is placed now."""
        if delivery.replay is not None or delivery.via == "ask":
            again = self._bucket.now() >= batch.gathered + self._grace
            day = delivery.received_at.date()
            self._keep.unbury_delivery(day, delivery.provider, delivery.id, batch.account, again=again)

    def _place_work(self, work: Work, when: datetime) -> tuple[str, Work]:
        """Write a due entry where none stands; one that tells of the same deliveries is as good."""
        placed = put_due(
            self._bucket,
            traced(work),
            when + work.spread,
            same=lambda there: there.history.covers(work.history),
        )
        return placed.key, placed.work

    def _bury(self, delivery: Delivery, reason: Reason, detail: str, account: Account) -> None:
        """Write the dead letter of a delivery; its time is the delivery's, so that twice writes the same."""
        self._keep.bury_delivery(letter_of(delivery, reason, detail), account)

    def _time_of(self, inbox_key: str) -> datetime:
        try:
            return layout.inbox_time(inbox_key).astimezone(UTC)
        except ValueError:
            return self._bucket.now()
