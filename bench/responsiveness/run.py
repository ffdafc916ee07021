"""Does the program stay fluid while documents go in? The seven R manuals are ingested; meanwhile health is asked all the time, a question is
asked, and the loop's lag is read from /metrics. The same is measured idle, in the same run. Then the same for backups of that library, made
one after another: what a search takes beside them.

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


def lag_counts(api):
    """[(bound in s, how many were at most that late)] since the start."""
    text = api.get("/metrics").body.decode()
    return [(float(m.group(1)), float(m.group(2))) for m in re.finditer(r'^docmind_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)$', text, re.M)]


def lag_bound(before, after, q):
    """The bound in ms that a share q of the loop's turns between the two kept to."""
    counts = [(bound, now - then) for (bound, now), (_, then) in zip(after, before, strict=True)]
    return 1000 * next(bound for bound, count in counts if count >= q * counts[-1][1])


def searches(api, seconds):
    """ms of searches one after another, each with words of its own."""
    times, end, words = [], time.monotonic() + seconds, ["data frame", "linear model", "arrays", "package namespace", "regular expression", "time series"]
    while time.monotonic() < end:
        asked = time.perf_counter()
        api.retrieve(f"{words[len(times) % len(words)]} {len(times)}", rerank=False)
        times.append(1000 * (time.perf_counter() - asked))
    return times


class Backups(threading.Thread):
    """One after another, read and thrown away."""

    def __init__(self, api):
        super().__init__(daemon=True)
        self.api, self.bytes, self.count, self.running = api, 0, 0, True

    def run(self):
        while self.running:
            connection = self.api.connect()
            connection.request("GET", "/api/backup")
            response = connection.getresponse()
            while piece := response.read(1 << 20):
                self.bytes += len(piece)
            self.count += 1
            connection.close()

    def stop(self):
        self.running = False
        self.join()


def beside_backups(api):
    health, before = Health(api), lag_counts(api)
    idle = searches(api, 15)
    between = lag_counts(api)
    backups = Backups(api)
    health.start()
    backups.start()
    busy = searches(api, 15)
    after = lag_counts(api)
    backups.stop()
    asked = health.stop()
    print("\n| beside backups | samples | median ms | p99 ms | p99.9 ms | max ms |\n|---|---|---|---|---|---|")
    row("search, idle", idle)
    row("search, beside them", busy)
    row("GET /api/health beside them", asked)
    print(f"\nsearch beside them / idle: median {statistics.median(busy) / statistics.median(idle):.2f}, p99 {percentile(busy, 0.99) / percentile(idle, 0.99):.2f}; "
          f"{backups.count} backups of {backups.bytes / max(backups.count, 1) / 1e6:.1f} MB")
    print(f"loop lag, the bound that 99.9 % kept to: idle {lag_bound(before, between, 0.999):g} ms, beside them {lag_bound(between, after, 0.999):g} ms")


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
        beside_backups(api)
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
