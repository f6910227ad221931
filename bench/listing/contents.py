"""A catalogue as a busy deployment has it, made of a seed: models, labels, sizes, failures, findings, prompts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate

from archive import layout
from archive.records.catalogue import CatalogueLine, ImageLine

MODELS = ("gpt-image-2", "gpt-image-1.5", "gpt-image-2-mini", "z-image", "nano-banana-2")
LABELS = tuple(f"shop/campaign-{number:03d}" for number in range(60))
SIZES = ((1024, 1024), (1536, 1024), (1024, 1536), (2048, 2048))
# A model and a label that nothing has together, though each of them is on a fifth and on a sixtieth of the tasks.
APART = (MODELS[4], LABELS[7])
RARE_WORD = "quokka"
_VOCABULARY = tuple(f"{first}{middle}{last}" for first in ("har", "mis", "lan", "sto", "cre", "vel", "por")
                    for middle in ("bo", "ti", "ter", "no", "mi", "ga", "lu") for last in ("ur", "sty", "ne", "ra", "en",
                    "lo", "ks", "pe", "sh", "wa"))  # fmt: skip
# As words of a language are: the first ones are everywhere.
_WEIGHTS = tuple(accumulate(1 / (place + 1) for place in range(len(_VOCABULARY))))
_RARE = 20_000
_CJK = "赛博朋克风格的城市夜景里有一只小猫"
_US = 1_000_000


def lines_of(day: date, count: int, until: time = time(23, 59, 59)) -> Iterator[CatalogueLine]:
    """The lines of a day in the order of time, up to a time of the day; the same for the same day."""
    dice = random.Random(f"{day} {count}")  # noqa: S311 - a bench
    start = datetime.combine(day, time(), UTC)
    end = datetime.combine(day, until, UTC)
    for number in range(count):
        at = start + (end - start) * number / count
        yield _line(dice, at.replace(microsecond=dice.randrange(_US)))


def _line(dice: random.Random, at: datetime) -> CatalogueLine:
    created_at = (at - timedelta(seconds=dice.randrange(20, 90))).replace(microsecond=0)
    task_id = f"task-unified-{int(created_at.timestamp())}-{dice.getrandbits(40):08x}"
    model, label = dice.choice(MODELS), dice.choice(LABELS) if dice.random() < 0.9 else None  # noqa: PLR2004 - of ten
    if (model, label) == APART:
        label = None
    failed = dice.random() < 0.03  # noqa: PLR2004 - of a hundred
    width, height = dice.choice(SIZES)
    images = () if failed else (_image(dice, width, height),)
    return CatalogueLine(
        changed_at=at,
        provider="evolink",
        task_id=task_id,
        status="failed" if failed else "completed",
        key=layout.manifest_key(created_at.date(), "evolink", task_id),
        model=model,
        label=label,
        created_at=created_at,
        called_at=at - timedelta(seconds=2),
        kept=len(images),
        bytes=sum(image.bytes for image in images),
        formats=() if failed else ("PNG",),
        sizes=() if failed else (f"{width}x{height}",),
        findings=images[0].findings if images else (),
        error="content_policy_violation" if failed else None,
        ordered_size="1024x1024",
        ordered_n=1,
        quality=dice.choice(("low", "high")),
        billing={"usage": {"billing_rule": "per_call", "credits_used": dice.choice((2.5, 4.0, 10.0))}},
        prompt=_prompt(dice),
        images=images,
    )


def _image(dice: random.Random, width: int, height: int) -> ImageLine:
    return ImageLine(
        index=0,
        name="00.png",
        sha256=dice.randbytes(32).hex(),
        width=width,
        height=height,
        bytes=dice.randrange(1_000_000, 3_000_000),
        format="PNG",
        findings=("dimensions",) if dice.random() < 0.02 else (),  # noqa: PLR2004 - of a hundred
    )


def _prompt(dice: random.Random) -> str:
    words = dice.choices(_VOCABULARY, cum_weights=_WEIGHTS, k=dice.randrange(8, 24))
    if not dice.randrange(_RARE):
        words.append(RARE_WORD)
    if not dice.randrange(10):
        start = dice.randrange(len(_CJK) - 6)
        words.append(_CJK[start : start + 6])
    return " ".join(words)
