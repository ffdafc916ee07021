"""LlamaIndex reads, splits, embeds and stores the files given, with the same model in the same format on the same runtime.

  llamaindex_peer.py MODEL_DIR FILE.pdf...

Prints one JSON object: seconds (from the first file opened until all vectors are stored; the model is loaded and warm before), pages,
passages, rss_bytes (the most this process had). Exits with 3 where LlamaIndex or OpenVINO are not installed.

What a careful user would write: PdfReader page by page as PDFReader does, SentenceSplitter(256, 32), IngestionPipeline, SimpleVectorStore
(in memory: nothing is written to disk). The embedding takes 32 texts a batch, padded to the longest, on all cores, in bfloat16 where the
processor has it.
"""

import json
import resource
import sys
import time
from pathlib import Path

try:
    import numpy as np
    import openvino as ov
    import openvino_tokenizers  # noqa: F401  registers the tokenizer's operations
    from llama_index.core import Document
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.bridge.pydantic import PrivateAttr
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.vector_stores import SimpleVectorStore
    from pypdf import PdfReader
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(3)

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


def main():
    folder, *files = sys.argv[1:]
    embedding = OpenVinoEmbedding(folder)
    embedding.get_text_embedding_batch(["A text to warm up with. " * n for n in (1, 20, 40)] * 20)
    store = SimpleVectorStore()
    pipeline = IngestionPipeline(transformations=[SentenceSplitter(chunk_size=256, chunk_overlap=32), embedding], vector_store=store)
    start = time.monotonic()
    documents = []
    for file in files:
        for number, page in enumerate(PdfReader(file).pages, 1):
            metadata = {"file_name": Path(file).name, "page_label": str(number)}
            documents.append(Document(text=page.extract_text(), metadata=metadata))
    nodes = pipeline.run(documents=documents)
    seconds = time.monotonic() - start
    assert len(store.data.embedding_dict) == len(nodes)
    print(json.dumps({"seconds": seconds, "pages": len(documents), "passages": len(nodes), "rss_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


if __name__ == "__main__":
    main()
