"""A peer that keeps what it acknowledges: Starlette, and one PUT a callback, by boto3 in threads.

Others run it with their own Python; it imports nothing of ours.
"""

from __future__ import annotations

import os
import uuid

import boto3
from botocore.config import Config
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

# Starlette's threads.
_CONNECTIONS = 40


def create_app() -> Starlette:
    """The application, with the receiver's own path; S3_ENDPOINT, S3_BUCKET and AWS's own variables say where."""
    bucket = os.environ["S3_BUCKET"]
    client = boto3.client(
        "s3",
        endpoint_url=os.environ["S3_ENDPOINT"],
        config=Config(max_pool_connections=_CONNECTIONS, s3={"addressing_style": "path"}),
    )

    async def post(request: Request) -> Response:
        key, body = f"peer/{uuid.uuid4()}", await request.body()
        await run_in_threadpool(client.put_object, Bucket=bucket, Key=key, Body=body)
        return JSONResponse({"accepted": key}, 202)

    return Starlette(routes=[Route("/callbacks/{provider}/{ticket}", post, methods=["POST"])])
