"""The families of models: what each takes for ordered by default, and what it can make at all.

Sources:
    GPT Image 1 and 1.5   1:1, 2:3, 3:2 or their pixels; 1024x1024, high, one image by default.
    GPT Image 2           https://evolink.ai/docs/en/api-manual/image-series/gpt-image-2/gpt-image-2-image-generation
                          auto, 1K, medium, png by default; the limits are those of `providers.expecting.sizes`.
    gpt-image-2-beta      as 2, but 1K only, and without a word on formats.
    gpt-image-2.5, -flare, -sunburst   as 2, but for the sizes: 1:1 was seen as 1254x1254 and 16:9 as 1672x941, in no
                          step and at no resolution of the table, so only the limits and a ratio are held.
    qualities             low, medium, high and auto; the 2.5 lines also xhigh and max:
                          https://docs.apiyi.com/en/news/gpt-image-2-5-launch.md
    API in One            https://apiin.one/zh/model/gpt-image-1-5 shows `gpt-image-1.5-official` and sends
                          `gpt-image-1-5`; its defaults stand in `providers/apiinone.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from archive.records.order import Order
from providers.expecting import sizes
from providers.expecting.sizes import Pixels, Ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Models that make the same images: one name is told for another of the same family.

    `fixed` are the only sizes that the family makes, by ratio; without them it makes what the limits
    of `providers.expecting.sizes` allow, in edges of this `step`. One without a step keeps to no table either.
    Families of one `line` are told for each other.
    """

    name: str
    defaults: Order
    formats: frozenset[str] = frozenset({"png", "jpeg", "webp"})
    qualities: tuple[str, ...] = ("low", "medium", "high", "auto")
    fixed: Mapping[Ratio, Pixels] | None = None
    step: int = sizes.STEP
    line: str = ""

    @property
    def keeps_to_the_table(self) -> bool:
        """Whether it is known what pixels a ratio comes to."""
        return self.fixed is not None or self.step == sizes.STEP

    def can_make(self, pixels: Pixels) -> bool:
        """Whether an image of this size can come from the family at all."""
        if self.fixed is not None:
            return pixels in self.fixed.values()
        return sizes.is_within_limits(pixels, self.step)

    def pixels_for(self, ratio: Ratio, resolution: str) -> Pixels | None:
        """The pixels of a ratio at a resolution, or None where nothing is known of them."""
        if self.fixed is not None:
            return self.fixed.get(ratio)
        return sizes.pixels_for(ratio, resolution) if self.keeps_to_the_table else None

    def makes(self) -> str:
        """What the family can make, in words for people."""
        if self.fixed is not None:
            return " or ".join(str(pixels) for pixels in self.fixed.values())
        steps = f"in steps of {self.step} " if self.step > 1 else ""
        return (
            f"edges {steps}up to {sizes.LONGEST_EDGE}, at most {sizes.WIDEST}:1, "
            f"{sizes.FEWEST_PIXELS:,} to {sizes.MOST_PIXELS:,} pixels"
        )


_THREE_SIZES: Mapping[Ratio, Pixels] = MappingProxyType(
    {
        Ratio(1, 1): Pixels(1024, 1024),
        Ratio(2, 3): Pixels(1024, 1536),
        Ratio(3, 2): Pixels(1536, 1024),
    }
)

GPT_IMAGE_1 = Family(
    name="gpt-image-1",
    defaults=Order(size="1024x1024", quality="high", n=1),
    fixed=_THREE_SIZES,
)
GPT_IMAGE_1_5 = replace(GPT_IMAGE_1, name="gpt-image-1.5")
GPT_IMAGE_2 = Family(
    name="gpt-image-2",
    defaults=Order(size="auto", resolution="1K", quality="medium", output_format="png", n=1),
)
GPT_IMAGE_2_5 = replace(
    GPT_IMAGE_2,
    name="gpt-image-2.5",
    step=1,
    line="gpt-image-2",
    qualities=("low", "medium", "high", "xhigh", "max", "auto"),
)
# The same family; that it says nothing of formats means that none may be expected.
_GPT_IMAGE_2_BETA = replace(GPT_IMAGE_2, defaults=Order(size="auto", resolution="1K", n=1))

# By their names without vendor, day and the words of a reseller.
_ALIASES: dict[str, Family] = {
    "gpt-image-1": GPT_IMAGE_1,
    "gpt-image-1.5": GPT_IMAGE_1_5,
    "gpt-image-2": GPT_IMAGE_2,
    "gpt-image-2-beta": _GPT_IMAGE_2_BETA,
    "gpt-image-2.5": GPT_IMAGE_2_5,
    "gpt-image-2.5-flare": GPT_IMAGE_2_5,
    "gpt-image-2.5-sunburst": GPT_IMAGE_2_5,
}

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {family.name: family for family in (GPT_IMAGE_1, GPT_IMAGE_1_5, GPT_IMAGE_2, GPT_IMAGE_2_5)}
)

# Lines of other makers that EvoLink and API in One sell: no name of ours, but surely no GPT Image either.
_OTHER_LINES = (
    "gemini-",
    "nano-banana",
    "dall-e",
    "flux",
    "seedream",
    "doubao-",
    "qwen-image",
    "z-image",
    "mj-",
    "wan",
)

# Vendors before the name ("openai/", "fal-ai/"; kie.ai writes "gpt-image/1.5-text-to-image"); behind it what is done
# ("/text-to-image", "/edit"), a channel (":official", "-lite"), the day of a snapshot ("-2025-12-16").
# https://docs.kie.ai/market/gpt-image/1-5-text-to-image, https://fal.ai/models/fal-ai/gpt-image-1.5/edit
_VENDOR = re.compile(r"^(?:(?:[a-z0-9.-]{1,64}/){1,3}(?=gpt-image)|(?:openai|azure|evolink)/)")
_FOLDER = re.compile(r"^gpt-image/(?=\d)")
_DEED = re.compile(
    r"[/-](?:text-to-image|image-to-image|generate|generations|edit|edits|edit-image|image-edit)$"
)
_CHANNEL = re.compile(r"[:-](?:official|lite|beta)$")
_DAY = re.compile(r"-20\d\d-\d\d-\d\d$")
_DASHED = re.compile(r"^(gpt-image-\d)-(\d)(?=-|$)")  # API in One sends 1-5 for 1.5


def family_of(model: str | None) -> Family | None:
    """The family of a model by any of its names, in any case; None where nothing is known of it."""
    if not model:
        return None
    name = _plain(model)
    return _ALIASES.get(name) or _ALIASES.get(_DAY.sub("", _CHANNEL.sub("", name)))


def is_of_another_family(told: str, ordered: Family) -> bool:
    """Whether a model is surely of another family; an unknown name is not, for it may be an alias."""
    family = family_of(told)
    if family is not None:
        return (family.line or family.name) != (ordered.line or ordered.name)
    return _plain(told).startswith(_OTHER_LINES)


def _plain(model: str) -> str:
    """A name without vendor, deed and day, dashes for blanks; its channel parted by a dash."""
    name = model.strip().lower().replace("_", "-").replace(" ", "-")
    name = _FOLDER.sub("gpt-image-", _VENDOR.sub("", name))
    name = _DAY.sub("", _DEED.sub("", name))
    return _DASHED.sub(r"\1.\2", name.replace(":", "-"))
