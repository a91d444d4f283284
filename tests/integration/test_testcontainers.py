"""The container path of the fixtures, for real: skipped, with the reason, where no Docker engine answers.

`tests/docker/start_engine.sh` starts an installed engine. No registry is needed: the image is made from this machine's
Java and Kafka's jars, and takes the same settings as the official one.
"""

from contextlib import ExitStack
from time import monotonic

import pytest

from tests.docker.build_kafka_image import ensure_image
from tests.parts.docker_engine import containers, engine, has_image, require_image
from tests.parts.kafka import IMAGE, start_container
from tests.parts.obtain import LackingError
from tests.parts.topics import create_topic, produce, read

PAIRS = [(f"conversation-{n % 7}", f"turn {n}") for n in range(200)]
CONFLUENT = "confluentinc/cp-kafka:7.6.0"  # what testcontainers' own KafkaContainer is written for


def make_round_trip(bootstrap, unique):
    topic = create_topic(bootstrap, unique("turns"), partitions=3)
    produce(bootstrap, topic, PAIRS)
    messages = read(bootstrap, topic, len(PAIRS), group=unique("group"))
    assert sorted(message.value().decode() for message in messages) == sorted(value for _, value in PAIRS)


@pytest.fixture(scope="module")
def _docker():
    try:
        with engine():
            yield
    except LackingError as reason:
        pytest.skip(str(reason))


@pytest.mark.usefixtures("_docker")
def test_a_container_from_an_image_made_here_serves_a_group(unique, use):
    try:
        image = ensure_image()
    except LackingError as reason:
        pytest.skip(str(reason))
    with ExitStack() as stack:
        part = start_container(stack, image)
        use("testcontainers", part.kind)
        make_round_trip(part.bootstrap, unique)


@pytest.mark.usefixtures("_docker")
def test_a_container_from_the_official_image_serves_a_group(unique, use):
    try:
        require_image(IMAGE)
    except LackingError as reason:
        pytest.skip(str(reason))
    with ExitStack() as stack:
        part = start_container(stack, IMAGE)
        use("testcontainers, official image", part.kind)
        make_round_trip(part.bootstrap, unique)


@pytest.mark.usefixtures("_docker")
def test_the_kafka_container_of_testcontainers_serves_a_group(unique):
    with engine() as client:
        if not has_image(client, CONFLUENT):
            pytest.skip(f"{CONFLUENT} is not on the Docker engine (800 MB, not pulled for a test)")
    from testcontainers.community.kafka import KafkaContainer  # noqa: PLC0415

    containers()  # switches testcontainers' own cleaner off where its image is missing
    with KafkaContainer(CONFLUENT).with_kraft() as container:
        make_round_trip(container.get_bootstrap_server(), unique)


@pytest.mark.usefixtures("_docker")
def test_an_image_that_no_registry_has_is_given_up_quickly():
    start = monotonic()
    with pytest.raises(LackingError, match="no registry gives"):
        require_image("warmline-test/no-such-image:0")
    assert monotonic() - start < 30
