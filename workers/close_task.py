"""End the work on a task: manifest, catalogue line, dead letter for what is lost, and last the due entry.

some kept         manifest; what is lost stands in it with its reason, and a dead letter stands for it
none kept         a dead letter alone
whole already     other images: dead letter `conflicting_delivery`, under the delivery's id
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from archive.asset import KeptAsset, LostAsset
from archive.bucket import Bucket
from archive.dead_letter import DeadLetter
from archive.delivery import Delivery
from archive.errors import MalformedRecord
from archive.manifest import Manifest
from archive.notification import without_query
from archive.reasons import Reason
from archive.work import Work
from providers.expectation import expect, task_differences
from workers.keep import ConflictingDelivery, Keep

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
                self._bury_conflict(work)
                self._bucket.delete(key)
                return
            still = {asset.index: asset for asset in final.lost}
            if final.whole:
                log.info(
                    "task=%s provider=%s archived: assets=%d", work.task_id, work.provider, len(final.kept)
                )
            else:
                self._bury(work, still, told_in_manifest=True)
        else:
            self._bury(work, lost, told_in_manifest=False)
        self._bucket.delete(key)

    def ended_meanwhile(self, key: str, work: Work, kept: dict[int, KeptAsset]) -> bool:
        """Whether this origin has ended already; then the entry goes. Else what others kept is kept here too."""
        manifest = self._keep.manifest(work.day, work.provider, work.task_id)
        if manifest is None:
            letter = self._keep.letter(work.day, work.provider, work.task_id)
            told = {heard.delivery_id for heard in letter.notifications} if letter else set()
            ended = (
                letter is not None
                and work.origin in letter.closed
                and all(heard.delivery_id in told for heard in work.heard)
            )
        else:
            for asset in manifest.kept:
                if asset.index < len(work.sources) and asset.source == without_query(
                    work.sources[asset.index]
                ):
                    kept.setdefault(asset.index, asset)
            ended = manifest.tells_of(work.heard, work.origin)
        if ended:
            self._bucket.delete(key)
        return ended

    def bury_entry(self, key: str, detail: str) -> None:
        """Move an entry that cannot be read to dead/, whole."""
        now = self._bucket.now()
        body = self._bucket.get(key).body
        name = key.rsplit("/", 1)[-1].removesuffix(".json").replace("~", "-")
        self._keep.bury_delivery(
            DeadLetter(
                reason=MalformedRecord.reason,
                detail=detail,
                at=now,
                provider="unknown",
                delivery=Delivery(id=f"entry-{name}"[:200], received_at=now, provider="unknown", body=body),
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
            closed=(work.origin,),
            replays=(work.replay,) if work.replay else (),
            starts=work.starts,
            silent_endings=work.silent_endings,
        )

    def _bury(self, work: Work, lost: Mapping[int, LostAsset], *, told_in_manifest: bool) -> None:
        """The dead letter of what is lost, with all that doing it again needs."""
        first = lost[min(lost)]
        again = Work(
            provider=work.provider,
            task_id=work.task_id,
            day=work.day,
            origin=work.origin,
            sources=work.sources,
            expires_at=work.expires_at,
            order=work.order,
            heard=work.heard,
        )
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
                notifications=() if told_in_manifest else work.heard,
                closed=(work.origin,),
                replays=(work.replay,) if work.replay else (),
                work=again,
            ),
        )

    def _bury_conflict(self, work: Work) -> None:
        """One letter a delivery: the word of each is kept, and none touches the task that is whole."""
        for heard in work.heard:
            told = Delivery(
                id=heard.delivery_id, received_at=heard.received_at, provider=work.provider, body=b""
            )
            self._keep.bury_delivery(
                DeadLetter(
                    reason=Reason.CONFLICTING_DELIVERY,
                    at=heard.received_at,
                    provider=work.provider,
                    detail="the task is whole already and this delivery names other images",
                    task_id=work.task_id,
                    label=work.order.label if work.order else None,
                    model=heard.model,
                    notifications=(heard,),
                    closed=(work.origin,),
                    delivery=told,
                    work=work,
                )
            )
