"""What was ordered and never came: the work of kind "ask".

manifest or dead letter there    the order goes into it, with the findings that follow, and the entry goes
the provider tells of an ending  it enters the inbox as a delivery, like a callback, and the entry goes
unfinished, unknown, away        asked again later, further and further apart; without an API key only waited for
the links' life is over          dead letter `never_heard_of`, whose replay asks again

And a callback that named its task and not what came of it: it has its dead letter. The provider's answer enters the
inbox in its place, and the letter goes when that is placed; it stays where the provider knows no better. One that is
meant to name its task alone is carried by its work, and has a letter only when no answer comes or can be used.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime

from msgspec import structs
from ulid import ULID

from archive import layout
from archive.errors import ApiTrouble, NewerRecord, TryLater
from archive.queue.doorbell import Doorbell
from archive.reasons import Reason
from archive.records.damage import patience
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.order import Claims as TicketClaims
from archive.records.order_record import OrderRecord
from archive.records.work import INSTEAD_ORIGIN, Work
from archive.store.bucket import Bucket
from providers.registry import provider_named
from runtime.logs.step import facts
from runtime.metrics.meters import Meters
from runtime.metrics.registry import ASKS
from runtime.tracing.span import span
from workers.account import Account
from workers.asking.ask_task import AskTask
from workers.asking.carried import carried_by, refusal_of
from workers.asking.ending import NoBetter, ending_in
from workers.asking.entering import Entering
from workers.asking.order_book import OrderBook
from workers.catalogue_lines import CatalogueJournal
from workers.keep import Keep
from workers.later import OWN_PATIENCE, Distances, most_apart, next_try
from workers.leases import Leases
from workers.readings import asked_for, letter_of, link_life, with_order
from workers.subjects import tell_begun

log = logging.getLogger(__name__)


class Ask:
    """Does the work of one due entry of kind "ask". May run twice, and twice at the same time."""

    def __init__(
        self,
        bucket: Bucket,
        doorbell: Doorbell,
        leases: Leases,
        keep: Keep,
        catalogue: CatalogueJournal,
        orders: OrderBook,
        askers: Mapping[str, AskTask],
        *,
        distances: Distances,
        link_life_h: float = 0.0,
        meters: Meters | None = None,
    ) -> None:
        self._meters = meters or Meters("worker")
        self._link_life_h = link_life_h
        self._bucket, self._doorbell, self._leases = bucket, doorbell, leases
        self._keep, self._catalogue, self._orders = keep, catalogue, orders
        self._askers, self._distances = askers, distances
        self._entering = Entering(bucket, doorbell, askers)

    def ask(self, key: str, work: Work) -> None:
        """Do what is due under this key. Raises TryLater when S3 is away; the lease brings it back."""
        claimed = self._leases.take(key, work)
        if claimed is None:
            return
        tell_begun(log, *claimed)
        account = Account()
        try:
            self._do(*claimed, account)
        except NewerRecord as error:
            self._later(*claimed, error, account)
        self._catalogue.hand_over(account)

    def _do(self, key: str, work: Work, account: Account) -> None:
        record = self._orders.find(work.provider, work.task_id)
        if work.origin == INSTEAD_ORIGIN:
            self._instead(key, work, record, account)
            return
        if self._ended(work, record, account):
            self._count(work, "known_meanwhile")
            account.free(key)
            return
        try:
            ending = self._ending(work, record)
        except TryLater as error:
            self._later(key, work, error, account)
            return
        self._enter(key, work, self._delivery(work, ending, record), "its ending", account)

    def _instead(self, key: str, work: Work, record: OrderRecord | None, account: Account) -> None:
        """Ask for what a callback did not say: the answer enters the inbox as that delivery, under its ticket's claims."""
        heard = work.heard[0]
        letter = self._keep.letter_of_delivery(heard.received_at.date(), work.provider, heard.delivery_id)
        manifest = self._keep.manifest(work.day, work.provider, work.task_id)
        if manifest is not None and manifest.history.tells_of(heard.delivery_id):
            # Settled twice: the answer was placed before the letter was written again.
            self._keep.unbury_delivery(
                heard.received_at.date(),
                work.provider,
                heard.delivery_id,
                account,
                again=bool(work.silent_endings),
            )
            letter = None
        delivery = carried_by(work) or (letter.delivery if letter else None)
        whole = manifest is not None and manifest.whole and not work.delivery
        if (
            delivery is None
            or whole
            or (manifest is not None and manifest.history.tells_of(heard.delivery_id))
        ):
            self._count(work, "known_meanwhile")
            account.free(key)  # replayed by a person, or nothing is missing
            return
        try:
            ending = self._ending(work, record)
        except TryLater as error:
            self._later(key, work, error, account)
            return
        if work.delivery and (why := refusal_of(work.provider, ending)) is not None:
            # What else the account made is nothing to keep: the delivery has no word of it.
            self._keep.bury_delivery(letter_of(delivery, why.reason, why.detail), account)
            account.free(key)
            return
        told = structs.replace(
            delivery,
            body=ending,
            claims=structs.replace(delivery.claims, ordered=delivery.claims.ordered or record is not None),
            via="ask",
            content_type="application/json",
            content_encoding=None,
            headers={},
        )
        self._enter(key, work, told, "what its callback did not say", account)

    def _enter(self, key: str, work: Work, told: Delivery, what: str, account: Account) -> None:
        """Put an answer into the inbox; the entry goes then, or is put off where its files cannot be read."""
        try:
            self._entering.enter(told, short=work.short)
        except ApiTrouble as error:
            self._later(key, work, error, account)
            return
        self._count(work, "ended")
        log.info("task=%s: %s was asked for and entered the inbox", work.task_id, what, extra=facts("asked"))
        account.free(key)

    def _ended(self, work: Work, record: OrderRecord | None, account: Account) -> bool:
        """Whether the task ended meanwhile; what was ordered is told to its manifest or letter then."""
        manifest = self._keep.manifest(work.day, work.provider, work.task_id)
        if manifest is not None:
            if record is not None and manifest.order != record.order:
                told = with_order(manifest, record.order, self._bucket.now())
                self._keep.commit(work.day, told, account)
            elif work.silent_endings:
                # The run before may have told it, and its line was not written.
                account.tell(layout.manifest_key(work.day, work.provider, work.task_id), manifest)
            return True
        letter = self._keep.letter(work.day, work.provider, work.task_id)
        if letter is None or (work.replay is not None and work.origin not in letter.closed):
            return False
        if record is not None and letter.work is not None and not letter.work.ordered:
            # A replay of it finds the order then.
            ordered = structs.replace(letter.work, ordered=True)
            self._keep.bury(work.day, structs.replace(letter, work=ordered), account)
        return True

    def _ending(self, work: Work, record: OrderRecord | None) -> bytes:
        """The provider's word on a task that has ended. Raises ApiTrouble for every other."""
        asker = self._askers.get(work.provider)
        if asker is None:
            raise ApiTrouble(Reason.API_TROUBLE, "no callback came, and no API key is set to ask with")
        with span("ask provider", kind="client"):
            body = asker.task(work.task_id, task_url=record.task_url if record else None)
        return ending_in(work, body)

    def _delivery(self, work: Work, body: bytes, record: OrderRecord | None) -> Delivery:
        """The answer as a delivery; its id follows from it, so that one told twice is one in the history."""
        now = self._bucket.now()
        digest = hashlib.sha256(f"{work.provider}/{work.task_id}/{work.origin}".encode() + body).digest()
        began = record.told_at if record is not None else now
        return Delivery(
            id=str(ULID.from_bytes(ULID.from_datetime(began).bytes[:6] + digest[:10])),
            received_at=now,
            provider=work.provider,
            body=body,
            claims=TicketClaims(ordered=record is not None),
            via="ask",
            content_type="application/json",
            replay=work.replay,
            trace=work.trace,
        )

    def _later(self, key: str, work: Work, trouble: TryLater, account: Account) -> None:
        """Ask again later, or give it up with the links; nothing is given up for a newer version's record."""
        now = self._bucket.now()
        own = isinstance(trouble, NewerRecord)
        if work.origin == INSTEAD_ORIGIN and isinstance(trouble, NoBetter) and self._believed(work, now):
            log.info("task=%s: its callback's dead letter stays: %s", work.task_id, trouble)
            self._bury_carried(work, Reason.UNCONFIRMED, trouble, account)
            account.free(key)
            return
        when = next_try(
            now,
            tries=work.tries,
            expires_at=max(work.expires_at, now + OWN_PATIENCE) if own else work.expires_at,
            distances=self._apart(work, now),
            retry_after_s=trouble.retry_after_s,
        )
        if when is not None:
            self._count(work, "later")
            told = facts("put_off", until=when.isoformat(), reason=trouble.reason, detail=trouble.detail)
            log.info("task=%s asked again at %s: %s", work.task_id, when.isoformat(), trouble, extra=told)
            self._leases.put_off(key, structs.replace(work, tries=work.tries + 1, trouble=str(trouble)), when)
            return
        self._count(work, "never_heard_of")
        if work.origin == INSTEAD_ORIGIN:
            self._bury_carried(work, Reason.NEVER_HEARD_OF, trouble, account)
        else:
            self._keep.bury(work.day, self._never_heard_of(work, trouble), account)
        account.free(key)

    def _bury_carried(self, work: Work, reason: Reason, trouble: TryLater, account: Account) -> None:
        """The letter of a delivery that named its task alone; any other has one already."""
        delivery = carried_by(work)
        if delivery is not None:
            self._keep.bury_delivery(letter_of(delivery, reason, str(trouble)), account)

    def _count(self, work: Work, outcome: str) -> None:
        self._meters.count(ASKS, work.provider, outcome)

    def _believed(self, work: Work, now: datetime) -> bool:
        """Whether a provider that knows no better is asked no more: right after a callback it may be behind."""
        life = link_life(work.provider, self._link_life_h)
        return work.heard_at is None or now - work.heard_at >= patience(life)

    def _apart(self, work: Work, now: datetime) -> Distances:
        """How far apart a task is asked for. A first distance of 0 is the provider's own."""
        provider = provider_named(work.provider)
        first_s = self._distances.first_s or provider.ask_first_s
        life = link_life(work.provider, self._link_life_h)
        age = now - (work.expires_at - asked_for(work.provider, self._link_life_h))
        return Distances(
            first_s, min(self._distances.most_s, max(first_s, most_apart(life, age).total_seconds()))
        )

    def _never_heard_of(self, work: Work, trouble: TryLater) -> DeadLetter:
        return DeadLetter(
            reason=Reason.NEVER_HEARD_OF,
            detail=str(trouble),
            at=self._bucket.now(),
            provider=work.provider,
            task_id=work.task_id,
            label=work.order.label if work.order else None,
            model=work.order.model if work.order else None,
            closed=(work.origin,),
            replays=(work.replay,) if work.replay else (),
            work=structs.replace(work.afresh, order=None),
        )
