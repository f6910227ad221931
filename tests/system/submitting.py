"""Requests of providers other than the first, and how they are submitted to the simulator by the command."""

from __future__ import annotations

import json
from typing import Any

from tests.system.stack import Stack

REQUESTS: dict[str, dict[str, Any]] = {
    "replicate": {
        "version": "black-forest-labs/flux-schnell",
        "input": {"prompt": "a lighthouse", "aspect_ratio": "1:1", "num_outputs": 2},
    },
    "fal": {
        "model": "fal-ai/flux/schnell",
        "prompt": "a lighthouse",
        "image_size": "square",
        "num_images": 2,
    },
    "bfl": {"model": "flux-2-pro", "prompt": "a lighthouse", "aspect_ratio": "1:1"},
    "kie": {
        "model": "google/nano-banana",
        "input": {"prompt": "a lighthouse", "aspect_ratio": "1:1", "num_images": 2},
    },
    "openai": {
        "model": "gpt-5.2",
        "input": "a lighthouse",
        "tools": [{"type": "image_generation", "model": "gpt-image-2", "size": "1536x1024"}],
    },
    "wavespeed": {
        "model": "openai/gpt-image-2.5-flare/text-to-image",
        "prompt": "a lighthouse",
        "size": "1024*1024",
        "num_images": 2,
    },
}
IMAGES = {"replicate": 2, "fal": 2, "bfl": 1, "kie": 2, "openai": 1, "wavespeed": 2}


def submitted(stack: Stack, name: str, **switches: object) -> str:
    """Submit a request; the task's id."""
    request = stack.data / "request.json"
    request.write_text(json.dumps({**REQUESTS[name], "simulate": switches}))
    return str(
        json.loads(stack.fixative("submit", str(request), "--provider", name, "--json").stdout)["task_id"]
    )
