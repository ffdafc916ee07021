"""Is the right passage found? Judged question sets (folder EVAL, one subfolder each, with its scorer), with and without each part.

  run.py [--eval DIR] [--sets a,b] [--contenders a,b]

Each set is ingested once by `docmind ingest`, then each contender answers all questions by `docmind search --queries`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "bin" / "docmind"
CONTENDERS = {
    "docmind": [],
    "without reranker": ["--no-rerank"],
    "dense only": ["--mode", "dense", "--no-rerank"],
    "sparse only": ["--mode", "sparse", "--no-rerank"],
}
METRICS = ["nDCG@10", "recall@10", "recall@100", "MRR@10", "hit@2", "hit@5", "all@5"]


def documents(folder, manuals):
    if (folder / "corpus.jsonl").exists():
        return [folder / "corpus.jsonl"]
    names = [line.split("\t")[0] for line in (folder / "documents.txt").read_text().splitlines() if line and not line.startswith("#")]
    return [manuals / name for name in names]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--eval", type=Path, default=ROOT.parent / "shared" / "eval")
    parser.add_argument("--manuals", type=Path, default=Path("/usr/share/R/doc/manual"))
    parser.add_argument("--sets", default="scifact,cranfield,xquad-en,hotpotqa-100,r-manuals")
    parser.add_argument("--contenders", default=",".join(CONTENDERS))
    args = parser.parse_args()
    if not (args.eval / "score.py").exists():
        print(f"skipped: no evaluation sets at {args.eval} (say where they are with --eval)")
        return 0
    print(f"| set | contender | {' | '.join(METRICS)} | ms a question |\n|---|---|{'---|' * (len(METRICS) + 1)}")
    for name in args.sets.split(","):
        folder = args.eval / name
        with tempfile.TemporaryDirectory() as tmp:
            data = Path(tmp) / "data"
            start = time.monotonic()
            done = subprocess.run([BIN, "ingest", *documents(folder, args.manuals), "--data", data], capture_output=True, text=True)
            print(f"{name}: ingested in {time.monotonic() - start:.0f} s; {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            for contender in args.contenders.split(","):
                run = Path(tmp) / "run.trec"
                start = time.monotonic()
                subprocess.run([BIN, "search", "--queries", folder / "queries.jsonl", "--run", run, "--data", data, *CONTENDERS[contender]], check=True, capture_output=True)
                seconds = time.monotonic() - start
                queries = sum(1 for _ in open(folder / "queries.jsonl"))
                score = json.loads(subprocess.run([sys.executable, args.eval / "score.py", run, folder / "qrels.tsv", "--json"], check=True, capture_output=True, text=True).stdout)
                values = score["metrics"]
                # Where the documents have pages, a page is what is found.
                cells = [f"{values.get(m.lower(), values.get(f'page-{m}', float('nan'))):.3f}" for m in METRICS]
                print(f"| {name} | {contender} | {' | '.join(cells)} | {1000 * seconds / queries:.0f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
