"""convert_model.py KIND IN_DIR OUT_DIR: an ONNX encoder with its Hugging Face tokenizer as a DocMind model directory.

KIND is `embedding` or `reranker`. IN_DIR holds model.onnx (int8-dynamic), tokenizer.json, tokenizer_config.json and
maybe config.json. OUT_DIR gets what Hugging Face's OpenVINO export writes, so any exported encoder can replace it:
    openvino_model.xml/.bin          float32 weights
    openvino_tokenizer.xml/.bin      one text -> input_ids, attention_mask, token_type_ids
    config.json                      Hugging Face's keys, plus one object "docmind":
        kind               "embedding" | "reranker"
        pooling            "cls" | "mean"      (embedding)
        normalize          true: vectors are L2-normalised (embedding)
        query_instruction  put before a query, never before a passage (embedding)
        max_tokens         longest input in tokens, special tokens included
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # the tokenizer is on disk: no look-up on the network
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import onnx
import openvino
from openvino_tokenizers import convert_tokenizer
from transformers import AutoTokenizer

from dequantise import dequantise

DOCMIND = {
    "embedding": {
        "kind": "embedding",
        "pooling": "cls",
        "normalize": True,
        "query_instruction": "Represent this sentence for searching relevant passages: ",
        "max_tokens": 512,
    },
    "reranker": {"kind": "reranker", "max_tokens": 512},
}

# What the package's cross-encoder lacks: the architecture it was trained in.
RERANKER_CONFIG = {
    "architectures": ["BertForSequenceClassification"],
    "model_type": "bert",
    "hidden_size": 384,
    "intermediate_size": 1536,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
    "vocab_size": 30522,
    "pad_token_id": 0,
    "num_labels": 1,
}


def main(kind: str, source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)

    model = onnx.load(source / "model.onnx")
    dequantise(model)
    with tempfile.NamedTemporaryFile(suffix=".onnx") as plain:
        onnx.save(model, plain.name)
        converted = openvino.convert_model(plain.name)
    openvino.save_model(converted, target / "openvino_model.xml", compress_to_fp16=False)

    tokenizer = AutoTokenizer.from_pretrained(source)
    openvino.save_model(convert_tokenizer(tokenizer), target / "openvino_tokenizer.xml")

    config = json.loads((source / "config.json").read_text()) if (source / "config.json").exists() else dict(RERANKER_CONFIG)
    config.pop("_name_or_path", None)
    config["docmind"] = DOCMIND[kind]
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
