"""What may be expected of a task's images, and where they differ from it.

What was ordered comes first, then what the provider and the model take for ordered where the request
says nothing. Without any order, only the model's limits hold; of an unknown model nothing is known but
what was ordered in so many words. Where nothing is certain nothing is expected: a finding is never a guess.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from archive.records.asset import Finding
from archive.records.order import Order
from archive.records.record import Record
from providers.expecting.models import FAMILIES, Family, family_of, is_of_another_family
from providers.expecting.sizes import (
    Pixels,
    Ratio,
    is_within_limits,
    pixels_in,
    ratio_in,
    ratio_of,
    scaled_down,
)
from providers.registry import PROVIDERS

# The provider's own table is off its ratios by up to 2 % (1456x720 for 2:1).
RATIO_PERCENT: Final = 3
PIXELS_PERCENT: Final = 10

# Pillow's names for what a JPEG, by its bytes, may be: an MPO is a JPEG with further pictures behind it.
_SAME_FORMAT = {"jpg": "jpeg", "mpo": "jpeg"}

# What a label on a ticket or an order says of its images: nothing.
_NOTHING = Order()


class Expectation(Record, frozen=True, kw_only=True):
    """What may be expected of each image of a task. None: nothing.

    At most one of `exact` and `ratio` is there; `about` are the pixels that the ratio comes to, where that is known.
    """

    family: str | None = None
    ordered_model: str | None = None
    size: str | None = None  # as it was ordered
    exact: Pixels | None = None
    ratio: Ratio | None = None
    about: Pixels | None = None
    format: str | None = None  # "png", "jpeg", "webp"
    n: int | None = None


def expect(provider: str, order: Order | None, told_model: str | None) -> Expectation:
    """What may be expected of a task, by its order (or None) and the model that the provider told."""
    if order is None or replace(order, label=None) == _NOTHING:
        family = family_of(told_model)
        return Expectation(family=family.name if family else None)
    # The told model stands in where the order names none; an ordered name that is unknown stays unknown.
    family = family_of(order.model or told_model)
    filled = _with_defaults(order, provider, family)
    return _sized(
        Expectation(
            family=family.name if family else None,
            ordered_model=order.model,
            size=filled.size,
            format=_format(filled.output_format) if filled.output_format else None,
            n=filled.n,
        ),
        filled,
        family,
        own_sizes=provider in PROVIDERS and PROVIDERS[provider].own_sizes,
    )


def differences(expectation: Expectation, *, width: int, height: int, format: str) -> tuple[Finding, ...]:  # noqa: A002  # the word for it
    """Where one image differs from what was ordered, or from what its model can make at all."""
    got = Pixels(width, height)
    findings = []
    if not _is_met(expectation, got):
        findings.append(Finding(kind="dimensions", expected=_size_in_words(expectation), got=str(got)))
    if expectation.format is not None and _format(format) != expectation.format:
        findings.append(Finding(kind="format", expected=expectation.format, got=_format(format)))
    family = FAMILIES.get(expectation.family or "")
    if family is not None and not family.can_make(got):
        findings.append(
            Finding(kind="impossible_size", expected=f"{family.name}: {family.makes()}", got=str(got))
        )
    return tuple(findings)


def task_differences(expectation: Expectation, *, told_model: str | None, count: int) -> tuple[Finding, ...]:
    """Where a task as a whole differs from its order: how many images, and by which model."""
    findings = []
    if expectation.n is not None and count != expectation.n:
        findings.append(Finding(kind="count", expected=str(expectation.n), got=str(count)))
    ordered = family_of(expectation.ordered_model)
    if ordered is not None and told_model and is_of_another_family(told_model, ordered):
        findings.append(Finding(kind="model", expected=expectation.ordered_model or "", got=told_model))
    return tuple(findings)


def _with_defaults(order: Order, provider: str, family: Family | None) -> Order:
    """The order, filled with what the provider and then the model take for ordered."""
    if family is None:
        return order
    theirs = PROVIDERS[provider].defaults if provider in PROVIDERS else _NOTHING
    own = family.defaults
    return replace(
        order,
        size=order.size or theirs.size or own.size,
        resolution=order.resolution or theirs.resolution or own.resolution,
        output_format=order.output_format or theirs.output_format or own.output_format,
        n=order.n or theirs.n or own.n,
    )


def _sized(expectation: Expectation, order: Order, family: Family | None, *, own_sizes: bool) -> Expectation:
    """The expectation with what the order's size comes to: exact pixels, a ratio, or nothing."""
    size = order.size or "auto"
    pixels, ratio = pixels_in(size), ratio_in(size)
    if pixels is not None:
        if family is None or family.fixed is not None or is_within_limits(pixels):
            return replace(expectation, exact=pixels)
        about = scaled_down(pixels)
        # Beyond the limits it is scaled down; what cannot be mended so is the provider's to refuse.
        return (
            replace(expectation, ratio=ratio_of(pixels), about=about)
            if is_within_limits(about)
            else expectation
        )
    if ratio is not None and family is not None:
        if own_sizes and family.fixed is None:
            return replace(expectation, ratio=ratio)
        # A ratio that the family does not know may be refused, or made as the nearest that it does.
        about_or_none = family.pixels_for(ratio, order.resolution or "")
        if about_or_none is None and family.keeps_to_the_table:
            return expectation
        return replace(expectation, ratio=ratio, about=about_or_none)
    return expectation


def _is_met(expectation: Expectation, got: Pixels) -> bool:
    if expectation.exact is not None:
        return got == expectation.exact
    if expectation.ratio is None:
        return True
    ratio, about = expectation.ratio, expectation.about
    # Whole numbers throughout, so that what is just within is within on every machine.
    skew = abs(got.width * ratio.height - got.height * ratio.width) * 100
    if skew > RATIO_PERCENT * got.height * ratio.width or about is None:
        return skew <= RATIO_PERCENT * got.height * ratio.width
    excess = abs(got.width * got.height - about.width * about.height) * 100
    return excess <= PIXELS_PERCENT * about.width * about.height


def _size_in_words(expectation: Expectation) -> str:
    if expectation.exact is not None:
        return str(expectation.exact)
    return f"{expectation.size}, about {expectation.about}" if expectation.about else f"{expectation.size}"


def _format(name: str) -> str:
    plain = name.strip().lower().removeprefix("image/").removeprefix(".")
    return _SAME_FORMAT.get(plain, plain)
