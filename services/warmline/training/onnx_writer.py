"""A short hand for writing ONNX graphs node by node."""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MICROSOFT = "com.microsoft"
"""The domain of ONNX Runtime's own operators."""

OPSET, IR_VERSION = 18, 9


class GraphWriter:
    """Collects nodes and constants; every method that makes a node returns the name of its output."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._outputs: list[Any] = []

    def op(self, kind: str, *inputs: str, domain: str = "", outputs: int = 1, **attributes: Any) -> str:
        """Add a node and return its output's name (the first of several: `name`, `name.1`, ...)."""
        name = f"{kind.lower()}{len(self._nodes)}"
        names = [name, *(f"{name}.{extra}" for extra in range(1, outputs))]
        self._nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return name

    def const(self, value: Any, name: str | None = None) -> str:
        """Add a constant; its dtype is the array's. A name is given to what others read out of the graph."""
        name = name or f"c{len(self._constants)}"
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
