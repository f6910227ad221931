"""docs/architecture.md speaks of the code that is there, with its keys, and is read in less than twenty minutes."""

from __future__ import annotations

import re

from archive import layout
from runtime.settings.every import EverySetting
from runtime.settings.settings import fields_of
from tests.unit.docs.documents import DOCS, DOCUMENTS, ROOT, inline_code, name_of, text_of

PAGE = DOCS / "architecture.md"
# Two hundred words a minute, as one reads what one wants to understand.
MOST_WORDS = 3_500
_FILE = re.compile(
    r"(?:archive|bench|console|egress|infra|providers|receiver|runtime|workers|tests|docs)/[\w/.-]+\.\w+"
)
_NAME_IN_FILE = re.compile(r"`(\w+)` in `([\w/]+\.py)`")


def test_it_is_read_in_less_than_twenty_minutes() -> None:
    assert len(text_of(PAGE).split()) <= MOST_WORDS


def test_every_key_of_the_layout_is_drawn_alike() -> None:
    drawn = [line.split()[0] for line in (layout.__doc__ or "").splitlines()[2:] if line.strip()]
    page = text_of(PAGE)

    assert [] == [key for key in drawn if key not in page]


def test_files_that_are_named_exist() -> None:
    named = [
        (name_of(path), code) for path in DOCUMENTS for code in inline_code(path) if _FILE.fullmatch(code)
    ]

    assert len(named) > 100
    assert [] == [(where, name) for where, name in named if not (ROOT / name).exists()]


def test_names_stand_in_the_files_that_they_are_said_to_stand_in() -> None:
    said = [(name_of(path), *found) for path in DOCUMENTS for found in _NAME_IN_FILE.findall(text_of(path))]

    assert said
    assert [] == [
        (where, name, file)
        for where, name, file in said
        if not re.search(rf"\b{name}\b", text_of(ROOT / file))
    ]


def test_settings_that_are_named_exist() -> None:
    known = {field.name.upper() for field in fields_of(EverySetting)}
    shouted = {
        code.partition("=")[0]
        for path in DOCUMENTS
        for code in inline_code(path)
        if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+(=.*)?", code)
    }
    foreign = {
        *(
            "AWS_DEFAULT_REGION",
            "AWS_ENDPOINT_URL_S3",
            "AWS_PROFILE",
            "SSL_CERT_FILE",
            "HTTPS_PROXY",
        ),
        "CELERY_BROKER_URL",
        *("LISTEN_FDS", "LISTEN_PID", "SO_REUSEPORT"),
        *("FIXATIVE_URL", "TYPE_CHECKING"),
        # Compose's own.
        *("FIXATIVE_DOMAIN", "CONSOLE_DOMAIN", "FIXATIVE_IMAGE"),
    }

    theirs = {name for name in shouted if name.startswith("OTEL_")}
    assert set() == shouted - known - foreign - theirs
