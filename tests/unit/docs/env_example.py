"""`.env.example`: every setting, as a file of variables to be filled in. Made from the settings' declarations."""

from __future__ import annotations

import inspect

import msgspec

from runtime.settings.every import EverySetting
from runtime.settings.group import Group, description, variable
from runtime.settings.kinds import Secret

_HEAD = """\
# Every setting of Fixative, made from the code; docs/settings.md says who reads which.
# Copy it to .env, which git ignores, and fill in what stands without #. A line with # shows the default.
# It is read by `fixative --env .env VERB`, by a shell (set -a; . ./.env; set +a) and by `docker run --env-file .env`.
# In a shell a value with a space, $, & or ; stands in single quotes; docker takes no quotes off.

# S3's credentials, where the machine has no role: boto3 reads them itself.
#AWS_ACCESS_KEY_ID=
#AWS_SECRET_ACCESS_KEY=
"""


def env_example() -> str:
    """The file whole."""
    return "\n".join([_HEAD, *(_group(group) for group in EverySetting.groups())])


def plain(field: msgspec.structs.FieldInfo) -> str:
    """The default of a setting as one would write it; empty where there is none."""
    value = field.default
    if field.required or value in ("", ()) or isinstance(value, Secret):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _group(group: type[Group]) -> str:
    settings = [_setting(field) for field in msgspec.structs.fields(group)]
    return f"# --- {' '.join((inspect.getdoc(group) or '').split())}\n\n" + "".join(settings)


def _setting(field: msgspec.structs.FieldInfo) -> str:
    mark = "" if field.required else "#"
    return f"# {description(field)}\n{mark}{variable(field)}={plain(field)}\n"
