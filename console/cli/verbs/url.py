"""`fixative url`: mint a callback URL to give to a provider."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import click

from archive import tickets
from console.cli.desk import Desk
from console.cli.options import Sentence, known_provider, with_desk
from console.submitting import callback_url, order_check
from console.submitting.claims_said import ClaimsRefused, claims_said
from console.submitting.minting import Minting
from providers.registry import PROVIDERS

_KEY_ID = re.compile(r"[A-Za-z0-9]{1,16}")
_TODAY = "today"


@click.command()
@click.option("--provider", type=known_provider(), help="Who will call it. Required.")
@click.option("--model", metavar="NAME", help="The model that is ordered: gpt-image-2.")
@click.option("--size", metavar="SIZE", help="1024x1536, 2:3 or auto.")
@click.option("--resolution", metavar="1K|2K|4K", help="Pixels for a ratio (GPT Image 2).")
@click.option("--quality", metavar="WORD", help="low, medium, high, auto; GPT Image 2.5 also xhigh, max.")
@click.option("--format", "output_format", metavar="FORMAT", help="png, jpeg or webp.")
@click.option("--n", type=click.IntRange(1, 100), metavar="N", help="How many images.")
@click.option("--label", help="A name to find the tasks by: campaign/spring.")
@click.option("--ttl", metavar="TIME", help="The URL expires: 72h, 7d; 48h at least. Else it does not.")
@click.option("--new-key", metavar="[ID]", is_flag=False, flag_value=_TODAY,
              help="Print a fresh entry for TICKET_KEYS instead.")  # fmt: skip
@with_desk
def command(
    desk: Desk,
    /,
    *,
    provider: str | None,
    ttl: str | None,
    new_key: str | None,
    n: int | None,
    output_format: str | None,
    **said: str | None,
) -> None:
    """Mint a callback URL. What is said of the order is signed into it, and images are held against it.

    It is a credential: whoever has it can post callbacks. One without options serves all of a provider's tasks.
    """
    if new_key is not None:
        _print_key(desk, new_key)
        return
    if provider is None:
        raise click.UsageError(f"Missing option '--provider'. Choose from: {', '.join(PROVIDERS)}.")
    try:
        claims = claims_said(provider, n, output_format, ttl, said)
    except ClaimsRefused as refusal:
        raise Sentence("\n  ".join(["no URL minted:", *refusal.problems])) from refusal
    settings = desk.settings(Minting)
    public_url = settings.address.public_url
    url = callback_url.mint_url(public_url, provider, claims, settings.keys.keys)
    _check(desk, url, local=callback_url.is_local_stack(public_url, settings.listening))
    order = claims.order()
    for remark in order_check.remarks(order) if order else ():
        desk.output.say(f"note: {remark}")
    if desk.output.json:
        desk.output.object({"url": url})
    else:
        click.echo(url)


def _check(desk: Desk, url: str, *, local: bool) -> None:
    why = callback_url.refusal(url)
    if why and local and len(url) <= callback_url.URL_MAX_CHARACTERS:
        desk.output.say(
            "note: this is the local stack's address; a provider cannot reach it (README: a tunnel)"
        )
    elif why:
        raise Sentence(f"PUBLIC_URL would be refused by the provider: {why}")


def _print_key(desk: Desk, key_id: str) -> None:
    key_id = f"k{datetime.now(UTC):%Y%m%d}" if key_id == _TODAY else key_id
    if not _KEY_ID.fullmatch(key_id):
        raise Sentence(f"--new-key {key_id!r}: an id has 1 to 16 letters and digits")
    key = tickets.new_key(key_id)
    if desk.output.json:
        desk.output.object({"key": key})
        return
    click.echo(key)
    desk.output.say(
        "Put it first in TICKET_KEYS; the key before it stays second until its URLs are out of use."
    )
