"""ONNX weights to 8 bits without loss that anyone could measure, and back, to go on training from them."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

ZERO_POINT = 128
"""Of `MatMulNBits` with 8 bits and symmetric blocks."""


def quantise_onnx(source: Path, target: Path, block: int = 32) -> None:
    """Matrix products with a constant get int8 weights per block of 32 (`MatMulNBits`, bits 8); embedding tables int8
    per row. Activations stay float32."""
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.WARNING)
    model = onnx.load(source)
    config = DefaultWeightOnlyQuantConfig(block_size=block, is_symmetric=True, accuracy_level=4, bits=8)
    quantizer = MatMulNBitsQuantizer(model, algo_config=config)
    quantizer.process()
    model = quantizer.model.model
    _embeddings_per_row(model)
    onnx.save(model, target)


def _embeddings_per_row(model: onnx.ModelProto, smallest: int = 100_000) -> None:
    """Gather(float32 (V, d), ids) -> Gather(int8 (V, d), ids) cast, times Gather(scales (V, 1), ids)."""
    tables = {
        i.name: i
        for i in model.graph.initializer
        if i.data_type == TensorProto.FLOAT and int(np.prod(i.dims)) > smallest
    }
    nodes = []
    for node in model.graph.node:
        if (
            node.op_type != "Gather"
            or node.input[0] not in tables
            or any(a.name == "axis" and a.i for a in node.attribute)
        ):
            nodes.append(node)
            continue
        name, ids, out = node.input[0], node.input[1], node.output[0]
        table = numpy_helper.to_array(tables[name])
        scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-12).astype(np.float32) / 127
        model.graph.initializer.extend(
            [
                numpy_helper.from_array(np.rint(table / scale).astype(np.int8), name + ".int8"),
                numpy_helper.from_array(scale, name + ".scale"),
            ]
        )
        nodes += [
            helper.make_node("Gather", [name + ".int8", ids], [out + ".int8"], axis=0),
            helper.make_node("Cast", [out + ".int8"], [out + ".float"], to=TensorProto.FLOAT),
            helper.make_node("Gather", [name + ".scale", ids], [out + ".scale"], axis=0),
            helper.make_node("Mul", [out + ".float", out + ".scale"], [out]),
        ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    used = {name for node in model.graph.node for name in node.input}
    kept = [i for i in model.graph.initializer if i.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)


def dequantise_onnx(path: Path) -> dict[str, Tensor]:
    """What `quantise_onnx` wrote -> float32 weights by the names that they have in torch."""
    graph = onnx.load(path).graph
    stored = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    weights = {name: torch.tensor(value) for name, value in stored.items() if not name.startswith("onnx::")}
    for name in [name for name in weights if name.endswith(".int8")]:
        table = name.removesuffix(".int8")
        weights[table] = weights.pop(name).float() * weights.pop(table + ".scale")
    for node in graph.node:
        if node.op_type == "MatMulNBits":  # /prefix/project/MatMul_Q8: int (N, K / 32, 32), scales (N, K / 32)
            quantised, scales = (stored[name] for name in node.input[1:3])
            blocks = (quantised.astype(np.float32) - ZERO_POINT) * scales.reshape(*quantised.shape[:2], 1)
            name = ".".join(node.name.split("/")[1:-1]) + ".weight"
            weights[name] = torch.from_numpy(blocks.reshape(len(blocks), -1))
    return weights
