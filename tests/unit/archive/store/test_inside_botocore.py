"""What `archive/store/signing.py` and `archive/store/bucket.py` lean on is inside botocore: it is there, as it was."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from typing import Any

import botocore.session
from botocore.auth import AUTH_TYPE_MAPS, SigV4Auth
from botocore.handlers import BUILTIN_HANDLERS, add_expect_header
from botocore.signers import RequestSigner


def test_a_signer_of_ones_own_is_found_by_the_name_that_an_event_gives() -> None:
    assert isinstance(AUTH_TYPE_MAPS, dict)
    chosen = inspect.getsource(RequestSigner._choose_signer)  # type: ignore[attr-defined] # hidden
    for what in ("choose-signer.", "signature_version = response"):
        assert what in chosen
    found = inspect.getsource(RequestSigner.get_auth_instance)
    assert "botocore.auth.AUTH_TYPE_MAPS.get(" in found


def test_the_time_is_put_into_the_context_and_read_from_there() -> None:
    signed = inspect.getsource(SigV4Auth.add_auth)
    assert "request.context['timestamp'] = " in signed
    for reader in (
        SigV4Auth.scope,
        SigV4Auth.credential_scope,
        SigV4Auth.string_to_sign,
        SigV4Auth.signature,
    ):
        text = inspect.getsource(reader)
        assert any(word in text for word in ("request.context['timestamp']", 'request.context["timestamp"]'))
    # Before a request is signed, and with the context that is signed with.
    sign = inspect.getsource(RequestSigner.sign)
    assert sign.index("before-sign.") < sign.index("auth.add_auth(request)")


def test_a_body_is_summed_in_one_place() -> None:
    assert ["self", "request"] == list(inspect.signature(SigV4Auth.payload).parameters)
    assert "self.payload(request)" in inspect.getsource(SigV4Auth.canonical_request)


def test_who_asks_before_it_sends_a_body_is_an_event_that_can_be_taken_away() -> None:
    named = [handler[:2] for handler in BUILTIN_HANDLERS]

    assert ("before-call.s3", add_expect_header) in named


def test_times_are_read_by_who_a_session_is_told() -> None:
    """In `open_bucket`; https://github.com/boto/botocore/blob/develop/botocore/parsers.py has what may be told."""
    moment = datetime(2026, 11, 26, tzinfo=UTC)
    session = botocore.session.get_session()
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=lambda _: moment)
    client: Any = session.create_client(
        "s3", region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s"
    )
    shape = client.meta.service_model.operation_model("ListObjectsV2").output_shape
    body = b"<ListBucketResult><Contents><LastModified>noon</LastModified></Contents></ListBucketResult>"
    parser = client._endpoint._response_parser_factory.create_parser("rest-xml")
    page = parser.parse({"status_code": 200, "headers": {}, "body": body}, shape)

    assert [{"LastModified": moment}] == page["Contents"]
