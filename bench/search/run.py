"""How fast is a question answered? search_bench on made passages through the real store, and the usual Python parts on the same ones.

  run.py [--rows 10000,100000] [--work DIR]

A library of 100,000 passages takes 0.7 GB in DIR and is kept there for the next run; one of 1,000,000 takes 7 GB and ten minutes to fill.
"""

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCH = HERE.parents[1] / "build" / "bin" / "search_bench"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "docmind" / "bench-search"


def measure(command):
    return json.loads(subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout)


def cell(latency):
    return f"{latency['p50']:.2f} / {latency['p99']:.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="10000,100000")
    parser.add_argument("--work", type=Path, default=CACHE)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    has_peers = importlib.util.find_spec("faiss") and importlib.util.find_spec("bm25s")
    ours, peers = [], []
    for rows in map(int, args.rows.split(",")):
        data = args.work / f"library-{rows}"
        dump = args.work / "dump"
        command = [BENCH, "--rows", rows, "--data", data]
        if not data.exists():
            subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)  # fills it and leaves the indexes' file
        ours.append(measure([*command, "--dump", dump] if has_peers else command))
        if has_peers:
            peers.append(measure([sys.executable, HERE / "peer.py", dump]))
            shutil.rmtree(dump)

    print("Milliseconds, median / p99; `top_k` 10 of 50 candidates a side.\n")
    print("| passages | hybrid | dense | sparse | recall@10 | start to first answer ms | memory MB | 16 at once: questions a s | loop lag p99.9 ms | hybrid while 10k are added |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for r in ours:
        print(f"| {r['rows']} | {cell(r['hybrid'])} | {cell(r['dense'])} | {cell(r['sparse'])} | {r['recall']:.3f} | {r['start_ms']:.0f} | {r['memory_mb']:.0f} "
              f"| {r['at_once_qps']:.0f} | {r['loop_lag_p999_ms']:.1f} | {cell(r['while_adding'])} |")
    if not peers:
        print("\nThe peers are left out: faiss and bm25s are not installed.")
        return
    print("\n| passages | FAISS flat + bm25s + RRF | over ours | FAISS flat | bm25s | FAISS HNSW (recall@10) | memory MB |")
    print("|---|---|---|---|---|---|---|")
    for r, p in zip(ours, peers):
        hnsw = f"{cell(p['faiss_hnsw'])} ({p['faiss_hnsw_recall']:.2f})" if "faiss_hnsw" in p else "-"
        print(f"| {p['passages']} | {cell(p['hybrid'])} | {p['hybrid']['p50'] / r['hybrid']['p50']:.1f} x | {cell(p['faiss_flat'])} | {cell(p['bm25s'])} | {hnsw} | {p['memory_mb']} |")


if __name__ == "__main__":
    main()
