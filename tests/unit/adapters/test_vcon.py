"""vCon: text dialogs, transcripts of many recognisers, who speaks, the three containers."""

import base64

import pytest

from tests.unit.adapters.payloads import (
    adapted,
    base64_of,
    body,
    copied,
    paths,
    turns,
    turns_of,
    vcon_call,
    vcon_chat,
    wtf,
)
from warmline.adapters.adapted import AdapterError
from warmline.adapters.adapter_settings import AdapterSettings, VconSettings

START_MS = 1_750_528_406_000


def test_text_dialogs_are_turns_of_their_first_party_in_the_array_s_order():
    found = turns("vcon", vcon_chat())
    assert [(turn.role, turn.text, turn.spoken_at) for turn in found] == [
        ("agent", "Welcome.", 1_739_999_750_000),
        ("customer", "My card is blocked.", 1_739_999_760_500),
        ("customer", "My card is blocked.", 1_739_999_760_500),
    ]
    assert len({turn.turn_id for turn in found}) == 3
    assert "0100002" not in str(found), "a number never goes out"


def test_an_originator_speaks_before_the_first_party():
    payload = vcon_chat()
    payload["dialog"][0] |= {"parties": [0, 1], "originator": 1}
    assert turns("vcon", payload)[0].role == "customer"


def test_a_file_that_grew_or_was_redacted_gives_the_same_turns_the_same_ids():
    grown = copied(vcon_chat())
    grown["dialog"].append({**grown["dialog"][0], "start": "2025-02-20T00:00:00Z", "body": "Hello again."})
    redacted = {**copied(vcon_chat()), "uuid": "other", "redacted": {"uuid": "0198-v1"}}
    redacted["dialog"][1]["body"] = "My {{CARD}} is blocked."
    ids = [(turn.conversation_id, turn.turn_id) for turn in turns("vcon", vcon_chat())]
    assert [(turn.conversation_id, turn.turn_id) for turn in turns("vcon", grown)][:3] == ids
    assert [(turn.conversation_id, turn.turn_id) for turn in turns("vcon", redacted)] == ids


TRANSCRIPTS = {
    "wtf": ({"type": "wtf_transcription", "body": wtf()}, [("agent", "Hello.", 500), ("customer", "Hi.", 1500)]),
    "wtf as a string": (
        {"type": "wtf_transcription", "encoding": "json", "body": body(wtf()).decode()},
        [("agent", "Hello.", 500), ("customer", "Hi.", 1500)],
    ),
    "speaker and message": (
        {
            "type": "transcript",
            "body": [{"speaker": "Agent", "message": "Hello."}, {"speaker": "Customer", "message": "Hi."}],
        },
        [("agent", "Hello.", 0), ("customer", "Hi.", 0)],
    ),
    "index, time and length": (
        {
            "type": "transcript-redacted",
            "body": [{"parties": 1, "start": "2025-06-21T17:53:28.25Z", "duration": 1, "text": "Hello {{NAME}}."}],
        },
        [("agent", "Hello {{NAME}}.", 2250)],
    ),
    "paragraphs": (
        {
            "type": "transcript",
            "vendor": "deepgram",
            "body": {
                "results": {
                    "channels": [
                        {
                            "alternatives": [
                                {
                                    "transcript": "Hello. There. Hi.",
                                    "paragraphs": {
                                        "paragraphs": [
                                            {
                                                "speaker": 0,
                                                "start": 1,
                                                "sentences": [{"text": "Hello."}, {"text": "There."}],
                                            },
                                            {"speaker": 1, "start": 3.5, "sentences": [{"text": "Hi."}]},
                                        ]
                                    },
                                }
                            ]
                        }
                    ]
                }
            },
        },
        [("customer", "Hello. There.", 1000), ("agent", "Hi.", 3500)],
    ),
    "runs of words": (
        {
            "type": "transcript",
            "body": {
                "results": {
                    "channels": [
                        {
                            "alternatives": [
                                {
                                    "words": [
                                        {"word": "hello", "punctuated_word": "Hello", "speaker": 0, "start": 0.5},
                                        {"word": "there", "punctuated_word": "there.", "speaker": 0, "start": 0.9},
                                        {"word": "hi", "punctuated_word": "Hi.", "speaker": 1, "start": 2},
                                    ]
                                }
                            ]
                        }
                    ]
                }
            },
        },
        [("customer", "Hello there.", 500), ("agent", "Hi.", 2000)],
    ),
    "one text divided by blank lines": (
        {"type": "transcript", "body": {"transcript": "Hello.\n\nHi.\n \nBye.", "detected_language": "en"}},
        [("customer", "Hello.", 0), ("agent", "Hi.", 0), ("customer", "Bye.", 0)],
    ),
    "utterances": (
        {
            "type": "transcript",
            "body": {
                "utterances": [
                    {"speaker": "A", "text": "Hello.", "start": 1},
                    {"speaker": "B", "text": "Hi.", "start": 2},
                ]
            },
        },
        [("customer", "Hello.", 1000), ("agent", "Hi.", 2000)],
    ),
}


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_transcript_is_read_by_its_fields_whoever_made_it(name):
    analysis, expected = TRANSCRIPTS[name]
    found = turns("vcon", vcon_call(analysis))
    assert [(turn.role, turn.text, turn.spoken_at - START_MS) for turn in found] == expected


