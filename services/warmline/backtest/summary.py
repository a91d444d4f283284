"""What a backtest says when it is done, on standard error."""

from collections import Counter
from collections.abc import Mapping

from warmline.backtest.budget import Budgets
from warmline.backtest.quality import Gold, brief, lines_of, quality
from warmline.contracts.alert import EscalationAlert
from warmline.contracts.assist import AssistMove
from warmline.contracts.window import ConversationWindow
from warmline.policy.model import Policy
from warmline.store.keyed import Emit


class Summary:
    """Counts what goes by, and keeps the alerts to judge them by the labels.

    Args:
        policy: What is run.

    Attributes:
        alerts: Every step of every alert.
    """

    def __init__(self, policy: Policy) -> None:
        self._budgets = Budgets(policy)
        self.alerts: list[EscalationAlert] = []
        self._published: Counter[str] = Counter()
        self._moves: Counter[str] = Counter()
        self._conversations: set[str] = set()

    def see(self, emit: Emit) -> None:
        """Count one event."""
        self._published[emit.type] += 1
        self._budgets.see(emit)
        if isinstance(emit.event, EscalationAlert):
            self.alerts.append(emit.event)
        elif isinstance(emit.event, AssistMove):
            if emit.event.sequence == 1:
                self._moves[emit.event.kind] += 1
        elif isinstance(emit.event, ConversationWindow):
            self._conversations.add(emit.key)

    def lines(
        self, scored_turns: int, partials: int, skipped: Mapping[str, Mapping[str, int]], gold: Mapping[str, Gold]
    ) -> list[str]:
        """Return the lines to print.

        Args:
            scored_turns: Turns that the model scored.
            partials: Turns left out because they were not final.
            skipped: Events that each service did not apply, by verdict.
            gold: Labels by conversation; empty where there are none.
        """
        opened = Counter(alert.rule for alert in self.alerts if alert.state == "opened")
        lines = [
            f"scored {scored_turns} turns, left out {partials} partial ones",
            "published " + (_counts(self._published) or "nothing"),
        ]
        lines += [
            f"{service} skipped {counts}" for service, verdicts in skipped.items() if (counts := _counts(verdicts))
        ]
        if opened:
            lines.append("alerts opened by " + _counts(opened))
        if self._moves:
            per_100 = 100 * sum(self._moves.values()) / len(self._conversations)
            lines.append(f"moves for agents: {_counts(self._moves)}; {per_100:.0f} per 100 conversations")
        if gold:
            lines += lines_of(quality(self.alerts, gold))
            lines.append(brief(quality(self.alerts, gold, "warning"), "warning or graver"))
        return lines + self._budgets.lines()


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()) if count)
