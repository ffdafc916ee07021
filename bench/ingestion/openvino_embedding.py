"""LlamaIndex's embedding over a DocMind model directory: tokenizer and encoder on OpenVINO, 32 texts a batch, padded to the longest."""

from pathlib import Path

import numpy as np
import openvino as ov
import openvino_tokenizers  # noqa: F401  registers the tokenizer's operations
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr

MAX_TOKENS = 512


class OpenVinoEmbedding(BaseEmbedding):
    _tokenizer = PrivateAttr()
    _model = PrivateAttr()

    def __init__(self, folder, **kw):
        super().__init__(model_name=Path(folder).name, embed_batch_size=32, **kw)
        core = ov.Core()
        precision = "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
        self._tokenizer = core.compile_model(core.read_model(Path(folder) / "openvino_tokenizer.xml"), "CPU")
        self._model = core.compile_model(core.read_model(Path(folder) / "openvino_model.xml"), "CPU", {"INFERENCE_PRECISION_HINT": precision})

    def _get_text_embeddings(self, texts):
        tokens = self._tokenizer(texts)
        inputs = {name.get_any_name(): tokens[name] for name in self._tokenizer.outputs}
        inputs = {name: value[:, :MAX_TOKENS] for name, value in inputs.items()}
        first = self._model(inputs)[0][:, 0]
        return (first / np.linalg.norm(first, axis=1, keepdims=True)).tolist()

    def _get_text_embedding(self, text):
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query):
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query):
        return self._get_query_embedding(query)
