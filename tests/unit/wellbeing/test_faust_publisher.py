"""What is too large for its dead letter must not hold the wellbeing service either."""

import asyncio

import pytest
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, NotEnoughReplicasError
from faust.exceptions import ProducerSendError

from warmline.bus.dead_letters import LEFT_OUT, OFFSET, DeadLetter
from warmline.bus.record import Record, TransientError
from warmline.store.outbox import Outcome
from warmline.telemetry.traces import Traces
from warmline.wellbeing.faust_publisher import FaustPublisher

OUTCOMES = [Outcome("agent.wellbeing", "a", "agent.wellbeing", f"id-{n}", 1, 1, b"{}") for n in range(3)]
LETTERS = "here.wellbeing.dlq"


class FakeApp:
    """Faust's producer over a client and a broker that refuse values above their limits, in bytes."""

    def __init__(self, client_limit=10**9, broker_limit=10**9, fault=None):
        self.producer = self
        self.client_limit, self.broker_limit, self.fault = client_limit, broker_limit, fault
        self.taken = []

    async def send(self, topic, key, value, partition, timestamp, headers):
        size = len(value or b"")
        if size > self.client_limit:
            try:
                raise MessageSizeTooLargeError("by the client")
            except KafkaError as error:
                raise ProducerSendError("Error while sending") from error
        acknowledged = asyncio.get_running_loop().create_future()
        error = self.fault or (MessageSizeTooLargeError() if size > self.broker_limit else None)
        if error is None:
            self.taken.append((topic, key, value, dict(headers)))
            acknowledged.set_result(None)
        else:
            acknowledged.set_exception(error)
        return acknowledged


def letter_of(value, offset):
    return DeadLetter(Record("agent.states", 3, offset, b"k", value, list, 5), "too_large", "too many bytes")


def publish(app, outcomes, letters):
    asyncio.run(FaustPublisher(app, "wellbeing", "here.", Traces()).publish(outcomes, letters))


@pytest.mark.parametrize("limits", [{"client_limit": 1000}, {"broker_limit": 1000}])
def test_a_letter_that_is_refused_for_its_size_goes_without_its_value_and_outcomes_are_sent_once(limits):
    app = FakeApp(**limits)
    publish(app, OUTCOMES, [letter_of(b"x" * 1001, 1), letter_of(b"small", 2)])
    letters = [(key, value, headers) for topic, key, value, headers in app.taken if topic == LETTERS]
    assert {headers[OFFSET]: (key, value) for key, value, headers in letters} == {
        b"1": (b"k", None),
        b"2": (b"k", b"small"),
    }
    assert [headers.get(LEFT_OUT) for _, value, headers in letters if value is None] == [b"value"]
    assert [headers.get(LEFT_OUT) for _, value, headers in letters if value] == [None]
    assert len(app.taken) - len(letters) == len(OUTCOMES)


def test_any_other_refusal_of_a_letter_holds_the_batch():
    app = FakeApp(fault=NotEnoughReplicasError())
    with pytest.raises(TransientError):
        publish(app, [], [letter_of(b"value", 1)])
    assert app.taken == []


def test_an_outcome_is_never_left_out():
    for limits in ({"client_limit": 1}, {"broker_limit": 1}):
        with pytest.raises(TransientError):
            publish(FakeApp(**limits), OUTCOMES, [])


def test_a_letter_that_goes_without_its_value_is_told(caplog):
    publish(FakeApp(broker_limit=3), [], [letter_of(b"small", 2)])
    assert ["without the value" in message for message in caplog.messages] == [True]
