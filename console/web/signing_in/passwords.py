"""Passwords: one is checked at a time, since a check takes 64 MiB, and wrong ones are slowed down."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from archive.errors import FixativeError
from console.web.signing_in.tries import TRIES_PER_CLIENT, TRIES_PER_NAME, Tries
from runtime.settings.people import Person

PASSWORD_MIN_CHARACTERS = 10
PASSWORD_MAX_CHARACTERS = 256
# Who waits for their check: each takes a tenth of a second.
WAITING_MOST = 16

# RFC 9106's second choice: 64 MiB, three passes (https://www.rfc-editor.org/rfc/rfc9106#section-4).
HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)


class NotSignedIn(FixativeError):
    """Nobody is signed in; the message says why, and what to do."""

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class Passwords:
    """Checks names and passwords against those of the settings."""

    def __init__(self, people: Sequence[Person], now_s: Callable[[], float] = time.monotonic) -> None:
        self._people = {person.name: person for person in people}
        self._by_client, self._by_name = Tries(TRIES_PER_CLIENT, now_s), Tries(TRIES_PER_NAME, now_s)
        self._one, self._room = threading.Lock(), threading.BoundedSemaphore(WAITING_MOST)
        # Who is not known costs the same time: else the time would tell who is.
        self._nobody = HASHER.hash("nobody's password") if people else ""

    @property
    def any(self) -> bool:
        """Whether anybody signs in with a password."""
        return bool(self._people)

    def person(self, name: str) -> Person | None:
        """Who has this name."""
        return self._people.get(name)

    def check(self, name: str, password: str, client: str) -> Person:
        """Who this is. Raises NotSignedIn."""
        wait_s = max(self._by_client.wait_s(client), self._by_name.wait_s(name))
        if wait_s > 0:
            raise NotSignedIn(f"Too many wrong tries. Try again in {math.ceil(wait_s / 60)} min.", wait_s)
        person = self._people.get(name)
        if len(password) > PASSWORD_MAX_CHARACTERS or not self._matches(
            person.password_hash if person else self._nobody, password
        ):
            person = None
        if person is None:
            self._by_client.note(client)
            self._by_name.note(name)
            raise NotSignedIn("Name or password is not right.")
        self._by_client.forget(client)
        return person

    def _matches(self, told: str, password: str) -> bool:
        if not told:
            return False
        if not self._room.acquire(blocking=False):
            raise NotSignedIn("Many people sign in at the moment. Try again in a few seconds.", 5.0)
        try:
            with self._one:
                return HASHER.verify(told, password)
        except (Argon2Error, InvalidHashError):
            return False
        finally:
            self._room.release()
