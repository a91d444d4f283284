"""The services of the AsyncAPI document are those that can be run, with the topics that they really read."""

from importlib import import_module

import pytest

from warmline.contracts.services import SERVICES
from warmline.services import DOORS, SERVICES as FLOW


def test_the_document_knows_every_service_that_can_be_run():
    assert {service.name for service in SERVICES if service.grouped} == set(FLOW)
    assert {service.name for service in SERVICES if not service.grouped} == set(DOORS)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_service_reads_the_topics_that_the_document_says(service):
    reads = import_module({**FLOW, **DOORS}[service.name]).READS
    assert reads == service.reads
