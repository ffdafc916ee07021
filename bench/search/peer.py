"""The peers on the same passages: FAISS (flat, HNSW as it comes) and bm25s, fused by reciprocal rank, texts returned. Prints one JSON line.

  peer.py FOLDER   (what search_bench --dump wrote)
"""

import json
import resource
import sys
import time
from pathlib import Path

import bm25s
import faiss
import numpy as np

DIMENSION = 384
TOP_K = 10
CANDIDATES = 50


def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def latency(ask, count):
    times = []
    for q in range(count):
        start = time.perf_counter()
        ask(q)
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    return {"p50": round(times[len(times) // 2], 3), "p99": round(times[min(len(times) - 1, int(0.99 * len(times)))], 3)}


def fuse(rankings, k=60):
    scores = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking):
            scores[item] = scores.get(item, 0) + 1 / (k + rank + 1)
    return sorted(scores, key=scores.get, reverse=True)[:TOP_K]


def main():
    folder = Path(sys.argv[1])
    texts = (folder / "texts.txt").read_text().splitlines()
    questions = (folder / "questions.txt").read_text().splitlines()
    asked = np.fromfile(folder / "questions.f32", np.float32).reshape(-1, DIMENSION)
    base = resident_mb()
    vectors = np.fromfile(folder / "vectors.f32", np.float32).reshape(-1, DIMENSION)
    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(vectors)
    words = bm25s.BM25()
    words.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)
    del vectors
    memory = resident_mb() - base
    count = min(len(questions), 100)

    def dense(index, q, k=CANDIDATES):
        return index.search(asked[q : q + 1], k)[1][0].tolist()

    def sparse(q):
        tokens = bm25s.tokenize([questions[q]], stopwords="en", show_progress=False, return_ids=False)
        return words.retrieve(tokens, k=CANDIDATES, show_progress=False, return_as="documents")[0].tolist()

    def hybrid(q):
        return [texts[i] for i in fuse([dense(flat, q), sparse(q)])]

    dense(flat, 0), sparse(0)
    result = {
        "passages": len(texts),
        "hybrid": latency(hybrid, count),
        "faiss_flat": latency(lambda q: dense(flat, q), count),
        "bm25s": latency(sparse, count),
        "memory_mb": round(memory),
    }
    if len(texts) <= 100_000:  # building it takes minutes beyond
        graph = faiss.IndexHNSWFlat(DIMENSION, 32, faiss.METRIC_INNER_PRODUCT)
        graph.add(flat.reconstruct_n(0, flat.ntotal))
        result["faiss_hnsw"] = latency(lambda q: dense(graph, q, TOP_K), count)
        same = [len(set(dense(graph, q, TOP_K)) & set(dense(flat, q, TOP_K))) for q in range(count)]
        result["faiss_hnsw_recall"] = round(sum(same) / (TOP_K * count), 3)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
