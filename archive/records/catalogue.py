"""The list of manifests: a small line a manifest, by which people find what is kept.

A task that changes is written again; of several lines of one task the one of the latest `changed_at` holds.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from archive.records.bounds import Text
from archive.records.ids import Key, ProviderName, TaskId
from archive.records.manifest import Manifest
from archive.records.notification import WORD_MAX_BYTES, Model
from archive.records.order import Label
from archive.records.record import Record

# A line is written within this of its `changed_at`, by which people look for it. Most are within seconds; where a
# worker was killed in between, the next run lists the manifest when the lease is over, an hour at the most. A
# manifest that is older by then has changed now.
LISTED_WITHIN = timedelta(hours=1)


class CatalogueLine(Record, frozen=True, kw_only=True, omit_defaults=False):
    """One manifest in short."""

    changed_at: datetime
    provider: ProviderName
    task_id: TaskId
    status: Literal["completed", "failed", "cancelled"]
    key: Key
    model: Model | None = None
    label: Label | None = None
    created_at: datetime | None = None
    kept: int = 0
    lost: int = 0
    bytes: int = 0
    formats: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    error: Annotated[str, Text(WORD_MAX_BYTES)] | None = None
    schema: Literal[1] = 1

    @property
    def complete(self) -> bool:
        """Whether nothing of the task is lost."""
        return self.status != "completed" or (self.lost == 0 and self.kept > 0)


def line_of(manifest: Manifest, key: str) -> CatalogueLine:
    """The catalogue line of a manifest that stands under `key`."""
    kept = manifest.kept
    return CatalogueLine(
        changed_at=manifest.changed_at,
        provider=manifest.provider,
        task_id=manifest.task_id,
        status=manifest.status,
        key=key,
        model=manifest.model,
        label=manifest.label,
        created_at=manifest.created_at,
        kept=len(kept),
        lost=len(manifest.lost),
        bytes=sum(asset.bytes for asset in kept),
        formats=tuple(sorted({asset.format for asset in kept})),
        sizes=tuple(sorted({f"{asset.width}x{asset.height}" for asset in kept})),
        findings=tuple(sorted({finding.kind for finding in manifest.all_findings})),
        error=manifest.error.code if manifest.error else None,
    )
