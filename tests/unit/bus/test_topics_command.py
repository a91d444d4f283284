"""The topics as they are declared to a broker."""

import pytest

from warmline.bus.topics_command import new_topics
from warmline.contracts.topics import DAY_MS, TOPICS
from warmline.services import SERVICES

DECLARED = {topic.topic: topic.config for topic in new_topics("desk.", 12, 3)}


def test_every_topic_and_every_service_s_dead_letters_are_declared_under_the_prefix():
    assert DECLARED.keys() == {
        *(f"desk.{topic.name}" for topic in TOPICS),
        *(f"desk.{service}.dlq" for service in SERVICES),
    }


@pytest.mark.parametrize("name", DECLARED)
def test_no_record_outlives_its_retention_by_more_than_a_third(name):
    """A file of the log goes as a whole, by its newest record: what it spans comes on top, seven days unless told."""
    config = DECLARED[name]
    assert 0 < int(config["segment.ms"]) <= int(config["retention.ms"]) / 3


def test_where_there_are_three_copies_two_must_have_a_write_and_else_the_broker_s_default_holds():
    assert {config["min.insync.replicas"] for config in DECLARED.values()} == {"2"}
    for copies in (-1, 1, 2):
        assert not any("min.insync.replicas" in topic.config for topic in new_topics("desk.", 12, copies))


def test_files_of_the_log_span_a_day_at_most_and_a_quarter_of_a_short_retention():
    spans = {name.removeprefix("desk."): int(config["segment.ms"]) for name, config in DECLARED.items()}
    assert spans.pop("agent.assist") == DAY_MS / 4
    assert spans.pop("conversation.events") == DAY_MS * 3 / 4
    assert set(spans.values()) == {DAY_MS}
