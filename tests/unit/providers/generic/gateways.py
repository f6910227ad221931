"""A gateway that is made up, as its operator declares it."""

from __future__ import annotations

KILN = """
[gateways.kiln]
title = "Kiln"
id = "/job/ref"
status = "/job/stage"
links = ["/pictures/*/href", "/cover"]
error = "/job/trouble"
error_code = "/job/code"
model = "/job/oven"
created_at = "/job/made"
ended_at = "/job/cold"
media_hosts = ["kiln.example", "=cdn.example.com"]
link_life = "6h"
images_most = 4
words = { completed = ["baked", 7], failed = ["burnt"], cancelled = ["put out"], unfinished = ["kneading"] }

[gateways.kiln.signature]
scheme = "hmac-sha256"
header = "X-Kiln-Signature"
prefix = "sha256="

[gateways.kiln.query]
base = "https://api.kiln.example"
task = "/v2/job?ref={task_id}"
submit = "/v2/bake"
key_header = "X-Kiln-Key"
key_scheme = ""
"""
LEAST = """
[gateways.least]
id = "/id"
links = "/images"
error = "/error"
media_hosts = ["least.example"]
link_life = "1d"
"""
