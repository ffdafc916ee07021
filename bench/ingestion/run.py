"""How fast do documents go in, and what does it take? Everything is measured in this run, contenders taking turns.

  run.py [PART...] [--manuals 3|7] [--rounds N] [--torch PYTHON] [--files N] [--pages N] [--passages N]

manuals  R manuals from the start of the upload until all are searchable: the server, and LlamaIndex with the same model on the same runtime;
         with --torch also LlamaIndex on torch, by an interpreter that has requirements-torch.txt (6 GB)
engine   the same passages through the embedding alone (build/bin/embedding_bench): how much of its speed arrives
second   the same files again: uploaded again, all processed again; a new version of a document of many pages with one page changed
control  pause, resume and cancel at random moments of an ingestion: how soon each takes effect
slots    a model server of 8 and of 32 slots that takes 50 ms a request: how much of its time is used
many     thousands of small files and a PDF for each hundred of them, killed with -9 in the middle: memory, and how soon it goes on

A part whose peer or program is missing is skipped and says so.
"""

import argparse
import json
import math
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

from control import control
from made_files import Writer, pdf
from peers import BENCH, engine_once, llamaindex_once, torch_model
from serving import SlotServer, await_idle, overview, serving

MANUALS = Path("/usr/share/R/doc/manual")
THREE = ["R-FAQ.pdf", "R-data.pdf", "R-lang.pdf"]
PARTS = ["manuals", "engine", "second", "control", "slots", "many"]
MB = 1e6
BATCH = 32  # passages the server sends in one request at most


def note(text):
    print(text, file=sys.stderr, flush=True)


def title(text):
    print(f"\n### {text}\n", flush=True)


def ratio(name, value, wanted):
    print(f"- {name}: **{value:.2f}** (wanted: {wanted})", flush=True)


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def embedded_texts(api, document):
    """What the model read: the document's title on a line of its own before each passage."""
    heading = document["metadata"].get("title") or Path(document["name"]).stem.replace("_", " ")
    texts = []
    while len(texts) < document["nodes"]:
        nodes = api.get(f"/api/documents/{document['id']}/nodes?limit=1000&offset={len(texts)}").json["nodes"]
        assert nodes, document
        texts += [f"{heading}\n{node['text']}" for node in nodes]
    return texts


def docmind_once(files, second):
    """A whole ingestion by the server, and what comes after it."""
    with tempfile.TemporaryDirectory() as tmp, serving(Path(tmp) / "data") as (server, memory):
        api = server.api
        start = time.monotonic()
        ids = [d["id"] for d in api.upload(*files).json["documents"]]
        counts = await_idle(api)
        row = {"seconds": time.monotonic() - start}
        assert counts["ready"] == len(files), counts
        memory.sample()
        row |= {"peak": memory.peak, "together": memory.together}
        documents = [api.document(i) for i in ids]
        row |= {"pages": sum(d["pages"] for d in documents), "passages": sum(d["nodes"] for d in documents)}
        row["texts"] = [text for d in documents for text in embedded_texts(api, d)]
        if second:
            start = time.monotonic()
            assert all(d["duplicate"] for d in api.upload(*files).json["documents"])
            await_idle(api)
            row["again"] = time.monotonic() - start
            start = time.monotonic()
            for ident in ids:
                assert api.post(f"/api/documents/{ident}/reprocess").status == 202
            counts = await_idle(api)
            row["reprocessed"] = time.monotonic() - start
            assert counts["ready"] == len(files), counts
    return row


