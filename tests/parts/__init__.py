"""The real parts under the tests: Kafka and Redis, found or started once a run.

A test asks for a fixture and never for a way to get it:

    kafka         one real broker; its `bootstrap`
    kafka_any     a broker for tests that need no rebalance: the real one, else the embedded one
    kafka3        three real brokers that may be killed and restarted
    redis_server  one Redis or Valkey
    redis_url     an empty database of it, for this test alone
    new_topic     creates a topic with a name of its own on `kafka`
    unique        a name that no other test uses

Where a part comes from is decided in `kafka.py` and `store.py`, in the order in which they list it.
"""
