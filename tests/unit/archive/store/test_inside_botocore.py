"""What `archive/store/signing.py` and `archive/store/bucket.py` lean on is inside botocore: it is there, as it was."""

from __future__ import annotations

import inspect
import re

from botocore.auth import AUTH_TYPE_MAPS, SigV4Auth
from botocore.client import BaseClient
from botocore.endpoint import Endpoint, convert_to_response_dict
from botocore.handlers import BUILTIN_HANDLERS, add_expect_header
from botocore.httpchecksum import handle_checksum_body
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner
from botocore.utils import S3RegionRedirectorv2


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


def test_a_listener_before_the_call_sees_the_request_made_and_may_give_the_answer() -> None:
    """`archive/store/quick_road.py`: what comes after its answer is as after botocore's own."""
    call = inspect.getsource(BaseClient._make_api_call)  # type: ignore[attr-defined] # hidden
    for what in (
        "before-call.",
        "params=request_dict",
        "context=request_context",
        "http, parsed_response = event_response",
    ):
        assert what in call
    order = (
        "_convert_to_request_dict(",
        "resolve_checksum_context(",
        "before-call.",
        "_make_request(",
        "after-call.",
    )
    assert sorted(order, key=call.index) == list(order)
    assert "self.http_session = " in inspect.getsource(Endpoint.__init__)
    assert ["http_response", "response", "context", "operation_model"] == list(
        inspect.signature(handle_checksum_body).parameters
    )
    assert ["http_response", "operation_model"] == list(
        inspect.signature(convert_to_response_dict).parameters
    )
    # The context that a listener is given is the request's own: `archive/store/redirects.py` marks it.
    assert "context=context" in inspect.getsource(BaseClient._convert_to_request_dict)  # type: ignore[attr-defined] # hidden
    assert "redirect_ctx.get('redirected')" in inspect.getsource(S3RegionRedirectorv2.redirect_from_error)
    sends = inspect.getsource(URLLib3Session.send)
    assert {"method", "url", "headers", "body", "stream_output"} == set(
        re.findall(r"\brequest\.(\w+)", sends)
    ) - {"timeout", "AWSResponse"}
