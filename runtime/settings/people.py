"""Who may sign in at the console, as `CONSOLE_USERS` names them. Pure.

    anna:operator:argon2id.v=19.m=65536,t=3,p=4.<salt>.<hash> bert:viewer:...

Entries are parted by white space. A hash may be written with dots in place of its dollar signs, which shells and
Compose files take for variables; `fixative user` writes it so.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, get_args

PersonRole = Literal["viewer", "operator"]

PERSON_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
# https://github.com/P-H-C/phc-string-format: algorithm, version, parameters, salt, hash.
_HASH = re.compile(
    r"\$?argon2id[$.]v=\d{1,3}[$.]m=\d{1,8},t=\d{1,4},p=\d{1,3}[$.][A-Za-z0-9+/]{11,64}[$.][A-Za-z0-9+/]{22,128}"
)
PEOPLE_MOST = 200
EXPECTED = "name:role:hash, the role viewer or operator; `fixative user` makes one"


class Person(NamedTuple):
    """One who may sign in with a password; `password_hash` is argon2's, in its own form."""

    name: str
    role: PersonRole
    password_hash: str


def read_people(text: str) -> tuple[Person, ...]:
    """The people that the setting names, in its order.

    Raises:
        ValueError: naming the place of the entry that is none, and no hash.
    """
    people: dict[str, Person] = {}
    for place, word in enumerate(text.split(), start=1):
        name, _, rest = word.partition(":")
        role, _, told = rest.partition(":")
        if not PERSON_NAME.fullmatch(name) or role not in get_args(PersonRole) or not _HASH.fullmatch(told):
            raise ValueError(f"entry {place} is none. Expected: {EXPECTED}")
        if name in people:
            raise ValueError(f"entry {place} names {name} again. Expected: each name once")
        people[name] = Person(name, "operator" if role == "operator" else "viewer", _in_its_own_form(told))
    if len(people) > PEOPLE_MOST:
        raise ValueError(
            f"it names {len(people)} people. Expected: {PEOPLE_MOST} at most, else a proxy that knows them"
        )
    return tuple(people.values())


def written(person: Person) -> str:
    """The entry of a person, without a dollar sign."""
    return f"{person.name}:{person.role}:{person.password_hash.removeprefix('$').replace('$', '.')}"


def _in_its_own_form(told: str) -> str:
    return "$" + told.removeprefix("$").replace(".", "$")
