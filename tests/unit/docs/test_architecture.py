"""docs/architecture.md speaks of the code that is there, with its numbers and its keys."""

from __future__ import annotations

import dataclasses
import inspect
import re
from datetime import timedelta
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from archive import layout
from runtime.settings.every import EverySetting
from runtime.settings.settings import fields_of
from tests.unit.docs.documents import DOCS, DOCUMENTS, ROOT, inline_code, name_of, rows_under, text_of

PAGE = DOCS / "architecture.md"
BOUNDS = rows_under(PAGE, "Bounds")
_FILE = re.compile(
    r"(?:archive|console|egress|infra|providers|receiver|runtime|workers|tests|docs)/[\w/.-]+\.\w+"
)
_NAME_IN_FILE = re.compile(r"`(\w+)` in `([\w/]+\.py)`")


def _default_of(kind: Any, name: str) -> Any:
    """The default of a field of a class, or of a parameter."""
    if dataclasses.is_dataclass(kind):
        return next(field.default for field in dataclasses.fields(kind) if field.name == name)
    if inspect.isclass(kind) and issubclass(kind, msgspec.Struct):
        return next(field.default for field in msgspec.structs.fields(kind) if field.name == name)
    return inspect.signature(kind).parameters[name].default


def _in_code(where: str) -> float:
    """The number that a setting (`ACCEPT_S`) or a name of a module (`receiver.app:CLOSE_S`) stands for."""
    module, colon, path = where.partition(":")
    if not colon:
        value = next(field.default for field in fields_of(EverySetting) if field.name == where.lower())
    else:
        first, *more = path.split(".")
        value = reduce(_default_of, more, getattr(import_module(module), first))
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


@pytest.mark.parametrize("row", BOUNDS, ids=[f"{row[0]}: {row[2]}" for row in BOUNDS])
def test_a_bound_is_the_one_of_the_code(row: list[str]) -> None:
    _, bound, where, why = row

    assert _in_code(where.strip("`")) == float(bound.split()[0].replace(",", ""))
    assert why


def test_every_setting_that_is_a_limit_of_time_or_size_is_among_the_bounds() -> None:
    limits = {
        field.name.upper() for field in fields_of(EverySetting) if field.name.endswith(("_s", "_max_bytes"))
    }

    assert set() == limits - {row[2].strip("`") for row in BOUNDS}


def test_every_key_of_the_layout_is_drawn_alike() -> None:
    drawn = [line.split()[0] for line in (layout.__doc__ or "").splitlines()[2:] if line.strip()]
    page = text_of(PAGE)

    assert [] == [key for key in drawn if key not in page]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_files_that_are_named_exist(path: Path) -> None:
    named = [code for code in inline_code(path) if _FILE.fullmatch(code)]

    assert [] == [name for name in named if not (ROOT / name).exists()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_names_stand_in_the_files_that_they_are_said_to_stand_in(path: Path) -> None:
    said = _NAME_IN_FILE.findall(text_of(path))

    assert [] == [(name, file) for name, file in said if not re.search(rf"\b{name}\b", text_of(ROOT / file))]


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
    }

    assert set() == shouted - known - foreign
