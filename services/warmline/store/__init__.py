"""Redis: state with outbox, the compare-and-set function, timers by event time, and the same run in memory."""
