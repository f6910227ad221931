"""A submission that is interrupted: nobody knows whether the task was made, and that is said with what to do."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from archive.errors import ApiTrouble
from archive.reasons import Reason
from console.submitting.submission import NotSubmitted, submit
from egress.api_call import ApiAnswer
from egress.task_api import TaskApi
from providers.registry import PROVIDERS


class Interrupted(TaskApi):
    """An API that is interrupted while it answers, or fails."""

    def __init__(self, *errors: BaseException) -> None:
        self._errors = [*errors]

    def submit(self, request: bytes, headers: Mapping[str, str], address: str = "") -> ApiAnswer:
        del request, headers, address
        raise self._errors.pop(0)


def said(provider: str, *errors: BaseException) -> str:
    with pytest.raises(NotSubmitted) as refused:
        submit(
            Interrupted(*errors),
            PROVIDERS[provider],
            {},
            callback_url="https://x.example/",
            idempotency_key="key-of-1234567890",
            first_pause_s=0.0,
        )
    return str(refused.value)


def test_an_interrupted_submission_tells_the_key_with_which_nothing_is_paid_twice() -> None:
    with_key = next(name for name, each in PROVIDERS.items() if each.wire.idempotency_header)
    without = next(
        name for name, each in PROVIDERS.items() if each.wire.submit and not each.wire.idempotency_header
    )
    assert "--idempotency-key key-of-1234567890, and nothing is paid twice" in said(
        with_key, KeyboardInterrupt()
    )
    assert "look at your account before you submit it again" in said(without, KeyboardInterrupt())

    told = said(with_key, ApiTrouble(Reason.API_TROUBLE, "it is away"), KeyboardInterrupt())
    assert "it was interrupted" in told
    assert "--idempotency-key key-of-1234567890" in told
