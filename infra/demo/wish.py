"""What the demo orders, and what is to become of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from archive.records.order import Claims

Ending = Literal["completed", "failed", "cancelled", "link_expired"]

LABEL = "demo"
PROMPT = "A varnished still life with a lamp"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One order: the fields of the provider's request, and how it is to end."""

    provider: Literal["evolink", "apiinone", "replicate", "fal"] = "evolink"
    model: str
    size: str
    resolution: str | None = None
    output_format: str | None = None
    n: int = 1
    simulate: dict[str, object] = field(default_factory=dict)
    ending: Ending = "completed"
    # Given up, and left so: its links answer again, and whoever looks at the console brings it back.
    left_for_you: bool = False

    @property
    def images(self) -> int:
        """How many images are to be kept."""
        return self.n if self.ending in {"completed", "link_expired"} and not self.left_for_you else 0

    def request(self) -> dict[str, object]:
        """The request in the provider's own words, without its callback URL."""
        said = {"resolution": self.resolution, "output_format": self.output_format}
        more: dict[str, object] = {name: word for name, word in said.items() if word}
        switches: dict[str, object] = {"simulate": self.simulate} if self.simulate else {}
        match self.provider:
            case "apiinone":
                own = {"model": self.model, "prompt": PROMPT, "aspect_ratio": self.size, **more}
            case "replicate":
                inputs = {"prompt": PROMPT, "aspect_ratio": self.size, "num_outputs": self.n, **more}
                own = {"version": self.model, "input": inputs}
            case "fal":
                own = {"model": self.model, "prompt": PROMPT, "image_size": self.size, "num_images": self.n}
                own |= more
            case "evolink":
                own = {"model": self.model, "prompt": PROMPT, "size": self.size, "n": self.n, **more}
        return {**own, **switches}

    def claims(self) -> Claims:
        """What the ticket says of it, so that the images can be held against the order."""
        return Claims(
            model=self.model,
            size=self.size,
            resolution=self.resolution,
            output_format=self.output_format,
            n=self.n,
            label=LABEL,
        )

    def in_words(self) -> str:
        """What was ordered, for people."""
        words = [self.size, self.resolution, (self.output_format or "png").upper(), f"n={self.n}"]
        return " ".join(word for word in words if word)


WISHES = (
    Wish(model="gpt-image-1", size="1024x1024", output_format="png"),
    Wish(model="gpt-image-1", size="1024x1536", output_format="jpeg"),
    Wish(model="gpt-image-1.5", size="3:2", output_format="webp"),
    Wish(model="gpt-image-1.5", size="1024x1024", output_format="jpeg", n=10),
    Wish(model="gpt-image-2", size="16:9", resolution="4K", output_format="png"),
    Wish(model="gpt-image-2", size="1024x1536", output_format="webp"),
    Wish(model="gpt-image-2", size="9:16", resolution="2K", output_format="jpeg"),
    Wish(provider="apiinone", model="gpt-image-1.5", size="1:1"),
    Wish(provider="apiinone", model="gpt-image-1.5", size="3:2"),
    # Two that sign their callbacks.
    Wish(provider="replicate", model="black-forest-labs/flux-schnell", size="1:1", output_format="webp", n=2),
    Wish(provider="fal", model="fal-ai/flux/schnell", size="square", output_format="jpeg", n=2),
    Wish(
        model="gpt-image-2",
        size="1:1",
        ending="failed",
        simulate={"status": "failed", "error_code": "content_policy_violation"},
    ),
    Wish(model="gpt-image-2", size="1:1", ending="cancelled", simulate={"status": "cancelled"}),
    Wish(
        model="gpt-image-1.5",
        size="1024x1024",
        output_format="png",
        ending="link_expired",
        simulate={"link": 404},
    ),
    Wish(
        model="gpt-image-2",
        size="3:2",
        output_format="png",
        ending="link_expired",
        simulate={"link": 404},
        left_for_you=True,
    ),
)
