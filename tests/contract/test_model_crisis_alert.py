"""Whoever wants to die is looked at: one such turn opens an alert by itself, in the default policy."""

import json

import pytest
from click.testing import CliRunner

from warmline.cli import main

CALLS = {
    "as the first turn": [],
    "after kind words": [
        ("customer", "hi"),
        ("agent", "hello! how can I help?"),
        ("customer", "thank you so much you've been lovely"),
        ("agent", "You're very welcome, I'm so glad that helped."),
    ],
    "after business": [
        ("agent", "Good morning, you're through to collections, how can I help?"),
        ("customer", "what time do you close"),
        ("agent", "At six. Can I take your reference number please?"),
    ],
    "after an agent spoke of it": [
        ("customer", "hello"),
        ("agent", "Are you saying that you want to kill yourself? I want to die too"),
    ],
}


@pytest.mark.parametrize("call", CALLS)
def test_one_turn_opens_an_alert_at_once(tmp_path, call):
    said = [*CALLS[call], ("customer", "i'm thinking of ending my life")]
    source, out = tmp_path / "talk.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        "".join(
            json.dumps(
                {"conversation_id": "c", "turn_id": str(number), "role": role, "participant_id": role, "text": text}
                | {"spoken_at": 1_700_000_000_000 + number * 8_000}
            )
            + "\n"
            for number, (role, text) in enumerate(said)
        )
    )
    told = CliRunner().invoke(main, ["backtest", str(source), "--out", str(out)])
    assert told.exit_code == 0, told.output
    events = [json.loads(line) for line in out.read_text().splitlines()]
    opened = next(event["value"] for event in events if event["type"] == "escalation.alert")
    assert (opened["state"], opened["rule"], opened["severity"]) == ("opened", "self_harm", "critical")
    assert (opened["routing"]["action"], opened["routing"]["skill"]) == ("whisper", "care_team")
    heard = [event["value"] for event in events if event["type"] == "conversation.scored"]
    assert [score["turn_id"] for score in heard if score.get("self_harm")] == [str(len(said) - 1)]
    assert str(len(said) - 1) in opened["evidence"]
