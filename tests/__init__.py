"""The tests; `tests.parts` finds or starts the Kafka and Redis that they run on."""
