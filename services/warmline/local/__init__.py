"""Everything on one machine: a broker and a store of our own, and all services in one process tree."""
