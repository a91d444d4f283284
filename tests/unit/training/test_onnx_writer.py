"""What is added to a graph behind a condition runs only where it is asked for, and can be taken away again."""

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra [train]")

from warmline.training.export import open_bytes
from warmline.training.onnx_writer import GraphWriter, last_output, with_branch, with_output, without_branch

IDS = np.array([[1, 2], [3, 4], [5, 6]], dtype=np.int64)


def doubled() -> bytes:
    """Return a graph that gives out twice its ids."""
    graph = GraphWriter()
    graph.output(graph.op("Mul", graph.op("Cast", "ids", to=1), graph.floats(2.0)), "twice", rank=2)
    return graph.model()


def with_squares(model: bytes) -> bytes:
    """Add the square of what it gives out."""
    added = GraphWriter(prefix="more.")
    return with_branch(model, added, added.op("Mul", "twice", "twice"), asked="wanted", name="squares", width=2)


def run(model: bytes, *, wanted: bool) -> list[np.ndarray]:
    return open_bytes(model).run(["twice", "squares"], {"ids": IDS, "wanted": np.array(wanted)})


def test_what_is_behind_a_condition_is_given_out_where_it_is_asked_for():
    twice, squares = run(with_squares(doubled()), wanted=True)
    assert twice.tolist() == (2 * IDS).tolist()
    assert squares.tolist() == (4 * IDS * IDS).tolist()


def test_and_has_no_rows_where_it_is_not_while_the_rest_is_as_before():
    twice, squares = run(with_squares(doubled()), wanted=False)
    assert twice.tolist() == (2 * IDS).tolist()
    assert squares.shape == (0, 2)


def test_it_can_be_taken_away_again_and_put_on_once_more():
    whole = with_squares(doubled())
    back = without_branch(whole, asked="wanted", name="squares")
    assert back == without_branch(back, asked="wanted", name="squares"), "nothing is taken where nothing was added"
    assert open_bytes(back).run(None, {"ids": IDS})[0].tolist() == (2 * IDS).tolist()
    assert [each.name for each in open_bytes(back).get_inputs()] == ["ids"]
    assert with_squares(back) == whole


def test_any_value_of_a_graph_can_be_given_out_as_well():
    model = doubled()
    cast = last_output(model, "Cast")
    assert open_bytes(with_output(model, cast, rank=2)).run([cast], {"ids": IDS})[0].tolist() == IDS.tolist()
