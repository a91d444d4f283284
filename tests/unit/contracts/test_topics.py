"""The list of topics and the registry of events fit each other."""

import msgspec
import pytest

from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.topics import DEFAULT_PARTITIONS, TOPICS, dead_letter_topic
from warmline.settings import Settings


def test_every_event_type_travels_on_a_topic_and_every_topic_carries_known_types():
    assert {name for topic in TOPICS for name in topic.types} == set(STRUCT_OF_TYPE)


def test_no_topic_is_declared_twice():
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)


def test_the_partitions_divide_the_stores_buckets_so_that_a_bucket_has_one_owner():
    assert Settings().store_buckets % DEFAULT_PARTITIONS == 0


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_the_record_key_is_a_required_id_of_every_event_on_the_topic(topic):
    for name in topic.types:
        field = {field.name: field for field in msgspec.structs.fields(STRUCT_OF_TYPE[name])}[topic.key]
        assert field.required, name


def test_the_words_of_customers_are_kept_no_longer_than_what_is_made_of_them():
    kept = {topic.name: topic.retention_ms for topic in TOPICS}
    assert kept["conversation.events"] <= min(kept["conversation.scores"], kept["conversation.windows"])


def test_a_groups_dead_letters_have_a_topic_of_its_name():
    assert dead_letter_topic("windows") == "windows.dlq"
    assert all(not topic.name.endswith(".dlq") for topic in TOPICS)
