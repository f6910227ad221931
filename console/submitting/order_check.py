"""Whether a model can make what is asked for. Pure.

Models are an open set: of one that is named and not known nothing is refused but what no model could read. Where none
is named, what no model that is known can make is refused, since it is more likely a slip.
"""

from __future__ import annotations

from collections.abc import Iterator

from archive.records.order import Order
from providers.expecting.models import FAMILIES, Family, family_of
from providers.expecting.sizes import (
    RESOLUTIONS,
    TABLE,
    Pixels,
    Ratio,
    is_within_limits,
    pixels_in,
    ratio_in,
    scaled_down,
)
from providers.registry import PROVIDERS


def refusals(provider: str, order: Order) -> Iterator[str]:
    """What the provider or the model cannot make of an order, each with what they can."""
    family = family_of(order.model)
    meant = _meant(order.model, family)
    if order.size is not None:
        yield from _size_refusals(order.size, meant)
    if order.quality is not None and meant:
        known = dict.fromkeys(word for each in meant for word in each.qualities)
        if order.quality.strip().lower() not in known:
            yield f"--quality {order.quality}: {_of(meant)} {_take(meant)} {', '.join(known)}"
    if order.resolution is not None and meant:
        if all(each.fixed for each in meant):
            yield f"--resolution: {_of(meant)} takes none; it makes {meant[0].makes()}"
        elif order.resolution.upper() not in RESOLUTIONS:
            yield f"--resolution {order.resolution}: {_of(meant)} {_take(meant)} {', '.join(RESOLUTIONS)}"
    formats = {each for family in meant for each in family.formats}
    if order.output_format is not None and meant and order.output_format not in formats:
        yield f"--format {order.output_format}: {_of(meant)} {_take(meant)} {', '.join(sorted(formats))}"
    most, title = PROVIDERS[provider].images_most, PROVIDERS[provider].title
    if order.n is not None and order.n > most:
        made = f"{title} makes one image a task" if most == 1 else f"a task makes 1 to {most} images"
        yield f"--n {order.n}: {made}"


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


def _meant(model: str | None, family: Family | None) -> tuple[Family, ...]:
    """The families that an order may be meant for: that of its model, or all where none is named."""
    if family is not None:
        return (family,)
    return tuple(FAMILIES.values()) if model is None else ()


def _of(meant: tuple[Family, ...]) -> str:
    return meant[0].name if len(meant) == 1 else "the models that are known here"


def _take(meant: tuple[Family, ...]) -> str:
    return "takes" if len(meant) == 1 else "take"


def _size_refusals(size: str, meant: tuple[Family, ...]) -> Iterator[str]:
    pixels, ratio = pixels_in(size), ratio_in(size)
    if not size.strip():
        return  # said to be empty already
    if pixels is None and ratio is None and size.strip().lower() != "auto":
        ratios = f" of {_ratios(meant)}" if meant else " (2:3)"
        yield f"--size {size} is neither pixels (1024x1536), a ratio{ratios}, nor auto"
    elif ratio is not None and meant and not any(ratio in _known(family) for family in meant):
        yield f"--size {size}: {_of(meant)} {_take(meant)} the ratios {_ratios(meant)}"
    elif pixels is not None and meant and not any(_can_make(family, pixels) for family in meant):
        yield f"--size {size}: {_of(meant)} {_makes(meant)}"


def _can_make(family: Family, pixels: Pixels) -> bool:
    return family.can_make(pixels if family.fixed else scaled_down(pixels))


def _makes(meant: tuple[Family, ...]) -> str:
    return (
        f"makes {meant[0].makes()}"
        if len(meant) == 1
        else f"make {' or '.join(dict.fromkeys(family.makes() for family in meant))}"
    )


def _known(family: Family) -> set[Ratio]:
    """The ratios that a family takes."""
    return set(family.fixed) if family.fixed else {ratio for ratio, _ in TABLE}


def _ratios(meant: tuple[Family, ...]) -> str:
    # 7:3 in lowest terms is what everybody calls 21:9.
    names = {Ratio(7, 3): "21:9", Ratio(3, 7): "9:21"}
    known = {ratio for family in meant for ratio in _known(family)}
    return ", ".join(sorted(names.get(ratio, str(ratio)) for ratio in known))
