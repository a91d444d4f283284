"""Every event on the bus, one module per event; `schemas/` is generated from here."""
