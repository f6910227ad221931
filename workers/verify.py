"""Where a sound image differs from what its origin said of it; pure.

Where it differs from the order is said by `providers.expecting.expectation`.
"""

from __future__ import annotations

import re
from typing import Final

from archive.records.asset import Finding
from egress.download import Downloaded
from workers.decoding.verdict import Facts

_EXTENSION: Final = re.compile(r"\.([a-z][a-z0-9]{1,4})\Z")
_SAYS_NOTHING: Final = frozenset({"", "application/octet-stream", "binary/octet-stream", "bin"})
# Other spellings of the three types and extensions.
_SAME: Final = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/mpo": "image/jpeg",
    "image/x-png": "image/png",
    "image/apng": "image/png",
    "image/x-webp": "image/webp",
    "jpeg": "jpg",
    "jpe": "jpg",
    "jfif": "jpg",
    "mpo": "jpg",
    "apng": "png",
}


def byte_findings(facts: Facts, downloaded: Downloaded) -> tuple[Finding, ...]:
    """Hold the bytes against what was said of them: `expected` is what was told, `got` what they are."""
    findings = []
    told_type = downloaded.content_type.split(";")[0].strip().lower()
    if told_type not in _SAYS_NOTHING and _SAME.get(told_type, told_type) != facts.content_type:
        findings.append(Finding(kind="content_type", expected=told_type[:100], got=facts.content_type))
    found = _EXTENSION.search(downloaded.final_url_without_query.lower().rpartition("/")[2])
    told_extension = found.group(1) if found and "/" in downloaded.final_url_without_query else ""
    if told_extension not in _SAYS_NOTHING and _SAME.get(told_extension, told_extension) != facts.extension:
        findings.append(Finding(kind="extension", expected=told_extension, got=facts.extension))
    if downloaded.undone:
        came = f"{downloaded.came_bytes} bytes came, {downloaded.bytes} are kept"
        told = f"{', '.join(downloaded.undone)}: {came}"
        findings.append(Finding(kind="content_encoding", expected="identity", got=told))
    if facts.frames > 1:
        findings.append(Finding(kind="animated", expected="1 frame", got=f"{facts.frames} frames"))
    if facts.trailing_bytes:
        findings.append(
            Finding(kind="trailing_data", expected="0 bytes", got=f"{facts.trailing_bytes} bytes")
        )
    if facts.missing_pictures:
        pictures = f"{facts.frames + facts.missing_pictures} pictures"
        findings.append(Finding(kind="missing_pictures", expected=pictures, got=f"{facts.frames}"))
    if not facts.ended:
        findings.append(Finding(kind="missing_end", expected="an end mark", got="none"))
    return tuple(findings)
