"""What the handlers share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from warmline.adapters.adapter_settings import AdapterSettings
from warmline.adapters.pseudonyms import Pseudonyms
from warmline.gateway.access import Access
from warmline.gateway.bodies import Bodies
from warmline.gateway.buckets import Buckets
from warmline.gateway.callers import Caller
from warmline.gateway.hub import Hub
from warmline.gateway.sender import Sender
from warmline.gateway.store_reader import StoreReader
from warmline.gateway.strain import told_teams
from warmline.gateway.view import View
from warmline.policy.model import Policy
from warmline.settings import Settings
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics
from warmline.telemetry.traces import Traces


@dataclass(slots=True)
class Gateway:
    """A running gateway.

    Attributes:
        settings: Where things are.
        policy: What may be shown.
        metrics: The list of metrics.
        health: What the probes read.
        access: Who may come in.
        buckets: How much each may send.
        sender: To Kafka.
        view: How everything stands.
        hub: The event stream.
        store: What the view does not hold.
        adapter_settings: What vendors' payloads do not tell.
        pseudonyms: What stands for people's addresses in them.
        now_ms: Wall clock, ms UTC.
        traces: What is done with traces.
        bodies: How much of requests' bodies is held.
        readers: Event streams that are open.
        view_ready: Whether the view has caught up.
        closing: Whether the process is about to end.
        told_teams: Members of each team that has figures; found once, since it holds every team beside every other.
    """

    settings: Settings
    policy: Policy
    metrics: Metrics
    health: Health
    access: Access
    buckets: Buckets
    sender: Sender
    view: View
    hub: Hub
    store: StoreReader
    adapter_settings: AdapterSettings
    pseudonyms: Pseudonyms
    now_ms: Callable[[], int]
    traces: Traces
    bodies: Bodies = field(default_factory=Bodies)
    readers: int = 0
    view_ready: bool = False
    closing: bool = False
    told_teams: dict[str, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.told_teams = told_teams(self.policy.gateway)

    @property
    def latest_ms(self) -> int:
        """An event dated later than this is refused, as scoring would, ms UTC."""
        return self.now_ms() + self.policy.scoring.future_tolerance_s * 1000


Handler = Callable[[Gateway, Request, Caller], Awaitable[Response]]
"""Serves one route for a caller who may use it."""

OpenHandler = Callable[[Gateway, Request], Awaitable[Response]]
"""Serves one route for everybody."""
