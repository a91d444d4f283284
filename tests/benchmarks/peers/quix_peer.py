"""Quix Streams: state by key in local RocksDB, with its changelog topic; everything else at its defaults."""

import os

from quixstreams import Application, State

from tests.benchmarks.peers.rolling import fresh, roll


def window(turn: dict, state: State) -> dict:
    """Take one turn in."""
    held = state.get("window") or fresh()
    result = roll(held, turn)
    state.set("window", held)
    return result


def main() -> None:
    """Run until terminated."""
    source, target, bootstrap, folder = (
        os.environ[f"PEER_{name}"] for name in ("SOURCE", "TARGET", "BOOTSTRAP", "FOLDER")
    )
    app = Application(
        broker_address=bootstrap, consumer_group=f"{target}.group", auto_offset_reset="earliest", state_dir=folder
    )
    turns = app.topic(source, key_deserializer="str", value_deserializer="json")
    windows = app.topic(target, key_serializer="str", value_serializer="json")
    app.dataframe(turns).apply(window, stateful=True).to_topic(windows)
    app.run()


if __name__ == "__main__":
    main()
