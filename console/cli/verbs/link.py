"""`fixative link`: presigned URLs, by which others see the images for a while."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import click

from archive.library.span import duration
from console.cli import words
from console.cli.desk import Desk
from console.cli.options import Sentence, with_desk
from console.cli.pictures import NoPicture, pictures_of
from console.cli.verbs import Trouble
from console.submitting.callback_url import is_loopback

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
LONGEST = timedelta(days=7)


@click.command()
@click.argument("task")
@click.option("--for", "life", default="1d", show_default=True, metavar="TIME",
              help="How long the links live: 30m, 12h, 7d. S3 allows 7 days at most.")  # fmt: skip
@click.option("--image", type=click.IntRange(min=0), metavar="N", help="The image of this number alone: 0.")
@with_desk
def command(desk: Desk, /, *, task: str, life: str, image: int | None) -> None:
    """Print a link to each image of a task, which anybody may open until it expires (a presigned URL).

    It leads to S3_ENDPOINT, and whoever opens it must reach that. Links that are signed with temporary credentials
    die with these, however long they were to live. TASK as in `fixative show`.
    """
    lives = _life(life)
    bucket = desk.bucket()
    try:
        pictures = pictures_of(bucket, task, image)
    except NoPicture as error:
        raise Trouble(str(error)) from error
    links = [(asset, bucket.link(asset.key, int(lives.total_seconds()))) for asset in pictures.kept]
    expires = bucket.now() + lives
    if desk.output.json:
        desk.output.array(
            {"task": pictures.name, "image": asset.index, "key": asset.key, "url": url, "expires_at": expires}
            for asset, url in links
        )
        return
    for _, url in links:
        desk.output.line(url)
    desk.output.say(
        f"{pictures.name}, {words.counted(len(links), 'image')}; whoever has a link sees the image until "
        f"{words.moment(expires)} UTC"
    )
    if is_loopback(urlsplit(links[0][1]).hostname or ""):
        desk.output.say("note: this S3 is on this machine, and so the links work on this machine alone")


def _life(text: str) -> timedelta:
    """The length of time that is said. Raises Sentence."""
    try:
        life = duration(text)
    except ValueError as error:
        raise Sentence(f"--for {error}") from error
    if not timedelta() < life <= LONGEST:
        raise Sentence(f"--for {text}: S3 allows links that live for up to 7 days")
    return life
