"""How many contacts of each queue have an alert, against the policy's budget, and which threshold would keep it."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from msgspec import structs

from warmline.contracts.window import ConversationWindow
from warmline.escalation.domain import EscalationDomain
from warmline.escalation.learnt import ContactOver
from warmline.escalation.policy import EscalationPolicy
from warmline.policy.model import Policy
from warmline.store.keyed import Emit, Stamps

STEPS = 100
"""A threshold is looked for in hundredths: finer than any risk is sure."""


class Budgets:
    """Keeps the windows of contacts, by queue, and runs escalation over them again with other thresholds.

    Alerts change nothing that windows says, so that this is what would have been. Words that people gave on alerts are
    left out: they were given on those of another threshold.

    Args:
        policy: What is run, and which budgets there are.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        queues = (None, *policy.queues)
        self._wanted = any(policy.escalation(queue).alerts_per_100 is not None for queue in queues)
        self._windows: defaultdict[str, list[ConversationWindow]] = defaultdict(list)

    def see(self, emit: Emit) -> None:
        """Keep a window, where any queue has a budget."""
        if self._wanted and isinstance(emit.event, ConversationWindow):
            self._windows[emit.key].append(emit.event)

    def lines(self) -> list[str]:
        """Return a line for each queue that has a budget and contacts; none where no queue has one."""
        of_queue: defaultdict[str | None, list[list[ConversationWindow]]] = defaultdict(list)
        for windows in self._windows.values():
            of_queue[windows[-1].queue].append(windows)
        return [
            line_of(queue, budget, self._policy.escalation(queue), contacts)
            for queue, contacts in sorted(of_queue.items(), key=lambda item: item[0] or "")
            if (budget := self._policy.escalation(queue).alerts_per_100) is not None
        ]


def line_of(
    queue: str | None, budget: float, policy: EscalationPolicy, conversations: list[list[ConversationWindow]]
) -> str:
    """Return how far a queue is from its budget, and where it is over it, what would keep it."""
    contacts, alerted = alerted_at(policy.open_at, policy, conversations)
    name = f"queue {queue}" if queue is not None else "without a queue"
    rate = 100 * alerted / contacts if contacts else 0.0
    line = f"{name}: {alerted} of {contacts} contacts alerted, {rate:.1f} in 100, budget {budget:g}"
    if rate <= budget:
        return line
    kept = keeps(budget, policy, conversations)
    if kept is None:
        return f"{line}: over it whatever `open_at` is, by hard cues"
    open_at, alerted = kept
    return f"{line}: over it; open_at {open_at:.2f} would keep it, with {alerted}"


def keeps(
    budget: float, policy: EscalationPolicy, conversations: list[list[ConversationWindow]]
) -> tuple[float, int] | None:
    """Return the lowest `open_at`, in hundredths, that keeps a budget, and the contacts alerted then; None if none.

    Of contacts with an alert there are no more where the threshold is higher, so halves are looked at.
    """
    low, high = round(policy.open_at * STEPS), STEPS  # over it at low; not known at high
    contacts, alerted = alerted_at(1.0, policy, conversations)
    if 100 * alerted > budget * contacts:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        _, at_middle = alerted_at(middle / STEPS, policy, conversations)
        if 100 * at_middle > budget * contacts:
            low = middle
        else:
            high, alerted = middle, at_middle
    return high / STEPS, alerted


def alerted_at(
    open_at: float, policy: EscalationPolicy, conversations: Iterable[list[ConversationWindow]]
) -> tuple[int, int]:
    """Return how many contacts there are, and how many of them an alert opens in, with another `open_at`."""
    domain = EscalationDomain(_always(with_open_at(policy, open_at)), "budget")
    contacts = alerted = 0
    for windows in conversations:
        state = None
        for window in windows:
            step = domain.apply(state, window, Stamps(None, window.as_of))
            state = step.state
            for learnt in step.learnt:
                if isinstance(learnt, ContactOver):
                    contacts += 1
                    alerted += learnt.alerted
    return contacts, alerted


def with_open_at(policy: EscalationPolicy, open_at: float) -> EscalationPolicy:
    """Return a policy with another threshold; what has to lie above it is lifted with it."""
    return structs.replace(
        policy,
        open_at=open_at,
        warning_at=max(policy.warning_at, open_at),
        critical_at=max(policy.critical_at, open_at),
    )


def _always(policy: EscalationPolicy) -> Callable[[str | None], EscalationPolicy]:
    return lambda _queue: policy