def test_one_voice_where_two_people_spoke_is_nobody_s():
    transcript = wtf()
    transcript["segments"][0]["speaker"] = 0
    outcome = adapted("vcon", vcon_call({"type": "wtf_transcription", "body": transcript}))
    assert {turn.role for turn in turns_of(outcome)} == {"system"}
    assert any("does not tell who speaks" in item.reason for item in outcome.unmapped)


def test_of_several_transcripts_of_a_dialog_one_is_taken():
    payload = vcon_call({"type": "transcript", "body": "Hello.\n\nHi."})
    payload["analysis"].append({"type": "wtf_transcription", "dialog": 0, "body": wtf()})
    outcome = adapted("vcon", payload)
    assert len(turns_of(outcome)) == 2
    assert outcome.events[0].asr_confidence == 0.9, "what tells the speakers apart is taken"
    assert "$.analysis[0]" in paths(outcome)


def test_a_transcript_may_lie_among_the_attachments():
    payload = vcon_call({"type": "summary", "body": "x"})
    payload["attachments"] = [{"purpose": "wtf_transcription", "dialog": 0, "body": wtf()}]
    assert [turn.text for turn in turns("vcon", payload)] == ["Hello.", "Hi."]


def test_text_is_preferred_to_a_transcript_of_the_same_speech_and_not_to_that_of_another():
    payload = vcon_call({"type": "wtf_transcription", "body": wtf()})
    payload["dialog"].append({"type": "text", "start": "2025-06-21T17:53:27Z", "parties": [0], "body": "Hello."})
    assert [turn.turn_id[:5] for turn in turns("vcon", payload)] == ["d0001"]
    payload["dialog"][1]["start"] = "2025-06-22T17:53:27Z"
    assert len(turns("vcon", payload)) == 3


def test_roles_that_are_not_told_are_guessed_and_that_is_told():
    payload = vcon_chat()
    payload["parties"] = [{"name": "A"}, {"name": "B"}]
    outcome = adapted("vcon", payload)
    assert [turn.role for turn in turns_of(outcome)] == ["customer", "agent", "agent"]
    assert any("without roles" in item.reason for item in outcome.unmapped)
    payload["dialog"][0]["meta"] = {"direction": "out"}
    assert [turn.role for turn in turns("vcon", payload)] == ["agent", "customer", "customer"]
    payload["parties"][0]["role"] = "customer"
    assert [turn.role for turn in turns("vcon", payload)] == ["customer", "agent", "agent"]


def test_guessing_can_be_switched_off_and_parties_named():
    payload = vcon_chat()
    payload["parties"] = [{"name": "A"}, {"name": "B"}]
    settings = AdapterSettings(vcon=VconSettings(guess=False, parties={"B": "supervisor"}))
    assert [turn.role for turn in turns("vcon", payload, settings)] == ["system", "supervisor", "supervisor"]


@pytest.mark.parametrize(
    ("mediatype", "text", "expected"),
    [
        ("text/html", "<p>Hello <b>you</b> &amp; me</p><style>p{}</style>", "Hello you & me"),
        ("text/plain; charset=UTF-8", "Hello.", "Hello."),
        ("message/rfc822", "Subject: x\nContent-Type: text/plain\n\nHello.", "Hello."),
        ('multipart/mixed; boundary="b"', "--b\nContent-Type: text/html\n\n<i>Hello.</i>\n--b--\n", "Hello."),
    ],
)
def test_a_body_may_be_a_page_or_a_mail(mediatype, text, expected):
    payload = vcon_chat()
    payload["dialog"] = [{**payload["dialog"][0], "mediatype": mediatype, "body": text}]
    assert [turn.text for turn in turns("vcon", payload)] == [expected]


def test_a_body_may_be_in_base64():
    payload = vcon_chat()
    coded = base64.urlsafe_b64encode("Grüße?>".encode()).decode().rstrip("=")
    payload["dialog"] = [{**payload["dialog"][0], "encoding": "base64url", "body": coded}]
    assert turns("vcon", payload)[0].text == "Grüße?>"


def test_a_signed_file_is_read_and_marked_as_not_verified():
    signed = {"payload": base64_of(vcon_chat()).rstrip("="), "signatures": [{"signature": "x", "protected": "y"}]}
    outcome = adapted("vcon", signed)
    assert len(turns_of(outcome)) == 3
    assert any("not verified" in item.reason for item in outcome.unmapped)


