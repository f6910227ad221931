"""Whether a model can make what is asked for. Pure.

Models are an open set: of one that is not known nothing is refused but what no model could read.
"""

from __future__ import annotations

from collections.abc import Iterator

from archive.order import Order
from providers.models import FAMILIES, Family, family_of
from providers.registry import PROVIDERS
from providers.sizes import RESOLUTIONS, TABLE, Ratio, is_within_limits, pixels_in, ratio_in, scaled_down

# EvoLink: n is 1 to 10 (research/providers.md 1.7).
MOST_IMAGES = 10


def refusals(provider: str, order: Order) -> Iterator[str]:
    """What the provider or the model cannot make of an order, each with what they can."""
    family = family_of(order.model)
    if order.size is not None:
        yield from _size_refusals(order.size, order.resolution or "1K", family)
    if order.resolution is not None and family is not None:
        if family.fixed is not None:
            yield f"--resolution: {family.name} takes none; it makes {family.makes()}"
        elif order.resolution.upper() not in RESOLUTIONS:
            yield f"--resolution {order.resolution}: {family.name} takes {', '.join(RESOLUTIONS)}"
    if order.output_format is not None and family is not None and order.output_format not in family.formats:
        yield f"--format {order.output_format}: {family.name} makes {', '.join(sorted(family.formats))}"
    ordered_alone = PROVIDERS[provider].defaults.n
    if order.n is not None and provider == "apiinone" and order.n != ordered_alone:
        yield f"--n {order.n}: {PROVIDERS[provider].title} makes one image a task"
    elif order.n is not None and order.n > MOST_IMAGES:
        yield f"--n {order.n}: a task makes 1 to {MOST_IMAGES} images"


def remarks(order: Order) -> Iterator[str]:
    """What is worth knowing of an order that is not refused."""
    family = family_of(order.model)
    if order.model is not None and family is None:
        yield (
            f"{order.model} is no model known here ({', '.join(FAMILIES)} and their aliases): its images are "
            "kept, and held against exact pixels alone"
        )
    pixels = pixels_in(order.size) if order.size else None
    if pixels and family is not None and family.fixed is None and not is_within_limits(pixels):
        yield f"{pixels} is beyond what {family.name} makes: about {scaled_down(pixels)} is expected instead"
    if order.resolution and order.size and ratio_in(order.size) is None:
        yield f"--resolution says nothing beside --size {order.size}; it holds for ratios"


def _size_refusals(size: str, resolution: str, family: Family | None) -> Iterator[str]:
    pixels, ratio = pixels_in(size), ratio_in(size)
    if pixels is None and ratio is None and size.strip().lower() != "auto":
        yield f"--size {size} is neither pixels (1024x1536), a ratio (2:3) nor auto"
    elif family is None:
        return
    elif ratio is not None and family.pixels_for(ratio, resolution) is None:
        if family.fixed is not None or resolution.upper() in RESOLUTIONS:
            yield f"--size {size}: {family.name} knows the ratios {_ratios(family)}"
    elif pixels is not None and not family.can_make(pixels if family.fixed else scaled_down(pixels)):
        yield f"--size {size}: {family.name} makes {family.makes()}"


def _ratios(family: Family) -> str:
    known: set[Ratio] = set(family.fixed) if family.fixed else {ratio for ratio, _ in TABLE}
    # 7:3 in lowest terms is what everybody calls 21:9.
    names = {str(ratio): str(ratio) for ratio in known} | {"7:3": "21:9", "3:7": "9:21"}
    return ", ".join(sorted(names[str(ratio)] for ratio in known))
