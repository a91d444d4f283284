"""The policy as values: one struct per section, and the overrides by queue already laid over them."""

from typing import Annotated

from msgspec import Meta, Struct

from warmline.assist.policy import AssistPolicy
from warmline.escalation.policy import EscalationPolicy
from warmline.gateway.policy import GatewayPolicy
from warmline.wellbeing.policy import WellbeingPolicy
from warmline.windows.policy import WindowsPolicy


class ScoringPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What scoring lets in.

    Attributes:
        future_tolerance_s: A turn dated further ahead than this is refused, seconds.
        asr_confidence_min: Below it the score of a recognised turn is not used, 0..1.
        score_partials: Whether partial recogniser results are scored: the first of a turn, under its id and `~partial`,
            as a turn of its own beside the final one.
        reuse_across_conversations: Whether `reuse` also looks at the same participant's lines in other conversations.
    """

    future_tolerance_s: Annotated[int, Meta(ge=0, le=86_400)] = 300
    asr_confidence_min: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.4
    score_partials: bool = False
    reuse_across_conversations: bool = False


class PolicyFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file without its overrides: what holds where no queue says otherwise.

    Attributes:
        scoring: What is let in.
        windows: Mood, moments, effect.
        escalation: Risk, alerts, routing.
        wellbeing: Exposure, recovery, strain.
        assist: The table of moves, and how seldom any is given.
        gateway: Who may see what.
    """

    scoring: ScoringPolicy = ScoringPolicy()
    windows: WindowsPolicy = WindowsPolicy()
    escalation: EscalationPolicy = EscalationPolicy()
    wellbeing: WellbeingPolicy = WellbeingPolicy()
    assist: AssistPolicy = AssistPolicy()
    gateway: GatewayPolicy = GatewayPolicy()


class Policy:
    """The whole policy, checked.

    Attributes:
        version: Twelve hexadecimal digits of the policy's content: equal contents, equal version.
        scoring: What is let in.
        wellbeing: Exposure, recovery, strain.
        gateway: Who may see what.
    """

    def __init__(self, version: str, base: PolicyFile, queues: dict[str, PolicyFile]) -> None:
        self.version = version
        self.scoring = base.scoring
        self.wellbeing = base.wellbeing
        self.gateway = base.gateway
        self._base = base
        self._queues = queues

    def windows(self, queue: str | None) -> WindowsPolicy:
        """Return the windows section as it holds in a queue; None is any queue without overrides."""
        return self._of(queue).windows

    def escalation(self, queue: str | None) -> EscalationPolicy:
        """Return the escalation section as it holds in a queue; None is any queue without overrides."""
        return self._of(queue).escalation

    def assist(self, queue: str | None) -> AssistPolicy:
        """Return the assist section as it holds in a queue; None is any queue without overrides."""
        return self._of(queue).assist

    @property
    def queues(self) -> list[str]:
        """The queues that set something for themselves."""
        return sorted(self._queues)

    def _of(self, queue: str | None) -> PolicyFile:
        return self._base if queue is None else self._queues.get(queue, self._base)
