"""End the work on a task: manifest, catalogue line, dead letter for what is lost. The due entry goes after that.

some kept         manifest; what is lost stands in it with its reason, and a dead letter stands for it
none kept         a dead letter alone
whole             what stands in `inline/` of it goes
whole already     other images: dead letter `conflicting_delivery`, under the delivery's id
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from msgspec import structs

from archive import layout
from archive.errors import MalformedRecord, Missing
from archive.reasons import Reason
from archive.records.asset import KeptAsset, LostAsset, image_of
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.inline import inline_sha256, is_inline
from archive.records.manifest import Manifest
from archive.records.notification import without_query
from archive.records.work import LOOKED_AT_AGAIN, Work
from archive.store.bucket import Bucket
from archive.store.swap import UNKNOWN
from providers.expecting.expectation import expect, task_differences
from runtime.logs.step import facts
from runtime.tracing.span import span
from workers.account import Account, Gone
from workers.apart import ConflictingDelivery, NoRoom, apart_of
from workers.keep import Keep
from workers.outcome import Outcome

log = logging.getLogger(__name__)


class CloseTask:
    """Writes what a run came to, before its due entry goes."""

    def __init__(self, bucket: Bucket, keep: Keep) -> None:
        self._bucket, self._keep = bucket, keep

    def close(
        self,
        work: Work,
        kept: Mapping[int, KeptAsset],
        lost: Mapping[int, LostAsset],
        account: Account,
        *,
        in_place: bool = False,
    ) -> bool:
        """Every image is kept or lost: write that. Returns whether a dead letter stands for the task.

        Raises:
            ConflictingDelivery, NoRoom: if the work has no place in its task: `close_apart` ends it then.
            MoreToWrite: if a run in place, which keeps every image, comes to more than a whole manifest.
        """
        if not kept:
            return not self._stays_apart(work, lost, account) and self._bury(work, lost, account)
        with span("manifest", kept=len(kept), lost=len(lost)):
            final = self._keep.commit(
                work.day,
                self._manifest(work, kept, lost),
                account,
                claimed=bool(work.claimant),
                in_place=in_place,
            )
        if not final.whole:
            return self._bury(work, {asset.index: asset for asset in final.lost}, account, told_in=final)
        for source in filter(is_inline, work.sources):
            account.free(layout.inline_key(work.provider, work.task_id, inline_sha256(source)))
        log.info(
            "task=%s provider=%s archived: assets=%d",
            work.task_id,
            work.provider,
            len(final.kept),
            extra=facts("archived", assets=len(final.kept)),
        )
        return False

    def close_apart(
        self,
        why: ConflictingDelivery | NoRoom,
        work: Work,
        kept: Mapping[int, KeptAsset],
        lost: Mapping[int, LostAsset],
        account: Account,
    ) -> None:
        """End work that has no place in its task: its deliveries have letters of their own."""
        reason = Reason.TOO_MANY_SOURCES if isinstance(why, NoRoom) else Reason.CONFLICTING_DELIVERY
        if isinstance(why, ConflictingDelivery) and work.replay is not None and kept:
            told = self._manifest(work, kept, lost)
            beside = structs.replace(told, assets=told.kept, notifications=(), counted=None, closed=())
            with suppress(NoRoom):
                self._keep.commit(work.day, beside, account)
        self._keep.bury_apart(apart_of(reason, work, lost.values()), account)

    def _stays_apart(self, work: Work, lost: Mapping[int, LostAsset], account: Account) -> bool:
        """Of a replay that has lost everything: whether its deliveries had letters of their own, which tell of it now."""
        reason = self._keep.reason_apart(work) if work.replay is not None else None
        if reason is not None:
            self._keep.bury_apart(apart_of(reason, work, lost.values()), account)
        return reason is not None

    def known_meanwhile(self, work: Work, outcome: Outcome, account: Account) -> Outcome | None:
        """What is known of this work with what others have done of it; None where they ended it, and the entry may go.

        An origin that a manifest closed may still want its catalogue line or dead letter: whoever wrote the
        manifest may have been killed right after. So its ending is gone through again, with what it found.
        """
        manifest = self._keep.manifest(work.day, work.provider, work.task_id)
        if manifest is None:
            letter = self._keep.letter(work.day, work.provider, work.task_id)
            if letter is None or not letter.tells_of(work.history, work.origin):
                return outcome
            account.tell_letter(layout.dead_key(work.day, work.provider, work.task_id), letter)
            return None
        if work.silent_endings or work.trouble == LOOKED_AT_AGAIN:
            self._tell_gone(work, manifest, account)
        ours = {(index, without_query(source)): index for index, source in enumerate(work.sources)}
        theirs = {ours[image_of(asset)]: asset for asset in manifest.kept if image_of(asset) in ours}
        told = manifest.lost if manifest.tells_of(work.history, work.origin) else ()
        lost = {ours[image_of(asset)]: asset for asset in told if image_of(asset) in ours}
        return replace(outcome, kept={**theirs, **outcome.kept}, lost={**outcome.lost, **lost})

    def _tell_gone(self, work: Work, manifest: Manifest, account: Account) -> None:
        """Tell again of what a run before this one may have removed, and not come to tell of."""
        if manifest.whole:
            dead = layout.dead_key(work.day, work.provider, work.task_id)
            account.tell_gone(dead, Gone(work.provider, work.task_id))
        for heard in work.heard:
            if manifest.history.tells_of(heard.delivery_id):
                dead = layout.dead_delivery_key(heard.received_at.date(), work.provider, heard.delivery_id)
                account.tell_gone(dead, Gone(work.provider, work.task_id, heard.delivery_id))

    def bury_entry(self, key: str, detail: str, account: Account) -> None:
        """Move an entry that cannot be read to dead/, whole."""
        now = self._bucket.now()
        try:
            body = self._bucket.get(key).body
        except Missing:
            return  # moved by somebody else
        name = f"entry-{key.rsplit('/', 1)[-1].removesuffix('.json').replace('~', '-')}"
        if not layout.DELIVERY_ID.fullmatch(name):
            name = f"entry-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
        self._keep.bury_delivery(
            DeadLetter(
                reason=MalformedRecord.reason,
                detail=detail,
                at=now,
                provider=UNKNOWN,
                delivery=Delivery(id=name, received_at=now, provider=UNKNOWN, body=body),
            ),
            account,
        )
        account.free(key)

    def _manifest(
        self,
        work: Work,
        kept: Mapping[int, KeptAsset],
        lost: Mapping[int, LostAsset],
    ) -> Manifest:
        last = work.heard[-1] if work.heard else None
        expectation = expect(work.provider, work.order, work.told_model)
        return Manifest(
            provider=work.provider,
            task_id=work.task_id,
            status="completed",
            changed_at=self._bucket.now(),
            model=work.told_model,
            label=work.order.label if work.order else None,
            created_at=last.created_at if last else None,
            order=work.order,
            assets=tuple((kept.get(index) or lost[index]) for index in range(len(work.sources))),
            findings=task_differences(expectation, told_model=work.told_model, count=len(work.sources)),
            billing=last.billing if last else None,
            remarks=last.remarks if last else None,
            notifications=work.heard,
            counted=work.counted,
            closed=work.closes,
            replays=(work.replay,) if work.replay else (),
            starts=work.starts,
            silent_endings=work.silent_endings,
        )

    def _bury(
        self,
        work: Work,
        lost: Mapping[int, LostAsset],
        account: Account,
        told_in: Manifest | None = None,
    ) -> bool:
        """The dead letter of what is lost, with all that doing it again needs; returns whether one stands."""
        first = lost[min(lost)]
        letter = DeadLetter(
            reason=first.reason,
            detail=first.detail,
            at=self._bucket.now(),
            provider=work.provider,
            task_id=work.task_id,
            label=work.order.label if work.order else None,
            model=work.told_model,
            lost=tuple(lost[index] for index in sorted(lost)),
            notifications=work.heard,
            counted=work.counted,
            closed=work.closes,
            replays=(work.replay,) if work.replay else (),
            work=work.afresh,
        )
        try:
            return self._keep.bury(work.day, letter, account, told_in)
        except NoRoom:
            self._keep.bury_apart(apart_of(Reason.TOO_MANY_SOURCES, work, lost.values()), account)
            return True