def test_the_body_of_a_transcript_alone_has_turns_too():
    assert [turn.text for turn in turns("vcon", wtf())] == ["Hello.", "Hi."]


def test_recordings_without_a_transcript_are_told_and_never_fetched():
    outcome = adapted("vcon", vcon_call({"type": "summary", "body": "x"}))
    assert outcome.events == ()
    assert paths(outcome) == ["$.analysis[0]", "$.dialog[0]"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda payload: payload.update(parties=None), "$.parties"),
        (lambda payload: payload.update(parties={"a": 1}), "$.parties"),
        (lambda payload: payload["dialog"][0].update(parties=[0, 9]), "$.dialog[0].parties[1]"),
        (lambda payload: payload["dialog"][0].update(parties="0"), "$.dialog[0].parties"),
        (lambda payload: payload["dialog"][0].update(originator=-1), "$.dialog[0].originator"),
        (lambda payload: payload["dialog"][0].update(body=7), "$.dialog[0].body"),
        (lambda payload: payload["dialog"][0].update(body="a", encoding="base64url"), "$.dialog[0].body"),
        (lambda payload: payload["dialog"].append(1), "$.dialog[3]"),
        (lambda payload: payload.update(critical=["quantum"]), "$.critical[0]"),
        (
            lambda payload: payload["analysis"].append({"type": "transcript", "dialog": 7, "body": "x"}),
            "$.analysis[1].dialog",
        ),
        (lambda payload: payload.update(ciphertext="x"), "$.ciphertext"),
    ],
)
def test_a_broken_file_is_refused_with_the_path(change, path):
    payload = vcon_chat()
    change(payload)
    with pytest.raises(AdapterError) as refused:
        adapted("vcon", payload)
    assert refused.value.path == path


def test_an_extension_that_is_known_may_be_critical():
    assert len(turns("vcon", {**vcon_chat(), "critical": ["CC"]})) == 3


def test_a_party_s_name_comes_before_words_for_roles_in_it():
    said = [{"speaker": "Ai Tanaka", "text": "Yes."}, {"speaker": "Ann", "text": "Hi."}]
    payload = vcon_call({"type": "transcript", "body": said})
    payload["parties"] = [{"name": "Ann", "role": "customer"}, {"name": "Ai Tanaka", "role": "agent"}]
    assert [turn.role for turn in turns("vcon", payload)] == ["agent", "customer"]
    del payload["parties"][1]["role"]
    assert [turn.role for turn in turns("vcon", payload)] == ["agent", "customer"], "guessed, not read off the name"


def test_a_party_that_is_called_by_its_role_has_it():
    said = [{"speaker": "Agent", "text": "Yes."}, {"speaker": "Customer", "text": "Hi."}]
    payload = vcon_call({"type": "transcript", "body": said})
    payload["parties"] = [{"name": "Agent"}, {"name": "Customer"}]
    assert [turn.role for turn in turns("vcon", payload)] == ["agent", "customer"]


@pytest.mark.parametrize("party", [{"role": "thirdparty"}, {"meta": {"role": "interpreter"}}])
def test_a_party_in_a_role_that_is_not_known_is_not_guessed_and_that_is_told(party):
    payload = vcon_chat()
    payload["parties"][0] = {"name": "Ida", **party}
    outcome = adapted("vcon", payload)
    assert [turn.role for turn in turns_of(outcome)] == ["system", "customer", "customer"]
    assert any(item.path.startswith("$.parties[0].") and "not known" in item.reason for item in outcome.unmapped)
    named = AdapterSettings(vcon=VconSettings(parties={"Ida": "supervisor"}))
    assert turns("vcon", payload, named)[0].role == "supervisor"


WAYS = [
    ({"mailto": "mailto:Lou@example.com"}, {"mailto": "lou@example.com"}),
    ({"tel": "tel:+1-555-010-0003"}, {"tel": "+15550100003"}),
    ({"tel": "+1 (555) 010.0003"}, {"tel": "+15550100003"}),
    ({"sip": "sip:lou@example.com"}, {"sip": "SIPS:lou@example.com"}),
]


@pytest.mark.parametrize(("one", "other"), WAYS)
def test_a_person_has_one_id_and_one_role_however_the_address_is_written(one, other):
    def speaker(party, **parties):
        payload = vcon_chat()
        payload["parties"][0] = party
        return turns("vcon", payload, AdapterSettings(vcon=VconSettings(parties=parties)))[0]

    assert speaker(one).participant_id == speaker(other).participant_id
    for party, named in ((one, other), (other, one)):
        assert speaker(party, **{next(iter(named.values())): "supervisor"}).role == "supervisor"
