"""The claims of a callback URL as somebody says them, by options or in a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from archive.errors import NotUnderstood
from archive.library.span import duration
from archive.records.order import LABEL, Claims
from console.submitting import order_check

# Links live for a day, and a callback may come late: a ticket that dies before would refuse what was paid for.
SHORTEST_TTL = timedelta(hours=48)
# Longer is meant to be for ever: leave --ttl out.
LONGEST_TTL = timedelta(days=3660)
WORD_MAX_CHARACTERS = 64


class ClaimsRefused(NotUnderstood):
    """No URL is minted with these; `problems` are all of them, by the names of the options."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def claims_said(
    provider: str, n: int | None, output_format: str | None, ttl: str | None, said: Mapping[str, str | None]
) -> Claims:
    """The claims; `said` has model, size, resolution, quality and label. Raises ClaimsRefused."""
    problems = [
        f"--{name} has over {WORD_MAX_CHARACTERS} characters"
        for name, value in said.items()
        if value and len(value) > WORD_MAX_CHARACTERS
    ]
    problems += [
        f"--{name} is empty" for name, value in said.items() if value is not None and not value.strip()
    ]
    label = said["label"]
    if label and len(label) <= WORD_MAX_CHARACTERS and not LABEL.fullmatch(label):
        problems.append(f"--label {label!r}: letters, digits and . _ / - , a letter or digit first")
    expires, problem = _expiry(ttl)
    problems += [problem] if problem else []
    claims = Claims(
        model=said["model"],
        size=said["size"],
        resolution=said["resolution"],
        quality=said["quality"],
        output_format=_format(output_format),
        n=n,
        label=label,
        expires_unix_s=expires,
    )
    problems += order_check.refusals(provider, order) if (order := claims.order()) else ()
    if problems:
        raise ClaimsRefused(problems)
    return claims


def _format(said: str | None) -> str | None:
    """The format in lower case; a JPEG by its shorter name is one."""
    plain = said.strip().lower() if said else None
    return "jpeg" if plain == "jpg" else plain


def _expiry(ttl: str | None) -> tuple[int | None, str]:
    if ttl is None:
        return None, ""
    try:
        life = duration(ttl)
    except ValueError as error:
        return None, f"--ttl {error}"
    if not SHORTEST_TTL <= life <= LONGEST_TTL:
        return (
            None,
            f"--ttl {ttl}: at least 48h, since links live a day and callbacks come late; at most 10 years",
        )
    return int((datetime.now(UTC) + life).timestamp()), ""