def whole_ingestion(parts, args):
    """The parts manuals, engine and second: they share the server's runs."""
    files = [MANUALS / name for name in THREE] if args.manuals == 3 else sorted(MANUALS.glob("R-*.pdf"))
    if not files or not all(f.exists() for f in files):
        print("skipped: manuals, engine, second: no R manuals (apt-get install r-doc-pdf)")
        return
    with_peer, with_engine = "manuals" in parts, "engine" in parts
    if with_engine and not BENCH.exists():
        print("skipped: engine: no embedding_bench (ninja -C build embedding_bench)")
        with_engine = False
    ours, peers, on_torch, engine = [], [], [], []
    made = tempfile.TemporaryDirectory()
    model = torch_model(args.torch, Path(made.name)) if with_peer and args.torch else None
    for number in range(args.rounds):
        ours.append(docmind_once(files, "second" in parts))
        note(f"round {number + 1}: docmind {ours[-1]['seconds']:.1f} s")
        if with_peer:
            found = llamaindex_once(files)
            if found is None:
                print("skipped: LlamaIndex is not installed (bench/run.sh makes its environment from requirements.txt)")
                with_peer = False
            else:
                peers.append(found)
                note(f"round {number + 1}: LlamaIndex {found['seconds']:.1f} s")
        if model:
            on_torch.append(llamaindex_once(files, args.torch, "torch", model))
            note(f"round {number + 1}: LlamaIndex on torch {on_torch[-1]['seconds']:.1f} s")
        if with_engine:
            engine.append(engine_once(ours[-1]["texts"]))
            note(f"round {number + 1}: engine {engine[-1]['seconds']:.1f} s")
    first, seconds = ours[0], median(ours, "seconds")
    title(f"{len(files)} R manuals, whole ingestion: {first['pages']} pages, {first['passages']} passages; median of {args.rounds}")
    if peers:
        ratio("LlamaIndex's time over DocMind's", median(peers, "seconds") / seconds, "at least 1.25")
        ratio("LlamaIndex's peak memory over that of DocMind's server", median(peers, "rss_bytes") / median(ours, "peak"), "more is better")
        ratio("the same over DocMind's server and parsers together", median(peers, "rss_bytes") / median(ours, "together"), "more is better")
    if on_torch:
        ratio("LlamaIndex's time on torch over DocMind's", median(on_torch, "seconds") / seconds, "at least 2.5, aim 3.5")
        ratio("its peak memory over that of DocMind's server", median(on_torch, "rss_bytes") / median(ours, "peak"), "more is better")
    if engine:
        ratio("passages a second, whole ingestion over the engine alone", (first["passages"] / seconds) / (engine[0]["passages"] / median(engine, "seconds")), "at least 0.92")
    if "second" in parts:
        ratio("first ingestion over the same files uploaded again", seconds / median(ours, "again"), "at least 50")
        ratio("first ingestion over all processed again", seconds / median(ours, "reprocessed"), "at least 50")
    print("\n| what | seconds (each round) | pages | passages | passages/s | peak RSS, MB |\n|---|---|---|---|---|---|")
    each = lambda rows, key="seconds": " / ".join(f"{row[key]:.2f}" for row in rows)  # noqa: E731
    print(f"| DocMind, server (with its parsers) | {each(ours)} | {first['pages']} | {first['passages']} | {first['passages'] / seconds:.1f} | {median(ours, 'peak') / MB:.0f} ({median(ours, 'together') / MB:.0f}) |")
    for name, rows in (("LlamaIndex, same runtime", peers), ("LlamaIndex, torch", on_torch)):
        if rows:
            one = rows[0]
            print(f"| {name} | {each(rows)} | {one['pages']} | {one['passages']} | {one['passages'] / median(rows, 'seconds'):.1f} | {median(rows, 'rss_bytes') / MB:.0f} |")
    if engine:
        one = engine[0]
        print(f"| the engine alone ({one['tokens']} tokens) | {each(engine)} | | {one['passages']} | {one['passages'] / median(engine, 'seconds'):.1f} | |")
    if "second" in parts:
        print(f"| the same files uploaded again | {each(ours, 'again')} | | | | |")
        print(f"| all processed again | {each(ours, 'reprocessed')} | | | | |")


