"""What a backtest says of a queue's budget of alerts, and that the threshold it names keeps it."""

import re

import pytest
from msgspec import structs

from tests.unit.backtest.ear import chat, hear, turn
from warmline.backtest.run import Backtest
from warmline.backtest.scores import Scores
from warmline.backtest.summary import Summary
from warmline.policy.load import load_policy
from warmline.policy.model import Policy
from warmline.recordings.order import arrival_order

QUARRELS, CHATS = 4, 6


def quarrel(conversation: str, from_s: float):
    """A contact that goes wrong without a hard cue."""
    said = [("agent", "hello"), ("customer", "furious"), ("agent", "cold"), ("customer", "furious"), ("agent", "cold")]
    return [turn(conversation, n, role, text, from_s + 10 * n) for n, (role, text) in enumerate(said)]


def policy_of(tmp_path, text: str) -> Policy:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    return load_policy(file)


def said(policy: Policy, queue: str | None = "q") -> list[str]:
    talks = [quarrel(f"q{n}", from_s=n) for n in range(QUARRELS)] + [chat(f"c{n}", from_s=n) for n in range(CHATS)]
    talks.append([turn("cue", 0, "agent", "hello", 1), turn("cue", 1, "customer", "furious legal_or_public_threat", 9)])
    events = arrival_order([structs.replace(event, queue=queue) for talk in talks for event in talk])
    backtest, summary = Backtest(policy), Summary(policy)
    for emit in backtest.run(Scores(hear, policy.scoring).of(events)):
        summary.see(emit)
    return [line for line in summary.lines(0, 0, {}, {}) if "budget" in line]


def test_without_a_budget_nothing_is_said(tmp_path):
    assert said(load_policy(None)) == []
    assert said(policy_of(tmp_path, "queues: {other: {escalation: {alerts_per_100: 5}}}")) == []


def test_a_queue_within_its_budget_is_told_its_rate(tmp_path):
    policy = policy_of(tmp_path, "queues: {q: {escalation: {alerts_per_100: 50}}}")
    assert said(policy) == ["queue q: 5 of 11 contacts alerted, 45.5 in 100, budget 50"]
    everywhere = policy_of(tmp_path, "escalation: {alerts_per_100: 50}")
    assert said(everywhere, None) == ["without a queue: 5 of 11 contacts alerted, 45.5 in 100, budget 50"]


def test_the_threshold_that_is_named_keeps_the_budget_and_one_below_does_not(tmp_path):
    over = "queues: {q: {escalation: {alerts_per_100: 10, open_at: %s, warning_at: 1.0, critical_at: 1.0}}}"
    (line,) = said(policy_of(tmp_path, over % 0.4))
    found = re.fullmatch(r".* 45.5 in 100, budget 10: over it; open_at (\S+) would keep it, with 1", line)
    assert found, line
    (kept,) = said(policy_of(tmp_path, over % found[1]))
    assert kept == "queue q: 1 of 11 contacts alerted, 9.1 in 100, budget 10"
    (below,) = said(policy_of(tmp_path, over % f"{float(found[1]) - 0.01:.2f}"))
    assert "over it" in below


def test_a_budget_that_hard_cues_alone_exceed_is_told_as_such(tmp_path):
    (line,) = said(policy_of(tmp_path, "queues: {q: {escalation: {alerts_per_100: 5}}}"))
    assert line.endswith("over it whatever `open_at` is, by hard cues")


@pytest.mark.parametrize("wrong", ["0", "101", "-3", "many"])
def test_a_budget_is_a_share_of_a_hundred(tmp_path, wrong):
    with pytest.raises(ValueError, match="alerts_per_100"):
        policy_of(tmp_path, f"escalation: {{alerts_per_100: {wrong}}}")
