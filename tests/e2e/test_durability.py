"""Killed with -9 at any moment: nothing acknowledged is lost, nothing is there twice, unfinished documents go on."""

import collections
import hashlib
import os
import random
import subprocess
import sys
import time

from docmind_process import Server, docmind

NO_MODEL = {"DOCMIND__LLM__ENABLED": "false"}
CYCLES = int(os.environ.get("DOCMIND_KILL_CYCLES", "30"))


def text_file(random_source, number):
    words = [f"word{random_source.randrange(5000)}" for _ in range(random_source.randrange(50, 600))]
    return f"file-{number}.txt", (f"Document number {number}. " + " ".join(words) + ".").encode()


def test_kill_9_at_random_moments_loses_and_doubles_nothing(tmp_path):
    seed = int(os.environ.get("DOCMIND_SEED", time.time()))
    print(f"DOCMIND_SEED={seed}", file=sys.stderr)
    source = random.Random(seed)
    acknowledged = {}  # sha256 -> id: the oracle, outside the server
    number = 0
    for _ in range(CYCLES):
        server = Server(tmp_path / "data", NO_MODEL).start()
        until = time.monotonic() + source.uniform(0.1, 3.0)
        uploads = 0
        while time.monotonic() < until:
            if uploads == 8:  # enough to be killed in every stage of some; all of them have to be embedded in the end
                time.sleep(0.01)
                continue
            uploads += 1
            number += 1
            name, content = text_file(source, number)
            answer = server.api.upload((name, content))
            assert answer.status == 202
            acknowledged[hashlib.sha256(content).hexdigest()] = answer.json["documents"][0]["id"]
        server.kill()
    server = Server(tmp_path / "data", NO_MODEL).start()
    try:
        for ident in acknowledged.values():
            assert server.api.await_done(ident)["status"] == "ready"
        documents = server.api.documents()
        counts = collections.Counter(d["sha256"] for d in documents)
        assert max(counts.values()) == 1
        assert {d["sha256"]: d["id"] for d in documents} == acknowledged
        for record in source.sample(documents, min(20, len(documents))):
            content = server.api.get(f"/api/documents/{record['id']}/content").body
            assert hashlib.sha256(content).hexdigest() == record["sha256"]
            own = [r for r in server.api.retrieve(f"Document number {record['name'][5:-4]}", top_k=5, document_ids=[record["id"]], rerank=False)["results"]]
            assert own and all(r["document_id"] == record["id"] for r in own)
            nodes = server.api.get(f"/api/documents/{record['id']}/nodes?limit=1000").json["nodes"]
            assert len(nodes) == record["nodes"] and len({n["node_id"] for n in nodes}) == len(nodes)
    finally:
        assert server.stop() == 0


def test_a_document_killed_in_the_middle_goes_on_at_the_next_start(tmp_path, r_intro):
    server = Server(tmp_path / "data", NO_MODEL).start()
    ident = server.api.upload(r_intro).json["documents"][0]["id"]
    end = time.monotonic() + 60
    while server.api.document(ident)["stage"] not in ("embedding", "indexing", "done") and time.monotonic() < end:
        time.sleep(0.01)
    assert server.api.document(ident)["status"] == "processing"
    assert server.api.retrieve("data frame")["results"] == []  # nothing is visible before all of it is
    server.kill()
    server = Server(tmp_path / "data", NO_MODEL).start()
    try:
        assert server.api.await_done(ident)["status"] == "ready"
        assert server.api.retrieve("data frame")["results"]
    finally:
        server.stop()


def began_at(pid):
    """When a process began, in ticks since the start of the machine; None where there is none, or only its exit code."""
    try:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def children_of(pid):
    """(pid, name) -> when it began, of every process below this one."""
    found = {}
    for line in subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(pid)], capture_output=True, text=True).stdout.splitlines():
        child, name = line.split(None, 1)
        found[int(child), name] = began_at(int(child))
        found.update(children_of(int(child)))
    return found


def test_a_killed_server_leaves_no_process_behind(tmp_path, r_intro):
    server = Server(tmp_path / "data", {}).start()
    server.api.upload(r_intro)
    started = {}
    end = time.monotonic() + 30
    while time.monotonic() < end and not {"docmind-worker", "llama-server"} <= {name for _, name in started}:
        started.update(children_of(server.process.pid))
    assert {"docmind-worker", "llama-server"} <= {name for _, name in started}, started
    server.kill()
    end = time.monotonic() + 5
    while time.monotonic() < end:
        left = [key for key, began in started.items() if began_at(key[0]) == began]
        if not left:
            return
        time.sleep(0.1)
    raise AssertionError(f"still running: {left}")


def test_sigterm_during_ingestion_puts_the_work_back(tmp_path, r_intro):
    server = Server(tmp_path / "data", NO_MODEL).start()
    ident = server.api.upload(r_intro).json["documents"][0]["id"]
    time.sleep(1)
    assert server.stop(timeout=15) == 0
    server = Server(tmp_path / "data", NO_MODEL).start()
    try:
        assert server.api.await_done(ident)["status"] == "ready"
    finally:
        server.stop()


def test_a_damaged_or_foreign_database_is_named_and_left_alone(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for name in ("docmind.db", "docmind.sqlite", "docmind.sqlite3"):
        (data / name).write_bytes(b"this is no database at all" * 100)
    done = docmind("documents", "--data", data, env=NO_MODEL)
    assert done.returncode == 1 and "docmind" in done.stderr and str(data) in done.stderr
    assert (data / "docmind.db").read_bytes().startswith(b"this is no database")
