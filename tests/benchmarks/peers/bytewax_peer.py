"""Bytewax: one stateful map by key, from Kafka to Kafka, with its recovery store on the local disk."""

import json
import os

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage, operators as kop
from bytewax.dataflow import Dataflow

from tests.benchmarks.peers.rolling import State, fresh, roll

BATCH = 1000  # records of one batch: its default of 1 would be a tenth as fast

source, target, bootstrap = (os.environ[f"PEER_{name}"] for name in ("SOURCE", "TARGET", "BOOTSTRAP"))


def decode(message: KafkaSourceMessage) -> tuple[str, State]:
    """Return key and turn."""
    return message.key.decode(), json.loads(message.value)


def window(state: State | None, turn: State) -> tuple[State, State]:
    """Take one turn in."""
    held = state or fresh()
    return held, roll(held, turn)


def encode(keyed: tuple[str, State]) -> KafkaSinkMessage:
    """Return the record to publish."""
    return KafkaSinkMessage(keyed[0].encode(), json.dumps(keyed[1]).encode())


flow = Dataflow("windows")
read = kop.input("read", flow, brokers=[bootstrap], topics=[source], batch_size=BATCH)
keyed = op.map("decode", read.oks, decode)
windows = op.stateful_map("window", keyed, window)
kop.output("write", op.map("encode", windows, encode), brokers=[bootstrap], topic=target)
