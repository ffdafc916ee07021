"""Does the program stay fluid while documents go in? The seven R manuals are ingested; meanwhile health is asked all the time, a question is
asked, and the loop's lag is read from /metrics. The same is measured idle, in the same run.

  run.py [--manuals DIR]
"""

import argparse
import re
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from docmind_process import Server  # noqa: E402


def percentile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))]


class Health(threading.Thread):
    """One keep-alive connection that asks every 5 ms."""

    def __init__(self, api):
        super().__init__(daemon=True)
        self.api, self.times, self.running = api, [], True

    def run(self):
        connection = self.api.connect()
        while self.running:
            start = time.perf_counter()
            connection.request("GET", "/api/health")
            connection.getresponse().read()
            self.times.append(1000 * (time.perf_counter() - start))
            time.sleep(0.005)
        connection.close()

    def stop(self):
        self.running = False
        self.join()
        return self.times


def loop_lag(api):
    """{quantile: ms} as the server measured it since its start."""
    text = api.get("/metrics").body.decode()
    return {m.group(1): 1000 * float(m.group(2)) for m in re.finditer(r'^docmind_loop_lag_quantile_seconds\{quantile="([\d.]+)"\} (\S+)$', text, re.M)}


def row(name, times):
    print(f"| {name} | {len(times)} | {statistics.median(times):.2f} | {percentile(times, 0.99):.2f} | {percentile(times, 0.999):.2f} | {max(times):.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manuals", type=Path, default=Path("/usr/share/R/doc/manual"))
    files = sorted(parser.parse_args().manuals.glob("R-*.pdf"))
    if not files:
        print("skipped: no R manuals (apt-get install r-doc-pdf)")
        return 0
    with tempfile.TemporaryDirectory() as tmp:
        server = Server(Path(tmp) / "data", {"DOCMIND__LLM__ENABLED": "false"}).start()
        api = server.api
        api.await_ready()
        api.add(("warm.txt", b"A file to warm up with."))
        health = Health(api)
        health.start()
        time.sleep(5)
        idle = health.stop()
        start = time.monotonic()
        ids = [d["id"] for d in api.upload(*files).json["documents"]]
        health = Health(api)
        health.start()
        answers = []
        while not all(api.document(i)["status"] == "ready" for i in ids):
            asked = time.monotonic()
            events, done = api.chat("What is a file to warm up with?")
            answers.append((time.monotonic() - asked, done["timings_ms"], sum(api.document(i)["status"] == "ready" for i in ids)))
            time.sleep(2)
        busy = health.stop()
        seconds = time.monotonic() - start
        print("| GET /api/health | samples | median ms | p99 ms | p99.9 ms | max ms |\n|---|---|---|---|---|---|")
        row("idle", idle)
        row("while 7 manuals are ingested", busy)
        print(f"\np99 busy / idle: {percentile(busy, 0.99) / percentile(idle, 0.99):.1f}")
        pages = sum(api.document(i)["pages"] for i in ids)
        nodes = sum(api.document(i)["nodes"] for i in ids)
        print(f"ingestion: {pages} pages, {nodes} passages in {seconds:.1f} s ({pages / seconds:.1f} pages/s)")
        print(f"loop lag by quantile, ms: {loop_lag(api)}")
        print(f"questions meanwhile: {len(answers)}, seconds to the whole answer (median / max): {statistics.median(a[0] for a in answers):.2f} / {max(a[0] for a in answers):.2f}; "
              f"answered before the ingestion ended: {sum(a[2] < len(ids) for a in answers)}")
        print(f"their mean timings, ms: { {k: round(statistics.mean(a[1][k] for a in answers), 1) for k in answers[0][1]} }")
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
