"""What tells whether a provider signed a delivery: a scheme, as data. Pure; the keys are given.

valid     a key fits, and the time that is signed is near that of the receipt
partial   the same, where the scheme leaves the body uncovered
missing   a header that the scheme needs is not there
wrong     no key fits, or the headers are not as the scheme has them
stale     a key fits, and the time that is signed is too far from that of the receipt
no_key    there is no key to check with
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

SignatureWord = Literal["valid", "partial", "missing", "wrong", "stale", "no_key"]
# What a delivery is taken for under `require`.
GOOD: Final = frozenset({"valid", "partial"})
# As the SDKs of providers have it: https://github.com/standard-webhooks/standard-webhooks (libraries, five minutes).
TOLERANCE_S: Final = 300
# While keys are exchanged a sender signs with the old one and the new one; nobody was seen to send more than three.
SIGNATURES_MOST: Final = 8


class Signed(NamedTuple):
    """What a signature is checked against: headers (lower case), the body as it came, when it came."""

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


class Verdict(NamedTuple):
    """What a check came to, and why, in a few words without anything of the sender's."""

    word: SignatureWord
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verifier:
    """A scheme of signatures. `message`, `signatures` and `key_of` raise ValueError for what is none."""

    scheme: str  # its name, as docs/providers.md has it
    headers: tuple[str, ...]  # all that it needs, in lower case: the door keeps these
    message: Callable[[Signed], bytes]  # what is signed
    signatures: Callable[
        [Mapping[str, str]], Sequence[bytes]
    ]  # those that were sent; one that fits is enough
    fits: Callable[[bytes, bytes, bytes], bool]  # key, message, signature; in constant time
    key_of: Callable[[str], bytes]  # a key as the operator's setting has it
    time_header: str | None = None  # unix seconds; None: no time is signed
    tolerance_s: int = TOLERANCE_S
    key_set: str = ""  # where the provider publishes its keys (JWKS); empty: the operator has a secret
    keys_in: Callable[[bytes], tuple[bytes, ...]] | None = None  # the keys of such a set
    covers_body: bool = True
    # The headers of a body that we sign ourselves, to try the way: with a key, at a time. None: nobody but the provider can.
    sign: Callable[[bytes, bytes, datetime], Mapping[str, str]] | None = None

    def judge(self, signed: Signed, keys: Sequence[bytes]) -> Verdict:
        """Whether one of these keys signed it. Raises nothing."""
        absent = [name for name in self.headers if not signed.headers.get(name)]
        if absent:
            return Verdict("missing", f"no {' and no '.join(absent)}")
        if not keys:
            return Verdict("no_key", "there is no key to check it with")
        try:
            sent = self.signatures(signed.headers)[:SIGNATURES_MOST]
            message, apart_s = self.message(signed), self._apart_s(signed)
        except ValueError as error:
            return Verdict("wrong", str(error))
        if not any(self.fits(key, message, signature) for key in keys for signature in sent):
            return Verdict("wrong", "no key fits")
        if apart_s > self.tolerance_s:
            return Verdict("stale", f"signed {apart_s} s from when it came, at most {self.tolerance_s}")
        return Verdict("valid" if self.covers_body else "partial")

    def _apart_s(self, signed: Signed) -> int:
        """How far the signed time is from the receipt, either way. Raises ValueError."""
        if self.time_header is None:
            return 0
        told = signed.headers[self.time_header]
        # Ten digits until 2286; a number in any other form would be signed as another text.
        if not (told.isascii() and told.isdigit() and len(told) <= 12):  # noqa: PLR2004 - said above
            raise ValueError(f"{self.time_header} is no time in unix seconds")
        return abs(int(signed.received_at.timestamp()) - int(told))
