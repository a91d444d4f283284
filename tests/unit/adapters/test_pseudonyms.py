"""What stands for a telephone number: the same under one key, another under another, and not to be had by trying."""

import pytest
from hypothesis import given, strategies as st

from tests.unit.adapters.payloads import adapted, genesys_message, turns, twilio_message, vcon_chat
from tests.unit.adapters.test_generic import FILE, desk
from warmline.adapters.adapter_settings import load_adapter_settings
from warmline.adapters.pseudonyms import WITHOUT_KEY, Pseudonyms
from warmline.contracts.ids import deterministic_id

NUMBER = "+15550100001"
ONE, OTHER = Pseudonyms.of_secret("one key"), Pseudonyms.of_secret("another key")
secrets = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def test_the_same_key_gives_the_same_pseudonym_and_two_keys_give_two():
    assert ONE.of(NUMBER) == Pseudonyms.of_secret("one key").of(NUMBER)
    assert ONE.of(NUMBER) == ONE.of(f" {NUMBER} ")
    assert ONE.of("Lou@Example.com") == ONE.of("lou@example.com")
    assert ONE.of(NUMBER) != OTHER.of(NUMBER)
    assert ONE.of(NUMBER) != ONE.of("+15550100002")
    assert ONE.id_of("ab", "c") != ONE.id_of("a", "bc")


def test_with_a_key_nobody_finds_the_number_by_hashing_all():
    assert ONE.of(NUMBER) != "p-" + deterministic_id("address", NUMBER)
    assert ONE.id_of("genesys", "conversation", NUMBER) != deterministic_id("genesys", "conversation", NUMBER)


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_without_a_key_ids_are_what_they_were_before_there_was_one(blank):
    assert Pseudonyms.of_secret(blank) == WITHOUT_KEY
    assert WITHOUT_KEY.of(NUMBER) == "p-" + deterministic_id("address", NUMBER)
    assert WITHOUT_KEY.of("+1555") == "p-f573f9fb3362ae89026069a9397bf6d4"
    assert WITHOUT_KEY.id_of("a", "1") == deterministic_id("a", 1)


@given(secrets, secrets, st.text(max_size=40))
def test_two_pseudonyms_of_an_address_agree_where_the_keys_do(one, other, address):
    same = one.strip() == other.strip()
    assert (Pseudonyms.of_secret(one).of(address) == Pseudonyms.of_secret(other).of(address)) == same
    assert len(bytes.fromhex(Pseudonyms.of_secret(one).of(address).removeprefix("p-"))) == 16


@pytest.mark.parametrize("length", [1, 64, 65, 5000])
def test_a_key_may_be_of_any_length_and_all_of_it_counts(length):
    long = "k" * length
    found = {Pseudonyms.of_secret(secret).of(NUMBER) for secret in (long, long + "k", long[:-1] + "j")}
    assert len(found) == 3
    assert len(Pseudonyms.of_secret(long).key) <= 64


def test_a_line_end_that_a_file_put_behind_the_key_changes_nothing():
    assert Pseudonyms.of_secret("one key\n") == ONE


def test_bytes_in_the_environment_that_are_no_text_are_a_key_too():
    secret = b"\xff\xfe key".decode("utf-8", "surrogateescape")
    assert Pseudonyms.of_secret(secret).key == b"\xff\xfe key"


def test_a_key_is_in_no_repr():
    assert "one key" not in repr(ONE)


def open_message(direction):
    side = {"Inbound": "from", "Outbound": "to"}[direction]
    channel = {side: {"id": NUMBER}, "time": "2025-03-01T10:00:00Z"}
    return {"id": direction, "type": "Text", "text": "Hello", "direction": direction, "channel": channel}


def test_every_vendor_s_people_have_pseudonyms_by_the_key(tmp_path):
    file = tmp_path / "adapters.yaml"
    file.write_text(FILE)
    payloads = {
        "twilio": (twilio_message(ParticipantSid=""), None),
        "vcon": (vcon_chat(), None),
        "genesys": (open_message("Inbound"), None),
        "generic": (desk(), load_adapter_settings(file)),
    }
    for vendor, (payload, given_settings) in payloads.items():
        people = [
            {turn.participant_id for turn in turns(vendor, payload, given_settings, pseudonyms=each)}
            for each in (WITHOUT_KEY, ONE, OTHER)
        ]
        hashed = [{name for name in names if name.startswith("p-")} for names in people]
        assert all(hashed), vendor
        assert len(set.union(*hashed)) == sum(map(len, hashed)), vendor
        assert people[1] == {turn.participant_id for turn in turns(vendor, payload, given_settings, pseudonyms=ONE)}
    assert turns("genesys", open_message("Inbound"), pseudonyms=ONE)[0].participant_id == ONE.of(NUMBER)


def test_a_conversation_named_after_its_customer_is_so_by_the_key_and_keeps_both_directions_together():
    found = {
        each.key: {
            turn.conversation_id
            for direction in ("Inbound", "Outbound")
            for turn in turns("genesys", open_message(direction), pseudonyms=each)
        }
        for each in (WITHOUT_KEY, ONE, OTHER)
    }
    assert [len(ids) for ids in found.values()] == [1, 1, 1]
    assert len(set.union(*found.values())) == 3
    assert found[b""] == {deterministic_id("genesys", "conversation", f"customer {NUMBER}")}


def test_ids_that_the_vendor_gives_stay_as_they_are_whatever_the_key():
    assert turns("twilio", twilio_message(), pseudonyms=ONE) == turns("twilio", twilio_message())
    named = {**genesys_message(), "conversationId": "g"}
    assert adapted("genesys", named, pseudonyms=ONE).events[0].conversation_id == "g"
