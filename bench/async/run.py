"""Do many questions wait together? A model server of 16 slots needs 300 ms to the first of 50 tokens, then 20 ms a token; whoever finds no
slot waits. Asked: one question, 16 at once, and many. With nothing lost, 16 take as long as one, and 200 take 13 rounds.

  run.py [--many 200] [--rounds 3]

Contenders, all in this run and of the same server: DocMind's POST /api/chat, streamed; QueryPipeline::parallel_run in a program of its own
(build/bin/query_pipeline_bench); LlamaIndex's astream_chat and a LlamaIndex Workflow. DocMind embeds each question with its model and
stores the conversations, LlamaIndex does neither; the reranker is off, for it computes rather than waits. A contender that is not there is left out and says so.
Besides: a comparison of 8 documents (POST /api/compare), whose calls should be with the model together.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from docmind_process import ScriptedLLM, Server  # noqa: E402

BENCH = Path(os.environ.get("QUERY_PIPELINE_BENCH", ROOT / "build" / "bin" / "query_pipeline_bench"))
SLOTS, FIRST_TOKEN, TOKENS, PACE = 16, 0.3, 50, 0.02
SERVICE = FIRST_TOKEN + TOKENS * PACE
TEXT = b"Otters hold hands while they sleep, so that they do not drift apart."


def environment(llm, many):
    return {**llm.env, "DOCMIND__LLM__SLOTS": str(SLOTS), "DOCMIND__LLM__MAX_WAITING": str(many), "DOCMIND__RERANKER__ENABLED": "false"}


def chat(api, i):
    events, done = api.chat(f"What do otters do while they sleep, and why? ({i})")
    assert done and "word49" in done["answer"], events[-1]


def through_http(llm, counts, tmp):
    server = Server(tmp / "server", environment(llm, max(counts))).start()
    try:
        api = server.api
        api.await_ready(parts=("store", "embedding"))
        api.add(("otters.txt", TEXT))
        chat(api, "warm")
        seconds = {}
        for count in counts:
            with ThreadPoolExecutor(count) as pool:
                start = time.monotonic()
                list(pool.map(lambda i: chat(api, i), range(count)))
                seconds[count] = time.monotonic() - start
        return {"DocMind, `POST /api/chat`": seconds}
    finally:
        server.stop()


def comparison(llm, tmp):
    """8 documents on 2 aspects: 16 calls of the model."""
    server = Server(tmp / "comparison", environment(llm, SLOTS)).start()
    try:
        api = server.api
        api.await_ready(parts=("store", "embedding"))
        files = [(f"otters{i}.txt", TEXT + f" They are {i} and eat {i} fish a day.".encode()) for i in range(8)]
        ids = [record["id"] for record in api.add(*files)]
        chat(api, "warm")
        start = time.monotonic()
        answer = api.post("/api/compare", {"document_ids": ids, "aspects": ["otters sleep", "fish eaten a day"], "stream": False})
        seconds = time.monotonic() - start
        assert answer.status == 200 and answer.json["answer"].count("[") >= SLOTS, answer.body
        return seconds
    finally:
        server.stop()


def through_parallel_run(llm, counts, tmp):
    if not BENCH.exists():
        print(f"skipped: parallel_run: no {BENCH.name} (ninja -C build query_pipeline_bench)")
        return {}
    text = tmp / "otters.txt"
    text.write_bytes(TEXT)
    done = subprocess.run([BENCH, tmp / "library", text, *map(str, counts)], capture_output=True, text=True, env={**os.environ, **environment(llm, max(counts))})
    assert done.returncode == 0, done.stderr
    return {"DocMind, `QueryPipeline::parallel_run`": {int(k): v for k, v in json.loads(done.stdout).items()}}


def through_llamaindex(llm, counts, tmp):
    done = subprocess.run([sys.executable, Path(__file__).with_name("llamaindex_peer.py"), llm.url + "/v1", *map(str, counts)], capture_output=True, text=True)
    if done.returncode == 3:
        print("skipped: LlamaIndex is not installed (bench/run.sh makes its environment from requirements.txt)")
        return {}
    assert done.returncode == 0, done.stderr[-3000:]
    names = {"astream_chat": "LlamaIndex, `astream_chat`", "workflow": "LlamaIndex, `Workflow.run`"}
    return {names[name]: {int(k): v for k, v in row.items()} for name, row in json.loads(done.stdout.splitlines()[-1]).items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--many", type=int, default=200, help="questions at once")
    parser.add_argument("--rounds", type=int, default=3, help="contenders taking turns; medians are printed")
    args = parser.parse_args()
    counts = [1, SLOTS, args.many]
    rows = {}
    comparisons = []
    for _ in range(args.rounds):
        with tempfile.TemporaryDirectory() as tmp:
            llm = ScriptedLLM(Path(tmp))
            try:
                llm.api.post("/script", {"default": "sixteen_slots", "first_token": FIRST_TOKEN, "tokens": TOKENS, "pace": PACE})
                for contender in (through_http, through_parallel_run, through_llamaindex):
                    for name, seconds in contender(llm, counts, Path(tmp)).items():
                        rows.setdefault(name, []).append(seconds)
                comparisons.append(comparison(llm, Path(tmp)))
            finally:
                llm.stop()
    ideal = math.ceil(args.many / SLOTS) * SERVICE
    print(f"One answer takes the model server {SERVICE:.2f} s, {args.many} take it {ideal:.1f} s; median of {args.rounds}.\n")
    print(f"| contender | one, s | {SLOTS} at once, s | over one | {args.many} at once, s | over the ideal |\n|---|---|---|---|---|---|")
    for name, runs in rows.items():
        one, few, many = (statistics.median(run[count] for run in runs) for count in counts)
        print(f"| {name} | {one:.2f} | {few:.2f} | {few / one:.2f} | {many:.2f} | {many / ideal:.2f} |")
    seconds = statistics.median(comparisons)
    print(f"\nA comparison of 8 documents on 2 aspects, {SLOTS} calls: {seconds:.2f} s, {seconds / SERVICE:.2f} of one answer of the model server; one after the other {SLOTS * SERVICE:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
