"""Payloads made up per format: what people say is drawn first, the payload is written around it.

Each writer follows the vendor's documented fields and returns the payload; what has to come out of it is known from
what was drawn, and never from the adapter.
"""

from tests.unit.adapters.written import contact_lens, genesys, google, twilio, vcon
from tests.unit.adapters.written.line import Formats

FORMATS: Formats = {
    **contact_lens.FORMATS,
    **genesys.FORMATS,
    **google.FORMATS,
    **twilio.FORMATS,
    **vcon.FORMATS,
}

TIMELESS = frozenset({"genesys, audiohook"})
"""Formats that tell no time but offsets from a start that is nowhere in them."""
