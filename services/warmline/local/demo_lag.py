"""How much the services still have to do: what their groups have not committed yet.

A group commits only after the broker has acknowledged what came of a record. So where nothing lags, everything that
follows from the input is published.
"""

from collections.abc import Iterable

from confluent_kafka import Consumer, TopicPartition

from warmline.bus.config import consumer_config
from warmline.contracts.services import SERVICES, Service
from warmline.settings import Settings

TIMEOUT_S = 10.0


class Lags:
    """Asks for the lag of services. Joins no group.

    Args:
        settings: Where Kafka is.
        names: The services.
    """

    def __init__(self, settings: Settings, names: Iterable[str]) -> None:
        self._prefix = settings.topic_prefix
        wanted = set(names)
        self._services = [service for service in SERVICES if service.name in wanted]
        self._clients = {
            service.name: Consumer({**consumer_config(settings, self._prefix + service.name), "log_level": 0})
            for service in self._services
        }
        self._partitions: dict[str, list[int]] = {}

    def all(self) -> dict[str, int]:
        """Return service to records that it has not finished.

        Raises:
            KafkaException: The broker does not answer.
        """
        return {service.name: self._lag(service) for service in self._services}

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()

    def _lag(self, service: Service) -> int:
        client = self._clients[service.name]
        places = [
            TopicPartition(self._prefix + topic, partition)
            for topic in service.reads
            for partition in self._partitions_of(client, topic)
        ]
        left = 0
        for place in client.committed(places, timeout=TIMEOUT_S):
            first, end = client.get_watermark_offsets(place, timeout=TIMEOUT_S)
            # The embedded broker tells an end too low while the newest batch holds more than one record.
            left += max(0, end - max(first, place.offset))
        return left

    def _partitions_of(self, client: Consumer, topic: str) -> list[int]:
        if topic not in self._partitions:
            described = client.list_topics(self._prefix + topic, timeout=TIMEOUT_S).topics[self._prefix + topic]
            self._partitions[topic] = sorted(described.partitions)
        return self._partitions[topic]
