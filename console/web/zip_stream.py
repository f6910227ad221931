"""Many images as one ZIP, made as it is sent: nothing is gathered first, in memory or on a disk.

<provider>_<filed id>/<day>_<label>_<id>_00.png     the original bytes, stored and not compressed again
<provider>_<filed id>/<day>_<label>_<id>_00.json    what is known of that image: order, model, seed, hashes
not-there.txt                                       what was asked for and is not here, a line each
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator

import msgspec

from archive import layout
from archive.errors import MalformedRecord, Missing, NewerRecord
from archive.library.task_file import TaskFile, look
from archive.records.asset import KeptAsset
from archive.records.record import to_json
from archive.store.bucket import Bucket
from archive.task_ids import filed_id, is_task_id
from console.web.pages.originals import saved_as

ZIP_TASKS_MOST = 500


class Sink:
    """What a ZIP is written into, and taken out of as it grows. It cannot be wound back, which zipfile can do without."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        """Take in a piece."""
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is kept back."""

    def taken(self) -> bytes:
        """What came since it was last asked."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def zipped(bucket: Bucket, names: Iterable[str]) -> Iterator[bytes]:
    """The ZIP of the images of these tasks (provider/task_id), piece by piece."""
    sink, absent = Sink(), list[str]()
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]  # a sink need not be sought in
        for name in names:
            file = _found(bucket, name)
            manifest = file.manifest if file else None
            if file is None or manifest is None or not manifest.kept:
                absent.append(f"{name}: no image of it is kept")
                continue
            for asset in manifest.kept:
                yield from _image(bucket, archive, sink, file, asset, absent)
        if absent:
            archive.writestr(_entry("not-there.txt", None), "\n".join(absent) + "\n")
    yield sink.taken()


def _image(
    bucket: Bucket, archive: zipfile.ZipFile, sink: Sink, file: TaskFile, asset: KeptAsset, absent: list[str]
) -> Iterator[bytes]:
    folder = f"{file.provider}_{filed_id(file.task_id)}".replace(":", "-")
    name = saved_as(file, asset)
    pieces = bucket.stream(asset.key)
    try:
        first = next(pieces, b"")
    except Missing:
        absent.append(f"{file.name}: {asset.key} is not in the bucket")
        return
    with archive.open(_entry(f"{folder}/{name}", file), "w", force_zip64=True) as entry:
        entry.write(first)
        for piece in pieces:
            entry.write(piece)
            yield sink.taken()
    archive.writestr(_entry(f"{folder}/{name.rpartition('.')[0]}.json", file), _sidecar(file, asset))
    yield sink.taken()


def _entry(name: str, file: TaskFile | None) -> zipfile.ZipInfo:
    """An entry, dated by its task and by no clock of ours; readable by who unpacks it."""
    changed = file.manifest.changed_at if file and file.manifest else None
    info = zipfile.ZipInfo(name, changed.timetuple()[:6] if changed else (2026, 1, 1, 0, 0, 0))
    info.external_attr = 0o644 << 16
    return info


def _sidecar(file: TaskFile, asset: KeptAsset) -> bytes:
    manifest = file.manifest
    assert manifest is not None
    told = {
        "provider": file.provider,
        "task_id": file.task_id,
        "model": manifest.model,
        "label": manifest.label,
        "created_at": manifest.created_at,
        "order": msgspec.Raw(to_json(manifest.order)) if manifest.order else None,
        "billing": manifest.billing,
        "remarks": manifest.remarks,
        "image": msgspec.Raw(to_json(asset)),
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2)


def _found(bucket: Bucket, name: str) -> TaskFile | None:
    provider, _, task_id = name.partition("/")
    if not layout.PROVIDER.fullmatch(provider) or not is_task_id(task_id):
        return None
    try:
        return look(bucket, provider, task_id)
    except (MalformedRecord, NewerRecord):
        return None
