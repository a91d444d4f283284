"""How far back a gateway reads when it starts."""

from warmline.contracts.topics import AGENT_WELLBEING, TOPICS
from warmline.gateway.feed import GO_BACK_MS

KEPT_MS = {topic.name: topic.retention_ms for topic in TOPICS}


def test_strain_is_read_as_far_back_as_it_is_kept_so_that_a_band_that_stands_still_is_not_taken_for_calm():
    assert GO_BACK_MS[AGENT_WELLBEING] == KEPT_MS[AGENT_WELLBEING]


def test_no_topic_is_read_further_back_than_it_is_kept():
    assert all(back <= KEPT_MS[name] for name, back in GO_BACK_MS.items())
