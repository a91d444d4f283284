"""Faust: a table by key with its changelog topic, an output record for every input; everything else at its defaults."""

import os

import faust

from tests.benchmarks.peers.rolling import fresh, roll

source, target, bootstrap, folder = (os.environ[f"PEER_{name}"] for name in ("SOURCE", "TARGET", "BOOTSTRAP", "FOLDER"))

app = faust.App(
    f"{target}.group",
    broker=f"kafka://{bootstrap}",
    value_serializer="json",
    topic_partitions=int(os.environ["PEER_PARTITIONS"]),
    topic_replication_factor=1,
    datadir=folder,
    web_enabled=False,
)
turns = app.topic(source, key_type=str, key_serializer="raw", value_serializer="json")
windows = app.topic(target, key_serializer="raw", value_serializer="json")
table = app.Table("windows", default=fresh, partitions=int(os.environ["PEER_PARTITIONS"]))


@app.agent(turns)
async def run(stream: faust.Stream) -> None:
    """Take every turn in."""
    async for key, turn in stream.items():
        held = table[key]
        result = roll(held, turn)
        table[key] = held
        await windows.send(key=key, value=result)


if __name__ == "__main__":
    app.main()
