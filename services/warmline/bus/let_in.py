"""A command's first word with Kafka: answered, or told in words why not.

What librdkafka logs of a broker that is away is some two hundred lines, of which the reason is one. Commands keep it
quiet (`QUIET`) and say the reason themselves.
"""

import time
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from warmline.bus.config import Config, client_config
from warmline.settings import Settings

TIMEOUT_S = 15.0
NOT_LET_IN = {KafkaError._AUTHENTICATION, KafkaError._SSL}  # noqa: SLF001 # public members with an underscore
QUIET: Config = {"log_level": 0}
"""For clients of commands, which tell what goes wrong themselves."""


def let_in(settings: Settings) -> AdminClient:
    """Return a client that has been answered; who is refused learns it at once, with the broker's reason.

    Raises:
        KafkaException: No broker answers within `TIMEOUT_S`, or it does not let this user in.
    """
    refusals: list[KafkaError] = []
    config: dict[str, Any] = {**client_config(settings), **QUIET, "error_cb": refusals.append}
    admin = AdminClient(config)
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            admin.list_topics(timeout=1)
        except KafkaException as error:
            admin.poll(0)
            told = [each for each in refusals if each.code() in NOT_LET_IN]
            if told or time.monotonic() > deadline:
                raise (KafkaException((told or refusals)[-1]) if refusals else error) from None
        else:
            return admin
