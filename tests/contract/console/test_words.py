"""Every label that the services can send has words in the console."""

import json
from typing import get_args

import pytest

from warmline.console.files import FOLDER
from warmline.contracts import alert, assist, conversation, labels, wellbeing, window
from warmline.escalation.risk import TERMS
from warmline.escalation.routing import SELF_HARM
from warmline.wellbeing.signals import ABOVE_OWN, ABOVE_PRIOR
from warmline.wellbeing.state import FACTORS

WORDS = json.loads((FOLDER / "words.json").read_text(encoding="utf-8"))
CUES = set(labels.CUES)

LABELS = {
    "severity": get_args(alert.Severity),
    "action": get_args(alert.Action),
    "trend": get_args(window.Trend),
    "outcome": get_args(window.MomentOutcome),
    "role": labels.ROLES,
    "empathy": labels.EMPATHIES,
    "emotion": labels.EMOTIONS,
    "cue": {*labels.CUES, SELF_HARM},
    "behaviour": labels.GOOD_BEHAVIOURS,
    "fault": labels.FAULTS,
    "reason": {"risk", "acknowledged", *get_args(alert.ClosingReason), *(set(TERMS) - CUES)},
    "ending": get_args(conversation.EndReason),
    "band": get_args(wellbeing.Band),
    "factor": (*FACTORS, ABOVE_OWN, ABOVE_PRIOR),
    "signal": get_args(wellbeing.SignalKind),
    "assist": get_args(assist.AssistKind),
}


@pytest.mark.parametrize("kind", LABELS)
def test_every_label_has_words_and_no_words_are_left_over(kind):
    assert set(WORDS[kind]) == set(LABELS[kind])
    assert all(text.strip() == text and text for text in WORDS[kind].values())


def test_channels_are_free_text_so_only_the_usual_ones_have_words():
    assert set(WORDS) - set(LABELS) == {"channel"}
