"""The configuration names another embedding model: the library follows, and nothing is lost on the way."""

import http.server
import json
import threading
import time
import zlib

import pytest

DIMENSION = 24
NAMES = [f"animal{i}" for i in range(80)]


class EmbeddingServer:
    """`/v1/embeddings` with vectors of 24 components; it stops answering after `allowance` texts until more are allowed."""

    def __init__(self):
        self.texts, self.allowance, self.changed = [], 10**9, threading.Condition()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
                texts = [texts] if isinstance(texts, str) else texts
                with outer.changed:
                    outer.changed.wait_for(lambda: len(outer.texts) + len(texts) <= outer.allowance)
                    outer.texts += texts
                data = [{"object": "embedding", "index": i, "embedding": vector(text)} for i, text in enumerate(texts)]
                body = json.dumps({"object": "list", "data": data, "model": "scripted"}).encode()
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except ConnectionError:
                    pass

            def do_GET(self):
                self.send_error(404)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def allow(self, texts):
        with self.changed:
            self.allowance = texts
            self.changed.notify_all()

    def stop(self):
        self.allow(10**9)
        self.server.shutdown()


def vector(text):
    """The sum of its words' directions."""
    values = [0.01] * DIMENSION
    for word in text.lower().split():
        values[zlib.crc32(word.strip(".?").encode()) % DIMENSION] += 1
    length = sum(v * v for v in values) ** 0.5
    return [v / length for v in values]


@pytest.fixture
def scripted():
    server = EmbeddingServer()
    yield server
    server.stop()


def until(what, timeout=120):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if value := what():
            return value
        time.sleep(0.05)
    raise AssertionError("it never came true")


def test_another_model_takes_over_once_every_passage_is_embedded_even_when_killed_in_between(serve, scripted):
    first = serve()
    first.api.await_ready()
    documents = first.api.add(*[(f"{name}.txt", f"The {name} lives on island number {i}.".encode()) for i, name in enumerate(NAMES)])
    assert {d["status"] for d in documents} == {"ready"}
    assert first.api.get("/api/ingestion").json["reindex"] is None
    assert first.api.retrieve("animal7", mode="dense", rerank=False)["results"]
    first.stop()

    env = {"DOCMIND__EMBEDDING__BASE_URL": scripted.url, "DOCMIND__RERANKER__ENABLED": "false"}
    scripted.allow(50)
    second = serve(env=env)
    reindex = until(lambda: (r := second.api.get("/api/ingestion").json["reindex"]) and r["embedded"] > 0 and r)
    assert reindex["passages"] == len(NAMES) and 0 < reindex["embedded"] < len(NAMES), reindex
    assert "embedded anew" in second.api.get("/api/ready").json["parts"]["embedding"]["detail"]
    # Found by its words; without a vector of the question none are compared.
    found = second.api.retrieve("animal7", rerank=False)
    assert found["results"][0]["name"] == "animal7.txt"
    assert all(r["scores"].get("dense") is None for r in found["results"])
    # One document goes, another comes.
    assert second.api.delete(f"/api/documents/{documents[3]['id']}").status == 204
    late = second.api.upload(("late.txt", b"The latecomer swims.")).json["documents"][0]["id"]
    assert second.api.document(late)["status"] == "queued"
    done = second.api.get("/api/ingestion").json["reindex"]["embedded"]
    second.kill()

    before = len(scripted.texts)
    scripted.allow(10**9)
    third = serve(env=env)
    third.api.await_ready(parts=("store", "embedding"))
    until(lambda: third.api.get("/api/ingestion").json["reindex"] is None)
    # Requests of the killed process that were held back are answered too: the same texts.
    again = {t for t in scripted.texts[before:] if "island" in t}
    assert len(again) <= len(NAMES) - done, "what had been embedded was embedded again"
    assert third.api.await_done(late)["status"] == "ready"
    hits = third.api.retrieve("animal7 lives on island number 7", mode="dense", rerank=False, top_k=100)["results"]
    assert len(hits) == len(NAMES)
    assert hits[0]["scores"]["dense"] > 0.9
    assert "animal3.txt" not in {h["name"] for h in hits}
    assert "late.txt" in {h["name"] for h in hits}
    third.stop()
    assert third.process.returncode == 0

    # And it is settled: the next start embeds nothing.
    before = len([t for t in scripted.texts if "island" in t])
    fourth = serve(env=env)
    fourth.api.await_ready(parts=("store", "embedding"))
    assert fourth.api.get("/api/ingestion").json["reindex"] is None
    assert len([t for t in scripted.texts if "island" in t]) == before


def test_going_back_to_the_first_model_finds_everything_at_once(serve, scripted):
    first = serve()
    first.api.await_ready()
    first.api.add(*[(f"{name}.txt", f"The {name} lives on an island.".encode()) for name in NAMES[:40]])
    first.stop()
    scripted.allow(20)
    second = serve(env={"DOCMIND__EMBEDDING__BASE_URL": scripted.url})
    until(lambda: second.api.get("/api/ingestion").json["reindex"])
    second.kill()
    third = serve()
    third.api.await_ready()
    assert third.api.get("/api/ingestion").json["reindex"] is None
    assert len(third.api.retrieve("animal7", mode="dense", rerank=False, top_k=100)["results"]) == 40
