"""The window that every peer computes: the customer's rolling mood and a few counts. Much less than Warmline's."""

from typing import Any

MOOD_TURNS = 6

State = dict[str, Any]


def fresh() -> State:
    """Return the state of a conversation never seen."""
    return {"moods": [], "turns": 0, "customer_turns": 0, "agent_turns": 0}


def roll(state: State, turn: State) -> State:
    """Take a scored turn into the state, in place, and return the window to publish."""
    state["turns"] += 1
    if turn["role"] == "customer":
        state["customer_turns"] += 1
        moods = state["moods"]
        moods.append(turn["valence"])
        del moods[:-MOOD_TURNS]
    else:
        state["agent_turns"] += 1
    moods = state["moods"]
    return {
        "conversation_id": turn["conversation_id"],
        "turn_id": turn["turn_id"],
        "as_of": turn["spoken_at"],
        "turns": state["turns"],
        "customer_turns": state["customer_turns"],
        "agent_turns": state["agent_turns"],
        "mood": round(sum(moods) / len(moods), 3) if moods else None,
        "model": turn["model"],
    }
