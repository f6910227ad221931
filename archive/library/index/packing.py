"""A catalogue line as a row of the index, and back: nothing of it is lost. Pure.

What many tasks have in common is its look, which is stored once; the rest is packed.
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec

from archive import layout
from archive.library.index.schema import SHIFT
from archive.library.place import microseconds
from archive.records.billing import cost_in
from archive.records.catalogue import CatalogueLine, ImageLine

_THOUSAND = 1_000
_DIGITS = 2
_NEARLY = 1e-9
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder().decode
_write_json = msgspec.json.Encoder().encode
# A packed row of one: a line of a newer version, whole, with the fields that this one does not know.
_WHOLE = 1


class Look(NamedTuple):
    """What many tasks have in common; costs are as ranges, so that there are few of them."""

    provider: str
    model: str | None
    status: str
    complete: bool
    unsafe: bool | None
    findings: tuple[str, ...]
    ordered_size: str | None
    sizes: tuple[str, ...]
    formats: tuple[str, ...]
    quality: str | None
    cost: float | None
    is_range: bool

    def to_text(self) -> str:
        """As it stands in the table."""
        return _write_json(self).decode()

    @classmethod
    def from_text(cls, text: str) -> Look:
        """Read back."""
        return _decoder().decode(text)


class Packed(NamedTuple):
    """A line in parts. `moment` is in microseconds since 2020, and `fine` what the rowid does not tell of it."""

    name: str
    moment: int
    fine: int
    look: Look
    label: str
    rest: bytes
    cost: float | None


def pack(line: CatalogueLine) -> Packed:
    """A line in parts, its prompt left out."""
    moment = microseconds(line.moment)
    billing = None if line.billing is None else _write_json(line.billing)
    cost, begins, is_range = (None, None, False) if billing is None else _cost_and_range(billing)
    look = Look(
        line.provider,
        line.model,
        line.status,
        line.complete,
        line.unsafe,
        line.findings,
        line.ordered_size,
        line.sizes,
        line.formats,
        line.quality,
        begins,
        is_range,
    )
    told: tuple[Any, ...]
    if _has_unknown_fields(line):
        bare = line if line.prompt is None else msgspec.structs.replace(line, prompt=None)
        told = (bare.to_json(),)
    else:
        day = line.key[len(layout.TASKS) : len(layout.TASKS) + 10]
        known = layout.day_in(line.task_id)
        told = (
            None if known is not None and layout.day_text(known) == day else day,
            _told(line.created_at),
            _told(line.called_at),
            line.kept,
            line.lost,
            line.bytes,
            line.error,
            line.reason,
            line.ordered_n,
            billing,
            line.seeds,
            line.changed_at.tzinfo is None,
            [
                (
                    image.index,
                    image.name,
                    bytes.fromhex(image.sha256),
                    image.width,
                    image.height,
                    image.bytes,
                    image.format,
                    *((image.findings,) if image.findings else ()),
                )
                for image in line.images
            ],
            line.label is not None,
        )
    fine = moment % _THOUSAND * 2 + line.dismissed
    return Packed(f"{line.provider}/{line.task_id}", moment, fine, look, line.label or "", _pack(told), cost)


def unpack(name: str, moment: int, fine: int, look: Look, label: str, rest: bytes) -> CatalogueLine:
    """The line again, without its prompt."""
    told = _unpack(rest)
    if len(told) == _WHOLE:
        return CatalogueLine.from_json(told[0])
    (
        day,
        created_at,
        called_at,
        kept,
        lost,
        size,
        error,
        reason,
        ordered_n,
        billing,
        seeds,
        naive,
        images,
        has_label,
    ) = told
    provider, _, task_id = name.partition("/")
    filed = date.fromisoformat(day.replace("/", "-")) if day else layout.day_in(task_id)
    assert filed is not None
    changed_at = moment_of(moment)
    return CatalogueLine(
        changed_at=changed_at.replace(tzinfo=None) if naive else changed_at,
        provider=provider,
        task_id=task_id,
        status=look.status,  # type: ignore[arg-type]  # it was one when it was packed
        key=layout.manifest_key(filed, provider, task_id),
        model=look.model,
        label=label if has_label else None,
        created_at=_moment(created_at),
        called_at=_moment(called_at),
        kept=kept,
        lost=lost,
        bytes=size,
        formats=look.formats,
        sizes=look.sizes,
        findings=look.findings,
        error=error,
        reason=reason,
        ordered_size=look.ordered_size,
        ordered_n=ordered_n,
        quality=look.quality,
        billing=None if billing is None else msgspec.json.decode(billing),
        seeds=tuple(seeds),
        unsafe=look.unsafe,
        dismissed=bool(fine % 2),
        images=tuple(_image(*image) for image in images),
    )


def rowid_range(moment: int) -> tuple[int, int]:
    """The first and the last rowid that tasks of this moment (microseconds since 2020) can have."""
    first = moment // _THOUSAND << SHIFT
    return first, first + (1 << SHIFT) - 1


def moment_in(rowid: int, fine: int) -> int:
    """The moment of a row, in microseconds since 2020."""
    return (rowid >> SHIFT) * _THOUSAND + fine // 2


def moment_of(moment: int) -> datetime:
    """The moment again."""
    return layout.EARLIEST + timedelta(microseconds=moment)


def sum_of(sha256: str) -> int:
    """The beginning of a SHA-256 (hex) as SQLite's whole number."""
    return int.from_bytes(bytes.fromhex(sha256)[:8], "big", signed=True)


