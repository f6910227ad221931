"""The list of what is kept and what was given up: a small line each, by which people find it.

CatalogueLine   a manifest in short; of several of one task the one of the latest `changed_at` holds
LetterLine      a dead letter in short; of several of one key the one of the latest letter, and of that `gone`

Both stand in the same objects, one a line (`read_line`). A letter's line is of a newer schema, so that a version which
knows manifests' lines alone counts it as what it is: a newer version's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from archive.errors import MalformedRecord
from archive.layout import ASSET_NAME
from archive.records.asset import FINDINGS_MOST, KeptAsset, Short
from archive.records.bounds import Most, Text, bounded, cut
from archive.records.dead_letter import DeadLetter
from archive.records.ids import Count, DeadKey, DeliveryId, Key, Moment, ProviderName, Sha256, TaskId
from archive.records.manifest import Manifest
from archive.records.notification import WORD_MAX_BYTES, Billing, Model
from archive.records.order import Label, Order, Word
from archive.records.record import Record, decoder_of
from archive.records.remarks import Seed, seeds_in, unsafe_in
from archive.records.room import IMAGES_MOST, LETTER_IMAGES_MOST

# A line is written within this of its `changed_at`, by which people look for it. Most are within seconds; where a
# worker was killed in between, the next run lists the manifest when the lease is over, an hour at the most. A
# manifest that is older by then has changed now.
LISTED_WITHIN = timedelta(hours=1)
# What is searched for stands at the beginning of a prompt; the whole one is in the manifest.
LINE_PROMPT_MAX_BYTES = 4_096
# What is said of a letter in a list; the whole detail is in the letter.
LINE_DETAIL_MAX_BYTES = 256
# What no line passes, by the sum of its bounds; a usual one has less than a thousandth of that.
LINE_MAX_BYTES = 131_072

# An open set, unlike `Reason`: a newer version may know more, and an older one shows it as it is.
Slug = Annotated[str, Text(64)]
ImageName = Annotated[str, Meta(pattern=rf"^{ASSET_NAME.pattern}(?![\s\S])", extra={"most_bytes": 32})]
_STATES = ("stands", "dismissed", "gone")


class ImageLine(Record, frozen=True, kw_only=True, omit_defaults=False):
    """One kept image in short; `name` is the last part of its key, beside its task's manifest."""

    index: Count
    name: ImageName
    sha256: Sha256
    width: Count
    height: Count
    bytes: Count
    format: Short
    findings: Annotated[tuple[Short, ...], Most(FINDINGS_MOST)] = ()

    @property
    def identity(self) -> str:
        """Its name."""
        return self.name


class CatalogueLine(Record, frozen=True, kw_only=True, omit_defaults=False):
    """One manifest in short.

    `called_at` is when the first delivery of it came; `ordered_size` is as the order said it, `sizes` as pixels.
    `reason` is that of the first lost image. `billing` is as the provider told it, `seeds` as well; `unsafe` is
    None where it said nothing of that. `prompt` is the beginning of it, only where prompts may stand here.
    """

    changed_at: datetime
    provider: ProviderName
    task_id: TaskId
    status: Literal["completed", "failed", "cancelled"]
    key: Key
    model: Model | None = None
    label: Label | None = None
    created_at: datetime | None = None
    called_at: datetime | None = None
    kept: Count = 0
    lost: Count = 0
    bytes: Count = 0
    formats: Annotated[tuple[Short, ...], Most(IMAGES_MOST)] = ()
    sizes: Annotated[tuple[Short, ...], Most(IMAGES_MOST)] = ()
    findings: Annotated[tuple[Short, ...], Most(FINDINGS_MOST)] = ()
    error: Annotated[str, Text(WORD_MAX_BYTES)] | None = None
    reason: Slug | None = None
    ordered_size: Word | None = None
    ordered_n: Count | None = None
    quality: Word | None = None
    billing: Billing | None = None
    seeds: Annotated[tuple[Seed, ...], Most(IMAGES_MOST)] = ()
    unsafe: bool | None = None
    prompt: Annotated[str, Text(LINE_PROMPT_MAX_BYTES)] | None = None
    dismissed: bool = False
    images: Annotated[tuple[ImageLine, ...], Most(IMAGES_MOST)] = ()
    schema: Literal[1] = 1

    @property
    def complete(self) -> bool:
        """Whether nothing of the task is lost."""
        return self.status != "completed" or (self.lost == 0 and self.kept > 0)

    @property
    def moment(self) -> datetime:
        """When it changed; a moment without a zone, which somebody else wrote, is UTC."""
        return self.changed_at if self.changed_at.tzinfo else self.changed_at.replace(tzinfo=UTC)

    @property
    def subject(self) -> tuple[str, ...]:
        """What it tells of: of lines with the same subject one holds."""
        return self.provider, self.task_id

    @property
    def precedence(self) -> tuple[datetime, int]:
        """By which one of two lines of a subject holds: the larger."""
        return self.moment, int(self.dismissed)


