"""Kafka: read a batch, process, publish, await the acknowledgements, commit; dead letters; a clean stop."""