def told_cost(line: CatalogueLine) -> float | None:
    """What a task cost."""
    return None if line.billing is None else _cost_and_range(_write_json(line.billing))[0]


def cost_range(cost: float | None) -> tuple[float | None, bool]:
    """A cost of up to two digits itself; of another the beginning of its range, those two, and that it is one."""
    if not cost:
        return cost, False
    step = _step(cost)
    begins = round(math.floor(cost / step + _NEARLY) * step, 12)
    return (cost, False) if math.isclose(begins, cost, rel_tol=_NEARLY) else (begins, True)


def range_end(begins: float) -> float:
    """Where the range ends that begins here: no cost within it reaches this."""
    return begins + _step(begins * (1 + _NEARLY)) * (1 + _NEARLY)


@lru_cache(maxsize=4_096)
def _cost_and_range(billing: bytes) -> tuple[float | None, float | None, bool]:
    """Prices are few, and looking through what was told takes longer than all else of a line."""
    cost = cost_in(msgspec.json.decode(billing))
    return cost, *cost_range(cost)


@cache
def _decoder() -> msgspec.json.Decoder[Look]:
    return msgspec.json.Decoder(Look)


def _step(cost: float) -> float:
    return float(10.0 ** (math.floor(math.log10(cost)) - _DIGITS + 1))


def _has_unknown_fields(line: CatalogueLine) -> bool:
    return bool(line.unknown) or any(image.unknown for image in line.images)


def _told(moment: datetime | None) -> Any:
    """A moment in UTC as a number; another as text, with its zone or without one."""
    if moment is None or moment.tzinfo is UTC or (moment.tzinfo and not moment.utcoffset()):
        return None if moment is None else (moment - layout.EARLIEST) // timedelta(microseconds=1)
    return moment.isoformat()


def _moment(told: Any) -> datetime | None:
    if told is None:
        return None
    return datetime.fromisoformat(told) if isinstance(told, str) else moment_of(told)


def _image(index: int, name: str, sha256: bytes, width: int, height: int, size: int, form: str, findings: Any = ()) -> ImageLine:  # fmt: skip
    return ImageLine(
        index=index,
        name=name,
        sha256=sha256.hex(),
        width=width,
        height=height,
        bytes=size,
        format=form,
        findings=tuple(findings),
    )
