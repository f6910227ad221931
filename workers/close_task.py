"""End the work on a task: manifest, catalogue line, dead letter for what is lost, and last the due entry.

some kept         manifest; what is lost stands in it with its reason, and a dead letter stands for it
none kept         a dead letter alone
whole already     other images: dead letter `conflicting_delivery`, under the delivery's id
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping

from archive import layout
from archive.asset import KeptAsset, LostAsset, image_of
from archive.bucket import Bucket
from archive.dead_letter import DeadLetter
from archive.delivery import Delivery
from archive.errors import MalformedRecord, Missing
from archive.manifest import Manifest
from archive.notification import without_query
from archive.work import Work
from providers.expectation import expect, task_differences
from workers.keep import ConflictingDelivery, Keep, NoRoom

log = logging.getLogger(__name__)


class CloseTask:
    """Writes what a run came to. Terminal writes precede the DELETE of the due entry."""

    def __init__(self, bucket: Bucket, keep: Keep) -> None:
        self._bucket, self._keep = bucket, keep

    def close(
        self,
        key: str,
        work: Work,
        kept: Mapping[int, KeptAsset],
        lost: Mapping[int, LostAsset],
    ) -> None:
        """Every image is kept or lost: write that, then remove the entry."""
        if kept:
            try:
                final = self._keep.commit(work.day, self._manifest(work, kept, lost))
            except ConflictingDelivery:
                self._keep.bury_conflict(work)
                self._bucket.delete(key)
                return
            except NoRoom:
                self._keep.evict(work, [*lost.values()])
                self._bucket.delete(key)
                return
            still = {asset.index: asset for asset in final.lost}
            if final.whole:
                log.info(
                    "task=%s provider=%s archived: assets=%d", work.task_id, work.provider, len(final.kept)
                )
            else:
                self._bury(work, still, told_in=final)
            self._remove_conflicts(work)
        else:
            self._bury(work, lost)
        self._bucket.delete(key)

    def ended_meanwhile(
        self, key: str, work: Work, kept: dict[int, KeptAsset], lost: dict[int, LostAsset]
    ) -> bool:
        """Take over what others have done of this work; whether nothing is left and the entry is gone.

        An origin that a manifest closed may still want its catalogue line or dead letter: whoever wrote the
        manifest may have been killed right after. So its ending is gone through again, with what it found.
        """
        manifest = self._keep.manifest(work.day, work.provider, work.task_id)
        if manifest is None:
            letter = self._keep.letter(work.day, work.provider, work.task_id)
            if letter is None or not letter.tells_of(work.history, work.origin):
                return False
            self._bucket.delete(key)
            return True
        ours = {(index, without_query(source)): index for index, source in enumerate(work.sources)}
        for asset in manifest.kept:
            if image_of(asset) in ours:
                kept.setdefault(ours[image_of(asset)], asset)
        if manifest.tells_of(work.history, work.origin):
            lost |= {ours[image_of(asset)]: asset for asset in manifest.lost if image_of(asset) in ours}
        return False

    def bury_entry(self, key: str, detail: str) -> None:
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
                provider="unknown",
                delivery=Delivery(id=name, received_at=now, provider="unknown", body=body),
            )
        )
        self._bucket.delete(key)

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
            notifications=work.heard,
            counted=work.counted,
            closed=(work.origin,),
            replays=(work.replay,) if work.replay else (),
            starts=work.starts,
            silent_endings=work.silent_endings,
        )

    def _bury(self, work: Work, lost: Mapping[int, LostAsset], told_in: Manifest | None = None) -> None:
        """The dead letter of what is lost, with all that doing it again needs."""
        first = lost[min(lost)]
        self._keep.bury(
            work.day,
            DeadLetter(
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
                closed=(work.origin,),
                replays=(work.replay,) if work.replay else (),
                work=work.afresh,
            ),
            told_in,
        )

    def _remove_conflicts(self, work: Work) -> None:
        """After a replay, the letters of its deliveries go: the manifest and the task's letter tell of them now."""
        for heard in work.heard if work.replay is not None else ():
            self._keep.unbury_delivery(heard.received_at.date(), work.provider, heard.delivery_id)
