"""Signatures: Twilio's published vectors, Genesys' header, and the honest refusal of those that sign nothing."""

import base64
import hmac
import tracemalloc
from hashlib import sha1, sha256
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from warmline.adapters.signatures import SignatureError, signs, verify

TOKEN = "12345"  # noqa: S105 # of the published vectors
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = b"CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309"
JSON = b'{"property": "value", "boolean": true}'
JSON_URL = f"{URL}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"


def twilio(signature, url=URL, body=FORM, token=TOKEN):
    verify("twilio", {"X-Twilio-Signature": signature}, url, body, token)


@pytest.mark.parametrize(
    ("signature", "url", "body"),
    [
        ("RSOYDt4T1cUTdK1PDd93/VVr8B8=", URL, FORM),
        ("RSOYDt4T1cUTdK1PDd93/VVr8B8=", URL.replace(".com", ".com:443"), FORM),
        ("kvajT1Ptam85bY51eRf/AJRuM3w=", URL, FORM),
        ("a9nBmqA0ju/hNViExpshrM61xv4=", JSON_URL, JSON),
    ],
)
def test_twilio_s_own_vectors_pass(signature, url, body):
    twilio(signature, url, body)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: twilio("RSOYDt4T1cUTdK1PDd93/VVr8B8=", body=FORM + b"&x=1"),
        lambda: twilio("RSOYDt4T1cUTdK1PDd93/VVr8B8=", url=URL + "&x=1"),
        lambda: twilio("RSOYDt4T1cUTdK1PDd93/VVr8B8=", token="12346"),  # noqa: S106 # wrong on purpose
        lambda: twilio(""),
        lambda: twilio("ü"),
        lambda: twilio("a9nBmqA0ju/hNViExpshrM61xv4=", JSON_URL, JSON + b" "),
        lambda: twilio("a9nBmqA0ju/hNViExpshrM61xv4=", URL, JSON),
        lambda: verify("twilio", {}, URL, FORM, TOKEN),
        lambda: twilio("RSOYDt4T1cUTdK1PDd93/VVr8B8=", token=""),
    ],
)
def test_anything_else_fails(attempt):
    with pytest.raises(SignatureError):
        attempt()


def test_what_is_no_signature_is_refused_before_the_body_is_read():
    for sent in ("", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "RSOYDt4T1cUTdK1PDd93/VVr8B8==", "sha256=RSOYDt4T1cUTdK1PDd9="):
        with pytest.raises(SignatureError, match="missing or wrong"):
            twilio(sent, body=b"Body=\xff")


def signed(body):
    fields = "".join(f"{name}{value}" for name, value in sorted(set(parse_qsl(body.decode()))))
    return base64.b64encode(hmac.new(TOKEN.encode(), f"{URL}{fields}".encode(), sha1).digest()).decode()


def test_the_longest_text_is_verified_and_an_absurd_form_is_refused_before_it_is_taken_apart():
    longest = b"Body=" + b"%F0%9F%98%80" * 65_536
    twilio(signed(longest), body=longest)
    for absurd in (b"Body=" + b"%22" * 1_300_000, b"Body=%22" + "éa".encode() * 1_300_000):
        tracemalloc.start()
        try:
            with pytest.raises(SignatureError, match="escapes"):
                twilio(signed(FORM), body=absurd)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 20_000_000


def test_an_address_that_is_none_is_refused_like_any_other():
    with pytest.raises(SignatureError):
        twilio(signed(FORM), url="https://[")


def test_a_repeated_value_counts_once_and_distinct_values_in_their_order():
    data = "https://x.example/a" + "tagone" + "tagtwo"
    signature = base64.b64encode(hmac.new(b"k", data.encode(), sha1).digest()).decode()
    verify("twilio", {"x-twilio-signature": signature}, "https://x.example/a", b"tag=two&tag=one&tag=two", "k")


def test_genesys_signs_the_raw_body_in_base64():
    body = '{"text": "Grüße"}'.encode()
    signature = "sha256=" + base64.b64encode(hmac.new(b"secret", body, sha256).digest()).decode()
    verify("genesys", {"X-Hub-Signature-256": signature}, "https://x.example", body, "secret")
    for headers, given_body in (({}, body), ({"X-Hub-Signature-256": signature}, body + b" ")):
        with pytest.raises(SignatureError):
            verify("genesys", headers, "https://x.example", given_body, "secret")
    hexadecimal = "sha256=" + hmac.new(b"secret", body, sha256).hexdigest()
    with pytest.raises(SignatureError):
        verify("genesys", {"X-Hub-Signature-256": hexadecimal}, "https://x.example", body, "secret")


@pytest.mark.parametrize("unread", [b"Body=\xff", b'{"Body": "' + b"&" * 1_001 + b'"}'], ids=["no text", "too many"])
def test_a_signature_of_the_address_alone_covers_no_body_that_cannot_be_read(unread):
    signature = base64.b64encode(hmac.new(TOKEN.encode(), URL.encode(), sha1).digest()).decode()
    with pytest.raises(SignatureError):
        twilio(signature, body=unread)
    twilio(signature, body=b"")


@pytest.mark.parametrize("vendor", ["contact-lens", "google", "vcon", "generic", "nobody"])
def test_who_does_not_sign_is_never_taken_for_verified(vendor):
    assert not signs(vendor)
    with pytest.raises(SignatureError, match="does not sign"):
        verify(vendor, {"Authorization": "Bearer x"}, URL, b"{}", "secret")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(st.text(), st.just("RSOYDt4T1cUTdK1PDd93/VVr8B8=")),
    st.text(),
    st.binary(),
    st.sampled_from(["twilio", "genesys"]),
)
def test_no_input_makes_it_fail_otherwise(header, url, body, vendor):
    headers = {"X-Twilio-Signature": header, "X-Hub-Signature-256": header}
    with pytest.raises(SignatureError):
        verify(vendor, headers, f"https://x.example/{url}", body, "secret")
    with pytest.raises(SignatureError):
        verify(vendor, headers, url, body, "secret")
