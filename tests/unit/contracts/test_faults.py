"""What is wrong with an input is told without a word of it."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from msgspec import Struct

from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.faults import fault_of
from warmline.contracts.turn import MAX_TEXT_CHARS

HIDDEN = "my sister's name is Xanthippe"
odd = st.sampled_from(
    [
        HIDDEN,
        [HIDDEN],
        {HIDDEN: HIDDEN},
        f"{HIDDEN} - at `$.{HIDDEN}`",
        f"x`{HIDDEN}` - at `$.x`",
        -1,
        1e300,
        None,
        True,
    ]
)


class Closed(Struct, forbid_unknown_fields=True):
    a: int = 0


class Own(Struct):
    a: str

    def __post_init__(self) -> None:
        raise ValueError(self.a)


def refusal(value: object, struct: type) -> msgspec.ValidationError:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(msgspec.json.encode(value), type=struct)
    return caught.value


@pytest.mark.parametrize("struct", STRUCT_OF_TYPE.values(), ids=STRUCT_OF_TYPE)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_refusal_of_any_event_quotes_what_came_in(struct, data):
    fields = msgspec.structs.fields(struct)
    value = {field.encode_name: data.draw(odd) for field in fields if data.draw(st.booleans())}
    fault = None
    try:
        msgspec.json.decode(msgspec.json.encode(value), type=struct)
    except msgspec.ValidationError as error:
        fault = fault_of(error)
    assert "Xanthippe" not in f"{fault}"
    assert fault is None or fault.path.startswith("$")


def test_the_kind_and_the_place_are_kept():
    turn = STRUCT_OF_TYPE["conversation.turn"]
    good = {"conversation_id": "c", "turn_id": "t", "participant_id": "p", "text": "x", "spoken_at": 1}
    assert fault_of(refusal(good, turn)) == ("Object missing required field `role`", "$")
    assert fault_of(refusal({**good, "role": HIDDEN}, turn)) == ("is none of the allowed values", "$.role")
    late = {**good, "role": "agent", "spoken_at": -1}
    assert fault_of(refusal(late, turn)) == ("Expected `int` >= 0", "$.spoken_at")
    assert fault_of(refusal({**late, "spoken_at": HIDDEN}, turn)) == ("Expected `int`, got `str`", "$.spoken_at")
    assert fault_of(refusal({**late, "spoken_at": 1, "turn_id": ""}, turn)).what.startswith("Expected `str` of length")


@pytest.mark.parametrize(
    ("value", "struct"),
    [
        ({HIDDEN: 1}, Closed),
        ({f"x - at `$.{HIDDEN}": 1}, Closed),
        ({"a": HIDDEN}, Own),
        ({HIDDEN: 1}, dict[int, int]),
        ({HIDDEN: HIDDEN}, dict[str, int]),
    ],
)
def test_names_of_fields_and_texts_of_other_checks_are_not_told_either(value, struct):
    assert "Xanthippe" not in f"{fault_of(refusal(value, struct))}"


def test_a_limit_is_told_with_its_number():
    good = {"conversation_id": "c", "turn_id": "t", "role": "agent", "participant_id": "p", "spoken_at": 1}
    told = fault_of(refusal({**good, "text": "x" * (MAX_TEXT_CHARS + 1)}, STRUCT_OF_TYPE["conversation.turn"]))
    assert told == (f"Expected `str` of length <= {MAX_TEXT_CHARS}", "$.text")
