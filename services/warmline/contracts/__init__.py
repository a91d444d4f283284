"""Every event on the bus, a module for each or for two that belong together; `schemas/` is generated from here."""
