"""scoring as a keyed domain: what went before counts, a turn is scored once, starts and ends keep their place."""

import numpy as np
import pytest
from msgspec import structs

from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.score import ScoredTurn, Sincerity
from warmline.contracts.turn import Turn
from warmline.models.context import GIST, Before
from warmline.models.context_network import HEARD_WIDTH
from warmline.models.lines import line_of
from warmline.models.sincerity import line_pairs
from warmline.scoring.domain import HeardTurn, ScoringDomain
from warmline.scoring.state import DIGEST_BYTES, EDGES, KNOWN, ScoringState, digest, is_known, note
from warmline.store.keyed import Stamps
from warmline.store.memory import MemoryRun


def turn(number: int, role: str = "customer", *, final: bool = True) -> Turn:
    return Turn(
        conversation_id="c",
        turn_id=str(number),
        role=role,  # type: ignore[arg-type]
        participant_id=role,
        text="x",
        spoken_at=number * 1000,
        final=final,
    )


def heard(each: Turn, mark: int) -> HeardTurn:
    row = np.zeros(HEARD_WIDTH, dtype=np.float32)
    row[-GIST:] = mark
    return HeardTurn(each, row)


def judge(each: Turn, _text: object, went: Before) -> ScoredTurn:
    """Score a turn by nothing but the mark of the customer's turn before it."""
    mark = np.frombuffer(went.customer, dtype=np.int8)[0] if went.customer else 0
    return ScoredTurn(
        conversation_id=each.conversation_id,
        turn_id=each.turn_id,
        role=each.role,
        participant_id=each.participant_id,
        spoken_at=each.spoken_at,
        valence=int(mark) / 100,
        sentiment="neutral",
        distress=0.0,
        language="en",
        model="m-1",
    )


def run(model: str = "m-1", *, partials: bool = False) -> MemoryRun:
    return MemoryRun(ScoringDomain(judge, model, score_partials=partials))


def apply(service: MemoryRun, event: object) -> list:
    return [emit.event for emit in service.apply(event, Stamps(5, 6))]  # type: ignore[arg-type]


def test_a_turn_is_scored_by_what_went_before_it():
    service = run()
    (first,) = apply(service, heard(turn(1), 40))
    (second,) = apply(service, heard(turn(2), 60))
    assert (first.valence, second.valence) == (0.0, 0.4)
    assert (second.times.spoken, second.times.received, second.times.scored) == (2000, 5, 6)


def test_a_turn_that_comes_twice_is_scored_once():
    service = run()
    apply(service, heard(turn(1), 40))
    assert apply(service, heard(turn(1), 40)) == []
    assert service.skipped["duplicate"] == 1


def test_a_turn_is_known_long_after_its_gist_is_forgotten():
    service = run()
    for number in range(1, 41):
        apply(service, heard(turn(number), 1))
    assert apply(service, heard(turn(1), 1)) == []
    assert len(apply(service, heard(turn(41), 1))) == 1


def test_digests_are_found_at_their_own_places_and_bounded():
    state = ScoringState("m-1")
    for number in range(KNOWN + 100):
        note(state, str(number))
    assert len(state.known) == KNOWN * DIGEST_BYTES
    assert [number for number in range(KNOWN + 200) if is_known(state, str(number))] == list(range(100, KNOWN + 100))


def test_a_digest_across_two_others_is_not_found():
    state = ScoringState("m-1")
    state.known = b"x" * 4 + digest("a") + b"y" * 4
    assert not is_known(state, "a")


def test_partial_turns_are_ignored_unless_the_policy_wants_them():
    assert apply(run(), heard(turn(1, final=False), 1)) == []
    assert len(apply(run(partials=True), heard(turn(1, final=False), 1))) == 1


@pytest.mark.parametrize("edge", [ConversationStarted, ConversationEnded])
def test_an_edge_is_passed_on_once(edge: type):
    service = run()
    event = edge(conversation_id="c", at=7)
    assert apply(service, event) == [event]
    assert apply(service, event) == []


def test_of_many_starts_and_ends_the_newest_are_known():
    service = run()
    ends = [ConversationEnded(conversation_id="c", at=at) for at in range(EDGES + 3)]
    for event in ends:
        assert apply(service, event) == [event]
    for event in ends[-EDGES:]:
        assert apply(service, event) == []


def test_another_model_starts_anew_since_it_cannot_read_the_gists():
    service = run()
    apply(service, heard(turn(1), 40))
    renewed = run("m-2")
    renewed.states = service.states
    (score,) = apply(renewed, heard(turn(2), 60))
    assert score.valence == 0.0
    assert len(apply(renewed, heard(turn(1), 40))) == 1, "the new model scores what only the old one had heard"


def test_a_turn_without_words_is_scored_and_has_no_gist():
    service = run()
    apply(service, heard(turn(1), 40))
    assert len(apply(service, HeardTurn(turn(2), None))) == 1
    (third,) = apply(service, heard(turn(3), 1))
    assert third.valence == 0.4


def caring_judge(each: Turn, text: object, went: Before) -> ScoredTurn:
    """Score a turn as a caring one, and as reused by the number of lines known."""
    score = judge(each, text, went)
    told = Sincerity(canned=0.0, reuse=len(went.own) / 10, specificity=None)
    return structs.replace(score, behaviours=("apologises",), empathy="neutral", sincerity=told)


def test_lines_of_other_conversations_count_beside_those_of_the_own():
    domain = ScoringDomain(caring_judge, "m-1", score_partials=False)
    service = MemoryRun(domain)
    apply(service, heard(turn(1, "agent"), 1))
    (score,) = apply(service, structs.replace(heard(turn(2, "agent"), 1), elsewhere=(b"ab", b"cd")))
    assert score.sincerity.reuse == 0.3


def test_a_caring_turn_is_learnt_as_a_line_once_and_no_other_turn_is():
    domain = ScoringDomain(caring_judge, "m-1", score_partials=False)
    said = structs.replace(turn(1, "agent"), text="so sorry to hear")
    step = domain.apply(None, heard(said, 1), Stamps(5, 6))
    assert step.learnt == [line_of(said, line_pairs(said.text).tobytes())]
    assert domain.apply(step.state, heard(said, 1), Stamps(5, 6)).learnt == []
    plain = ScoringDomain(judge, "m-1", score_partials=False)
    assert plain.apply(None, heard(turn(1), 1), Stamps(5, 6)).learnt == []
