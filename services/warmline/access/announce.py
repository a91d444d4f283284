"""Says at the start which rights a service's user lacks: it waits for them, and somebody has to know for what."""

import logging
import threading

from confluent_kafka import KafkaException

from warmline.access.check import missing_at_kafka
from warmline.access.roles import roles
from warmline.settings import Settings, SettingsError

log = logging.getLogger(__name__)


def announce_missing(settings: Settings, service: str) -> None:
    """Log each right that the cluster does not give. Redis names what it refuses by itself, each time."""
    role = roles().get(service)
    if role is None:
        return
    try:
        for right in missing_at_kafka(settings, role):
            log.error(
                "a right is missing", extra={"right": str(right), "grant": f"warmline acl kafka --role {service}"}
            )
    except KafkaException as error:  # the service itself meets it again, and waits
        log.warning("cannot ask which rights are there", extra={"error": str(error.args[0])})
    except SettingsError:
        return  # the service itself says so, and ends


def announce_missing_beside(settings: Settings, service: str) -> None:
    """The same on a thread of its own, where the cluster asks who one is: the service need not wait for it."""
    if settings.kafka_security_protocol != "PLAINTEXT":
        threading.Thread(target=announce_missing, args=(settings, service), name="rights", daemon=True).start()
