"""A short hand for writing ONNX graphs node by node."""

import copy
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MICROSOFT = "com.microsoft"
"""The domain of ONNX Runtime's own operators."""

OPSET, IR_VERSION = 18, 9


class GraphWriter:
    """Collects nodes and constants; every method that makes a node returns the name of its output.

    Args:
        prefix: Of all names that are not given: what is added to a graph must not take names that stand in it.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._outputs: list[Any] = []

    def op(self, kind: str, *inputs: str, domain: str = "", outputs: int = 1, **attributes: Any) -> str:
        """Add a node and return its output's name (the first of several: `name`, `name.1`, ...)."""
        name = f"{self._prefix}{kind.lower()}{len(self._nodes)}"
        names = [name, *(f"{name}.{extra}" for extra in range(1, outputs))]
        self._nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return name

    def const(self, value: Any, name: str | None = None) -> str:
        """Add a constant; its dtype is the array's. A name is given to what others read out of the graph."""
        name = name or f"{self._prefix}c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def floats(self, value: Any, name: str | None = None) -> str:
        """Add a float32 constant."""
        return self.const(np.asarray(value, dtype=np.float32), name)

    def ints(self, *values: int) -> str:
        """Add a one-dimensional int64 constant."""
        return self.const(np.array(values, dtype=np.int64))

    def output(self, value: str, name: str, rank: int) -> None:
        """Give a value out under a name."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        shape = [f"{name}{axis}" for axis in range(rank)]
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def model(self) -> bytes:
        """Return the graph, whose one input is `ids` (int64, texts by tokens), serialised."""
        ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "tokens"])
        graph = helper.make_graph(self._nodes, "warmline", [ids], self._outputs, self._constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="warmline")
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())

    def part(self, value: str, shape: list[str | int]) -> tuple[Any, list[Any]]:
        """Return the nodes as a part of another graph, whose values they may take, and the constants.

        Args:
            value: What the part gives out.
            shape: Its shape.
        """
        given = helper.make_tensor_value_info(value, TensorProto.FLOAT, shape)
        return helper.make_graph(self._nodes, f"{self._prefix}part", [], [given]), self._constants


def with_branch(  # a graph, what is added, and the names
    model: bytes, added: GraphWriter, value: str, *, asked: str, name: str, width: int
) -> bytes:
    """Add to a serialised graph an output that is worked out only where a new input says so; else it has no rows.

    Args:
        model: The graph.
        added: What works the output out; it may take any value of the graph.
        value: What of it is given out: floats, texts by `width`.
        asked: Name of the new input, a boolean.
        name: Name of the new output.
        width: Its columns.
    """
    whole = onnx.load_from_string(model)
    there, constants = added.part(value, ["texts", width])
    nothing = GraphWriter(prefix=f"{name}.no.")
    empty = nothing.op(
        "ConstantOfShape", nothing.ints(0, width), value=numpy_helper.from_array(np.zeros(1, np.float32))
    )
    absent, more = nothing.part(empty, [0, width])
    whole.graph.initializer.extend([*constants, *more])
    whole.graph.input.append(helper.make_tensor_value_info(asked, TensorProto.BOOL, []))
    whole.graph.node.append(helper.make_node("If", [asked], [name], then_branch=there, else_branch=absent))
    whole.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [f"{name}0", width]))
    onnx.checker.check_model(whole)
    return bytes(whole.SerializeToString())


def without_branch(model: bytes, *, asked: str, name: str) -> bytes:
    """Undo `with_branch`: the same bytes as before it, or the graph as it is where it has no such output."""
    whole = onnx.load_from_string(model)
    graph = whole.graph
    if name not in {each.name for each in graph.output}:
        return model
    nodes = [node for node in graph.node if name not in node.output]
    taken = {value for node in nodes for value in node.input}
    _replace(graph.node, nodes)
    _replace(graph.input, [each for each in graph.input if each.name != asked])
    _replace(graph.output, [each for each in graph.output if each.name != name])
    _replace(graph.initializer, [each for each in graph.initializer if each.name in taken])
    return bytes(whole.SerializeToString())


def _replace(parts: Any, by: list[Any]) -> None:
    """Put other parts of a message in the place of all that are there."""
    copies = [copy.deepcopy(each) for each in by]
    del parts[:]
    parts.extend(copies)


def with_output(model: bytes, value: str, rank: int) -> bytes:
    """Return a serialised graph that also gives out one of its values, in floats, under that value's name."""
    whole = onnx.load_from_string(model)
    shape = [f"{value}{axis}" for axis in range(rank)]
    whole.graph.output.append(helper.make_tensor_value_info(value, TensorProto.FLOAT, shape))
    return bytes(whole.SerializeToString())


def last_output(model: bytes, kind: str) -> str:
    """Return the name of what the last node of a kind gives out."""
    nodes = onnx.load_from_string(model).graph.node
    return str([node for node in nodes if node.op_type == kind][-1].output[0])
