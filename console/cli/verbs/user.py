"""`fixative user`: an entry of CONSOLE_USERS, for who signs in at the console with a password."""

from __future__ import annotations

import sys

import click

from console.cli.desk import Desk
from console.cli.options import Sentence, with_desk
from console.web.signing_in.passwords import HASHER, PASSWORD_MAX_CHARACTERS, PASSWORD_MIN_CHARACTERS
from runtime.settings.people import PERSON_NAME, Person, written


@click.command()
@click.argument("name")
@click.option("--viewer", "role", flag_value="viewer", help="They look, and do nothing else.")
@click.option(
    "--operator", "role", flag_value="operator", default=True, help="They replay, dismiss and mint too. [yes]"
)
@with_desk
def command(desk: Desk, /, *, name: str, role: str) -> None:
    """Make an entry of CONSOLE_USERS: NAME, a role, and the password's argon2 hash.

    The password is asked for, twice; where standard input is no terminal, its first line is the password. Entries are
    parted by spaces. The hash is written without dollar signs, which shells and Compose files take for variables.
    """
    if not PERSON_NAME.fullmatch(name):
        raise Sentence(
            f"{name!r} is no name: up to 64 letters, digits and . _ @ + - , a letter or digit first"
        )
    password = _password()
    if not PASSWORD_MIN_CHARACTERS <= len(password) <= PASSWORD_MAX_CHARACTERS:
        raise Sentence(
            f"the password has {len(password)} characters. Expected: {PASSWORD_MIN_CHARACTERS} to {PASSWORD_MAX_CHARACTERS}"
        )
    entry = written(Person(name, "viewer" if role == "viewer" else "operator", HASHER.hash(password)))
    if desk.output.json:
        desk.output.object({"user": entry})
        return
    click.echo(entry)
    desk.output.say("Put it into CONSOLE_USERS, beside those that are there, and restart the console.")


def _password() -> str:
    if sys.stdin.isatty():
        told: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return told
    return sys.stdin.readline().rstrip("\r\n")
