"""How soon pause, resume and cancel take effect while documents are parsed, split and embedded."""

import random
import statistics
import tempfile
import time
from pathlib import Path

from serving import overview, serving

ORDERS = 8  # of each kind, a round


def seconds_until(condition, limit=60):
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > limit:
            raise RuntimeError(f"no effect within {limit} s")
        time.sleep(0.005)
    return time.monotonic() - start


def in_work(api):
    return sum(overview(api)["stages"].values())


def ordered(api, path, condition):
    start = time.monotonic()
    answer = api.post(path, {})
    assert answer.status in (200, 202), (path, answer.body)
    seconds_until(condition)
    return time.monotonic() - start


def control(files, rounds):
    if not files:
        print("skipped: control: no R manuals (apt-get install r-doc-pdf)")
        return
    rng, took = random.Random(5), {"pause": [], "resume": [], "cancel": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as tmp, serving(Path(tmp) / "data") as (server, _):
            api = server.api
            ids = [d["id"] for d in api.upload(*files).json["documents"]]
            for _ in range(ORDERS):
                time.sleep(rng.uniform(0.1, 1.0))
                took["pause"].append(ordered(api, "/api/ingestion/pause", lambda: in_work(api) == 0))
                took["resume"].append(ordered(api, "/api/ingestion/resume", lambda: in_work(api) > 0))
            for _ in range(ORDERS):
                working = [i for i in ids if api.document(i)["status"] == "processing"]
                if not working:
                    break
                ident = rng.choice(working)
                took["cancel"].append(ordered(api, f"/api/documents/{ident}/cancel", lambda i=ident: api.document(i)["status"] == "cancelled"))
                time.sleep(rng.uniform(0.1, 1.0))
    print("\n### Orders given at random moments while 7 R manuals are ingested (wanted: in effect within 1 s)\n")
    print("| order | effect seen | times | median s | worst s |\n|---|---|---|---|---|")
    effects = {"pause": "nothing is in work", "resume": "something is in work", "cancel": "the document is cancelled"}
    for order, rows in took.items():
        print(f"| {order} | {effects[order]} | {len(rows)} | {statistics.median(rows):.3f} | {max(rows):.3f} |", flush=True)
