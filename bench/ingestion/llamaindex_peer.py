"""LlamaIndex reads, splits, embeds and stores the files given, with the same model.

  llamaindex_peer.py openvino|torch MODEL_DIR FILE.pdf...

openvino takes DocMind's model directory: the same format on the same runtime. torch takes what torch_model.py makes of the same weights and
is LlamaIndex's own HuggingFaceEmbedding (sentence-transformers, float32), as its users have it.

Prints one JSON object: seconds (from the first file opened until all vectors are stored; the model is loaded and warm before), pages,
passages, rss_bytes (the most this process had). Exits with 3 where LlamaIndex or the runtime are not installed.

What a careful user would write: PdfReader page by page as PDFReader does, SentenceSplitter(256, 32), IngestionPipeline, SimpleVectorStore
(in memory: nothing is written to disk). The embedding takes 32 texts a batch, padded to the longest, on all cores; on OpenVINO in bfloat16
where the processor has it.
"""

import json
import resource
import sys
import time
from pathlib import Path

try:
    from llama_index.core import Document
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.vector_stores import SimpleVectorStore
    from pypdf import PdfReader
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(3)


def embedding_on(runtime, folder):
    try:
        if runtime == "openvino":
            from openvino_embedding import OpenVinoEmbedding

            return OpenVinoEmbedding(folder)
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        return HuggingFaceEmbedding(folder, embed_batch_size=32)
    except ImportError as missing:
        print(missing, file=sys.stderr)
        sys.exit(3)


def main():
    runtime, folder, *files = sys.argv[1:]
    embedding = embedding_on(runtime, folder)
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
