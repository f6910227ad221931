"""Where what is kept and what tells of it differ, in a closed set of kinds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What differs. The slug is the same in JSON, tables and documents."""

    IMAGE_GONE = "image_gone"
    IMAGE_SIZE = "image_size"
    IMAGE_SHA256 = "image_sha256"
    NOT_GIVEN = "not_given"
    MANIFEST_MALFORMED = "manifest_malformed"
    LETTER_MALFORMED = "letter_malformed"
    REFUSED_GONE = "refused_gone"
    INLINE_GONE = "inline_gone"
    NOT_LISTED = "not_listed"
    LISTED_OTHERWISE = "listed_otherwise"
    LISTED_GONE = "listed_gone"
    CATALOGUE_MALFORMED = "catalogue_malformed"
    DAY_NOT_LISTED = "day_not_listed"
    REFUSED_EXPIRED = "refused_expired"
    UNNAMED = "unnamed"
    NEWER = "newer"


SENTENCES: Mapping[Kind, str] = {
    Kind.IMAGE_GONE: "A manifest names an image, and no object stands there. Bring it back from a version or a copy of the bucket.",
    Kind.IMAGE_SIZE: "An image has not as many bytes as its manifest says. Bring back the right ones from a version or a copy.",
    Kind.IMAGE_SHA256: "An image's bytes are not those that its manifest tells of. Bring back the right ones from a version or a copy.",
    Kind.NOT_GIVEN: "S3 refuses to give an object that stands there: its class must be restored before it is read, or the rights, or the key of its encryption, are missing.",
    Kind.MANIFEST_MALFORMED: "A manifest cannot be read, or is of another task. Bring it back from a version; its images stand beside it.",
    Kind.LETTER_MALFORMED: "A dead letter cannot be read, or is of another task. Bring it back from a version.",
    Kind.REFUSED_GONE: "A dead letter names bytes that were refused, and they are gone. No image is lost by it; bring them back from a version, or replay the task.",
    Kind.INLINE_GONE: "A dead letter tells of an image that came within a body, and its text is gone from `inline/`: no replay brings the image back. Bring the text back from a version or a copy of the bucket.",
    Kind.NOT_LISTED: "The catalogue has no line of a manifest: no list shows the task. `fixative show` does.",
    Kind.LISTED_OTHERWISE: "The catalogue tells something else of a task than its manifest: one of the two was put back, or not written.",
    Kind.LISTED_GONE: "The catalogue lists a task whose manifest is gone. Bring it back from a version or a copy of the bucket.",
    Kind.CATALOGUE_MALFORMED: "Lines or objects of the catalogue cannot be read; what they told of stands under the other kinds.",
    Kind.DAY_NOT_LISTED: "The catalogue has nothing of a day, as where its old days are removed: its tasks are in no list.",
    Kind.REFUSED_EXPIRED: "A manifest names bytes that were refused, and they are gone, as where a lifecycle rule removes old objects of `dead/`.",
    Kind.UNNAMED: "An object that no manifest, no dead letter and no work names: left by a run that was ended, or put there by others.",
    Kind.NEWER: "A newer version wrote it, and this one cannot judge it. Run the `fsck` of that version.",
}
# What nobody has to mend: nothing is lost, and no list is wrong.
REMARKS = frozenset({Kind.DAY_NOT_LISTED, Kind.REFUSED_EXPIRED, Kind.UNNAMED, Kind.NEWER})


class Mismatch(NamedTuple):
    """One of a kind: where, and what was seen there."""

    kind: Kind
    key: str
    detail: str = ""

    @property
    def is_problem(self) -> bool:
        """Whether somebody has to mend something."""
        return self.kind not in REMARKS
