"""The embedding model that DocMind ships, as a folder that sentence-transformers loads: the same weights for the peer on torch.

  torch_model.py SOURCE_DIR OUT_DIR

SOURCE_DIR is the package's folder that tools/models.sh converts (model.onnx, config.json, tokenizer files). The weights are dequantised
by tools/dequantise.py, as they are for DocMind. Each layer's product keeps its name in the graph, from which the names in the state dict
follow.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
from dequantise import dequantise  # noqa: E402

MODULES = [("0", "", "Transformer"), ("1", "1_Pooling", "Pooling"), ("2", "2_Normalize", "Normalize")]


def state_dict(model):
    """Every parameter of a BertModel by its name there; weights of products are transposed, as torch's Linear keeps them."""
    constants = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    found = {name: values.astype(np.float32) for name, values in constants.items() if name.endswith((".weight", ".bias"))}
    for table in [name for name in constants if name.endswith(".weight_quantized")]:
        name = table.removesuffix("_quantized")
        found[name] = (constants[table].astype(np.float32) - np.float32(constants[name + "_zero_point"])) * constants[name + "_scale"]
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in constants:
            found[node.name.strip("/").split("/MatMul")[0].replace("/", ".") + ".weight"] = constants[node.input[1]].T
    return {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in found.items()}


def main(source, target):
    model = onnx.load(source / "model.onnx")
    dequantise(model)
    config = BertConfig.from_pretrained(source)
    weights = state_dict(model)
    left = BertModel(config, add_pooling_layer=False).load_state_dict(weights, strict=False)
    missing = [name for name in left.missing_keys if not name.startswith("pooler.") and "position_ids" not in name]
    if missing:
        raise SystemExit(f"torch_model: not in the graph: {missing[:5]}")
    target.mkdir(parents=True, exist_ok=True)
    save_file({name: values for name, values in weights.items() if name not in left.unexpected_keys}, target / "model.safetensors", {"format": "pt"})
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(source / name, target / name)
    kinds = [{"idx": int(i), "name": i, "path": path, "type": f"sentence_transformers.models.{kind}"} for i, path, kind in MODULES]
    (target / "modules.json").write_text(json.dumps(kinds))
    (target / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 512, "do_lower_case": True}))
    (target / "1_Pooling").mkdir(exist_ok=True)
    pooling = {"word_embedding_dimension": config.hidden_size, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (target / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (target / "2_Normalize").mkdir(exist_ok=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
