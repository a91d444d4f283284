"""The vendors, and the one way from a body as delivered to canonical events."""

from collections.abc import Callable
from dataclasses import dataclass

from warmline.adapters import contact_lens, generic, genesys, google, twilio, vcon
from warmline.adapters.adapted import Adapted, AdapterError, TooMuchError, Unmapped
from warmline.adapters.adapter_settings import AdapterSettings
from warmline.adapters.body import payloads
from warmline.adapters.budget import Budget, SpentError
from warmline.adapters.collector import Collector, Known, Ledger
from warmline.adapters.envelopes import Delivery, unwrapped
from warmline.adapters.nodes import Node
from warmline.adapters.pseudonyms import WITHOUT_KEY, Pseudonyms


@dataclass(frozen=True)
class _Vendor:
    learn: Callable[[Delivery, Known], None]
    adapt: Callable[[Delivery, Collector], None]
    enveloped: bool = True


_VENDORS = {
    "contact-lens": _Vendor(contact_lens.learn, contact_lens.adapt),
    "genesys": _Vendor(genesys.learn, genesys.adapt),
    "twilio": _Vendor(twilio.learn, twilio.adapt),
    "google": _Vendor(google.learn, google.adapt),
    "vcon": _Vendor(vcon.learn, vcon.adapt),
    "generic": _Vendor(generic.learn, generic.adapt, enveloped=False),
}

VENDORS: tuple[str, ...] = tuple(_VENDORS)
"""Names under which payloads are taken."""

DEFAULTS = AdapterSettings()


def adapt(
    vendor: str,
    body: bytes,
    content_type: str,
    *,
    received_ms: int,
    settings: AdapterSettings = DEFAULTS,
    pseudonyms: Pseudonyms = WITHOUT_KEY,
    conversation: str | None = None,
) -> Adapted:
    """Return what one body holds. Pure: the same arguments give the same events with the same ids.

    Args:
        vendor: One of `VENDORS`.
        body: As delivered.
        content_type: Of the request; empty where it is not known, then the body itself tells.
        received_ms: When it was delivered, ms UTC: the time of what carries none.
        settings: What payloads do not tell.
        pseudonyms: What stands for people's addresses.
        conversation: The conversation of all its turns, where the payload does not tell.

    Raises:
        TooMuchError: The body costs more than one that anybody sends may.
        AdapterError: The payload is broken, or none of the vendor's. Of a batch in which others are not, the broken
            ones are in the result instead: sending the batch again would not mend them.
        KeyError: There is no such vendor.
    """
    adapting = Adapting(vendor, settings, pseudonyms=pseudonyms, conversation=conversation)
    adapted = adapting.adapt(body, content_type, received_ms=received_ms, budget=Budget())
    if adapted.broken and adapted.broken_deliveries == adapted.deliveries:
        raise adapted.broken[0]
    return adapted


class Adapting:
    """Several bodies of one vendor that belong together: what one tells serves the others, and turns count once.

    Raises:
        KeyError: There is no such vendor.
    """

    def __init__(
        self,
        vendor: str,
        settings: AdapterSettings = DEFAULTS,
        *,
        pseudonyms: Pseudonyms = WITHOUT_KEY,
        conversation: str | None = None,
        partials: bool = False,
    ) -> None:
        self._name = vendor
        self._vendor = _VENDORS[vendor]
        self._settings = settings
        self._pseudonyms = pseudonyms
        self._conversation = conversation
        self._partials = partials
        self._known = Known()
        self._ledger = Ledger()

    def learn(self, body: bytes, content_type: str, *, received_ms: int) -> None:
        """Take what a body tells about others; one that cannot be read tells nothing."""
        try:
            self._learn(self._deliveries(body, content_type, received_ms, Budget.of_file()))
        except (AdapterError, SpentError):
            return

    def adapt(
        self, body: bytes, content_type: str, *, received_ms: int, source_name: str = "", budget: Budget | None = None
    ) -> Adapted:
        """Return what a body holds; deliveries in it that are broken are told in the result.

        Raises:
            TooMuchError: It costs more than its budget, that of a file where none is told.
            AdapterError: The body as a whole cannot be read.
        """
        budget = budget or Budget.of_file()
        try:
            deliveries = self._deliveries(body, content_type, received_ms, budget)
            self._learn(deliveries)
            return self._adapted(deliveries, source_name, budget)
        except SpentError as error:
            raise TooMuchError(str(error), "$") from None

    def _adapted(self, deliveries: list[Delivery | AdapterError], source_name: str, budget: Budget) -> Adapted:
        out = Collector(
            self._name,
            self._settings,
            self._known,
            self._ledger,
            budget,
            pseudonyms=self._pseudonyms,
            conversation=self._conversation,
            partials=self._partials,
            source_name=source_name,
        )
        broken: list[AdapterError] = []
        broken_deliveries = 0
        if not deliveries:
            out.left_out(Node(None), "an empty batch: no payload in it")
        for delivery in deliveries:
            events, unmapped, untold = len(out.events), len(out.unmapped), out.untold
            try:
                self._one(delivery, out)
            except AdapterError as error:
                budget.events += len(out.events) - events
                del out.events[events:], out.unmapped[unmapped:]  # half a payload is none: it may come again, whole
                out.untold = untold
                self._ledger.forget_delivery()
                out.left_out(Node(None, error.path), f"broken: {error.message}")
                broken_deliveries += 1
                error.__traceback__ = None  # which would hold what was being read
                if len(broken) < budget.told:
                    broken.append(error)
        told = out.unmapped if not out.untold else [*out.unmapped, Unmapped("$", f"{out.untold} more are not listed")]
        return Adapted(tuple(out.events), tuple(told), tuple(broken), len(deliveries), broken_deliveries)

    def _one(self, delivery: Delivery | AdapterError, out: Collector) -> None:
        out.next_delivery(0 if isinstance(delivery, AdapterError) else delivery.received_ms)
        if isinstance(delivery, AdapterError):
            raise delivery
        if delivery.control:
            out.left_out(delivery.node, delivery.control)
            return
        try:
            self._vendor.adapt(delivery, out)
        except RecursionError:
            raise AdapterError("nested too deeply", delivery.node.path) from None

    def _learn(self, deliveries: list[Delivery | AdapterError]) -> None:
        for delivery in deliveries:
            if isinstance(delivery, Delivery) and not delivery.control:
                try:
                    self._vendor.learn(delivery, self._known)
                except AdapterError:
                    continue  # it is reported when it is adapted

    def _deliveries(
        self, body: bytes, content_type: str, received_ms: int, budget: Budget
    ) -> list[Delivery | AdapterError]:
        found: list[Delivery | AdapterError] = []
        for payload in payloads(body, content_type, budget):
            if not isinstance(payload, Node):
                found.append(payload)
            elif self._vendor.enveloped:
                found += unwrapped(Delivery(payload, received_ms, budget))
            else:
                found.append(Delivery(payload, received_ms, budget))
        return found
