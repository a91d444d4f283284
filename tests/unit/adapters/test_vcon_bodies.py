"""Bodies of vCons' text dialogs: mail in every charset and coding, pages that are broken, both in linear time."""

import base64
import time

import pytest

from tests.unit.adapters.payloads import adapted, turns, vcon_chat

WORDS = "Grüße, zahlt ihr 5 € zurück? 😀 да"
PLAIN = "Content-Type: text/plain; charset=utf-8"


def with_body(mediatype, text, **more):
    payload = vcon_chat()
    payload["dialog"] = [{**payload["dialog"][0], "mediatype": mediatype, "body": text, **more}]
    return payload


def said(mediatype, text, **more):
    (turn,) = turns("vcon", with_body(mediatype, text, **more))
    return turn.text


def coded(text, charset="utf-8"):
    return base64.urlsafe_b64encode(text.encode(charset)).decode()


MAILS = {
    "8bit": f"Subject: x\n{PLAIN}\nContent-Transfer-Encoding: 8bit\n\n{WORDS}",
    "7bit": f"Subject: x\n{PLAIN}\nContent-Transfer-Encoding: 7bit\n\n{WORDS}",
    "no coding": f"Subject: x\n{PLAIN}\n\n{WORDS}",
    "no type": f"Subject: x\n\n{WORDS}",
    "a page": f"Subject: x\nContent-Type: text/html; charset=utf-8\n\n<p>{WORDS}</p>",
    "both": f"Content-Type: multipart/alternative; boundary=b\n\n--b\n{PLAIN}\n\n{WORDS}\n"
    "--b\nContent-Type: text/html\n\n<p>other</p>\n--b--\n",
    "base64": f"Subject: x\n{PLAIN}\nContent-Transfer-Encoding: base64\n\n{base64.b64encode(WORDS.encode()).decode()}",
}


@pytest.mark.parametrize("name", MAILS)
def test_the_words_of_a_mail_arrive_as_they_were_written(name):
    assert said("message/rfc822", MAILS[name]) == WORDS
    assert said("message/rfc822", coded(MAILS[name]), encoding="base64url") == WORDS


def test_a_quoted_printable_mail_is_decoded():
    mail = f"{PLAIN}\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe"
    assert said("message/rfc822", mail) == "Grüße"


def test_a_mail_that_stands_in_the_file_as_text_is_in_no_charset_any_more():
    assert said("message/rfc822", f"Content-Type: text/plain; charset=iso-8859-1\n\n{WORDS}") == WORDS


def test_a_mail_in_latin_1_is_read_and_spares_the_rest_of_its_file():
    payload = vcon_chat()
    mail = coded("Content-Type: text/plain; charset=iso-8859-1\n\nGrüße", "latin-1")
    payload["dialog"].append(
        {**payload["dialog"][0], "mediatype": "message/rfc822", "encoding": "base64url", "body": mail}
    )
    assert [turn.text for turn in turns("vcon", payload)][2:] == ["My card is blocked.", "Grüße"]


def test_a_boundary_that_the_dialog_tells_keeps_its_capitals():
    assert said('multipart/mixed; boundary="AbC"', "--AbC\nContent-Type: text/plain\n\nHello.\n--AbC--\n") == "Hello."


def test_an_attachment_of_a_mail_is_not_its_text():
    mail = (
        "Content-Type: multipart/mixed; boundary=b\n\n"
        "--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nnot me\n"
        "--b\nContent-Type: text/plain\n\nHello.\n--b--\n"
    )
    assert said("message/rfc822", mail) == "Hello."


@pytest.mark.parametrize(
    "mail",
    [
        "Content-Type: text/plain; charset=utf-7\n\nhello +2AA- there",
        "Content-Type: text/plain; charset=unicode_escape\n\nhello \\ud800 there",
    ],
)
def test_half_a_character_out_of_a_mail_is_replaced_and_told(mail):
    outcome = adapted("vcon", with_body("message/rfc822", coded(mail), encoding="base64url"))
    assert [turn.text for turn in outcome.events] == ["hello \ufffd there"]
    assert any("halves of characters" in item.reason for item in outcome.unmapped)


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("a<script>b</SCRIPT >c<style x>d</style>e", "a c e"),
        ("a <script>b <style>c</style> d", "a b d"),
        ("1 < 2 <b>and</b> 3 > 2", "1 < 2 and 3 > 2"),
        ("a<script>b</script><script>c", "a c"),
        ("<scripted>a</scripted>", "a"),
    ],
)
def test_scripts_and_styles_are_no_words_and_one_that_is_never_closed_loses_its_tag_alone(page, text):
    assert said("text/html", page) == text


@pytest.mark.parametrize("digits", [8, 1_000, 4_301, 100_000])
def test_a_reference_to_no_character_is_a_mark_for_one_however_long_and_spares_the_other_payloads(digits):
    page = with_body("text/html", f"a&#{'1' * digits};b&#x{'1' * digits};c &#65;")
    found = turns("vcon", [page, {**vcon_chat(), "uuid": "other"}])
    assert [turn.text for turn in found] == ["a\ufffdb\ufffdc A", *(turn.text for turn in turns("vcon", vcon_chat()))]


def test_blanks_of_a_page_are_one_however_many():
    assert said("text/html", "a \t  b<i>\t</i>c\n \t d") == "a b c\n d"


@pytest.mark.parametrize(
    ("mediatype", "text"),
    [
        ("text/html", "<script " * 30_000),
        ("text/html", "<style>" * 30_000 + "</script>" * 30_000),
        ("message/rfc822", "Content-Type: text/plain; " + "a=b; " * 30_000 + "\n\nHello."),
        (
            "message/rfc822",
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
            + ("Content-Type: text/plain; " + "a=b; " * 200 + "\n\nHello.\n--b\n") * 500,
        ),
        (
            "message/rfc822",
            "".join(f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(300))
            + "\na\n" * 300_000,
        ),
        (
            "message/rfc822",
            "Content-Type: text/plain; charset=punycode\nContent-Transfer-Encoding: quoted-printable\n\n"
            + "a-"
            + "9z" * 400_000,
        ),
    ],
    ids=[
        "scripts",
        "ends that end nothing",
        "a long header",
        "long headers",
        "parts within parts",
        "a name for a charset",
    ],
)
def test_a_page_or_a_mail_made_to_take_long_takes_no_longer_than_others(mediatype, text):
    payload = with_body(mediatype, text)
    begun = time.process_time()
    adapted("vcon", payload)
    assert time.process_time() - begun < 3