def one_changed_page(args):
    writer = Writer(2)
    pages = [writer.text(300) for _ in range(args.pages)]
    changed = list(pages)
    changed[args.pages // 2] = writer.text(300)
    rows = []
    with SlotServer(8, 50) as model, tempfile.TemporaryDirectory() as tmp, serving(Path(tmp) / "data", model.env) as (server, _):
        for version in (pages, changed):
            model.stats("DELETE")
            start = time.monotonic()
            answer = server.api.post("/api/documents?filename=long.txt&source=/bench/long.txt", "\f".join(version).encode(), headers={"Content-Type": "text/plain"})
            assert answer.status == 202, answer.body
            await_idle(server.api)
            document = server.api.document(answer.json["documents"][0]["id"])
            assert document["status"] == "ready" and document["pages"] == args.pages, document
            rows.append({"seconds": time.monotonic() - start, "embedded": model.stats()["texts"], "passages": document["nodes"]})
    first, second = rows
    title(f"A new version of a document of {args.pages} pages, one of them changed")
    print(f"- passages embedded: {first['embedded']} of {first['passages']} the first time, **{second['embedded']}** of {second['passages']} for the new version (counted at a model server of 8 slots at 50 ms)")
    print(f"- seconds: {first['seconds']:.2f}, then {second['seconds']:.2f}", flush=True)


def slots(args):
    writer = Writer(3)
    per_file = args.passages // 40
    files = [(f"file-{i}.txt", writer.text(170 * per_file).encode()) for i in range(40)]
    rows = []
    for count in (8, 32):
        with SlotServer(count, 50) as model, tempfile.TemporaryDirectory() as tmp, serving(Path(tmp) / "data", model.env) as (server, _):
            model.stats("DELETE")
            start = time.monotonic()
            assert server.api.upload(*files).status == 202
            ready = await_idle(server.api)["ready"]
            rows.append({"slots": count, "whole": time.monotonic() - start, **model.stats()})
            assert ready == len(files), ready
    title("A model server that takes 50 ms a request")
    for row in rows:
        row["ideal"] = math.ceil(math.ceil(row["texts"] / BATCH) / row["slots"]) * 0.05
        row["busy"] = row["requests"] * 0.05 / row["slots"] / row["seconds"]
        ratio(f"{row['slots']} slots: embedding over the ideal ({BATCH} passages a request, all slots busy until the end)", row["seconds"] / row["ideal"], "at most 1.25")
        print(f"- {row['slots']} slots: share of their time that they worked, whatever was in the requests: {row['busy']:.2f}")
    print("\n| slots | passages | requests | most at once | first request to last answer, s | ideal, s | from the upload until ready, s |\n|---|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row['slots']} | {row['texts']} | {row['requests']} | {row['busiest']} | {row['seconds']:.2f} | {row['ideal']:.2f} | {row['whole']:.2f} |", flush=True)


def upload_until(api, batches, enough):
    """Uploads batch after batch, taking them from the list, until all are there or `enough` documents are ready."""
    while batches:
        if overview(api)["documents"]["ready"] >= enough:
            return
        answer = api.upload(*batches[0])
        assert answer.status == 202, answer.body
        batches.pop(0)


def many(args):
    writer = Writer(4)
    pdfs = max(1, args.files // 100)
    files = [(f"note-{i}.txt", writer.text(25).encode()) for i in range(args.files)]
    for i in range(pdfs):
        files.insert(i * args.files // pdfs, (f"report-{i}.pdf", pdf([writer.text(120), writer.text(120)])))
    batches = [files[i : i + 100] for i in range(0, len(files), 100)]
    with tempfile.TemporaryDirectory() as tmp:
        data = Path(tmp) / "data"
        start = time.monotonic()
        with serving(data) as (server, before):
            upload_until(server.api, batches, len(files) // 2)
            counts = await_idle(server.api, lambda documents: documents["ready"] >= len(files) // 2)
            at_kill, unsent = counts["ready"], sum(map(len, batches))
            before.sample()
            server.kill()
        note(f"killed when {at_kill} were ready, {unsent} not sent yet, after {time.monotonic() - start:.1f} s")
        restart = time.monotonic()
        with serving(data) as (server, after):
            usable = time.monotonic()
            recovered = overview(server.api)["documents"]
            taken_up = further = None
            while further is None and recovered["queued"] + recovered["processing"]:
                now = overview(server.api)
                if taken_up is None and sum(now["stages"].values()):
                    taken_up = time.monotonic() - usable
                if now["documents"]["ready"] > recovered["ready"]:
                    further = time.monotonic() - usable
                assert time.monotonic() - usable < 120, f"nothing goes on: {now}"
            upload_until(server.api, batches, math.inf)
            counts = await_idle(server.api)
            seconds = time.monotonic() - start
            assert recovered["ready"] >= at_kill and counts["ready"] == len(files) and counts["failed"] == 0, (recovered, counts)
            after.sample()
    title(f"{args.files} small text files and {pdfs} PDFs, killed with -9 in the middle")
    if further is None:
        print("- nothing was left to do when it was killed: raise --files")
    else:
        if taken_up is None:
            taken_up = further
        ratio("seconds from ready until the first document is in work again", taken_up, "at most 2")
        ratio("seconds from ready until the first further document is searchable", further, "at most 2")
    print(f"- start of the program until ready after the kill: {usable - restart:.2f} s, with {recovered['ready']} documents ready (at the kill: {at_kill})")
    print(f"- peak RSS of the server, before / after the kill: {before.peak / MB:.0f} / {after.peak / MB:.0f} MB (with its parsers {before.together / MB:.0f} / {after.together / MB:.0f})")
    print(f"- all {counts['ready']} ready, none failed, after {seconds:.1f} s: {len(files) / seconds:.1f} files a second", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS) + "; all of them by default")
    parser.add_argument("--manuals", type=int, choices=[3, 7], default=3, help="how many R manuals: 162 or 677 pages")
    parser.add_argument("--rounds", type=int, default=3, help="of the manuals, contenders taking turns")
    parser.add_argument("--torch", metavar="PYTHON", help="the interpreter for LlamaIndex on torch (bench/run.sh makes one where DOCMIND_BENCH_TORCH=1)")
    parser.add_argument("--files", type=int, default=10_000, help="of the part many")
    parser.add_argument("--pages", type=int, default=1000, help="of the document of which one page changes")
    parser.add_argument("--passages", type=int, default=2000, help="of the part slots, about")
    args = parser.parse_args()
    parts = args.parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    # Ended from outside, what was started is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if {"manuals", "engine", "second"} & set(parts):
        whole_ingestion(parts, args)
    if "second" in parts:
        one_changed_page(args)
    if "control" in parts:
        control(sorted(MANUALS.glob("R-*.pdf")), args.rounds)
    if "slots" in parts:
        slots(args)
    if "many" in parts:
        many(args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