class LetterLine(Record, frozen=True, kw_only=True, omit_defaults=False):
    """One dead letter in short: it stands, was dismissed, or is gone.

    `changed_at` is when the line was written, by which people look for it. `letter_at` is the latest moment that the
    letter itself tells: which of two lines holds follows from that and from no writer's clock. `told` is of how many
    images the letter knows, `lost` how many of them it gave up, with the `reasons` of these, each once.
    """

    changed_at: Moment
    provider: ProviderName
    key: DeadKey
    state: Literal["stands", "dismissed", "gone"]
    letter_at: Moment
    given_up_at: Moment
    reason: Slug
    task_id: TaskId | None = None
    delivery_id: DeliveryId | None = None
    reasons: Annotated[tuple[Slug, ...], Most(LETTER_IMAGES_MOST)] = ()
    lost: Count = 0
    told: Count = 0
    label: Label | None = None
    model: Model | None = None
    detail: Annotated[str, Text(LINE_DETAIL_MAX_BYTES)] = ""
    of: Literal["letter"] = "letter"
    schema: Literal[2] = 2

    @property
    def moment(self) -> datetime:
        """When it changed."""
        return self.changed_at

    @property
    def subject(self) -> tuple[str, ...]:
        """What it tells of: of lines with the same subject one holds."""
        return (self.key,)

    @property
    def precedence(self) -> tuple[datetime, int]:
        """By which one of two lines of a subject holds: the larger."""
        return self.letter_at, _STATES.index(self.state)


Line = CatalogueLine | LetterLine


class _Kind(Struct, frozen=True):
    """The word by which a line of a letter is known."""

    of: str = ""


def read_line(text: bytes) -> Line:
    """One line of the catalogue, of a manifest or of a letter.

    Raises:
        NewerRecord: if a newer version wrote it.
        MalformedRecord: if it is none, or too long for one.
    """
    if len(text) > LINE_MAX_BYTES:
        raise MalformedRecord(f"a catalogue line has {len(text):,} bytes, at most {LINE_MAX_BYTES:,}")
    return LetterLine.from_json(text) if _is_of_letter(text) else CatalogueLine.from_json(text)


def _is_of_letter(text: bytes) -> bool:
    # Most lines are of manifests, and few of these hold the word: they are read once.
    if b'"letter"' not in text:
        return False
    try:
        kind: _Kind = decoder_of(_Kind).decode(text)
    except ValueError:
        return False
    return kind.of == "letter"


def line_of(manifest: Manifest, key: str, *, prompts: bool = False) -> CatalogueLine:
    """The catalogue line of a manifest that stands under `key`; with the beginning of its prompt where that may be."""
    kept, order = manifest.kept, manifest.order or Order()
    reasons = [asset.reason.value for asset in manifest.lost]
    return bounded(
        CatalogueLine(
            changed_at=manifest.changed_at,
            provider=manifest.provider,
            task_id=manifest.task_id,
            status=manifest.status,
            key=key,
            model=manifest.model,
            label=manifest.label,
            created_at=manifest.created_at,
            called_at=min((heard.received_at for heard in manifest.notifications), default=None),
            kept=len(kept),
            lost=len(manifest.lost),
            bytes=sum(asset.bytes for asset in kept),
            formats=tuple(sorted({asset.format for asset in kept})),
            sizes=tuple(sorted({f"{asset.width}x{asset.height}" for asset in kept})),
            findings=tuple(sorted({finding.kind for finding in manifest.all_findings})),
            error=manifest.error.code if manifest.error else None,
            reason=next(iter(reasons), None),
            ordered_size=order.size,
            ordered_n=order.n,
            quality=order.quality,
            billing=manifest.billing,
            seeds=seeds_in(manifest.remarks)[:IMAGES_MOST],
            unsafe=unsafe_in(manifest.remarks),
            prompt=order.prompt if prompts else None,
            dismissed=manifest.dismissed is not None,
            images=tuple(map(_image, kept[:IMAGES_MOST])),
        )
    )


def line_of_letter(key: str, letter: DeadLetter, now: datetime, *, gone: bool = False) -> LetterLine:
    """The catalogue line of a dead letter under `key`, as it stands there, or stood before it was removed."""
    delivery = letter.delivery if "/delivery-" in key else None
    state: Literal["stands", "dismissed"] = "stands" if letter.dismissed is None else "dismissed"
    lost = letter.lost
    return bounded(
        LetterLine(
            changed_at=now,
            provider=letter.provider,
            key=key,
            state="gone" if gone else state,
            letter_at=letter.last_at,
            given_up_at=letter.moment,
            reason=letter.reason.value,
            task_id=letter.task_id or next((work.task_id for work in letter.works), None),
            delivery_id=delivery.id if delivery else None,
            reasons=tuple(sorted({asset.reason.value for asset in lost})),
            lost=len(lost),
            told=max(len(lost), sum(len(work.sources) for work in letter.works)),
            label=letter.label,
            model=letter.model,
            detail=cut(letter.detail, LINE_DETAIL_MAX_BYTES),
        )
    )


def line_of_gone(
    key: str, now: datetime, *, provider: str, task_id: str | None, delivery_id: str | None
) -> LetterLine:
    """The line of a letter that is not there any more, of which nothing else is known."""
    return LetterLine(
        changed_at=now,
        provider=provider,
        key=key,
        state="gone",
        letter_at=now,
        given_up_at=now,
        reason="",
        task_id=task_id,
        delivery_id=delivery_id,
    )


def _image(asset: KeptAsset) -> ImageLine:
    return ImageLine(
        index=asset.index,
        name=asset.key.rsplit("/", 1)[-1],
        sha256=asset.sha256,
        width=asset.width,
        height=asset.height,
        bytes=asset.bytes,
        format=asset.format,
        findings=tuple(sorted({finding.kind for finding in asset.findings})),
    )
