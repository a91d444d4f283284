"""The label names of the codebook: what a turn can be heard to feel and to do.

One spelling for the model, the services, the policy and the schemas. The order is the order of the model's outputs.
"""

from typing import Literal, get_args

Role = Literal["customer", "agent", "bot", "supervisor", "system"]
"""Who speaks. A supervisor is heard as an agent is; a system turn (hold music, a form) is never scored."""

Sentiment = Literal["negative", "neutral", "positive"]
"""The speaker's feeling in three classes."""

Emotion = Literal[
    "anger",
    "frustration",
    "anxiety",
    "confusion",
    "disappointment",
    "sadness",
    "gratitude",
    "relief",
    "joy",
    "neutral",
]
"""What a customer turn expresses; usually one, at most three."""

Cue = Literal[
    "asks_human",
    "asks_supervisor",
    "churn_threat",
    "legal_or_public_threat",
    "repeat_contact",
    "abuse_of_agent",
    "vulnerable",
    "time_pressure",
    "unresolved",
]
"""What a customer turn signals beyond feeling."""

GoodBehaviour = Literal[
    "acknowledges_feeling",
    "validates",
    "shows_understanding",
    "apologises",
    "reassures",
    "takes_ownership",
    "explores",
    "clarifies",
    "offers_solution",
    "sets_expectations",
    "personalises",
    "appreciates",
    "redirects",
    "recovers",
]
"""What an agent or bot turn does (the codebook's `beh`)."""

Fault = Literal[
    "dismisses",
    "blames_customer",
    "policy_wall",
    "interrogates",
    "deflects",
    "rude",
    "canned",
    "argues",
    "repeats_question",
]
"""What an agent or bot turn does wrong (the codebook's `neg`)."""

Behaviour = Literal[GoodBehaviour, Fault]
"""Anything an agent or bot turn can be heard to do, well or badly."""

Empathy = Literal["empathetic", "neutral", "unhelpful"]
"""How an agent or bot turn meets the person: the codebook's `emp` 1, 0 and -1."""

GoEmotion = Literal[
    "admiration",
    "amusement",
    "anger",
    "annoyance",
    "approval",
    "caring",
    "confusion",
    "curiosity",
    "desire",
    "disappointment",
    "disapproval",
    "disgust",
    "embarrassment",
    "excitement",
    "fear",
    "gratitude",
    "grief",
    "joy",
    "love",
    "nervousness",
    "optimism",
    "pride",
    "realization",
    "relief",
    "remorse",
    "sadness",
    "surprise",
    "neutral",
]
"""The 28 labels of GoEmotions (Demszky et al. 2020), in its own order: for whoever compares with that scheme."""

ChatEmotion = Literal[
    "empathy",
    "happiness",
    "neutral",
    "disappointment",
    "confusion",
    "frustration",
    "anger",
    "anxiety",
]
"""How a turn of a support chat feels in the scheme of MAIA-DQE."""

ROLES: tuple[str, ...] = get_args(Role)
SENTIMENTS: tuple[str, ...] = get_args(Sentiment)
EMOTIONS: tuple[str, ...] = get_args(Emotion)
CUES: tuple[str, ...] = get_args(Cue)
GOOD_BEHAVIOURS: tuple[str, ...] = get_args(GoodBehaviour)
FAULTS: tuple[str, ...] = get_args(Fault)
BEHAVIOURS: tuple[str, ...] = GOOD_BEHAVIOURS + FAULTS
EMPATHIES: tuple[str, ...] = get_args(Empathy)
GOEMOTIONS: tuple[str, ...] = get_args(GoEmotion)
CHAT_EMOTIONS: tuple[str, ...] = get_args(ChatEmotion)

ANSWERING_ROLES: frozenset[Role] = frozenset({"agent", "bot", "supervisor"})
"""Roles whose turns can meet a customer's feeling."""
