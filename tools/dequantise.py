"""dequantise.py IN.onnx OUT.onnx: an int8-dynamic ONNX model as a float one.

Dynamic quantisation wrote every matrix product as
    DynamicQuantizeLinear(x) -> MatMulInteger(x8, w8) -> Cast -> Mul(scales)
which OpenVINO runs slowly and with a rounding error in each layer. Each such chain becomes one
    MatMul(x, w)   with   w = (w8 - zero_point) * scale
and what nothing uses any more is dropped. Names of inputs and outputs stay. Embedding tables stay int8: they are
gathered first and only the rows gathered are dequantised.
"""

import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper

WEIGHT_SUFFIX = "_quantized"


def dequantise(model: onnx.ModelProto) -> int:
    """Rewrites the graph in place; returns how many matrix products were replaced."""
    graph = model.graph
    constants = {item.name: item for item in graph.initializer}
    producer = {output: node for node in graph.node for output in node.output}
    consumers: dict[str, list] = {}
    for node in graph.node:
        for name in node.input:
            consumers.setdefault(name, []).append(node)

    def array(name: str) -> np.ndarray:
        return numpy_helper.to_array(constants[name]).astype(np.float32)

    replaced = {}
    weights = {}
    for node in graph.node:
        if node.op_type != "MatMulInteger":
            continue
        quantised = node.input[1]
        base = quantised.removesuffix(WEIGHT_SUFFIX)
        cast = only(consumers[node.output[0]], "Cast")
        scaled = only(consumers[cast.output[0]], "Mul")
        name = base + "_float"
        if name not in weights:
            values = (array(quantised) - array(base + "_zero_point")) * array(base + "_scale")
            weights[name] = numpy_helper.from_array(values, name)
        source = producer[node.input[0]].input[0]
        # The product takes the place of the final Mul, where all its inputs are known to exist.
        replaced[scaled.output[0]] = helper.make_node(
            "MatMul", [source, name], [scaled.output[0]], name=node.name + "_float"
        )

    nodes = [replaced.get(node.output[0], node) for node in graph.node]
    nodes = reachable(nodes, {item.name for item in graph.output})
    used = {name for node in nodes for name in node.input}
    initializers = [item for item in graph.initializer if item.name in used] + list(weights.values())
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(initializers)
    return len(replaced)


def only(nodes: list, op_type: str) -> onnx.NodeProto:
    if len(nodes) != 1 or nodes[0].op_type != op_type:
        raise SystemExit(f"dequantise: expected one {op_type} after a MatMulInteger: not a dynamically quantised model?")
    return nodes[0]


def reachable(nodes: list, wanted: set) -> list:
    """The nodes the wanted values depend on, in their order (ONNX stores nodes sorted)."""
    kept = []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            kept.append(node)
            wanted.update(node.input)
    return kept[::-1]


if __name__ == "__main__":
    source, target = sys.argv[1:3]
    model = onnx.load(source)
    if dequantise(model) == 0:
        raise SystemExit(f"dequantise: {source} holds no MatMulInteger")
    onnx.save(model, target)
